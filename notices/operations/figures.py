"""What the operation looks like now: a handful of queries, each bounded by what waits, never by what was ever sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from commsplan.lib import secrets
from notices.models import DomainTrouble, Health, Notice, Outlet, Standstill
from notices.operations import signs
from notices.pipeline import offered
from stakeholders.enums import Channel
from stakeholders.models import Address

MOST_COUNTED = 100_000  # open messages; more of them are told by the last reading
MOST_NOTICES = 1_000
MOST_DOMAINS = 100
MOST_ROOMS = 500  # whose secrets are looked at
MOVING = timedelta(minutes=2)  # for this long what is due may lie before it is made into messages
DOWN_FOR = timedelta(minutes=1)  # shorter than that, an outlet is no trouble

DEPTH = """
SELECT channel, state, count(*) FROM (
    (SELECT channel, state FROM notices_message WHERE state IN ('queued', 'deferred') LIMIT %(most)s)
    UNION ALL
    (SELECT channel, state FROM notices_message WHERE state = 'sending' LIMIT %(most)s)
) AS waiting GROUP BY channel, state ORDER BY channel, state
"""
BASICS = """
SELECT (SELECT at FROM notices_heartbeat WHERE id = 1),
       current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery()
"""
FRONT = """
WITH RECURSIVE front AS (
    (SELECT channel, notice_id, not_before FROM notices_message WHERE state IN ('queued', 'deferred')
     ORDER BY channel, notice_id, not_before LIMIT 1)
    UNION ALL
    SELECT following.* FROM front CROSS JOIN LATERAL (
        SELECT channel, notice_id, not_before FROM notices_message
        WHERE state IN ('queued', 'deferred') AND (channel, notice_id) > (front.channel, front.notice_id)
        ORDER BY channel, notice_id, not_before LIMIT 1) AS following
)
SELECT front.channel, front.notice_id, notice.title, upgrade.name, front.not_before, notice.released_at,
       notice.paused_at IS NOT NULL
FROM (SELECT * FROM front LIMIT %(most)s) AS front
JOIN notices_notice notice ON notice.id = front.notice_id
JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
ORDER BY front.not_before, front.notice_id, front.channel
"""


@dataclass(frozen=True)
class Waiting:
    """The first message of a notice over one channel that is still to go."""

    channel: str
    notice: int
    title: str
    upgrade: str
    since: datetime
    released_at: datetime | None
    is_paused: bool


@dataclass(frozen=True)
class OutletState:
    """`health`: there is one while it does not work."""

    outlet: Outlet
    health: Health | None = None

    @property
    def stopped_itself(self) -> bool:
        return self.outlet.is_stopped and self.outlet.stopped_by_id is None

    def is_down(self, now: datetime) -> bool:
        return self.health is not None and now - self.health.down_since >= DOWN_FOR


@dataclass(frozen=True)
class Figures:
    """`beat`: when the clock ticked last. `is_read_only`: nothing can be saved. `depth`: of each channel and state;
    `is_counted`: False, if there are more than that. `late`: notices that are due and were not released, the oldest of
    which since `late_since`.
    """

    now: datetime
    beat: datetime | None = None
    is_read_only: bool = False
    depth: dict[tuple[str, str], int] = field(default_factory=dict)
    is_counted: bool = True
    waiting: Sequence[Waiting] = ()
    late: int = 0
    late_since: datetime | None = None
    outlets: Sequence[OutletState] = ()
    standstill: Standstill | None = None
    workers: dict[str, datetime] = field(default_factory=dict)
    tick_seconds: float | None = None
    wrong_clocks: Mapping[str, float] = field(default_factory=dict)
    stopped_domains: Sequence[DomainTrouble] = ()
    not_set_up: Collection[str] = ()  # channels over which something waits
    locked: Sequence[str] = ()  # outlets, and the channels of rooms, whose secrets no key opens

    @property
    def lag(self) -> float | None:
        return max(0.0, (self.now - self.beat).total_seconds()) if self.beat else None

    @property
    def queue(self) -> int:
        return sum(self.depth.values())

    def of_state(self, state: str) -> int:
        return sum(number for (_, one), number in self.depth.items() if one == state)

    @property
    def ready(self) -> list[Waiting]:
        """What could leave, and nobody holds; the oldest first."""
        return [one for one in self.waiting if one.since <= self.now and not one.is_paused]

    @property
    def ages(self) -> dict[str, float]:
        """Of the oldest that is ready, by channel, in seconds."""
        found: dict[str, float] = {}
        for one in self.ready:
            found.setdefault(one.channel, (self.now - one.since).total_seconds())
        return found

    @property
    def alive(self) -> int:
        """Processes that began something a moment ago."""
        return sum(self.now - at <= signs.RECENT for at in self.workers.values())

    @property
    def worked(self) -> datetime | None:
        return max(self.workers.values(), default=None)


def silence_allowed() -> timedelta:
    """Longer than that, the clock stands still."""
    return timedelta(seconds=3 * settings.TICK_SECONDS + 30)


def of_now(*, now: datetime) -> Figures:
    depth, (beat, is_read_only) = _depth(), _basics()
    waiting, outlets_ = _waiting(), outlets()
    late = Notice.objects.due(now - MOVING).order_by("send_at", "pk").values_list("send_at", flat=True)[:MOST_NOTICES]
    return Figures(
        now=now,
        beat=beat,
        is_read_only=is_read_only,
        depth=depth,
        is_counted=sum(depth.values()) < MOST_COUNTED,
        waiting=waiting,
        late=len(late),
        late_since=late[0] if late else None,
        outlets=outlets_,
        standstill=Standstill.objects.select_related("by").filter(ended_at=None).first(),
        workers=signs.workers(),
        tick_seconds=signs.tick_seconds(),
        wrong_clocks=signs.wrong_clocks(now=now),
        stopped_domains=_stopped_domains(),
        not_set_up=_not_set_up({one.channel for one in waiting}),
        locked=_locked(outlets_),
    )


def _not_set_up(waiting: set[str]) -> Collection[str]:
    beside = waiting.difference(offered.ALWAYS)
    return offered.not_set_up(beside) if beside else ()


def _stopped_domains() -> list[DomainTrouble]:
    stopped = DomainTrouble.objects.filter(stopped_at__isnull=False).select_related("outlet")
    return list(stopped.order_by("stopped_at", "pk")[:MOST_DOMAINS])


def _locked(known: Sequence[OutletState]) -> list[str]:
    rooms = Address.objects.filter(secret__isnull=False, person__archived_at=None).order_by("-pk")[:MOST_ROOMS]
    closed = {channel for channel, secret in rooms.values_list("channel", "secret") if not secrets.opens(secret)}
    found = [str(one.outlet) for one in known if not secrets.opens(one.outlet.secrets)]
    return found + [f"Rooms of {Channel(one).label}" for one in sorted(closed)]


def _basics() -> tuple[datetime | None, bool]:
    with connection.cursor() as cursor:
        cursor.execute(BASICS)
        return cursor.fetchone()


def _depth() -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(DEPTH, {"most": MOST_COUNTED})
        return {(channel, state): number for channel, state, number in cursor.fetchall()}


def _waiting() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(FRONT, {"most": MOST_NOTICES})
        return [Waiting(*row) for row in cursor.fetchall()]


def outlets() -> list[OutletState]:
    rows = Outlet.objects.select_related("health", "stopped_by").order_by("channel", "is_fallback")
    return [OutletState(row, getattr(row, "health", None)) for row in rows]
