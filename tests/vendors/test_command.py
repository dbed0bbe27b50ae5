"""`manage.py import_maintenance`: what was understood goes to stdout, what was refused to stderr."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.vendors.notes import file
from vendors.models import Maintenance

pytestmark = pytest.mark.django_db


def run(*arguments) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_maintenance", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note.ics"
    path.write_bytes(file())
    return path


def test_it_prints_one_list_of_what_it_understood(note, tmp_path):
    second = tmp_path / "second.ics"
    second.write_bytes(file(uid="2", sequence=None, status=None, organizer=None))

    out, err, code = run(note, second, "--json")

    first, other = json.loads(out)
    assert (err, code) == ("", 0)
    assert first == {
        "account": "77",
        "circuits": [{"circuit_id": "IC-1", "impact": "OUTAGE"}],
        "end": 1777773600,
        "maintenance_id": "CHG-1",
        "organizer": "mailto:noc@carrier.example",
        "provider": "carrier.example",
        "sequence": 1,
        "stamp": 1775030400,
        "start": 1777759200,
        "status": "CONFIRMED",
        "summary": "Splice work",
        "uid": "CHG-1@carrier.example",
    }
    assert (other["sequence"], other["status"], "organizer" in other) == (-1, "NO-CHANGE", False)
    assert Maintenance.objects.count() == 2


def test_a_dry_run_keeps_nothing(note):
    out, _err, code = run(note, "--dry-run", "--json")

    assert (len(json.loads(out)), code) == (1, 0)
    assert not Maintenance.objects.exists()


def test_a_malformed_file_is_refused_with_the_reason_and_the_others_are_read(note, tmp_path):
    bad = tmp_path / "bad.ics"
    bad.write_bytes(file(dtend=None))

    out, err, code = run(bad, note, tmp_path / "missing.ics", tmp_path, "--json")

    assert [one["uid"] for one in json.loads(out)] == ["CHG-1@carrier.example"]
    assert f"{bad}: Event 1: it does not say when it ends (DTEND)." in err
    assert f"{tmp_path / 'missing.ics'}: No such file or directory." in err
    assert f"{tmp_path}: Is a directory." in err
    assert code == 1
    assert Maintenance.objects.count() == 1


def test_without_json_it_says_a_line_for_each_note(note):
    run(note)

    assert run(note)[0] == (
        f"{note}: carrier.example CHG-1, confirmed, 2026-05-02 22:00 to 2026-05-03 02:00 UTC, outage: nothing new\n"
    )
