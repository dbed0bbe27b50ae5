from datetime import timedelta

import pytest
from django.urls import reverse

from engagement import holding
from engagement.models import Engagement
from notices.enums import Medium
from notices.pipeline import planning
from notices.pipeline.planning import gatherings
from tests.factories import NOW, engagement, group, milestone, person, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def briefing():
    return step(name="Briefing", medium=Medium.MEETING, offset=0)


@pytest.fixture
def hall(briefing):
    made = engagement(briefing.upgrade, start=NOW - timedelta(hours=2))
    gatherings.attach(briefing, made)
    return made


def test_a_meeting_that_was_held_ticks_its_step_once(briefing, hall):
    assert gatherings.tick_held(now=NOW) == 0
    holding.hold(hall, by=hall.host, now=NOW)

    assert gatherings.tick_held(now=NOW) == 1
    assert gatherings.tick_held(now=NOW) == 0

    briefing.refresh_from_db()
    assert (briefing.done_at, briefing.done_by) == (hall.end, hall.host)


def test_when_it_did_not_take_place_the_step_is_open_again(briefing, hall):
    holding.hold(hall, by=hall.host, now=NOW)
    gatherings.tick_held(now=NOW)
    holding.not_held(hall)

    assert gatherings.tick_held(now=NOW) == 1
    briefing.refresh_from_db()
    assert (briefing.done_at, briefing.done_by) == (None, None)


def test_a_tick_by_hand_stays(briefing, hall, ana):
    briefing.refresh_from_db()
    planning.tick_off(briefing, by=ana, now=NOW)
    assert gatherings.tick_held(now=NOW) == 0
    briefing.refresh_from_db()
    assert briefing.done_by == ana


def test_a_step_is_one_meeting_and_only_if_it_is_one(briefing, hall):
    with pytest.raises(planning.NotPossible, match="planned already"):
        gatherings.attach(briefing, engagement(briefing.upgrade))
    with pytest.raises(planning.NotPossible, match="Only a meeting"):
        gatherings.attach(step(medium=Medium.POSTER), engagement())


def test_planning_it_from_the_plan_fills_in_name_time_and_people(client, ana, cai):
    board = group(people=[cai])
    eve = person("Eve")
    on = milestone()
    briefing = step(on, name="Briefing", medium=Medium.TRAINING, offset=-5, audience={"groups": [board.pk]})
    client.force_login(ana)
    address = reverse("step_meeting", args=[on.upgrade.slug, briefing.pk])
    assert address in client.get(reverse("upgrade_plan", args=[on.upgrade.slug])).content.decode()

    initial = client.get(address).context["form"].initial
    assert (initial["title"], initial["kind"], f"{initial['start']:%H:%M}") == ("Briefing", "training", "09:00")

    client.post(
        address,
        {
            "title": "Briefing",
            "kind": "training",
            "host": ana.pk,
            "start": "2030-03-25T14:00",
            "end": "2030-03-25T15:00",
            "time_zone": "Europe/Berlin",
            "of_the_step": "on",
            "people": [eve.pk],
        },
    )

    made = Engagement.objects.get()
    briefing.refresh_from_db()
    assert briefing.engagement == made
    assert [one.person.name for one in made.participants.order_by("person__name")] == ["Cai Carter", "Eve"]
    assert client.get(address)["Location"] == made.get_absolute_url()
