"""Every plan template that is shipped is clean for a normal organisation, as far as the plan goes (its words are
test_content_shipped)."""

from datetime import datetime, timedelta

import pytest

from accounts.enums import Role
from notices.enums import Severity
from notices.lint import checking, loading
from notices.pipeline import planning, templates
from notices.pipeline.planning import Window
from stakeholders.enums import Category
from tests import factories
from tests.factories import NOW
from upgrades.models import Upgrade

OURS = ("COV", "LEAD", "GOV", "RSK", "EXP", "MEA", "PRV")
START = NOW + timedelta(days=217)  # a Monday in autumn, far enough away for every template


@pytest.fixture
def organisation(db):
    """Staff, their heads, IT with a service desk, a vendor, and a sponsor who was assessed."""
    staff = factories.group("Teaching", people=[factories.person() for _ in range(12)])
    heads = factories.group("Heads", people=[factories.person() for _ in range(3)], category=Category.MANAGEMENT)
    factories.group("Service desk", people=[factories.person() for _ in range(3)], category=Category.IT)
    factories.account("Ben Brand", role=Role.APPROVER)
    return factories.service("Mail", users=[staff, heads])


def laid_out(key: str, service, start: datetime = START) -> Upgrade:
    template = templates.known.find(key)
    number = 2 if template.has_waves else 1
    days = [start + timedelta(days=14 * wave) for wave in range(number)]
    upgrade = planning.create_upgrade(
        by=factories.account("Ana Abel"),
        template=template,
        windows=[Window(f"Wave {at:%j}", at, at + timedelta(hours=4)) for at in days],
        services=[service],
        downtime=120,
        name="Autumn work",
        why="The old one is no longer supported.",
        sponsor_name="Prof. Power",
        contact_name="Service desk",
        contact_email="help@example.org",
        contact_phone="+49 30 1234",
        time_zone="Europe/Berlin",
        country="DE",
        subdivision="BE",
    )
    sponsor = factories.stakeholder(factories.person("Prof. Power"), of=upgrade)
    factories.assessment(sponsor, influence=90, interest=90)
    return upgrade


@pytest.mark.parametrize("key", [one.key for one in templates.known.shipped()])
def test_a_shipped_plan_has_no_gap(organisation, key):
    found = checking.run(loading.load(laid_out(key, organisation), now=NOW))

    bad = [one for one in found if one.severity != Severity.INFO and one.rule.id.startswith(OURS)]
    assert [f"{one.rule.id} {one.place.name}: {one.sentence}" for one in bad] == []
