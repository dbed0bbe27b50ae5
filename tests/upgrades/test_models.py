from datetime import timedelta

import pytest
from django.db import IntegrityError

from tests.factories import NOW, account, assessment, group, milestone, person, service, stakeholder, upgrade
from upgrades.enums import Impact, Quadrant, Status
from upgrades.models import (
    CriticalDays,
    Milestone,
    Stakeholder,
    Upgrade,
    groups_that_use,
    people_who_use,
)

pytestmark = pytest.mark.django_db


def test_two_services_cannot_have_one_name_in_whatever_case():
    service("Mail")

    with pytest.raises(IntegrityError, match="one_service_per_name"):
        service("MAIL")


def test_the_address_of_an_upgrade_is_its_own():
    upgrade(slug="mail")

    with pytest.raises(IntegrityError, match="slug"):
        upgrade(slug="mail")


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=-1)])
def test_a_window_ends_after_it_starts(length):
    with pytest.raises(IntegrityError, match="a_window_ends_after_it_starts"):
        milestone(start=NOW, end=NOW + length)


def test_a_milestone_may_be_a_single_moment():
    assert milestone(end=None).last_moment == NOW + timedelta(days=14)


def test_two_milestones_are_never_one_event_in_a_calendar():
    first = milestone()

    with pytest.raises(IntegrityError, match="uid"):
        milestone(uid=first.uid)


def test_a_stakeholder_is_not_both_a_person_and_a_group(cai):
    with pytest.raises(IntegrityError, match="a_stakeholder_is_a_person_or_a_group"):
        Stakeholder.objects.create(upgrade=upgrade(), person=cai, group=group())


def test_a_stakeholder_is_somebody():
    with pytest.raises(IntegrityError, match="a_stakeholder_is_a_person_or_a_group"):
        Stakeholder.objects.create(upgrade=upgrade())


def test_a_person_has_one_stake_in_an_upgrade(cai):
    stake = stakeholder(cai, of=upgrade())

    with pytest.raises(IntegrityError, match="a_person_has_one_stake_in_an_upgrade"):
        stakeholder(cai, of=stake.upgrade)


def test_a_group_has_one_stake_in_an_upgrade():
    stake = stakeholder(group(), of=upgrade())

    with pytest.raises(IntegrityError, match="a_group_has_one_stake_in_an_upgrade"):
        stakeholder(stake.group, of=stake.upgrade)


@pytest.mark.parametrize("place", [{"influence": 101}, {"interest": 101}])
def test_influence_and_interest_end_at_100(cai, place):
    with pytest.raises(IntegrityError, match="influence_and_interest_are_from_0_to_100"):
        assessment(stakeholder(cai, of=upgrade()), **place)


@pytest.mark.parametrize("place", [{"influence": -1}, {"interest": -1}])
def test_influence_and_interest_begin_at_0(cai, place):
    with pytest.raises(IntegrityError, match="check"):
        assessment(stakeholder(cai, of=upgrade()), **place)


def test_critical_days_end_after_they_start(ana):
    with pytest.raises(IntegrityError, match="critical_days_end_after_they_start"):
        CriticalDays.objects.create(name="Examinations", start=NOW, end=NOW, entered_by=ana)


def test_the_last_assessment_counts(cai):
    stake = stakeholder(cai, of=upgrade())
    assessment(stake, influence=90, interest=90, at=NOW)
    assessment(stake, influence=10, interest=80, at=NOW - timedelta(days=1))

    found = Stakeholder.objects.assessed().get()

    assert (found.influence, found.interest, found.assessed_at) == (90, 90, NOW)


@pytest.mark.parametrize(
    ("influence", "interest", "quadrant"),
    [
        (50, 50, Quadrant.MANAGE_CLOSELY),
        (100, 49, Quadrant.KEEP_SATISFIED),
        (49, 50, Quadrant.KEEP_INFORMED),
        (49, 49, Quadrant.MONITOR),
    ],
)
def test_python_and_the_database_agree_on_the_quadrant(cai, influence, interest, quadrant):
    assessment(stakeholder(cai, of=upgrade()), influence=influence, interest=interest)

    assert Quadrant.of(influence=influence, interest=interest) == quadrant
    assert [one for one in Quadrant if Stakeholder.objects.in_quadrants([one])] == [quadrant]


def test_who_was_never_assessed_is_in_no_quadrant(cai):
    stakeholder(cai, of=upgrade())

    assert list(Stakeholder.objects.in_quadrants(Quadrant)) == []


def test_an_upgrade_reaches_a_group_as_stakeholder_and_through_a_service():
    finance = group()
    by_stake, by_service, both, neither = (upgrade(name) for name in ("stake", "service", "both", "neither"))
    erp = service(users=[finance])
    for one in (by_stake, both):
        stakeholder(finance, of=one)
    for one in (by_service, both):
        one.services.add(erp)

    assert set(Upgrade.objects.reaching(finance)) == {by_stake, by_service, both}
    assert set(Upgrade.objects.touching(erp)) == {by_service, both}
    assert neither not in Upgrade.objects.reaching(finance)


def test_a_milestone_without_services_is_about_those_of_its_upgrade():
    mail, wifi = service(), service()
    of = upgrade(services=[mail, wifi])
    named = milestone(of, services=[wifi])
    unnamed = milestone(of)

    assert set(Milestone.objects.touching(mail)) == {unnamed}
    assert set(Milestone.objects.touching(wifi)) == {named, unnamed}


def test_only_milestones_of_published_upgrades_that_are_meant_to_be_seen_are_public():
    published = upgrade(published_at=NOW)
    shown = milestone(published)
    milestone(published, is_public=False)
    milestone(upgrade())

    assert list(Milestone.objects.public()) == [shown]


def test_a_cancelled_milestone_is_not_live():
    milestone(status=Status.CANCELLED)

    assert list(Milestone.objects.live()) == []


def test_publishing_twice_keeps_the_first_moment():
    one = upgrade()
    one.publish(now=NOW)
    one.publish(now=NOW + timedelta(days=1))

    assert list(Upgrade.objects.published().values_list("published_at", flat=True)) == [NOW]

    one.unpublish()
    assert list(Upgrade.objects.published()) == []


def test_those_who_use_a_service_are_the_active_people_of_its_groups_each_once(cai, dee):
    first, second = group(people=[cai, person(archived_at=NOW)]), group(people=[cai])
    group(people=[dee])
    mail = service(users=[first, second])

    assert list(people_who_use([mail])) == [cai]
    assert set(groups_that_use([mail])) == {first, second}


def test_critical_days_are_upcoming_until_their_last_moment():
    entry = CriticalDays.objects.create(
        name="Audit", start=NOW - timedelta(days=1), end=NOW + timedelta(days=1), entered_by=account()
    )

    assert list(CriticalDays.objects.upcoming(NOW)) == [entry]
    assert list(CriticalDays.objects.upcoming(entry.end)) == []
    assert list(CriticalDays.objects.past(entry.end)) == [entry]
    assert list(CriticalDays.objects.between(entry.end, entry.end + timedelta(days=1))) == []


def test_the_worst_of_several_impacts_is_the_greatest():
    assert max([Impact.DEGRADED, Impact.OUTAGE, Impact.NO_IMPACT]) == Impact.OUTAGE
