"""What goes out next, what waits for somebody, what is wrong: the questions of the home page, a query each."""

from collections.abc import Sequence, Sized
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, IntegerField, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.db.models.lookups import Exact
from django.urls import reverse

from accounts.models import Account
from commsplan import looks
from commsplan.lib.time import at_wall_clock
from engagement.models import Engagement, FollowUp
from notices.enums import OPEN, Medium, MessageState, NoticeState
from notices.insight import approval, sizes, voices
from notices.models import Message, Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.models import Person, Site
from upgrades import assessing
from upgrades.enums import Freeze, Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, Milestone, Service, Stakeholder, Upgrade

SOON = timedelta(days=7)
LATE_TO_APPROVE = timedelta(hours=24)
LOOK_BACK = timedelta(days=14)
SOONEST: tuple[OrderBy | str, ...] = (F("next_start").asc(nulls_last=True), "name", "pk")
DONE = [Phase.COMPLETED, Phase.CANCELLED]


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

    @property
    def count(self) -> int:
        rows: list[Sized] = [self.approvals, self.drafts, self.chores, self.promises, self.to_record]
        return sum(len(one) for one in [*rows, self.reviews, self.from_people])

    @property
    def tasks(self) -> list[Task]:
        """Approvals first: others wait for them."""
        return [
            *map(_to_approve, self.approvals),
            *self.from_people,
            *map(_to_finish, self.drafts),
            *(_to_keep(promise, today=self.today) for promise in self.promises),
            *map(_to_record, self.to_record),
            *(_to_do(step, due, now=self.now) for due, step in self.chores),
            *map(_to_review, self.reviews),
        ]


def goes_out_next(*, now: datetime, limit: int = 6) -> QuerySet[Notice]:
    """Of upgrades that still run, in the order of time."""
    waiting = Notice.objects.waiting().exclude(upgrade__phase__in=DONE).filter(send_at__gte=now)
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
    sized = {("coming", one.pk): sizes.Asked.reached_by(one) for one in coming}
    sized |= {("own", key): rule for key, rule in approval.own(asked, by=account).items()}
    counted = sizes.of(sized)
    own = {key: size for (what, key), size in counted.items() if what == "own"}
    return Ahead(
        coming=[(one, counted["coming", one.pk]) for one in coming],
        approvals=approval.approvable(asked, by=account, counted=own),
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
    found = Notice.objects.filter(mine).exclude(upgrade__phase__in=DONE)
    return list(found.select_related("upgrade", "milestone", "survey", "author").order_by("send_at", "pk")[:60])


def _chores(*, now: datetime) -> list[tuple[datetime, PlanStep]]:
    steps = PlanStep.objects.filter(done_at=None).exclude(medium=Medium.NOTICE).exclude(upgrade__phase__in=DONE)
    steps = steps.select_related("upgrade", "milestone").order_by("milestone__start", "pk")
    dated = [(schedule.due_at(step), step) for step in steps]
    return sorted(((due, step) for due, step in dated if due <= now + SOON), key=lambda pair: (pair[0], pair[1].pk))


def _to_approve(notice: Notice) -> Task:
    return Task(
        title=notice.title,
        words=f"Needs approval. Written by {notice.author}.",
        url=reverse("notice_approve", args=[notice.pk]),
        icon="user-question",
        tone="warn",
        due=notice.send_at,
        upgrade=notice.upgrade.name,
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


def _to_do(step: PlanStep, due: datetime, *, now: datetime) -> Task:
    return Task(
        title=step.name,
        words="Was to happen. Tick it off when it is done."
        if due < now
        else f"{step.get_medium_display()}, then tick it off.",
        url=f"{reverse('upgrade_plan', args=[step.upgrade.slug])}#step-{step.pk}",
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
    return [*map(_to_answer, concerns), *map(_to_decide, names)]


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


# What is wrong


def trouble(*, now: datetime) -> list[Trouble]:
    """The newest first, what is worst on top."""
    found = [*_notices_in_trouble(now=now), *_collisions(now=now)]
    return sorted(found, key=lambda one: one.tone != "bad")


def trouble_of(account: Account, *, now: datetime) -> list[Trouble] | None:
    """What this account can mend, or has entered itself; None for those who are here to read."""
    if account.has_perm("notices.write") or account.has_perm("notices.send"):
        return trouble(now=now)
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
        .exclude(upgrade__phase__in=DONE, state__in=[NoticeState.MISSED, NoticeState.DRAFT, NoticeState.IN_REVIEW])
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


def _collisions(*, now: datetime, days: QuerySet[CriticalDays] | None = None) -> list[Trouble]:
    """Milestones to come that fall on critical days of those they touch: what upgrades.collisions finds, in one query,
    the gravest for each."""
    milestones = (
        Milestone.objects.exclude(status__in=[Status.CANCELLED, Status.COMPLETED])
        .filter(Q(end__gt=now) | Q(end=None, start__gt=now))
        .filter(Q(kind__in=[MilestoneKind.GO_LIVE, MilestoneKind.WINDOW]) | Q(impact__gt=Impact.NO_IMPACT))
        .exclude(upgrade__phase__in=DONE)
        .annotate(
            names_services=Exists(Service.objects.filter(milestones=OuterRef("pk"))),
            names_sites=Exists(Site.objects.filter(milestones=OuterRef("pk"))),
        )
        .annotate(
            on=Subquery(
                _critical_days(CriticalDays.objects.all() if days is None else days).values(
                    data=JSONObject(name="name", freeze="freeze")
                )[:1]
            )
        )
        .exclude(on=None)
        .select_related("upgrade")
        .order_by("start", "pk")[:10]
    )
    return [
        Trouble(
            title=milestone.name,
            words=f"Falls on critical days: {milestone.on['name']}.",
            url=reverse("upgrade_milestones", args=[milestone.upgrade.slug]),
            icon="calendar-event",
            tone="bad" if milestone.on["freeze"] == Freeze.HARD else "warn",
            at=milestone.start,
            upgrade=milestone.upgrade.name,
        )
        for milestone in milestones
    ]


def _critical_days(days: QuerySet[CriticalDays]) -> QuerySet[CriticalDays]:
    """Of the milestone outside: at the same time, with a service, site or group in common, or everybody's."""
    milestone, upgrade = OuterRef("pk"), OuterRef("upgrade")
    all_services, all_sites = Exact(OuterRef("names_services"), False), Exact(OuterRef("names_sites"), False)
    everybody = Q(groups=None, sites=None, services=None)
    service = Q(services__milestones=milestone) | Q(all_services, services__upgrades=upgrade)
    site = Q(sites__milestones=milestone) | (
        Q(all_sites) & (Q(sites__services__milestones=milestone) | Q(all_services, sites__services__upgrades=upgrade))
    )
    users = Q(groups__services__milestones=milestone) | Q(all_services, groups__services__upgrades=upgrade)
    hit = Q(groups__stakes__upgrade=upgrade, groups__stakes__impact_on_them__gt=Impact.NO_IMPACT)
    at_that_time = days.filter(start__lte=Coalesce(OuterRef("end"), OuterRef("start")), end__gt=OuterRef("start"))
    return at_that_time.filter(everybody | service | site | users | hit).order_by("freeze", "start", "pk")


# Upgrades


def with_outlook(upgrades: QuerySet[Upgrade], *, now: datetime) -> QuerySet[Upgrade]:
    """Adds the next milestone (next_name, next_start, next_end, next_status; None when there is none; next_is_on while
    it runs), and how many notices are planned, out and missed."""
    coming = Milestone.objects.exclude(status__in=[Status.CANCELLED, Status.COMPLETED]).filter(upgrade=OuterRef("pk"))
    coming = coming.filter(Q(end__gt=now) | Q(end=None, start__gt=now)).order_by("start", "pk")
    return upgrades.annotate(
        next_name=Subquery(coming.values("name")[:1]),
        next_start=Subquery(coming.values("start")[:1]),
        next_end=Subquery(coming.values("end")[:1]),
        next_status=Subquery(coming.values("status")[:1]),
        next_is_on=Exists(coming.filter(start__lte=now)),
        planned=_notices(~Q(state=NoticeState.CANCELLED)),
        out=_notices(Q(state=NoticeState.RELEASED)),
        missed=_notices(Q(state=NoticeState.MISSED)),
    )


def _notices(wanted: Q):
    counted = Notice.objects.filter(wanted, upgrade=OuterRef("pk")).order_by().values("upgrade")
    return Coalesce(Subquery(counted.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)


def under_way(*, now: datetime) -> list[Upgrade]:
    """Those with the nearest milestone first. `to_look_at`: how many stakeholders' assessment is old or missing."""
    old = assessing.to_look_at(Stakeholder.objects.filter(upgrade=OuterRef("pk")), now=now).order_by()
    counted = old.values("upgrade").annotate(number=Count("pk")).values("number")
    running = with_outlook(Upgrade.objects.running(), now=now)
    return list(running.annotate(to_look_at=Coalesce(Subquery(counted), 0)).order_by(*SOONEST))


@dataclass(frozen=True)
class FirstSteps:
    people: bool
    services: bool
    upgrades: bool

    @property
    def are_done(self) -> bool:
        return self.people and self.services and self.upgrades


def first_steps(account: Account) -> FirstSteps:
    """What a fresh installation has already: one query."""
    row = Account.objects.filter(pk=account.pk).values(
        people=Exists(Person.objects.all()),
        services=Exists(Service.objects.all()),
        upgrades=Exists(Upgrade.objects.all()),
    )
    return FirstSteps(**row.get())
