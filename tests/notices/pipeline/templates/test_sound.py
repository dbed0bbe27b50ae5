"""Every shipped template, applied to an organisation that has said what a plan needs to know, has nothing to mend."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.enums import Role
from notices.enums import Severity
from notices.lint import checking
from notices.pipeline import planning, templates
from stakeholders.enums import Category
from tests import factories
from upgrades.enums import Attitude, Impact, MilestoneKind
from upgrades.models import Upgrade

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday
GO_LIVE = datetime(2026, 10, 6, 16, tzinfo=UTC)  # a Tuesday, 18:00 in Berlin
FACTS = {
    "objective": "Everybody works with the new system.",
    "why": "The maker no longer looks after the old one.",
    "why_now": "It is the quietest week of the term.",
    "risk": "New holes would stay open.",
    "benefit": "It is faster and easier to use.",
    "success_measures": "Few calls in the first week.",
    "sponsor_name": "Rita Rowe",
    "contact_phone": "+49 30 1234",
}


@pytest.fixture
def organisation(db):
    """Two sites, three languages, a service desk, managers, an approver; everybody has an address."""
    sites = [
        factories.site(name, time_zone=zone) for name, zone in (("North", "Europe/Berlin"), ("South", "Europe/Berlin"))
    ]
    desk = factories.group("Service desk", category=Category.IT)
    heads = factories.group("Heads of department", category=Category.MANAGEMENT)
    board = factories.group("Board", category=Category.MANAGEMENT)
    staff = factories.group("All staff", category=Category.STAFF)
    vendors = factories.group("Vendors", category=Category.VENDOR)
    for number in range(24):
        place = sites[number % 2]
        language = ("en", "de", "fr")[number % 3]
        factories.person(groups=[staff], site=place, language=language, time_zone=place.time_zone, reader_level="plain")
    for group, count in ((desk, 3), (heads, 4), (board, 2), (vendors, 2)):
        for number in range(count):
            place = sites[number % 2]
            factories.person(groups=[group], site=place, time_zone=place.time_zone)
    staff.memberships.filter(pk__in=list(staff.memberships.order_by("pk").values_list("pk", flat=True)[:4])).update(
        is_representative=True
    )
    return {"sites": sites, "desk": desk, "heads": heads, "board": board, "staff": staff, "vendors": vendors}


def applied(ana, ben, organisation, template: templates.shape.PlanTemplate, *, starts: datetime) -> Upgrade:
    sites = organisation["sites"]
    service = factories.service("Phones", users=[organisation[name] for name in ("staff", "desk", "heads", "board")])
    number = 2 if template.has_waves else 1
    windows = [
        planning.Window(f"Wave {at + 1}" if number > 1 else "Go-live", starts + timedelta(weeks=2 * at),
                    starts + timedelta(weeks=2 * at, hours=4), [sites[at]] if number > 1 else ())
        for at in range(number)
    ]  # fmt: skip
    upgrade = planning.create_upgrade(
        by=ana, template=template, windows=windows, services=[service], impact=Impact.OUTAGE, downtime=60,
        name="Phones", owner=ben, contact_name="Kim Kay", contact_email="help@example.org", time_zone="Europe/Berlin",
        country="DE", subdivision="BE", **FACTS,
    )  # fmt: skip
    for window in upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE):
        window.effect, window.action = "You cannot call anybody for an hour.", "Write down the new number."
        window.action_deadline = window.start - timedelta(days=1)
        window.save()
    grid = {"board": (90, 90), "heads": (80, 30), "desk": (40, 90), "staff": (30, 60), "vendors": (30, 30)}
    for name, (influence, interest) in grid.items():
        impact = Impact.NO_IMPACT if name == "vendors" else Impact.OUTAGE
        stake = factories.stakeholder(organisation[name], of=upgrade, impact_on_them=impact)
        factories.assessment(stake, influence=influence, interest=interest, attitude=Attitude.NEUTRAL, at=NOW, by=ana)
    return upgrade


@pytest.mark.parametrize("later", [0, 4], ids=["on a Tuesday", "on a Saturday"])
@pytest.mark.parametrize("template", templates.known.shipped(), ids=lambda template: template.key)
def test_a_shipped_template_has_nothing_to_mend(ana, ben, organisation, template, later):
    factories.account("Ada Approver", role=Role.APPROVER)
    upgrade = applied(ana, ben, organisation, template, starts=GO_LIVE + timedelta(days=later))

    report = checking.check(upgrade, now=NOW)

    found = [
        f"{one.rule.id} {one.place.name}: {one.sentence}" for one in report.findings if one.severity != Severity.INFO
    ]
    assert found == []
