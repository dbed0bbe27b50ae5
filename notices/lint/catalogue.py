"""All rules and fixes. Importing a file of them puts them into the list."""

from notices.lint.findings import RULES, Rule
from notices.lint.fixes import adding, lines, steps, times, words, writing  # noqa: F401
from notices.lint.rules import (  # noqa: F401  the files are their own list
    blackout,
    content,
    contradictions,
    coverage,
    expectation,
    fatigue,
    governance,
    lead,
    measure,
    order,
    privacy,
    reaching,
    risk,
    wording,
)


def rules() -> list[Rule]:
    """By id."""
    return [RULES[key] for key in sorted(RULES)]
