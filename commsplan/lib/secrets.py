"""What opens other people's doors, encrypted at rest (Fernet: AES-128-CBC with HMAC-SHA-256).

The keys are SECRETS_KEYS: the first encrypts, all decrypt. So a key is changed by putting the new one in front, and
`rotate` moves what is stored over to it. A stolen copy of the database opens nothing without them.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"commsplan secrets at rest"


class CannotDecrypt(Exception):
    """It was encrypted with a key that is not known here, or it is damaged."""

    def __init__(self) -> None:
        super().__init__(
            "None of the keys in SECRETS_KEYS opens what is stored. Add the former key to the list, or enter it again."
        )


def encrypt(text: str) -> bytes:
    return _box().encrypt(text.encode())


def decrypt(stored: bytes | memoryview) -> str:
    """Raises CannotDecrypt."""
    try:
        return _box().decrypt(bytes(stored)).decode()
    except (InvalidToken, UnicodeDecodeError) as error:
        raise CannotDecrypt from error


def encrypt_values(values: Mapping[str, str]) -> bytes:
    return encrypt(json.dumps(dict(values), ensure_ascii=False))


def decrypt_values(stored: bytes | memoryview | None) -> dict[str, str]:
    """Nothing stored is no values. Raises CannotDecrypt."""
    if stored is None:
        return {}
    try:
        values = json.loads(decrypt(stored))
    except ValueError as error:
        raise CannotDecrypt from error
    if not isinstance(values, dict):
        raise CannotDecrypt
    return values


def rotate(stored: bytes | memoryview) -> bytes:
    """The same, encrypted with the first key. Raises CannotDecrypt."""
    try:
        return _box().rotate(bytes(stored))
    except InvalidToken as error:
        raise CannotDecrypt from error


def opens(stored: bytes | memoryview | None) -> bool:
    """Whether one of the keys that are known here fits. What was found out is remembered: it costs nothing to ask."""
    return stored is None or _fits(bytes(stored), tuple(settings.SECRETS_KEYS))


@lru_cache(maxsize=4096)
def _fits(stored: bytes, keys: Sequence[str]) -> bool:
    try:
        _opened(keys).decrypt(stored)
    except InvalidToken:
        return False
    return True


def _box() -> MultiFernet:
    return _opened(tuple(settings.SECRETS_KEYS))


@lru_cache(maxsize=4)
def _opened(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """A key of its own, so that what signs links and sessions does not also encrypt."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
