"""What Mailman knows of old servers, asked where we find nobody."""

import logging
import re
from email import message_from_bytes

from flufl.bounce import all_failures

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it tells each of its steps, and each of its faults

MOST_BYTES = 100_000
TOO_LONG = re.compile(rb"([^\n]{300})[^\n]+")
MOST_BOUNDARIES = 40


def addresses(raw: bytes) -> list[str]:
    """Its parser recurses, and its patterns go back and forth: it sees nothing that is big, nested deeply or long."""
    if len(raw) > MOST_BYTES or raw.lower().count(b"boundary=") > MOST_BOUNDARIES:
        return []
    try:
        temporary, permanent = all_failures(message_from_bytes(TOO_LONG.sub(rb"\1", raw)))
    except Exception:
        return []
    return sorted({one.decode("utf-8", "replace") for one in {*temporary, *permanent} if one and b"@" in one})
