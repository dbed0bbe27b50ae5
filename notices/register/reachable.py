"""Over which channels one person is reached."""

from collections.abc import Collection, Mapping

from django.db import transaction

from notices.channels import KINDS
from notices.channels.kind import Kind
from notices.pipeline.outlets import offered
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address, Person


def kinds(stored: Collection[str] = ()) -> list[Kind]:
    """Those that reach people and are set up, and those for which there is an address anyway. Where an address is a
    secret it is entered as a room."""
    may = {one for one in offered.channels() if one in KINDS and _is_for_people(KINDS[one])}
    known = [one for one in Channel if one in KINDS and one != Channel.EMAIL]
    return [KINDS[one] for one in known if one in may or one in stored]


def _is_for_people(kind: Kind) -> bool:
    return kind.address.of_people and not kind.needs_secret_address


@transaction.atomic
def change(person: Person, addresses: Mapping[str, str]) -> None:
    """What is empty is taken away. Another address is tried again, whatever became of the one before."""
    row = Person.objects.held(person.pk)
    stored = {one.channel: one for one in row.addresses.order_by("channel", "pk")}
    for channel, text in addresses.items():
        known = stored.get(channel)
        if known and not text:
            known.delete()
        elif known and known.address != text:
            known.address, known.state = text, AddressState.WORKING
            known.save()
        elif text and not known:
            Address.objects.create(person=row, channel=channel, address=text)
