"""Who is in each of many audiences, as sets that are cheap to unite, to cut and to count.

A crowd is an integer with one bit for each person: `a | b` is everybody in either, `a & b` in both, `a & ~b` in the
first alone, and `size` counts them.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from notices.audiences.asked import Asked

Crowd = int


@dataclass(frozen=True)
class Crowds:
    """`people` are the keys of the persons, in the order of their bits."""

    people: tuple[int, ...]
    by_key: dict[Hashable, Crowd]

    def of(self, asked: Asked) -> Crowd:
        return self.by_key[asked.key]

    def persons(self, crowd: Crowd) -> Iterator[int]:
        """Keys of persons, in the order of their bits."""
        while crowd:
            lowest = crowd & -crowd
            yield self.people[lowest.bit_length() - 1]
            crowd ^= lowest


def load(asked: Iterable[Asked]) -> Crowds:
    """Every distinct audience is asked once."""
    found = {one.key: one for one in asked}
    members = {key: set(one.people.order_by().values_list("pk", flat=True)) for key, one in found.items()}
    people = tuple(sorted(set().union(*members.values())))
    bit = {pk: number for number, pk in enumerate(people)}
    return Crowds(people, {key: _crowd(bit[pk] for pk in those) for key, those in members.items()})


def size(crowd: Crowd) -> int:
    return crowd.bit_count()


def _crowd(bits: Iterable[int]) -> Crowd:
    crowd = 0
    for bit in bits:
        crowd |= 1 << bit
    return crowd
