"""All of Celery in this project. Tasks carry no data: a lost one costs a moment, a repeated one nothing."""

import logging
from time import monotonic

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from notices.channels import SENDERS
from notices.lint import checking, gate
from notices.operations import readings, signs, watching
from notices.pipeline import clockwork, deliver, outlets
from notices.pipeline.coming_back import mailbox

log = logging.getLogger(__name__)

LOOKING, LOOK_SECONDS = "mailbox:looking", 15 * 60
LEAST = 9  # a tick must not wait behind drains (Redis: 0 is first)


@shared_task
def tick(**_):
    began = monotonic()
    clockwork.turn(now=timezone.now(), demand=gate.demand_sound)
    signs.ticked(seconds=monotonic() - began)
    for channel in SENDERS:
        nudge(channel)
    outlets.remember_halted()


@shared_task
def drain(*, channel, **_):  # **_ : old workers survive new arguments
    with bound_contextvars(channel=channel):
        signs.worked(now=timezone.now())
        drained = deliver.drain(channel)
        readings.count(channel, drained.counts, now=timezone.now())
    if drained.more:
        nudge(channel)


@shared_task
def check_plans(**_):
    """So that the home page knows how each plan stands without checking them all."""
    checking.keep_some(now=timezone.now())


@shared_task
def look_into_mailbox(**_):
    """What came back, where nothing pipes it to us. One look at a time: a slow mailbox gets no second visitor."""
    if settings.BOUNCE_IMAP_URL and cache.add(LOOKING, True, timeout=LOOK_SECONDS):
        try:
            mailbox.look(settings.BOUNCE_IMAP_URL, clock=timezone.now)
        except (mailbox.Unusable, *mailbox.TROUBLE) as error:
            log.warning("mailbox of bounces not read", extra={"why": str(error)[:300]})
        finally:
            cache.delete(LOOKING)


@shared_task
def watch(**_):
    """A reading, alerts and their mails. The web processes do the same, lest nobody says that the workers are gone."""
    watching.look(now=timezone.now())


def nudge(channel: str) -> None:
    """Somebody should look into the outbox. Not worth doing late: the next tick says it again."""
    drain.apply_async(kwargs={"channel": channel}, priority=LEAST, expires=2 * settings.TICK_SECONDS)
