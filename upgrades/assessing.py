"""Where a stakeholder stands. Every assessment is dated and kept; the last one counts."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from commsplan.lib import history
from stakeholders.models import Person
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


@transaction.atomic
def bring_back(act: UUID) -> int:
    """Stakeholders whom the act removed, with their assessments. Who was merged since comes back as the one who
    stays."""
    found = history.bring_back(act, Stakeholder, Assessment)
    back = Stakeholder.objects.filter(pk__in=history.deleted(act, Stakeholder), person__merged_into__isnull=False)
    for stake in back.order_by("pk"):
        person = Person.objects.held(stake.person_id)  # type: ignore[arg-type]  # of a person: see the filter
        mine = Stakeholder.objects.filter(upgrade=stake.upgrade_id, person=person).first()
        if mine:
            join(mine, stake)
        else:
            Stakeholder.objects.filter(pk=stake.pk).update(person=person)
    return found


def join(mine: Stakeholder, other: Stakeholder) -> None:
    """Two stakes of one person in one upgrade become one, with the assessments of both."""
    other.assessments.update(stakeholder=mine)
    mine.impact_on_them = max(mine.impact_on_them, other.impact_on_them)
    mine.wanted_attitude = other.wanted_attitude if mine.wanted_attitude is None else mine.wanted_attitude
    mine.note = "\n\n".join(dict.fromkeys(filter(None, (mine.note, other.note))))
    mine.save()
    other.delete()


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
