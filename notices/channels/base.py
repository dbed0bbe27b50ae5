"""What a channel is given and what it answers. Nothing in this folder knows a model."""

from dataclasses import dataclass, field
from datetime import datetime


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


class ChannelError(Exception):
    """The message did not go out. `permanent`: trying again will not help. `unknown`: it may have gone out."""

    def __init__(self, sentence: str, *, permanent: bool, unknown: bool = False, closes: bool = False):
        super().__init__(sentence)
        self.permanent = permanent
        self.unknown = unknown
        self.closes = closes  # the connection is of no more use


class ChannelDown(ChannelError):
    """Nothing can be sent over this channel now. It says nothing about the message, which was not touched."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=False, closes=True)


class AddressRefused(ChannelError):
    """There is nobody at this address, today or tomorrow."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=True)
