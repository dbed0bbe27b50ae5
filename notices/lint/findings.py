"""What a rule finds, and the list of all rules."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from notices.enums import Severity


@dataclass(frozen=True)
class Place:
    """Where in the plan: "step:12". `name` is what people call it."""

    kind: str
    pk: int
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"

    @classmethod
    def of(cls, row: Any) -> "Place":
        """Of a row of the plan: an upgrade, milestone, step, notice, stakeholder, survey …"""
        return cls(row._meta.model_name, row.pk, str(row))


@dataclass(frozen=True)
class Fix:
    """One click. `act` names one of notices.lint.acts, `values` are plain JSON. The act "open" only leads to the
    page `values["url"]`, where somebody has to decide or write something."""

    act: str
    label: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing a rule found.

    `facts` are what it is made of, plain JSON: a waiver was given for just these and lapses when they differ. Leave out
    what says nothing about the matter (the day of today, how many people there are at the moment). `is_broken`: the
    rule itself failed, so nobody knows what it would have found.
    """

    place: Place
    sentence: str
    facts: Mapping[str, Any]
    fix: Fix | None = None
    is_broken: bool = False


Check = Callable[[Any], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    id: str
    severity: Severity
    title: str
    source: str
    check: Check

    @property
    def topic(self) -> str:
        """Its page in the help."""
        return self.id.lower()


@dataclass(frozen=True)
class Finding:
    rule: Rule
    found: Found

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def place(self) -> Place:
        return self.found.place

    @property
    def sentence(self) -> str:
        return self.found.sentence

    @property
    def fix(self) -> Fix | None:
        return self.found.fix

    @property
    def is_broken(self) -> bool:
        return self.found.is_broken

    @property
    def key(self) -> tuple[str, str]:
        """What a waiver is given for: of one rule there is one finding at a place."""
        return self.rule.id, str(self.place)

    @property
    def digest(self) -> str:
        facts = json.dumps(self.found.facts, sort_keys=True, default=str)
        return hashlib.sha256(f"{self.rule.id} {self.place} {facts}".encode()).hexdigest()

    @property
    def promise(self) -> str:
        """What its fix would do, and about what."""
        fix = self.fix or Fix("", "")
        values = json.dumps(fix.values, sort_keys=True, default=str)
        return hashlib.sha256(f"{self.digest} {fix.act} {fix.label} {values}".encode()).hexdigest()


RULES: dict[str, Rule] = {}


def rule(key: str, severity: Severity, title: str, *, source: str) -> Callable[[Check], Check]:
    """Puts a function into the list of rules. `source` says where the rule comes from."""

    def register(check: Check) -> Check:
        if key in RULES:
            raise ValueError(f"There are two rules {key}.")
        RULES[key] = Rule(key, severity, title, source, check)
        return check

    return register
