import pytest
from django.db import IntegrityError

from stakeholders import bulk
from stakeholders.models import Person
from tests.factories import NOW, group, person

pytestmark = pytest.mark.django_db


def test_archiving_many_leaves_those_alone_who_were_archived_before(cai, dee):
    earlier = NOW.replace(year=2025)
    old = person(archived_at=earlier)

    assert bulk.archive(Person.objects.all(), now=NOW) == 2

    old.refresh_from_db()
    assert old.archived_at == earlier


def test_the_undo_of_archiving_restores_exactly_those_of_that_act(cai, dee):
    old = person(archived_at=NOW.replace(year=2025))
    bulk.archive(Person.objects.all(), now=NOW)

    assert bulk.restore(archived_at=NOW) == 2

    assert set(Person.objects.archived()) == {old}


def test_an_address_that_was_taken_in_the_meantime_stops_the_whole_undo(cai, dee):
    bulk.archive(Person.objects.all(), now=NOW)
    person(email=cai.email)

    with pytest.raises(IntegrityError, match="one_active_person_per_address"):
        bulk.restore(archived_at=NOW)


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

    assert bulk.take_back(added.act) == 1

    assert list(board.people.all()) == [cai]


def test_a_search_can_be_added_to_a_group(cai, dee):
    board = group()

    bulk.add_to_group(Person.objects.active().found_by("dorn").in_order(), group=board)

    assert list(board.people.all()) == [dee]
