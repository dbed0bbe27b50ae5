"""What is wrong with the operation: one open alert for each thing.

kinds     what can be wrong, and what of it comes first
judging   what is wrong, as the figures of this moment say
advising  what a person can do about it
keeping   the rows: from when it was first seen to when it was over
"""

from notices.operations.alerts.advising import ADVICE, BY_ITSELF, advice
from notices.operations.alerts.judging import (
    AWAY,
    CLOCK_MAY_DIFFER,
    FAILED_MINUTES,
    READ_ONLY,
    failed_in,
    of_clock,
    of_database,
    of_stops,
    troubles,
)
from notices.operations.alerts.keeping import SETTLES, for_every_page, keep, open_now, past
from notices.operations.alerts.kinds import (
    CLOCK,
    DATABASE,
    DOMAIN,
    DRIFT,
    FAILURES,
    LATE,
    NOT_SET_UP,
    OUTLET,
    QUEUE,
    SECRETS,
    SET_ASIDE,
    TIME,
    WORKERS,
    WORST_FIRST,
    Trouble,
    key_of,
    rank,
)

__all__ = [
    "ADVICE",
    "AWAY",
    "BY_ITSELF",
    "CLOCK",
    "CLOCK_MAY_DIFFER",
    "DATABASE",
    "DOMAIN",
    "DRIFT",
    "FAILED_MINUTES",
    "FAILURES",
    "LATE",
    "NOT_SET_UP",
    "OUTLET",
    "QUEUE",
    "READ_ONLY",
    "SECRETS",
    "SETTLES",
    "SET_ASIDE",
    "TIME",
    "WORKERS",
    "WORST_FIRST",
    "Trouble",
    "advice",
    "failed_in",
    "for_every_page",
    "keep",
    "key_of",
    "of_clock",
    "of_database",
    "of_stops",
    "open_now",
    "past",
    "rank",
    "troubles",
]
