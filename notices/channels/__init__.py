"""One adapter for each channel that sends, a folder of the same shape each. What is only shown (the status page, the
banner) is not among them.

`KINDS` are all that can be set up; `SENDERS` are those that messages are made for.
"""

from collections.abc import Callable
from typing import Protocol

from notices.channels import apprise, email, googlechat, matrix, mattermost, slack, sms, teams, webhook
from notices.channels.base import Accepted, Envelope
from notices.channels.email import Mailbox
from notices.channels.kind import Field, Kind, Limits, Place, Wrong
from stakeholders.enums import Channel

__all__ = ["KINDS", "SENDERS", "Field", "Kind", "Limits", "Place", "Sender", "Wrong"]


class Sender(Protocol):
    """Keeps a connection for as long as it lives. Raises ChannelError and its kind, nothing else that it foresees."""

    def build(self, envelope: Envelope) -> bytes: ...

    def send(self, envelope: Envelope, content: bytes, *, hold: Callable[[], None]) -> Accepted: ...

    def close(self) -> None: ...


class Mail(Kind):
    def __call__(self) -> Mailbox:
        return Mailbox()


EMAIL = Mail(
    channel=Channel.EMAIL,
    summary="Through a mail server, as EMAIL_URL names it.",
    address=Place("Mail address", "", "cai@example.org", of_people=True, of_rooms=True),
    build=lambda envelope: Mailbox().build(envelope),
    open=email.Mail,
    depends_on=("the mail server", "mailboxes"),
)

KINDS: dict[str, Kind] = {
    kind.channel: kind
    for kind in (
        *(EMAIL, teams.KIND, slack.KIND, mattermost.KIND, matrix.KIND, googlechat.KIND),
        *(sms.KIND, webhook.KIND, apprise.KIND),
    )
}
SENDERS: dict[str, Mail] = {Channel.EMAIL: EMAIL}
