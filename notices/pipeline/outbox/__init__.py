"""The outbox: rows are the queue. Filled, claimed and recorded by set-based SQL, each in a transaction of its own.

approved notice --fill--> QUEUED --claim--> SENDING --record--> SENT, DEFERRED, FAILED, BOUNCED
                             ^                 |
                             +----- sweep -----+  the lease ran out: nobody knows whether the message left
"""

from notices.pipeline.outbox.acting import pause, resume, retry_failed, send_now
from notices.pipeline.outbox.claiming import (
    CLAIM,
    CLAIM_CONSTANTS,
    LEASE,
    NEEDED_TO_RENDER,
    OBSTACLE,
    claim,
    give_back,
    hold,
    sweep,
)
from notices.pipeline.outbox.filling import KNOWS, fill, fill_due, priority_of
from notices.pipeline.outbox.recording import MOST_ATTEMPTS, record_failed, record_later, record_sent

__all__ = [
    "CLAIM",
    "CLAIM_CONSTANTS",
    "KNOWS",
    "LEASE",
    "MOST_ATTEMPTS",
    "NEEDED_TO_RENDER",
    "OBSTACLE",
    "claim",
    "fill",
    "fill_due",
    "give_back",
    "hold",
    "pause",
    "priority_of",
    "record_failed",
    "record_later",
    "record_sent",
    "resume",
    "retry_failed",
    "send_now",
    "sweep",
]
