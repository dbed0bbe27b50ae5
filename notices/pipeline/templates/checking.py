"""What is wrong with a plan template, place by place, with the remedy. It knows every key."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from feedback import sets
from notices.enums import BY_HAND, Clock, Edge, Event, Medium, NoticeKind, Sender
from notices.pipeline.templates.shape import (
    DECISIONS,
    WEEKDAYS,
    WINDOWS,
    PlanTemplate,
    Problem,
    TemplateMilestone,
    TemplateStep,
)
from stakeholders.enums import Category, Channel, ReaderLevel
from upgrades.enums import MilestoneKind, Quadrant

OFFSET = re.compile(r"[+-]?\d{1,4}[dm]?|[+-]?\d{1,6}m")
ASKS = (NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER)
MOST_STEPS = 300
Check = Callable[[Any], bool]


def problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _known(data, PlanTemplate, (), "a template", without=("key", "version"))
    yield from _text(data, "name", (), most=120, is_needed=True)
    yield from _text(data, "description", (), most=400)
    yield from _right(data, "has_waves", (), _is_bool, "It is true or false.")
    yield from _right(data, "order", (), _is_number, "It is a whole number.")
    for table, most in (("steps", MOST_STEPS), ("milestones", 40)):
        rows = data.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield Problem((table,), f"“{table}” is no list of tables.", f"Begin each with [[{table}]].")
            return
        if len(rows) > most:
            yield Problem((table,), f"There are {len(rows)} {table}.", f"A template holds up to {most}.")
    names = [str(row.get("name", "")) for row in data.get("milestones", [])]
    for position, row in enumerate(data.get("milestones", [])):
        yield from _check_milestone(row, ("milestones", position), names)
    steps = data.get("steps", [])
    for position, row in enumerate(steps):
        yield from check_step(row, ("steps", position), steps=steps, milestones=names)


def _check_milestone(row: Mapping[str, Any], path: tuple[str | int, ...], names: Sequence[str]) -> Iterator[Problem]:
    yield from _known(row, TemplateMilestone, path, "a milestone")
    yield from _text(row, "name", path, most=120, is_needed=True)
    if row.get("name") in WINDOWS or names.count(str(row.get("name", ""))) > 1:
        remedy = "Each milestone has a name of its own, and none is called first, each or last."
        yield Problem((*path, "name"), f"“{row['name']}” cannot be its name.", remedy)
    yield from _offset(row, "offset", path, is_needed=True)
    yield from _offset(row, "end", path)
    yield from _clock_time(row, "at", path)
    yield from _clock_time(row, "end_at", path)
    yield from _one_of(row, "on", path, ("first", "last"))
    yield from _one_of(row, "edge", path, Edge.values)
    yield from _one_of(row, "kind", path, MilestoneKind.values)
    yield from _right(row, "public", path, _is_bool, "It is true or false.")


def check_step(
    row: Mapping[str, Any],
    path: tuple[str | int, ...] = (),
    *,
    steps: Sequence[Mapping[str, Any]] = (),
    milestones: Sequence[str] = (),
) -> Iterator[Problem]:
    """Of one step, as a part of a template with these steps and further milestones."""
    about = f"Step “{row.get('name', '')}”: "
    for problem in _check_step(row, path, steps, milestones):
        yield replace(problem, said=f"{about}{problem.said}") if path else problem


def _check_step(row, path, steps, milestones) -> Iterator[Problem]:
    unknown = list(_known(row, TemplateStep, path, "a step"))
    yield from unknown or _check_known(row, path, steps, milestones)


def _check_known(row, path, steps, milestones) -> Iterator[Problem]:
    yield from _text(row, "name", path, most=120, is_needed=True)
    yield from _text(row, "objective", path, most=200)
    yield from _one_of(row, "medium", path, Medium.values)
    yield from _one_of(row, "on", path, (*WINDOWS, *milestones))
    yield from _one_of(row, "edge", path, Edge.values)
    yield from _one_of(row, "clock", path, Clock.values)
    yield from _one_of(row, "sender", path, Sender.values)
    yield from _when(row, path)
    yield from _waits(row, path, steps)
    yield from _check_audience(row.get("audience", {}), (*path, "audience"))
    if row.get("medium", Medium.NOTICE) == Medium.NOTICE:
        yield from _of_a_notice(row, path)
    else:
        for key in ("kind", "channels", "survey", "acknowledge", "approval", "words"):
            if key in row:
                yield Problem((*path, key), f"“{key}” is for notices.", f"Take it out, or take “medium = \"{row['medium']}\"” out.")  # noqa: E501  # fmt: skip


def _when(row, path) -> Iterator[Problem]:
    ways = [key for key in ("offset", "weekdays", "event") if row.get(key)]
    if ways not in (["offset"], ["weekdays"], ["event"], ["offset", "event"]):
        said = "it does not say when." if not ways else f"it has {' and '.join(ways)}."
        remedy = "Give an offset, or weekdays, or an event (which may have an offset)."
        yield Problem((*path, ways[-1] if ways else "offset"), said, remedy)
    if row.get("event") and str(row.get("offset", "")).startswith("-"):
        yield Problem((*path, "offset"), "nobody knows an event before it happens.", "Give an offset without a minus.")
    yield from _offset(row, "offset", path)
    yield from _clock_time(row, "at", path)
    yield from _one_of(row, "event", path, Event.values)
    yield from _list_of(row, "weekdays", path, WEEKDAYS)
    weeks = row.get("every_weeks", 1)
    if not _is_number(weeks) or not 1 <= weeks <= 52:
        yield Problem((*path, "every_weeks"), f"“every_weeks” is {weeks!r}.", "It is a whole number from 1 to 52.")
    if row.get("clock") == Clock.READER and str(row.get("offset") or (row.get("event") and "0m")).endswith("m"):
        yield Problem((*path, "clock"), "an exact moment is the same for everybody.", "Take “clock” out, or count in days.")  # noqa: E501  # fmt: skip


def _waits(row, path, steps) -> Iterator[Problem]:
    if not (wanted := row.get("after")):
        return
    decided = [one.get("name") for one in steps if one.get("medium") in DECISIONS and one is not row]
    if wanted not in decided:
        remedy = "Write the name of a decision, a meeting or a town hall of this template, exactly as it is."
        near = _near(str(wanted), [str(name) for name in decided])
        yield Problem((*path, "after"), f"no decision and no meeting is called “{wanted}”.", near or remedy)


AUDIENCE = ("affected", "representatives_only", "not_answered", "not_acknowledged")
LISTS = {"quadrants": Quadrant.values, "categories": Category.values, "otherwise": Category.values, "named": None}


def _check_audience(rule: Any, path) -> Iterator[Problem]:
    if not isinstance(rule, dict):
        yield Problem(path, "“audience” is no table.", "Write for example audience = { affected = true }.")
        return
    for key in rule.keys() - {*AUDIENCE, *LISTS}:
        remedy = _near(key, [*AUDIENCE, *LISTS])
        if key in ("groups", "people"):
            remedy = "Their numbers mean somebody else elsewhere: write the names of groups under “named”."
        yield Problem(path, f"an audience has no “{key}”.", remedy or f"It has {', '.join((*AUDIENCE, *LISTS))}.")
    for key in AUDIENCE:
        yield from _right(rule, key, path, _is_bool, "It is true or false.", at=path)
    for key, allowed in LISTS.items():
        yield from _list_of(rule, key, path, allowed, at=path)
    if rule.get("otherwise") and not rule.get("named"):
        yield Problem(path, "“otherwise” stands alone.", "It is for groups under “named” that do not exist everywhere.")


def _of_a_notice(row, path) -> Iterator[Problem]:
    kinds = [value for value, _label in BY_HAND]
    if "kind" not in row:
        yield Problem((*path, "kind"), "a notice has a kind.", f"It is one of {', '.join(kinds)}.")
    yield from _one_of(row, "kind", path, kinds)
    yield from _list_of(row, "channels", path, Channel.values, is_needed=True)
    yield from _one_of(row, "survey", path, [one.key for one in sets.all_sets()] + [sets.EMPTY])
    yield from _right(row, "acknowledge", path, _is_bool, "It is true or false.")
    yield from _right(row, "approval", path, _is_bool, "It is true or false.")
    rule = row.get("audience") if isinstance(row.get("audience"), dict) else {}
    if rule.keys() <= {*AUDIENCE, *LISTS} and not any(rule.get(key) for key in ("affected", *LISTS)) and _mails(row):
        yield Problem((*path, "audience"), "nobody is told.", "Write for example audience = { affected = true }.")
    if (row.get("kind") in ASKS or rule.get("not_answered")) and not row.get("survey"):
        yield Problem((*path, "survey"), "it does not say which survey.", f"It is one of {', '.join(one.key for one in sets.all_sets())}.")  # noqa: E501  # fmt: skip
    yield from _check_words(row.get("words", []), (*path, "words"))


def _mails(row) -> bool:
    channels = row.get("channels", [Channel.EMAIL])
    return not isinstance(channels, list | tuple) or Channel.EMAIL in channels


def _check_words(words: Any, path) -> Iterator[Problem]:
    rows = words if isinstance(words, list | tuple) else [words]
    keys = ("language", "level", "subject", "body")
    for row in rows:
        if not isinstance(row, dict) or row.keys() - set(keys) or not {"language", "subject", "body"} <= row.keys():
            yield Problem(path, "its words are not complete.", "Each [[steps.words]] has language, subject and body.")
        elif not all(isinstance(value, str) for value in row.values()) or not row["subject"].strip():
            yield Problem(path, "its words are not complete.", "Subject and body are texts, and there is a subject.")
        elif row.get("level", ReaderLevel.PLAIN) not in ReaderLevel.values:
            yield Problem(path, f"there is no level “{row['level']}”.", f"It is {' or '.join(ReaderLevel.values)}.")


def _known(row: Mapping[str, Any], shape: Any, path, noun: str, without: Sequence[str] = ()) -> Iterator[Problem]:
    keys = [one.name for one in fields(shape) if one.name not in without]
    for key in row.keys() - set(keys):
        remedy = _near(key, keys) or f"The keys of {noun} are {', '.join(keys)}."
        yield Problem((*path, key), f"“{key}” is no key of {noun}.", remedy)


def _text(row, key: str, path, *, most: int, is_needed: bool = False) -> Iterator[Problem]:
    value = row.get(key, "")
    if not isinstance(value, str):
        yield Problem((*path, key), f"“{key}” is no text.", "Put it in quotes.")
    elif is_needed and not value.strip():
        yield Problem((*path, key), f"“{key}” is missing.", f'Write for example {key} = "Reminder".')
    elif len(value) > most:
        yield Problem((*path, key), f"“{key}” has {len(value)} characters.", f"It may have {most}.")


def _one_of(row, key: str, path, allowed: Sequence[str]) -> Iterator[Problem]:
    if key in row and row[key] != "" and row[key] not in allowed:
        remedy = _near(str(row[key]), allowed) or f"It is one of {', '.join(allowed)}."
        yield Problem((*path, key), f"“{key}” cannot be “{row[key]}”.", remedy)


def _list_of(row, key: str, path, allowed: Sequence[str] | None, *, is_needed: bool = False, at=None) -> Iterator[Problem]:  # noqa: E501  # fmt: skip
    at = at or (*path, key)
    if key not in row:
        return
    value = row[key]
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        yield Problem(at, f"“{key}” is no list of texts.", f'Write for example {key} = ["{(allowed or ["Service desk"])[0]}"].')  # noqa: E501  # fmt: skip
        return
    if is_needed and not value:
        yield Problem(at, f"“{key}” is empty.", f"Give at least one of {', '.join(allowed or ())}.")
    for one in value if allowed else ():
        if allowed and one not in allowed:
            yield Problem(at, f"“{key}” knows no “{one}”.", _near(one, allowed) or f"It knows {', '.join(allowed)}.")


def _offset(row, key: str, path, *, is_needed: bool = False) -> Iterator[Problem]:
    value = row.get(key, "")
    if value == "" and not is_needed:
        return
    if not isinstance(value, str) or not OFFSET.fullmatch(value):
        remedy = 'Write "-10" for business days, "-30d" for calendar days or "-120m" for minutes, in quotes.'
        yield Problem((*path, key), f"“{key}” cannot be {value!r}.", remedy)


def _clock_time(row, key: str, path) -> Iterator[Problem]:
    if key in row and not (isinstance(row[key], str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", row[key])):
        yield Problem((*path, key), f"“{key}” cannot be {row[key]!r}.", 'Write a time of day in quotes, as "09:00".')


def _right(row, key: str, path, is_right: Check, remedy: str, at=None) -> Iterator[Problem]:
    if key in row and not is_right(row[key]):
        yield Problem(at or (*path, key), f"“{key}” cannot be {row[key]!r}.", remedy)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _near(wrong: str, right: Sequence[str]) -> str:
    found = get_close_matches(wrong.lower(), right, n=1)
    return f"Did you mean “{found[0]}”?" if found else ""
