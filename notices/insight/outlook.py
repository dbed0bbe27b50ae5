"""Upgrades with what lies ahead of them."""

from datetime import datetime

from django.db.models import Count, Exists, F, IntegerField, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notices.enums import NoticeState
from notices.models import Notice
from upgrades import assessing
from upgrades.enums import Status
from upgrades.models import Milestone, Stakeholder, Upgrade

SOONEST: tuple[OrderBy | str, ...] = (F("next_start").asc(nulls_last=True), "name", "pk")


def with_outlook(upgrades: QuerySet[Upgrade], *, now: datetime) -> QuerySet[Upgrade]:
    """Adds the next milestone (next_name, next_start, next_end, next_status; None when there is none; next_is_on while
    it runs), how many notices are planned, out and missed, and what the last check of the plan found."""
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
    ).select_related("check_result")


def _notices(wanted: Q):
    counted = Notice.objects.filter(wanted, upgrade=OuterRef("pk")).order_by().values("upgrade")
    return Coalesce(Subquery(counted.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)


def under_way(*, now: datetime) -> list[Upgrade]:
    """Those with the nearest milestone first. `to_look_at`: how many stakeholders' assessment is old or missing."""
    old = assessing.to_look_at(Stakeholder.objects.filter(upgrade=OuterRef("pk")), now=now).order_by()
    counted = old.values("upgrade").annotate(number=Count("pk")).values("number")
    running = with_outlook(Upgrade.objects.running(), now=now)
    return list(running.annotate(to_look_at=Coalesce(Subquery(counted), 0)).order_by(*SOONEST))
