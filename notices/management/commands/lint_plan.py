import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notices.lint import checking, showing
from upgrades.models import Upgrade


class Command(BaseCommand):
    help = "Checks the plan of an upgrade. Exit status: 0 clean, 1 warnings, 2 errors, 3 it could not be checked."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("slug", help="As in the address of its pages.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, slug, format, **options):
        upgrade = Upgrade.objects.filter(slug=slug).first()
        if upgrade is None:
            raise CommandError(f"There is no upgrade “{slug}”.", returncode=3)
        try:
            report = checking.check(upgrade, now=timezone.now())
        except Exception as error:  # a traceback would exit with 1, which says "warnings"
            raise CommandError(f"The check failed: {error!r}", returncode=3) from error
        self.stdout.write(
            json.dumps(showing.as_json(report), indent=2) if format == "json" else showing.as_text(report)
        )
        sys.exit(report.exit_status)
