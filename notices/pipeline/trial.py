"""A test to oneself: the words as a reader of the audience would get them, over the same road, to one's own mailbox.

It is no telling: no message is stored, and its links lead nowhere.
"""

from dataclasses import replace
from datetime import datetime
from email.utils import make_msgid

from notices import reach
from notices.channels import SENDERS
from notices.channels.base import Accepted, Envelope
from notices.models import Notice
from notices.pipeline import render
from stakeholders.enums import Channel

MARK = "[Test]"


def send(notice: Notice, *, to, now: datetime) -> Accepted:
    """Raises ChannelError when the words cannot be rendered or the mail server refuses."""
    mailbox = SENDERS[Channel.EMAIL]()
    try:
        test = envelope(notice, to=to, now=now)
        return mailbox.send(test, mailbox.build(test), hold=lambda: None)
    finally:
        mailbox.close()


def envelope(notice: Notice, *, to, now: datetime) -> Envelope:
    """As the account's own person reads it, if there is one; else as the first reader of the audience."""
    person = getattr(to, "person", None) or reach.reader(notice)
    seen = render.preview(notice, person=person, now=now)
    return replace(
        seen,
        address=to.email,
        name=to.name,
        subject=f"{MARK} {seen.subject}",
        message_id=make_msgid(domain=seen.message_id.strip("<>").rpartition("@")[2] or None),
        unsubscribe_url="",
        unsubscribe_mailto="",
        one_click=False,
    )
