import json
import os
import sys
import traceback
from io import TextIOWrapper
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from notices import bounces
from notices.bounces import Report
from notices.channels import verp
from notices.models import Incoming
from notices.pipeline import coming_back
from notices.pipeline.coming_back import finding

MOST_BYTES = 25_000_000
TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server keeps the mail, and asks again


class Command(BaseCommand):
    help = (
        "Reads a mail that came back from standard input, for a mail server that pipes it. Prints for each recipient "
        "what it says: kind, address, permanent or temporary, and status code. Exit status: 0, also for what cannot be "
        "understood; 75 when the database is away or we fail, so that the mail server tries again. See the help on "
        "what came back."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Only say what it says. Needs no database.")
        parser.add_argument(
            "--json",
            action="store_true",
            help="One object on a line for each recipient; no_message says why none is named.",
        )

    def handle(self, *, dry_run, **options):
        raw = sys.stdin.buffer.read(MOST_BYTES)
        if isinstance(sys.stdout, TextIOWrapper):  # a mail server's environment may know ASCII alone
            sys.stdout.reconfigure(errors="backslashreplace")
        as_json = options["json"]
        for report in bounces.read(raw, read_key=verp.read):
            self._say(json.dumps(fields(report)) if as_json else line(report))
        for row in () if dry_run else take_in(raw):
            if not as_json:
                self._say(f"  {became(row)}")

    def _say(self, text: str) -> None:
        """Where nobody listens any more, the mail is taken in all the same."""
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def take_in(raw: bytes) -> list[Incoming]:
    try:
        return coming_back.take_in(raw, source="pipe", now=timezone.now())
    except (DatabaseError, InterfaceError) as error:
        print(f"The database is away: {error}", file=sys.stderr)
    except Exception:  # with any other status the mail server throws it away
        traceback.print_exc()
    sys.exit(TRY_AGAIN)


def became(row: Incoming) -> str:
    if row.message_id is None:
        return "No message of ours can be proved: it is listed, and changes nothing."
    return f"It is about message {row.message_id}, and noted there."


def fields(report: Report) -> dict[str, Any]:
    message, why = finding.named(report)
    return {
        "kind": str(report.kind),
        "address": report.address,
        "original": report.original,
        "permanent": report.is_permanent,
        "status": report.status,
        "about": str(report.about),
        "detail": report.detail,
        "message": message,
        "no_message": why,
    }


def line(report: Report) -> str:
    lasting = {True: "permanent", False: "temporary", None: ""}[report.is_permanent]
    return " ".join(filter(None, [str(report.kind), report.address, lasting, report.status]))
