"""What goes out comes back in and changes nothing."""

import io
from datetime import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from commsplan.lib import csv, xlsx
from directory.importing import mapping
from stakeholders.columns import COLUMNS, joined, rows, separated
from stakeholders.models import Group, Person
from tests import factories
from tests.directory.importing.files import outcomes, preview, said

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
ODD = st.one_of(TEXT, st.text(alphabet="'\"=+-@;|,\t\n\r \u00a0＝#_x0041aé", max_size=12))


def content(response) -> bytes:
    """Closes the file alone: response.close() would end the connection that the test is in."""
    found = b"".join(response.streaming_content)
    for close in response._resource_closers:
        close()
    return found


def exports():
    people = Person.objects.order_by("pk")
    return [content(writer.download("people", COLUMNS, rows(people))) for writer in (csv, xlsx)]


def test_every_column_that_goes_out_is_understood_when_it_comes_in():
    assert mapping.guess(COLUMNS) == {name: name for name in COLUMNS}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=ODD, title=ODD, tag=ODD, group=ODD)
def test_an_export_always_comes_back_unchanged(name, title, tag, group):
    Person.objects.all().delete()
    Group.objects.all().delete()
    made = factories.group(group or "x")
    factories.person(name or "x", external_id="1", job_title=title, tags=[tag] if tag else [], groups=[made])

    for export in exports():
        import_ = preview(export)

        assert (said(import_), outcomes(import_)) == ([], [(2, "same")])


@pytest.mark.parametrize(
    "name", ["=1+1", "'=1", "-Ana", "+49", "@x", "'t Hooft", "#N/A", "_x0041_", "Ana; B|C", "0012"]
)
def test_odd_names_survive_the_way_out_and_in(name):
    board = factories.group('Board; "A" | B')
    factories.person(
        *(name,),
        **{"external_id": "1", "phone": "+49 30", "time_zone": "CET", "is_list": True, "tags": ["a;b", '"c', "d"]},
        **{"works_from": time(8), "works_until": time(16, 30), "site": factories.site("=Site"), "groups": [board]},
    )

    for export in exports():
        import_ = preview(export)

        assert (said(import_), outcomes(import_)) == ([], [(2, "same")])


def test_no_cell_of_an_export_is_a_formula():
    factories.person("=1+1", external_id="-2", job_title="@SUM(A1)")

    csv, xlsx = exports()

    assert b"'-2,'=1+1," in csv
    sheet = load_workbook(io.BytesIO(xlsx)).active
    assert [cell.value for cell in sheet[2]][:2] == ["'-2", "'=1+1"]
    assert {cell.data_type for cell in sheet[2] if cell.value} == {"s"}


@given(st.lists(st.text(alphabet="ab;|\"\n '", min_size=1, max_size=6).map(str.strip).filter(bool), unique=True))
def test_names_in_one_cell_are_told_apart(names):
    assert separated(joined(names)) == names
