"""What a server says, cut into replies, however it arrives."""

import re
from dataclasses import dataclass

LONGEST_REPLY = 65_536  # bytes
LONGEST_TEXT = 400  # characters that are kept of it
LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\ufffd]+")


class Garbled(Exception):
    """This is not what a mail server says."""


@dataclass(frozen=True)
class Reply:
    code: int
    text: str = ""

    @property
    def kind(self) -> int:
        return self.code // 100

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Replies:
    """Collects bytes until they are replies. The last line's code counts."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are complete now. What comes before something garbled is not lost: see `Garbled.args`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        found: list[Reply] = []
        for line in lines:
            try:
                if reply := self._line(line):
                    found.append(reply)
            except Garbled as error:
                raise Garbled(str(error), found) from None
        if self._size + len(self._rest) > LONGEST_REPLY:
            raise Garbled("The server answered without end.", found)
        return found

    def _line(self, line: bytes) -> Reply | None:
        if not (match := LINE.fullmatch(line.removesuffix(b"\r"))):
            raise Garbled("The server answered something that is no reply.")
        self._size += len(line)
        if self._size > LONGEST_REPLY:
            raise Garbled("The server answered without end.")
        self._lines.append(match[3] or b"")
        if match[2] == b"-":
            return None
        text = printable(b" ".join(self._lines))
        self._lines, self._size = [], 0
        return Reply(int(match[1]), text)


def printable(text: bytes | str) -> str:
    text = text if isinstance(text, str) else text[: 4 * LONGEST_TEXT].decode("utf-8", "replace")
    return UNPRINTABLE.sub(" ", text).strip()[:LONGEST_TEXT]
