"""How far a notice has got: counted from its messages, never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Count

from notices.enums import OPEN, MessageState, NoticeState
from notices.models import Message, Notice, Outlet, Standstill

STEP = 25  # per cent between two announcements to a screen reader


@dataclass(frozen=True)
class Progress:
    counts: dict[str, int] = field(default_factory=dict)
    is_released: bool = False
    is_paused: bool = False
    stopped: str = ""  # what keeps all of it back
    running_for: timedelta = timedelta()

    def _sum(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        return self._sum(MessageState.SENT)

    @property
    def failed(self) -> int:
        return self._sum(MessageState.FAILED, MessageState.MISSED)

    @property
    def can_be_tried_again(self) -> int:
        """Not what came too late to be useful."""
        return self._sum(MessageState.FAILED)

    @property
    def bounced(self) -> int:
        return self._sum(MessageState.BOUNCED)

    @property
    def skipped(self) -> int:
        return self._sum(MessageState.SKIPPED)

    @property
    def cancelled(self) -> int:
        return self._sum(MessageState.CANCELLED)

    @property
    def waiting(self) -> int:
        return self._sum(*OPEN)

    @property
    def done(self) -> int:
        """Tried to the end, with whatever result."""
        return self.sent + self.failed + self.bounced + self.cancelled

    @property
    def total(self) -> int:
        """Those who were to get it: the skipped do not count."""
        return self.done + self.waiting

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 100

    @property
    def step(self) -> int:
        return self.percent // STEP * STEP

    @property
    def is_sending(self) -> bool:
        return self.is_released and self.waiting > 0

    @property
    def has_trouble(self) -> bool:
        return self.failed + self.bounced > 0

    @property
    def tone(self) -> str:
        if self.is_sending:
            return "warn" if self.is_paused or self.stopped else "busy"
        return "warn" if self.has_trouble else "good"

    @property
    def words(self) -> str:
        """ "312 of 1,240 sent, 3 failed"."""
        others = [
            f"{number:,} {name}"
            for number, name in (
                (self.failed, "failed"),
                (self.bounced, "bounced"),
                (self.cancelled, "cancelled"),
                (self.skipped, "skipped"),
            )
            if number
        ]
        return ", ".join([f"{self.sent:,} of {self.total:,} sent", *others])

    @property
    def rest(self) -> str:
        """ "about 2 min": at the pace so far."""
        if not self.is_sending or self.is_paused:
            return "paused" if self.is_sending else ""
        if self.stopped:
            return "stopped"
        if not self.done:
            return "starting"
        seconds = self.running_for.total_seconds() / self.done * self.waiting
        if seconds < 60:
            return "less than a minute"
        if seconds < 5400:
            return f"about {round(seconds / 60)} min"
        return f"about {round(seconds / 3600)} h"


def of(notices: Iterable[Notice], *, now: datetime) -> dict[int, Progress]:
    """By key, for the rows of one page: one query that reads an index, whatever the number of messages elsewhere, and
    two more while anything is being sent."""
    wanted = {notice.pk: notice for notice in notices if notice.released_at}
    counts: dict[int, dict[str, int]] = {pk: {} for pk in wanted}
    rows = Message.objects.filter(notice__in=wanted).order_by().values_list("notice", "state")
    for pk, state, number in rows.annotate(number=Count("pk")):
        counts[pk][state] = number
    found = {pk: _progress(notice, counts[pk], now=now) for pk, notice in wanted.items()}
    sending = [wanted[pk] for pk, one in found.items() if one.is_sending]
    return found | {pk: replace(found[pk], stopped=why) for pk, why in _stopped(sending).items()}


def of_one(notice: Notice, *, now: datetime) -> Progress:
    return of([notice], now=now).get(notice.pk, Progress())


def _stopped(sending: Sequence[Notice]) -> dict[int, str]:
    """Of those of which nothing can leave, why."""
    if not sending:
        return {}
    if Standstill.objects.filter(ended_at=None).exists():
        return {notice.pk: "Everything that sends is stopped" for notice in sending}
    outlets = list(Outlet.objects.filter(is_fallback=False).order_by("channel"))
    ways = {notice.pk: [one for one in outlets if one.channel in notice.channels] for notice in sending}
    return {pk: _said(those) for pk, those in ways.items() if those and all(one.is_stopped for one in those)}


def _said(outlets: Sequence[Outlet]) -> str:
    return f"{' and '.join(map(str, outlets))} {'is' if len(outlets) == 1 else 'are'} stopped"


def shown_state(notice: Notice, progress: Progress) -> str:
    """A released notice is being sent, is paused, or has been sent (commsplan.looks knows these)."""
    if notice.state != NoticeState.RELEASED:
        return "paused" if notice.is_paused and notice.state == NoticeState.APPROVED else notice.state
    if not progress.is_sending:
        return "sent"
    return "paused" if notice.is_paused else "sending"


def _progress(notice: Notice, counts: dict[str, int], *, now: datetime) -> Progress:
    released = notice.released_at or now
    return Progress(
        counts=counts,
        is_released=notice.state == NoticeState.RELEASED,
        is_paused=notice.is_paused,
        running_for=max(now - released, timedelta(seconds=1)),
    )
