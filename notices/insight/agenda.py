"""What goes out next and what waits for somebody: questions of the home page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Q, QuerySet
from django.urls import reverse

from accounts.models import Account
from commsplan import looks
from commsplan.lib.time import at_wall_clock
from engagement.models import Engagement, FollowUp
from feedback.models import Conflict
from notices.audiences import sizes
from notices.audiences.asked import Asked
from notices.enums import Medium, NoticeState
from notices.insight import approval, kit, objections, remarks, voices
from notices.insight.ledger_short import Misled, misled
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.models import Person
from upgrades.enums import ENDED
from upgrades.models import Service, Upgrade

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Task:
    """One thing that somebody has to do. A step that people do can be ticked off right there."""

    title: str
    words: str
    url: str
    icon: str
    tone: str
    due: datetime | None
    upgrade: str
    step: PlanStep | None = None


@dataclass(frozen=True)
class Waiting:
    approvals: list[Notice]
    drafts: list[Notice]
    chores: list[tuple[datetime, PlanStep]]
    now: datetime
    today: date  # where the account is
    reviews: list[Upgrade] = field(default_factory=list)
    promises: list[FollowUp] = field(default_factory=list)
    to_record: list[Engagement] = field(default_factory=list)
    from_people: list[Task] = field(default_factory=list)
    misled: list[Misled] = field(default_factory=list)
    remarked: list[remarks.Left] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.tasks)

    @property
    def tasks(self) -> list[Task]:
        """Who believes something wrong first, then approvals: others wait for them."""
        return [
            *map(_to_put_right, self.misled),
            *map(_to_approve, self.approvals),
            *map(_to_settle_remarks, self.remarked),
            *self.from_people,
            *map(_to_finish, (one for one in self.drafts if not _is_kit(one))),
            *_to_lie_ready([one for one in self.drafts if _is_kit(one)]),
            *(_to_keep(promise, today=self.today) for promise in self.promises),
            *map(_to_record, self.to_record),
            *(_to_do(step, due, now=self.now) for due, step in self.chores),
            *map(_to_review, self.reviews),
        ]


def goes_out_next(*, now: datetime, limit: int = 6) -> QuerySet[Notice]:
    """Of upgrades that still run, in the order of time."""
    waiting = Notice.objects.waiting().exclude(upgrade__phase__in=ENDED).filter(send_at__gte=now)
    return waiting.select_related("upgrade", "milestone", "survey").order_by("send_at", "pk")[:limit]


@dataclass(frozen=True)
class Ahead:
    """Notices to come, each with its size, and those that wait for an account."""

    coming: list[tuple[Notice, int]]
    approvals: list[Notice]
    drafts: list[Notice]


def ahead(account: Account, *, now: datetime) -> Ahead:
    """All sizes are counted at once."""
    coming, asked = list(goes_out_next(now=now)), _asked_of(account, now=now)
    sized = {("coming", one.pk): Asked.reached_by(one, now=now) for one in coming}
    sized |= {("own", key): rule for key, rule in approval.own(asked, by=account, now=now).items()}
    counted = sizes.of(sized)
    own = {key: size for (what, key), size in counted.items() if what == "own"}
    return Ahead(
        coming=[(one, counted["coming", one.pk]) for one in coming],
        approvals=approval.approvable(asked, by=account, now=now, counted=own),
        drafts=[one for one in asked if one.state == NoticeState.DRAFT],
    )


def waits_for(account: Account, *, now: datetime, notices: Ahead, upgrades: Sequence[Upgrade]) -> Waiting:
    """`upgrades` are those under way."""
    return Waiting(
        approvals=notices.approvals,
        drafts=notices.drafts,
        chores=_chores(now=now) if account.has_perm("notices.write") else [],
        now=now,
        today=today_of(account, now=now),
        promises=_promises(account, now=now),
        to_record=_unrecorded(account, now=now),
        from_people=_from_people(account, now=now, upgrades=upgrades),
        misled=misled(now=now) if account.has_perm("notices.approve") else [],
        remarked=remarks.left_for(account),
        reviews=[one for one in upgrades if one.to_look_at] if account.has_perm("upgrades.edit") else [],  # type: ignore[attr-defined]
    )


def today_of(account: Account, *, now: datetime) -> date:
    return now.astimezone(ZoneInfo(account.time_zone)).date()


def _promises(account: Account, *, now: datetime) -> list[FollowUp]:
    """What this account took on in conversations, and is due within a week or overdue."""
    mine = FollowUp.objects.open().owned_by(account).filter(due_on__lte=today_of(account, now=now) + SOON)
    return list(mine.select_related("engagement__upgrade").soonest()[:20])


def _unrecorded(account: Account, *, now: datetime) -> list[Engagement]:
    hosted = Engagement.objects.to_be_recorded(now).filter(host=account)
    return list(hosted.select_related("upgrade").order_by("-end", "-pk")[:10])


def _asked_of(account: Account, *, now: datetime) -> list[Notice]:
    mine = Q(pk__in=[])
    if account.has_perm("notices.approve"):
        mine |= Q(state=NoticeState.IN_REVIEW)
    if account.has_perm("notices.write"):
        mine |= Q(state=NoticeState.DRAFT, author=account, send_at__lte=now + SOON)
        ready_by_then = Q(send_at=None, milestone__start__lte=now + SOON) & ~Q(waits_for="")
        mine |= ready_by_then & Q(state=NoticeState.DRAFT, author=account)
    found = Notice.objects.filter(mine).exclude(upgrade__phase__in=ENDED)
    return list(found.select_related("upgrade", "milestone", "survey", "author").order_by("send_at", "pk")[:60])


def _chores(*, now: datetime) -> list[tuple[datetime, PlanStep]]:
    steps = PlanStep.objects.filter(done_at=None).exclude(medium=Medium.NOTICE).exclude(upgrade__phase__in=ENDED)
    steps = steps.select_related("upgrade", "milestone").order_by("milestone__start", "pk")
    dated = [(due, step) for step in steps if (due := schedule.due_at(step)) and due <= now + SOON]
    return sorted(dated, key=lambda pair: (pair[0], pair[1].pk))


def _to_approve(notice: Notice) -> Task:
    if kit.waits(notice):
        return _to_break_glass(notice)
    return Task(
        title=notice.title,
        words=f"Needs approval. Written by {notice.author}.",
        url=reverse("notice_approve", args=[notice.pk]),
        icon="user-question",
        tone="warn",
        due=notice.send_at,
        upgrade=notice.upgrade.name,
    )


def _to_settle_remarks(found: remarks.Left) -> Task:
    return Task(
        title=found.title,
        words=found.words,
        url=f"{reverse('notice', args=[found.notice])}#remarks",
        icon="messages",
        tone="warn",
        due=None,
        upgrade=found.upgrade,
    )


def _to_break_glass(notice: Notice) -> Task:
    """Something has happened, and people wait for these words."""
    return Task(
        title=notice.title,
        words=f"Nobody is told yet. {notice.author} filled it in: read it, then approve and send.",
        url=f"{reverse('upgrade_kit', args=[notice.upgrade.slug])}?milestone={notice.milestone_id}",
        icon="hammer",
        tone="bad",
        due=None,
        upgrade=notice.upgrade.name,
    )


def _to_put_right(found: Misled) -> Task:
    return Task(
        title=found.said,
        words="Send the correction, or say why not.",
        url=reverse("upgrade_ledger", args=[found.upgrade.slug]),
        icon="circle-x",
        tone="bad",
        due=None,
        upgrade=found.upgrade.name,
    )


def _to_finish(notice: Notice) -> Task:
    return Task(
        title=notice.title,
        words="Your draft, not submitted yet.",
        url=notice.get_absolute_url(),
        icon="pencil",
        tone="info",
        due=notice.send_at,
        upgrade=notice.upgrade.name,
    )


def _is_kit(notice: Notice) -> bool:
    """It lies ready in case something happens."""
    return bool(notice.waits_for) and notice.send_at is None


def _to_lie_ready(kits: list[Notice]) -> list[Task]:
    """One for each milestone: a kit is of use once all of it is approved."""
    by_milestone: dict[int | None, list[Notice]] = {}
    for one in kits:
        by_milestone.setdefault(one.milestone_id, []).append(one)
    return [_of_kits(those) for those in by_milestone.values()]


def _of_kits(kits: list[Notice]) -> Task:
    first, number = kits[0], len(kits)
    return Task(
        title=f"What lies ready for “{first.milestone}”",
        words="1 draft, not submitted yet." if number == 1 else f"{number} drafts, not submitted yet.",
        url=reverse("upgrade_plan", args=[first.upgrade.slug]),
        icon="pencil",
        tone="info",
        due=first.milestone.start if first.milestone else None,
        upgrade=first.upgrade.name,
    )


def _to_keep(promise: FollowUp, *, today: date) -> Task:
    is_late = promise.is_overdue(today)
    return Task(
        title=promise.text,
        words=f"{promise.get_kind_display()}, {'overdue' if is_late else 'due soon'}: {promise.engagement}.",
        url=f"{promise.engagement.get_absolute_url()}#follow-ups",
        icon="checklist",
        tone="bad" if is_late else "info",
        due=_end_of(promise.due_on, promise.engagement.time_zone) if promise.due_on else None,
        upgrade=promise.engagement.upgrade.name,
    )


def _end_of(day: date, zone: str) -> datetime:
    return at_wall_clock(day, time(23, 59), zone=zone)


def _to_record(engagement: Engagement) -> Task:
    return Task(
        title=engagement.title,
        words="It is over. Say who was there and what was told.",
        url=engagement.get_absolute_url(),
        icon="clipboard-list",
        tone="warn",
        due=engagement.end,
        upgrade=engagement.upgrade.name,
    )


def _page_of(step: PlanStep) -> str:
    if step.medium == Medium.CASCADE:
        return reverse("step_cascade", args=[step.upgrade.slug, step.pk])
    return f"{reverse('upgrade_plan', args=[step.upgrade.slug])}#step-{step.pk}"


def _to_do(step: PlanStep, due: datetime, *, now: datetime) -> Task:
    return Task(
        title=step.name,
        words="Was to happen. Tick it off when it is done."
        if due < now
        else f"{step.get_medium_display()}, then tick it off.",
        url=_page_of(step),
        icon=looks.look_of("medium", step.medium).icon,
        tone="warn" if due < now else "quiet",
        due=due,
        upgrade=step.upgrade.name,
        step=step,
    )


def _to_review(upgrade) -> Task:
    number = upgrade.to_look_at
    return Task(
        title=f"{number} {'stakeholder' if number == 1 else 'stakeholders'} to look at again",
        words="Never placed, or more than 90 days ago.",
        url=reverse("stakeholder_review", args=[upgrade.slug]),
        icon="eye-check",
        tone="quiet",
        due=None,
        upgrade=upgrade.name,
    )


def _from_people(account: Account, *, now: datetime, upgrades: Sequence[Upgrade]) -> list[Task]:
    """What people said that nobody has answered or decided."""
    concerns = voices.unanswered(today=today_of(account, now=now)) if account.has_perm("notices.write") else []
    names = voices.named(upgrades) if account.has_perm("upgrades.edit") else []
    dates = objections.undecided() if account.has_perm("objections.decide") else []
    follow = objections.to_follow(account, by=today_of(account, now=now) + SOON)
    return [
        *map(_to_settle, dates),
        *map(_to_answer, concerns),
        *map(_to_follow, follow),
        *map(_to_decide, names),
    ]


def _to_settle(found: objections.Undecided) -> Task:
    return Task(
        title=found.title,
        words="1 date does not work for them." if found.dates == 1 else f"{found.dates} dates do not work for them.",
        url=reverse("upgrade_objections", args=[found.slug]),
        icon="hand-stop",
        tone="warn",
        due=None,
        upgrade=found.upgrade,
    )


def _to_follow(conflict: Conflict) -> Task:
    by = f" By {conflict.follow_up_on:%-d %b %Y}." if conflict.follow_up_on else ""
    return Task(
        title=conflict.follow_up,
        words=f"Follow-up of a conflict about {conflict.about}.{by}",
        url=conflict.get_absolute_url(),
        icon="messages",
        tone="info",
        due=None,
        upgrade=conflict.upgrade.name,
    )


def _to_answer(found: voices.Unanswered) -> Task:
    return Task(
        title=found.title,
        words=found.words,
        url=f"{reverse('upgrade_concerns', args=[found.slug])}?state=open",
        icon="message-question",
        tone="bad" if found.overdue else "info",
        due=None,
        upgrade=found.upgrade,
    )


def _to_decide(found: voices.Named) -> Task:
    return Task(
        title=found.title,
        words="Accept or decline.",
        url=reverse("upgrade_hidden", args=[found.slug]),
        icon="user-search",
        tone="info",
        due=None,
        upgrade=found.upgrade,
    )


@dataclass(frozen=True)
class FirstSteps:
    people: bool
    services: bool
    upgrades: bool


def first_steps(account: Account) -> FirstSteps:
    """What a fresh installation has already: one query."""
    row = Account.objects.filter(pk=account.pk).values(
        people=Exists(Person.objects.all()),
        services=Exists(Service.objects.all()),
        upgrades=Exists(Upgrade.objects.all()),
    )
    return FirstSteps(**row.get())
