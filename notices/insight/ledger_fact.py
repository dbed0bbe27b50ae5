"""One fact: what it is now, and how many believe which value of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import Standing
from notices.insight.ledger import Board, Tally, is_tentative
from notices.insight.ledger_matrix import Audience, Part, parts
from notices.insight.ledger_words import OF_THE_UPGRADE, capital, of_subject, subject_of
from notices.pipeline.ledger import Belief
from upgrades import fact_words
from upgrades.models import Milestone


@dataclass(frozen=True)
class Value:
    """`standing`: of those who believe it. `share`: in percent of the value that most believe."""

    said: str
    number: int
    standing: Standing
    share: str
    since: Any
    sources: Sequence[str]


@dataclass(frozen=True)
class FactPage:
    title: str
    label: str
    truth: str
    milestone: Milestone | None
    tally: Tally
    parts: Sequence[Part]
    values: Sequence[Value]
    lines: Sequence[tuple[Audience, Tally, Sequence[Part]]]


def of(board: Board, fact: str, rows: Sequence[Audience]) -> FactPage:
    tally = board.tally(fact, board.everybody)
    tallies = [(one, board.tally(fact, one.crowd)) for one in rows]
    return FactPage(
        title=capital(of_subject(board.plan, fact)),
        label=fact_words.label(fact),
        truth=fact_words.as_told(fact, board.plan.facts[fact], zone=board.upgrade.time_zone),
        milestone=board.plan.milestones.get(subject_of(fact)) if subject_of(fact) != OF_THE_UPGRADE else None,
        tally=tally,
        parts=parts(tally, {"fact": fact}),
        values=values(board, fact),
        lines=[(one, found, parts(found, {"who": one.key, "fact": fact})) for one, found in tallies if found.people],
    )


def values(board: Board, fact: str) -> list[Value]:
    """Each value with those who believe it: what was told last comes first. The same value can be right for some and
    wrong for others: a service more concerns those who use it."""
    crowds: dict[tuple[str, Standing], Crowd] = {}
    tellings: dict[tuple[str, Standing], list[Belief]] = {}
    wrong = board.wrong.get(fact, NOBODY)
    for group in board.ledger:
        if (belief := group.beliefs.get(fact)) is None:
            continue
        everybody = board.crowds.mark(group.people)
        right = Standing.TENTATIVE if is_tentative(group, fact) else Standing.RIGHT
        for standing, crowd in ((Standing.WRONG, everybody & wrong), (right, everybody & ~wrong)):
            if crowd:
                key = json.dumps(belief.value, default=str), standing
                crowds[key] = crowds.get(key, NOBODY) | crowd
                tellings.setdefault(key, []).append(belief)
    most = max((size(crowd) for crowd in crowds.values()), default=1)
    found = [_value(board, fact, key, crowd, tellings[key], most) for key, crowd in crowds.items()]
    return sorted(found, key=lambda one: (one.since, one.number), reverse=True)


def _value(
    board: Board, fact: str, key: tuple[str, Standing], crowd: Crowd, told: Sequence[Belief], most: int
) -> Value:
    number = size(crowd)
    return Value(
        said=fact_words.as_told(fact, told[0].value, zone=board.upgrade.time_zone),
        number=number,
        standing=key[1],
        share=f"{max(1, 100 * number / most):.2f}",
        since=max(one.on for one in told),
        sources=list(dict.fromkeys(one.source.title for one in sorted(told, key=lambda one: one.on, reverse=True)))[:4],
    )
