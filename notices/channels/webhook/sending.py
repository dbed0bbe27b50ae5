"""Standard Webhooks: an id that stays the same with every repeat, the time of this try, and HMAC-SHA-256 over both and
the body. Who listens refuses old times and known ids: so nobody can play a message twice."""

import base64
import binascii
import hmac
from collections.abc import Callable
from time import time

from notices.channels import rooms
from notices.channels.base import Accepted, Access, ChannelDown, Parcel
from notices.channels.http import Client, refusal

PREFIX = "whsec_"
SHORTEST_KEY = 24


def check_key(text: str) -> str:
    if text.startswith(PREFIX):
        secret_of(text)
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"A signing key has at least {SHORTEST_KEY} characters.")
    return text


def secret_of(key: str) -> bytes:
    """With the prefix it is base64, as the standard has it; without, its characters are the key."""
    if not key.startswith(PREFIX):
        return key.encode()
    try:
        return base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("After whsec_ there must be base64.") from error


def signature(key: str, *, id: str, timestamp: int, content: bytes) -> str:
    digest = hmac.digest(secret_of(key), f"{id}.{timestamp}.".encode() + content, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


class Sender:
    def __init__(self, access: Access, clock: Callable[[], float] = time) -> None:
        self._key = access.secrets.get("key", "")
        self._clock = clock
        self._client = Client()

    def send(self, parcel: Parcel) -> Accepted:
        url = rooms.door_of(parcel)
        if not self._key:
            raise ChannelDown("There is no signing key for webhooks.")
        id, timestamp = f"message-{parcel.key}", int(self._clock())
        headers = {
            "Webhook-Id": id,
            "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": signature(self._key, id=id, timestamp=timestamp, content=parcel.content),
            "Idempotency-Key": id,
        }
        answer = self._client.post(url, parcel.content, headers=headers, may_leave=parcel.may_leave, repeatable=True)
        if not answer.is_fine:
            raise refusal(answer, service="The receiver", own_door=True, repeatable=True)
        return Accepted(f"{answer.status} {answer.words}".strip())

    def close(self) -> None:
        self._client.close()
