import pghistory
import pytest
from django.db import IntegrityError

from notices.register import erasing, merging
from stakeholders import bulk
from stakeholders.models import Membership, Person
from tests.factories import NOW, group, person, site

pytestmark = pytest.mark.django_db


def test_archiving_many_leaves_those_alone_who_were_archived_before(cai, dee):
    earlier = NOW.replace(year=2025)
    old = person(archived_at=earlier)

    assert bulk.archive(Person.objects.all(), now=NOW).people == 2

    old.refresh_from_db()
    assert old.archived_at == earlier


def test_the_undo_of_archiving_restores_exactly_those_of_that_act(cai, dee):
    old = person(archived_at=NOW.replace(year=2025))
    done = bulk.archive(Person.objects.all(), now=NOW)

    assert bulk.undo(done.act) == 2

    assert set(Person.objects.archived()) == {old}


def test_an_address_that_was_taken_in_the_meantime_stops_the_whole_undo(cai, dee):
    done = bulk.archive(Person.objects.all(), now=NOW)
    person(email=cai.email)

    with pytest.raises(IntegrityError, match="one_active_person_per_address"):
        bulk.undo(done.act)


def test_people_join_a_group_once_and_representatives_stay_such(cai, dee):
    board = group(representatives=[cai])

    added = bulk.add_to_group(
        Person.objects.filter(name__startswith="C") | Person.objects.filter(pk=dee.pk), group=board
    )

    assert added.people == 1
    assert dict(board.memberships.values_list("person__name", "is_representative")) == {
        "Cai Carter": True,
        "Dee Dorn": False,
    }


def test_the_undo_of_adding_takes_out_only_those_who_came(cai, dee):
    board = group(people=[cai])
    added = bulk.add_to_group(Person.objects.all(), group=board)

    assert bulk.undo(added.act) == 1

    assert list(board.people.all()) == [cai]


def test_a_search_can_be_added_to_a_group(cai, dee):
    board = group()

    bulk.add_to_group(Person.objects.active().found_by("dorn").in_order(), group=board)

    assert list(board.people.all()) == [dee]


def tags() -> dict[str, list[str]]:
    return dict(Person.objects.order_by("pk").values_list("name", "tags"))


def test_a_tag_is_given_once_and_tags_stay_in_order(cai, dee):
    Person.objects.filter(pk=cai.pk).update(tags=["alpha", "pilot", "zeta"])
    Person.objects.filter(pk=dee.pk).update(tags=["zeta"])

    assert bulk.tag(Person.objects.all(), word="Pilot").people == 1

    assert tags() == {"Cai Carter": ["alpha", "pilot", "zeta"], "Dee Dorn": ["pilot", "zeta"]}


@pytest.mark.parametrize(
    "change",
    [
        lambda: bulk.tag(Person.objects.all(), word="new"),
        lambda: bulk.untag(Person.objects.all(), word="b"),
        lambda: bulk.rename_tag("b", new="c"),
        lambda: bulk.drop_tag("a"),
    ],
)
def test_the_undo_of_tags_restores_exactly_what_was(cai, dee, change):
    Person.objects.filter(pk=cai.pk).update(tags=["a", "b", "c"])
    Person.objects.filter(pk=dee.pk).update(tags=["b"])
    before = tags()

    done = change()
    assert tags() != before
    bulk.undo(done.act)

    assert tags() == before


def test_a_renamed_tag_joins_the_one_that_was_there(cai, dee):
    Person.objects.filter(pk=cai.pk).update(tags=["a", "b"])
    Person.objects.filter(pk=dee.pk).update(tags=["b"])

    bulk.rename_tag("b", new="a")

    assert tags() == {"Cai Carter": ["a"], "Dee Dorn": ["a"]}


def test_the_undo_keeps_what_somebody_changed_since(cai, dee):
    done = bulk.give(Person.objects.all(), name="language", value="de")
    with pghistory.context():  # another act
        Person.objects.filter(pk=dee.pk).update(language="fr")

    assert bulk.undo(done.act) == 1

    assert dict(Person.objects.values_list("name", "language")) == {"Cai Carter": "en", "Dee Dorn": "fr"}


def test_undoing_twice_is_undoing_once(cai):
    done = bulk.give(Person.objects.all(), name="site", value=site("Harbour"))
    bulk.undo(done.act)

    assert bulk.undo(done.act) == 0
    assert Person.objects.get().site is None


def test_what_people_chose_themselves_is_left_alone(cai, dee):
    Person.objects.filter(pk=dee.pk).update(own_choices=["language"])

    done = bulk.give(Person.objects.all(), name="language", value="de")

    assert (done.people, done.kept) == (1, 1)
    assert Person.objects.get(pk=dee.pk).language == "en"


def test_who_was_taken_out_of_a_group_comes_back_as_representative(cai, dee):
    board = group(people=[dee], representatives=[cai])
    before = list(board.memberships.order_by("pk").values_list("pk", "person", "is_representative"))

    done = bulk.remove_from_group(Person.objects.all(), group=board)
    assert (done.people, Membership.objects.count()) == (2, 0)
    bulk.undo(done.act)

    assert list(board.memberships.order_by("pk").values_list("pk", "person", "is_representative")) == before


def test_only_acts_on_many_are_undone(cai):
    with pghistory.context() as act:
        Person.objects.update(language="de")

    assert bulk.undo(act.id) == 0
    assert Person.objects.get().language == "de"


def test_undo_of_many_leaves_alone_who_was_merged_or_erased_since(ana, cai, dee):
    twin, gone = person("Carter, Cai"), person("Gone")
    done = bulk.archive(Person.objects.exclude(pk=cai.pk), now=NOW)
    merging.merge(cai, twin, by=ana, now=NOW)
    erasing.erase(gone, reason="They asked.", by=ana, now=NOW)

    bulk.undo(done.act)

    assert set(Person.objects.active()) == {cai, dee}


def test_who_was_taken_out_of_a_group_and_merged_since_comes_back_as_who_stays(ana, cai):
    twin = person("Carter, Cai")
    board = group(people=[twin])
    done = bulk.remove_from_group(Person.objects.filter(pk=twin.pk), group=board)
    merging.merge(cai, twin, by=ana, now=NOW)

    bulk.undo(done.act)

    assert [one.person for one in board.memberships.all()] == [cai]


def test_a_tag_is_renamed_to_one_in_use_whatever_its_case(cai, dee):
    Person.objects.filter(pk=cai.pk).update(tags=["Pilot"])
    Person.objects.filter(pk=dee.pk).update(tags=["night", "Pilot"])

    bulk.rename_tag("night", new="pilot")

    assert [one.tags for one in Person.objects.order_by("pk")] == [["Pilot"], ["Pilot"]]


def test_a_tag_can_change_its_case(cai):
    Person.objects.filter(pk=cai.pk).update(tags=["pilot"])

    bulk.rename_tag("pilot", new="Pilot")

    cai.refresh_from_db()
    assert cai.tags == ["Pilot"]
