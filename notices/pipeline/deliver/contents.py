"""Each message as bytes."""

from collections.abc import Callable
from typing import Protocol

from notices.channels import KINDS
from notices.pipeline import render
from notices.pipeline.outbox import Claimed
from notices.pipeline.render.stamping import Stamped, Stamps
from stakeholders.enums import Channel


class Contents(Protocol):
    """Raises ChannelError for what cannot be sent."""

    def of(self, row: Claimed) -> Stamped: ...


class Built:
    """For channels whose messages are short, each in its own form."""

    def __init__(self, channel: str) -> None:
        self._build: Callable = KINDS[channel].build

    def of(self, row: Claimed) -> Stamped:
        envelope = render.of_message(row)
        return Stamped(envelope.bounce_to, row.address, self._build(envelope))


def contents(channel: str) -> Contents:
    return Stamps() if channel == Channel.EMAIL else Built(channel)
