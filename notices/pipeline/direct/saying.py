"""By mail to people who are named, now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from notices.models import Notice
from notices.pipeline import approve, audience, outbox
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades.models import Upgrade

TIME_TO_APPROVE = timedelta(days=1)


@transaction.atomic
def say(
    upgrade: Upgrade,
    *,
    kind: str,
    title: str,
    people: Iterable[int],
    words: Sequence,
    by,
    now: datetime,
    expires_at: datetime | None = None,
    wait: timedelta = approve.AT_ONCE,
    **about: Any,
) -> Notice:
    """By mail to these, after `wait`. One that takes approval waits for it, and goes out by itself within a day."""
    notice = Notice.objects.create(
        upgrade=upgrade,
        kind=kind,
        title=" ".join(title.split())[:120],
        channels=[Channel.EMAIL],
        audience={"people": sorted(people)},
        words=list(words),
        needs_approval=False,
        send_at=now + wait,
        expires_at=expires_at,
        author=by,
        **about,
    )
    if approve.takes_approval(notice):
        notice.send_at = _waits_until(now, expires_at)
        notice.save(update_fields=["send_at"])
        approve.submit(notice, by=by, now=now)
    else:
        approve.schedule(notice, by=by, now=now)
        if not wait:
            outbox.fill(notice, now=now)
    notice.refresh_from_db()
    return notice


def _waits_until(now: datetime, expires_at: datetime | None) -> datetime:
    return now + (min(TIME_TO_APPROVE, (expires_at - now) / 2) if expires_at else TIME_TO_APPROVE)


def reachable(people: QuerySet[Person]) -> QuerySet[Person]:
    """Those whom mail reaches as things stand."""
    found = people.filter(archived_at=None)
    for condition, _ in audience.ADDRESS_REASONS[Channel.EMAIL]:
        found = found.exclude(condition)
    return found
