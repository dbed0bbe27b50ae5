"""Pairs of people who are likely one: found by the database in one statement, however many people there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from notices.models import DifferentPeople
from stakeholders.models import Person

# The strongest first: each weighs more than all after it together.
ADDRESS, NUMBER, NAME, PHONE = 8, 4, 2, 1

# Each person has a key for each way to be the same. A key that many share (a switchboard, "Info") says nothing.
# A name alone is not enough where both are known otherwise: by a number and an address of their own each, or by two
# departments. Several people are called Noah Baker.
# Of a shell, only its number tells: it stands for the one who stayed.
PAIRS = """
WITH keyed (why, key, id) AS MATERIALIZED (
    SELECT {address}, lower(replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@'
                            || split_part(email, '@', 2)), id
    FROM stakeholders_person WHERE archived_at IS NULL AND email <> '' AND NOT is_list
    UNION ALL
    SELECT {number}, ltrim(upper(translate(external_id, ' -_./#', '')), '0'),
           COALESCE(merged_into_id, id)
    FROM stakeholders_person WHERE external_id <> '' AND (archived_at IS NULL OR merged_into_id IS NOT NULL)
    UNION ALL
    SELECT {phone}, right(translate(phone, ' +-()/. ', ''), 9), id
    FROM stakeholders_person WHERE archived_at IS NULL AND length(phone) > 6 AND NOT is_list
    UNION ALL
    SELECT {name}, {plain} || ' / ' || place.value, id
    FROM stakeholders_person CROSS JOIN LATERAL (VALUES (lower(department)), ('#' || site_id)) AS place (value)
    WHERE archived_at IS NULL AND place.value <> '' AND NOT is_list
),
shared AS MATERIALIZED (
    SELECT why, array_agg(id) AS ids FROM keyed WHERE key <> '' GROUP BY why, key
    HAVING count(*) BETWEEN 2 AND 8
),
pairs AS (
    SELECT one.id AS first, other.id AS second, bit_or(why) AS why
    FROM shared CROSS JOIN LATERAL unnest(ids) AS one (id) CROSS JOIN LATERAL unnest(ids) AS other (id)
    WHERE one.id < other.id GROUP BY one.id, other.id
)
SELECT first, second, why, count(*) OVER () FROM pairs
WHERE NOT EXISTS (SELECT 1 FROM notices_differentpeople known
                  WHERE known.first_id = pairs.first AND known.second_id = pairs.second)
  AND NOT (why = {name} AND EXISTS (
      SELECT 1 FROM stakeholders_person one, stakeholders_person other
      WHERE one.id = first AND other.id = second AND (
          (one.department <> '' AND other.department <> '' AND lower(one.department) <> lower(other.department))
          OR '' NOT IN (one.external_id, other.external_id, one.email, other.email))))
  {of_one}
ORDER BY why DESC, first, second LIMIT %(limit)s OFFSET %(offset)s
"""
# "Berg, Cai" is "Cai Berg"; accents of Western languages fall away. Regular expressions would take three times as long.
PLAIN_NAME = """
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
    weights = {"address": ADDRESS, "number": NUMBER, "name": NAME, "phone": PHONE}
    sql = PAIRS.format(plain=PLAIN_NAME, of_one=of_one, **weights)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # for one statement: all keys are grouped in memory
        cursor.execute(sql, {"limit": limit, "offset": offset, "person": person.pk if person else None})
        rows = cursor.fetchall()
    people = Person.objects.select_related("site").in_bulk({pk for row in rows for pk in row[:2]})
    pairs = [Pair(people[one], people[other], _said(why, people[one], people[other])) for one, other, why, _ in rows]
    return Found(pairs, rows[0][3] if rows else 0)


def _said(why: int, one: Person, other: Person) -> tuple[str, ...]:
    together = bool(one.department) and one.department.lower() == other.department.lower()
    words = {
        ADDRESS: "Same address, but for dots, capitals or a plus sign",
        NUMBER: "Same number, written differently",
        NAME: f"Same name, both {f'in {one.department}' if together else f'at {one.site}'}",
        PHONE: "Same phone",
    }
    return tuple(sentence for weight, sentence in words.items() if why & weight)


def say_different(*pairs: tuple[Person, Person], by, now: datetime) -> None:
    """Nobody is asked about these two again. Twice is once."""
    sorted_pairs = (sorted(pair, key=lambda person: person.pk) for pair in pairs)
    rows = [DifferentPeople(first=first, second=second, said_by=by, said_at=now) for first, second in sorted_pairs]
    DifferentPeople.objects.bulk_create(rows, ignore_conflicts=True)


def take_back(*, by, at: datetime) -> int:
    """What somebody said in one act. What was said before stays said."""
    return DifferentPeople.objects.filter(said_by=by, said_at=at).delete()[0]
