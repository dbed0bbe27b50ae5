"""Lists that are filtered as one types: what is ticked stays ticked, and the bar says how many are meant."""

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from tests.factories import account, person

EMAIL, PASSWORD = "ana@example.org", "a long enough password"
EVERYBODY = 60
PAGE = 50


@pytest.fixture
def staff(transactional_db):
    account("Ana Abel", email=EMAIL, password=PASSWORD, role=Role.COMMUNICATIONS_MANAGER)
    return [person(f"Cole {number:02}", email=f"cole{number}@example.org") for number in range(EVERYBODY)]


@pytest.fixture
def people(staff, sign_in):
    def make(**options):
        page = sign_in(EMAIL, PASSWORD, **options)
        page.goto("/people/")
        return page

    return make


def test_what_is_ticked_after_a_search_stays_ticked(people):
    page = people()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/people/?" in request.url else None)
    page.locator("#id_q").press_sequentially("cole 0")
    expect(page.locator("[data-row]")).to_have_count(10)

    page.check("[data-bulk-all]")
    page.wait_for_timeout(2000)

    expect(page.locator("input[data-bulk]:checked")).to_have_count(10)
    expect(page.locator("[data-bulk-count]")).to_have_text("10")
    assert len(asked) == len(set(asked))


def test_other_filters_still_ask_when_they_are_changed(people):
    page = people()
    page.select_option("select[name=language]", "en")
    page.wait_for_url(lambda url: "language=en" in url)


def test_all_that_match_are_counted_until_one_is_left_out(people):
    page = people()
    page.check("[data-bulk-all]")
    expect(page.locator("[data-bulk-count]")).to_have_text(str(PAGE))

    page.check("[name=everybody]")
    expect(page.locator("[data-bulk-count]")).to_have_text(str(EVERYBODY))

    page.locator("input[data-bulk]").first.uncheck()
    expect(page.locator("[name=everybody]")).not_to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text(str(PAGE - 1))


def show_a_message(page):
    page.evaluate("""() => {
        const toast = document.createElement("div");
        toast.className = "toast-note";
        toast.textContent = "Archived 3 people.";
        document.getElementById("toasts").append(toast);
    }""")


@pytest.mark.parametrize(("width", "most"), [(1280, 64), (390, 150)])
def test_the_bar_leaves_room_for_the_list(people, width, most):
    page = people(viewport={"width": width, "height": 800})
    page.locator("input[data-bulk]").first.check()
    bar = page.locator("[data-bulkbar]").bounding_box()
    assert bar["height"] <= most

    show_a_message(page)
    message = page.locator(".toast-note").bounding_box()
    assert message["y"] + message["height"] <= bar["y"]

    page.locator("[data-bulkbar] summary").click()
    menu = page.locator(".bulk-more-body").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= width
