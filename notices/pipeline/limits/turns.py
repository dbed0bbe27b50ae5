"""What is over the rate of its domain waits for about its turn, so that nobody looks at it again and again.

The whole crowd of a domain that waits is laid out over the time to come by one statement: each message is touched when
it is laid out, when its turn comes, and seldom in between. `not_before` is the turn.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection, transaction

from notices.enums import Priority
from notices.models import DomainLimit, Outlet, Turn
from notices.pipeline.limits.connections import DomainSeats
from notices.pipeline.limits.locking import lock
from notices.pipeline.limits.rates import windows_of
from notices.pipeline.limits.tally import Allowance, allow_domain

WAITS = "Waits for its turn at "
CROWD = 20  # so many that are new to the queue: there are more where they come from
MOST_TOGETHER = 100  # of the urgent: as many places may become free at once
SLACK = 1.005  # turns are a trifle further apart than the limit demands, lest they come in vain


class Claimed(Protocol):
    """A message as a worker holds it."""

    pk: int
    attempts: int
    address: str
    priority: int


@dataclass
class Parted:
    """`held` were put back with their turn; `busy` are those of domains to which other workers have as many under way
    as they take. For each domain with a limit: the allowance for those that leave."""

    held: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    allowances: dict[str, Allowance] = field(default_factory=dict)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def part(outlet: Outlet, claimed: Sequence[Claimed], *, seats: DomainSeats, now: datetime | None = None) -> Parted:
    """Which of the claimed messages may leave, as their domains go. One look when no domain has a limit."""
    limits = {limit.domain: limit for limit in DomainLimit.objects.filter(outlet=outlet)}
    parted = Parted()
    seats.forget(limits)
    if not limits:
        return parted
    of_domain: dict[str, list[Claimed]] = defaultdict(list)
    for one in claimed:
        if (domain := domain_of(one.address)) in limits:
            of_domain[domain].append(one)
    for domain, messages in sorted(of_domain.items()):
        if seats.take(limits[domain], now=now) == 0:
            parted.busy |= {one.pk for one in messages}
        else:
            _part_domain(outlet, limits[domain], messages, parted, now=now)
    return parted


def _part_domain(
    outlet: Outlet, limit: DomainLimit, messages: list[Claimed], parted: Parted, *, now: datetime | None
) -> None:
    messages.sort(key=lambda one: one.priority)
    urgent = sum(one.priority == Priority.URGENT for one in messages)
    allowance = allow_domain(limit, len(messages), urgent=urgent, now=now)
    parted.allowances[limit.domain] = allowance
    if held := messages[allowance.count :]:
        put_in_line(outlet, limit, held, allowance=allowance, now=now)
        parted.held |= {one.pk for one in held}


PLACE = """
WITH held AS (
    SELECT message.id FROM notices_message message
    JOIN unnest(%(keys)s::bigint[], %(attempts)s::smallint[]) AS mine (id, attempts)
      ON mine.id = message.id AND mine.attempts = message.attempts
    WHERE message.state = 'sending'),
others AS MATERIALIZED (
    SELECT message.id FROM notices_message message JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE %(all)s AND message.channel = %(channel)s AND message.state IN ('queued', 'deferred')
      AND message.priority > %(urgent)s AND notice.paused_at IS NULL
      AND (message.not_before <= %(now)s AND message.id > %(after)s OR %(again)s AND message.reason = %(reason)s)
      AND lower(split_part(message.address, '@', 2)) = %(domain)s
    FOR UPDATE OF message SKIP LOCKED),
line AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
    FROM (SELECT id FROM held UNION ALL SELECT id FROM others) AS everybody),
placed AS (
    UPDATE notices_message message SET state = 'deferred', reason = %(reason)s, lease_until = NULL,
        not_before = %(begin)s + line.place / %(together)s * %(together)s * %(gap)s,
        attempts = message.attempts - CASE WHEN message.state = 'sending' THEN 1 ELSE 0 END
    FROM line WHERE line.id = message.id RETURNING message.id, message.not_before)
SELECT max(id), max(not_before) FROM placed
"""


@dataclass
class Line:
    """Where the messages of one domain wait. `reach`: the last turn that was given; `last`: the last key that got
    one."""

    outlet: Outlet
    limit: DomainLimit
    now: datetime
    reach: datetime
    last: int

    @property
    def gap(self) -> timedelta:
        return max(window.gap for window in windows_of(self.limit, now=self.now)) * SLACK

    @property
    def together(self) -> int:
        """So many may leave at once after a pause as long as the window."""
        slowest = max(windows_of(self.limit, now=self.now), key=lambda window: window.gap)
        return max(1, min(slowest.most, MOST_TOGETHER))

    def let_in(self, held: Sequence[Claimed], *, begin: datetime, together: int = 1) -> None:
        """Nobody else's turn changes."""
        if held:
            self._place(held, begin=begin, together=together)

    def append(self, held: Sequence[Claimed], *, begin: datetime) -> None:
        """Who is new stands at the end. Many of them bring the crowd that waits behind them."""
        if held:
            begin = max(begin, self.reach + self.gap)
            last, reach = self._place(held, begin=begin, crowd=len(held) > CROWD)
            self.last, self.reach = max(self.last, last), max(self.reach, reach)

    def move_on(self, held: Sequence[Claimed], *, begin: datetime) -> None:
        """The whole line gets its turns anew."""
        last, self.reach = self._place(held, begin=begin, again=True)
        self.last = max(self.last, last)

    def _place(
        self,
        held: Sequence[Claimed],
        *,
        begin: datetime,
        crowd: bool = False,
        again: bool = False,
        together: int = 1,
    ) -> tuple[int, datetime]:
        """The last key that got a turn, and the last turn. What is no longer held here gets none."""
        params: dict[str, Any] = {"keys": [one.pk for one in held], "attempts": [one.attempts for one in held]}
        params |= {"channel": self.outlet.channel, "domain": self.limit.domain, "now": self.now, "begin": begin}
        params |= {"all": crowd or again, "again": again, "after": 0 if again else self.last, "gap": self.gap}
        params["together"] = together
        params |= {"urgent": Priority.URGENT, "reason": WAITS + self.limit.domain}
        with connection.cursor() as cursor:
            cursor.execute(PLACE, params)
            last, reach = cursor.fetchone()
        return (self.last, self.reach) if last is None else (last, reach)


def put_in_line(
    outlet: Outlet, limit: DomainLimit, held: Sequence[Claimed], *, allowance: Allowance, now: datetime | None = None
) -> None:
    """The urgent come as soon as there is room, as many of them as may find some. A few whose turn came in vain come
    soon again; many mean that nobody sent for a while, and then the whole line moves on from now."""
    with transaction.atomic():
        now = lock(outlet.pk, f"turns {limit.domain}", now)
        begin = max(now, allowance.again_at or now)
        row, _ = Turn.objects.get_or_create(
            outlet=outlet, domain=limit.domain, defaults={"taken_until": now, "last_key": 0}
        )
        line = Line(outlet, limit, now, row.taken_until, row.last_key)
        usual = [one for one in held if one.priority != Priority.URGENT]
        late = [one for one in usual if one.pk <= line.last]
        urgent = [one for one in held if one.priority == Priority.URGENT]
        line.let_in(urgent, begin=begin, together=line.together)
        if len(late) > CROWD:
            line.move_on(usual, begin=begin)
        else:
            line.let_in(late, begin=begin)
            line.append([one for one in usual if one.pk > line.last], begin=begin)
        Turn.objects.filter(pk=row.pk).update(taken_until=line.reach, last_key=line.last)


def release(outlet: Outlet, domain: str, *, now: datetime) -> int:
    """The limit is another one, or none: nobody waits for a turn that was worked out for the old one."""
    with transaction.atomic():
        lock(outlet.pk, f"turns {domain}", now)
        Turn.objects.filter(outlet=outlet, domain=domain).delete()
        return let_go(outlet.channel, reason=WAITS + domain, now=now)


LET_GO = """
UPDATE notices_message SET state = 'queued', reason = '', not_before = %s
WHERE channel = %s AND state = 'deferred' AND reason = %s
"""


def let_go(channel: str, *, reason: str, now: datetime) -> int:
    """All that waits for this reason, however many they are."""
    with connection.cursor() as cursor:
        cursor.execute(LET_GO, [now, channel, reason])
        return cursor.rowcount
