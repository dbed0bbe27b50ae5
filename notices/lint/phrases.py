"""Words that sentences of findings are made of."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from commsplan.lib import time


def when(moment: datetime, zone: str) -> str:
    """ "Mon 2 Mar 2026, 09:00 Europe/Berlin (CET)"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{time.short_day(local.date())}, {local:%H:%M} {time.zone_name(moment, zone)}"


def day(moment: datetime, zone: str) -> str:
    """ "Mon 2 Mar 2026"."""
    return time.short_day(moment.astimezone(ZoneInfo(zone)).date())


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 person", "1,240 people"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def people(number: int, one: str = "", many: str = "") -> str:
    """ "1 person hears", "2 people hear"."""
    verb = one if number == 1 else many
    return f"{counted(number, 'person', 'people')}{f' {verb}' if verb else ''}"


def listed(names: Sequence[str], *, most: int = 3) -> str:
    """ "A, B and C", "A, B, C and 4 more"."""
    shown, more = list(names[:most]), len(names) - most
    parts = [*shown, f"{more} more"] if more > 0 else shown
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
