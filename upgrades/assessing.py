"""Where a stakeholder stands. Every assessment is dated and kept; the last one counts."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from upgrades.enums import MIDDLE, Attitude
from upgrades.models import Assessment, Stakeholder, StakeholderQuerySet

ONE_SITTING = timedelta(minutes=15)
STALE_AFTER = timedelta(days=90)


@transaction.atomic
def assess(
    stakeholder: Stakeholder,
    *,
    influence: int | None = None,
    interest: int | None = None,
    attitude: int | None = None,
    by,
    now: datetime,
) -> Assessment:
    """What is not given stays as it was. Somebody who tries several places in one sitting leaves one assessment."""
    Stakeholder.objects.select_for_update(of=("self",), no_key=True).get(pk=stakeholder.pk)
    last = stakeholder.assessments.order_by("-at", "-pk").first()
    given = {"influence": influence, "interest": interest, "attitude": attitude}
    values = _standing(last) | {name: value for name, value in given.items() if value is not None}
    if last and last.by_id == by.pk and timedelta(0) <= now - last.at < ONE_SITTING:
        for name, value in {**values, "at": now}.items():
            setattr(last, name, value)
        last.save()
        return last
    return Assessment.objects.create(stakeholder=stakeholder, by=by, at=now, **values)


@transaction.atomic
def confirm(stakeholder: Stakeholder, *, by, now: datetime) -> Assessment | None:
    """Somebody looked, and it is still right: a new date, even within one sitting. None if there is nothing to
    confirm."""
    Stakeholder.objects.select_for_update(of=("self",), no_key=True).get(pk=stakeholder.pk)
    last = stakeholder.assessments.order_by("-at", "-pk").first()
    if last is None:
        return None
    return Assessment.objects.create(stakeholder=stakeholder, by=by, at=now, **_standing(last))


def to_look_at(stakeholders: StakeholderQuerySet, *, now: datetime) -> StakeholderQuerySet:
    """Never assessed, or too long ago; the never assessed first, then the oldest."""
    old = Q(assessed_at=None) | Q(assessed_at__lt=now - STALE_AFTER)
    return stakeholders.assessed().filter(old).order_by(F("assessed_at").asc(nulls_first=True), "pk")


def is_stale(assessed_at: datetime | None, *, now: datetime) -> bool:
    """Never assessed, or too long ago to be relied on."""
    return assessed_at is None or now - assessed_at > STALE_AFTER


def _standing(last: Assessment | None) -> dict[str, int]:
    if last is None:
        return {"influence": MIDDLE, "interest": MIDDLE, "attitude": Attitude.NEUTRAL}
    return {"influence": last.influence, "interest": last.interest, "attitude": last.attitude}
