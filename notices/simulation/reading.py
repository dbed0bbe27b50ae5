"""What-ifs as they are written in a file, an address or a form: a list of changes in JSON.

    {"changes": [
        {"change": "slip", "milestone": "Go-live", "by": "7 days"},
        {"change": "slip", "milestone": "Go-live", "to": "2026-12-08T20:00"},
        {"change": "cancel", "milestone": "Wave 2"},
        {"change": "freeze", "name": "Examinations", "from": "2026-12-01", "to": "2026-12-12", "groups": ["Registry"]},
        {"change": "drop_channel", "channel": "email"},
        {"change": "leave", "person": "cai@example.org"},
        {"change": "approve", "notice": "all"}
    ]}

Milestones, people, notices, groups, sites and services are named as people see them, or by their key.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet

from commsplan.lib.time import at_wall_clock
from notices.models import Notice
from notices.simulation import what_if
from notices.simulation.what_if import Approved, Cancelled, Change, Dropped, Frozen, Gone, Slip, WhatIf
from stakeholders.enums import Channel
from stakeholders.models import Group, Person, Site
from upgrades.models import Milestone, Service, Upgrade
from upgrades.reach import Thing

DISTANCE = re.compile(r"([+-]?\d{1,4})\s*(week|day|hour|minute)s?")
SCOPES: dict[str, tuple[str, type[Model]]] = {
    "groups": ("group", Group),
    "sites": ("site", Site),
    "services": ("service", Service),
}
MOST = 50  # changes at once
YEARS = range(1970, 2200)
TOO_FAR = "that is too far away."


class NotUnderstood(Exception):
    """With one sentence for people."""


def load(text: str, *, upgrade: Upgrade) -> WhatIf:
    """Of a file. A list of changes, or an object with `changes`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"It is not JSON: {error}.") from error
    if not _is_text(data):
        raise NotUnderstood("It has signs that are no text.")
    rows = data.get("changes") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise NotUnderstood("It has no list of “changes”.")
    if isinstance(data, dict) and (unknown := sorted(data.keys() - {"changes"})):
        raise NotUnderstood(f"It has “{unknown[0]}”, which is not known. Only “changes” is.")
    if len(rows) > MOST:
        raise NotUnderstood(f"It has {len(rows)} changes; at most {MOST} can be looked at at once.")
    found = WhatIf(tuple(change(row, upgrade=upgrade, number=number) for number, row in enumerate(rows, 1)))
    if twice := found.moved_twice:
        raise NotUnderstood(f"“{twice}” is moved twice. Say once where it goes.")
    return found


def _is_text(data: Any) -> bool:
    """What a database takes: without halves of signs and without NUL."""
    try:
        return b"\\u0000" not in json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False


def change(row: Any, *, upgrade: Upgrade, number: int = 1) -> Change:
    """One of them; the sentence of what is wrong names it by its number."""
    try:
        return _change(row, upgrade)
    except NotUnderstood as error:
        raise NotUnderstood(f"Change {number}: {error}") from error
    except OverflowError as error:
        raise NotUnderstood(f"Change {number}: {TOO_FAR}") from error


def _change(row: Any, upgrade: Upgrade) -> Change:
    if not isinstance(row, dict):
        raise NotUnderstood("it is no object.")
    kind = row.get("change")
    if not isinstance(kind, str) or kind not in READERS:
        raise NotUnderstood(f"“change” is {_said(kind)}; it is one of {', '.join(READERS)}.")
    read, known = READERS[kind]
    if unknown := sorted(row.keys() - {"change", *known}):
        raise NotUnderstood(f"“{unknown[0]}” is not known for {kind}. Known are {', '.join(known)}.")
    return read(row, upgrade)


def _slip(row: Mapping[str, Any], upgrade: Upgrade) -> Slip:
    milestone = _milestone(row, upgrade)
    if ("by" in row) == ("to" in row):
        raise NotUnderstood("say either “by” (how far) or “to” (which start).")
    if "by" in row and "end" in row:
        raise NotUnderstood("“end” goes with “to”; with “by” it keeps its length.")
    if "by" in row:
        found = Slip.by(milestone, _distance(row["by"]))
    else:
        zone = milestone.upgrade.time_zone
        end = _moment(row, "end", zone) if row.get("end") else None
        found = Slip.to(milestone, _moment(row, "to", zone), end)
    if found.end and found.end <= found.start:
        raise NotUnderstood("the end must be after the start.")
    _near(found.start, found.end or found.start)
    return found


def _near(*moments: datetime) -> None:
    if any(moment.year not in YEARS for moment in moments):
        raise NotUnderstood(TOO_FAR)


def _cancel(row: Mapping[str, Any], upgrade: Upgrade) -> Cancelled:
    return Cancelled(_milestone(row, upgrade))


def _freeze(row: Mapping[str, Any], upgrade: Upgrade) -> Frozen:
    zone = upgrade.time_zone
    start, end = _moment(row, "from", zone), _moment(row, "to", zone, is_last=True)
    if end <= start:
        raise NotUnderstood("“to” must be after “from”.")
    _near(start, end)
    name = row.get("name") or "Freeze"
    if not isinstance(name, str):
        raise NotUnderstood(f"“name” is {_said(name)}; it is a text.")
    hard = row.get("hard", True)
    if not isinstance(hard, bool):
        raise NotUnderstood(f"“hard” is {_said(hard)}; it is true or false.")
    reach = frozenset(
        Thing(kind, found.pk, str(found))
        for name, (kind, model) in SCOPES.items()
        for found in _several(row, name, model.objects.all())  # type: ignore[attr-defined]
    )
    return Frozen(name[:120], start, end, zone, hard, reach)


def _drop(row: Mapping[str, Any], upgrade: Upgrade) -> Dropped:
    channel = row.get("channel")
    if channel not in Channel.values:
        raise NotUnderstood(f"“channel” is {_said(channel)}; it is one of {', '.join(Channel.values)}.")
    return Dropped(channel)


def _leave(row: Mapping[str, Any], upgrade: Upgrade) -> Gone:
    who = row.get("person")
    named = Q(name__iexact=str(who)) | Q(email__iexact=str(who)) | (Q(external_id=str(who)) & ~Q(external_id=""))
    return Gone(_one("person", who, Person.objects.active(), named))


def _approve(row: Mapping[str, Any], upgrade: Upgrade) -> Approved:
    which = row.get("notice", "all")
    if which == "all":
        return Approved()
    return Approved(_one("notice", which, Notice.objects.waiting(), Q(title__iexact=str(which), upgrade=upgrade)))


READERS: dict[str, tuple[Callable[[Mapping[str, Any], Upgrade], Change], tuple[str, ...]]] = {
    "slip": (_slip, ("milestone", "upgrade", "by", "to", "end")),
    "cancel": (_cancel, ("milestone", "upgrade")),
    "freeze": (_freeze, ("name", "from", "to", "hard", *SCOPES)),
    "drop_channel": (_drop, ("channel",)),
    "leave": (_leave, ("person",)),
    "approve": (_approve, ("notice",)),
}


def _milestone(row: Mapping[str, Any], upgrade: Upgrade) -> Milestone:
    """Of this upgrade, unless another one is named by its slug."""
    slug = row.get("upgrade", upgrade.slug)
    rows = Milestone.objects.filter(upgrade__slug=str(slug)).select_related("upgrade")
    which = row.get("milestone")
    return _one("milestone", which, rows, Q(name__iexact=str(which)))


def _several(row: Mapping[str, Any], name: str, rows: QuerySet) -> list:
    wanted = row.get(name, [])
    if not isinstance(wanted, list):
        raise NotUnderstood(f"“{name}” is {_said(wanted)}; it is a list of names.")
    return [_one(name.removesuffix("s"), one, rows, Q(name__iexact=str(one))) for one in wanted]


def _one(what: str, value: Any, rows: QuerySet, named: Q):
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "" or "\x00" in str(value):
        raise NotUnderstood(f"“{what}” is {_said(value)}; give its name.")
    found = list(rows.filter(named).order_by("pk")[:2])
    if not found and str(value).isascii() and str(value).isdigit() and len(str(value)) < 19:
        found = list(rows.filter(pk=int(value)))
    if len(found) > 1:
        keys = ", ".join(str(key) for key in rows.filter(named).order_by("pk").values_list("pk", flat=True)[:5])
        raise NotUnderstood(f"there are several called “{value}”. Give the key of one: {keys}.")
    if not found:
        raise NotUnderstood(f"there is no {what} “{value}”.")
    return found[0]


def _distance(value: Any) -> timedelta:
    """Days where no unit is said."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10_000:
        return timedelta(days=value)
    found = DISTANCE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise NotUnderstood(f"“by” is {_said(value)}; write it like “7 days”, “-2 hours” or “90 minutes”.")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _moment(row: Mapping[str, Any], name: str, zone: str, *, is_last: bool = False) -> datetime:
    """On the wall of the place unless it names its offset. A day alone is its beginning, or its end."""
    value = row.get(name)
    try:
        if not isinstance(value, str):
            raise ValueError
        if len(value) == len("2026-12-01"):
            first, last = what_if.whole_days(date.fromisoformat(value), date.fromisoformat(value), zone=zone)
            return last if is_last else first
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else at_wall_clock(found.date(), found.time(), zone=zone)
    except (ValueError, OverflowError) as error:
        words = f"“{name}” is {_said(value)}; write it like 2026-12-01 or 2026-12-01T20:00."
        raise NotUnderstood(words) from error


def _said(value: Any) -> str:
    return "missing" if value is None else f"“{value}”"[:80]
