"""Messages for a channel that nobody has set up, or not any more: they do not wait for ever."""

import logging
from datetime import datetime, timedelta

from django.db import connection

from notices.channels import SENDERS
from notices.enums import UNSENT, MessageState
from notices.models import Message
from notices.pipeline.outlets import offered
from stakeholders.enums import Channel

log = logging.getLogger(__name__)

WAITING = """
SELECT wanted.channel FROM unnest(%s::text[]) AS wanted (channel) WHERE EXISTS (
    SELECT FROM notices_message WHERE channel = wanted.channel AND state IN ('queued', 'deferred'))
"""
PATIENCE = timedelta(minutes=15)  # for whoever is just setting it up


def end(*, now: datetime) -> int:
    """They fail with the reason, so their notice shows it, and whoever sets the channel up can try them again."""
    waiting = _waiting()
    return sum(_end(channel, now=now) for channel in offered.not_set_up(waiting)) if waiting else 0


def _waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [[one for one in SENDERS if one != Channel.EMAIL]])
        return [channel for (channel,) in cursor.fetchall()]


def _end(channel: Channel, *, now: datetime) -> int:
    """What somebody has paused waits for their word."""
    due = Message.objects.filter(channel=channel, state__in=UNSENT, not_before__lte=now - PATIENCE)
    due = due.filter(notice__paused_at=None)
    ended = due.end(MessageState.FAILED, reason=reason(channel))
    if ended:
        log.warning("channel not set up: channel=%s messages=%s", channel, ended)
    return ended


def reason(channel: Channel) -> str:
    return f"{channel.label} is not set up. Set it up and try again, or tell them another way."
