import signal
import sys

from django.core.management.base import BaseCommand

from notices.channels import SENDERS
from notices.pipeline import deliver, outbox
from stakeholders.enums import Channel


class Command(BaseCommand):
    help = "Sends what is ready in the outbox, in this process, until nothing is left. Prints what came of it."
    requires_system_checks: list[str] = []  # a worker is no place for them

    def add_arguments(self, parser):
        parser.add_argument("--channel", choices=sorted(SENDERS), help="Only this one.")
        parser.add_argument("--seconds", type=float, default=float("inf"), help="Stop after this time.")

    def handle(self, *, channel, seconds, **options):
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what has not left is given back
        try:
            for one in [channel] if channel else outbox.waiting(SENDERS) or [Channel.EMAIL]:
                self.stdout.write(f"{one}: {deliver.finish(one, seconds=seconds)}")
        finally:
            signal.signal(signal.SIGTERM, before)
