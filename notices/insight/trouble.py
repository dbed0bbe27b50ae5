"""What is wrong, and where it is put right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Account
from notices.enums import OPEN, MessageState, NoticeState
from notices.models import Message, Notice, PlanCheck
from upgrades import collisions
from upgrades.collisions import Collision
from upgrades.enums import ENDED
from upgrades.models import CriticalDays, CriticalDaysQuerySet, Milestone, Upgrade

LATE_TO_APPROVE = timedelta(hours=24)
LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, and where to put it right."""

    title: str
    words: str
    url: str
    icon: str
    tone: str
    at: datetime | None
    upgrade: str


def of_everybody(*, now: datetime, upgrades: Iterable[Upgrade]) -> list[Trouble]:
    """The newest first, what is worst on top. `upgrades` are those under way."""
    found = [*_notices_in_trouble(now=now), *_plans_with_errors(upgrades), *_collisions(now=now)]
    return sorted(found, key=lambda one: one.tone != "bad")


def of_account(account: Account, *, now: datetime, upgrades: Iterable[Upgrade]) -> list[Trouble] | None:
    """What this account can mend, or has entered itself; None for those who are here to read."""
    if account.has_perm("notices.write") or account.has_perm("notices.send"):
        return of_everybody(now=now, upgrades=upgrades)
    if account.has_perm("critical_days.enter"):
        return _collisions(now=now, days=CriticalDays.objects.filter(entered_by=account))
    return None


def _notices_in_trouble(*, now: datetime) -> list[Trouble]:
    recent = now - LOOK_BACK
    of_it = Message.objects.filter(notice=OuterRef("pk")).order_by()
    lost = of_it.filter(state__in=[MessageState.FAILED, MessageState.BOUNCED])
    still_open = Exists(of_it.filter(state__in=OPEN))
    notices = (
        Notice.objects.filter(
            Q(state=NoticeState.MISSED, send_at__gte=recent)
            | Q(state__in=[NoticeState.DRAFT, NoticeState.IN_REVIEW], send_at__lt=now + LATE_TO_APPROVE)
            | Q(state=NoticeState.APPROVED, paused_at__isnull=False)
            | Q(still_open, state=NoticeState.RELEASED, paused_at__isnull=False)
            | Q(Exists(lost), state=NoticeState.RELEASED, released_at__gte=recent)
        )
        .exclude(upgrade__phase__in=ENDED, state__in=[NoticeState.MISSED, NoticeState.DRAFT, NoticeState.IN_REVIEW])
        .annotate(failed=_number(of_it, MessageState.FAILED), bounced=_number(of_it, MessageState.BOUNCED))
    )
    return [_about(notice, now) for notice in notices.select_related("upgrade").order_by("-send_at", "-pk")[:30]]


def _number(messages, state: str):
    counted = messages.filter(state=state).values("notice").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _about(notice, now: datetime) -> Trouble:
    words, icon, tone = _said(notice, now)
    return Trouble(
        title=notice.title,
        words=words,
        url=notice.get_absolute_url(),
        icon=icon,
        tone=tone,
        at=notice.send_at,
        upgrade=notice.upgrade.name,
    )


def _due(notice: Notice, now: datetime) -> str:
    return "Due within a day" if notice.send_at and notice.send_at > now else "Its time is over"


def _said(notice, now: datetime) -> tuple[str, str, str]:
    if notice.state == NoticeState.MISSED:
        return "Missed: it did not go out in time.", "clock-exclamation", "bad"
    if notice.is_paused:
        return "Paused: nothing of it goes out.", "player-pause", "warn"
    if notice.state == NoticeState.DRAFT:
        return f"{_due(notice, now)}, and still a draft.", "pencil", "bad"
    if notice.state == NoticeState.IN_REVIEW:
        return f"{_due(notice, now)}, and not approved.", "user-question", "bad"
    parts = [
        f"{number:,} {name}" for number, name in ((notice.failed, "failed"), (notice.bounced, "bounced")) if number
    ]
    return f"{' and '.join(parts)}.", "mail-off", "bad" if notice.failed else "warn"


def _plans_with_errors(upgrades: Iterable[Upgrade]) -> list[Trouble]:
    """As the last check of each found it; outlook.under_way brings it along."""
    checks = [one.check_result for one in upgrades if hasattr(one, "check_result") and one.check_result.errors]
    return [_of_check(check) for check in sorted(checks, key=lambda check: (-check.errors, check.pk))[:10]]


def _of_check(check: PlanCheck) -> Trouble:
    errors = f"{check.errors} error{'' if check.errors == 1 else 's'}"
    return Trouble(
        title=f"{errors} in the plan",
        words=check.findings[0]["sentence"] if check.findings else "",
        url=reverse("upgrade_check", args=[check.upgrade.slug]),
        icon="checkup-list",
        tone="warn",
        at=None,
        upgrade=check.upgrade.name,
    )


def _collisions(*, now: datetime, days: CriticalDaysQuerySet | None = None) -> list[Trouble]:
    """Milestones to come that fall on critical days of those they touch, the gravest for each."""
    ahead = Milestone.objects.filter(Q(end__gt=now) | Q(end=None, start__gt=now)).exclude(upgrade__phase__in=ENDED)
    gravest: dict[int, Collision] = {}
    for hit in collisions.of_milestones(ahead, among=days):
        gravest.setdefault(hit.milestone.pk, hit)
    soonest = sorted(gravest.values(), key=lambda hit: (hit.milestone.start, hit.milestone.pk))
    return [_of_collision(hit) for hit in soonest[:10]]


def _of_collision(hit: Collision) -> Trouble:
    return Trouble(
        title=hit.milestone.name,
        words=f"Falls on critical days: {hit.critical_days.name}.",
        url=reverse("upgrade_milestones", args=[hit.milestone.upgrade.slug]),
        icon="calendar-event",
        tone="bad" if hit.is_hard else "warn",
        at=hit.milestone.start,
        upgrade=hit.milestone.upgrade.name,
    )
