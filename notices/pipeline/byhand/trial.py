"""A test to oneself: the words as a reader of the audience would get them, over the same road, to one's own mailbox.

It is no telling: no message is stored, and its links lead nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import make_msgid

from notices.channels import KINDS, trying
from notices.channels.base import Accepted, ChannelError, Envelope
from notices.models import Notice
from notices.pipeline import ledger, outlets, render
from stakeholders.enums import Channel
from stakeholders.models import Person

MARK = "[Test]"


def send(notice: Notice, *, to, reader: Person, words: Sequence[Mapping] | None = None, now: datetime) -> Accepted:
    """As `reader` would read it, to the account `to`. `words`: not the notice's own. Raises ChannelError when they
    cannot be rendered or the mail server refuses."""
    test = envelope(notice, to=to, reader=reader, words=words, now=now)
    access = outlets.access(outlets.in_use(Channel.EMAIL, now=now), connections=1)
    outcome = trying.try_out(KINDS[Channel.EMAIL], access, test)
    if isinstance(outcome, ChannelError):
        raise outcome
    return outcome


def envelope(notice: Notice, *, to, reader: Person, words: Sequence[Mapping] | None = None, now: datetime) -> Envelope:
    told = ledger.to_reader(notice, reader, now=now)
    seen = render.preview(notice, person=reader, words=words, told=told, now=now)
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
