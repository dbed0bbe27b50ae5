"""Packs that are made by hand, and what a forger does to one."""

import hashlib
import io
import json
import zipfile

from notices.proof.chain import Chain
from notices.proof.verifying import ENTRIES, MANIFEST, manifest_of

UPGRADE = {"id": 1, "slug": "mail", "name": "Mail", "zone": "Europe/Berlin"}
README = b"Read me.\n"


def made(contents=("one", "two", "three", "four", "five", "six")) -> bytes:
    chain = Chain()
    lines = [chain.seal({"kind": "fact", "id": number, "text": text}) for number, text in enumerate(contents)]
    files = {"README.txt": hashlib.sha256(README).hexdigest()}
    closing = {"kind": "pack", "upgrade": UPGRADE, "made_at": "2026-03-02T08:00:00Z", "names": True, "files": files}
    lines.append(chain.seal(closing))
    manifest = manifest_of(closing, head=chain.head, entries=chain.length)
    return zipped({"README.txt": README, ENTRIES: b"".join(lines), MANIFEST: manifest})


def zipped(files: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_lines(pack: bytes, change) -> bytes:
    """`change` gets the lines of the entries, and gives those of the forger."""
    files = unzipped(pack)
    return zipped({**files, ENTRIES: b"".join(change(files[ENTRIES].splitlines(keepends=True)))})


def entries(pack: bytes) -> list[dict]:
    return [json.loads(line) for line in unzipped(pack)[ENTRIES].splitlines()]


def history(pack: bytes) -> list[bytes]:
    """The lines up to where things stand."""
    closing = entries(pack)[-1]
    return unzipped(pack)[ENTRIES].splitlines()[: closing["history"]["entries"]]
