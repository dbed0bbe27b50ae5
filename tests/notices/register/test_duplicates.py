"""Who is likely one person twice: proposed with the reason, and never again once somebody said no."""

from datetime import timedelta

import pytest

from notices.models import DifferentPeople
from notices.register import duplicates, merging
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW

WHY = {
    "address": "Same address, but for dots, capitals or a plus sign",
    "number": "Same number, written differently",
    "name": "Same name, both in Finance",
    "phone": "Same phone",
}


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
    site = factories.site("Leeds")
    pair = {factories.person("Cai Carter", department="Finance", site=site), factories.person("CAI CARTER", site=site)}

    assert found() == [(pair, ("Same name, both at Leeds",))]


def namesakes(**differing):
    """One name in one department, with a number and an address each."""
    one = {"email": "cai@example.org", "external_id": "4711"} | {name: pair[0] for name, pair in differing.items()}
    other = {"email": "cai2@example.org", "external_id": "4712"} | {name: pair[1] for name, pair in differing.items()}
    return {factories.person("Cai Carter", department="Finance", **fields) for fields in (one, other)}


def test_people_of_one_name_with_numbers_and_addresses_of_their_own_are_two(db):
    namesakes(phone=("030 1234567", "030 7654321"))

    assert found() == []


@pytest.mark.parametrize("unknown", ["external_id", "email"])
def test_people_of_one_name_of_whom_one_has_no_number_or_address_may_be_one(db, unknown):
    pair = namesakes(**{unknown: ("", "4712" if unknown == "external_id" else "cai2@example.org")})

    assert found() == [(pair, (WHY["name"],))]


@pytest.mark.parametrize(
    ("why", "differing"),
    [
        ("phone", {"phone": ("030 1234567", "+49 30 1234567")}),
        ("address", {"email": ("c.carter@example.org", "ccarter@example.org")}),
    ],
)
def test_more_than_the_name_makes_two_numbers_one_person(db, why, differing):
    [(people, said)] = [(namesakes(**differing), {WHY["name"], WHY[why]})]

    assert [(who, set(reasons)) for who, reasons in found()] == [(people, said)]


def test_the_strongest_reason_is_first(db):
    by_phone = {factories.person(phone="030 1234567") for _ in range(2)}
    by_name = {factories.person("Dee Dale", department="Finance") for _ in range(2)}
    by_both = {factories.person("Eve East", department="Finance", phone="030 7654321") for _ in range(2)}
    by_address = {factories.person(email=email) for email in ("f.fox@example.org", "ffox@example.org")}

    assert [pair for pair, _why in found()] == [by_address, by_both, by_name, by_phone]


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

    for later in range(2):
        duplicates.say_different((twin, cai), by=ana, now=NOW + timedelta(seconds=later))
    assert found() == []

    assert duplicates.take_back(by=ana, at=NOW) == 1
    assert len(found()) == 1


def test_taking_back_leaves_what_was_said_before(ana, ben, cai):
    twin, third = (factories.person(email=f"cai+{number}@example.org") for number in range(2))
    duplicates.say_different((cai, twin), by=ben, now=NOW)
    later = NOW + timedelta(seconds=1)
    duplicates.say_different((cai, twin), (third, cai), by=ana, now=later)

    assert (duplicates.take_back(by=ana, at=later), duplicates.take_back(by=ana, at=later)) == (1, 0)

    assert [(one.first, one.second) for one in DifferentPeople.objects.all()] == [(cai, twin)]


def test_pages_and_those_of_one_person(cai):
    for number in range(3):
        factories.person(email=f"cai+{number}@example.org")
    other = factories.person(phone="+49 30 7654321")
    factories.person(phone="030 7654321")

    first = duplicates.find(limit=4)
    rest = duplicates.find(limit=4, offset=4)

    assert (first.total, len(first.pairs), len(rest.pairs)) == (7, 4, 3)
    assert duplicates.find(limit=4, person=other).total == 1
