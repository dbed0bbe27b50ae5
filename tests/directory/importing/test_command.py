"""python manage.py import_people"""

import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from directory.models import Import, ImportRow
from stakeholders.models import Person
from tests import factories

pytestmark = pytest.mark.django_db
GOOD = "Id,Name,Mail\n1,Ana,ana@example.org\n2,Ben,ben@example.org\n"
BAD = "Id,Name,Mail\n1,Ana,ana@example.org\n2,Ben,ben@\n"


@pytest.fixture
def run(tmp_path):
    def run(content, *options):
        file = tmp_path / "people.csv"
        file.write_text(content, encoding="utf-8")
        out, code = io.StringIO(), 0
        try:
            call_command("import_people", str(file), *options, stdout=out)
        except CommandError as error:
            code = error.returncode
            out.write(f"{error}\n")
        return code, out.getvalue()

    return run


def names():
    return list(Person.objects.order_by("pk").values_list("name", flat=True))


def test_a_good_file_is_applied(run):
    code, out = run(GOOD)

    assert (code, names()) == (0, ["Ana", "Ben"])
    assert "2 new, 0 changed, 0 unchanged, 0 with errors." in out


def test_a_dry_run_says_what_would_change_and_leaves_nothing(run):
    factories.person("Ana A.", external_id="1", email="ana@example.org")

    code, out = run(GOOD, "--dry-run")

    assert (code, names(), Import.objects.count(), ImportRow.objects.count()) == (0, ["Ana A."], 0, 0)
    assert "  Row 2, Ana A.: name Ana A. → Ana\n" in out
    assert "  Row 3, new: Ben ben@example.org\n" in out


def test_rows_with_errors_refuse_everything_with_exit_code_1(run):
    code, out = run(BAD)

    assert (code, names(), Import.objects.count()) == (1, [], 0)
    assert "  Row 3, column Mail: “ben@” is not an e-mail address. Write it like name@example.org.\n" in out


def test_rows_with_errors_may_be_left_out(run):
    assert (run(BAD, "--skip-wrong")[0], names()) == (0, ["Ana"])


def test_json_says_every_problem_with_its_row_and_column(run):
    code, out = run(BAD, "--json")

    assert code == 1
    said = json.loads(out.rsplit("\nNothing", 1)[0])
    assert said == {
        "file": "people.csv",
        "state": "refused",
        "problem": "Rows with errors: 1. Correct them, or leave them out with --skip-wrong.",
        "mapping": {"Id": "external_id", "Name": "name", "Mail": "email"},
        "unused_columns": [],
        "counts": {"new": 1, "changed": 0, "same": 0, "wrong": 1, "kept": 0, "new_groups": []},
        "rows": [
            {
                "row": 2,
                "outcome": "new",
                "person": None,
                "values": {"name": "Ana", "email": "ana@example.org", "external_id": "1"},
                "changes": {},
                "kept": [],
                "problems": [],
            },
            {
                "row": 3,
                "outcome": "wrong",
                "person": None,
                "values": {"name": "Ben", "email": "ben@", "external_id": "2"},
                "changes": {},
                "kept": [],
                "problems": [
                    {"column": "Mail", "sentence": "“ben@” is not an e-mail address. Write it like name@example.org."}
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        ("Name\nAna\n", "A column is missing: nobody can be found without an external id or an e-mail address."),
        ('Name,Mail\n"Ana,a@example.org\n', "Row 2, column A: A quotation mark is opened and never closed."),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_exit_code_2(run, content, sentence):
    code, out = run(content, "--json")

    assert (code, Import.objects.count()) == (2, 0)
    assert json.loads(out.splitlines()[0]) == {"file": "people.csv", "state": "unreadable", "problem": sentence}


def test_a_mapping_file_replaces_the_guess(run, tmp_path):
    chosen = tmp_path / "mapping.json"
    chosen.write_text(json.dumps({"Id": "external_id", "Mail": "name"}))
    assert (run(GOOD, "--mapping", str(chosen))[0], names()) == (0, ["ana@example.org", "ben@example.org"])

    chosen.write_text(json.dumps({"Id": "external_id", "Nam": "name"}))
    code, out = run(GOOD, "--mapping", str(chosen))
    assert (code, "There is no column “Nam”. The file has: Id, Name, Mail." in out) == (2, True)


def test_a_file_that_is_not_there_and_an_account_that_is_not_are_told(run):
    with pytest.raises(CommandError, match="cannot be read: No such file") as error:
        call_command("import_people", "/nowhere/people.csv")
    assert error.value.returncode == 2
    assert run(GOOD, "--by", "nobody@example.org") == (
        2,
        "Nothing was changed. There is no account nobody@example.org.\n",
    )


def test_standard_input_can_be_read(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(GOOD.encode())))

    call_command("import_people", "-", stdout=io.StringIO())

    assert names() == ["Ana", "Ben"]


def test_numbers_without_a_code_are_of_the_named_country(run):
    content = "Id,Name,Mobile\n1,Ana,0151 23456789\n"

    refused, applied = run(content)[0], run(content, "--phone-code", "+49")[0]

    assert (refused, applied) == (1, 0)
    assert Person.objects.get().addresses.get().address == "+4915123456789"


def test_a_code_that_is_none_is_refused(run):
    code, out = run(GOOD, "--phone-code", "49")

    assert "write the code of the country like +49." in out
    assert (code, names()) == (1, [])
