"""A rule: a union of ways to be chosen, narrowed by filters.

It is kept as a rule, not as a list of people, because people join and leave until the last moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Q

from stakeholders.enums import Category
from stakeholders.models import Group, Person
from upgrades.enums import Quadrant

FILTER_WORDS = {
    "representatives_only": "only representatives of their groups",
    "not_answered": "only those who have not answered the survey",
    "not_acknowledged": "only those who have not acknowledged",
    "in_person": "and nobody in their place",
}

ROOM = Q(is_list=True, email="")  # of a person; a distribution list of mail is none


@dataclass(frozen=True)
class Audience:
    """Lists are sorted tuples, so that two equal rules are equal."""

    affected: bool = False
    groups: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    quadrants: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    representatives_only: bool = False
    not_answered: bool = False
    not_acknowledged: bool = False
    in_person: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Audience":
        """Names it does not know are an error: a rule that is half understood tells the wrong people."""
        values = dict(data or {})
        if unknown := values.keys() - {one.name for one in fields(cls)}:
            raise ValueError(f"An audience has no {', '.join(sorted(unknown))}.")
        clean: dict[str, Any] = {
            name: bool(value) if isinstance(getattr(cls, name), bool) else tuple(sorted(value or ()))
            for name, value in values.items()
        }
        return cls(**clean)

    def as_json(self) -> dict[str, Any]:
        """Only what is set."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items() if value
        }

    def describe(self, names: Mapping[int, str] | None = None) -> str:
        """A sentence. One query when the rule names groups, unless `names` has those of all groups."""
        chosen = self._ways(names)
        if not chosen:
            return "Nobody."
        sentence = _listed(chosen)
        filters = [words for name, words in FILTER_WORDS.items() if getattr(self, name)]
        return f"{sentence[0].upper()}{sentence[1:]}{''.join(f', {words}' for words in filters)}."

    def _ways(self, names: Mapping[int, str] | None) -> list[str]:
        ways = ["everybody affected"] if self.affected else []
        ways += [f"stakeholders to {Quadrant(name).label.lower()}" for name in self.quadrants]
        ways += [f"the {_category(name)} groups concerned" for name in self.categories]
        ways += sorted(self._group_names() if names is None else (names[pk] for pk in self.groups if pk in names))
        if self.people:
            ways.append(self._one_by_one(ask=names is None))
        return ways

    def _one_by_one(self, *, ask: bool) -> str:
        """Without asking, nobody knows which of them are rooms."""
        if not ask:
            return "one chosen by name" if len(self.people) == 1 else f"{len(self.people):,} chosen one by one"
        rooms = Person.objects.filter(ROOM, pk__in=self.people).count()
        said = people_and_rooms(len(self.people) - rooms, rooms)
        return said.replace("1 ", "one ") if len(self.people) == 1 else f"{said} chosen one by one"

    def _group_names(self) -> Iterable[str]:
        return Group.objects.filter(pk__in=self.groups).order_by("name").values_list("name", flat=True)


def people_and_rooms(people: int, rooms: int) -> str:
    """As in “1,240 people and 2 rooms”."""
    parts = [f"{people:,} {'person' if people == 1 else 'people'}"] if people or not rooms else []
    return " and ".join(parts + ([f"{rooms:,} {'room' if rooms == 1 else 'rooms'}"] if rooms else []))


def _category(name: str) -> str:
    label = Category(name).label
    return label if label.isupper() else label.lower()


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
