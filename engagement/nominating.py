"""Who else should know: names that stakeholders give us, until a manager decides.

The same person may be named by several. Names belong together when they have the same address; one without an address
joins the only one of the same name. Nobody is told what became of a name, and naming somebody never tells whether we
know them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pghistory.models
from django.contrib.postgres.search import SearchQuery
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from commsplan.lib import history, search
from engagement.enums import Source, Verdict
from engagement.models import Nomination
from stakeholders.models import Person
from upgrades.models import Stakeholder, Upgrade

LONGEST_WHY = 300
CANDIDATES = 300  # people looked at for the matches of one page
SHOWN = 3  # matches shown for one name


class NotPossible(Exception):
    """Nothing was changed. The sentence says why."""


def nominate(
    upgrade: Upgrade, *, name: str, email: str = "", why: str = "", source: str, by: Person | None = None
) -> Nomination:
    """An address that waits already stays one nomination; what is new about it is added."""
    name, email, why = in_a_line(name), email.strip(), why.strip()
    try:
        with transaction.atomic():
            return Nomination.objects.create(
                upgrade=upgrade, name=name, email=email, why=why[:LONGEST_WHY], source=source, by=by
            )
    except IntegrityError:
        waits = upgrade.nominations.waiting().filter(email__iexact=email).order_by("pk").first()
        if waits is None:
            raise
    if why and why not in waits.why:
        waits.why = " / ".join(filter(None, [waits.why, why]))[:LONGEST_WHY]
        waits.save(update_fields=["why"])
    return waits


@transaction.atomic
def accept(nomination: Nomination, *, by, now: datetime, person: Person | None = None) -> Stakeholder:
    """Makes `person` a stakeholder: an existing one, else whoever has that address, else somebody new. All who were
    named alike are decided together."""
    alike = _waiting_alike(nomination)
    found = person or _with_address(nomination.email) or _new_person(nomination)
    if found.is_archived:
        raise NotPossible(f"{found} is archived. Restore the person first.")
    stakeholder, _made = Stakeholder.objects.get_or_create(upgrade=nomination.upgrade, person=found)
    _decide(alike, Verdict.ACCEPTED, by=by, now=now, person=found)
    nomination.refresh_from_db()
    return stakeholder


@transaction.atomic
def decline(nomination: Nomination, *, by, now: datetime) -> None:
    _decide(_waiting_alike(nomination), Verdict.DECLINED, by=by, now=now)
    nomination.refresh_from_db()


def reconsider(nomination: Nomination) -> None:
    """Takes a refusal back: it waits again, with those that were declined together with it."""
    if nomination.verdict != Verdict.DECLINED:
        raise NotPossible("Only what was declined can wait again.")
    together = Nomination.objects.filter(
        upgrade=nomination.upgrade, verdict=Verdict.DECLINED, decided_at=nomination.decided_at
    )
    try:
        with transaction.atomic():
            together.update(verdict=Verdict.WAITING, decided_by=None, decided_at=None)
    except IntegrityError as error:
        raise NotPossible("Somebody named this person again in the meantime: that one waits now.") from error


@transaction.atomic
def take_back(upgrade: Upgrade, act: UUID) -> None:
    """Undoes an acceptance: the names wait again, and whom it made goes, unless somebody has worked with them since."""
    made = _made_by(act, Person)
    stakes = _made_by(act, Stakeholder)
    if not _made_by(act, Nomination, upgrade=upgrade).exists():
        raise NotPossible("It is taken back already.")
    if stakes.exclude(assessments=None).exists() or any(map(_is_in_use, made)):
        raise NotPossible("Somebody has worked with this person since. Remove the stakeholder by hand.")
    try:
        with transaction.atomic():
            undone = history.take_back(act, Nomination, Stakeholder, Person)
    except IntegrityError as error:
        raise NotPossible("Somebody named this person again in the meantime: that one waits now.") from error
    if not undone:
        raise NotPossible("It was changed since, so nothing was taken back.")


def _made_by(act: UUID, table: type[models.Model], **fields) -> models.QuerySet:
    """Rows that the act made, of nominations also those it changed."""
    events = table.pgh_event_model.objects.filter(pgh_context=act)  # type: ignore[attr-defined]
    if table is not Nomination:
        events = events.filter(pgh_label="insert")
    else:
        fields["verdict"] = Verdict.ACCEPTED
    return table._default_manager.filter(pk__in=events.values("pgh_obj"), **fields)


def _is_in_use(person: Person) -> bool:
    """Anything but the stake and the nominations points to them."""
    others = [one for one in person._meta.related_objects if one.related_model not in (Stakeholder, Nomination)]
    return any(
        one.related_model._default_manager.filter(**{one.field.name: person}).exists()
        for one in others
        if not issubclass(one.related_model, pghistory.models.Event)
    )


def _waiting_alike(nomination: Nomination) -> list[Nomination]:
    lock = Nomination.objects.select_for_update(of=("self",), no_key=True).waiting().order_by("pk")
    waiting = list(lock.filter(upgrade=nomination.upgrade_id))
    for entry in entries(waiting):
        if nomination.pk in {row.pk for row in entry.rows}:
            return entry.rows
    raise NotPossible("Somebody else has decided this in the meantime.")


def _decide(rows: list[Nomination], verdict: str, *, by, now: datetime, person: Person | None = None) -> None:
    Nomination.objects.filter(pk__in=[row.pk for row in rows]).update(
        verdict=verdict, decided_by=by, decided_at=now, person=person
    )


def _with_address(email: str) -> Person | None:
    return Person.objects.active().filter(email__iexact=email).first() if email else None


def _new_person(nomination: Nomination) -> Person:
    return Person.objects.create(name=nomination.name, email=nomination.email, time_zone=nomination.upgrade.time_zone)


# Entries: each person once, however often named


@dataclass(frozen=True)
class Mention:
    """One time somebody was named. `row` is empty for one that stays in the answers of an anonymous survey."""

    name: str
    email: str = ""
    why: str = ""
    row: Nomination | None = None

    @property
    def said_by(self) -> str:
        if self.row is None:
            return "anonymous survey"
        return str(self.row.by) if self.row.by else self.row.get_source_display()


@dataclass
class Entry:
    name: str
    email: str
    mentions: list[Mention] = field(default_factory=list)
    matches: list[Person] = field(default_factory=list)
    namesakes: list[Person] = field(default_factory=list)  # beside the one who has exactly that address

    @property
    def count(self) -> int:
        """How often somebody said it. A row that stands for anonymous answers is not counted beside them."""
        anonymous = sum(one.row is None for one in self.mentions)
        stand_ins = sum(row.source == Source.SURVEY and row.by_id is None for row in self.rows)
        return len(self.mentions) - min(anonymous, stand_ins)

    @property
    def rows(self) -> list[Nomination]:
        return [one.row for one in self.mentions if one.row]

    @property
    def nomination(self) -> Nomination | None:
        return self.rows[0] if self.rows else None

    @property
    def is_known(self) -> bool:
        """Somebody in the register has that address, so nobody new can be made of it."""
        return any(self.email and one.email.lower() == self.email.lower() for one in self.matches)

    @property
    def whys(self) -> list[str]:
        return list(dict.fromkeys(one.why for one in self.mentions if one.why))

    @property
    def said_by(self) -> list[str]:
        return list(dict.fromkeys(one.said_by for one in self.mentions))


def in_a_line(name: str) -> str:
    """It may become the name of a person, and stand in the head of a mail."""
    return " ".join("".join(one if one.isprintable() else " " for one in name).split())


def plain(name: str) -> str:
    return in_a_line(name).casefold()


def entries(rows: Iterable[Nomination], more: Iterable[Mention] = ()) -> list[Entry]:
    """Those named most often first, then by name."""
    mentions = [Mention(row.name, row.email, row.why, row) for row in rows] + list(more)
    return sorted(_together(mentions), key=lambda entry: (-entry.count, plain(entry.name), entry.email))


def _together(mentions: list[Mention]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for one in mentions:
        if one.email:
            found.setdefault(one.email.lower(), Entry(one.name, one.email)).mentions.append(one)
    of_name = defaultdict(list)
    for entry in found.values():
        of_name[plain(entry.name)].append(entry)
    for one in mentions:
        if not one.email:
            known = of_name[plain(one.name)]
            if len(known) != 1:
                known = [found.setdefault(f" {plain(one.name)}", Entry(one.name, ""))]
            known[0].mentions.append(one)
    return list(found.values())


def add_matches(shown: list[Entry]) -> None:
    """Who in the register may be meant: whoever has that address; without one, those of that name. One query,
    however many names there are."""
    people = _candidates(shown)
    for entry in shown:
        words = plain(entry.name).split()
        by_address = [one for one in people if entry.email and one.email.lower() == entry.email.lower()]
        by_name = [one for one in people if one not in by_address and _sounds_like(one, words)]
        entry.matches = (by_address or by_name)[:SHOWN]
        entry.namesakes = by_name[:SHOWN] if by_address else []


def _candidates(shown: list[Entry]) -> list[Person]:
    addresses = [entry.email.lower() for entry in shown if entry.email]
    queries = [query for entry in shown if (query := search.prefixes(entry.name))]
    wanted = Q(lower__in=addresses)
    if queries:
        either = " | ".join(f"({query})" for query in queries)
        wanted |= Q(search_vector=SearchQuery(either, config="simple", search_type="raw"))
    people = Person.objects.active().annotate(lower=Lower("email")).filter(wanted).select_related("site")
    has_address = models.Case(models.When(lower__in=addresses, then=0), default=1)
    return list(people.order_by(has_address, Lower("name"), "pk")[:CANDIDATES])


def _sounds_like(person: Person, words: list[str]) -> bool:
    names = plain(person.name).split()
    return bool(words) and all(any(name.startswith(word) for name in names) for word in words)
