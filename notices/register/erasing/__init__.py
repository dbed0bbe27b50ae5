"""Erasure on request: nothing that leads to the person is left, and what was counted stays counted.

The row stays as a shell that messages, attendances and answers point to, so that "40 of 42 sent" is still true. What
the shell and everything around it said about the person is emptied, in the history too.
"""

from notices.register.erasing.act import EMPTY, HANDLED, KEPT_OF_A_PERSON, NotErasable, erase
from notices.register.erasing.fates import Fate, what_happens
from notices.register.erasing.said import REASON, REMOVED
from notices.register.erasing.traces import NAME

__all__ = [
    "EMPTY",
    "HANDLED",
    "KEPT_OF_A_PERSON",
    "NAME",
    "REASON",
    "REMOVED",
    "Fate",
    "NotErasable",
    "erase",
    "what_happens",
]
