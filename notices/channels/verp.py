"""Envelope senders that say which message came back: bounce+<key>.<signature>@domain.

Hexadecimal, because mail servers may change the case of what they return.
"""

import hmac
from functools import lru_cache

from django.conf import settings

PREFIX = "bounce+"


def make(key: int, domain: str) -> str:
    return f"{PREFIX}{key:x}.{sign(key)}@{domain}"


def sign(key: int) -> str:
    """Also stands in Message-IDs: keys are counted, so who knows one knows others."""
    return _sign(key, settings.LINK_KEYS[0])


def is_signed(key: int, signature: str) -> bool:
    signed = (_sign(key, secret) for secret in settings.LINK_KEYS)
    return any(hmac.compare_digest(signature.lower().encode(), good.encode()) for good in signed)


def read(address: str) -> int | None:
    """The key of the message, or None for an address that we did not make."""
    local = address.strip().strip("<>").partition("@")[0].lower()
    key, dot, signature = local.removeprefix(PREFIX).partition(".")
    if not local.startswith(PREFIX) or not dot:
        return None
    try:
        number = int(key, 16)
    except ValueError:
        return None
    return number if is_signed(number, signature) else None


@lru_cache(maxsize=64)
def _sign(key: int, secret: str) -> str:
    signing = _begun(secret).copy()
    signing.update(b"%d" % key)
    return signing.digest()[:10].hex()


@lru_cache(maxsize=16)
def _begun(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), b"bounce\0", "sha256")
