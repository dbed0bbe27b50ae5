"""Verifies a proof-of-notice pack. It needs Python 3.9 or later and nothing else: python verify.py PACK.zip

Everything in a pack hangs on one number, the hash of its last entry (the head). Whoever made the pack keeps it; compare
it with theirs (--head), because a pack that was forged as a whole is intact in itself.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, Optional, Union

ENTRIES, MANIFEST = "entries.jsonl", "manifest.json"
BEGINNING = "0" * 64
LONGEST_LINE = 64 * 1024 * 1024
LINE = re.compile(rb'\{"hash":"([0-9a-f]{64})",("[^\n]*\})\n')
DAMAGED = (  # what zipfile raises for a file that is hostile or broken
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError),
    *(ValueError, LookupError, OverflowError),
)

Entry = dict[str, Any]


class Broken(Exception):
    """The sentence says what is wrong, and where. `entry` is the number of the first that is not as it was made."""

    def __init__(self, sentence: str, entry: Optional[int] = None):  # noqa: UP045
        super().__init__(sentence)
        self.entry = entry


class Line(NamedTuple):
    entry: Entry
    hash: str


@dataclass
class Pack:
    """What an intact pack says of itself. `closing` is its last entry."""

    head: str
    entries: int
    closing: Entry
    kinds: dict[str, int] = field(default_factory=dict)


def verify(file: Union[str, IO[bytes]], *, look: Callable[[Entry], object] = lambda entry: None) -> Pack:  # noqa: UP007
    """Raises Broken. `look` sees each entry on the way, when it has proved to follow from those before."""
    try:
        with zipfile.ZipFile(file) as archive:
            _has_each_name_once(archive)
            pack = _follow(archive, look)
            _belongs(archive, pack)
            _files_are_as_sealed(archive, pack)
            return pack
    except DAMAGED as error:
        raise Broken(f"The file is damaged, or no pack: {error or type(error).__name__}.") from error


def read(archive: zipfile.ZipFile) -> Iterator[Line]:
    """The entries, each proved to follow from the one before."""
    expected, head = 1, BEGINNING
    with archive.open(ENTRIES) as lines:
        while text := lines.readline(LONGEST_LINE):
            yield (line := _line(text, expected, head))
            expected, head = expected + 1, line.hash


def _has_each_name_once(archive: zipfile.ZipFile) -> None:
    names = [info.filename for info in archive.infolist()]
    for name in (ENTRIES, MANIFEST):
        if name not in names:
            raise Broken(f"{name} is missing.")
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) != len(set(names)) else []
    if twice:
        raise Broken(f"{_shown(twice[0])} is in the pack twice.")


def _follow(archive: zipfile.ZipFile, look: Callable[[Entry], object]) -> Pack:
    pack: Optional[Pack] = None  # noqa: UP045
    number, head, kinds = 0, BEGINNING, dict[str, int]()
    for line in read(archive):
        if pack:
            raise Broken(f"Entry {number + 1} was added: the pack ends with entry {number}.", number + 1)
        number, head = number + 1, line.hash
        kind = str(line.entry.get("kind"))
        kinds[kind] = kinds.get(kind, 0) + 1
        look(line.entry)
        if kind == "pack":
            _says_what_it_is(line.entry, number)
            pack = Pack(head, number, line.entry, kinds)
    if not pack:
        raise Broken(f"The pack is cut off: nothing follows entry {number}, which is not its last.", number + 1)
    return pack


def _says_what_it_is(closing: Entry, number: int) -> None:
    upgrade, files = closing.get("upgrade"), closing.get("files")
    is_known = isinstance(upgrade, dict) and isinstance(upgrade.get("id"), int)
    if not is_known or not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
        raise Broken(f"Entry {number}, the last, does not say what is in the pack.", number)


def _line(text: bytes, expected: int, head: str) -> Line:
    """Whether these bytes are the entry that has to come next."""
    found = LINE.fullmatch(text)
    if not found:
        raise Broken(f"Entry {expected} was changed: it does not have the form of an entry.", expected)
    stated, body = found[1].decode(), b"{" + found[2]
    if hashlib.sha256(body).hexdigest() != stated:
        raise Broken(f"Entry {expected} was changed: its content does not have the hash that it states.", expected)
    entry = _read(body, expected)
    number = entry.get("seq")
    if number != expected:
        what = "is missing" if isinstance(number, int) and number > expected else "is not where it belongs"
        raise Broken(f"Entry {expected} {what}: entry {_shown(number)} stands in its place.", expected)
    if entry.get("prev") != head:
        raise Broken(
            f"Entry {expected} does not follow from the entry before it: one of the two was replaced.", expected
        )
    return Line(entry, stated)


def _read(body: bytes, number: int) -> Entry:
    """Written in one way only, so that no two programs read it differently."""
    try:
        entry = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken(f"Entry {number} was changed: it cannot be read.", number) from error
    if not isinstance(entry, dict) or canonical(entry) != body:
        raise Broken(f"Entry {number} was changed: it is not written as entries are.", number)
    return entry


def canonical(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def manifest_of(closing: Mapping[str, Any], *, head: str, entries: int) -> bytes:
    """The last entry for people to read, with its hash."""
    said = {name: value for name, value in closing.items() if name not in ("hash", "prev", "seq", "kind")}
    return json.dumps({**said, "entries": entries, "head": head}, sort_keys=True, indent=2).encode("ascii") + b"\n"


def _belongs(archive: zipfile.ZipFile, pack: Pack) -> None:
    with archive.open(MANIFEST) as file:
        expected = manifest_of(pack.closing, head=pack.head, entries=pack.entries)
        if file.read(len(expected) + 1) != expected:
            raise Broken("manifest.json does not belong to these entries: it was changed, or is that of another pack.")


def _files_are_as_sealed(archive: zipfile.ZipFile, pack: Pack) -> None:
    sealed = pack.closing["files"]
    there = {info.filename for info in archive.infolist()} - {ENTRIES, MANIFEST}
    for name in sorted(there - set(sealed)):
        raise Broken(f"{_shown(name)} was added to the pack.")
    for name in sorted(set(sealed) - there):
        raise Broken(f"{_shown(name)} is missing.")
    for name, sha256 in sorted(sealed.items()):
        if _hash_of(archive, name) != sha256:
            raise Broken(f"{_shown(name)} was changed.")


def _hash_of(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _shown(value: object) -> str:
    """A name from a hostile file does nothing to a terminal."""
    return ascii(value)[:100]


def sentences(pack: Pack) -> Iterator[str]:
    """For people. What stands in the pack is shown so that it does nothing to a terminal."""
    closing = pack.closing
    name = closing["upgrade"].get("name")
    yield f"Intact: {pack.entries} entries about {_shown(name)}, made at {_shown(closing.get('made_at'))}."
    yield "Entries: " + ", ".join(f"{number} {kind}" for kind, number in sorted(pack.kinds.items()))
    yield f"Head: {pack.head}"


def main(arguments: Optional[list[str]] = None) -> int:  # noqa: UP045
    parser = argparse.ArgumentParser(description="Verifies a proof-of-notice pack. Exit status: 0 intact, 1 not.")
    parser.add_argument("pack", help="The ZIP.")
    parser.add_argument("--head", help="The head that whoever made it has kept: 64 hexadecimal digits.")
    options = parser.parse_args(arguments)
    try:
        pack = verify(options.pack)
        if options.head and options.head.strip().lower() != pack.head:
            raise Broken(f"It is another pack: its head is {pack.head}.")
    except Broken as broken:
        print(f"Not verified. {broken}")
        return 1
    print("\n".join(sentences(pack)))
    if not options.head:
        print("Now compare this head with the one that whoever made the pack has kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
