"""People as a table that can be brought in again: importing an export changes nothing."""

from django.http import FileResponse, StreamingHttpResponse

from commsplan.lib import csv, xlsx
from stakeholders.columns import COLUMNS, rows
from stakeholders.models import PersonQuerySet


def as_csv(people: PersonQuerySet) -> StreamingHttpResponse:
    return csv.download("people", COLUMNS, rows(people))


def as_xlsx(people: PersonQuerySet) -> FileResponse:
    return xlsx.download("people", COLUMNS, rows(people))
