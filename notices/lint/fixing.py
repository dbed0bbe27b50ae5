"""One click: a fix is a normal edit, made by the domain function that a page would call, and taken back like one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from notices.lint import checking
from notices.lint.findings import Finding, Fix
from upgrades.models import Upgrade


class NotFixable(Exception):
    """With a sentence for people."""


Act = Callable[..., str]  # (upgrade, *, by, now, **values of the fix)

ACTS: dict[str, Act] = {}


def act(name: str) -> Callable[[Act], Act]:
    """Registers a function that mends something and says in a sentence what it did. Raises NotFixable."""

    def register(function: Act) -> Act:
        if name in ACTS:
            raise ValueError(f"There are two fixes {name}.")
        ACTS[name] = function
        return function

    return register


@dataclass(frozen=True)
class Preview:
    """What a fix would do: the sentence, the lines of the plan that differ, the findings that go and come."""

    sentence: str
    changes: tuple["Change", ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]


@dataclass(frozen=True)
class Change:
    """A line of the plan before and after; empty where there is none."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@transaction.atomic
def apply(upgrade: Upgrade, fix: Fix, *, by, now: datetime) -> str:
    if fix.act not in ACTS:
        raise NotFixable("This one has to be mended by hand.")
    return ACTS[fix.act](upgrade, by=by, now=now, **fix.values)


class _Enough(Exception):
    """Everything is seen: back to how it was."""


def preview(upgrade: Upgrade, fix: Fix, *, by, now: datetime) -> Preview:
    """Really does it, looks, and takes it all back: so it cannot promise what the fix does not do."""
    before = checking.loading.load(upgrade, now=now)
    result: list[Preview] = []
    try:
        with transaction.atomic():
            sentence = apply(upgrade, fix, by=by, now=now)
            after = checking.loading.load(Upgrade.objects.get(pk=upgrade.pk), now=now)
            result.append(_compare(sentence, before, after))
            raise _Enough
    except _Enough:
        return result[0]


def _compare(sentence: str, before, after) -> Preview:
    old, new = ({one.key: one for one in checking.run(plan)} for plan in (before, after))
    return Preview(
        sentence,
        tuple(_changes(before, after)),
        tuple(one for key, one in old.items() if key not in new),
        tuple(one for key, one in new.items() if key not in old),
    )


def _changes(before, after):
    was, now = ({str(line.place): line for line in plan.lines} for plan in (before, after))
    for key in sorted(was.keys() | now.keys()):
        old, new = (_said(plan[key]) if key in plan else () for plan in (was, now))
        if old != new:
            yield Change((now.get(key) or was[key]).name, old, new)


def _said(line) -> tuple[str, ...]:
    """What a reader of the plan sees of a line."""
    due = line.due.isoformat() if line.due else ""
    words = " ".join(text["subject"] for text in line.notice.words) if line.notice else ""
    return due, line.kind or line.medium, ", ".join(line.channels), str(sorted(line.asked.rule.items())), words
