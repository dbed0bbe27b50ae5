"""What an administrator allows: how fast, over how many connections, and how much to one domain. Shared by all workers
and processes through PostgreSQL.

windows      the arithmetic of sliding windows, no database
rates        an administrator's numbers, and the warm-up, as windows
tally        what is reserved and what has left
connections  shared out among the workers
locking      one at a time for what they share
turns        what is over the rate of its domain waits for about its turn
"""

from notices.pipeline.limits.connections import DomainSeats, leave_seats, take_seats
from notices.pipeline.limits.tally import Allowance, allow, allow_domain, settle
from notices.pipeline.limits.turns import Parted, part, release

__all__ = [
    "Allowance",
    "DomainSeats",
    "Parted",
    "allow",
    "allow_domain",
    "leave_seats",
    "part",
    "release",
    "settle",
    "take_seats",
]
