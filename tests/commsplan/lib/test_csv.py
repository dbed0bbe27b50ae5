import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commsplan.lib import csv as table


@pytest.mark.parametrize("value", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_shown_as_text(value):
    assert table.cell(value) == f"'{value}"


@pytest.mark.parametrize(("value", "shown"), [("Ana = Abel", "Ana = Abel"), (None, ""), (7, "7"), ("", "")])
def test_other_cells_stay_as_they_are(value, shown):
    assert table.cell(value) == shown


@pytest.mark.parametrize("value", ["=1", "'=1", "''=1", "' =1", " =1", "'t Hooft", "'", "''", "-", "'-", "Ana"])
def test_what_was_written_is_read_back(value):
    assert table.uncell(table.cell(value)) == value


@given(st.text(alphabet="'=+-@\t\n\r ＝a"))
def test_a_cell_stands_for_one_text_only(value):
    assert table.uncell(table.cell(value)) == value


def test_a_download_is_read_back_as_it_was_written():
    response = table.download("people", ["name", "note"], [["Ana; Abel", 'says "hi",\nthen goes'], ["Ö", "=1"]])
    text = b"".join(response.streaming_content).decode("utf-8-sig")

    assert response["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["name", "note"],
        ["Ana; Abel", 'says "hi",\nthen goes'],
        ["Ö", "'=1"],
    ]
