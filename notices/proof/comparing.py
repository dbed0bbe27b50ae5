"""Does the database still say what a pack says? What came later is growth; what differs is named.

The history is told once more and laid beside that of the pack: both are in the same order, so neither is in memory.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from heapq import heappush, heappushpop
from itertools import islice
from typing import IO, Any
from zipfile import ZipFile

from django.conf import settings

from notices.enums import OPEN, MessageState
from notices.models import Message, ProofPack, Revision
from notices.pipeline import deliver
from notices.proof import files, naming, verifying
from notices.proof.entries import History, Written, place_of
from notices.proof.naming import ERASED
from stakeholders.models import Person
from upgrades.models import Upgrade

SAMPLE = 50
MOST = 20  # differences that are named
AT_ONCE = 1000
FRAME = ("seq", "prev", "hash")
OF_PEOPLE = ("who", "answer", "words", "list", "told", "reason", "into")  # what an erasure empties
ENDED_WELL = (*OPEN, MessageState.FAILED, MessageState.MISSED)  # such a message may still go out

Entry = Mapping[str, Any]


@dataclass
class Comparison:
    """`differences` are sentences, the first few; `many` is how many there are. `later`: what came since, by kind.
    `unlike`: letters that render otherwise, perhaps because personal links have another key by now."""

    is_known: bool = False
    differences: list[str] = field(default_factory=list)
    many: int = 0
    later: Counter = field(default_factory=Counter)
    erased: int = 0
    rendered: int = 0
    unlike: int = 0

    @property
    def agrees(self) -> bool:
        return self.is_known and not self.many

    def differs(self, sentence: str) -> None:
        self.many += 1
        if len(self.differences) < MOST:
            self.differences.append(sentence)


def compare(file: IO[bytes], pack: verifying.Pack) -> Comparison:
    """The pack has been verified. Whatever key of this house its pseudonyms were made with, it is found."""
    found = Comparison()
    upgrade = Upgrade.objects.filter(pk=pack.closing["upgrade"]["id"]).first()
    if upgrade is None:
        found.differs("Its upgrade is not in this database.")
        return found
    known = ProofPack.objects.filter(upgrade=upgrade, head=pack.head, entries=pack.entries)
    found.is_known = known.exists()
    if not found.is_known:
        found.differs("Its head is not one that was made here: the pack is not ours, or it was forged as a whole.")
    with ZipFile(file) as archive:
        people = _naming(pack.closing)
        written = dict(_files(upgrade, people))
        history = History(upgrade, people=people, files=written)
        shrunk = _Shrunk(archive, people)
        sample = _lay_side_by_side(_history_in(archive), history.happened(), found, shrunk)
        _see_who_was_not_told(archive, found)
    _render_again(sample, found)
    return found


def _naming(closing: Entry) -> naming.Named:
    """With the key of the pack, which may have been replaced since."""
    mine = [naming.of(names=bool(closing.get("names")), key=key) for key in settings.LINK_KEYS]
    return next((one for one in mine if one.mark == closing.get("key")), mine[0])


def _files(upgrade: Upgrade, people: naming.Named) -> Iterator[tuple[int, Written]]:
    for pk, content in files.revisions(upgrade, people=people):
        yield pk, Written(f"revisions/{pk}.json", sha256(content).hexdigest())


def _history_in(archive: ZipFile) -> Iterator[Entry]:
    for line in verifying.read(archive):
        try:
            place_of(line.entry)
        except KeyError:
            return
        yield line.entry


# What happened


def _lay_side_by_side(
    theirs: Iterator[Entry], ours: Iterator[Entry], found: Comparison, shrunk: "_Shrunk"
) -> Sequence[int]:
    """Returns messages that are worth rendering again: those with the smallest hashes, so nobody chose them."""
    sample: list[tuple[str, int]] = []
    with closing(theirs), closing(ours):  # type: ignore[type-var]
        theirs_now, ours_now = next(theirs, None), next(ours, None)
        while theirs_now or ours_now:
            if ours_now and (not theirs_now or place_of(ours_now) < place_of(theirs_now)):
                found.later[ours_now["kind"]] += 1
                ours_now = next(ours, None)
                continue
            assert theirs_now  # noqa: S101
            if ours_now and place_of(ours_now) == place_of(theirs_now):
                _compare_entries(theirs_now, ours_now, found, shrunk)
                _draw(sample, ours_now)
                ours_now = next(ours, None)
            elif shrunk.is_about_one_who_is_gone(theirs_now):
                found.erased += 1
            else:
                found.differs(f"Entry {theirs_now['seq']} ({_name(theirs_now)}) is not in the database as it is here.")
            theirs_now = next(theirs, None)
    return sorted(-number for _, number in sample)


def _compare_entries(theirs: Entry, ours: Entry, found: Comparison, shrunk: "_Shrunk") -> None:
    names = {*theirs, *ours} - {*FRAME}
    differing = sorted(name for name in names if theirs.get(name) != ours.get(name))
    if ours.get("who") == ERASED and theirs.get("who") != ERASED:
        found.erased += 1
        differing = [name for name in differing if name not in OF_PEOPLE]
    elif theirs["kind"] == "receipt" and differing == ["words"] and not ours["words"]:
        differing = []  # of somebody who was erased
    elif theirs["kind"] == "revision" and differing == ["sha256"] and shrunk.by_an_erasure(theirs["id"]):
        found.erased += 1
        differing = []
    if differing:
        found.differs(f"Entry {theirs['seq']} ({_name(theirs)}) differs in {', '.join(differing)}.")


def _name(entry: Entry) -> str:
    return " ".join(str(entry[part]) for part in ("kind", "what", "id") if part in entry)


def _draw(sample: list[tuple[str, int]], entry: Entry) -> None:
    """Keeps the smallest hashes: a heap with the largest of them on top, as its digits are turned round."""
    if entry["kind"] != "message" or entry["who"] == ERASED:
        return
    one = (entry["sha256"].translate(TURNED), -entry["id"])
    if len(sample) < SAMPLE:
        heappush(sample, one)
    else:
        heappushpop(sample, one)


TURNED = str.maketrans("0123456789abcdef", "fedcba9876543210")


class _Shrunk:
    """Who is erased leaves the audiences that named them, and what was written to them alone is emptied. Nothing else
    may differ in a revision."""

    def __init__(self, archive: ZipFile, people: naming.Named):
        self.archive, self.people = archive, people

    def is_about_one_who_is_gone(self, entry: Entry) -> bool:
        who = entry.get("who", {})
        return who.get("id", who.get("pseudonym")) in self.erased

    def by_an_erasure(self, pk: int) -> bool:
        row = Revision.objects.select_related("notice").prefetch_related("variants").get(pk=pk)
        theirs = json.loads(self.archive.read(f"revisions/{pk}.json"))
        ours = files.revision(row, self.people)
        if not row.facts and not Message.objects.filter(notice=row.notice_id, person__erased_at=None).exists():
            theirs["facts"] = theirs["words"] = ours["facts"] = ours["words"] = None
        gone = {*theirs["audience"].pop("people", ())} - {*ours["audience"].pop("people", ())}
        return theirs == ours and gone <= self.erased

    @cached_property
    def erased(self) -> set[int | str]:
        keys = Person.objects.exclude(erased_at=None).order_by("pk").values_list("pk", flat=True)
        return {self.people.number(pk) for pk in keys}


# How it stood


def _see_who_was_not_told(archive: ZipFile, found: Comparison) -> None:
    entries = (line.entry for line in verifying.read(archive) if line.entry.get("what") == "not told")
    while block := list(islice(entries, AT_ONCE)):
        states = dict(
            Message.objects.filter(pk__in=[one["id"] for one in block]).order_by("pk").values_list("pk", "state")
        )
        for one in block:
            _compare_states(one, states.get(one["id"]), found)


def _compare_states(entry: Entry, state: str | None, found: Comparison) -> None:
    if state is None:
        found.differs(f"Entry {entry['seq']}: message {entry['id']} is not in the database.")
    elif state != entry["state"] and entry["state"] in ENDED_WELL:
        found.later["state of a message"] += 1
    elif state != entry["state"]:
        found.differs(f"Entry {entry['seq']}: message {entry['id']} was {entry['state']}, and is {state} here.")


# Whether the letters are still the same


def _render_again(keys: Sequence[int], found: Comparison) -> None:
    rows = Message.objects.filter(pk__in=keys, person__erased_at=None).select_related(
        "notice__upgrade", "notice__milestone", "variant__revision", "person"
    )
    for message in rows.order_by("pk"):
        found.rendered += 1
        if message.sha256 is None or _digest(message) != bytes(message.sha256):
            found.rendered -= 1
            if len(settings.LINK_KEYS) > 1:
                found.unlike += 1
            else:
                found.differs(
                    f"Message {message.pk} does not render to what was sent: its words or values were changed."
                )


def _digest(message: Message) -> bytes:
    """What was changed behind our back may fail in any way."""
    try:
        return sha256(deliver.again(message)).digest()
    except Exception:
        return b""


def sentences(found: Comparison) -> Iterator[str]:
    yield from found.differences
    if found.many > len(found.differences):
        yield f"And {found.many - len(found.differences)} more differences."
    if found.agrees:
        yield f"The head is known here, and the database says the same. {found.rendered} letters rendered again alike."
    if found.unlike:
        yield f"Not told apart: {found.unlike} letters have links of an earlier key (LINK_KEYS), or were changed."
    if found.later:
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(found.later.items()))
        yield f"Since then: {counts}."
    if found.erased:
        yield f"Entries of people who were erased since: {found.erased}."
