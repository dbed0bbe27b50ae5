"""The matrix of the ledger: audiences downwards, facts across, in each cell how many people stand how."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.utils.http import urlencode

from notices.audiences.crowds import NOBODY, Crowd, Crowds, size
from notices.enums import Standing
from notices.insight.ledger import Board, Tally
from notices.insight.ledger_words import in_short, name_of, name_of_subject
from stakeholders.enums import Category
from upgrades import fact_words
from upgrades.models import Stakeholder, Upgrade

SHORT = {
    Standing.WRONG: "wrong",
    Standing.NEVER: "never told",
    Standing.TENTATIVE: "tentative",
    Standing.RIGHT: "right",
}
EVERYBODY, ALONE, OTHERS = "everybody", "alone", "others"
LEAST = 5.0  # percent: what a bar shows of few among many
MOST_ROWS = 60


@dataclass(frozen=True)
class Audience:
    """A row: whom it is about. `depth`: how far it is moved in below a category."""

    key: str
    name: str
    crowd: Crowd
    depth: int = 0
    url: str = ""

    @property
    def people(self) -> int:
        return size(self.crowd)


@dataclass(frozen=True)
class Column:
    """A fact, or all facts of a milestone together."""

    key: str
    label: str
    truth: str = ""


@dataclass(frozen=True)
class Block:
    """The columns of one milestone. It is open where each fact stands alone."""

    subject: str
    name: str
    columns: Sequence[Column]
    is_open: bool
    tally: Tally

    @property
    def width(self) -> int:
        return len(self.columns)


@dataclass(frozen=True)
class Part:
    """`x` and `width` in percent of the bar."""

    standing: Standing
    words: str
    number: int
    x: str
    width: str
    query: str


@dataclass(frozen=True)
class Cell:
    column: Column
    tally: Tally
    parts: Sequence[Part]
    block: str


@dataclass(frozen=True)
class Line:
    audience: Audience
    cells: Sequence[Cell]

    @property
    def is_wrong(self) -> bool:
        return any(cell.tally.wrong for cell in self.cells)

    @property
    def folded(self) -> int:
        """So many cells are left out where there is little room: those where nobody is wrong, but not of everybody."""
        return 0 if self.audience.key == EVERYBODY else sum(not cell.tally.wrong for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    blocks: Sequence[Block]
    lines: Sequence[Line]
    hidden: int = 0  # rows that a filter leaves out, or for which there is no room

    @property
    def columns(self) -> list[Column]:
        return [column for block in self.blocks for column in block.columns]


# Rows


def stakes(upgrade: Upgrade) -> list[Stakeholder]:
    return list(upgrade.stakeholders.select_related("group", "person").order_by("group__name", "person__name", "pk"))


def groups_of(rows: Iterable[Stakeholder]) -> list[int]:
    return [one.group_id for one in rows if one.group_id]


def audiences(board: Board, rows: Sequence[Stakeholder]) -> list[Audience]:
    """Everybody; by category the groups that are stakeholders; people who are stakeholders themselves; all others."""
    crowds, everybody = board.crowds, board.everybody
    found = [Audience(EVERYBODY, "Everybody", everybody)]
    placed = NOBODY
    for category in Category:
        mine = [one.group for one in rows if one.group and one.group.category == category]
        groups = [_of_group(group, crowds) for group in mine]
        together = reduce(or_, (one.crowd for one in groups), NOBODY)
        placed |= together
        if len(groups) > 1:
            found.append(Audience(f"category:{category.value}", str(category.label), together & everybody))
        found += [
            Audience(one.key, one.name, one.crowd & everybody, depth=int(len(groups) > 1), url=one.url)
            for one in groups
        ]
    alone = crowds.mark(one.person_id for one in rows if one.person_id)
    others = everybody & ~placed & ~alone
    found.append(Audience(ALONE, "Single people", alone & everybody))
    found.append(Audience(OTHERS, "Everybody else" if placed or alone else "All of them", others))
    return [one for one in found if one.crowd or one.key == EVERYBODY]


def _of_group(group, crowds: Crowds) -> Audience:
    crowd = crowds.groups.get(group.pk, NOBODY)
    return Audience(f"group:{group.pk}", group.name, crowd, url=group.get_absolute_url())


# Columns


def blocks(board: Board, *, milestone: str = "", fact: str = "", all_open: bool = False) -> list[Block]:
    """Open are those where somebody is wrong, the one that is chosen, and the only one; the others are one column."""
    subjects = [one for one in board.subjects if milestone in ("", one)]
    alone = len(subjects) == 1 or all_open
    return [
        _block(board, subject, fact, is_open=alone or bool(board.standing(subject)[Standing.WRONG]))
        for subject in subjects
        if not fact or any(name_of(one) == fact for one in board.facts_of(subject))
    ]


def _block(board: Board, subject: str, fact: str, *, is_open: bool) -> Block:
    facts = [one for one in board.facts_of(subject) if fact in ("", name_of(one))]
    shown = facts if is_open or fact else [subject]
    return Block(
        subject=subject,
        name=name_of_subject(board.plan, subject),
        columns=[column(board, key) for key in shown],
        is_open=is_open or bool(fact),
        tally=board.tally(subject, board.everybody),
    )


def column(board: Board, key: str) -> Column:
    if not name_of(key):
        return Column(key, "All facts")
    zone = board.upgrade.time_zone
    return Column(key, fact_words.label(key), in_short(key, board.plan.facts[key], zone=zone))


# Cells


def matrix(
    board: Board, rows: Sequence[Audience], columns: Sequence[Block], *, query: Mapping[str, str], wrong_only: bool
) -> Matrix:
    """`query`: what the address of every list has besides."""
    lines = [
        Line(one, [_cell(board, one, each, block, query) for block in columns for each in block.columns])
        for one in rows
    ]
    shown = [one for one in lines if one.is_wrong or one.audience.key == EVERYBODY] if wrong_only else lines
    return Matrix(columns, shown[:MOST_ROWS], hidden=len(lines) - len(shown[:MOST_ROWS]))


def _cell(board: Board, audience: Audience, column: Column, block: Block, query: Mapping[str, str]) -> Cell:
    tally = board.tally(column.key, audience.crowd)
    return Cell(column, tally, parts(tally, {"who": audience.key, "fact": column.key, **query}), block.name)


def parts(tally: Tally, query: Mapping[str, str]) -> list[Part]:
    """The pieces of a bar, as wide as their shares; what is few among many is widened until it can be seen."""
    numbers = {one: number for one, number in tally.counts.items() if number}
    shares = {one: max(LEAST, 100 * number / tally.people) for one, number in numbers.items()}
    scale = 100 / sum(shares.values()) if shares else 1
    found, x = [], 0.0
    for one, share in shares.items():
        width = share * scale
        found.append(
            Part(one, SHORT[one], numbers[one], f"{x:.2f}", f"{width:.2f}", urlencode({**query, "is": one.value}))
        )
        x += width
    return found
