"""When it goes out. Times of the plan are on the wall of the upgrade's place, and follow their milestone.

when        when a step is due                                               (pure)
following   how a notice follows its step                                    (pure)
fate        what becomes of a notice that waits, as time passes              (pure)
happenings  what happened to a milestone, and when
refreshing  brings what waits in line with the plan

The simulation plays a plan forward with the same questions.
"""

from notices.pipeline.schedule.fate import BEFORE_THE_WINDOW, COMES, TOO_LATE, TRUE_THOUGH_CANCELLED
from notices.pipeline.schedule.following import Known, first_time
from notices.pipeline.schedule.refreshing import (
    FOLLOWING,
    cancel_pointless,
    follow_safely,
    known_of,
    last_turn,
    mark_missed,
    move,
    refresh,
    with_deadline,
)
from notices.pipeline.schedule.when import (
    IsBusinessDay,
    Place,
    business_days,
    due_at,
    first_local_moment,
    local_moment,
    moment,
    next_turn,
    occurrences,
    turns,
)

__all__ = [
    "BEFORE_THE_WINDOW",
    "COMES",
    "FOLLOWING",
    "TOO_LATE",
    "TRUE_THOUGH_CANCELLED",
    "IsBusinessDay",
    "Known",
    "Place",
    "business_days",
    "cancel_pointless",
    "due_at",
    "first_local_moment",
    "first_time",
    "follow_safely",
    "known_of",
    "last_turn",
    "local_moment",
    "mark_missed",
    "moment",
    "move",
    "next_turn",
    "occurrences",
    "refresh",
    "turns",
    "with_deadline",
]
