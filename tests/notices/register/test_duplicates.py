"""Who is likely one person twice: proposed with the reason, and never again once somebody said no."""

import pytest

from notices.register import duplicates, merging
from notices.register.duplicates import WHY
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW


def found():
    return [({pair.first, pair.second}, pair.why) for pair in duplicates.find(limit=10).pairs]


@pytest.mark.parametrize(
    ("why", "one", "other"),
    [
        ("address", {"email": "cai.carter@example.com"}, {"email": "CaiCarter+lists@example.com"}),
        ("phone", {"phone": "+49 30 123 4567 8"}, {"phone": "030/12345678"}),
        ("number", {"external_id": "00-4711"}, {"external_id": "4711"}),
        (
            "name",
            {"name": "Cäi  Cárter", "department": "Finance"},
            {"name": "Carter, Cai", "department": "FINANCE"},
        ),
    ],
)
def test_each_reason_proposes_a_pair(db, why, one, other):
    pair = {factories.person(**one), factories.person(**other)}
    factories.person("Somebody Else", department="Finance")

    assert found() == [(pair, (WHY[why],))]


def test_the_same_name_elsewhere_is_somebody_else(db):
    site = factories.site()
    factories.person("Cai Carter", department="Finance", site=site)
    factories.person("Cai Carter", department="Physics", site=site)
    factories.person("Cai Carter", site=factories.site())

    assert found() == []


def test_the_same_name_at_one_site_is_proposed_when_a_department_is_not_known(db):
    site = factories.site()
    pair = {factories.person("Cai Carter", department="Finance", site=site), factories.person("CAI CARTER", site=site)}

    assert found() == [(pair, (WHY["name"],))]


def test_a_switchboard_says_nothing(db):
    for _ in range(9):
        factories.person(phone="+49 30 1000000")

    assert found() == []


def test_a_number_that_a_shell_kept_leads_to_the_one_who_stayed(ana, cai, dee):
    Person.objects.filter(pk=dee.pk).update(external_id="0815")
    merging.merge(cai, dee, by=ana, now=NOW)
    again = factories.person(external_id="815")

    assert found() == [({cai, again}, (WHY["number"],))]


def test_archived_people_and_shells_are_not_proposed(ana, cai):
    twin = factories.person("Cai Carter", email="cai+1@example.org")
    gone = factories.person(email="cai+2@example.org")
    gone.archive(now=NOW)
    assert found() == [({cai, twin}, (WHY["address"],))]

    merging.merge(cai, twin, by=ana, now=NOW)

    assert found() == []


def test_not_the_same_stays_said_and_can_be_taken_back(ana, cai):
    twin = factories.person(email="cai+1@example.org")

    for _ in range(2):
        duplicates.say_different(twin, cai, by=ana, now=NOW)
    assert found() == []

    duplicates.take_back(twin.pk, cai.pk)
    assert len(found()) == 1


def test_pages_and_those_of_one_person(cai):
    for number in range(3):
        factories.person(email=f"cai+{number}@example.org")
    other = factories.person(phone="+49 30 7654321")
    factories.person(phone="030 7654321")

    first = duplicates.find(limit=4)
    rest = duplicates.find(limit=4, offset=4)

    assert (first.total, len(first.pairs), len(rest.pairs)) == (7, 4, 3)
    assert duplicates.find(limit=4, person=other).total == 1
