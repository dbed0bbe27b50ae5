"""One adapter for each channel that sends. The status page is not among them: it shows what is released."""

from collections.abc import Callable
from typing import Protocol

from notices.channels.base import Accepted, Envelope
from notices.channels.email import Mailbox
from stakeholders.enums import Channel


class Sender(Protocol):
    """Keeps a connection for as long as it lives. Raises ChannelError and its kind, nothing else that it foresees."""

    def build(self, envelope: Envelope) -> bytes: ...

    def send(self, envelope: Envelope, content: bytes, *, hold: Callable[[], None]) -> Accepted: ...

    def close(self) -> None: ...


SENDERS: dict[str, Callable[[], Sender]] = {Channel.EMAIL: Mailbox}
