"""`manage.py import_calendar`."""

import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.enums import Role
from tests import factories
from tests.upgrades.calendars import GOOGLE, calendar, event
from upgrades.models import CriticalDays, ImportedCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def ada():
    return factories.account("Ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "college.ics"
    path.write_bytes(GOOGLE)
    return path


def run(*args):
    out = StringIO()
    call_command("import_calendar", *map(str, args), stdout=out)
    return out.getvalue()


def test_a_file_becomes_critical_days_for_whom_it_says(file, ada):
    staff, hall = factories.group("Staff"), factories.site("Hall")

    said = run(file, "--name", "College", "--freeze", "hard", "--group", "staff", "--site", "Hall")

    assert said == "College: 5 new.\nLeft out: 1 is called off.\n"
    made = ImportedCalendar.objects.get()
    assert (made.freeze, made.entered_by, [*made.groups.all()], [*made.sites.all()]) == ("hard", ada, [staff], [hall])
    entries = CriticalDays.objects.all()
    assert {(one.freeze, *one.groups.all(), *one.sites.all()) for one in entries} == {("hard", staff, hall)}


def test_a_newer_file_follows_and_what_is_not_said_stays(file):
    factories.group("Staff")
    run(file, "--name", "College", "--freeze", "hard", "--group", "Staff", "--time-zone", "Europe/Berlin")
    file.write_bytes(calendar(event(uid="open@google.com", name="Open day")))

    said = json.loads(run(file, "--name", "college", "--json"))

    assert (len(said["changed"]), len(said["gone"]), said["new"], said["freeze"]) == (1, 4, [], "hard")
    assert [str(group) for group in CriticalDays.objects.get().groups.all()] == ["Staff"]
    assert ImportedCalendar.objects.get().time_zone == "Europe/Berlin"


def test_a_dry_run_says_the_same_and_keeps_nothing(file):
    said = run(file, "--name", "College", "--dry-run")

    assert said == "College: 5 new.\nLeft out: 1 is called off.\n"
    assert not ImportedCalendar.objects.exists()


def test_json_says_what_was_understood(file):
    said = json.loads(run(file, "--name", "College", "--dry-run", "--json"))

    assert said["new"][2] == {
        "name": "Call",
        "start": "2026-03-18T15:00:00+00:00",
        "end": "2026-03-18T16:00:00+00:00",
        "time_zone": "Europe/Berlin",
        "uid": "call@google.com",
        "occurs": "",
    }
    assert said["left_out"] == ["1 is called off."]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--group", "Nobody"], "no group called Nobody"),
        (["--time-zone", "Middle/Earth"], "time zone"),
        (["--by", "nobody@example.org"], "no account nobody@example.org"),
    ],
)
def test_what_nobody_knows_is_refused(file, args, said):
    with pytest.raises(CommandError, match=said):
        run(file, "--name", "College", *args)

    assert not ImportedCalendar.objects.exists()


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(file):
    file.write_bytes(b"Dear all")

    with pytest.raises(CommandError, match="no calendar"):
        run(file, "--name", "College")
    with pytest.raises(CommandError, match="No such file"):
        run(file.parent / "missing.ics", "--name", "College")
