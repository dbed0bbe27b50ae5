"""What the ledger says in one sentence, and what the wrong beliefs are."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notices.audiences.crowds import size
from notices.insight.ledger import Board
from notices.insight.ledger_words import capital, name_of, name_of_subject, of_subject, people, percent, subject_of
from notices.models import Notice
from notices.pipeline.ledger import Group
from upgrades import fact_words
from upgrades.models import Upgrade


@dataclass(frozen=True)
class Old:
    """So many people believe `told` of this fact, and it is `now` otherwise."""

    fact: str
    name: str
    told: str
    now: str
    people: int


@dataclass(frozen=True)
class Summary:
    wrong: int
    told: int
    sentence: str
    olds: Sequence[Old]
    right_pairs: int
    pairs: int

    @property
    def accuracy(self) -> str:
        return percent(self.right_pairs, self.pairs)

    @property
    def is_right(self) -> bool:
        return not self.wrong


def summary(board: Board) -> Summary:
    wrong, told = size(board.wrong_about_anything), size(board.told_anything)
    right, pairs = board.accuracy
    return Summary(wrong, told, sentence(board, wrong, told), olds(board), right, pairs)


def sentence(board: Board, wrong: int, told: int) -> str:
    """ "412 of 2,300 people believe the old start of Go-live." """
    if not told:
        return "Nobody has been told anything yet."
    if not wrong:
        return (
            "The one person who was told anything is right."
            if told == 1
            else f"All {told:,} people who were told anything are right."
        )
    of_all = f"{wrong:,} of {people(told)}"
    verb = "believes" if wrong == 1 else "believe"
    return f"{of_all} {verb} {what(board.groups, board)}."


def what(groups: Sequence[Group], board: Board) -> str:
    facts = {one.fact for group in groups for one in group.wrong}
    subjects = {subject_of(fact) for fact in facts}
    if len(subjects) > 1:
        return "something that no longer holds"
    names = {name_of(fact) for fact in facts}
    if len(facts) == 1:
        return old(board, *facts)
    where = name_of_subject(board.plan, *subjects)
    if names <= {"start", "end", "action_deadline"}:
        return f"the old times of {where}"
    return f"something of {where} that no longer holds"


def old(board: Board, fact: str) -> str:
    said = of_subject(board.plan, fact)
    return f"the old {said.removeprefix('the ')}" if said.startswith("the ") else f"something else than {said}"


def olds(board: Board) -> list[Old]:
    """Each wrong value with how many believe it, most people first."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    values: dict[tuple[str, str], tuple[Any, Any]] = {}
    for group in board.groups:
        for one in group.wrong:
            key = one.fact, json.dumps(one.belief.value, default=str)
            counted[key] += len(group.people)
            values[key] = one.belief.value, one.now
    found = [_old(board, fact, *values[fact, text], number) for (fact, text), number in counted.items()]
    return sorted(found, key=lambda one: (-one.people, board.place(one.fact)))


def _old(board: Board, fact: str, told: Any, now: Any, number: int) -> Old:
    zone = board.upgrade.time_zone
    name = of_subject(board.plan, fact)
    return Old(
        fact=fact,
        name=capital(name),
        told=fact_words.as_told(fact, told, zone=zone),
        now=fact_words.as_told(fact, now, zone=zone),
        people=number,
    )


def silent(board: Board) -> list[str]:
    """Milestones ahead that concern people and that nobody was told anything of."""
    now = board.plan.now
    return [
        one.name
        for key, one in board.plan.milestones.items()
        if key not in board.subjects and not one.is_over and one.last_moment > now and board.concerned.get(key)
    ]


def next_notice(upgrade: Upgrade) -> Notice | None:
    """What will be said first."""
    return Notice.objects.waiting().filter(upgrade=upgrade).exclude(send_at=None).order_by("send_at", "pk").first()
