from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.enums import Medium, NoticeState
from tests import factories
from upgrades import rescheduling
from upgrades.enums import Freeze
from upgrades.models import CriticalDays


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def milestone(db):
    return factories.milestone(start=timezone.now() + timedelta(days=20))


def drawing(client, upgrade, **query):
    return client.get(reverse("upgrade_timeline", args=[upgrade.slug], query=query))


def marks(page) -> list[tuple[str, str]]:
    return [(placed.item.label, placed.item.shape) for lane in page.context["drawing"].lanes for placed in lane.items]


def test_milestones_come_first_then_notices_then_what_people_do(signed_in, milestone):
    factories.step(milestone, name="Meeting", medium=Medium.MEETING)
    factories.notice(milestone, title="Missed", state=NoticeState.MISSED, send_at=milestone.start)
    factories.notice(milestone, title="Draft", send_at=milestone.start)

    page = drawing(signed_in, milestone.upgrade)

    assert marks(page) == [("Go-live", "flag"), ("Draft", "ring"), ("Missed", "triangle"), ("Meeting", "square")]


def test_lanes_are_audiences_or_kinds(signed_in, milestone):
    factories.notice(milestone, send_at=milestone.start, audience={"affected": True})

    names = [
        [lane.lines[0].label for lane in drawing(signed_in, milestone.upgrade, lanes=lanes).context["drawing"].lanes]
        for lanes in ("audience", "kind", "nonsense")
    ]

    assert names == [
        ["Milestones", "Everybody affected"],
        ["Milestones", "Announcement"],
        ["Milestones", "Everybody affected"],
    ]


def test_a_moved_milestone_shows_where_it_was(signed_in, milestone):
    rescheduling.move(milestone, start=milestone.start + timedelta(days=7), end=milestone.end + timedelta(days=7))

    [placed] = drawing(signed_in, milestone.upgrade).context["drawing"].lanes[0].items

    assert placed.ghost_x < placed.x


def test_critical_days_in_the_way_are_drawn_and_said(signed_in, ana, milestone):
    start = milestone.start - timedelta(days=1)
    CriticalDays.objects.create(
        name="Examinations", freeze=Freeze.HARD, start=start, end=start + timedelta(days=3), entered_by=ana
    )

    page = drawing(signed_in, milestone.upgrade)

    assert [band.label for band in page.context["drawing"].bands] == ["Examinations"]
    assert "Critical days in the way" in page.content.decode()


def test_the_list_says_everything_that_the_drawing_shows(signed_in, milestone):
    factories.step(milestone, name="Meeting", medium=Medium.MEETING, offset=-3)
    factories.notice(milestone, title="Announcement", send_at=milestone.start - timedelta(days=10))

    entries = drawing(signed_in, milestone.upgrade, range="fortnight").context["entries"]

    said = [entry["milestone"].name if "milestone" in entry else entry["line"].name for entry in entries]
    assert said == ["Announcement", "Meeting", "Go-live"]


def test_a_stretch_can_be_chosen_and_left(signed_in, milestone):
    page = drawing(signed_in, milestone.upgrade, **{"range": "fortnight", "from": "2020-01-06"})

    assert page.context["drawing"].later == 1
    assert [str(day) for day in page.context["around"].values()] == ["2019-12-23", "2020-01-20"]


@pytest.mark.parametrize("query", [{"range": "x"}, {"from": "x"}, {"range": "month", "from": "2026-02-31"}])
def test_nonsense_draws_everything(signed_in, milestone, query):
    assert marks(drawing(signed_in, milestone.upgrade, **query)) == [("Go-live", "flag")]


def test_coordinates_have_no_commas_in_german(signed_in, ana, milestone):
    page = signed_in.get(
        reverse("upgrade_timeline", args=[milestone.upgrade.slug]), headers={"Accept-Language": "de"}
    ).content.decode()

    assert 'viewBox="0 0 1000 ' in page


def test_an_upgrade_without_anything_is_drawn_too(signed_in):
    page = drawing(signed_in, factories.upgrade())

    assert "There is nothing in the plan yet." in page.content.decode()


def test_windows_of_other_upgrades_at_the_same_time_have_a_lane_and_are_said(signed_in, milestone):
    mail = factories.service("Mail")
    milestone.upgrade.services.add(mail)
    switches = factories.upgrade("Switches", services=[mail])
    factories.milestone(switches, name="New switches", start=milestone.start + timedelta(hours=1))

    page = drawing(signed_in, milestone.upgrade)

    assert marks(page) == [("Go-live", "flag"), ("New switches, Switches", "flag")]
    assert "Both touch Mail." in page.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_drawing_takes_fourteen_queries(signed_in, ana, milestone, number, django_assert_num_queries):
    for _ in range(number):
        factories.notice(milestone, send_at=milestone.start, audience={"groups": [factories.group().pk]})
        factories.milestone(
            milestone.upgrade, start=milestone.start + timedelta(days=1), services=[factories.service()]
        )
        CriticalDays.objects.create(
            name="Days", start=milestone.start, end=milestone.start + timedelta(days=3), entered_by=ana
        )

    with django_assert_num_queries(14):
        drawing(signed_in, milestone.upgrade)
