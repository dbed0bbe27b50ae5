"""One small message over a channel, to see whether it works."""

from collections.abc import Callable
from datetime import datetime
from html import escape
from time import monotonic

from notices.channels.base import Access, ChannelDown, ChannelError, Envelope, Outcome, Parcel
from notices.channels.kind import Kind

SECONDS = 45.0
TEST = "X-CommsPlan-Test"  # in the extra of an envelope, a header of a mail: nobody needs to act on this one
SUBJECT = "This is a test"
TEXT = "CommsPlan can send over this channel. Nobody needs to do anything."
LINK = "Open CommsPlan"


def letter(*, address: str, sender: str, bounce_to: str, message_id: str, url: str, now: datetime) -> Envelope:
    words, anchor = f"<p>{TEXT}</p>", f'<a href="{escape(url)}">{LINK}</a>'
    return Envelope(
        key=int(now.timestamp() * 1_000_000),  # no message has it: services that know a repeated one see a new one
        address=address,
        name=address,
        language="en",
        subject=SUBJECT,
        text=f"{TEXT}\n\n{LINK}:\n{url}\n",
        html=f'<div class="words">{words}</div>\n<p class="button">{anchor}</p>\n',
        sender=sender,
        reply_to=sender,
        bounce_to=bounce_to,
        message_id=message_id,
        thread_id="<test@commsplan>",
        list_id="",
        date=now,
        extra={TEST: "yes"},
    )


def try_out(kind: Kind, access: Access, envelope: Envelope, *, secret: str = "", seconds: float = SECONDS) -> Outcome:
    """What came of it; never raises what a channel foresees."""
    try:
        content = kind.build(envelope)
    except ChannelError as error:
        return error
    parcel = Parcel(envelope.key, envelope.bounce_to, envelope.address, content, secret=secret)
    return hand_over(kind, access, parcel, seconds=seconds)


def hand_over(kind: Kind, access: Access, parcel: Parcel, *, seconds: float = SECONDS) -> Outcome:
    """One parcel, waited for. Never raises what a channel foresees."""
    try:
        post = kind.open(access)
    except ChannelError as error:
        return error
    try:
        post.put(parcel)
        return _outcome(post.collect, until=monotonic() + seconds)
    except ChannelDown as error:
        post.abandon()
        return error
    finally:
        post.close()


def _outcome(collect: Callable, *, until: float) -> Outcome:
    while (left := until - monotonic()) > 0:
        for _, outcome in collect(left):
            return outcome
    return ChannelError("There was no answer in time.", permanent=False, unknown=True)
