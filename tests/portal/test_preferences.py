"""What people say themselves on their page: working hours, absences, and what no import may change any more."""

from datetime import date, time

import pytest

from stakeholders.models import Absence, Person
from tests.factories import person, upgrade
from tests.portal.test_personal import chosen, link, told

pytestmark = pytest.mark.django_db
DAYS = {"away": "1", "away-start_on": "2099-03-30", "away-end_on": "2099-04-03"}


@pytest.fixture
def page(client, cai):
    address = link("preferences", told(cai, upgrade()))
    return lambda data=None: client.post(address, data) if data else client.get(address)


def test_what_was_changed_here_becomes_an_own_choice_and_the_rest_does_not(page, cai):
    page(chosen(reader_level=cai.reader_level, works_from="09:00", works_until="17:30", works_on=["1", "2"]))

    cai.refresh_from_db()
    assert cai.own_choices == ["language", "time_zone", "works_from", "works_on", "works_until"]
    assert (cai.works_from, cai.works_until, cai.works_on) == (time(9), time(17, 30), [1, 2])


def test_saving_without_a_change_chooses_nothing(page, cai):
    page(chosen(language=cai.language, time_zone=cai.time_zone, reader_level=cai.reader_level))

    cai.refresh_from_db()
    assert cai.own_choices == []


def test_half_of_the_working_hours_is_refused(page, cai):
    response = page(chosen(works_from="09:00"))

    assert response.status_code == 422
    cai.refresh_from_db()
    assert cai.works_from is None


def test_with_one_way_to_reach_people_there_is_no_choice_of_channels(page):
    assert "refused_channels" not in page().content.decode()


def test_a_deputy_is_found_by_address(page, cai):
    dot = person("Dot", email="dot@example.org")

    page(DAYS | {"away-deputy": "DOT@example.org"})

    absence = Absence.objects.get()
    assert (absence.person, absence.deputy, absence.start_on) == (cai, dot, date(2099, 3, 30))


def test_the_answer_does_not_say_whether_an_address_is_known(page, cai):
    person("Dot", email="dot@example.org")

    def answer(address):
        Absence.objects.all().delete()
        text = page(DAYS | {"away-deputy": address}).content.decode().replace(address, "…")
        key = Absence.objects.get().pk
        return [
            line
            for line in text.replace(f'name="back" value="{key}"', "").splitlines()
            if "csrfmiddlewaretoken" not in line
        ]

    assert answer("dot@example.org") == answer("who@example.org")
    assert (Absence.objects.get().deputy, Absence.objects.get().note) == (None, "who@example.org")


@pytest.mark.parametrize(
    "changed", [{"away-deputy": "cai@example.org"}, {"away-end_on": "2099-03-01"}, {"away-start_on": "soon"}]
)
def test_an_absence_that_makes_no_sense_is_refused(page, changed):
    assert page(DAYS | changed).status_code == 422
    assert not Absence.objects.exists()


def test_an_absence_is_removed_and_nobody_elses_is(page, cai):
    days = {"start_on": date(2099, 3, 30), "end_on": date(2099, 4, 3)}
    own = Absence.objects.create(person=cai, **days)
    other = Absence.objects.create(person=person(), **days)

    for absence in (own, other):
        page({"back": str(absence.pk)})

    assert list(Absence.objects.all()) == [other]


def test_pressing_twice_notes_it_once(page):
    for _ in range(2):
        page(DAYS)

    assert Absence.objects.count() == 1
    assert Person.objects.get(name="Cai Carter").own_choices == []
