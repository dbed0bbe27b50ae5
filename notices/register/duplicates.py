"""Pairs of people who are likely one: found by the database in one statement, however many people there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from notices.models import DifferentPeople
from stakeholders.models import Person

WHY = {
    "number": "Same number, written differently",
    "address": "Same address, but for dots, capitals or a plus sign",
    "name": "Same name and same department or site",
    "phone": "Same phone",
}

# Each person has a key for each way to be the same. A key that many share (a switchboard, "Info") says nothing.
# Whoever has the same name at the same site, but works in another department, is somebody else.
# Of a shell, only its number tells: it stands for the one who stayed.
PAIRS = """
WITH keyed (why, key, id) AS MATERIALIZED (
    SELECT 'address', lower(replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@'
                            || split_part(email, '@', 2)), id
    FROM stakeholders_person WHERE archived_at IS NULL AND email <> '' AND NOT is_list
    UNION ALL
    SELECT 'number', ltrim(upper(translate(external_id, ' -_./#', '')), '0'),
           COALESCE(merged_into_id, id)
    FROM stakeholders_person WHERE external_id <> '' AND (archived_at IS NULL OR merged_into_id IS NOT NULL)
    UNION ALL
    SELECT 'phone', right(translate(phone, ' +-()/. ', ''), 9), id
    FROM stakeholders_person WHERE archived_at IS NULL AND length(phone) > 6 AND NOT is_list
    UNION ALL
    SELECT 'name', {name} || ' / ' || place.value, id
    FROM stakeholders_person CROSS JOIN LATERAL (VALUES (lower(department)), ('#' || site_id)) AS place (value)
    WHERE archived_at IS NULL AND place.value <> '' AND NOT is_list
),
shared AS MATERIALIZED (
    SELECT why, array_agg(id) AS ids FROM keyed WHERE key <> '' GROUP BY why, key
    HAVING count(*) BETWEEN 2 AND 8
),
pairs AS (
    SELECT one.id AS first, other.id AS second, array_agg(DISTINCT why) AS why
    FROM shared CROSS JOIN LATERAL unnest(ids) AS one (id) CROSS JOIN LATERAL unnest(ids) AS other (id)
    WHERE one.id < other.id GROUP BY one.id, other.id
)
SELECT first, second, why, count(*) OVER () FROM pairs
WHERE NOT EXISTS (SELECT 1 FROM notices_differentpeople known
                  WHERE known.first_id = pairs.first AND known.second_id = pairs.second)
  AND NOT (why = ARRAY['name'] AND EXISTS (
      SELECT 1 FROM stakeholders_person one, stakeholders_person other
      WHERE one.id = first AND other.id = second AND one.department <> '' AND other.department <> ''
        AND lower(one.department) <> lower(other.department)))
  {of_one}
ORDER BY cardinality(why) DESC, why, first, second LIMIT %(limit)s OFFSET %(offset)s
"""
# "Berg, Cai" is "Cai Berg"; accents of Western languages fall away. Regular expressions would take three times as long.
NAME = """
    replace(replace(btrim(translate(lower(
        CASE WHEN name LIKE '%%,%%' THEN split_part(name, ',', 2) || ' ' || split_part(name, ',', 1) ELSE name END),
        'àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ-.', 'aaaaaaceeeeiiiinoooooouuuuyy  ')), '  ', ' '), '  ', ' ')
"""


@dataclass(frozen=True)
class Pair:
    first: Person
    second: Person
    why: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    pairs: Sequence[Pair]
    total: int


def find(*, limit: int, offset: int = 0, person: Person | None = None) -> Found:
    """The likeliest first. With `person`, only those who might be that one."""
    of_one = "AND %(person)s IN (first, second)" if person else ""
    sql = PAIRS.format(name=NAME, of_one=of_one)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # for one statement: all keys are grouped in memory
        cursor.execute(sql, {"limit": limit, "offset": offset, "person": person.pk if person else None})
        rows = cursor.fetchall()
    people = Person.objects.select_related("site").in_bulk({pk for row in rows for pk in row[:2]})
    pairs = [Pair(people[one], people[other], tuple(WHY[name] for name in why)) for one, other, why, _ in rows]
    return Found(pairs, rows[0][3] if rows else 0)


def say_different(one: Person, other: Person, *, by, now: datetime) -> None:
    """Nobody is asked about the two again. Twice is once."""
    first, second = sorted((one, other), key=lambda person: person.pk)
    pair = DifferentPeople(first=first, second=second, said_by=by, said_at=now)
    DifferentPeople.objects.bulk_create([pair], ignore_conflicts=True)


def take_back(one: int, other: int) -> None:
    first, second = sorted((one, other))
    DifferentPeople.objects.filter(first=first, second=second).delete()
