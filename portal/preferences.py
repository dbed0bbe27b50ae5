"""What a person chose on the preference page: topics, language, zone, level, invitations."""

from collections.abc import Collection

from django.db import transaction

from stakeholders.enums import Topic
from stakeholders.models import Person


@transaction.atomic
def save(person: Person, *, declined: Collection[str], **fields) -> None:
    """Locks the person, so that two pages open at once end with one choice and not a mixture of both."""
    row = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    for topic in Topic.values:
        if topic in declined:
            row.opt_out(topic)
        else:
            row.opt_in(topic)
