from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeState, Trigger, Unit
from notices.insight import moving
from notices.models import Notice
from tests import factories
from tests.factories import account, critical_days, engagement, group, milestone, service, site, upgrade
from tests.fixtures import effort
from upgrades.enums import Freeze, Impact, MilestoneKind, Status
from upgrades.models import Milestone, Upgrade

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def start():
    """A Wednesday evening in Berlin, some weeks ahead."""
    soon = timezone.now().astimezone(BERLIN) + timedelta(days=40)
    soon -= soon.weekday() * DAY - 2 * DAY
    return soon.replace(hour=20, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture
def mail(db):
    return service("Mail", users=[group("Staff")])


@pytest.fixture
def window(mail, start):
    return milestone(upgrade("Mail migration", slug="mail", services=[mail]), start=start, end=start + 4 * HOUR)


@pytest.fixture
def signed_in(client, ana):
    ana.time_zone = "Europe/Berlin"
    ana.save()
    client.force_login(ana)
    return client


def on(moment: datetime) -> str:
    return str(moment.astimezone(BERLIN).date())


def look(client, moment, view="week", **query):
    return client.get(reverse("calendar", query={"view": view, "on": on(moment), **query}))


def titles(page) -> list[str]:
    return [cell.entry.title for week in page.context["weeks"] for day in week for cell in day.cells if cell.entry]


# What is there


def test_windows_sends_conversations_and_critical_days_stand_on_their_days(signed_in, window, start):
    factories.notice(window, title="Reminder", send_at=start - 30 * HOUR)
    engagement(window.upgrade, start=start - 10 * HOUR)
    critical_days(start=start + DAY, end=start + 3 * DAY, groups=[group()])

    page = look(signed_in, start)

    days = {day.on: day for day in page.context["weeks"][0]}
    wednesday = start.astimezone(BERLIN).date()
    assert [cell.entry.title for cell in days[wednesday - DAY].cells] == ["Reminder"]
    assert [cell.entry.title for cell in days[wednesday].cells] == ["Town hall", "Go-live"]
    assert [(cell.entry.title, cell.span) for cell in days[wednesday + DAY].bars] == [("Examinations", 3)]
    assert f"Times are yours: {page.context['zone']}" in page.content.decode()


def test_times_are_on_the_wall_of_the_reader_and_the_place_is_said_where_it_differs(signed_in, ana, window, start):
    ana.time_zone = "Asia/Tokyo"
    ana.save()

    page = look(signed_in, start + DAY)

    [entry] = [cell.entry for day in page.context["weeks"][0] for cell in day.cells if cell.entry]
    assert entry.first == start.astimezone(ZoneInfo("Asia/Tokyo")).date() == start.astimezone(BERLIN).date() + DAY
    assert "Asia/Tokyo" in entry.full
    assert "there" in entry.full
    assert "Europe/Berlin" in entry.full


def test_what_was_cancelled_is_not_there(signed_in, window, start):
    milestone(window.upgrade, start=start, name="Off", status=Status.CANCELLED)
    factories.notice(window, title="Off too", send_at=start, state=NoticeState.CANCELLED)

    assert titles(look(signed_in, start)) == ["Go-live"]


def test_many_notices_of_a_day_are_their_number_and_the_day_lists_them(signed_in, window, start):
    for number in range(5):
        factories.notice(window, title=f"Notice {number}", send_at=start - HOUR)

    assert titles(look(signed_in, start)) == ["5 notices", "Go-live"]
    day = look(signed_in, start, view="day")
    assert [entry.title for entry in day.context["entries"]] == [
        *(f"Notice {number}" for number in range(5)),
        "Go-live",
    ]


def test_public_holidays_of_the_upgrades_are_named(signed_in, window):
    page = signed_in.get(reverse("calendar", query={"on": "2027-12-25"}))

    holidays = {day.on: day.holiday for week in page.context["weeks"] for day in week if day.holiday}
    assert holidays[date(2027, 12, 25)] == "Christmas Day (DE-BE)"


def test_a_window_says_what_it_collides_with(signed_in, window, start, mail):
    critical_days(start=start, end=start + DAY, freeze=Freeze.HARD, name="Audit", services=[mail])
    milestone(upgrade("Switches", services=[mail]), name="New switches", start=start)

    page = look(signed_in, start).content.decode()

    assert "falls into a hard freeze, Audit" in page
    assert "overlaps New switches of Switches" in page


def test_the_year_is_a_list_by_months_that_counts_notices(signed_in, window, start):
    for _ in range(3):
        factories.notice(window, send_at=start)

    page = look(signed_in, start, view="year")

    [month] = [one for one in page.context["months"] if one["sends"]]
    assert (month["sends"], month["on"].month) == (3, start.astimezone(BERLIN).month)
    assert "Go-live" in [entry.title for entry in month["entries"]]


@pytest.mark.parametrize("query", [{"on": "no day"}, {"on": "9999-12-31"}, {"view": "decade"}, {"service": "7x"}])
def test_an_address_that_makes_no_sense_shows_this_month(signed_in, window, query):
    page = signed_in.get(reverse("calendar", query=query))

    assert (page.status_code, page.context["view"]) == (200, "month")
    assert page.context["on"] == page.context["today"]


# Filters


@pytest.mark.parametrize("by", ["service", "site", "group", "upgrade"])
def test_filters_show_what_touches_the_chosen(signed_in, window, start, mail, by):
    harbour = site("Harbour")
    window.sites.add(harbour)
    staff = mail.users.get()
    mail.sites.add(harbour)
    factories.notice(window, title="Reminder", send_at=start)
    critical_days(start=start, end=start + HOUR, name="Theirs", groups=[staff], sites=[harbour], services=[mail])
    critical_days(start=start, end=start + HOUR, name="Everybody's")
    other = milestone(upgrade(services=[service()]), name="Elsewhere", start=start)
    factories.notice(other, title="Not for them", send_at=start)
    critical_days(start=start, end=start + HOUR, name="Not theirs", groups=[group()])

    chosen = {"service": mail, "site": harbour, "group": staff, "upgrade": window.upgrade}[by]
    found = titles(look(signed_in, start, **{by: chosen.pk}))

    others = {"Not theirs"} if by == "upgrade" else set()  # an upgrade is shown with all critical days
    assert set(found) == {"Go-live", "Reminder", "Theirs", "Everybody's"} | others


def test_kinds_are_chosen_and_the_address_keeps_them(signed_in, window, start):
    factories.notice(window, title="Reminder", send_at=start)

    page = look(signed_in, start, kind="send")

    assert titles(page) == ["Reminder"]
    assert "kind=send" in page.content.decode()
    assert "Clear filters" in page.content.decode()


# Moving


def check(client, one, **query) -> dict:
    return client.get(reverse("calendar_check", args=[one.pk], query=query)).json()


def move(client, one, start: str, **extra):
    form = client.get(reverse("calendar_move", args=[one.pk])).context["form"]
    return client.post(
        reverse("calendar_move", args=[one.pk]), {"seen": form["seen"].value(), "start": start, **extra}, follow=True
    )


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%Y-%m-%dT%H:%M}"


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def test_what_a_place_would_mean_is_answered_and_nothing_is_saved(signed_in, window, start, mail):
    factories.notice(window, step=factories.step(window), send_at=start - 20 * DAY)
    critical_days(start=start + 6 * DAY, end=start + 8 * DAY, freeze=Freeze.HARD, name="Audit")
    critical_days(start=start + 6 * DAY, end=start + 8 * DAY, name="Fair")
    milestone(upgrade("Switches", services=[mail]), name="New switches", start=start + 7 * DAY)

    found = check(signed_in, window, days=7)

    assert found["start"] == wall(start + 7 * DAY)
    assert found["hard"] == [
        "Falls into a hard freeze: Audit",
        "At the same time as New switches of Switches (Mail, Staff)",
    ]
    assert found["soft"] == ["Falls into critical days: Fair"]
    assert (found["moves"], found["missed"], found["is_past"]) == (1, 0, False)
    assert found["slots"][0]["start"] == wall(start + 8 * DAY)
    window.refresh_from_db()
    assert window.start == start


def test_a_drag_keeps_the_time_on_the_wall_when_the_clocks_change(db):
    one = milestone(start=datetime(2027, 3, 26, 20, tzinfo=BERLIN))

    assert moving.shifted(one, days=7).astimezone(BERLIN).hour == 20
    assert moving.shifted(one, days=1, minutes=-90).astimezone(BERLIN).isoformat()[:16] == "2027-03-27T18:30"


def test_notices_that_would_have_had_to_go_out_are_said_to_be_missed(signed_in, window, start):
    step = factories.step(window, unit=Unit.CALENDAR_DAYS, offset=-30)
    factories.notice(window, step=step, title="Save the date", send_at=start - 30 * DAY)
    near = timezone.now() + 5 * DAY

    found = moving.to(window, near, now=timezone.now())

    assert [(shift.notice.title, shift.is_missed) for shift in found.shifts] == [("Save the date", True)]
    page = signed_in.get(reverse("calendar_move", args=[window.pk], query={"start": wall(near)})).content.decode()
    assert "will be missed: “Save the date”" in page


def test_what_follows_an_event_finds_its_own_time(window, start):
    step = factories.step(window, trigger=Trigger.EVENT, event="started")
    factories.notice(window, step=step, send_at=None, waits_for="started")

    found = moving.to(window, start + 7 * DAY, now=timezone.now())

    assert (found.shifts, found.others) == ([], 1)


def test_the_page_says_from_where_to_where_and_offers_free_windows(signed_in, window, start):
    critical_days(start=start + 6 * DAY, end=start + 8 * DAY, freeze=Freeze.HARD, name="Audit")

    page = signed_in.get(reverse("calendar_move", args=[window.pk], query={"start": wall(start + 7 * DAY)}))

    assert "Falls into a hard freeze" in page.content.decode()
    slots = page.context["found"].slots
    assert len(slots) == 3
    assert f"start={wall(slots[0].start)}" in page.content.decode()


def test_a_window_is_moved_with_its_length_and_moved_back_by_undo(signed_in, window, start):
    page = move(signed_in, window, wall(start + 7 * DAY), back="view=week")

    window.refresh_from_db()
    assert (window.start, window.end, window.sequence) == (start + 7 * DAY, start + 7 * DAY + 4 * HOUR, 1)
    assert page.request["QUERY_STRING"] == "view=week"
    assert said(page)[0].startswith("Go-live is moved to ")

    (undo,) = {message.extra_tags for message in page.context["messages"]}
    page = signed_in.post(undo.removeprefix("undo:").split()[0], follow=True)
    window.refresh_from_db()
    assert (window.start, window.end, window.sequence) == (start, start + 4 * HOUR, 2)  # calendars saw the new place
    assert said(page) == ["Go-live is back where it was."]


def test_a_move_keeps_its_reason_and_undo_the_one_before(signed_in, window, start):
    Milestone.objects.update(change_reason="The vendor is late.")
    form = signed_in.get(reverse("calendar_move", args=[window.pk])).context["form"]
    asked = {"seen": form["seen"].value(), "start": wall(start + 7 * DAY), "why": "Examinations."}
    page = signed_in.post(reverse("calendar_move", args=[window.pk]), asked, follow=True)

    window.refresh_from_db()
    assert window.change_reason == "Examinations."

    (undo,) = {message.extra_tags for message in page.context["messages"]}
    signed_in.post(undo.removeprefix("undo:").split()[0], follow=True)
    window.refresh_from_db()
    assert window.change_reason == "The vendor is late."


def test_the_deadline_and_the_decision_move_with_it_and_come_back_with_one_undo(signed_in, window, start):
    Upgrade.objects.update(country="", subdivision="")  # no public holidays
    Milestone.objects.filter(pk=window.pk).update(action="Save.", action_deadline=start - DAY)
    decision = milestone(window.upgrade, name="Go/no-go", kind="decision", start=start - 2 * DAY, end=None)
    keys = [f"{window.pk}-deadline", f"{window.pk}-{decision.pk}"]
    there = {"start": wall(start + 7 * DAY)}

    offer = signed_in.get(reverse("calendar_move", args=[window.pk], query=there)).context["offer"]
    assert {one.key: is_ticked for one, is_ticked in offer.rows} == dict.fromkeys(keys, True)
    refused = {**there, "offered": keys, "along": keys[:1]}
    offer = signed_in.get(reverse("calendar_move", args=[window.pk], query=refused)).context["offer"]
    assert [one.key for one, is_ticked in offer.rows if is_ticked] == keys[:1]

    page = move(signed_in, window, there["start"], along=keys)

    assert "With it move the deadline and “Go/no-go”." in said(page)[0]
    decision.refresh_from_db()
    assert wall(decision.start) == wall(start.astimezone(BERLIN) + 5 * DAY)
    (undo,) = {message.extra_tags for message in page.context["messages"]}
    page = signed_in.post(undo.removeprefix("undo:").split()[0], follow=True)

    assert said(page) == ["Go-live and Go/no-go are back where they were."]
    decision.refresh_from_db()
    window.refresh_from_db()
    assert (decision.start, window.action_deadline) == (start - 2 * DAY, start - DAY)


def test_what_was_not_chosen_stays(signed_in, window, start):
    decision = milestone(window.upgrade, name="Go/no-go", kind="decision", start=start - 2 * DAY, end=None)

    move(signed_in, window, wall(start + 7 * DAY))

    decision.refresh_from_db()
    assert decision.start == start - 2 * DAY


def test_undo_leaves_what_somebody_changed_since(signed_in, window, start):
    page = move(signed_in, window, wall(start + 7 * DAY))
    (undo,) = {message.extra_tags for message in page.context["messages"]}
    move(signed_in, window, wall(start + 14 * DAY))

    page = signed_in.post(undo.removeprefix("undo:").split()[0], follow=True)

    window.refresh_from_db()
    assert window.start == start + 14 * DAY
    assert said(page) == ["It was changed again since, so it stays where it is."]


def test_two_who_move_one_window_get_a_conflict(signed_in, window, start):
    form = signed_in.get(reverse("calendar_move", args=[window.pk])).context["form"]
    move(signed_in, window, wall(start + 14 * DAY))

    page = signed_in.post(
        reverse("calendar_move", args=[window.pk]), {"seen": form["seen"].value(), "start": wall(start + 7 * DAY)}
    )

    assert "Somebody else saved this while you were editing" in page.content.decode()
    window.refresh_from_db()
    assert window.start == start + 14 * DAY


def test_nothing_is_moved_into_the_past_or_by_a_get(signed_in, window, start):
    page = move(signed_in, window, "2020-01-01T20:00")
    assert "That is in the past" in page.content.decode()

    signed_in.get(reverse("calendar_move", args=[window.pk], query={"start": wall(start + DAY)}))
    check(signed_in, window, days=1)
    window.refresh_from_db()
    assert window.start == start


@pytest.mark.parametrize("role", [Role.READER, Role.DEPARTMENT_CONTACT])
def test_who_may_not_plan_sees_the_calendar_and_moves_nothing(client, window, start, role):
    client.force_login(account(role=role, time_zone="Europe/Berlin"))

    page = look(client, start)
    assert titles(page) == ["Go-live"]
    assert "Moving a window: this takes the role" in page.content.decode()
    assert reverse("calendar_move", args=[window.pk]) not in page.content.decode()
    assert client.post(reverse("calendar_move", args=[window.pk]), {"start": wall(start + DAY)}).status_code == 403
    window.refresh_from_db()
    assert window.start == start


def test_nobody_invents_a_way_back(signed_in):
    assert signed_in.post(reverse("milestones_move_back", args=["invented"])).status_code == 403


# Speed


@pytest.mark.parametrize("view", ["month", "week", "year"])
def test_the_number_of_queries_does_not_grow(signed_in, window, start, view, django_assert_num_queries):
    def add():
        one = milestone(upgrade(services=[service(users=[group()])]), start=start, sites=[site()])
        factories.notice(one, send_at=start)
        engagement(one.upgrade, start=start)
        critical_days(start=start, end=start + DAY, services=[service()])

    add()
    with django_assert_num_queries(10):
        look(signed_in, start, view=view)
    add()
    add()
    with django_assert_num_queries(10):
        look(signed_in, start, view=view)


def test_fifty_upgrades_with_two_hundred_steps_are_shown_in_a_fifth_of_a_second(signed_in, ana, mail, start):
    for _ in range(50):
        of = upgrade(services=[mail], owner=ana)
        made = Milestone.objects.bulk_create(
            Milestone(
                upgrade=of,
                name="Window",
                kind=MilestoneKind.WINDOW,
                impact=Impact.OUTAGE,
                start=(begins := start + number * 9 * DAY),
                end=begins + 4 * HOUR,
                baseline_start=begins,
            )
            for number in range(4)
        )
        Notice.objects.bulk_create(
            Notice(
                upgrade=of,
                milestone=made[number % 4],
                title="Notice",
                kind="announcement",
                author=ana,
                send_at=start + (number % 60 - 30) * DAY,
            )
            for number in range(200)
        )
    look(signed_in, start, view="month")

    with effort.at_most(0.6):  # 0.2
        page = look(signed_in, start, view="month")

    assert page.status_code == 200


@pytest.mark.parametrize("status", [Status.IN_PROCESS, Status.COMPLETED, Status.CANCELLED])
def test_what_has_begun_or_is_over_stays_where_it_is(signed_in, window, start, status):
    Milestone.objects.filter(pk=window.pk).update(status=status)

    asked = signed_in.get(reverse("calendar_move", args=[window.pk]))
    sent = signed_in.post(reverse("calendar_move", args=[window.pk]), {"start": "2199-01-01T10:00"})

    window.refresh_from_db()
    assert (asked.status_code, sent.status_code, window.start) == (403, 403, start)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America"])
def test_a_reader_whose_zone_nobody_knows_any_more_reads_utc(signed_in, ana, window, start, zone):
    ana.time_zone = zone
    ana.save()

    page = look(signed_in, start)

    assert page.context["zone"] == "UTC"
    assert window.name in titles(page)
