import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notices.proof import writing
from upgrades.models import Upgrade


class Command(BaseCommand):
    help = (
        "Writes the proof of notice of an upgrade: who was told what, when, over which channel, with which evidence. "
        "Exit status: 0 written, 2 the file cannot be written, 3 no such upgrade."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("slug", help="As in the address of its pages.")
        parser.add_argument("--output", required=True, metavar="FILE", help="The ZIP to write; replaces an old one.")
        parser.add_argument("--without-names", action="store_true", help="With pseudonyms instead of people.")

    def handle(self, *, slug, output, without_names, **options):
        upgrade = Upgrade.objects.filter(slug=slug).first()
        if upgrade is None:
            raise CommandError(f"There is no upgrade “{slug}”.", returncode=3)
        path = Path(output)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            made = self._write(upgrade, unfinished, names=not without_names)
            unfinished.replace(path)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.", returncode=2) from error
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{made.entries} entries in {output}\nHead: {made.head}")

    def _write(self, upgrade, path, *, names):
        """Nobody else on this machine reads it while it is written, nor after."""
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            return writing.write(upgrade, file, by=None, now=timezone.now(), names=names, report=self._report)

    def _report(self, entries):
        if self.stderr.isatty():
            self.stderr.write(f"\r{entries} entries", ending="")
