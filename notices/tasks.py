"""All of Celery in this project. Tasks carry no data: a lost one costs a moment, a repeated one nothing."""

import logging
from time import monotonic

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from structlog.contextvars import bound_contextvars

from commsplan.lib import clock
from commsplan.lib.answering import each_answered
from notices.channels import SENDERS
from notices.lint import checking, gate
from notices.operations import readings, signs, watching
from notices.pipeline import clockwork, deliver, outbox, outlets
from notices.pipeline.coming_back import mailbox
from stakeholders.enums import Channel

log = logging.getLogger(__name__)

LOOKING, LOOK_SECONDS = "mailbox:looking", 15 * 60
BULK, OTHERS = "celery", "others"  # queues
LEAST = 9  # a tick must not wait behind drains (Redis: 0 is first)


@shared_task
@each_answered
def tick(**_):
    began = monotonic()
    clockwork.turn(now=clock.now(), demand=gate.demand_sound)
    signs.ticked(seconds=monotonic() - began)
    for channel in outbox.waiting(SENDERS):
        nudge(channel)
    outlets.remember_halted()


@shared_task
@each_answered
def drain(*, channel, **_):  # **_ : old workers survive new arguments
    with bound_contextvars(channel=channel):
        signs.worked(now=clock.as_far_as_known())
        drained = deliver.drain(channel)
        readings.count(channel, drained.counts, now=clock.as_far_as_known())
    if drained.more:
        nudge(channel, wait=drained.wait)


@shared_task
@each_answered
def check_plans(**_):
    """So that the home page knows how each plan stands without checking them all."""
    checking.keep_some(now=clock.now())


@shared_task
@each_answered
def look_into_mailbox(**_):
    """What came back, where nothing pipes it to us. One look at a time: a slow mailbox gets no second visitor."""
    if settings.BOUNCE_IMAP_URL and cache.add(LOOKING, True, timeout=LOOK_SECONDS):
        try:
            mailbox.look(settings.BOUNCE_IMAP_URL, clock=clock.shared())
        except (mailbox.Unusable, *mailbox.TROUBLE) as error:
            log.warning("mailbox of bounces not read", extra={"why": str(error)[:300]})
        finally:
            cache.delete(LOOKING)


@shared_task
@each_answered
def watch(**_):
    """A reading, alerts and their mails. The web processes do the same, lest nobody says that the workers are gone."""
    now = clock.as_far_as_known()
    signs.worked(now=now)
    watching.look(now=now)


def nudge(channel: str, *, wait: float = 0) -> None:
    """Somebody should look into the outbox, in `wait` seconds. Not worth doing late: the next tick says it again.

    Mail has a queue of its own: workers take from both in turn, so a long bulk send keeps no other channel waiting.
    """
    if wait > settings.TICK_SECONDS:
        return
    queue = BULK if channel == Channel.EMAIL else OTHERS
    expires = wait + 2 * settings.TICK_SECONDS
    drain.apply_async(kwargs={"channel": channel}, queue=queue, priority=LEAST, countdown=wait, expires=expires)
