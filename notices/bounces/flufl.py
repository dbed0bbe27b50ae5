"""What Mailman knows of old servers, asked where we find nobody."""

import logging
from email import message_from_bytes

from flufl.bounce import all_failures

logging.getLogger("flufl.bounce").setLevel(logging.WARNING)  # it tells each of its steps

MOST_BYTES = 100_000
MOST_BOUNDARIES = 40


def addresses(raw: bytes) -> list[str]:
    """Its parser recurses, so it sees nothing that is big or nested deeply."""
    if len(raw) > MOST_BYTES or raw.lower().count(b"boundary=") > MOST_BOUNDARIES:
        return []
    try:
        temporary, permanent = all_failures(message_from_bytes(raw))
    except Exception:
        return []
    return sorted({one.decode("utf-8", "replace") for one in {*temporary, *permanent} if one and b"@" in one})
