from datetime import timedelta

import pytest

from tests.factories import NOW, critical_days, group, milestone, service, site, stakeholder, upgrade
from upgrades import collisions, overlaps, reach
from upgrades.enums import Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, Milestone

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = NOW + 14 * DAY


@pytest.fixture
def staff():
    return group("Staff")


@pytest.fixture
def mail(staff):
    return service("Mail", users=[staff])


@pytest.fixture
def window(mail):
    return milestone(upgrade("Mail migration", services=[mail]), start=START, end=START + 4 * HOUR)


def other(*, services=(), start=START + HOUR, hours=2, **fields) -> Milestone:
    fields.setdefault("name", "Other window")
    return milestone(upgrade("Switches", services=services), start=start, end=start + hours * HOUR, **fields)


def found(of: Milestone) -> list[tuple]:
    hits = overlaps.of_milestones(Milestone.objects.filter(pk=of.pk))
    return [(hit.other, hit.shared, hit.is_hard) for hit in hits]


def test_two_upgrades_on_one_service_at_one_time_overlap_for_both(window, mail):
    switch = other(services=[mail])

    assert found(window) == [(switch, ("Mail", "Staff"), True)]
    assert found(switch) == [(window, ("Mail", "Staff"), True)]


def test_the_same_site_overlaps(window):
    harbour = site("Harbour")
    window.sites.add(harbour)
    switch = other(services=[service()], sites=[harbour])

    assert found(window) == [(switch, ("Harbour",), True)]


def test_the_same_group_alone_is_only_better_avoided(window, staff):
    printing = other(services=[service("Printing", users=[staff])])

    assert found(window) == [(printing, ("Staff",), False)]


def test_a_group_that_feels_both_as_stakeholder_overlaps(window):
    board, switch = group("Board"), other(services=[service()])
    stakeholder(board, of=window.upgrade, impact_on_them=Impact.DEGRADED)
    stakeholder(board, of=switch.upgrade, impact_on_them=Impact.OUTAGE)

    assert found(window) == [(switch, ("Board",), False)]


def test_hard_ones_come_first(window, mail, staff):
    soft = other(services=[service(users=[staff])], start=START - HOUR, name="Soft")
    hard = other(services=[mail], name="Hard")

    assert [hit[0] for hit in found(window)] == [hard, soft]


def test_windows_of_one_upgrade_do_not_overlap_each_other(window):
    milestone(window.upgrade, start=START, end=START + HOUR, name="Second wave")

    assert found(window) == []


@pytest.mark.parametrize("start", [START - 2 * HOUR, START + 4 * HOUR], ids=["ends as it starts", "starts as it ends"])
def test_windows_that_only_touch_do_not_overlap(window, mail, start):
    other(services=[mail], start=start)

    assert found(window) == []


def test_a_single_moment_overlaps_the_window_that_it_falls_into(window, mail):
    moment = milestone(upgrade(services=[mail]), start=START, end=None)

    assert found(moment) == [(window, ("Mail", "Staff"), True)]


@pytest.mark.parametrize(
    "values",
    [
        {"status": Status.CANCELLED},
        {"status": Status.COMPLETED},
        {"kind": MilestoneKind.DECISION, "impact": Impact.NO_IMPACT},
    ],
)
def test_what_is_over_or_disturbs_nobody_does_not_overlap(window, mail, values):
    switch = other(services=[mail])
    Milestone.objects.filter(pk=switch.pk).update(**values)

    assert found(window) == []


def test_a_cancelled_upgrade_overlaps_nothing(window, mail):
    switch = other(services=[mail])
    switch.upgrade.phase = Phase.CANCELLED
    switch.upgrade.save()

    assert found(window) == []


def test_others_do_not_overlap(window):
    other(services=[service(users=[group()])], sites=[site()])

    assert found(window) == []


def test_a_milestone_is_asked_about_where_it_is_not_stored(window, mail):
    switch = other(services=[mail], start=START + 7 * DAY)
    entry = critical_days(start=START + 7 * DAY, end=START + 8 * DAY, services=[mail])

    window.start, window.end = START + 7 * DAY, START + 7 * DAY + 4 * HOUR

    assert [hit.other for hit in overlaps.of_moved([window])] == [switch]
    assert [hit.critical_days for hit in collisions.of_moved([window])] == [entry]
    assert found(window) == []


def test_where_both_are_moved_only_their_new_places_count(window, mail):
    switch = other(services=[mail])

    window.start, window.end = START + 7 * DAY, START + 7 * DAY + 4 * HOUR
    switch.start, switch.end = START + 8 * DAY, START + 8 * DAY + HOUR
    assert overlaps.of_moved([window, switch]) == []

    switch.start, switch.end = window.start, window.end
    pairs = [(hit.milestone, hit.other) for hit in overlaps.of_moved([window, switch])]
    assert sorted(pairs, key=lambda pair: pair[0].pk) == [(window, switch), (switch, window)]


def test_a_milestone_that_is_not_saved_at_all_can_be_asked_about(window, mail):
    entry = critical_days(start=START, end=START + DAY, services=[mail])
    typed = Milestone(upgrade=upgrade(), name="New", start=START, end=START + HOUR)
    reaches = {None: reach.of_chosen(typed.upgrade_id, services=[mail.pk])}

    assert [hit.other for hit in overlaps.of_moved([typed], reaches=reaches)] == [window]
    assert [hit.critical_days for hit in collisions.of_moved([typed], reaches=reaches)] == [entry]


def test_critical_days_that_are_not_saved_can_be_asked_about(window, mail):
    typed = CriticalDays(name="Typed", start=START, end=START + DAY)
    things = reach.of_milestones([window])[window.pk]

    assert [hit.milestone for hit in collisions.of_typed([typed], scopes={None: things})] == [window]
    assert [hit.milestone for hit in collisions.of_typed([typed])] == [window]  # nobody named: for everybody


def test_the_number_of_queries_does_not_grow(window, mail, django_assert_num_queries):
    other(services=[mail])
    with django_assert_num_queries(3):
        overlaps.of_milestones(Milestone.objects.all())
    other(services=[mail])
    other(services=[mail], sites=[site()])
    with django_assert_num_queries(3):
        assert len(overlaps.of_milestones(Milestone.objects.all())) == 12
