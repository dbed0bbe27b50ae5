"""Who says what when: the plan of an upgrade is made from a template, and changed line by line.

making      a template becomes milestones, steps and draft notices in one go
steps       one line added, changed, taken out, ticked off
waves       a further window gets what another one has
cadence     what is said again and again: its step always has the next notice
gatherings  steps that are meetings, done when they were held
passing_on  cascades: managers tell their own people

A step and its notice stay in agreement; the clock gives them their time (`schedule`).
"""

from notices.pipeline.planning.making import Window, audience_here, create_upgrade, fields_of, free_slug
from notices.pipeline.planning.steps import (
    Line,
    NotPossible,
    add_step,
    change_phase,
    change_step,
    decisions_for,
    delete_step,
    line_of,
    restore_step,
    tick_off,
    untick,
)

__all__ = [
    "Line",
    "NotPossible",
    "Window",
    "add_step",
    "audience_here",
    "change_phase",
    "change_step",
    "create_upgrade",
    "decisions_for",
    "delete_step",
    "fields_of",
    "free_slug",
    "line_of",
    "restore_step",
    "tick_off",
    "untick",
]
