from datetime import timedelta

import pytest

from tests.factories import NOW, account, critical_days, group, milestone, service, site, stakeholder, upgrade
from upgrades import collisions
from upgrades.enums import Freeze, Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, Milestone

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = NOW + 14 * DAY  # of the milestone; it takes four hours


@pytest.fixture
def mail():
    return service("Mail", users=[group("Finance")])


@pytest.fixture
def window(mail):
    return milestone(upgrade("Mail migration", services=[mail]), start=START, end=START + timedelta(hours=4))


def found() -> list[tuple]:
    both = (
        collisions.of_milestones(Milestone.objects.all()),
        collisions.of_critical_days(CriticalDays.objects.with_scope()),
    )
    one, other = ([(hit.milestone, hit.critical_days, hit.shared) for hit in hits] for hits in both)
    assert one == other
    return one


@pytest.mark.parametrize("what", ["services", "users"])
def test_the_same_service_or_a_group_that_uses_it_collides(window, mail, what):
    shared = mail if what == "services" else mail.users.get()
    entry = critical_days(start=START - DAY, end=START + DAY, **{"groups" if what == "users" else what: [shared]})

    assert found() == [(window, entry, (shared.name,))]


def test_the_same_site_collides(window):
    harbour = site("Harbour")
    window.sites.add(harbour)
    entry = critical_days(start=START, end=START + DAY, sites=[harbour])

    assert found() == [(window, entry, ("Harbour",))]


def test_a_milestone_without_sites_is_felt_where_its_services_are(window, mail):
    harbour = site("Harbour")
    mail.sites.add(harbour)
    entry = critical_days(start=START, end=START + DAY, sites=[harbour])

    assert found() == [(window, entry, ("Harbour",))]


def test_a_group_that_feels_it_as_stakeholder_collides(window):
    board = group("Board")
    stakeholder(board, of=window.upgrade, impact_on_them=Impact.DEGRADED)
    entry = critical_days(start=START, end=START + DAY, groups=[board])

    assert found() == [(window, entry, ("Board",))]


def test_days_for_everybody_collide_with_everything(window):
    entry = critical_days(start=START, end=START + DAY)

    assert found() == [(window, entry, ())]


def test_hard_freezes_come_first(window, mail):
    soft = critical_days(start=START, end=START + DAY, services=[mail])
    hard = critical_days(start=START, end=START + DAY, services=[mail], freeze=Freeze.HARD)

    assert [(hit.critical_days, hit.is_hard) for hit in collisions.of_milestones(Milestone.objects.all())] == [
        (hard, True),
        (soft, False),
    ]


@pytest.mark.parametrize(
    ("start", "end"),
    [(START - DAY, START), (START + timedelta(hours=4), START + DAY)],
    ids=["ends as it starts", "starts after it"],
)
def test_days_that_only_touch_do_not_collide(window, mail, start, end):
    critical_days(start=start, end=end, services=[mail])

    assert found() == []


def test_a_single_moment_can_collide(mail):
    moment = milestone(upgrade(services=[mail]), start=START, end=None)
    entry = critical_days(start=START - DAY, end=START + DAY, services=[mail])

    assert found() == [(moment, entry, ("Mail",))]


def test_others_do_not_collide(window):
    critical_days(
        start=START, end=START + DAY, services=[service()], groups=[group("Sales")], sites=[site("Elsewhere")]
    )

    assert found() == []


def test_a_group_that_is_a_stakeholder_without_impact_does_not_collide(window):
    board = group("Board")
    stakeholder(board, of=window.upgrade)
    critical_days(start=START, end=START + DAY, groups=[board])

    assert found() == []


def test_a_milestone_that_names_another_service_does_not_collide(window, mail):
    window.services.add(service("Calendar"))
    critical_days(start=START, end=START + DAY, services=[mail])

    assert found() == []


@pytest.mark.parametrize(
    "values",
    [
        {"status": Status.CANCELLED},
        {"status": Status.COMPLETED},
        {"kind": MilestoneKind.DECISION, "impact": Impact.NO_IMPACT},
    ],
)
def test_what_is_over_or_disturbs_nobody_does_not_collide(window, mail, values):
    Milestone.objects.update(**values)
    critical_days(start=START, end=START + DAY, services=[mail])

    assert found() == []


def test_a_cancelled_upgrade_collides_with_nothing(window, mail):
    window.upgrade.phase = Phase.CANCELLED
    window.upgrade.save()
    critical_days(start=START, end=START + DAY, services=[mail])

    assert found() == []


def test_the_number_of_queries_does_not_grow(window, mail, django_assert_num_queries):
    by = account()

    def add():
        milestone(upgrade(services=[service(users=[group()])]), start=START, services=[mail], sites=[site()])
        critical_days(start=START, end=START + DAY, services=[mail], groups=[group()], sites=[site()], entered_by=by)

    add()
    with django_assert_num_queries(4):
        collisions.of_milestones(Milestone.objects.all())
    add()
    add()
    with django_assert_num_queries(4):
        collisions.of_milestones(Milestone.objects.all())
