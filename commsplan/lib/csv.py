"""Tables for spreadsheets. A cell that a spreadsheet would run as a formula is shown as text instead: an apostrophe
comes before it. A text that could be taken for the result gets one too, so `uncell` gives back what `cell` was given,
and leaves 't Hooft as he is."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PROTECTED = re.compile(f"'* *[{re.escape(''.join(FORMULA_BEGINS))}]")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for its own code page


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        return value


def cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if PROTECTED.match(text) else text


def uncell(text: str) -> str:
    return text[1:] if text.startswith("'") and PROTECTED.match(text) else text


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(head)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
