"""A story with a clock: acts at their moments, the clock turns between them, letters are written and handed over.

Nothing here knows how corrections are worked out. What left the house is what a recording channel took.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from time import monotonic

import pghistory
from django.apps import apps
from django.utils import timezone

from engagement import telling
from notices.channels.base import Accepted, AddressRefused
from notices.channels.one_by_one import OneByOne
from notices.enums import Correcting, NoticeKind, NoticeState
from notices.models import CorrectionRule, Message, Notice
from notices.pipeline import clockwork, outbox, outlets
from notices.pipeline.coming_back import receipts
from notices.pipeline.deliver.batches import Claims, Here
from notices.pipeline.deliver.contents import contents
from notices.pipeline.deliver.sending import Round
from stakeholders.enums import Channel
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades import rescheduling
from upgrades.models import Milestone, Upgrade

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = (0, 2, 3, 9, 10, 11, 12, 30, 59, 60, 61)  # minutes after an act at which something may become due
GRID = timedelta(hours=6)
RIGHTING = (NoticeKind.CORRECTION, NoticeKind.CATCH_UP)


@dataclass(frozen=True)
class Heard:
    """One letter that left."""

    who: str
    at: datetime
    kind: str
    urgent: bool
    rows: tuple[tuple[str, object, object], ...]
    subject: str
    text: str

    def told(self, name: str) -> tuple[object, object]:
        """What they were told of the fact, and what the letter says now."""
        found = {fact.rpartition(".")[2]: (told, now) for fact, told, now in self.rows}
        return found[name]

    @property
    def names(self) -> set[str]:
        return {fact.rpartition(".")[2] for fact, _, _ in self.rows}


class Recording:
    """Takes every letter but those to addresses at which there is nobody."""

    def __init__(self, story: "Story"):
        self.story = story

    def send(self, parcel):
        if parcel.address in self.story.nobody_at:
            raise AddressRefused("550 5.1.1 No such user")
        self.story.left.append((parcel.key, parcel.content))
        return Accepted("250 OK")

    def close(self):
        pass


@dataclass
class Story:
    upgrade: Upgrade = field(default_factory=lambda: factories.upgrade("Mail migration"))
    now: datetime = NOW
    nobody_at: set[str] = field(default_factory=set)
    left: list[tuple[int, bytes]] = field(default_factory=list)
    acted: datetime = NOW
    real: datetime = field(default_factory=lambda: timezone.now() - DAY)  # of rows that were made just now

    def window(self, **fields) -> Milestone:
        made = factories.milestone(self.upgrade, **{"name": "Go-live", **fields})
        self.dated()
        return made

    def by_itself(self, **fields) -> CorrectionRule:
        ben = factories.account("Ben Brand", role="approver")
        values = {"mode": Correcting.AUTOMATIC, "approved_by": ben, "approved_at": self.now, **fields}
        return CorrectionRule.objects.create(upgrade=self.upgrade, author=factories.account("Ana Abel"), **values)

    # Acts

    def tell(self, on: Milestone, *people: Person, **fields) -> Notice:
        """A notice of today's plan to these, which leaves at once."""
        notice = factories.released_notice(on, people=people, now=self.now, **fields)
        self.dated()
        self.hand_over()
        return notice

    def plan(self, on: Milestone, *people: Person, after: timedelta, **fields) -> Notice:
        return factories.approved_notice(on, people=people, send_at=self.now + after, now=self.now, **fields)

    def change(self, milestone: Milestone, **values) -> None:
        milestone.refresh_from_db()
        rescheduling.change(milestone, **values)
        self.dated()

    def move(self, milestone: Milestone, **by) -> None:
        milestone.refresh_from_db()
        delta = timedelta(**by)
        self.change(milestone, start=milestone.start + delta, end=milestone.end + delta)

    def change_upgrade(self, **values) -> None:
        Upgrade.objects.filter(pk=self.upgrade.pk).update(**values)
        self.upgrade.refresh_from_db()
        self.dated()

    def meet(self, on: Milestone, *people: Person, names: Iterable[str] = ("start", "end")) -> telling.Telling:
        meeting = factories.engagement(self.upgrade, start=self.now - HOUR, end=self.now)
        for one in people:
            factories.participant(meeting, one, attended=True)
        keys = [f"milestone:{on.pk}.{name}" for name in names]
        return telling.tell(meeting, keys, by=self.upgrade.owner, now=self.now)

    def bounce(self, who: Person, kind: str = NoticeKind.ANNOUNCEMENT) -> None:
        """The last letter of that kind comes back."""
        last = Message.objects.filter(person=who, notice__kind=kind).latest("pk")
        assert receipts.bounce(last, permanent=True, detail="550 5.1.1 No such user", now=self.now)

    def dated(self) -> None:
        """What happened just now happened at this moment of the story."""
        self.acted = self.now
        for model in apps.get_models():
            if issubclass(model, pghistory.models.Event):
                model.objects.filter(pgh_created_at__gte=self.real).update(pgh_created_at=self.now)

    # The clock

    def wait(self, **delta) -> None:
        """Turns the clock whenever something may be due, and hands over what leaves then."""
        until = self.now + timedelta(**delta)
        moments = {self.acted + minutes * MINUTE for minutes in DUE}
        moments |= {self.now, until, *(self.now + number * GRID for number in range(1, (until - self.now) // GRID + 1))}
        while True:
            ahead = [one for one in moments if self.now <= one <= until]
            if not ahead:
                return
            self.now = min(ahead)
            self.turn()
            moments = {one for one in moments if one > self.now} | self._due()

    def _due(self) -> set[datetime]:
        """The real clock turns every few seconds, so it meets these."""
        notices = Notice.objects.filter(state=NoticeState.APPROVED, send_at__gt=self.now)
        messages = Message.objects.waiting().filter(not_before__gt=self.now)
        return {*notices.values_list("send_at", flat=True), *messages.values_list("not_before", flat=True)}

    def turn(self) -> None:
        result = clockwork.turn(now=self.now, beats=False)
        assert result.failed == []
        self.dated_quietly()
        self.hand_over()

    def dated_quietly(self) -> None:
        acted = self.acted
        self.dated()
        self.acted = acted

    def hand_over(self) -> None:
        for is_careful in (True, False):
            claims = Claims(outlets.of(Channel.EMAIL), lambda: self.now, holder="story", seats=1, is_careful=is_careful)
            post = OneByOne(lambda: Recording(self))
            Round(post, contents(Channel.EMAIL), outbox.Waited(), claims, Here()).work(until=monotonic() + 60)

    # What came of it

    def letters(self, *kinds: str) -> list[Heard]:
        """Every letter that left, of these kinds or of those that put right, in the order in which they left."""
        found = []
        rows = Message.objects.select_related("notice", "person").in_bulk([key for key, _ in self.left])
        for key, content in self.left:
            row = rows[key]
            if row.notice.kind in (kinds or RIGHTING):
                found.append(_heard(row, content))
        return found

    def heard(self, *kinds: str) -> list[str]:
        return sorted(one.who for one in self.letters(*kinds))

    def corrected(self) -> list[str]:
        return self.heard(NoticeKind.CORRECTION)


def _heard(row: Message, content: bytes) -> Heard:
    mail = message_from_bytes(content, policy=policy.default)
    told = row.notice.release.get("told", {}).get(row.values.get("told", ""), [])
    return Heard(
        who=row.person.name,
        at=row.sent_at,
        kind=row.notice.kind,
        urgent=row.notice.is_urgent,
        rows=tuple((one["fact"], one["told"], one["now"]) for one in told),
        subject=str(mail["Subject"]),
        text=mail.get_body(("plain",)).get_content(),
    )
