"""The answer to what somebody raised, sent to the one who raised it."""

from datetime import datetime

from django.db import transaction

from engagement import inviting
from feedback.models import Concern
from notices import wording
from notices.enums import OPEN, MessageState, NoticeKind
from notices.models import Message, Notice
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct.saying import reachable, say
from stakeholders.models import Person


@transaction.atomic
def send(concern: Concern, *, by, now: datetime) -> Notice:
    """Once for each answer: when this one has gone out, or is about to, that notice is returned. Raises NotAllowed."""
    row = Concern.objects.select_for_update(of=("self",), no_key=True).get(pk=concern.pk)
    if not row.answer:
        raise NotAllowed("There is no answer yet.")
    person = _reader(row)
    if (sent := _sent(row, person)) is not None:
        return sent
    return say(
        row.upgrade,
        kind=NoticeKind.ANSWER,
        title=f"Answer: {row.text}",
        people=[person.pk],
        words=wording.of(NoticeKind.ANSWER),
        by=by,
        now=now,
        concern=row,
    )


def _reader(concern: Concern) -> Person:
    if concern.person is None:
        raise NotAllowed("Nobody knows who asked this, so there is nobody to answer by mail.")
    person = inviting.standing([concern.person])[concern.person.pk]
    if person.is_list:
        raise NotAllowed(f"{person} is a distribution list: an answer goes to one person.")
    if not reachable(Person.objects.filter(pk=person.pk)).exists():
        raise NotAllowed(f"{person} cannot be reached by mail.")
    return person


def _sent(concern: Concern, person: Person) -> Notice | None:
    messages = Message.objects.filter(notice__concern=concern, notice__kind=NoticeKind.ANSWER, person=person)
    last = messages.filter(state__in=[*OPEN, MessageState.SENT]).order_by("-pk").first()
    if last is None or last.variant is None:
        return None
    said = last.variant.revision.facts
    is_same = (said.get(f"concern:{concern.pk}.text"), said.get(f"concern:{concern.pk}.answer")) == (
        concern.text,
        concern.answer,
    )
    return last.notice if is_same else None
