"""How far a milestone is from where it was first planned."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from commsplan.lib import time
from upgrades.models import Milestone


def sentence(milestone: Milestone) -> str:
    """ "Moved by 7 days from Saturday 3 May 2026, 02:00 Europe/Berlin (CEST)"; empty if it stayed."""
    if not milestone.is_moved:
        return ""
    zone = milestone.upgrade.time_zone
    baseline = time.window(milestone.baseline_start, milestone.baseline_end, zone=zone)
    if milestone.start == milestone.baseline_start:
        return f"Another end than first planned: {baseline}."
    return f"Moved {distance(milestone)} from {baseline}."


def distance(milestone: Milestone) -> str:
    """Whole days by the calendar of the place, as people count them; hours and minutes within a day."""
    place = ZoneInfo(milestone.upgrade.time_zone)
    now, then = (moment.astimezone(place) for moment in (milestone.start, milestone.baseline_start))
    days, apart = (now.date() - then.date()).days, abs(milestone.start - milestone.baseline_start)
    word = "earlier" if milestone.start < milestone.baseline_start else "later"
    if days and now.time() == then.time():
        return f"{time.duration(abs(days) * 1440)} {word}"
    return f"{time.duration(round(apart / timedelta(minutes=1)))} {word}"
