"""What a letter puts right for its reader: rows of one fact each, as outbox.fill finds them.

{"fact": "milestone:12.start", "told": the value, null = never, "now": the value,
 "on": the day on which it was told, "by": over which channel; both empty for what was never told}
"""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def subject_of(fact: str) -> str:
    return fact.partition(".")[0]


def name_of(fact: str) -> str:
    return fact.partition(".")[2]


def milestones(told: Iterable[Row]) -> list[str]:
    """The subjects of the rows that are milestones, each once, in the order of the rows."""
    subjects = (subject_of(row["fact"]) for row in told)
    return list(dict.fromkeys(subject for subject in subjects if subject.startswith("milestone:")))


def about(facts: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Of the facts of many milestones those of one; with "" of none."""
    others = (key for key in facts if not key.startswith("milestone:") or subject_of(key) == subject)
    return {key: facts[key] for key in others}


def for_card(facts: Mapping[str, Any], told: Iterable[Row]) -> dict[str, Any]:
    """A card is about one milestone. Where the rows are about several, it is about none."""
    subjects = milestones(told)
    return about(facts, subjects[0] if len(subjects) == 1 else "")
