"""Who was there: ticked by the host, checked in, or read from a pasted list."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from engagement import inviting
from engagement.enums import Rsvp, Seen
from engagement.lists import Line, Reading, read
from engagement.models import Engagement, Participant
from stakeholders.models import Person

__all__ = ["Line", "Reading", "mark", "mark_rest_absent", "read_list", "unmark_absent"]


@transaction.atomic
def mark(
    engagement: Engagement, people: Iterable[Person], *, attended: bool | None, seen: str = Seen.HAND, now: datetime
) -> int:
    """They were there, or not, or (None) nobody knows. Who was not invited is added as somebody who walked in, and
    leaves no trace when that is taken back. Who was merged into another one is that one. Returns how many changed."""
    held = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[one.pk for one in people])
    persons = {one.pk: one for one in inviting.standing(held.order_by("pk")).values() if not one.erased_at}
    if attended:
        Participant.objects.bulk_create(
            [Participant(engagement=engagement, person=one, is_invited=False) for one in persons.values()],
            ignore_conflicts=True,
        )
    rows = Participant.objects.filter(engagement=engagement, person__in=persons)
    if attended is None:
        gone = rows.filter(is_invited=False, rsvp=Rsvp.NONE).delete()[0]
        return gone + rows.exclude(attended=None).update(attended=None, seen="", seen_at=None)
    differing = rows.exclude(attended=attended) | rows.filter(attended=None)
    return Participant.objects.filter(pk__in=list(differing.values_list("pk", flat=True))).update(
        attended=attended, seen=seen if attended else "", seen_at=now
    )


def mark_rest_absent(engagement: Engagement, *, now: datetime) -> int:
    """All of whom nobody knows yet. `unmark_absent` with the same moment takes it back."""
    return engagement.participants.filter(attended=None).update(attended=False, seen="", seen_at=now)


def unmark_absent(engagement: Engagement, *, at: datetime) -> int:
    rows = engagement.participants.filter(attended=False, seen_at=at)
    return rows.update(attended=None, seen_at=None)


def read_list(text: str, engagement: Engagement) -> Reading:
    """A pasted list of those who were there, matched with the register; those who take part go before others."""
    participants = Participant.objects.filter(engagement=engagement).values_list("person", flat=True)
    return read(text, preferred=set(participants))


def people_named(keys: Sequence[int]) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=keys).order_by("pk")
