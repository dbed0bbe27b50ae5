"""Files that brought them in."""

from django.db import connection

from directory.enums import ImportState, RowOutcome
from directory.models import Import, ImportRow
from notices.register.erasing.traces import Traces


def empty_imports(keys: list[int], traces: Traces) -> None:
    """Rows about them are emptied. A file that is not applied yet and holds them, or may do so, is thrown away."""
    found = _rows_about(keys, traces)
    rows = ImportRow.objects.filter(pk__in=found)
    holding = {*rows.values_list("of", flat=True).distinct(), *_files_that_say(traces)}
    done = (ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDONE)
    unused = Import.objects.filter(pk__in=holding).exclude(state__in=done)
    unused.update(state=ImportState.FAILED, problem=THROWN_AWAY, worked_on_until=None)
    Import.objects.filter(pk__in=holding).exclude(state=ImportState.APPLYING).update(content=b"")
    rows.update(values={}, changes={}, kept=[], problems=[], person=None)
    rows.filter(of__in=unused.values("pk")).update(outcome=RowOutcome.SAME)


THROWN_AWAY = (
    "Somebody who is or may be in this file was erased, so the file was thrown away. Upload it again without them."
)
ROWS = """
SELECT id FROM directory_importrow
WHERE person_id = ANY(%(keys)s)
   OR (%(pattern)s <> '' AND concat_ws(' ', "values"::text, changes::text, problems::text) ~* %(pattern)s)
"""
FILES = """
SELECT DISTINCT file.id FROM directory_import file, unnest(%s::bytea[]) AS trace
WHERE length(file.content) > 0 AND position(trace IN file.content) > 0
UNION
SELECT file.id FROM directory_import file WHERE substring(file.content FOR 4) = 'PK\\003\\004'::bytea
AND NOT EXISTS (SELECT FROM directory_importrow one WHERE one.of_id = file.id)
"""
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "cp850", "utf-16-le", "utf-16-be")


def _rows_about(keys: list[int], traces: Traces) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"keys": keys, "pattern": traces.pattern})
        return [row[0] for row in cursor.fetchall()]


def _files_that_say(traces: Traces) -> list[int]:
    """Of a workbook, which is packed, only the rows that were read tell. One without rows may hold anybody."""
    words = traces.emails | traces.exact
    spelled = {word.encode(encoding, "replace") for word in words for encoding in ENCODINGS}
    with connection.cursor() as cursor:
        cursor.execute(FILES, [sorted(spelled)])
        return [row[0] for row in cursor.fetchall()]
