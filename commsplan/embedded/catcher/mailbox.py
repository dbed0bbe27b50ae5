"""Mails as files, byte for byte as they came, and a list of their envelopes.

`0001/00001234.eml` is the mail; its line in `envelopes.jsonl` says who it came from and went to. The list is kept in
memory too, so a page needs to read no more than the mails it shows.
"""

import fcntl
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Sequence
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import NamedTuple

from commsplan.embedded import NotStarted

PER_FOLDER = 1000


class Mail(NamedTuple):
    id: int
    received_at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int

    @property
    def is_to(self) -> str:
        return ", ".join(self.recipients)


class Mailbox:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._writing = threading.Lock()
        self._held = self._hold()
        self._newest = 0
        self._mails = {mail.id: mail for mail in self._listed()}
        self._add_unlisted()
        self._newest = max(self._mails, default=self._newest)
        self._list = self._open_list()

    def add(self, *, sender: str, recipients: Sequence[str], content: bytes) -> Mail:
        with self._writing:
            number = self._newest + 1
            self._write(number, content)
            mail = Mail(number, time.time(), sender, tuple(recipients), subject_of(content), len(content))
            self._note(mail)
        return mail

    def find(self, words: str = "", *, after: int = 0) -> list[Mail]:
        """Newest first; every word must occur in a recipient, the sender or the subject."""
        wanted = words.lower().split()
        with self._writing:
            mails = list(self._mails.values())
        mails = [mail for mail in reversed(mails) if mail.id > after]
        if not wanted:
            return mails
        return [mail for mail in mails if all(word in _haystack(mail) for word in wanted)]

    def get(self, number: int) -> Mail | None:
        return self._mails.get(number)

    def read(self, mail: Mail) -> bytes:
        return self._file(mail.id).read_bytes()

    def __len__(self) -> int:
        return len(self._mails)

    @property
    def newest(self) -> int:
        return self._newest

    def clear(self) -> None:
        """Numbers go on, so that an old link never shows another mail."""
        with self._writing:
            self._list.close()
            trash = self.folder / ".trash"
            trash.mkdir(exist_ok=True)
            for entry in list(self.folder.iterdir()):
                if entry.name.isdigit() or entry.name == "envelopes.jsonl":
                    entry.rename(trash / entry.name)
            self._mails = {}
            self._list = self._open_list()
            self._list.write(json.dumps({"newest": self._newest}) + "\n")
        shutil.rmtree(trash, ignore_errors=True)

    def close(self) -> None:
        self._list.close()
        os.close(self._held)

    def _hold(self) -> int:
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise NotStarted(f"Another mail catcher already keeps its mail in {self.folder}.") from error
        return descriptor

    def _file(self, number: int) -> Path:
        return self.folder / f"{number // PER_FOLDER:04d}" / f"{number:08d}.eml"

    def _write(self, number: int, content: bytes) -> None:
        file = self._file(number)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(content)
        part.rename(file)

    def _note(self, mail: Mail) -> None:
        self._list.write(json.dumps(mail, ensure_ascii=False) + "\n")
        self._mails[mail.id] = mail
        self._newest = mail.id

    def _open_list(self):
        return (self.folder / "envelopes.jsonl").open("a", buffering=1, encoding="utf-8", errors="surrogateescape")

    def _listed(self) -> list[Mail]:
        file = self.folder / "envelopes.jsonl"
        if not file.exists():
            return []
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        if found := re.fullmatch(r'\{"newest": (\d+)\}', lines[0]):
            self._newest = int(found[1])
        return [mail for mail in map(_mail_of, lines) if mail]

    def _add_unlisted(self) -> None:
        """A mail whose line is missing (killed between the two writes) is listed by what its header says."""
        files = (file for folder in self.folder.iterdir() if folder.name.isdigit() for file in folder.iterdir())
        unlisted = [file for file in files if file.suffix == ".eml" and int(file.stem) not in self._mails]
        if not unlisted:
            return
        with self._open_list() as listing:
            for file in sorted(unlisted):
                content = file.read_bytes()
                mail = Mail(
                    int(file.stem), file.stat().st_mtime, *_addresses(content), subject_of(content), len(content)
                )
                listing.write(json.dumps(mail, ensure_ascii=False) + "\n")
                self._mails[mail.id] = mail
        self._mails = dict(sorted(self._mails.items()))


def subject_of(content: bytes) -> str:
    return _decoded(BytesHeaderParser().parsebytes(content[:65536])["Subject"])


def _decoded(value: object) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(value or "")))).split())
    except (LookupError, ValueError):
        return str(value)


def _addresses(content: bytes) -> tuple[str, tuple[str, ...]]:
    header = BytesHeaderParser().parsebytes(content[:65536])
    return _decoded(header["From"]), tuple(_decoded(value) for value in header.get_all("To", []))


def _mail_of(line: str) -> Mail | None:
    try:
        number, received_at, sender, recipients, subject, size = json.loads(line)
    except (ValueError, TypeError):
        return None  # the line that a crash cut off, or the note that `clear` leaves
    return Mail(number, received_at, sender, tuple(recipients), subject, size)


def _haystack(mail: Mail) -> str:
    return f"{mail.is_to} {mail.sender} {mail.subject}".lower()
