"""The arithmetic of sliding windows: how many may leave now, and when it is worth asking again. No database.

A limit holds in any window of its length, wherever it begins. What is reserved counts from the moment it is reserved;
what has left counts until a whole window after its report, which is never before it left. So a window that ends with
some message was looked at as a whole when that message was let go.

A little of each limit is kept for what is urgent: two in a hundred, at least one. Others may have it too when as many
places become free within moments. So a limit is used to the full by whoever sends evenly, and the urgent never wait
for minutes because somebody used up an hour at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

SOON = timedelta(seconds=3)  # how long something urgent may wait for a place
KEPT_OF = 50
LOOK_AGAIN = timedelta(seconds=0.5)
PATIENCE = timedelta(seconds=0.5)  # so long one waits for a handful of places rather than for a single one

Used = Sequence[tuple[datetime, int]]  # the earliest first


@dataclass(frozen=True)
class Window:
    length: timedelta
    most: int

    @property
    def kept(self) -> int:
        """A window that is over in a moment needs none."""
        return max(1, self.most // KEPT_OF) if self.most > 1 and self.length > SOON else 0

    @property
    def gap(self) -> timedelta:
        """Between two messages of somebody who uses it evenly."""
        return self.length / max(self.most, 1)


def used_in(window: Window, used: Used, *, now: datetime) -> int:
    return sum(count for at, count in used if at > now - window.length)


def room(window: Window, used: Used, *, now: datetime, urgent: bool = False) -> int:
    left = window.most - used_in(window, used, now=now)
    if urgent:
        return max(0, left)
    begin = now - window.length
    soon = sum(count for at, count in used if begin < at <= begin + SOON)
    return max(0, min(left, left + soon - window.kept))


def becoming_free(
    windows: Sequence[Window], used: Used, *, more_than: int, most: int, now: datetime, until: datetime
) -> list[tuple[float, int]]:
    """In how many seconds from now how many more places will be there, beyond those that are."""
    moments = {at + window.length for window in windows for at, _ in used if now < at + window.length <= until}
    found: list[tuple[float, int]] = []
    for moment in sorted(moments):
        places = min(most, room_in_all(windows, used, now=moment))
        if places > more_than:
            found.append(((moment - now).total_seconds(), places - more_than))
            more_than = places
    return found


def again(window: Window, used: Used, *, now: datetime, urgent: bool = False) -> datetime:
    """When a handful of places will be free, or the first one and a moment. What others have reserved may come back
    unused any time, so that is looked at again soon."""
    inside = [(min(at, now), count) for at, count in used if at > now - window.length]
    freed = list(accumulate(count for _, count in inside))
    over = (freed[-1] if freed else 0) - window.most
    kept = 0 if urgent else window.kept

    def freed_by(places: int) -> datetime:
        first = _when(inside, freed, over + places) + window.length
        return max(first, _when(inside, freed, over + places + kept) + window.length - SOON) if kept else first

    latest = now + window.length if window.most == 0 or not inside else freed_by(1)
    handful = freed_by(1 + window.most // KEPT_OF) if window.most and inside else latest
    when = max(now, min(handful, latest + PATIENCE))
    is_reserved = any(at > now for at, _ in used)
    return min(when, now + LOOK_AGAIN) if is_reserved else when


def _when(inside: Used, freed: Sequence[int], needed: int) -> datetime:
    """Of the report whose places, with all before it, make that many. The last one, if there are not so many."""
    return next((at for (at, _), places in zip(inside, freed, strict=True) if places >= needed), inside[-1][0])


def room_in_all(windows: Iterable[Window], used: Used, *, now: datetime, urgent: bool = False) -> int:
    return min(room(window, used, now=now, urgent=urgent) for window in windows)


def again_in_all(windows: Iterable[Window], used: Used, *, now: datetime, urgent: bool = False) -> datetime:
    blocked = [window for window in windows if not room(window, used, now=now, urgent=urgent)]
    return max((again(window, used, now=now, urgent=urgent) for window in blocked), default=now)
