"""What a channel is given and what it answers. Nothing in this folder knows a model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class CalendarPart:
    """An iCalendar file. `method` is empty for information that does not drop into a personal calendar."""

    data: bytes
    method: str = ""
    filename: str = "event.ics"


@dataclass(frozen=True)
class Envelope:
    """One message, ready for the outside world."""

    key: int  # of the message row: Message-ID, envelope sender and idempotency key are derived from it
    address: str
    name: str
    language: str
    subject: str
    text: str
    html: str
    sender: str  # "Name <address>"
    reply_to: str
    bounce_to: str  # envelope sender (VERP)
    message_id: str
    thread_id: str
    list_id: str
    date: datetime
    feedback_id: str = ""
    unsubscribe_url: str = ""  # empty for a distribution list
    unsubscribe_mailto: str = ""
    one_click: bool = False
    calendars: tuple[CalendarPart, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def calendar(self) -> CalendarPart | None:
        return self.calendars[0] if self.calendars else None


@dataclass(frozen=True)
class Accepted:
    """The next hop took responsibility."""

    detail: str = ""


class Later(StrEnum):
    """Why it did not work for now: each has waiting times of its own (pipeline.deliver)."""

    REFUSED = "refused"  # 4xx about this message or this mailbox
    GREYLISTED = "greylisted"
    THROTTLED = "throttled"  # 432, 450, 451, 452, 454 with such words, 429: we are too fast
    CONNECTIONS = "connections"  # too many connections
    TIMED_OUT = "timed out"
    LOST = "lost"  # the connection


class ChannelError(Exception):
    """The message did not go out. `permanent`: trying again will not help. `unknown`: it may have gone out. `later`:
    why it did not work for now; `wait`: the seconds that the other side asked for. `of_us`: it is about who sends, and
    so about all messages; `of_letter`: about what is sent, and so about neither who sends nor who gets it."""

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool,
        unknown: bool = False,
        closes: bool = False,
        later: Later = Later.REFUSED,
        wait: float = 0,
        of_us: bool = False,
        of_letter: bool = False,
    ):
        super().__init__(sentence)
        self.permanent = permanent
        self.unknown = unknown
        self.closes = closes  # the connection is of no more use
        self.later = later
        self.wait = wait
        self.of_us = of_us
        self.of_letter = of_letter


class ChannelDown(ChannelError):
    """Nothing can be sent over this channel now. It says nothing about the message, which was not touched."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=False, closes=True)


class AddressRefused(ChannelError):
    """There is nobody at this address, today or tomorrow."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=True)


class NotOurs(ChannelError):
    """It became somebody else's message before it was handed over."""

    def __init__(self) -> None:
        super().__init__("Another worker has this message by now.", permanent=False)


def said_by(error: Exception) -> str:
    """In words, without the number that the system has for it."""
    words = error.strerror if isinstance(error, OSError) else None
    return words or str(error) or type(error).__name__


@dataclass(frozen=True)
class Access:
    """With what a channel gets in, and how many doors it may use at once. `per_connection`: 0 for as many as the other
    side takes."""

    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    connections: int = 1
    per_connection: int = 0


@dataclass(frozen=True)
class Parcel:
    """One message, ready to be handed over. `may_leave` is asked before its first and before its last piece."""

    key: int
    bounce_to: str
    address: str
    content: bytes
    may_leave: Callable[[], bool] = lambda: True
    secret: str = field(default="", repr=False)  # the address of a room that lets in whoever knows it
    wire: bytes = b""  # of a mail, where it is known: the content as it travels, up to the final dot


Outcome = Accepted | ChannelError


class Sender(Protocol):
    """Hands over one parcel after the other. Keeps its connection for as long as it lives, and belongs to one thread.
    Raises ChannelError and its kinds, nothing else that it foresees. `one_by_one` makes a Post of several."""

    def send(self, parcel: Parcel) -> Accepted: ...

    def close(self) -> None: ...


class Post(Protocol):
    """Hands parcels over, several at a time. Keeps its connections for as long as it lives.

    What `collect` returns is recorded by the caller before the next content leaves: a parcel that was put waits on its
    connection until the caller comes back.
    """

    def room(self) -> int:
        """How many more may be put."""
        ...

    def put(self, parcel: Parcel) -> None: ...

    def collect(self, seconds: float) -> Sequence[tuple[Parcel, Outcome]]:
        """What was finished, as soon as there is any; nothing when the time is up. Raises ChannelDown when nothing can
        be sent over this channel now; what was put and not collected by then is returned by `abandon`."""
        ...

    def abandon(self, meanwhile: Callable[[], None] = lambda: None) -> Sequence[tuple[Parcel, Outcome | None]]:
        """Everything that was put and not collected, and what is known of it; None: it was not touched. `meanwhile`:
        to be done now and then, if that takes a while."""
        ...

    def close(self) -> None: ...
