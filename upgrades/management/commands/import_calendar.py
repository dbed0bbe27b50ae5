import json
import sys
from pathlib import Path
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Account
from stakeholders.models import Group, Site
from upgrades import calendar_files, calendar_following
from upgrades.calendar_files import Entry, Reading
from upgrades.calendar_following import SCOPES, TABLES, Choices, Comparison, Plan
from upgrades.enums import Freeze
from upgrades.models import ImportedCalendar, Service


class Command(BaseCommand):
    help = "Reads critical days from an iCalendar file. A calendar of that name follows the newer file."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="A calendar file; - reads standard input.")
        parser.add_argument("--name", required=True, help="Of the calendar here.")
        parser.add_argument("--freeze", choices=Freeze.values, help="How strict. Default: soft, or as it is.")
        for name, table in (("group", Group), ("site", Site), ("service", Service)):
            words = (
                f"For whom: the name of a {table._meta.verbose_name}; may be repeated. Default: everybody, or as it is."
            )
            parser.add_argument(f"--{name}", action="append", metavar="NAME", help=words)
        parser.add_argument(
            "--time-zone", help="Of whole days, and of times that name none. Default: UTC, or as it is."
        )
        parser.add_argument("--by", metavar="EMAIL", help="Whose calendar it is. Default: the first administrator.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, keep nothing.")
        parser.add_argument("--json", action="store_true", help="Say it as JSON.")

    def handle(self, *, file: str, name: str, dry_run: bool, **options):
        now = timezone.now()
        stored = ImportedCalendar.objects.filter(name__iexact=name).first()
        shared = _shared(stored, name, options)
        try:
            reading = calendar_files.read(_content(file), zone=shared["time_zone"], now=now)
            plan = Plan(pk=stored.pk if stored else None, **shared, entries=reading.entries)
            if dry_run:
                compared = calendar_following.compare(plan, now=now)
            else:
                compared = calendar_following.apply(plan, by=_by(options["by"]), now=now).comparison
        except (calendar_files.Unreadable, calendar_following.NotPossible, OSError) as error:
            raise CommandError(f"{file}: {_reason(error)}") from error
        said = _as_json(plan, compared, reading) if options["json"] else _as_text(plan, compared, reading)
        self.stdout.write(said)


def _shared(stored: ImportedCalendar | None, name: str, options: dict) -> dict:
    """What is not said stays as it is."""
    zone = options["time_zone"] or (stored.time_zone if stored else "UTC")
    if zone not in available_timezones():
        raise CommandError(f"Nobody knows the time zone {zone}. Write it as Europe/Berlin.")
    kept = Choices.of(stored) if stored else Choices()
    chosen = {scope: _named(scope, options[scope.removesuffix("s")], getattr(kept, scope)) for scope in SCOPES}
    freeze = options["freeze"] or (stored.freeze if stored else Freeze.SOFT.value)
    return {"name": name, "freeze": freeze, "time_zone": zone, "choices": Choices(**chosen)}


def _named(scope: str, names: list[str] | None, kept: tuple[int, ...]) -> tuple[int, ...]:
    if names is None:
        return kept
    found = {name: TABLES[scope]._default_manager.filter(name__iexact=name).first() for name in names}
    if missing := [name for name, row in found.items() if row is None]:
        raise CommandError(f"There is no {scope.removesuffix('s')} called {', '.join(missing)}.")
    return tuple(sorted({row.pk for row in found.values() if row}))


def _by(email: str | None) -> Account:
    if email:
        found = Account.objects.filter(email__iexact=email, is_active=True).first()
    else:
        everybody = Account.objects.filter(is_active=True).order_by("joined_at", "pk")
        found = next((account for account in everybody if account.is_administrator), None)
    if found is None:
        raise CommandError(f"There is no account {email}." if email else "There is no administrator. Say --by EMAIL.")
    return found


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(calendar_files.LARGEST + 1)
    with Path(name).open("rb") as file:
        return file.read(calendar_files.LARGEST + 1)


def _reason(error: Exception) -> str:
    return f"{error.strerror}." if isinstance(error, OSError) and error.strerror else str(error)


def _as_text(plan: Plan, compared: Comparison, reading: Reading) -> str:
    counts = {"new": compared.new, "changed": compared.changed, "gone": compared.gone, "as before": compared.same}
    said = ", ".join(f"{len(rows)} {word}" for word, rows in counts.items() if rows) or "no critical days"
    left_out = [f"Left out: {sentence}" for sentence in reading.left_out]
    return "\n".join([f"{plan.name}: {said}.", *compared.shared, *left_out])


def _as_json(plan: Plan, compared: Comparison, reading: Reading) -> str:
    document = {
        "calendar": plan.name,
        "freeze": plan.freeze,
        "new": [_shown(entry) for entry in compared.new],
        "changed": [_shown(change.entry) for change in compared.changed],
        "gone": [
            _shown(Entry(row.start, row.end, row.time_zone, row.name, row.uid, row.occurs)) for row in compared.gone
        ],
        "unchanged": len(compared.same),
        "shared": list(compared.shared),
        "left_out": list(reading.left_out),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _shown(entry: Entry) -> dict[str, str]:
    times = {"start": entry.start.isoformat(), "end": entry.end.isoformat(), "time_zone": entry.zone}
    return {"name": entry.name, **times, "uid": entry.uid, "occurs": entry.occurs}
