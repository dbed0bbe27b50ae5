"""One message."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime

from notices.channels.base import ChannelError, Envelope
from notices.channels.mime import bodies
from notices.channels.mime.headers import links, mailbox, parsed, safe, words


def build(envelope: Envelope) -> bytes:
    """Raises ChannelError (permanent) for what cannot become a message."""
    try:
        texts = [bodies.text_part(bodies.PLAIN, envelope.text), bodies.text_part(bodies.HTML, envelope.html)]
        calendars = [(calendar, bodies.base64(calendar.data)) for calendar in envelope.calendars]
        return head(headers(envelope)) + bodies.body(texts, calendars)
    except UnicodeEncodeError as error:
        raise not_text() from error


def not_text() -> ChannelError:
    return ChannelError("The message holds characters that cannot be sent.", permanent=True)


def headers(envelope: Envelope) -> dict[str, str]:
    return {
        "From": mailbox(*parsed(envelope.sender)),
        "Reply-To": mailbox(*parsed(envelope.reply_to)) if envelope.reply_to else "",
        "To": mailbox(envelope.name, envelope.address),
        "Subject": words(envelope.subject, "Subject: "),
        "Date": format_datetime(envelope.date.astimezone(UTC)),
        "Message-ID": safe(envelope.message_id),
        "In-Reply-To": safe(envelope.thread_id),
        "References": safe(envelope.thread_id),
        "List-Id": safe(envelope.list_id),
        "List-Unsubscribe": links(envelope.unsubscribe_url, envelope.unsubscribe_mailto),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if envelope.one_click else "",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Feedback-ID": safe(envelope.feedback_id),
        "Content-Language": safe(envelope.language),
        **{safe(name): safe(value) for name, value in envelope.extra.items()},
        "MIME-Version": "1.0",
    }


def head(lines: Mapping[str, str]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in lines.items() if value]).encode("ascii")
