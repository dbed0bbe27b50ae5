"""How the outlets stand: what leaves now against what may, what waits, what left last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, Sum
from django.utils import timezone

from commsplan.lib import secrets
from notices.channels import KINDS
from notices.channels.kind import Kind
from notices.enums import MessageState
from notices.models import DomainTrouble, Health, Message, Outlet, OutletLog, Standstill, Tally
from notices.pipeline import outlets
from notices.pipeline.limits import rates
from notices.pipeline.limits.windows import Window
from stakeholders.enums import Channel

MOST_COUNTED = 10_000
WIDTH = 40  # of a day in the drawing of a warm-up
LAST = 10
SHOWN_DOMAINS = 3  # that are stopped, unfolded
LOG = 20
SAID = {"per_second": "second", "per_minute": "minute", "per_hour": "hour", "per_day": "24 hours"}
LOCKED = (
    "No key opens what is stored, so nothing is sent over it. Put the former key behind the present one into "
    "SECRETS_KEYS, start CommsPlan again and run “manage.py rotate_secrets”; or set it up once more."
)
NEARLY = 0.9  # of a limit


@dataclass(frozen=True)
class Bar:
    """What left within one window, against what may."""

    label: str
    used: int
    most: int

    @property
    def shown(self) -> int:
        return min(self.used, self.most)

    @property
    def words(self) -> str:
        return f"{self.used:,} of {self.most:,} in the last {self.label}"

    @property
    def is_full(self) -> bool:
        return self.used >= NEARLY * self.most

    @property
    def tone(self) -> str:
        return "warn" if self.is_full else ""


@dataclass
class Standing:
    outlet: Outlet
    kind: Kind
    state: str
    detail: str = ""
    bars: list[Bar] = field(default_factory=list)
    minute: int = 0
    hour: int = 0
    waiting: int = 0
    is_tried: bool = False
    refusing: Sequence[DomainTrouble] = ()  # the first domains that are stopped
    stopped_by_first: str = ""  # of a fallback: why the first one was stopped by hand

    @property
    def fullest(self) -> Bar | None:
        return max(self.bars, key=lambda bar: bar.used / max(bar.most, 1), default=None)

    @property
    def refusing_first(self) -> Sequence[DomainTrouble]:
        return self.refusing[:SHOWN_DOMAINS]

    @property
    def refusing_others(self) -> Sequence[DomainTrouble]:
        return self.refusing[SHOWN_DOMAINS:]

    @property
    def refusing_more(self) -> int:
        return _number(self.refusing) - len(self.refusing_first)

    @property
    def refusing_unnamed(self) -> int:
        return _number(self.refusing) - len(self.refusing)

    @property
    def waits(self) -> str:
        return f"more than {MOST_COUNTED:,}" if self.waiting > MOST_COUNTED else f"{self.waiting:,}"

    @property
    def slug(self) -> str:
        return slug_of(self.outlet)

    @property
    def is_set_up(self) -> bool:
        return self.outlet.pk is not None


def slug_of(outlet: Outlet) -> str:
    return f"{outlet.channel}-fallback" if outlet.is_fallback else outlet.channel


def all_outlets(*, now: datetime) -> list[Standing]:
    """One for each channel that sends, set up or not, and the fallbacks. The same few queries for any number."""
    return of_known(
        Outlet.objects.with_standing(),
        troubles=DomainTrouble.objects.first_stopped(),
        waiting=_waiting(list(KINDS)),
        is_halted=Standstill.objects.filter(ended_at=None).exists(),
        now=now,
    )


def of_known(
    rows: Iterable[Outlet],
    *,
    troubles: Iterable[DomainTrouble],
    waiting: Mapping[str, int],
    is_halted: bool,
    now: datetime,
) -> list[Standing]:
    """The same for whoever has looked already, in one query. `waiting`: messages by channel."""
    stored = list(rows)
    known = {(one.channel, one.is_fallback): one for one in stored}
    if settings.EMAIL_FALLBACK_URL:
        known.setdefault((Channel.EMAIL, True), outlets.usual(Channel.EMAIL, is_fallback=True))
    for channel in KINDS:
        known.setdefault((channel, False), outlets.usual(channel))
    shown = [known[key] for key in sorted(known, key=_place) if key[0] in KINDS]
    return _standings(shown, stored, troubles=troubles, waiting=waiting, is_halted=is_halted, now=now)


def _place(key: tuple[str, bool]) -> tuple[int, bool]:
    return list(Channel).index(Channel(key[0])), key[1]


def standing(outlet: Outlet, *, now: datetime) -> Standing:
    waiting = {} if outlet.is_fallback else _waiting([outlet.channel])
    halted, troubles = Standstill.objects.filter(ended_at=None).exists(), DomainTrouble.objects.first_stopped()
    rows = Outlet.objects.with_standing().filter(channel=outlet.channel)
    return _standings([outlet], list(rows), troubles=troubles, waiting=waiting, is_halted=halted, now=now)[0]


def _standings(
    known: Sequence[Outlet],
    rows: Sequence[Outlet],
    *,
    troubles: Iterable[DomainTrouble],
    waiting: Mapping[str, int],
    is_halted: bool,
    now: datetime,
) -> list[Standing]:
    """`rows`: all that are stored."""
    allowed = {slug_of(one): rates.windows_of(one, now=now) for one in known}
    used = _used({window.length for windows in allowed.values() for window in windows}, now=now)
    tried = used.keys() | {one.pk for one in rows if one.is_tried}  # type: ignore[attr-defined]
    by_hand = {one.channel: one for one in rows if one.stopped_by_id and not one.is_fallback}
    stopped = list(troubles)
    found = [
        Standing(
            outlet=one,
            kind=KINDS[one.channel],
            state="works",
            bars=_bars(allowed[slug_of(one)], used.get(one.pk, {})),
            minute=used.get(one.pk, {}).get(rates.MINUTE, 0),
            hour=used.get(one.pk, {}).get(rates.HOUR, 0),
            waiting=0 if one.is_fallback else waiting.get(one.channel, 0),
            is_tried=one.pk in tried,
            refusing=[each for each in stopped if each.outlet_id == one.pk],
            stopped_by_first=_stopped_with(one, by_hand.get(one.channel)),
        )
        for one in known
    ]
    for one in found:
        one.state, one.detail = _state(one, is_halted, now=now)
    return found


def _bars(allowed: Sequence[Window], used: Mapping[timedelta, int]) -> list[Bar]:
    labels = {rates.LENGTHS[name]: said for name, said in SAID.items()}
    return [Bar(labels[one.length], used.get(one.length, 0), one.most) for one in allowed]


def _stopped_with(outlet: Outlet, first: Outlet | None) -> str:
    return f"{first} is stopped: {first.stop_reason}" if outlet.is_fallback and first else ""


def _state(one: Standing, halted: bool, *, now: datetime) -> tuple[str, str]:
    outlet = one.outlet
    health: Health | None = getattr(outlet, "health", None) if outlet.pk else None
    if outlet.pk is None and outlet.channel != Channel.EMAIL:
        return "not_set_up", f"{one.waits} wait. They end as failed unless it is set up." if one.waiting else ""
    if outlet.is_stopped:
        return "stopped", outlet.stop_reason
    if one.stopped_by_first:
        return "stopped", one.stopped_by_first
    if halted:
        return "stopped", "Everything that sends is stopped."
    if not secrets.opens(outlet.secrets):
        return "locked", LOCKED
    if health:
        return ("replaced" if health.is_replaced else "down"), health.reason
    if one.refusing:
        return "refused", _said_of(one.refusing)
    if not one.is_tried:
        return "untried", "Nothing has left over it so far."
    if any(bar.is_full for bar in one.bars) and one.waiting:
        return "throttled", ""
    if (limit := rates.warm_up_limit(outlet, now=now)) is not None:
        return "warming_up", f"Up to {limit:,} in 24 hours today."
    return "works", ""


def _said_of(refusing: Sequence[DomainTrouble]) -> str:
    named = ", ".join(one.domain for one in refusing[: outlets.MOST_DOMAINS])
    more = _number(refusing) - outlets.MOST_DOMAINS
    return f"Nothing goes to {named}{f' and {more:,} more' if more > 0 else ''}."


def _number(refusing: Sequence[DomainTrouble]) -> int:
    """Of all, those among them that nobody has read included."""
    return max((one.number for one in refusing), default=0)  # type: ignore[attr-defined]


def _used(lengths: set[timedelta], *, now: datetime) -> dict[int, dict[timedelta, int]]:
    """By outlet and window. What is reserved counts, as it does for the workers."""
    asked = sorted(lengths | {rates.MINUTE, rates.HOUR})
    sums: dict[str, Any] = {
        f"n{place}": Sum("count", filter=Q(at__gt=now - length)) for place, length in enumerate(asked)
    }
    since = now - asked[-1]
    rows: Any = Tally.objects.filter(domain="", at__gt=since).order_by().values("outlet").annotate(**sums)
    return {row["outlet"]: {length: row[f"n{place}"] or 0 for place, length in enumerate(asked)} for row in rows}


WAITING = """
SELECT wanted.channel, (SELECT count(*) FROM (
    SELECT FROM notices_message WHERE channel = wanted.channel AND state IN ('queued', 'deferred') LIMIT %s) AS first)
FROM unnest(%s::text[]) AS wanted (channel)
"""


def _waiting(channels: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [MOST_COUNTED + 1, list(channels)])
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Day:
    """One day of a warm-up, as a column of its drawing."""

    number: int
    on: date
    limit: int
    height: float
    is_today: bool
    is_over: bool

    @property
    def x(self) -> int:
        return self.number * WIDTH + 4

    @property
    def y(self) -> float:
        return 108 - self.height

    @property
    def middle(self) -> int:
        return self.x + 16

    @property
    def label_y(self) -> float:
        return self.y - 4

    @property
    def short(self) -> str:
        """Of a large number two digits are enough above a column."""
        for size, letter in ((1_000_000, "M"), (1_000, "k")):
            if self.limit >= size:
                return f"{self.limit / size:.2g}{letter}" if self.limit < 10 * size else f"{self.limit // size}{letter}"
        return str(self.limit)


MOST_DAYS = 22


def warm_up(outlet: Outlet, *, now: datetime) -> list[Day]:
    """Day by day until the usual limit. The columns grow with the number of digits: it doubles each day."""
    if outlet.warm_up_from is None or not outlet.warm_up_start:
        return []
    today = timezone.localdate(now, timezone.get_default_timezone())
    limits = []
    for day in range(MOST_DAYS):
        limit = rates.warm_up_on(outlet, day)
        limits.append(limit or rates.usual_day(outlet))
        if limit is None:
            break
    steps = len(limits)
    return [
        Day(
            number=place,
            on=outlet.warm_up_from + timedelta(days=place),
            limit=limit,
            height=round(20 + 80 * (place + 1) / steps, 1),
            is_today=outlet.warm_up_from + timedelta(days=place) == today,
            is_over=outlet.warm_up_from + timedelta(days=place) < today,
        )
        for place, limit in enumerate(limits)
    ]


def last_messages(outlet: Outlet, *, now: datetime) -> list[Message]:
    """Of mail those that left in the last day, as far back as the tally says that some did: it has millions. Of other
    channels the last ones, whatever became of them."""
    messages = Message.objects.filter(channel=outlet.channel).select_related("notice__upgrade", "person")
    if outlet.channel != Channel.EMAIL:
        return list(messages.exclude(state=MessageState.QUEUED).order_by("-pk")[:LAST])
    since = _since(outlet, now=now) or now - rates.DAY
    return list(messages.filter(sent_at__gte=since).order_by("-sent_at", "-pk")[:LAST])


SINCE = """
SELECT min(at) FROM (
    SELECT at, sum(count) OVER (ORDER BY at DESC, id) - count AS later FROM notices_tally
    WHERE outlet_id = %s AND domain = '' AND at BETWEEN %s AND %s) AS left_since
WHERE later < %s
"""


def _since(outlet: Outlet, *, now: datetime) -> datetime | None:
    """When the last few had not left yet. A report is at most ten minutes coarse when it is old."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [outlet.pk, now - rates.DAY, now + timedelta(minutes=1), LAST])
        at = cursor.fetchone()[0]
    if at is None:
        return None
    coarse = timedelta(minutes=11) if at < now - rates.HOUR else timedelta(minutes=1)
    return at - coarse


def log_of(outlet: Outlet) -> list[OutletLog]:
    found = OutletLog.objects.filter(outlet=outlet).select_related("by").order_by("-at", "-pk")
    return list(found[:LOG])


def domains_of(outlet: Outlet, *, now: datetime) -> list[dict]:
    """Each limit with what left to it in the last minute."""
    used = Tally.objects.filter(outlet=outlet, at__gt=now - rates.MINUTE).exclude(domain="").order_by()
    minute = {row["domain"]: row["number"] for row in used.values("domain").annotate(number=Sum("count"))}
    limits = outlet.domains.order_by(F("domain"), "pk")
    return [{"limit": one, "minute": minute.get(one.domain, 0)} for one in limits]
