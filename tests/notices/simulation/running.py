"""The real thing, to compare a play with: the clock turns, messages are made and sent over SMTP, all rolled back."""

from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction

from notices.enums import OPEN, WAITING, MessageState
from notices.models import Message, Notice
from notices.pipeline import clockwork, deliver
from notices.pipeline.schedule import fate
from stakeholders.enums import Channel

SOON = timedelta(seconds=10)


@contextmanager
def rolled_back():
    """As the test's own transaction, so that what wants to be outermost does not mind."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def run(*, now, until, also=()) -> None:
    """From `now` to `until`: the clock turns whenever something is due, soon after it, and `also` at other times."""
    others = {moment for moment in also if now < moment <= until}
    at = now
    while at is not None:
        for moment in (at, min(at + SOON, until)):
            clockwork.turn(now=moment, beats=False)
            deliver.drain(Channel.EMAIL, now=moment, seconds=60)
        at = min((moment for moment in {*_moments(), *others} if at < moment <= until), default=None)


def _moments():
    """When the clock will find something to do, as far as anybody knows by now."""
    rows = Notice.objects.filter(state__in=WAITING).select_related("milestone", "step__milestone")
    for notice in rows:
        if notice.send_at:
            yield from (notice.send_at, notice.send_at + fate.TOO_LATE)
        if late := fate.deadline(notice):
            yield late
    yield from Message.objects.filter(state__in=OPEN).values_list("not_before", flat=True)


def what_came_of_it(notices) -> set[tuple]:
    """(notice, when it was released), and (notice, person, channel, state, reason, not before)."""
    rows = Message.objects.filter(notice__in=notices)
    found = set(rows.values_list("notice", "person", "channel", "state", "reason", "not_before"))
    return {row for row in found if row[3] not in (MessageState.SENDING,)}
