"""What a server answered, and what that means for a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Later

LONGEST_WAIT = 86_400.0
WORDS = 200
TIMED_OUT, TOO_EARLY, TOO_MANY, GATEWAY_TIMED_OUT = 408, 425, 429, 504


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> dict[str, Any]:
        """The object that it is in JSON; empty where it is none."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def words(self) -> str:
        """The beginning, for people."""
        text = self.body[: 4 * WORDS].decode("utf-8", "replace")
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:WORDS]


def refusal(answer: Answer, *, service: str, own_door: bool = False, repeatable: bool = False) -> ChannelError:
    """`own_door`: the address itself lets in, so being kept out is about this room alone; otherwise our key does not
    fit, and nothing can be sent to anybody."""
    status, wait = answer.status, waiting_time(answer)
    sentence = f"{service} answered {status} {answer.words}".strip()
    if status in (401, 403):
        return ChannelError(sentence, permanent=True) if own_door else ChannelDown(sentence)
    if status in (404, 410):
        return AddressRefused(sentence)
    if status == TOO_MANY:
        return ChannelError(sentence, permanent=False, later=Later.THROTTLED, wait=wait)
    if status in (TIMED_OUT, TOO_EARLY):
        return ChannelError(sentence, permanent=False, later=Later.TIMED_OUT, wait=wait)
    if status == GATEWAY_TIMED_OUT:
        return ChannelError(sentence, permanent=False, unknown=not repeatable, later=Later.TIMED_OUT, wait=wait)
    if status >= 500:
        return ChannelError(sentence, permanent=False, wait=wait)
    if 300 <= status < 400:
        return ChannelError(f"{service} sends us to another address, and we follow none.", permanent=True)
    return ChannelError(sentence, permanent=True)


def waiting_time(answer: Answer) -> float:
    """Seconds, of Retry-After: a number or a date."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text)
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0


def _seconds_until(text: str) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
