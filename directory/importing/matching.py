"""Whom in the register a row means: by external id first, then by address. Who was merged into somebody else is that
somebody. An address finds people who left only when no active person has it."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models.functions import Lower

from directory.importing.checking import Checked
from stakeholders.enums import Channel
from stakeholders.models import Address, Membership, Person, PersonQuerySet

Stored = dict[str, Any]
STORED = (
    *("pk", "external_id", "name", "email", "email_state", "phone", "department", "job_title", "time_zone"),
    *("language", "reader_level", "is_list", "works_from", "works_until", "tags", "own_choices"),
    *("archived_at", "merged_into", "erased_at"),
)
ERASED = "This person was erased on request. An import does not bring them back: take the row out."


class Match(NamedTuple):
    """`through`: keys that belong to the shell of a merged person, so they do not become those of `person`."""

    person: Stored | None = None
    through: frozenset[str] = frozenset()
    refusal: str = ""


class Known:
    """Those people in the register that a batch of rows may mean."""

    def __init__(self, batch: Collection[Checked], *, with_groups: bool, with_mobiles: bool):
        ids = {row.values["external_id"] for row in batch if row.values.get("external_id")}
        addresses = {row.values["email"].lower() for row in batch if row.values.get("email")}
        self.people: dict[int, Stored] = {}
        self.by_id = {one["external_id"]: one for one in self._keep(_with_id(ids))}
        self.by_address: dict[str, Stored] = {}
        found = Person.objects.alias(address=Lower("email")).filter(address__in=addresses, erased_at=None)
        for one in sorted(self._keep(found), key=_rank):
            self.by_address.setdefault(one["email"].lower(), one)
        self._load_targets()
        self._load_addresses_of_returning(batch)
        self.groups = self._groups() if with_groups else {}
        self.mobiles = self._mobiles() if with_mobiles else {}

    def match(self, row: Checked) -> Match:
        by_id = self.by_id.get(row.values.get("external_id", ""))
        by_address = self.by_address.get(row.values.get("email", "").lower())
        if by_id and self._followed(by_id)["erased_at"]:
            return Match(refusal=ERASED)
        if by_id and by_address and self._is_rival(self._followed(by_id), by_address):
            return Match(refusal=self._two(row, by_id, by_address))
        if by_id is None and by_address and _is_successor(row, by_address):
            return Match()
        found = by_id or by_address
        if not found:
            return Match()
        person = self._followed(found)
        if person["erased_at"]:
            return Match(refusal=ERASED)
        shells = {"external_id": by_id, "email": by_address}
        through = frozenset(key for key, one in shells.items() if one and one["merged_into"])
        return Match(person, through)

    def taken_by(self, address: str, *, than: Stored) -> Stored | None:
        """The active person who has this address now."""
        holder = self.by_address.get(address.lower())
        return holder if holder and not holder["archived_at"] and holder["pk"] != than["pk"] else None

    def _is_rival(self, person: Stored, by_address: Stored) -> bool:
        """Two people, and the address is not merely that of somebody who left."""
        alive = not by_address["archived_at"] or by_address["merged_into"]
        return bool(alive) and self._followed(by_address)["pk"] != person["pk"]

    def _two(self, row: Checked, by_id: Stored, by_address: Stored) -> str:
        ident, address = row.values["external_id"], row.values["email"]
        first, second = self._followed(by_id)["name"], self._followed(by_address)["name"]
        return f"These are two people: external id {ident} is {first}, but {address} belongs to {second}."

    def _followed(self, person: Stored) -> Stored:
        while person["merged_into"]:
            person = self.people[person["merged_into"]]
        return person

    def _load(self, **lookup) -> list[Stored]:
        return self._keep(Person.objects.filter(**lookup))

    def _keep(self, people) -> list[Stored]:
        found = [one | {"site": one["site__name"]} for one in people.order_by("pk").values(*STORED, "site__name")]
        self.people |= {one["pk"]: one for one in found}
        return found

    def _load_targets(self) -> None:
        while missing := {one["merged_into"] for one in self.people.values()} - self.people.keys() - {None}:
            self._load(pk__in=missing)

    def _load_addresses_of_returning(self, batch: Iterable[Checked]) -> None:
        """Who left and comes back under an address that the file does not give: somebody else may have it by now."""
        left = {
            self.by_id[one]["email"].lower() for row in batch if (one := row.values.get("external_id")) in self.by_id
        }
        if wanted := left - self.by_address.keys() - {""}:
            active = Person.objects.alias(address=Lower("email")).filter(address__in=wanted, archived_at=None)
            self.by_address |= {one["email"].lower(): one for one in self._keep(active)}

    def _groups(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        memberships = Membership.objects.filter(person__in=self.people).order_by("pk")
        for person, group in memberships.values_list("person", "group__name"):
            found.setdefault(person, set()).add(group.lower())
        return found

    def _mobiles(self) -> dict[int, tuple[str, str]]:
        """Number and state, by person."""
        numbers = Address.objects.filter(channel=Channel.SMS, person__in=self.people).order_by("pk")
        return {pk: (number, state) for pk, number, state in numbers.values_list("person", "address", "state")}


def _with_id(ids: Collection[str]) -> PersonQuerySet:
    """The index leaves those without an id out, and only a query that says so may use it for long lists."""
    return Person.objects.filter(external_id__in=ids).exclude(external_id="")


def _rank(person: Stored) -> tuple:
    """Active people first, then who was merged, then who left last."""
    left = person["archived_at"]
    return (left is not None, person["merged_into"] is None, -left.timestamp() if left else 0)


def _is_successor(row: Checked, person: Stored) -> bool:
    """The address of somebody who left was given to somebody else: the external ids differ."""
    stored, said = person["external_id"], row.values.get("external_id", "")
    return bool(person["archived_at"] and not person["merged_into"] and stored and said and stored != said)
