import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vendors import reading, receiving


class Command(BaseCommand):
    help = "Reads maintenance notes of vendors (MAINTNOTE iCalendar files). A file that is malformed is refused whole."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="A calendar file; - reads standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Say what was understood, keep nothing.")
        parser.add_argument("--json", action="store_true", help="Print the notes as JSON.")

    def handle(self, *, files: list[str], dry_run: bool, **options):
        understood: list[reading.Note] = []
        refused = 0
        for name in files:
            try:
                notes = reading.read(_content(name))
            except (reading.Unreadable, OSError) as error:
                refused += 1
                self.stderr.write(f"{name}: {_reason(error)}")
                continue
            understood += notes
            received = [] if dry_run else receiving.receive(notes, now=timezone.now())
            if not options["json"]:
                self._say(name, notes, received)
        if options["json"]:
            self.stdout.write(_as_json(understood))
        if refused:
            raise CommandError(f"{refused} of {len(files)} files refused.", returncode=1)

    def _say(self, name: str, notes: list[reading.Note], received: list[receiving.Received]):
        for place, note in enumerate(notes):
            outcome = f": {received[place].outcome.label}" if received else ""
            self.stdout.write(
                f"{name}: {note.provider} {note.maintenance_id}, {note.status.label.lower()}, "
                f"{note.start:%Y-%m-%d %H:%M} to {note.end:%Y-%m-%d %H:%M} UTC, {note.impact.label.lower()}{outcome}"
            )


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(reading.LARGEST + 1)
    with Path(name).open("rb") as file:
        return file.read(reading.LARGEST + 1)


def _reason(error: Exception) -> str:
    return f"{error.strerror}." if isinstance(error, OSError) and error.strerror else str(error)


def _as_json(notes: list[reading.Note]) -> str:
    return json.dumps([note.as_json() for note in notes], indent=2, ensure_ascii=False)
