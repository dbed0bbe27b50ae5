"""The map of stakeholders: by keyboard only, by mouse, by finger, and on an earlier day."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from tests.factories import account, assessment, group, person, stakeholder, upgrade
from tests.fixtures.waiting import eventually
from upgrades.enums import Attitude

EMAIL, PASSWORD = "ana@example.org", "a long enough password"


@pytest.fixture
def of(transactional_db):
    ana = account("Ana Abel", email=EMAIL, password=PASSWORD, role=Role.COMMUNICATIONS_MANAGER)
    made = upgrade("Mail", slug="mail", owner=ana)
    now = timezone.now()
    for who, influence, interest in ((group("Board"), 80, 20), (person("Cai Cole"), 30, 60)):
        stake = stakeholder(who, of=made)
        assessment(stake, influence=10, interest=10, at=now - timedelta(days=30), by=ana)
        assessment(stake, influence=influence, interest=interest, at=now - timedelta(days=2), by=ana)
    return made


@pytest.fixture
def open_map(of, sign_in):
    def make(query="", **options):
        page = sign_in(EMAIL, PASSWORD, **options)
        page.goto(f"/upgrades/mail/stakeholders/{query}")
        page.wait_for_selector(".grid-chip")
        return page

    return make


def stake(of, name):
    return next(one for one in of.stakeholders.assessed().select_related("person", "group") if str(one) == name)


def place(of, name):
    one = stake(of, name)
    return one.influence, one.interest


def chip(page, name):
    return page.locator(f".grid-chip[data-name='{name}']")


def focused(page):
    return page.evaluate("document.activeElement.dataset.name || document.activeElement.id || ''")


def tab_to(page, name):
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_the_whole_job_is_done_by_keyboard_only(of, open_map):
    page = open_map()

    tab_to(page, "Board")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("PageDown")
    assert focused(page) == "Cai Cole"
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#announcer")).to_have_text(
        "Cai Cole: influence 40, interest 61, keep informed, neutral, no impact, person, not served by the plan"
    )
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    assert place(of, "Cai Cole") == (40, 61)

    page.keyboard.press("Escape")
    expect(page.locator("#announcer")).to_contain_text("Taken back")
    assert place(of, "Cai Cole") == (30, 60)

    page.keyboard.press("Enter")
    expect(page.locator("#panel input[name=influence]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#id_attitude")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#panel")).to_contain_text("One step below champion")
    assert (stake(of, "Cai Cole").attitude, stake(of, "Cai Cole").wanted_attitude) == (1, Attitude.CHAMPION)

    page.locator("#panel a", has_text="Open the details").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/stakeholders/*/")
    page.go_back()
    page.wait_for_selector(".grid-chip.is-chosen")
    expect(page.locator("#panel-title")).to_have_text("Cai Cole")
    tab_to(page, "Cai Cole")


def test_escape_in_the_panel_leads_back_to_the_map(open_map):
    page = open_map()
    chip(page, "Board").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel input[name=influence]")).to_be_focused()

    page.keyboard.press("Escape")

    assert focused(page) == "Board"


def test_one_key_leads_to_the_map_and_ctrl_z_in_the_panel_takes_a_move_back(of, open_map):
    page = open_map()
    page.keyboard.press("m")
    name = focused(page)
    before = place(of, name)
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    assert place(of, name) != before

    page.locator("#panel a", has_text="Open the details").focus()
    page.keyboard.press("Control+z")

    expect(page.locator("#announcer")).to_contain_text("Taken back")
    assert place(of, name) == before


def test_numbers_move_the_mark_and_undo_brings_it_back(of, open_map):
    page = open_map()
    chip(page, "Board").focus()
    expect(page.locator("#panel-title")).to_have_text("Board")

    page.fill("#panel input[name=interest]", "90")
    page.keyboard.press("Tab")
    expect(page.locator("[data-quadrant-count='Manage closely'] .stat-value")).to_have_text("1")
    assert place(of, "Board") == (80, 90)

    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-quadrant-count='Manage closely'] .stat-value")).to_have_text("0")
    assert place(of, "Board") == (80, 20)


def test_a_mark_is_dragged_with_the_mouse(of, open_map):
    page = open_map()
    box = page.locator(".grid-field").bounding_box()
    chip(page, "Board").hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=8)
    page.mouse.up()

    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    influence, interest = place(of, "Board")
    assert abs(influence - 50) <= 3
    assert abs(interest - 90) <= 3


def test_a_finger_moves_a_mark_and_not_the_page(of, open_map):
    page = open_map(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    mark = chip(page, "Board")
    mark.scroll_into_view_if_needed()
    box, before = mark.bounding_box(), page.evaluate("scrollY")
    assert min(box["width"], box["height"]) >= 24
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind, points):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", [{"x": x, "y": y}])
    for step in range(1, 9):
        send("touchMove", [{"x": x + 8 * step, "y": y + 10 * step}])
    send("touchEnd", [])

    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    influence, interest = place(of, "Board")
    assert influence < 75
    assert interest > 30
    assert page.evaluate("scrollY") == before


def test_an_earlier_day_is_replayed_and_nothing_moves_there(of, open_map):
    page = open_map()
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")

    expect(page.locator(".past-note")).to_be_visible()
    assert page.locator("input[name=on]#on").input_value() < str(timezone.now().date())
    page.wait_for_url("**/?on=*")
    assert chip(page, "Board").get_attribute("data-influence") == "10"
    chip(page, "Board").focus()
    page.keyboard.press("ArrowUp")
    assert chip(page, "Board").get_attribute("data-influence") == "10"

    page.get_by_role("link", name="Back to today").click()
    page.wait_for_selector(".grid-chip")
    assert chip(page, "Board").get_attribute("data-influence") == "80"
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".replay-day")).to_have_text("Today")


def play_and_stand_still(page):
    """On the first day: the clock of the page waits for us."""
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))
    page.get_by_role("button", name="Play").click()


def test_marks_glide_while_the_days_play_and_jump_where_motion_is_unwanted(of, open_map):
    transition = "getComputedStyle(document.querySelector('.grid-chip')).transitionDuration"
    page = open_map()
    assert page.evaluate(transition) == "0s"
    play_and_stand_still(page)
    assert page.evaluate(transition) == "0.6s, 0.6s, 0.6s"

    page = open_map(reduced_motion="reduce")
    play_and_stand_still(page)
    assert "0.6s" not in page.evaluate(transition)


def test_the_slider_says_the_day_that_was_chosen(of, open_map):
    chosen = timezone.now().date() - timedelta(days=10)
    page = open_map(f"?on={chosen}")

    said = f"{chosen:%a}, {chosen.day} {chosen:%b %Y}".replace("Sep ", "Sept ")
    expect(page.locator(".replay-day")).to_have_text(said)
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", said)


def test_what_was_moved_is_still_there_after_the_replay_and_nothing_old_is_saved(of, open_map):
    page = open_map()
    tab_to(page, "Board")
    page.keyboard.press("ArrowUp")
    assert eventually(lambda: place(of, "Board") == (81, 20))
    play_and_stand_still(page)
    expect(chip(page, "Board")).to_have_attribute("data-influence", "10")
    tab_to(page, "Board")
    page.keyboard.press("ArrowUp")
    assert chip(page, "Board").get_attribute("data-influence") == "10"

    page.clock.resume()
    expect(page.locator(".replay-day")).to_have_text("Today")
    expect(chip(page, "Board")).to_have_attribute("data-influence", "81")
    assert place(of, "Board") == (81, 20)


def test_whoever_is_put_on_the_map_has_the_focus_there(of, open_map):
    stakeholder(group("Desk"), of=of)
    page = open_map()

    page.get_by_role("button", name="Put on the map Desk").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/?sel=*")
    expect(chip(page, "Desk")).to_be_focused()


def test_many_are_added_by_keyboard_one_after_the_other(of, open_map):
    for name in ("Desk one", "Desk two", "Desk three"):
        group(name)
    page = open_map()
    page.goto("/upgrades/mail/stakeholders/new/")
    assert focused(page) == "id_q"

    page.goto("/upgrades/mail/stakeholders/new/?q=desk")
    page.get_by_role("button", name="Add Desk one").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add Desk three")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add Desk two")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_q")).to_be_focused()


def test_three_hundred_stand_beside_one_another(of, open_map):
    for number in range(298):
        assessment(
            stakeholder(person(f"Person {number:03}"), of=of), influence=number % 40 + 30, interest=number % 23 + 40
        )
    page = open_map()
    page.wait_for_timeout(500)

    boxes = page.eval_on_selector_all(
        ".grid-chip:not([hidden])", "all => all.map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y]; })"
    )
    near = sum(abs(x - u) < 20 and abs(y - v) < 20 for at, (x, y) in enumerate(boxes) for u, v in boxes[at + 1 :])
    assert len(boxes) == 300
    assert near == 0
