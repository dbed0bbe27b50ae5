"""Who stands in for those who are away on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from notices.enums import PERSONAL
from notices.models import Notice
from notices.pipeline.audience.choosing import chosen
from notices.pipeline.audience.days import day_of
from notices.pipeline.audience.foreseen import AS_IT_IS, Foreseen
from notices.pipeline.audience.rule import Audience
from stakeholders.models import Absence, Person

MOST_STEPS = 3  # from somebody who is away to somebody who is there
LINES = """
WITH RECURSIVE line (away, deputy, until, step) AS (
    SELECT absence.person_id, absence.deputy_id, absence.end_on, 1
    FROM stakeholders_absence absence JOIN stakeholders_person deputy ON deputy.id = absence.deputy_id
    WHERE absence.start_on <= %s AND absence.end_on >= %s AND deputy.archived_at IS NULL AND deputy.id <> ALL(%s)
      AND absence.person_id IN ({people})
    UNION
    SELECT line.away, absence.deputy_id, line.until, line.step + 1
    FROM line
    JOIN stakeholders_absence absence ON absence.person_id = line.deputy
    JOIN stakeholders_person deputy ON deputy.id = absence.deputy_id
    WHERE absence.start_on <= %s AND absence.end_on >= %s AND deputy.archived_at IS NULL AND deputy.id <> ALL(%s)
      AND line.step < %s
)
SELECT {shown} FROM line WHERE NOT EXISTS (
    SELECT 1 FROM stakeholders_absence own
    WHERE own.person_id = line.deputy AND own.start_on <= %s AND own.end_on >= %s)
"""


@dataclass(frozen=True)
class StandsIn:
    deputy: int
    person: Person
    until: date

    @property
    def said(self) -> str:
        return f"stands in for {self.person}, away until {self.until:%A} {self.until.day} {self.until:%B}"


def standing_in(notice: Notice, people: Iterable[int], *, on: date | None = None) -> dict[int, StandsIn]:
    """Of these people, those who get a notice only because they stand in for somebody, and for whom. Two queries."""
    day = None if notice.kind in PERSONAL else on or day_of(notice)
    asked = set(people)
    if day is None or not asked:
        return {}
    rule = Audience.from_json(notice.audience)
    if rule.in_person:
        return {}
    those = chosen(rule, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
    lines = _lines(those, asked, on=day)
    own = set(those.filter(pk__in=[deputy for deputy, _away, _until in lines]).values_list("pk", flat=True))
    away = Person.objects.in_bulk({away for _deputy, away, _until in lines})
    return {deputy: StandsIn(deputy, away[person], until) for deputy, person, until in lines if deputy not in own}


def days_with_deputies(days: Iterable[date]) -> set[date]:
    """Those on which anybody stands in for anybody. One query."""
    asked = sorted(days)
    absences = Absence.objects.exclude(deputy=None).filter(start_on__lte=asked[-1], end_on__gte=asked[0])
    spans = set(absences.values_list("start_on", "end_on").distinct())
    return {day for day in asked if any(start <= day <= end for start, end in spans)}


def deputies_of(people: QuerySet[Person], *, on: date, foreseen: Foreseen) -> Any:
    """Keys of those who are there that day and stand in for somebody of `people`: the deputy, or where the deputy is
    away as well the deputy's deputy, up to three steps, which also ends a circle."""
    try:
        sql, params = _away(people, on=on)
    except EmptyResultSet:
        return ()
    return RawSQL(LINES.format(people=sql, shown="line.deputy"), _values(params, on=on, foreseen=foreseen))  # noqa: S611


def _away(people: QuerySet[Person], *, on: date) -> tuple[str, tuple[Any, ...]]:
    """Of these people, those whom somebody stands in for. Asked first, because there are few of them."""
    absences = Absence.objects.on(on).exclude(deputy=None)
    return people.filter(pk__in=absences.values("person")).order_by().values_list("pk").query.sql_with_params()


def _lines(people: QuerySet[Person], asked: set[int], *, on: date) -> list[tuple[int, int, date]]:
    try:
        sql, params = _away(people, on=on)
    except EmptyResultSet:
        return []
    lines = LINES.format(people=sql, shown="line.deputy, line.away, line.until") + " AND line.deputy = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"{lines} ORDER BY line.until, line.away DESC", [*_values(params, on=on), list(asked)])
        return cursor.fetchall()


def _values(params: Iterable[Any], *, on: date, foreseen: Foreseen = AS_IT_IS) -> list[Any]:
    gone = sorted(foreseen.gone)
    return [on, on, gone, *params, on, on, gone, MOST_STEPS, on, on]
