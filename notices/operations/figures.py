"""What the operation looks like now: a handful of queries, each bounded by what waits, never by what was ever sent."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from commsplan.lib import secrets
from notices.enums import MessageState
from notices.models import DomainTrouble, Health, Notice, Outlet
from notices.operations import signs
from notices.pipeline.outlets import offered
from stakeholders.enums import Channel
from stakeholders.models import Address

MOST_COUNTED = 100_000  # open messages; more of them are told by the last reading
MOST_NOTICES = 1_000
MOST_ROOMS = 500  # whose secrets are looked at
MOVING = timedelta(minutes=2)  # for this long what is due may lie before it is made into messages
DOWN_FOR = timedelta(minutes=1)  # shorter than that, an outlet is no trouble

BASICS = """
WITH waiting AS (
    (SELECT channel, state FROM notices_message WHERE state IN ('queued', 'deferred') LIMIT {most})
    UNION ALL
    (SELECT channel, state FROM notices_message WHERE state = 'sending' LIMIT {most})
),
depth AS (SELECT channel, state, count(*) AS number FROM waiting GROUP BY channel, state),
late AS ({late})
SELECT (SELECT at FROM notices_heartbeat WHERE id = 1),
       current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery(),
       (SELECT jsonb_agg(jsonb_build_array(channel, state, number) ORDER BY channel, state) FROM depth),
       (SELECT count(*) FROM late), (SELECT min(send_at) FROM late),
       halt.at, halt.reason, COALESCE(NULLIF(account.name, ''), account.email)
FROM (SELECT) AS one LEFT JOIN notices_standstill halt ON halt.ended_at IS NULL
LEFT JOIN accounts_account account ON account.id = halt.by_id
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
       notice.paused_at
FROM (SELECT * FROM front LIMIT %(most)s) AS front
JOIN notices_notice notice ON notice.id = front.notice_id
JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
UNION ALL
(SELECT '', notice.id, notice.title, upgrade.name, notice.send_at, NULL, notice.paused_at
 FROM notices_notice notice JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
 WHERE notice.state = 'approved' AND notice.paused_at IS NOT NULL AND notice.send_at <= now()
 ORDER BY notice.send_at, notice.id LIMIT %(most)s)
ORDER BY 5, 2, 1
"""
SET_ASIDE = """
SELECT count(*) FROM (
    SELECT FROM notices_message message JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE notice.state = 'released' AND notice.released_at > %(since)s AND message.state = 'failed'
      AND message.reason LIKE ANY (ARRAY['Set aside%%', 'It could not be written%%', 'No worker came back%%'])
    LIMIT %(most)s) AS aside
"""


@dataclass(frozen=True)
class Waiting:
    """The first message of a notice over one channel that is still to go. Without a channel: a notice that is due, and
    was paused before there were any."""

    channel: str
    notice: int
    title: str
    upgrade: str
    since: datetime
    released_at: datetime | None
    paused_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


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
class Halt:
    """Everything that sends is stopped."""

    at: datetime
    reason: str
    by: str


@dataclass(frozen=True)
class Basics:
    beat: datetime | None
    is_read_only: bool
    depth: dict[tuple[str, str], int]
    late: int
    late_since: datetime | None
    halt: Halt | None


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
    standstill: Halt | None = None
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
    def unsent(self) -> dict[str, int]:
        """By channel, without what is under way."""
        found: dict[str, int] = {}
        for (channel, state), number in self.depth.items():
            if state != MessageState.SENDING:
                found[channel] = found.get(channel, 0) + number
        return found

    @property
    def ready(self) -> list[Waiting]:
        """What could leave, and nobody holds; the oldest first."""
        return [one for one in self.waiting if one.since <= self.now and not one.is_paused]

    @property
    def paused(self) -> list[Waiting]:
        """Notices of which something could leave by now, each once; the oldest first."""
        late = [one for one in self.waiting if one.is_paused and one.since <= self.now]
        return list({one.notice: one for one in reversed(late)}.values())[::-1]

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
    basics, waiting = _basics(now=now), _waiting()
    outlets_ = outlets()
    return Figures(
        now=now,
        beat=basics.beat,
        is_read_only=basics.is_read_only,
        depth=basics.depth,
        is_counted=sum(basics.depth.values()) < MOST_COUNTED,
        waiting=waiting,
        late=basics.late,
        late_since=basics.late_since,
        outlets=outlets_,
        standstill=basics.halt,
        workers=signs.workers(),
        tick_seconds=signs.tick_seconds(),
        wrong_clocks=signs.wrong_clocks(now=now),
        stopped_domains=list(DomainTrouble.objects.first_stopped()),
        not_set_up=_not_set_up({one.channel for one in waiting if one.channel}),
        locked=_locked(outlets_),
    )


def _not_set_up(waiting: set[str]) -> Collection[str]:
    beside = waiting.difference(offered.ALWAYS)
    return offered.not_set_up(beside) if beside else ()


def _locked(known: Sequence[OutletState]) -> list[str]:
    rooms = Address.objects.filter(secret__isnull=False, person__archived_at=None).order_by("-pk")[:MOST_ROOMS]
    closed = {channel for channel, secret in rooms.values_list("channel", "secret") if not secrets.opens(secret)}
    found = [str(one.outlet) for one in known if not secrets.opens(one.outlet.secrets)]
    return found + [f"Rooms of {Channel(one).label}" for one in sorted(closed)]


def _basics(*, now: datetime) -> Basics:
    due = Notice.objects.due(now - MOVING).order_by("send_at", "pk").values_list("send_at")[:MOST_NOTICES]
    late, params = due.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(BASICS.format(most=MOST_COUNTED, late=late), params)
        beat, is_read_only, depth, number, since, halted_at, reason, by = cursor.fetchone()
    counted = {(channel, state): count for channel, state, count in json.loads(depth or "[]")}
    return Basics(beat, is_read_only, counted, number, since, Halt(halted_at, reason, by) if halted_at else None)


def set_aside(*, now: datetime) -> int:
    """Of the notices of two days: what killed its workers, or could not be written. Once a minute, not on a page."""
    with connection.cursor() as cursor:
        cursor.execute(SET_ASIDE, {"since": now - timedelta(days=2), "most": MOST_NOTICES})
        return cursor.fetchone()[0]


def _waiting() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(FRONT, {"most": MOST_NOTICES})
        return [Waiting(*row) for row in cursor.fetchall()]


def outlets() -> list[OutletState]:
    return [OutletState(row, getattr(row, "health", None)) for row in Outlet.objects.with_standing()]
