import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from notices.pipeline.correcting import calls, propose_now
from tests import factories
from tests.notices.pipeline.correcting.story import DAY, HOUR, MINUTE
from tests.notices.pipeline.ledger.telling import tell
from upgrades import rescheduling

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def window(now):
    upgrade = factories.upgrade("Mail migration", slug="mail", country="", time_zone="Europe/Berlin")
    return factories.milestone(upgrade, name="Go-live", start=now + 14 * DAY, end=now + 15 * DAY)


def run(*arguments):
    out = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("ledger", *arguments, stdout=out)
    return exit_.value.code, out.getvalue()


def test_it_says_that_nobody_is_wrong(window, cai, now):
    tell(window, [cai], at=now - HOUR)

    status, text = run("mail")

    assert (status, text.splitlines()[1:]) == (0, ["Nobody believes anything wrong."])


def test_it_says_who_is_wrong_and_what_is_under_way(window, cai, now):
    dee = factories.person("Dee Dorn")
    tell(window, [cai, dee], at=now - HOUR)
    type(dee).objects.filter(pk=dee.pk).update(email="")
    rescheduling.change(window, impact=3)
    propose_now(window.upgrade, by=window.upgrade.owner, now=now)

    status, text = run("mail")

    lines = text.splitlines()
    assert (status, lines[1:3]) == (1, ["Wrong: 2 people.", "  Cai Carter, Dee Dorn"])
    assert lines[-2:] == [
        "Open: Correction: impact of Go-live, to 1, needs approval",
        "Call: Dee Dorn (E-mail: no address), by Olga Owner",
    ]
    found = json.loads(run("mail", "--json")[1])
    assert (found["people_wrong"], len(found["corrections"])) == (2, 1)
    assert [one["person"] for one in found["calls"]] == [dee.pk]
    assert [call.person for call in calls.open(window.upgrade)] == [dee]


def test_it_knows_one_person_and_another_moment(window, cai, now):
    tell(window, [cai], at=now - HOUR)
    rescheduling.change(window, impact=3)

    assert run("mail", "--person", "cai@example.org")[0] == 1
    assert "WRONG  Go-live" in run("mail", "--person", str(cai.pk))[1]
    before = (now - 30 * MINUTE).isoformat()
    assert json.loads(run("mail", "--at", before, "--person", str(cai.pk), "--json")[1])["person"] == cai.pk


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["nothing"], 3),
        (["mail", "--at", "soon"], 2),
        (["mail", "--at", "2999-01-01"], 2),
        (["mail", "--person", "nobody@example.org"], 2),
    ],
)
def test_it_says_what_it_does_not_understand(window, arguments, status):
    with pytest.raises(CommandError) as error:
        call_command("ledger", *arguments)

    assert error.value.returncode == status
