"""Filters as queries: each attribute that may be asked for, and what it means in the register."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from directory.scim.errors import invalid_filter
from directory.scim.filters import Compare, Every, Node, Not, Some, Within

Lookup = Callable[[str, Any], Q]
NOBODY, EVERYBODY = Q(pk__in=[]), ~Q(pk__in=[])
ORDER = {"gt": "gt", "ge": "gte", "lt": "lt", "le": "lte", "eq": "exact"}
PIECE = {"co": "icontains", "sw": "istartswith", "ew": "iendswith"}


def as_query(node: Node, fields: Mapping[str, Lookup], *, prefix: str = "") -> Q:
    match node:
        case Every(parts):
            return _joined([as_query(part, fields, prefix=prefix) for part in parts], Q.AND)
        case Some(parts):
            return _joined([as_query(part, fields, prefix=prefix) for part in parts], Q.OR)
        case Not(inner):
            return ~as_query(inner, fields, prefix=prefix)
        case Within(path, inner):
            return as_query(inner, fields, prefix=f"{path}.")
        case Compare(path, operator, value):
            return _compared(f"{prefix}{path}", operator, value, fields)


def _joined(parts: list[Q], connector: str) -> Q:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole & part if connector == Q.AND else whole | part
    return whole


def _compared(path: str, operator: str, value: Any, fields: Mapping[str, Lookup]) -> Q:
    lookup = fields.get(without_schema(path).lower())
    if not lookup:
        raise invalid_filter(f"Nothing can be filtered by {path!r}.")
    if value is None and operator in ("eq", "ne"):
        return lookup("pr", None) if operator == "ne" else ~lookup("pr", None)
    if operator == "ne":
        return ~lookup("eq", value)
    return lookup(operator, value)


def without_schema(path: str) -> str:
    return path.rpartition(":")[2]


def text(column: str, *, exact: bool = False) -> Lookup:
    """`exact`: upper and lower case differ, as in ids."""

    def lookup(operator: str, value: Any) -> Q:
        if operator == "pr":
            return ~Q(**{column: ""})
        wanted = said(value)
        if operator == "eq":
            return Q(**{column: wanted}) if exact else Q(Exact(Lower(F(column)), Lower(Value(wanted))))
        return Q(**{f"{column}__{piece(operator)}": wanted})

    return lookup


def piece(operator: str) -> str:
    if operator not in PIECE:
        raise invalid_filter(f"{operator!r} cannot be asked of a text.")
    return PIECE[operator]


def said(value: Any) -> str:
    if not isinstance(value, str):
        raise invalid_filter("A text is wanted, in double quotes.")
    return value


def constant(wanted: str) -> Lookup:
    """The type of the only address that we show, say."""

    def lookup(operator: str, value: Any) -> Q:
        return EVERYBODY if operator == "pr" or str(value).lower() == wanted else NOBODY

    return lookup


def moment(column: str) -> Lookup:
    def lookup(operator: str, value: Any) -> Q:
        if operator == "pr":
            return EVERYBODY
        if operator not in ORDER:
            raise invalid_filter(f"{operator!r} cannot be asked of a moment.")
        return Q(**{f"{column}__{ORDER[operator]}": _moment(value)})

    return lookup


def _moment(value: Any) -> datetime:
    try:
        found = parse_datetime(said(value)) or datetime.combine(parse_date(said(value)), datetime.min.time())  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise invalid_filter(f"{value!r} is not a moment such as 2026-03-29T01:00:00Z.") from error
    return found if timezone.is_aware(found) else found.replace(tzinfo=timezone.get_default_timezone())


def key(read: Callable[[str], int | None], column: str = "pk") -> Lookup:
    def lookup(operator: str, value: Any) -> Q:
        if operator == "pr":
            return EVERYBODY
        if operator != "eq":
            raise invalid_filter("Ids can be compared with eq only.")
        found = read(str(value))
        return Q(**{column: found}) if found else NOBODY

    return lookup
