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
    MOST_LOSSES,
    OBSTACLE,
    UNSENT,
    Claimed,
    claim,
    claim_suspects,
    give_back,
    has_suspects,
    hold,
    in_hand,
    seconds,
    sweep,
    waiting,
)
from notices.pipeline.outbox.filling import KNOWS, fill, fill_due, priority_of
from notices.pipeline.outbox.gathering import gather, order_in_digest
from notices.pipeline.outbox.pipelined import Pipelined
from notices.pipeline.outbox.recording import (
    MOST_ATTEMPTS,
    Attempt,
    Result,
    Waited,
    failed,
    later,
    missed,
    record,
    sent,
)

__all__ = [
    "CLAIM",
    "CLAIM_CONSTANTS",
    "KNOWS",
    "LEASE",
    "MOST_ATTEMPTS",
    "MOST_LOSSES",
    "OBSTACLE",
    "UNSENT",
    "Attempt",
    "Claimed",
    "Pipelined",
    "Result",
    "Waited",
    "claim",
    "claim_suspects",
    "failed",
    "fill",
    "fill_due",
    "gather",
    "give_back",
    "has_suspects",
    "hold",
    "in_hand",
    "later",
    "missed",
    "order_in_digest",
    "pause",
    "priority_of",
    "record",
    "resume",
    "retry_failed",
    "seconds",
    "send_now",
    "sent",
    "sweep",
    "waiting",
]
