from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commsplan.lib.answering import each_answered
from notices.channels import SENDERS
from notices.lint import gate
from notices.pipeline import clockwork, deliver, outbox
from stakeholders.enums import Channel


class Command(BaseCommand):
    help = (
        "One turn of the clock and one round of sending, as Celery's beat starts every few seconds. Prints what it did."
    )
    requires_system_checks: list[str] = []  # a worker is no place for them

    def add_arguments(self, parser):
        parser.add_argument("--now", help="As if it were this time (ISO 8601; without an offset: TIME_ZONE).")
        parser.add_argument("--keep", action="store_true", help="Send nothing: leave it to the workers.")

    @each_answered
    def handle(self, *, now, keep, **options):
        given = moment(now) if now else None
        turn = clockwork.turn(now=given or timezone.now(), beats=given is None, demand=gate.demand_sound)
        self.stdout.write(str(turn))
        for channel in () if keep else outbox.waiting(SENDERS) or [Channel.EMAIL]:
            self.stdout.write(f"{channel}: {deliver.drain(channel, now=given, seconds=float('inf'))}")


def moment(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a time. Write it like 2026-03-29T02:00+01:00.") from error
    return value if timezone.is_aware(value) else timezone.make_aware(value)
