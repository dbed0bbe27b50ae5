"""One turn of the clock: everything that is to be done because time has passed, in its order.

Two turns at once, a turn too many or one that breaks off do no harm: each stage looks at what is, and guards what it
writes. A stage that fails does not stop those after it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from feedback import urn
from notices.pipeline import approve, interruption, outbox, schedule
from notices.pipeline.correcting import catching_up, proposing
from notices.pipeline.outbox import latecomers, nowhere
from notices.pipeline.planning import cadence, gatherings

log = logging.getLogger(__name__)

NEXT_TURN = "made for their next turn"
STAGES: dict[str, Callable[..., int]] = {
    "ticked off because they were held": gatherings.tick_held,
    NEXT_TURN: cadence.roll_over,
    "brought in line with the plan": schedule.refresh,
    "renewed because facts changed": approve.refresh,
    "missed": schedule.mark_missed,
    "messages missed because the plan changed before they left": latecomers.spare,
    "taken back from workers that died": lambda now: outbox.sweep(),  # on the database's clock
    "corrections and calls brought in line with what people believe": proposing.keep,
    "catch-ups brought in line with who has joined": catching_up.keep,
    "messages made": outbox.fill_due,
    "messages ended because nobody has set up their channel": nowhere.end,
    "answers mixed": urn.mix,
}


@dataclass
class Turn:
    counts: dict[str, int] = field(default_factory=dict)
    held_back: str = ""
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [self.held_back] if self.held_back else []
        lines += [f"{number:,} {what}" for what, number in self.counts.items() if number]
        lines += [f"failed: {what} (see the log)" for what in self.failed]
        return "\n".join(lines) or "nothing to do"


def _after_a_pause(reason: str) -> dict[str, Callable[..., int]]:
    """What would put people right waits for a person, lest they be told twice."""
    if not reason:
        return {}
    return {
        "corrections held back": partial(proposing.hold_back, reason),
        "catch-ups held back": partial(catching_up.hold_back, reason),
    }


def turn(*, now: datetime, beats: bool = True, demand: cadence.Demand = cadence.nothing) -> Turn:
    """`beats=False` for a turn by hand at another time, which says nothing about interruptions. `demand`: see
    cadence.roll_over."""
    result = Turn(held_back=interruption.beat(now=now) if beats else "")
    asking = {NEXT_TURN: partial(cadence.roll_over, demand=demand)}
    for what, stage in (_after_a_pause(result.held_back) | STAGES | asking).items():
        try:
            result.counts[what] = stage(now=now) or 0
        except Exception:
            log.exception("stage failed: %s", what)
            result.failed.append(what)
    return result
