"""An engagement as the post sees it: who was invited by mail, who believes something else, and who has to hear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from commsplan.lib import time
from engagement.models import Engagement
from notices.enums import MEETINGS, NoticeKind, NoticeState
from notices.insight import progress
from notices.insight.progress import Progress
from notices.models import Message, Notice
from notices.pipeline.direct import meetings
from stakeholders.models import Person

SHOWN = 60  # people on the page; each notice has them all
NAMED = 5


@dataclass(frozen=True)
class Order:
    """Something that may be sent now. `name` is the name of its page."""

    name: str
    kind: NoticeKind
    label: str
    icon: str
    people: Sequence[int]
    sentence: str  # why
    is_urgent: bool = False

    @property
    def number(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class Sent:
    notice: Notice
    state: str
    progress: Progress


@dataclass(frozen=True)
class Sheet:
    orders: list[Order]
    beliefs: list[tuple[str, int]]  # what is believed that no longer holds, and by how many
    sent: list[Sent]
    waiting: list[Notice]  # for approval
    people: list[Message]  # the last message to each
    number: int
    unreachable: list[Person]
    unreachable_number: int

    @property
    def is_empty(self) -> bool:
        return not (self.orders or self.sent or self.unreachable_number)


def of(engagement: Engagement, *, now: datetime) -> Sheet:
    """Needs host and upgrade. The number of queries does not depend on the number of people."""
    hearing = meetings.who_hears(engagement)
    notices = list(engagement.notices.filter(kind__in=MEETINGS).select_related("author").order_by("-pk"))
    counted = progress.of(notices, now=now)
    sent = [Sent(each, progress.shown_state(each, seen := counted.get(each.pk, Progress())), seen) for each in notices]
    people = _last_messages(engagement)
    return Sheet(
        orders=orders(engagement, hearing, now=now),
        beliefs=_beliefs(engagement, hearing),
        sent=sent,
        waiting=[notice for notice in notices if notice.state == NoticeState.IN_REVIEW],
        people=list(people[:SHOWN]),
        number=people.count(),
        unreachable=list(Person.objects.filter(pk__in=hearing.unreachable).order_by("name", "pk")[:NAMED]),
        unreachable_number=len(hearing.unreachable),
    )


def orders(engagement: Engagement, hearing: meetings.Hearing, *, now: datetime) -> list[Order]:
    """The most urgent first."""
    if engagement.is_held or now >= max(engagement.end, _latest_end(hearing)):
        return []
    told = [pk for pk in hearing.to_call_off if hearing.known.told.get(pk, meetings.OFF) != meetings.OFF]
    found = [_cancellation(engagement, told)]
    if engagement.is_over(now):
        found += [_update(meetings.who_may_still_come(hearing, now=now), is_over=True)]
    else:
        found += [_update(list(hearing.to_update)), _invitation(hearing.to_invite)]
    return [order for order in found if order.people]


def _latest_end(hearing: meetings.Hearing) -> datetime:
    ends = [said[2] for said in hearing.known.told.values() if said != meetings.OFF and said[2]]
    return max((datetime.fromisoformat(end) for end in ends), default=datetime.min.replace(tzinfo=time.UTC))


def _cancellation(engagement: Engagement, people: list[int]) -> Order:
    number = len(people)
    if engagement.is_cancelled:
        sentence = f"{_people(number)} still {'expects' if number == 1 else 'expect'} it to take place."
    else:
        be, do = ("is", "does") if number == 1 else ("are", "do")
        sentence = f"{_people(number)} {be} no longer on the list, and {do} not know it."
    return Order(
        "engagement_send_cancellation",
        NoticeKind.MEETING_OFF,
        "Send the cancellation" if engagement.is_cancelled else "Tell who was taken off",
        icon="mail-x",
        people=people,
        sentence=sentence,
        is_urgent=True,
    )


def _update(people: list[int], *, is_over: bool = False) -> Order:
    number = len(people)
    sentence = f"{_people(number)} {'was' if number == 1 else 'were'} told something that no longer holds."
    if is_over:
        sentence = f"It is over, but {_people(number)} {'was' if number == 1 else 'were'} told a time that is to come."
    return Order(
        "engagement_send_update",
        NoticeKind.MEETING_CHANGED,
        "Send the update",
        icon="mail-forward",
        people=people,
        sentence=sentence,
        is_urgent=True,
    )


def _invitation(people: Sequence[int]) -> Order:
    number = len(people)
    return Order(
        "engagement_send_invitation",
        NoticeKind.MEETING,
        "Send invitations" if number > 1 else "Send the invitation",
        icon="send",
        people=people,
        sentence=f"{_people(number)} on the list {'has' if number == 1 else 'have'} got no invitation yet.",
    )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _beliefs(engagement: Engagement, hearing: meetings.Hearing) -> list[tuple[str, int]]:
    """The most frequent first."""
    here = meetings.says(engagement)
    counted: dict[meetings.Says, int] = {}
    if here == meetings.OFF:
        return []
    for said in hearing.to_update.values():
        counted[said] = counted.get(said, 0) + 1
    said_so = [(_differing(said, here, engagement), number) for said, number in counted.items()]
    return sorted(said_so, key=lambda one: (-one[1], one[0]))


def _differing(said: meetings.Says, here: meetings.Says, engagement: Engagement) -> str:
    """Only what is different now."""
    (title, start, end, place, link), (new_title, new_start, new_end, new_place, new_link) = said, here
    parts = []
    if (start, end) != (new_start, new_end):
        window = (datetime.fromisoformat(start), datetime.fromisoformat(end))
        parts.append(time.window(*window, zone=engagement.time_zone))
    parts += [f"“{title}”"] if title != new_title else []
    parts += [place or "no place"] if place != new_place else []
    parts += [link or "no link to join"] if link != new_link else []
    return ", ".join(parts)


def _last_messages(engagement: Engagement) -> QuerySet[Message]:
    messages = Message.objects.filter(notice__engagement=engagement, notice__kind__in=MEETINGS)
    last = messages.order_by("person", "-pk").distinct("person").values("pk")
    return Message.objects.filter(pk__in=last).select_related("person", "notice").order_by("person__name", "pk")
