"""What lies ready in the break-glass kit of an upgrade, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from notices.enums import Event, NoticeKind, NoticeState
from notices.insight import comparison
from notices.models import Notice
from notices.pipeline import approve, kit
from notices.pipeline.kit import using
from notices.pipeline.kit.buttons import BUTTONS, Button
from stakeholders.models import Person
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone, Upgrade

FIRST = 5
READERS = 8
WINDOWS = (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW)


@dataclass(frozen=True)
class Readiness:
    """Of one button. `missing`: what has to be done until it is ready, in a sentence; empty when it is."""

    button: Button
    notice: Notice | None
    is_ready: bool
    missing: str
    why_not: str
    status: str

    @property
    def key(self) -> str:
        return self.button.key

    @property
    def languages(self) -> list[str]:
        found = {words["language"] for words in self.notice.words} if self.notice else set()
        return [comparison.LANGUAGES.get(code, code) for code in sorted(found)]

    @property
    def can_be_made(self) -> bool:
        """One click puts the usual words there, or submits what lies there."""
        is_missing = self.notice is None or self.notice.state == NoticeState.DRAFT
        return is_missing and self.status not in (Status.COMPLETED, Status.CANCELLED)


def of(milestone: Milestone, *, now: datetime) -> list[Readiness]:
    return [_of(milestone, button, now=now) for button in BUTTONS.values()]


def _of(milestone: Milestone, button: Button, *, now: datetime) -> Readiness:
    notice = kit.find(milestone, button)
    ready = notice is not None and using.is_ready(notice, now=now)
    return Readiness(
        button, notice, ready, "" if ready else _missing(notice), button.why_not(milestone, now=now), milestone.status
    )


def _missing(notice: Notice | None) -> str:
    if notice is None:
        return "No words lie ready."
    if notice.state == NoticeState.DRAFT:
        return "Its words are a draft."
    if notice.is_paused:
        return "It is paused."
    return "Its words wait for approval." if notice.state == NoticeState.IN_REVIEW else "The plan has changed since."


def milestone_of(upgrade: Upgrade, chosen: int | None, *, now: datetime) -> Milestone | None:
    """The chosen one, else the window that runs, that comes next, or that was last."""
    rows = milestones(upgrade)
    if found := next((one for one in rows if one.pk == chosen), None):
        return found
    windows = [one for one in rows if one.kind in WINDOWS] or rows
    coming = [one for one in windows if not one.is_over and one.last_moment > now]
    running = [one for one in windows if one.status == Status.IN_PROCESS]
    return next(iter(running or coming), None) or (windows[-1] if windows else None)


def milestones(upgrade: Upgrade) -> list[Milestone]:
    rows = upgrade.milestones.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    return list(rows.order_by("start", "pk"))


@dataclass(frozen=True)
class Told:
    """Those who would hear."""

    number: int
    first: Sequence[Person]
    reader: Person | None  # through whose eyes one looks
    found: Sequence[Person] = ()  # those whom one may choose among them
    is_chosen: bool = False

    @property
    def more(self) -> int:
        return self.number - len(self.first)


def told(milestone: Milestone, *, now: datetime, person: int = 0, words: str = "") -> Told:
    """`person`: the reader that was chosen; `words`: whom somebody looks for. The only one so named is chosen."""
    people = kit.told_of(milestone, now=now)
    rows = Person.objects.filter(pk__in=people).order_by("name", "pk")
    first = list(rows[:FIRST])
    found = list(rows.found_by(words)[:READERS]) if words.strip() else list(rows[:READERS])
    chosen = rows.filter(pk=person).first() if person else None
    if words.strip() and len(found) == 1:
        chosen = found[0]
    usual = rows.filter(language="en").first() or next(iter(first), None)
    if chosen and chosen not in found:
        found = [chosen, *found[: READERS - 1]]
    return Told(len(people), first, chosen or usual, found, is_chosen=chosen not in (None, usual))


def waits(notice: Notice) -> bool:
    """It was filled in by somebody in a hurry, and waits for somebody else."""
    is_left = notice.state in (NoticeState.IN_REVIEW, NoticeState.APPROVED) and notice.send_at is None
    return is_left and notice.is_urgent and notice.step_id is None and notice.waits_for == Event.ON_WORD


def waiting(upgrade: Upgrade) -> list[Notice]:
    """Filled in by somebody, and waiting for somebody else."""
    found = kit.waiting.of(upgrade).annotate(latest=Max("revisions__pk"))
    return list(found.select_related("author", "milestone", "upgrade").order_by("pk"))


def why_not_by(account, notice: Notice) -> str:
    """Why this account may not approve it and send it; empty when it may."""
    if not account.has_perm("notices.send"):
        return "Your role does not send notices."
    revision = notice.revisions.order_by("-number").first()
    if revision is None:
        return "It has no words yet."
    try:
        approve.may_approve(notice, revision, by=account, size=approve.size_of(revision))
    except approve.NotAllowed as error:
        return str(error)
    return ""


def line(milestone: Milestone | None) -> tuple[int, int] | None:
    """Of the kit for this window, how many lie ready, and of how many; outages are extra. One query."""
    if milestone is None or milestone.is_over:
        return None
    wanted = {(one.kind.value, one.event.value) for one in BUTTONS.values() if one.kind != NoticeKind.OUTAGE}
    lying = Notice.objects.filter(milestone=milestone, state=NoticeState.APPROVED, paused_at=None, step__isnull=False)
    found = set(lying.order_by().values_list("kind", "step__event").distinct())
    once = {(one.kind.value, one.event.value) for one in BUTTONS.values() if not one.is_repeatable}
    found |= {pair for pair in once if (pair[0], "") in found}
    return len(found & wanted), len(wanted)
