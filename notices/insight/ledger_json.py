"""The ledger for programs: sums, and on request the people."""

from collections.abc import Sequence
from typing import Any

from notices.audiences.crowds import size
from notices.insight import ledger_summary
from notices.insight.ledger import Board, Tally
from notices.insight.ledger_matrix import Audience
from notices.insight.ledger_words import name_of_subject, subject_of
from upgrades import fact_words


def of(board: Board, rows: Sequence[Audience], *, with_people: bool) -> dict[str, Any]:
    found = ledger_summary.summary(board)
    answer: dict[str, Any] = {
        "upgrade": board.upgrade.slug,
        "at": board.ledger.at.isoformat(),
        "sentence": found.sentence,
        "people_told": found.told,
        "people_wrong": found.wrong,
        "pairs_told": found.pairs,
        "pairs_right": found.right_pairs,
        "audiences": [_audience(board, one) for one in rows],
        "facts": [_fact(board, fact) for fact in board.facts],
        "wrong": [
            {
                "people": list(group.people) if with_people else len(group.people),
                "facts": [one.as_row() for one in group.wrong],
            }
            for group in board.groups
        ],
    }
    return answer | ({"people": _people(board)} if with_people else {})


def _audience(board: Board, one: Audience) -> dict[str, Any]:
    tallies = {fact: _tally(board.tally(fact, one.crowd)) for fact in board.facts}
    return {"key": one.key, "name": one.name, "people": size(one.crowd), "facts": tallies}


def _fact(board: Board, fact: str) -> dict[str, Any]:
    return {
        "key": fact,
        "of": name_of_subject(board.plan, subject_of(fact)),
        "label": fact_words.label(fact),
        "now": board.plan.facts[fact],
        **_tally(board.tally(fact, board.everybody)),
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {one.value: number for one, number in tally.counts.items()}


def _people(board: Board) -> list[dict[str, Any]]:
    """What each believes: the same object for all who believe the same."""
    wrong: dict[int, set[str]] = {}
    for group in board.groups:
        facts = {one.fact for one in group.wrong}
        for pk in group.people:
            wrong.setdefault(pk, set()).update(facts)
    found = []
    for believers in board.ledger:
        known = [
            {"fact": fact, "told": one.value, "on": one.on.isoformat(), "by": str(one.by)}
            for fact, one in believers.beliefs.items()
        ]
        found += [{"person": pk, "wrong": sorted(wrong.get(pk, ())), "believes": known} for pk in believers.people]
    return found
