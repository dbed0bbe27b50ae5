"""How many people each of several audiences has: one query, however many lines a plan has."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

from django.db.models import Count, Q

from notices.audiences.asked import Asked
from notices.pipeline import audience
from stakeholders.models import Person

K = TypeVar("K", bound=Hashable)
AT_ONCE = 40  # audiences in one query


def of(asked: Mapping[K, Asked]) -> dict[K, int]:
    """By the same keys; equal audiences are counted once. A day on which nobody stands in is like any other."""
    asked = without_idle_days(asked)
    distinct = {one.key: one for one in asked.values()}
    counted = _count(list(distinct.values()))
    return {name: counted[one.key] for name, one in asked.items()}


def without_idle_days(asked: Mapping[K, Asked]) -> dict[K, Asked]:
    days = {one.on for one in asked.values() if one.on}
    busy = audience.days_with_deputies(days) if days else set()
    return {name: one if one.on in busy else replace(one, on=None) for name, one in asked.items()}


def _count(distinct: list[Asked]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for first in range(0, len(distinct), AT_ONCE):
        part = distinct[first : first + AT_ONCE]
        row = Person.objects.aggregate(**{f"a{number}": _number(one) for number, one in enumerate(part)})
        found |= {one.key: row[f"a{number}"] for number, one in enumerate(part)}
    return found


def _number(one: Asked) -> Count:
    return Count("pk", filter=Q(pk__in=one.people.order_by().values("pk")))
