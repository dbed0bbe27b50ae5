"""Letters of which no two are alike, and whether a server got each of them once and as it was. LETTERS: how many."""

import mailbox
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic, sleep

from notices.channels import KINDS
from notices.channels.base import Accepted, Access, ChannelDown, Outcome, Parcel
from stakeholders.enums import Channel

MANY = int(os.environ.get("LETTERS", "60"))
DOTS = ".\n..\n...\n.Begins with a dot.\n. \n\n.\n"
BODIES = [
    "Mail stops on Tuesday.\n",
    "",
    "\n",
    "\n\n\nEmpty lines before.\n",
    "Empty lines behind.\n\n\n\n",
    "No line end behind it",
    DOTS,
    f"Dots in the middle.\n{DOTS}And no end.",
    ".",
    "\n.",
    ".\n.\n.\n",
    f"{'x' * 998}\n" * 20,
    f".{'y' * 990}\n" * 5,
    "Blanks behind.   \t\nTabs\tbetween.\n",
    "From the start of a line.\nFrom: nobody@example.org\n\nFrom here on\n",
    "MAIL FROM:<x@example.org>\nRCPT TO:<y@example.org>\nDATA\nQUIT\n",
    "=C3=BC\n=\n=2E\n",
    "--boundary\n--boundary--\n",
    "A line.\n" * 700,
    "It does so for all.\n" * 3500,
]


def letter(key: int, address: str = "", body: str | None = None) -> Parcel:
    text = BODIES[key % len(BODIES)] if body is None else body
    content = (
        f"Message-ID: <m{key}@example.org>\nSubject: Letter {key}\nFrom: CommsPlan <ana@example.org>\n"
        f"Date: Mon, 23 Nov 2026 08:00:00 +0000\nTo: {address or f'p{key}@example.org'}\nX-Key: {key}\n\n{text}"
    )
    content = content if content.endswith("\n") else content + "\n"
    return Parcel(
        key,
        f"bounce+{key:x}.0123456789abcdef@example.com",
        address or f"p{key}@example.org",
        content.replace("\n", "\r\n").encode(),
    )


def letters(count: int = MANY) -> list[Parcel]:
    return [letter(key) for key in range(1, count + 1)]


def opened(connections: int = 4, per_connection: int = 0):
    return KINDS[Channel.EMAIL].open(Access(connections=connections, per_connection=per_connection))


def handed_over(
    parcels: Iterable[Parcel], *, connections: int = 4, per_connection: int = 0, seconds: float = 180
) -> dict[int, Outcome]:
    """As delivery does it; the outcome of each by its key. Fails where one has none in time, or two."""
    todo, outcomes, until = list(parcels), {}, monotonic() + seconds
    total, post = len(todo), opened(connections, per_connection)
    try:
        while len(outcomes) < total:
            assert monotonic() < until, f"only {len(outcomes)} of {total}: {said(outcomes)}"
            while todo and post.room():
                post.put(todo.pop(0))
            for parcel, outcome in post.collect(0.2):
                assert parcel.key not in outcomes
                outcomes[parcel.key] = outcome
    finally:
        post.close()
    return outcomes


def with_patience(parcels: Sequence[Parcel], *, rounds: int = 20, pause: float = 0.2, **how) -> dict[int, Outcome]:
    """Those that were refused for now are handed over again, as delivery does after a while."""
    outcomes: dict[int, Outcome] = {}
    left = list(parcels)
    for _ in range(rounds):
        outcomes |= handed_over(left, **how)
        left = [one for one in left if _comes_again(outcomes[one.key])]
        if not left:
            break
        sleep(pause)
    return outcomes


def _comes_again(outcome: Outcome) -> bool:
    return not isinstance(outcome, Accepted) and not outcome.permanent


def down(parcel: Parcel | None = None, seconds: float = 90) -> str:
    """What the administrator reads where the server does not let us in."""
    post = opened(1)
    try:
        post.put(parcel or letter(1))
        until = monotonic() + seconds
        while monotonic() < until:
            for _, outcome in post.collect(0.2):
                raise AssertionError(f"The server is not down: {outcome}")
    except ChannelDown as error:
        assert [known for _, known in post.abandon()] == [None]
        return str(error)
    finally:
        post.close()
    raise AssertionError("no word of the server")


def kinds(outcomes: dict[int, Outcome]) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes.values())


def said(outcomes: dict[int, Outcome]) -> Counter:
    return Counter(str(one) for one in outcomes.values() if not isinstance(one, Accepted))


def accepted(outcomes: dict[int, Outcome]) -> set[int]:
    return {key for key, outcome in outcomes.items() if isinstance(outcome, Accepted)}


def as_sent(content: bytes) -> bytes:
    """Without what a server puts on top, and with the line ends of files."""
    _, mark, rest = content.replace(b"\r\n", b"\n").partition(b"Message-ID: ")
    return mark + rest


class Arrived:
    """A maildir."""

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def contents(self) -> list[bytes]:
        if not all((self.folder / part).exists() for part in ("new", "cur", "tmp")):  # nothing came yet
            return []
        box = mailbox.Maildir(self.folder)
        return [as_sent(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118  a mailbox iterates over its mails

    def wait(self, count: int, seconds: float = 90) -> list[bytes]:
        until = monotonic() + seconds
        while len(found := self.contents) < count and monotonic() < until:
            sleep(0.1)
        return found

    def assert_once_and_as_they_are(self, parcels: Iterable[Parcel]) -> None:
        wanted = Counter(as_sent(one.content) for one in parcels)
        found = Counter(self.wait(wanted.total()))
        assert found.total() == wanted.total()
        assert found == wanted
