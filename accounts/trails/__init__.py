"""The trail of any object: who changed what, when, from what, to what, and one change taken back.

Each app says what it keeps (`<app>/trails.py`); pages that know all apps put the lists together.
"""

from accounts.trails.reading import Change, Entry, entries
from accounts.trails.taking_back import Refused, take_back
from accounts.trails.trail import Part, Trail

__all__ = ["Change", "Entry", "Part", "Refused", "Trail", "entries", "take_back"]
