"""Exit codes: 0 all went well; 1 refused because of the rows, or because the register changed meanwhile; 2 the file
cannot be read, or the command makes no sense. docs/importing.md describes the output of --json."""

import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Account
from commsplan.lib import telephone
from directory.enums import ImportState, RowOutcome
from directory.importing import applying, mapping, previewing, uploading
from directory.importing.forgetting import throw_away
from directory.importing.refusals import MappingRefused, Refused, Unreadable
from directory.models import Import, ImportRow

SHOWN = 20  # rows of each kind
ROWS, FILE = 1, 2  # exit codes


class Command(BaseCommand):
    help = "Brings people in from a CSV or Excel (.xlsx) file. All rows are applied at once, or none."

    def add_arguments(self, parser):
        parser.add_argument("file", help="The file; - reads standard input.")
        parser.add_argument("--mapping", metavar="FILE", help='JSON {"column": "field"}, in place of guessing.')
        parser.add_argument("--dry-run", action="store_true", help="Only say what would change.")
        parser.add_argument("--json", action="store_true", help="Say it as JSON (docs/importing.md).")
        parser.add_argument("--skip-wrong", action="store_true", help="Leave rows with errors out, apply the others.")
        parser.add_argument("--create-groups", action="store_true", help="Make groups that do not exist yet.")
        parser.add_argument(
            "--phone-code",
            metavar="CODE",
            type=_code,
            help="Of the country of mobile numbers that have none, as in +49.",
        )
        parser.add_argument("--by", metavar="EMAIL", help="The account that the history names.")

    def handle(self, *, file: str, dry_run: bool, **options):
        self.as_json, self.dry_run = options["json"], dry_run
        import_ = None
        try:
            import_ = self._preview(file, **options)
            self._apply(import_, **options)
        except Refused as refusal:
            self._refuse(import_, file, refusal)
        finally:
            if import_ and import_.state != ImportState.APPLIED:
                throw_away(import_)

    def _preview(
        self, file: str, *, mapping: str | None, create_groups: bool, phone_code: str | None, by: str | None, **_
    ) -> Import:
        now, account, chosen = timezone.now(), _account(by), _mapping(mapping)
        with _opened(file) as (content, size):
            import_ = uploading.take_in(content, name=file, by=account, now=now, size=size)
        try:
            wanted = import_.mapping if chosen is None else chosen
            previewing.ask(import_, mapping=wanted, creates_groups=create_groups, phone_code=phone_code or "", now=now)
            previewing.preview(import_)
            if import_.state == ImportState.FAILED:
                raise Unreadable(import_.problem)
        except BaseException:
            throw_away(import_)
            raise
        return import_

    def _apply(self, import_: Import, *, skip_wrong: bool, **_) -> None:
        problem = self._wrong(import_, skip_wrong)
        if not problem and not self.dry_run:
            try:
                applying.ask(import_, skips_wrong=skip_wrong, now=timezone.now())
                applying.apply(import_, by=import_.by, now=timezone.now())
            except Refused as refusal:
                problem = str(refusal)
        state = "refused" if problem else "previewed" if self.dry_run else "applied"
        self._say(import_, state, problem)
        if problem:
            raise CommandError(f"Nothing was changed. {problem}", returncode=ROWS)

    def _wrong(self, import_: Import, skip_wrong: bool) -> str:
        wrong = import_.counts[RowOutcome.WRONG]
        if not wrong or skip_wrong:
            return ""
        return f"Rows with errors: {wrong:,}. Correct them, or leave them out with --skip-wrong."

    def _refuse(self, import_: Import | None, file: str, refusal: Refused) -> None:
        if self.as_json:
            problems = refusal.sentences if isinstance(refusal, MappingRefused) else [str(refusal)]
            self._write_json({"file": _name(file), "state": "unreadable", "problem": " ".join(problems)})
        raise CommandError(f"Nothing was changed. {refusal}", returncode=FILE)

    def _say(self, import_: Import, state: str, problem: str) -> None:
        if self.as_json:
            self._say_json(import_, state, problem)
        else:
            self._say_words(import_, state)

    def _say_words(self, import_: Import, state: str) -> None:
        counts = import_.counts
        for column in import_.head:
            self.stdout.write(f"  {column}: {import_.mapping.get(column, 'not used')}")
        self.stdout.write(
            f"{counts['new']:,} new, {counts['changed']:,} changed, {counts['same']:,} unchanged, "
            f"{counts['wrong']:,} with errors."
        )
        if counts["new_groups"]:
            self.stdout.write(f"New groups: {', '.join(counts['new_groups'])}.")
        for outcome in (RowOutcome.WRONG, RowOutcome.CHANGED, RowOutcome.NEW):
            self._say_rows(import_, outcome)
        if state == "previewed":
            self.stdout.write("This was a dry run: nothing was changed.")
        elif state == "applied":
            self.stdout.write("Applied.")

    def _say_rows(self, import_: Import, outcome: RowOutcome) -> None:
        rows = import_.rows.filter(outcome=outcome).order_by("number")
        for row in rows.select_related("person")[:SHOWN]:
            for line in _lines(row):
                self.stdout.write(f"  Row {row.number}, {line}")
        if (more := import_.counts[outcome] - SHOWN) > 0:
            self.stdout.write(f"  … and {more:,} more rows ({outcome.label.lower()}).")

    def _say_json(self, import_: Import, state: str, problem: str) -> None:
        """Row by row, however many there are."""
        head = {
            "file": import_.file_name,
            "state": state,
            "problem": problem,
            "mapping": import_.mapping,
            "unused_columns": [column for column in import_.head if column not in import_.mapping],
            "counts": import_.counts,
        }
        self.stdout.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [', ending="")
        rows = import_.rows.exclude(outcome=RowOutcome.SAME, kept=[]).order_by("number")
        for number, row in enumerate(rows.iterator(chunk_size=2000)):
            self.stdout.write("," * (number > 0) + "\n" + json.dumps(_as_json(row), ensure_ascii=False), ending="")
        self.stdout.write("]}")

    def _write_json(self, value: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False))


def _as_json(row: ImportRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "outcome": row.outcome,
        "person": row.person_id,
        "values": row.values,
        "changes": row.changes,
        "kept": row.kept,
        "problems": row.problems,
    }


def _lines(row: ImportRow) -> Iterator[str]:
    if row.outcome == RowOutcome.WRONG:
        for problem in row.problems:
            yield f"column {problem['column']}: {problem['sentence']}"
    elif row.outcome == RowOutcome.CHANGED:
        changes = (f"{name} {_shown(old)} → {_shown(new)}" for name, (old, new) in row.changes.items())
        yield f"{row.person}: {'; '.join(changes)}"
    else:
        yield f"new: {row.values.get('name')} {row.values.get('email', '')}".rstrip()


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    return "nothing" if value in ("", None) else str(value)


def _code(text: str) -> str:
    if not telephone.CODE.fullmatch(text):
        raise ArgumentTypeError("write the code of the country like +49.")
    return text


def _account(email: str | None) -> Account | None:
    if not email:
        return None
    if account := Account.objects.filter(email__iexact=email).first():
        return account
    raise Unreadable(f"There is no account {email}.")


def _mapping(file: str | None) -> dict[str, str] | None:
    if not file:
        return None
    try:
        return mapping.from_json(Path(file).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"The mapping {file} cannot be read: {error}.") from error


@contextmanager
def _opened(file: str) -> Iterator[tuple[IO[bytes], int | None]]:
    if file == "-":
        yield sys.stdin.buffer, None
        return
    try:
        with open(file, "rb") as content:
            yield content, os.fstat(content.fileno()).st_size
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from error


def _name(file: str) -> str:
    return "standard input" if file == "-" else Path(file).name
