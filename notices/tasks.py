"""All of Celery in this project. Tasks carry no data: a lost one costs a moment, a repeated one nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from notices.channels import SENDERS
from notices.lint import checking, gate
from notices.pipeline import clockwork, deliver

LEAST = 9  # a tick must not wait behind drains (Redis: 0 is first)


@shared_task
def tick(**_):
    clockwork.turn(now=timezone.now(), demand=gate.demand_sound)
    for channel in SENDERS:
        nudge(channel)


@shared_task
def drain(*, channel, **_):  # **_ : old workers survive new arguments
    if deliver.drain(channel).more:
        nudge(channel)


@shared_task
def check_plans(**_):
    """So that the home page knows how each plan stands without checking them all."""
    checking.keep_some(now=timezone.now())


def nudge(channel: str) -> None:
    """Somebody should look into the outbox. Not worth doing late: the next tick says it again."""
    drain.apply_async(kwargs={"channel": channel}, priority=LEAST, expires=2 * settings.TICK_SECONDS)
