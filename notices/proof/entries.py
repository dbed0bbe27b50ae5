"""What happened, in the order of time.

It never changes afterwards, so a longer history begins with the same entries: a bounce is an entry of its own when it
comes, and nothing is said of a message before it has left. What can still change comes at the end of a pack
(proof.standing).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Min, Model, OuterRef, QuerySet, Window
from django.db.models.functions import Lag

from accounts.models import Account
from engagement.models import Participant, Telling
from notices.models import Call, Message, Notice, PassedOn, Receipt, Revision, Variant
from notices.proof.naming import Named
from stakeholders.enums import SHOWN
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade

CHUNK = 2000
OF_UPGRADE = (
    *("name", "phase", "objective", "why", "why_now", "risk", "benefit", "contact_name", "contact_email"),
    *("contact_phone", "time_zone", "published_at"),
)
OF_MILESTONE = (
    *("name", "uid", "sequence", "status", "start", "end", "impact", "downtime", "effect", "action"),
    *("action_deadline", "systems", "change_reason", "is_public"),
)

Entry = dict[str, Any]
Happening = tuple[datetime, int, int, Entry]  # when, place of its kind among those of one moment, key, what

# What comes first of what happened at the same moment.
RANKS = {
    name: rank
    for rank, name in enumerate(
        [
            *("upgrade", "fact upgrade", "fact milestone", "revision", "approval", "release", "message sent"),
            *("receipt", "person merged", "conversation told", "conversation attended", "conversation voided"),
            *("conversation passed on", "call asked", "call done"),
        ]
    )
}


@dataclass(frozen=True)
class Written:
    """The file of a revision inside the pack."""

    name: str
    sha256: str


class History:
    """Of one upgrade. `files` says under which name a revision is in the pack, and its hash."""

    def __init__(self, upgrade: Upgrade, *, people: Named, files: Mapping[int, Written]):
        self.upgrade, self.people, self.files = upgrade, people, files
        self._zones = _zones(upgrade)
        self._seen: set[int] = set()
        self._variants = {
            pk: (revision, language, level)
            for pk, revision, language, level in Variant.objects.filter(revision__notice__upgrade=upgrade)
            .order_by("pk")
            .values_list("pk", "revision_id", "language", "level")
        }

    def happened(self) -> Iterator[Entry]:
        sources: list[Callable[[], Iterator[Happening]]] = [
            *(self._facts_of_upgrade, self._facts_of_milestones, self._revisions, self._approvals, self._releases),
            *(self._messages, self._receipts, self._merged, self._told, self._attended, self._voided),
            *(self._passed_on, self._called, self._call_done),
        ]
        yield from self._merge([self._begun])  # the first, whatever is older
        yield from self._merge(sources)

    def story(self) -> Iterator[Entry]:
        """The part of it that fits on a page."""
        return self._merge([self._facts_of_milestones, self._releases, self._told])

    def accounts(self) -> dict[str, str]:
        """Names of those whose numbers stand in the entries; who works here is named in every pack."""
        return {str(pk): name for pk, name in Account.objects.filter(pk__in=self._seen).values_list("pk", "name")}

    def _merge(self, sources: Sequence[Callable[[], Iterator[Happening]]]) -> Iterator[Entry]:
        for at, _, _, entry in merge(*(source() for source in sources), key=lambda one: one[:3]):
            entry["at"], entry["local"] = instant(at), self._local(at)
            yield entry

    # What happened

    def _begun(self) -> Iterator[Happening]:
        what = {"format": 1, "names": self.people.has_names}
        yield self._entry(self.upgrade.created_at, "upgrade", "", self.upgrade.pk, **what)

    def _facts_of_upgrade(self) -> Iterator[Happening]:
        events = Upgrade.pgh_event_model.objects.filter(pgh_obj=self.upgrade.pk)  # type: ignore[attr-defined]
        yield from self._versions(events, "upgrade", OF_UPGRADE)

    def _facts_of_milestones(self) -> Iterator[Happening]:
        events = Milestone.pgh_event_model.objects.filter(upgrade=self.upgrade.pk)  # type: ignore[attr-defined]
        yield from self._versions(events, "milestone", OF_MILESTONE)

    def _versions(self, events: QuerySet, what: str, names: tuple[str, ...]) -> Iterator[Happening]:
        """Only those in which a fact differs. A few hundred."""
        before: dict[int, Entry] = {}
        columns = ("pgh_id", "pgh_obj_id", "pgh_created_at", "pgh_label", "pgh_context__metadata", *names)
        for row in events.order_by("pgh_created_at", "pgh_id").values(*columns):
            is_gone = row["pgh_label"] == "delete"
            values = {name: _plain(row[name]) for name in names}
            known = before.get(row["pgh_obj_id"])
            if values == known and not is_gone:
                continue
            before[row["pgh_obj_id"]] = values
            yield self._entry(
                row["pgh_created_at"],
                "fact",
                what,
                row["pgh_id"],
                of=row["pgh_obj_id"],
                change="removed" if is_gone else "changed" if known else "made",
                values=self.people.facts(values),
                **_author(row["pgh_context__metadata"]),
            )

    def _revisions(self) -> Iterator[Happening]:
        rows = Revision.objects.filter(notice__upgrade=self.upgrade).order_by("created_at", "pk")
        for pk, at, notice, number, by in rows.values_list("pk", "created_at", "notice_id", "number", "author_id"):
            file = self.files[pk]
            yield self._entry(
                at, "revision", "", pk, notice=notice, number=number, by=by, file=file.name, sha256=file.sha256
            )

    def _approvals(self) -> Iterator[Happening]:
        names = ("approved_at", "pgh_obj_id", "approved_revision_id", "approved_by_id")
        events = Notice.pgh_event_model.objects.filter(upgrade=self.upgrade.pk).exclude(approved_at=None)  # type: ignore[attr-defined]
        rows = events.order_by().values_list(*names).annotate(first=Min("pgh_id")).order_by("approved_at", "first")
        for at, notice, revision, by, first in rows:
            yield self._entry(at, "approval", "", first, notice=notice, revision=revision, by=by)

    def _releases(self) -> Iterator[Happening]:
        rows = Notice.objects.filter(upgrade=self.upgrade).exclude(released_at=None).order_by("released_at", "pk")
        for notice in rows.iterator(chunk_size=CHUNK):
            is_public = not {*SHOWN}.isdisjoint(notice.channels) and bool(notice.release.get("published"))
            told = {"told": notice.release["told"]} if notice.release.get("told") else {}
            yield self._entry(
                notice.released_at,
                "release",
                "",
                notice.pk,
                revision=notice.approved_revision_id,
                channels=sorted(notice.channels),
                public=is_public,
                **told,
            )

    def _messages(self) -> Iterator[Happening]:
        """Whatever has left, with the answer of the next server, even if it came back later."""
        left = Message.objects.filter(notice__upgrade=self.upgrade).exclude(sha256=None).exclude(sent_at=None)
        rows = left.order_by("sent_at", "pk").values_list(
            *("pk", "sent_at", "notice_id", "variant_id", "channel", "address", "values", "sha256", "person_id"),
            *("person__erased_at", "answer"),
        )
        for pk, at, notice, variant, channel, address, values, sha256, person, erased, answer in rows.iterator(
            chunk_size=CHUNK
        ):
            revision, language, level = self._variants.get(variant, (None, "", ""))
            entry: Entry = {
                "notice": notice,
                "revision": revision,
                "language": language,
                "level": level,
                "channel": channel,
                "who": self.people.reader(person, values, address, erased=bool(erased)),
                "sha256": sha256.hex(),
                "answer": self.people.server(answer),
            }
            if values.get("is_list"):
                entry["list"] = "cannot prove individuals"
            if told := values.get("told"):
                entry["told"] = told
            yield self._entry(at, "message", "sent", pk, **entry)

    def _receipts(self) -> Iterator[Happening]:
        rows = (
            Receipt.objects.filter(message__notice__upgrade=self.upgrade)
            .order_by("at", "pk")
            .values_list("pk", "at", "message_id", "kind", "detail")
        )
        for pk, at, message, kind, detail in rows.iterator(chunk_size=CHUNK):
            yield self._entry(at, "receipt", "", pk, message=message, result=kind, words=self.people.server(detail))

    def _merged(self) -> Iterator[Happening]:
        """One person instead of two, where either was told something."""
        told = Message.objects.filter(notice__upgrade=self.upgrade, person=OuterRef("merged_into"))
        own = Message.objects.filter(notice__upgrade=self.upgrade, person=OuterRef("pk"))
        shells = Person.objects.filter(Exists(told) | Exists(own), erased_at=None).exclude(merged_into=None)
        events = Person.pgh_event_model.objects.exclude(merged_into=None)  # type: ignore[attr-defined]
        rows = (
            events.filter(pgh_obj__in=list(shells.values_list("pk", flat=True)), merged_into__erased_at=None)
            .order_by()
            .values_list("pgh_obj_id", "merged_into_id")
            .annotate(first=Min("pgh_id"), at=Min("pgh_created_at"))
            .order_by("at", "first")
        )
        for gone, kept, first, at in rows:
            who = {"who": self.people.who(gone), "into": self.people.who(kept)}
            yield self._entry(at, "person", "merged", first, **who)

    def _tellings(self) -> QuerySet[Telling]:
        return Telling.objects.filter(engagement__upgrade=self.upgrade)

    def _told(self) -> Iterator[Happening]:
        for one in self._tellings().order_by("recorded_at", "pk"):
            yield self._entry(
                one.recorded_at,
                "conversation",
                "told",
                one.pk,
                engagement=one.engagement_id,
                told_at=instant(one.at),
                facts=self.people.facts(one.facts),
                by=one.recorded_by_id,
            )

    def _voided(self) -> Iterator[Happening]:
        for one in self._tellings().exclude(voided_at=None).order_by("voided_at", "pk"):
            why = self.people.text(one.void_reason)
            yield self._entry(one.voided_at, "conversation", "voided", one.pk, why=why, by=one.voided_by_id)

    def _attended(self) -> Iterator[Happening]:
        """Who was there, and who was not after all: each time that somebody says so."""
        events = Participant.pgh_event_model.objects.filter(engagement__upgrade=self.upgrade)  # type: ignore[attr-defined]
        before = Window(Lag("attended"), partition_by=F("pgh_obj_id"), order_by="pgh_id")
        rows = events.annotate(before=before).order_by("pgh_created_at", "pgh_id")
        names = ("pgh_id", "pgh_created_at", "pgh_label", "engagement_id", "person_id", "attended", "before")
        for pk, at, label, engagement, person, attended, was in rows.values_list(*names).iterator(chunk_size=CHUNK):
            attended = None if label == "delete" else attended
            if attended != was:
                who = self.people.who(person)
                yield self._entry(at, "conversation", "attended", pk, engagement=engagement, who=who, attended=attended)

    def _passed_on(self) -> Iterator[Happening]:
        rows = PassedOn.objects.filter(step__upgrade=self.upgrade).select_related("person").order_by("at", "pk")
        for one in rows.iterator(chunk_size=CHUNK):
            who = self.people.who(one.person_id, erased=bool(one.person.erased_at))
            yield self._entry(
                one.at, "conversation", "passed on", one.pk, step=one.step_id, who=who, by=one.noted_by_id
            )

    def _calls(self) -> QuerySet[Call]:
        return Call.objects.filter(upgrade=self.upgrade).select_related("person")

    def _called(self) -> Iterator[Happening]:
        for one in self._calls().order_by("created_at", "pk").iterator(chunk_size=CHUNK):
            who = self.people.who(one.person_id, erased=bool(one.person.erased_at))
            about = {"who": who, "facts": one.facts, "why": self.people.text(one.why), "by": one.owner_id}
            yield self._entry(one.created_at, "call", "asked", one.pk, **about)

    def _call_done(self) -> Iterator[Happening]:
        for one in self._calls().exclude(done_at=None).order_by("done_at", "pk").iterator(chunk_size=CHUNK):
            outcome = self.people.text(one.outcome)
            yield self._entry(one.done_at, "call", "done", one.pk, by=one.done_by_id, outcome=outcome)

    # The frame of an entry

    def _entry(self, at: datetime | None, kind: str, what: str, pk: int, **content: Any) -> Happening:
        if at is None:
            raise ValueError(f"{kind} {pk} has no time")
        entry = {"kind": kind, "id": pk, **content}
        if by := entry.get("by"):
            self._seen.add(by)
        if what:
            entry["what"] = what
        return at, RANKS[f"{kind} {what}".rstrip()], pk, entry

    def _local(self, at: datetime) -> str:
        """On the wall of the place, with its zone as it was set then."""
        since, zones = self._zones
        zone = zones[max(bisect_right(since, at) - 1, 0)]
        return f"{at.astimezone(zone).isoformat(timespec='seconds')}[{zone.key}]"


def counts(upgrade: Upgrade) -> list[tuple[str, int]]:
    """What a pack made now would hold, in words."""
    of_notices = {"notice__upgrade": upgrade}
    receipts = Receipt.objects.filter(message__notice__upgrade=upgrade)
    milestones = Milestone.pgh_event_model.objects.filter(upgrade=upgrade.pk)  # type: ignore[attr-defined]
    return [
        ("Letters, each with who, when, over which channel, and what became of it", _number(Message, **of_notices)),
        ("Bounces, confirmations and other receipts", receipts.count()),
        ("Versions of notices, with their words, facts and approvals", _number(Revision, **of_notices)),
        ("Changes of dates and other facts, with who and when", milestones.count()),
        ("Facts told in conversations", _number(Telling, engagement__upgrade=upgrade)),
        ("People in conversations", _number(Participant, engagement__upgrade=upgrade, attended=True)),
        ("Told on by managers", _number(PassedOn, step__upgrade=upgrade)),
        ("Calls", _number(Call, upgrade=upgrade)),
    ]


def _number(model: type[Model], **where: Any) -> int:
    return model._default_manager.filter(**where).count()


def place_of(entry: Mapping[str, Any]) -> tuple[str, int, int]:
    """Where it belongs in a history; raises KeyError for what is in none."""
    rank = RANKS[f"{entry['kind']} {entry.get('what', '')}".rstrip()]
    return (entry["at"] if rank else "", rank, entry["id"])


def instant(at: datetime) -> str:
    """In UTC, always as long, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _zones(upgrade: Upgrade) -> tuple[list[datetime], list[ZoneInfo]]:
    events = Upgrade.pgh_event_model.objects.filter(pgh_obj=upgrade.pk).order_by("pgh_created_at", "pgh_id")  # type: ignore[attr-defined]
    rows = list(events.values_list("pgh_created_at", "time_zone"))
    rows = rows or [(upgrade.created_at, upgrade.time_zone)]
    return [at for at, _ in rows], [ZoneInfo(zone) for _, zone in rows]


def _author(metadata: Mapping[str, Any] | None) -> Entry:
    """An account by its number, or what else changed it: a directory, a vendor."""
    known = metadata or {}
    by = known.get("user")
    via = known.get("directory") or known.get("vendor") or ""
    return {"by": by, **({"via": via} if via else {})}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)
