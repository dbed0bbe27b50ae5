"""Writes a pack, as a stream: nothing but one entry is in memory, and what is written is never read again."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Account
from notices.models import ProofPack
from notices.proof import files, naming, summary
from notices.proof.chain import Chain
from notices.proof.entries import Entry, History, Written, instant
from notices.proof.naming import Named
from notices.proof.standing import standing
from notices.proof.verifying import ENTRIES, MANIFEST, manifest_of
from upgrades.models import Upgrade

FORMAT = 1
LEVEL = 3  # hashes do not get smaller by trying harder
BLOCK = 1 << 16
EVERY = 10_000


class _Member:
    """A file inside the ZIP, hashed on its way, written in blocks."""

    def __init__(self, file: IO[bytes]):
        self.file, self.digest, self.waiting = file, hashlib.sha256(), bytearray()

    def write(self, data: bytes) -> None:
        self.waiting += data
        if len(self.waiting) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        self.digest.update(self.waiting)
        self.file.write(self.waiting)
        self.waiting = bytearray()


class _Pack:
    """The ZIP, and the hashes of what is in it already."""

    def __init__(self, archive: ZipFile):
        self.archive = archive
        self.hashes: dict[str, str] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[_Member]:
        with self.archive.open(name, "w", force_zip64=True) as file:
            member = _Member(file)
            yield member
            member.flush()
        self.hashes[name] = member.digest.hexdigest()

    def add(self, name: str, parts: Iterable[bytes]) -> str:
        with self.open(name) as member:
            for part in parts:
                member.write(part)
        return self.hashes[name]


def write(
    upgrade: Upgrade,
    file: IO[bytes],
    *,
    by: Account | None,
    now: datetime,
    names: bool = True,
    report: Callable[[int], object] = lambda entries: None,
) -> ProofPack:
    """One moment of the database, however long it takes. The head is kept here before the pack is complete: whoever
    holds a whole pack can ask for it."""
    people = naming.of(names=names)
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        pack = _Pack(archive)
        with _one_moment():
            chain, last = _fill(upgrade, pack, people=people, by=by, now=now, report=report)
        made = ProofPack.objects.create(upgrade=upgrade, head=chain.head, entries=chain.length, made_by=by, made_at=now)
        archive.writestr(MANIFEST, manifest_of(last, head=chain.head, entries=chain.length))
    return made


@contextmanager
def _one_moment() -> Iterator[None]:
    """Everything in the pack is as of the same moment. Inside somebody else's transaction, that one decides."""
    is_own = not connection.in_atomic_block
    with transaction.atomic():
        if is_own:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _fill(
    upgrade: Upgrade, pack: _Pack, *, people: Named, by: Account | None, now: datetime, report: Callable[[int], object]
) -> tuple[Chain, dict[str, Any]]:
    pack.add("README.txt", [files.README])
    pack.add("verify.py", [files.VERIFIER])
    history = History(upgrade, people=people, files=_add_revisions(pack, upgrade, people))
    pack.add("revisions.csv", files.approvals(upgrade, people=people))
    pack.add("people.csv", files.people_table(upgrade, people=people, now=now))
    pack.add("summary.html", [summary.page(upgrade, history.story(), people=people, now=now, by=by)])
    chain = Chain()
    with pack.open(ENTRIES) as lines:
        kinds, history_of = _seal(lines, chain, history.happened(), standing(upgrade, people=people), report)
        sealed = {name: sha256 for name, sha256 in pack.hashes.items() if name != ENTRIES}
        last = {
            "kind": "pack",
            "format": FORMAT,
            "organisation": settings.ORGANISATION,
            "upgrade": {"id": upgrade.pk, "slug": upgrade.slug, "name": upgrade.name, "zone": upgrade.time_zone},
            "made_at": instant(now),
            "by": by.name if by else "",
            "names": people.has_names,
            "key": people.mark,
            "counts": kinds,
            "history": history_of,
            "accounts": history.accounts(),
            "files": sealed,
        }
        lines.write(chain.seal(last))
    return chain, last


def _seal(
    lines: _Member, chain: Chain, happened: Iterator[Entry], stands: Iterator[Entry], report: Callable[[int], object]
) -> tuple[dict[str, int], dict[str, Any]]:
    """How many of each kind, and where the history ends: a later pack has the same hash there."""
    kinds: dict[str, int] = {}

    def seal(entries: Iterator[Entry]) -> None:
        with closing(entries):  # type: ignore[type-var]
            for entry in entries:
                kinds[entry["kind"]] = kinds.get(entry["kind"], 0) + 1
                lines.write(chain.seal(entry))
                if chain.length % EVERY == 0:
                    report(chain.length)

    seal(happened)
    history_of = {"entries": chain.length, "head": chain.head}
    seal(stands)
    return kinds, history_of


def _add_revisions(pack: _Pack, upgrade: Upgrade, people: Named) -> dict[int, Written]:
    found = {}
    for pk, content in files.revisions(upgrade, people=people):
        name = f"revisions/{pk}.json"
        found[pk] = Written(name, pack.add(name, [content]))
    return found
