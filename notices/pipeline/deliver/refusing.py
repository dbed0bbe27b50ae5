"""Whoever refuses for good, again and again, is written to no more until a person has looked: one domain of recipients,
or, when it is not the fault of one domain, the whole outlet.

    rows = refusing.hold_back(outlet, rows, now=now)            # nothing leaves for a domain that is stopped
    refusing.told(outlet, refusals, worked=True, took={"example.org"}, now=now)
    refusing.start(outlet, "example.org", by=…, now=now)

Of what counts against the outlet, one domain makes up at most half: if all others take what comes, they go on. What
speaks of us, such as a sender that is refused, counts in full.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from notices.enums import OutletLogKind
from notices.models import DomainTrouble, Outlet
from notices.pipeline import outlets
from notices.pipeline.limits.locking import lock
from notices.pipeline.limits.turns import CROWD, domain_of, let_go
from notices.pipeline.outbox import Claimed
from stakeholders.enums import Channel

log = logging.getLogger(__name__)

STOPPED = "Nothing goes to this domain: "
LOOKED_AT_AGAIN = timedelta(hours=1)  # another outlet may be in use by then
MOST_KNOWN = 500  # domains of one outlet that refused what came last: each claim looks at them


@dataclass(frozen=True)
class Refusal:
    """`domain`: of the recipient; empty where that says nothing, or where it is about us."""

    domain: str
    reason: str


@dataclass(frozen=True)
class Row:
    """In a row, of one domain: how many, and how many of them count against the outlet."""

    errors: int = 0
    counted: int = 0
    is_stopped: bool = False


def domain_at(outlet: Outlet, address: str) -> str:
    """Only the addresses of mail have a domain that decides by itself."""
    return domain_of(address) if outlet.channel == Channel.EMAIL else ""


def known(outlet: Outlet) -> dict[str, Row]:
    """The domains that refused what came last. One look, and mostly there are none."""
    rows = DomainTrouble.objects.filter(outlet=outlet).values_list("domain", "errors", "counted", "stopped_at")
    return {domain: Row(errors, counted, at is not None) for domain, errors, counted, at in rows}


def share_of_one(outlet: Outlet) -> int:
    return max(1, outlet.stop_after // 2)


def counts(outlet: Outlet, rows: Mapping[str, Row], domains: Iterable[str]) -> int:
    """How many of these refusals count against the outlet."""
    numbers = {domain: len(list(group)) for domain, group in groupby(sorted(domains))}
    return sum(
        number if not domain else max(0, min(number, share_of_one(outlet) - rows.get(domain, Row()).counted))
        for domain, number in numbers.items()
    )


@transaction.atomic
def told(
    outlet: Outlet,
    in_a_row: Sequence[Refusal],
    *,
    of_domains: Sequence[Refusal] = (),
    worked: bool = False,
    took: Collection[str] = (),
    now: datetime,
) -> None:
    """`worked`: something was accepted before these were refused `in_a_row`. `took`: the domains that accepted
    something; `of_domains`: what each refused since then, if that is not the same."""
    row = _lock(outlet)
    if worked:
        Outlet.objects.filter(pk=row.pk, errors_in_row__gt=0).update(errors_in_row=0)
        DomainTrouble.objects.filter(outlet=row, counted__gt=0).update(counted=0)
    DomainTrouble.objects.filter(outlet=row, domain__in=took, stopped_at=None).delete()
    if row.stop_after:
        counted = counts(row, known(row), [one.domain for one in in_a_row])
        _count(row, of_domains or in_a_row, in_a_row, now=now)
        _count_all(row, counted, in_a_row, now=now)
        _forget_the_least(row)
    outlet.refresh_from_db()


def _lock(outlet: Outlet) -> Outlet:
    """Who counts writes no row back that somebody starts again just then."""
    return Outlet.objects.select_for_update(of=("self",), no_key=True).get(pk=outlet.pk)


def _count_all(outlet: Outlet, counted: int, refusals: Sequence[Refusal], *, now: datetime) -> None:
    Outlet.objects.filter(pk=outlet.pk).update(errors_in_row=F("errors_in_row") + counted)
    outlet.refresh_from_db()
    if counted and not outlet.is_stopped and outlet.errors_in_row >= outlet.stop_after:
        said = f"{outlet.errors_in_row} errors in a row. The last one: {refusals[-1].reason}"
        outlets.stop(outlet, by=None, now=now, reason=said)


def _count(outlet: Outlet, refusals: Sequence[Refusal], in_a_row: Sequence[Refusal], *, now: datetime) -> None:
    for domain in sorted({one.domain for one in refusals} - {""}):
        reasons = [one.reason for one in refusals if one.domain == domain]
        trouble, _ = DomainTrouble.objects.get_or_create(outlet=outlet, domain=domain)
        trouble.errors += len(reasons)
        trouble.counted = min(share_of_one(outlet), trouble.counted + sum(one.domain == domain for one in in_a_row))
        trouble.reason = reasons[-1][:300]
        trouble.save()
        if trouble.errors >= outlet.stop_after and trouble.stopped_at is None:
            _stop(outlet, trouble, now=now)


def _forget_the_least(outlet: Outlet) -> None:
    """A domain to which nobody writes any more never says that it takes what comes."""
    going_on = DomainTrouble.objects.filter(outlet=outlet, stopped_at=None)
    worst = going_on.order_by("-errors", "-pk").values("pk")[:MOST_KNOWN]
    going_on.exclude(pk__in=worst).delete()


def _stop(outlet: Outlet, trouble: DomainTrouble, *, now: datetime) -> None:
    DomainTrouble.objects.filter(pk=trouble.pk).update(stopped_at=now)
    said = f"Mail to {trouble.domain}: {trouble.errors} errors in a row. The last one: {trouble.reason}"
    outlets.note(outlet, OutletLogKind.STOPPED, said, at=now)
    log.warning("domain stopped: outlet=%s domain=%s reason=%s", outlet, trouble.domain, trouble.reason)
    outlets.tell_pages()


HOLD = """
WITH held AS (
    SELECT message.id FROM notices_message message
    JOIN unnest(%(keys)s::bigint[], %(attempts)s::smallint[]) AS mine (id, attempts)
      ON mine.id = message.id AND mine.attempts = message.attempts
    WHERE message.state = 'sending'),
others AS MATERIALIZED (
    SELECT message.id FROM notices_message message
    WHERE %(all)s AND message.channel = %(channel)s AND message.state IN ('queued', 'deferred')
      AND message.not_before <= %(now)s AND lower(split_part(message.address, '@', 2)) = %(domain)s
    FOR UPDATE OF message SKIP LOCKED)
UPDATE notices_message message SET state = 'deferred', reason = %(reason)s, lease_until = NULL, not_before = %(until)s,
    attempts = message.attempts - CASE WHEN message.state = 'sending' THEN 1 ELSE 0 END
FROM (SELECT id FROM held UNION ALL SELECT id FROM others) AS everybody WHERE everybody.id = message.id
"""


def hold_back(outlet: Outlet, rows: list[Claimed], *, domains: Collection[str], now: datetime) -> list[Claimed]:
    """Those that may leave. `domains`: that were stopped when somebody looked last."""
    left = rows
    for domain in domains:
        of_it = [row for row in left if domain_of(row.address) == domain]
        if of_it and _hold(outlet, domain, of_it, now=now):
            left = [row for row in left if domain_of(row.address) != domain]
    return left


def _hold(outlet: Outlet, domain: str, rows: Sequence[Claimed], *, now: datetime) -> bool:
    """The crowd behind them comes along, so that nobody claims them one batch after the other; not what waits for its
    own hour, for `start` lets all of these out at once. False: it was started again a moment ago."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock(outlet.pk, f"turns {domain}", now)
        if not DomainTrouble.objects.filter(outlet=outlet, domain=domain, stopped_at__isnull=False).exists():
            return False
        params: dict[str, Any] = {"keys": [row.pk for row in rows], "attempts": [row.attempts for row in rows]}
        params |= {"all": len(rows) > CROWD, "channel": outlet.channel, "domain": domain}
        cursor.execute(HOLD, params | {"reason": STOPPED + domain, "now": now, "until": now + LOOKED_AT_AGAIN})
    return True


@transaction.atomic
def start_all(outlet: Outlet, *, by, now: datetime) -> int:
    """Every domain that is stopped. Returns how many."""
    stopped = DomainTrouble.objects.filter(outlet=outlet, stopped_at__isnull=False).order_by("domain")
    return sum(start(outlet, domain, by=by, now=now) for domain in list(stopped.values_list("domain", flat=True)))


@transaction.atomic
def start(outlet: Outlet, domain: str, *, by, now: datetime) -> bool:
    """What waits leaves at once. False: it was not stopped."""
    _lock(outlet)
    lock(outlet.pk, f"turns {domain}", now)
    if not DomainTrouble.objects.filter(outlet=outlet, domain=domain, stopped_at__isnull=False).delete()[0]:
        return False
    let_go(outlet.channel, reason=STOPPED + domain, now=now)
    outlets.note(outlet, OutletLogKind.STARTED, f"Mail to {domain}", at=now, by=by)
    outlets.tell_pages()
    return True
