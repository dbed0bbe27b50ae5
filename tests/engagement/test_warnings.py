from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagement import warnings
from stakeholders.models import Absence, Person
from tests.factories import critical_days, engagement, group, person, site, upgrade
from upgrades.enums import Freeze

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 3, 18, 10, 0, tzinfo=BERLIN)


def titles(people=None, *, start=WEDNESDAY, hours=1, of=None, meeting=None) -> list[str]:
    plan = warnings.Plan(
        upgrade=of or upgrade(),
        start=start,
        end=start + timedelta(hours=hours),
        zone="Europe/Berlin",
        people=Person.objects.all() if people is None else people,
        engagement=meeting,
    )
    return [one.title for one in warnings.of(plan)]


@pytest.fixture
def cai(cai):
    cai.time_zone = "Europe/Berlin"
    cai.save()
    return cai


def test_nothing_is_said_when_nothing_speaks_against_it(cai):
    assert titles() == []


def test_who_is_away_is_named_with_the_deputy(cai, dee):
    deputy = person("Eve Ernst", time_zone="Europe/Berlin")
    Absence.objects.create(person=cai, start_on=date(2026, 3, 18), end_on=date(2026, 3, 20), deputy=deputy)
    Absence.objects.create(person=dee, start_on=date(2026, 3, 19), end_on=date(2026, 3, 20))

    plan = warnings.Plan(upgrade(), WEDNESDAY, WEDNESDAY + timedelta(hours=1), "Europe/Berlin", Person.objects.all())
    (away,) = [one for one in warnings.of(plan) if one.icon == "beach"]

    assert away.title == "One person is away"
    assert away.lines == ["Cai Carter: until Fri 20 Mar 2026; Eve Ernst stands in"]
    assert away.deputies == 0  # Eve is asked already


def test_deputies_of_those_who_are_away_are_asked_by_a_button(client, ana, cai, dee):
    Absence.objects.create(person=cai, start_on=date(2090, 3, 14), end_on=date(2090, 3, 17), deputy=dee)
    start = datetime(2090, 3, 15, 9, tzinfo=UTC)
    meeting = engagement(start=start, end=start + timedelta(hours=1), people=[cai])
    client.force_login(ana)
    page = client.get(meeting.get_absolute_url()).text
    assert "Ask the deputy too" in page

    client.post(reverse("engagement_deputies", args=[meeting.pk]))

    assert meeting.participants.invited().filter(person=dee).exists()
    assert "Ask the deputy too" not in client.get(meeting.get_absolute_url()).text


def test_working_hours_are_those_of_the_place_where_somebody_is(cai):
    assert titles(start=WEDNESDAY.replace(hour=21)) == ["Outside the working hours of one person"]
    Person.objects.update(time_zone="America/New_York")
    assert titles() == ["Outside the working hours of one person"]  # four or five in the morning
    assert titles(start=WEDNESDAY.replace(hour=15)) == []


def test_entered_hours_and_days_count(cai):
    Person.objects.update(works_from=time(12), works_until=time(18), works_on=[1, 2])
    assert titles(start=WEDNESDAY.replace(hour=13)) == ["Outside the working hours of one person"]
    assert titles(start=WEDNESDAY.replace(day=17, hour=13)) == []
    Person.objects.update(works_from=time(22), works_until=time(6), works_on=[3])
    assert titles(start=WEDNESDAY.replace(hour=22)) == []


def test_freezes_of_a_group_a_site_and_everybody(cai):
    place = site("Harbour")
    Person.objects.update(site=place)
    board = group("Board", people=[cai])
    when = {"start": WEDNESDAY - timedelta(hours=5), "end": WEDNESDAY + timedelta(hours=5)}
    critical_days(name="Examinations", groups=[board], freeze=Freeze.HARD, **when)
    critical_days(name="Inspection", sites=[place], **when)
    critical_days(name="Founders' day", **when)
    critical_days(name="Of others", groups=[group()], **when)

    assert titles() == ["Hard freeze: Examinations", "Soft freeze: Inspection", "Soft freeze: Founders' day"]


def test_another_meeting_of_the_same_people(cai, dee):
    Person.objects.update(time_zone="Europe/Berlin")
    busy = engagement(people=[cai], start=WEDNESDAY + timedelta(minutes=30))
    engagement(people=[dee], start=WEDNESDAY + timedelta(hours=1))

    assert titles() == ["Another meeting of one person at that time"]
    assert titles(meeting=busy) == []


def test_a_public_holiday_at_the_place_of_the_upgrade(cai):
    good_friday = datetime(2026, 4, 3, 10, 0, tzinfo=BERLIN)
    assert titles(start=good_friday) == ["On a public holiday"]
    assert titles(start=good_friday, of=upgrade(country="")) == []


def test_it_asks_as_often_for_many_as_for_one(cai):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            titles(of=of)
        return len(queries)

    of = upgrade()
    one = asked()
    group(people=[person(time_zone=f"Etc/GMT+{hour}") for hour in range(1, 8)])
    assert asked() == one
