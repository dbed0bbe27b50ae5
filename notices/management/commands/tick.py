from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notices.channels import SENDERS
from notices.pipeline import clockwork, deliver


class Command(BaseCommand):
    help = "One turn of the clock, as Celery's beat makes it every few seconds. Prints what it did."
    requires_system_checks: list[str] = []  # a worker is no place for them

    def add_arguments(self, parser):
        parser.add_argument("--now", help="As if it were this time (ISO 8601; without an offset: TIME_ZONE).")
        parser.add_argument("--drain", action="store_true", help="Also send what is ready, in this process.")

    def handle(self, *, now, drain, **options):
        given = moment(now) if now else None
        self.stdout.write(str(clockwork.turn(now=given or timezone.now(), beats=given is None)))
        for channel in SENDERS if drain else ():
            self.stdout.write(f"{channel}: {deliver.drain(channel, now=given, seconds=float('inf'))}")


def moment(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a time. Write it like 2026-03-29T02:00+01:00.") from error
    return value if timezone.is_aware(value) else timezone.make_aware(value)
