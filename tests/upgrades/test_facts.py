import json
from datetime import timedelta

import pytest

from tests.factories import NOW, milestone, service, site, upgrade
from upgrades import facts
from upgrades.enums import Impact, Status

pytestmark = pytest.mark.django_db


def test_the_facts_of_a_milestone_are_plain_values_that_survive_json():
    window = milestone(
        upgrade(),
        services=[service("Mail")],
        sites=[site("Harbour")],
        impact=Impact.OUTAGE,
        downtime=90,
        effect="No mail.",
        action="Save your drafts.",
        action_deadline=NOW,
        systems="mail-01.internal",
    )
    said = facts.of_milestone(window)

    assert json.loads(json.dumps(said)) == said
    assert said == {
        f"milestone:{window.pk}.{name}": value
        for name, value in {
            "name": "Go-live",
            "uid": str(window.uid),
            "sequence": 0,
            "start": "2026-03-16T08:00:00+00:00",
            "end": "2026-03-16T12:00:00+00:00",
            "status": Status.CONFIRMED,
            "impact": 3,
            "downtime": 90,
            "services": ["Mail"],
            "sites": ["Harbour"],
            "effect": "No mail.",
            "action": "Save your drafts.",
            "action_deadline": "2026-03-02T08:00:00+00:00",
            "workaround": "",
            "outcome": "",
            "systems": "mail-01.internal",
            "change_reason": "",
        }.items()
    }


def test_a_milestone_without_services_speaks_of_all_of_the_upgrade_in_order():
    window = milestone(upgrade(services=[service("Wi-Fi"), service("Mail")]), end=None)
    said = facts.of_milestone(window)

    assert said[f"{facts.subject(window)}.services"] == ["Mail", "Wi-Fi"]
    assert said[f"{facts.subject(window)}.end"] is None


def test_the_facts_of_an_upgrade_are_what_it_says_of_itself():
    one = upgrade("Mail migration", services=[service("Mail")], why="Old.", why_now="Support ends.", risk="Outages.")
    said = facts.of_upgrade(one)

    assert json.loads(json.dumps(said)) == said
    assert said == {
        "upgrade.name": "Mail migration",
        "upgrade.slug": one.slug,
        "upgrade.objective": "",
        "upgrade.why": "Old.",
        "upgrade.why_now": "Support ends.",
        "upgrade.risk": "Outages.",
        "upgrade.benefit": "",
        "upgrade.contact_name": "Service Desk",
        "upgrade.contact_email": "help@example.org",
        "upgrade.contact_phone": "",
        "upgrade.time_zone": "Europe/Berlin",
        "upgrade.services": ["Mail"],
    }


def test_a_moved_milestone_tells_its_new_start():
    window = milestone()
    window.start += timedelta(days=1)
    window.end += timedelta(days=1)

    assert facts.of_milestone(window)[f"{facts.subject(window)}.start"] == "2026-03-17T08:00:00+00:00"


def test_outsiders_read_no_internal_names():
    said = facts.of_milestone(milestone(systems="mail-01.internal"))

    assert "mail-01.internal" not in json.dumps(facts.for_outsiders(said))
    assert set(said) - set(facts.for_outsiders(said)) == {key for key in said if key.endswith(".systems")}
