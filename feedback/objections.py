"""Objections to a date: one for each person and date, which may be changed until somebody decides, and the record of
the conflict that they are part of. Deciding tells people, so it stands above: notices.pipeline.direct.objections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from commsplan.lib.time import at_wall_clock
from feedback import concerns
from feedback.concerns import NotPossible
from feedback.enums import ConcernKind
from feedback.models import Concern, Conflict, ConflictOption, Objection, ObjectionWindow
from stakeholders.models import Group, Person
from upgrades.models import Milestone
from upgrades.slots import Block

DAYS = 10  # after the first notice of a date
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Details:
    """What an objection says besides its reason."""

    critical_name: str = ""
    critical_from: date | None = None
    critical_until: date | None = None
    alternative: datetime | None = None
    groups: tuple[Group, ...] = ()


@transaction.atomic
def object_(
    milestone: Milestone, *, person: Person | None, text: str, source: str, details: Details | None = None, **more: Any
) -> Concern | None:
    """A second one of the same person changes the first, until it is decided; without `details` those stay. None where
    the person was erased."""
    who = Person.objects.held(person.pk) if person else None
    if who and who.erased_at:
        return None
    concern = _still_open(open_of(milestone, who) if who else None)
    if concern is None:
        concern = concerns.raise_(
            milestone.upgrade,
            text=text,
            kind=ConcernKind.OBJECTION,
            source=source,
            person=who,
            milestone=milestone,
            **more,
        )
    else:
        concern.text = text.strip()
        concern.save(update_fields=["text"])
    if details:
        _write(concern, details)
    return concern


def _still_open(concern: Concern | None) -> Concern | None:
    """Locked; None when it was decided in this very moment."""
    rows = Concern.objects.to_decide().select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=concern.pk).first() if concern else None


def open_of(milestone: Milestone, person: Person) -> Concern | None:
    """What this person says against the date and is not decided. The newest, should there be several of merged rows."""
    return Concern.objects.to_decide().filter(milestone=milestone, person=person).order_by("-pk").first()


def _write(concern: Concern, details: Details) -> None:
    row, _ = Objection.objects.update_or_create(
        concern=concern,
        defaults={
            "critical_name": details.critical_name.strip(),
            "critical_from": details.critical_from,
            "critical_until": details.critical_until or details.critical_from,
            "alternative": details.alternative,
        },
    )
    row.groups.set(details.groups)


def details_of(concern: Concern | None) -> Objection | None:
    return Objection.objects.filter(concern=concern).prefetch_related("groups").first() if concern else None


# What they ask for


def span(objection: Objection, *, zone: str) -> tuple[datetime, datetime] | None:
    """Whole days on the wall of the place, also where clocks change in between."""
    if objection.critical_from is None or objection.critical_until is None:
        return None
    first, last = objection.critical_from, objection.critical_until + DAY
    return at_wall_clock(first, time(0), zone=zone), at_wall_clock(last, time(0), zone=zone)


def blocks(found: Iterable[Objection], *, zone: str) -> list[Block]:
    """Their days: nothing is suggested there."""
    spans = [(one, span(one, zone=zone)) for one in found]
    return [Block(*both, one.critical_name or "an objection", is_hard=True) for one, both in spans if both]


STANDS_FOR = """
SELECT about, count(DISTINCT person_id) FROM (
    SELECT concern.milestone_id AS about, membership.person_id
      FROM feedback_concern concern
      JOIN feedback_objection objection ON objection.concern_id = concern.id
      JOIN feedback_objection_groups named ON named.objection_id = objection.id
      JOIN stakeholders_membership membership ON membership.group_id = named.group_id
      JOIN stakeholders_person person ON person.id = membership.person_id AND person.archived_at IS NULL
     WHERE concern.id = ANY(%(concerns)s)
    UNION ALL
    SELECT milestone_id, person_id FROM feedback_concern WHERE id = ANY(%(concerns)s) AND person_id IS NOT NULL
) everybody GROUP BY about
"""


def stands_for(found: Sequence[Concern]) -> dict[int, int]:
    """By milestone: how many people object, or are in groups for which somebody does. Each once; one query."""
    if not found:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STANDS_FOR, {"concerns": [one.pk for one in found]})
        return dict(cursor.fetchall())


# The window


def keep_window(milestone: Milestone, *, days: int | None, closes_on: date | None) -> None:
    ObjectionWindow.objects.update_or_create(milestone=milestone, defaults={"days": days, "closes_on": closes_on})


def closes_at(window: ObjectionWindow | None, *, told_at: datetime | None, zone: str) -> datetime | None:
    """The end of the last day, at the place. None while nobody was told: then nothing has begun to run."""
    if window and window.closes_on:
        return at_wall_clock(window.closes_on + DAY, time(0), zone=zone)
    if told_at is None:
        return None
    days = DAYS if window is None or window.days is None else window.days
    told_on = told_at.astimezone(ZoneInfo(zone)).date()
    return at_wall_clock(told_on + (days + 1) * DAY, time(0), zone=zone)


# The record


@transaction.atomic
def take_up(milestone: Milestone) -> Conflict:
    """The conflict of this date from now on; the same one until it is decided."""
    Milestone.objects.select_for_update(of=("self",), no_key=True).get(pk=milestone.pk)
    known = Conflict.objects.undecided().filter(milestone=milestone).first()
    if known:
        return known
    return Conflict.objects.create(upgrade=milestone.upgrade, milestone=milestone, about=milestone.name)


def add_option(conflict: Conflict, *, text: str, pros: str = "", cons: str = "") -> ConflictOption:
    return ConflictOption.objects.create(conflict=conflict, text=text, pros=pros, cons=cons)


def finish_follow_up(conflict: Conflict, *, by, now: datetime) -> None:
    """The first time counts."""
    if not Conflict.objects.to_follow().filter(pk=conflict.pk).update(follow_up_done_at=now, follow_up_done_by=by):
        raise NotPossible("There is nothing left to follow up.")
