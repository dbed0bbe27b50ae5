from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from sample import loading


class Command(BaseCommand):
    help = "Fills an empty database with Northfield College, its dates relative to today."

    def add_arguments(self, parser):
        parser.add_argument("--fresh", action="store_true", help="Empty the database first, whatever is in it.")

    def handle(self, *, fresh: bool, verbosity: int, **options):
        now = timezone.now()
        if not fresh and Account.objects.exists():
            self._keep_or_renew(now)
            return
        self._load(now)

    def _keep_or_renew(self, now):
        made_at = loading.made_at()
        if made_at is None:
            raise CommandError(
                "This database has accounts that are not the sample's. Choose another DATA_DIR, or use make run."
            )
        if made_at.date() == now.date():
            self.stdout.write("The sample organisation is there already, made today.")
        elif loading.was_touched():
            self.stdout.write(
                f"Kept the sample of {made_at:%d %B}, which you have worked in. Make it anew: load_sample --fresh"
            )
        else:
            self._load(now)

    def _load(self, now):
        with transaction.atomic():
            loading.empty()
            counts = loading.load(now=now)
        self.stdout.write("Made " + ", ".join(f"{count:,} {name}" for name, count in counts.items()) + ".")
