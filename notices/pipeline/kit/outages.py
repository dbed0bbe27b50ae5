"""Something fails that nobody planned: an upgrade of its own, who is concerned, and the first word to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from notices import wording
from notices.enums import Event, NoticeKind, NoticeState
from notices.models import ApprovedAudience, Notice
from notices.pipeline import approve, planning
from notices.pipeline.approve import NotAllowed
from notices.pipeline.kit import laying, using
from notices.pipeline.kit.buttons import BUTTONS
from stakeholders.enums import Channel, silent_with
from stakeholders.models import Group
from upgrades import enrolling
from upgrades.enums import ENDED, Impact, MilestoneKind, Phase, Status
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

FOLLOWING = ("extend", "complete")


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What somebody knows in the first minute. `alone`: why nobody else could look at the words first."""

    services: Sequence[Service]
    since: datetime
    until: datetime
    effect: str
    workaround: str = ""
    contact_name: str
    contact_email: str
    contact_phone: str = ""
    is_public: bool = True
    alone: str = ""


def deaf(services: Sequence[Service]) -> list[Channel]:
    """What does not arrive while these are down."""
    dead = silent_with(channel for service in services for channel in service.carries)
    return [channel for channel in Channel if channel in dead]


@transaction.atomic
def report(outage: Outage, *, during: Upgrade | None = None, by, now: datetime) -> tuple[Upgrade, Notice]:
    """`during`: the upgrade in which it happened. Words for outages that lie ready there, approved, need no second
    approval."""
    _demand_news(outage.services)
    upgrade = during or _upgrade(outage, by=by)
    milestone = _milestone(upgrade, outage)
    if outage.is_public:
        upgrade.publish(now=now)
    _enrol(upgrade, outage.services)
    prepared = _prepared(during, now=now) if during else None
    notice = _notice(milestone, prepared, by=by)
    using.send(notice, is_approved=_cover(notice, prepared, now=now), alone=outage.alone, by=by, now=now)
    for key in FOLLOWING:
        if not laying.find(milestone, BUTTONS[key]):
            laying.lay(milestone, BUTTONS[key], by=by, now=now)
    return upgrade, notice


class KnownAlready(NotAllowed):
    """Somebody was faster, or clicked twice."""

    def __init__(self, milestone: Milestone):
        super().__init__(f"An outage of this is reported already: “{milestone.upgrade}”.")
        self.milestone = milestone


def _demand_news(services: Sequence[Service]) -> None:
    """Behind the lock of the services, so that of two reports at once one is first."""
    keys = sorted(service.pk for service in services)
    list(Service.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk"))
    told = Notice.objects.filter(milestone=OuterRef("pk"), kind=NoticeKind.OUTAGE, step=None)  # not what lies ready
    running = Milestone.objects.filter(Exists(told), status=Status.IN_PROCESS, services__in=keys)
    running = running.exclude(upgrade__phase__in=ENDED)
    if known := running.select_related("upgrade").order_by("-pk").first():
        raise KnownAlready(known)


def name_of(outage: Outage, *, zone: str) -> str:
    """ "Mail: outage on Mon 23 Nov 2026" """
    day = outage.since.astimezone(ZoneInfo(zone))
    services = ", ".join(service.name for service in outage.services)
    return f"{services[:80]}: outage on {day:%a} {day.day} {day:%b %Y}"


def _upgrade(outage: Outage, *, by) -> Upgrade:
    name = name_of(outage, zone=by.time_zone)
    upgrade = Upgrade.objects.create(
        name=name,
        slug=planning.free_slug(name),
        phase=Phase.UNDER_WAY,
        is_unplanned=True,
        owner=by,
        contact_name=outage.contact_name,
        contact_email=outage.contact_email,
        contact_phone=outage.contact_phone,
        time_zone=by.time_zone,
    )
    upgrade.services.set(outage.services)
    return upgrade


def _milestone(upgrade: Upgrade, outage: Outage) -> Milestone:
    made = Milestone.objects.create(
        upgrade=upgrade,
        name="Outage" if upgrade.is_unplanned else f"Outage: {', '.join(one.name for one in outage.services)}"[:120],
        kind=MilestoneKind.WINDOW,
        status=Status.IN_PROCESS,
        start=outage.since,
        end=outage.until,
        impact=Impact.OUTAGE,
        effect=outage.effect,
        workaround=outage.workaround,
        is_public=outage.is_public,
    )
    made.services.set(outage.services)
    return made


def _enrol(upgrade: Upgrade, services: Sequence[Service]) -> None:
    """The groups that use these services. Who is a stakeholder already stays as they are."""
    known = set(upgrade.stakeholders.exclude(group=None).values_list("group", flat=True))
    users = Group.objects.filter(services__in=services).distinct()
    enrolling.groups(upgrade, users)
    begun = Stakeholder.objects.filter(upgrade=upgrade, group__in=users).exclude(group__in=known)
    begun.update(impact_on_them=Impact.OUTAGE)


def _prepared(upgrade: Upgrade, *, now: datetime) -> Notice | None:
    lying = Notice.objects.filter(upgrade=upgrade, kind=NoticeKind.OUTAGE, step__event=Event.ON_WORD)
    related = ("upgrade", "milestone__upgrade", "approved_revision")
    found = lying.filter(state=NoticeState.APPROVED, send_at=None).select_related(*related).order_by("pk")
    return next((one for one in found if using.is_ready(one, now=now)), None)


def _notice(milestone: Milestone, prepared: Notice | None, *, by) -> Notice:
    return Notice.objects.create(
        upgrade=milestone.upgrade,
        milestone=milestone,
        title=milestone.name if not milestone.upgrade.is_unplanned else milestone.upgrade.name,
        kind=NoticeKind.OUTAGE,
        channels=laying.channels_of(milestone),
        audience={"affected": True},
        words=prepared.words if prepared else wording.of(NoticeKind.OUTAGE),
        is_urgent=True,
        waits_for=Event.ON_WORD,
        author=prepared.author if prepared else by,
    )


def _cover(notice: Notice, prepared: Notice | None, *, now: datetime) -> bool:
    """Whoever approved the words that lay ready stands behind them, whatever it is that fails. False: nobody did."""
    if prepared is None:
        return False
    revision = approve.freeze(notice, by=None, now=now)
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.APPROVED,
        approved_revision=revision,
        approved_by=prepared.approved_by,
        approved_at=prepared.approved_at,
        approved_size=approve.size_of(revision, now=now),
    )
    ApprovedAudience.objects.create(notice=notice, people=[])
    notice.refresh_from_db()
    return True
