"""The calendar: a window is dragged with the mouse, moved by keyboard, and stays where it is until somebody says so."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from tests.factories import account, critical_days, milestone, notice, service, upgrade
from upgrades.enums import Freeze

EMAIL, PASSWORD = "ana@example.org", "a long enough password"
LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def start():
    """A Tuesday at 14:00 in London, in the middle of a month to come."""
    first = (timezone.now().astimezone(LONDON).replace(day=1) + 62 * DAY).replace(day=8)
    tuesday = first + (8 - first.weekday()) % 7 * DAY
    return datetime(tuesday.year, tuesday.month, tuesday.day, 14, tzinfo=LONDON)


@pytest.fixture
def window(transactional_db, start):
    ana = account("Ana Abel", email=EMAIL, password=PASSWORD, role=Role.COMMUNICATIONS_MANAGER, time_zone=LONDON.key)
    mail = service("Mail")
    of = upgrade("Mail migration", slug="mail", owner=ana, services=[mail], time_zone=LONDON.key, country="GB")
    critical_days(
        name="Audit", start=start + DAY - 14 * HOUR, end=start + 2 * DAY - 14 * HOUR, freeze=Freeze.HARD, entered_by=ana
    )
    made = milestone(of, start=start, end=start + 4 * HOUR)
    notice(made, title="Reminder", send_at=start - DAY, author=ana)
    return made


@pytest.fixture
def open_calendar(window, start, sign_in):
    def make(view="month", **options):
        page = sign_in(EMAIL, PASSWORD, **options)
        page.goto(f"/calendar/?view={view}&on={start.date()}")
        return page

    return make


def entry(page, name="Go-live"):
    return page.locator(".cal-entry", has_text=name).first


def cell(page, day):
    return page.locator(f"td[data-day='{day.date()}']").last


def lift(page, onto, *, down=0.5):
    """Presses on the window and moves to a day, without letting go."""
    entry(page).scroll_into_view_if_needed()
    entry(page).locator("a").first.hover()
    page.mouse.down()
    onto.scroll_into_view_if_needed()
    box = onto.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * down, steps=8)


def test_a_window_is_dragged_to_another_day_and_moved_after_a_word(window, start, open_calendar):
    page = open_calendar()

    lift(page, cell(page, start + DAY))
    expect(page.locator(".cal-tip")).to_contain_text("Falls into a hard freeze: Audit")
    expect(page.locator(".cal-tip")).to_contain_text("Next free")
    lift_to = cell(page, start + 2 * DAY).bounding_box()
    page.mouse.move(lift_to["x"] + 20, lift_to["y"] + 60, steps=4)
    expect(page.locator(".cal-tip")).to_contain_text("Nothing is in the way")
    page.mouse.up()

    dialog = page.locator("#move-dialog")
    expect(dialog.get_by_role("heading", name="Move Go-live of Mail migration")).to_be_visible()
    window.refresh_from_db()
    assert window.start == start
    dialog.get_by_role("button", name="Move it").click()

    expect(page.locator("#toasts")).to_contain_text("Go-live is moved to")
    window.refresh_from_db()
    assert window.start == start + 2 * DAY
    assert f"on={start.date()}" in page.url

    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("back where it was")
    window.refresh_from_db()
    assert window.start == start


def test_escape_lets_go_and_nothing_happens(window, start, open_calendar):
    page = open_calendar()

    lift(page, cell(page, start + DAY))
    page.keyboard.press("Escape")
    page.mouse.up()

    expect(page.locator(".cal-tip")).to_have_count(0)
    expect(page.locator("#move-dialog")).not_to_be_visible()
    window.refresh_from_db()
    assert window.start == start


def test_in_the_week_a_window_is_dragged_to_another_hour(window, start, open_calendar):
    page = open_calendar("week", viewport={"width": 1280, "height": 1400})
    expect(page.locator(".cal-week.is-by-hour")).to_be_visible()
    box = entry(page).bounding_box()
    hour = cell(page, start).bounding_box()["height"] / 24

    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 30 + 2 * hour, steps=6)
    expect(page.locator(".cal-tip")).to_contain_text("16:00–20:00")
    page.mouse.up()

    expect(page.locator("#id_start")).to_have_value(f"{start.date()}T16:00")


def test_a_notice_is_not_dragged_and_says_why(open_calendar):
    page = open_calendar()
    entry(page, "Reminder").locator("a").first.hover()
    page.mouse.down()
    page.mouse.move(600, 600, steps=4)

    expect(page.locator(".cal-tip")).to_contain_text("A notice follows its plan step")
    page.mouse.up()
    assert "/calendar/" in page.url


def test_the_whole_job_is_done_by_keyboard(window, start, open_calendar):
    page = open_calendar()
    entry(page).get_by_role("link", name="Move… Go-live, Mail migration").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_start")).to_be_focused()

    page.locator("#id_start").fill(f"{(start + DAY).date()}T14:00")
    page.keyboard.press("Tab")
    expect(page.locator("#consequence")).to_contain_text("Falls into a hard freeze")
    free = page.locator(".move-slot").first
    free.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_start")).to_have_value(f"{(start + 2 * DAY).date()}T14:00")
    expect(page.locator("#consequence")).to_contain_text("Nothing is in the way there")

    page.keyboard.press("Escape")
    expect(page.locator("#move-dialog")).not_to_be_visible()
    window.refresh_from_db()
    assert window.start == start

    entry(page).locator("a").last.focus()
    page.keyboard.press("Enter")
    page.locator("#id_start").fill(f"{(start + 2 * DAY).date()}T14:00")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Go-live is moved to")
    window.refresh_from_db()
    assert window.start == start + 2 * DAY


def test_filters_change_the_address_and_the_table_without_a_reload(open_calendar):
    page = open_calendar()
    page.get_by_label("Notices").uncheck()

    expect(entry(page, "Reminder")).to_have_count(0)
    expect(entry(page)).to_be_visible()
    assert "kind=window" in page.url
    page.go_back()
    expect(page.locator(".cal-entry", has_text="Reminder")).to_have_count(1)


def test_on_a_phone_the_days_are_a_list_and_windows_have_a_button(window, start, open_calendar):
    page = open_calendar(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    button = entry(page).locator(".cal-move")
    assert min(button.bounding_box()["width"], button.bounding_box()["height"]) >= 44
    button.tap()
    expect(page.locator("#move-dialog")).to_be_visible()


def test_without_javascript_the_table_and_the_page_to_move_work(window, start, browser, house, open_calendar):
    state = open_calendar().context.storage_state()
    page = browser.new_context(base_url=house.url, storage_state=state, java_script_enabled=False).new_page()
    page.goto(f"/calendar/?view=week&on={start.date()}")
    page.locator(".cal-entry", has_text="Go-live").hover()
    page.get_by_role("link", name="Move… Go-live").click()
    page.locator("#id_start").fill(f"{(start + 2 * DAY).date()}T14:00")
    page.get_by_role("button", name="Move it").click()

    page.wait_for_url("**/calendar/?view=week*")
    window.refresh_from_db()
    assert window.start == start + 2 * DAY
