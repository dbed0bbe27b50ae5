"""Each message as bytes, for the worker and for whoever wants to see later what it sent."""

from collections.abc import Callable
from typing import Protocol

from notices.channels import KINDS, mime
from notices.models import Message
from notices.pipeline import render
from notices.pipeline.outbox import Claimed, order_in_digest
from notices.pipeline.render.stamping import Stamped, Stamps
from stakeholders.enums import Channel


class Contents(Protocol):
    """Raises ChannelError for what cannot be sent."""

    def of(self, row: Claimed) -> Stamped: ...


class Mails:
    """A letter is compiled once for all its readers; a digest is one of a kind."""

    def __init__(self) -> None:
        self._stamps = Stamps()

    def of(self, row: Claimed) -> Stamped:
        if not row.others:
            return self._stamps.of(row)
        envelope = render.of_messages(row.all)
        return Stamped(envelope.bounce_to, envelope.address, mime.build(envelope))


class Built:
    """For channels whose messages are short, each in its own form."""

    def __init__(self, channel: str) -> None:
        self._build: Callable = KINDS[channel].build

    def of(self, row: Claimed) -> Stamped:
        envelope = render.of_message(row)
        return Stamped(envelope.bounce_to, row.address, self._build(envelope))


def contents(channel: str) -> Contents:
    return Mails() if channel == Channel.EMAIL else Built(channel)


def again(message: Message) -> bytes:
    """What was sent, made anew. In a digest are those that went to the same reader as the same bytes. Needs
    `variant__revision` and `notice`. Raises CannotRender."""
    if message.channel != Channel.EMAIL:
        return KINDS[message.channel].build(render.of_message(message))
    together = Message.objects.filter(person=message.person_id, channel=message.channel, sha256=message.sha256)
    parts = sorted(together.select_related("notice", "variant__revision"), key=order_in_digest)
    return mime.build(render.of_messages(parts or [message]))
