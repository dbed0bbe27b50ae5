"""Links that carry their own proof: an id and 160 bits of HMAC-SHA-256 over it.

Nothing is stored, so a stolen copy of the database opens no link, and a message can be shown again exactly as it was
sent. The purpose is part of what is signed: a survey's token does not unsubscribe anybody.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

SIGNATURE_BYTES = 20


class BadToken(ValueError):
    """The link is damaged, or was never ours."""


def make(purpose: str, pk: int, *, key: str | None = None) -> str:
    body = pk.to_bytes(8, "big")
    return _text(body + _sign(purpose, body, key or settings.LINK_KEYS[0]))


def read(purpose: str, token: str) -> int:
    """The id inside the token. Raises BadToken."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadToken("This link is damaged.") from error
    body, signature = raw[:8], raw[8:]
    if not any(hmac.compare_digest(signature, _sign(purpose, body, key)) for key in settings.LINK_KEYS):
        raise BadToken("This link is not valid.")
    if len(body) != 8 or _text(raw) != token:
        raise BadToken("This link is damaged.")
    return int.from_bytes(body, "big")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@lru_cache(maxsize=64)
def _begun(purpose: str, key: str) -> hmac.HMAC:
    """What all tokens of one purpose begin with is worked out once: a bulk send makes several for every message."""
    return hmac.new(key.encode(), purpose.encode() + b"\0", hashlib.sha256)


def _sign(purpose: str, body: bytes, key: str) -> bytes:
    signing = _begun(purpose, key).copy()
    signing.update(body)
    return signing.digest()[:SIGNATURE_BYTES]
