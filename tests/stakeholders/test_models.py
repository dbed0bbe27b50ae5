import pytest
from django.db import IntegrityError

from stakeholders.enums import AddressState, Category, Topic
from stakeholders.models import Group, Membership, OptOut, Person, Site
from tests.factories import NOW, group, person, site

pytestmark = pytest.mark.django_db


def names(rows):
    return sorted(row.name for row in rows)


def test_two_sites_cannot_have_one_name_in_whatever_case():
    site("Harbour")

    with pytest.raises(IntegrityError, match="one_site_per_name"):
        site("HARBOUR")


def test_two_groups_cannot_have_one_name_in_whatever_case():
    group("Finance")

    with pytest.raises(IntegrityError, match="one_group_per_name"):
        group("finance")


def test_two_active_people_cannot_share_an_address_in_whatever_case():
    person(email="cai@example.org")

    with pytest.raises(IntegrityError, match="one_active_person_per_address"):
        person(email="CAI@example.org")


def test_an_address_is_free_again_once_its_owner_is_archived():
    person("Cai", email="cai@example.org", archived_at=NOW)

    assert person("Cai again", email="cai@example.org").pk


def test_any_number_of_people_may_have_no_address():
    person(email="")
    person(email="")

    assert Person.objects.exclude(email="").count() == 0


def test_an_external_id_names_one_person_archived_ones_included():
    person(external_id="7", archived_at=NOW)

    with pytest.raises(IntegrityError, match="one_person_per_external_id"):
        person(external_id="7")


def test_a_person_is_in_a_group_once(cai):
    finance = group(people=[cai])

    with pytest.raises(IntegrityError, match="a_person_is_in_a_group_once"):
        Membership.objects.create(group=finance, person=cai)


def test_a_topic_is_declined_once(dee):
    with pytest.raises(IntegrityError, match="a_topic_is_declined_once"):
        OptOut.objects.create(person=dee, topic=Topic.NEWS)


def test_to_decline_twice_is_to_decline_once(cai):
    cai.opt_out(Topic.NEWS)
    cai.opt_out(Topic.NEWS)

    assert list(cai.opt_outs.values_list("topic", flat=True)) == [Topic.NEWS]


def test_who_opts_in_again_has_not_declined(dee):
    dee.opt_in(Topic.NEWS)

    assert not dee.opt_outs.filter(topic=Topic.NEWS).exists()
    assert dee.opt_outs.filter(topic=Topic.SURVEY).exists()


def test_archived_people_are_not_active_and_come_back(cai):
    cai.archive(now=NOW)
    assert (list(Person.objects.active()), list(Person.objects.archived())) == ([], [cai])

    cai.restore()
    assert (list(Person.objects.active()), list(Person.objects.archived())) == ([cai], [])


@pytest.mark.parametrize(
    "words",
    [
        "Grace",
        "grace hop",
        "hopper grace",
        "GRACE@navy",
        "@navy.example grace",
        "grace@navy.example",
        "compil",
        "admi",
        "A-17",
        "naval rese",
    ],
)
def test_every_word_may_be_the_beginning_of_a_word_in_any_field(words):
    found = person(
        "Grace Hopper",
        email="grace@navy.example",
        department="Naval Research",
        job_title="Admiral of compilers",
        external_id="A-17",
    )
    person("Grant Hooper", email="grant@army.example")

    assert list(Person.objects.found_by(words)) == [found]


@pytest.mark.parametrize("words", ["opper", "grace x", "' | 'gr", "!", "\\", "&", "gr:*|x", "a\x00b", "-"])
def test_other_words_and_operators_find_nobody_and_break_nothing(words):
    person("Grace Hopper", email="grace@navy.example")

    assert list(Person.objects.found_by(words)) in ([], list(Person.objects.all()))


def test_an_empty_search_finds_everybody(cai, dee):
    assert set(Person.objects.found_by("  ")) == {cai, dee}


def test_people_are_found_by_the_category_of_their_groups(cai, dee):
    group(category=Category.IT, people=[cai])
    group(category=Category.IT, people=[cai])
    group(category=Category.VENDOR, people=[dee])

    assert list(Person.objects.in_categories([Category.IT])) == [cai]


def test_people_are_found_by_the_state_of_their_address(cai):
    lost = person("Lost", email_state=AddressState.BOUNCED)
    silent = person("Silent", email="", email_state=AddressState.BOUNCED)

    assert list(Person.objects.with_address("none")) == [silent]
    assert list(Person.objects.with_address(AddressState.BOUNCED)) == [lost]
    assert list(Person.objects.with_address(AddressState.WORKING)) == [cai]


def test_the_size_of_a_group_is_the_number_of_its_active_people(cai, dee):
    group("Board", people=[cai, dee, person(archived_at=NOW)])
    group("Nobody")

    assert dict(Group.objects.with_size().values_list("name", "size")) == {"Board": 2, "Nobody": 0}


def test_the_size_of_a_site_is_the_number_of_its_active_people():
    harbour = site("Harbour")
    person(site=harbour)
    person(site=harbour, archived_at=NOW)

    assert Site.objects.with_size().get().size == 1
