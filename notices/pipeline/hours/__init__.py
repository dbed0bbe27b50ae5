"""At which hour somebody is told what can wait, and how much of it in a week. Filling and the simulation ask the same.

Urgent news, answers, and whatever somebody sends at once pass at any hour. Nothing is held so long that it would be
too late to be useful.
"""

from notices.pipeline.hours.caps import OVER_THE_CAP, over_the_cap
from notices.pipeline.hours.clocks import CLOCK, Clock, clocks
from notices.pipeline.hours.rules import OFF, Rules, may_wait, rules
from notices.pipeline.hours.waiting import Waiting, waiting
from notices.pipeline.hours.walls import QUIET, Held, gathered, is_cut_short, is_quiet, walls

__all__ = [
    "CLOCK",
    "OFF",
    "OVER_THE_CAP",
    "QUIET",
    "Clock",
    "Held",
    "Rules",
    "Waiting",
    "clocks",
    "gathered",
    "is_cut_short",
    "is_quiet",
    "may_wait",
    "over_the_cap",
    "rules",
    "waiting",
    "walls",
]
