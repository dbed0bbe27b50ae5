"""How stakeholders of each quadrant are treated: the defaults, and what one upgrade does differently.

Only what differs is stored, so a better default reaches every upgrade that never chose otherwise.
"""

from typing import Any

from upgrades.enums import Means, Quadrant, TwoWay
from upgrades.models import Strategy, Upgrade

FIELDS = ("every_days", "means", "two_way", "pushes_a_week", "most_words", "content")
DEFAULTS: dict[Quadrant, dict[str, Any]] = {
    Quadrant.MANAGE_CLOSELY: {
        "every_days": 7,
        "means": [Means.ONE_TO_ONE, Means.MEETING, Means.MAIL],
        "two_way": TwoWay.REQUIRED,
        "pushes_a_week": 5,
        "most_words": None,
        "content": "Decisions, risks and options.",
    },
    Quadrant.KEEP_SATISFIED: {
        "every_days": 14,
        "means": [Means.MAIL, Means.BRIEFING],
        "two_way": TwoWay.ONCE,
        "pushes_a_week": 2,
        "most_words": 120,
        "content": "Outcome, cost and risk.",
    },
    Quadrant.KEEP_INFORMED: {
        "every_days": None,
        "means": [Means.MAIL, Means.PORTAL, Means.CHAT, Means.TRAINING],
        "two_way": TwoWay.QUESTIONS,
        "pushes_a_week": 3,
        "most_words": None,
        "content": "What changes for them, what to do, where to get help.",
    },
    Quadrant.MONITOR: {
        "every_days": None,
        "means": [Means.PORTAL, Means.NEWSLETTER],
        "two_way": TwoWay.OPTIONAL,
        "pushes_a_week": 1,
        "most_words": None,
        "content": "One paragraph and a link.",
    },
}


def default(upgrade: Upgrade, quadrant: Quadrant) -> Strategy:
    """Not stored."""
    values = DEFAULTS[quadrant]
    return Strategy(upgrade=upgrade, quadrant=quadrant, **{**values, "means": list(values["means"])})


def of(upgrade: Upgrade) -> dict[Quadrant, Strategy]:
    """All four, in the order of the quadrants: one query. One that has a key is the upgrade's own."""
    own = {Quadrant(one.quadrant): one for one in upgrade.strategies.order_by("pk")}
    return {quadrant: own.get(quadrant) or default(upgrade, quadrant) for quadrant in Quadrant}


def at_least(strategy: Strategy, other: Strategy) -> Strategy:
    """Whatever is more of the two, and the words of the first. Not stored."""
    rhythms = [one.every_days for one in (strategy, other) if one.every_days]
    limits = [one.most_words for one in (strategy, other) if one.most_words]
    return Strategy(
        upgrade=strategy.upgrade,
        quadrant=strategy.quadrant,
        every_days=min(rhythms, default=None),
        means=[one for one in Means.values if one in {*strategy.means, *other.means}],
        two_way=min(strategy.two_way, other.two_way, key=TwoWay.values.index),
        pushes_a_week=max(strategy.pushes_a_week, other.pushes_a_week),
        most_words=max(limits) if len(limits) == 2 else None,
        content=strategy.content,
    )


def is_default(strategy: Strategy) -> bool:
    values = DEFAULTS[Quadrant(strategy.quadrant)]
    return all(_plain(getattr(strategy, name)) == _plain(values[name]) for name in FIELDS)


def keep(strategy: Strategy) -> None:
    """Stores what differs from the default; what does not needs no row."""
    if not is_default(strategy):
        strategy.save()
    elif strategy.pk:
        strategy.delete()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value
