"""Entries that follow from each other. Pure: no clock, no database.

An entry is one line: {"hash":"<64 hexadecimal digits>",…}, the rest sorted by name, ASCII, without blanks. The hash is
the SHA-256 of the line without its own hash (without the bytes 2 to 75); `prev` is the hash of the line before.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BEGINNING = "0" * 64
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(value: Any) -> bytes:
    return ENCODER.encode(value).encode("ascii")


@dataclass
class Chain:
    """`head` is the hash of the last entry."""

    head: str = BEGINNING
    length: int = 0

    def seal(self, entry: Mapping[str, Any]) -> bytes:
        """The line of the next entry, with its end."""
        body = canonical({**entry, "seq": self.length + 1, "prev": self.head})
        self.head = hashlib.sha256(body).hexdigest()
        self.length += 1
        return b'{"hash":"%s",%s\n' % (self.head.encode(), body[1:])
