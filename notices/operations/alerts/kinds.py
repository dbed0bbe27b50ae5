"""What can be wrong, and what of it comes first."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

LONGEST_KEY = 40
CLOCK, WORKERS, QUEUE, LATE, FAILURES, OUTLET = "clock", "workers", "queue", "late", "failures", "outlet"
DRIFT, DATABASE, TIME = "drift", "database", "time"
DOMAIN, SECRETS, NOT_SET_UP, SET_ASIDE = "domain", "secrets", "not_set_up", "set_aside"
WORST_FIRST = (DATABASE, CLOCK, WORKERS, OUTLET, SECRETS, DOMAIN, NOT_SET_UP, SET_ASIDE, QUEUE, LATE, FAILURES, TIME)
DOES_NOT_WORK, STOPPED_ITSELF = " does not work: ", " stopped itself: "


@dataclass(frozen=True)
class Trouble:
    """`key`: its kind, and of what, as in "queue:email". `since`: where that is known, when it began."""

    key: str
    said: str
    since: datetime | None = None


def rank(key: str) -> int:
    """What causes the rest comes first."""
    kind = key.partition(":")[0]
    return WORST_FIRST.index(kind) if kind in WORST_FIRST else len(WORST_FIRST)


def key_of(domain: str) -> str:
    key = f"{DOMAIN}:{domain}"
    return key if len(key) <= LONGEST_KEY else f"{DOMAIN}:{sha256(domain.encode()).hexdigest()[:20]}"
