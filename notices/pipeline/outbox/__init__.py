"""The outbox: rows are the queue. Filled, claimed and recorded by set-based SQL, each in a transaction of its own.

approved notice --fill--> QUEUED --claim--> SENDING --record--> SENT, DEFERRED, FAILED, BOUNCED
                             ^                 |
                             +----- sweep -----+  the lease ran out: nobody knows whether the message left

acting     a person's word about a notice that is due, on its way or late
filling    an approved notice becomes messages
obstacles  what keeps one of them back by now
claiming   workers take what is ready
gathering  what waited for one reader leaves in one mail
lease      how long it stays theirs
holding    ... and longer, or not so long
recording  what came of it; pipelined: without waiting for the answer of the database
sweeping   leases that have run out
latecomers what names what is no longer so does not leave
nowhere    what waits for a channel that nobody has set up does not wait for ever
"""

from notices.pipeline.outbox.acting import pause, resume, retry_failed, send_now
from notices.pipeline.outbox.claiming import (
    CLAIM,
    CLAIM_VALUES,
    MOST_LOSSES,
    claim,
    claim_suspects,
    has_suspects,
    in_hand,
    waiting,
)
from notices.pipeline.outbox.filling import KNOWS, fill, fill_due, priority_of
from notices.pipeline.outbox.gathering import gather, order_in_digest
from notices.pipeline.outbox.holding import give_back, hold
from notices.pipeline.outbox.lease import LEASE, Claimed, seconds
from notices.pipeline.outbox.obstacles import ADDRESS, OBSTACLE, OBSTACLE_VALUES
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
from notices.pipeline.outbox.sweeping import sweep

__all__ = [
    "ADDRESS",
    "CLAIM",
    "CLAIM_VALUES",
    "KNOWS",
    "LEASE",
    "MOST_ATTEMPTS",
    "MOST_LOSSES",
    "OBSTACLE",
    "OBSTACLE_VALUES",
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
