"""Writing with everything on: live preview, completion, autosave, and two people at once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from notices import wording
from notices.pipeline import approve
from tests import factories

PASSWORD = "a long enough password"


@pytest.fixture
def draft(transactional_db, ana, cai):
    ana.set_password(PASSWORD)
    ana.save()
    upgrade = factories.upgrade(services=[factories.service("Mail")])
    milestone = factories.milestone(upgrade, start=timezone.now() + timedelta(days=9))
    people = [cai, factories.person("Hans Huber", language="de")]
    words = wording.of("announcement")
    return factories.notice(
        milestone, people=people, words=words, author=ana, send_at=timezone.now() + timedelta(days=2)
    )


@pytest.fixture
def desk(draft, sign_in):
    page = sign_in("ana@example.org", PASSWORD)
    page.goto(f"/notices/{draft.pk}/edit/")
    return page


def preview(page):
    return page.frame_locator("#preview-frame iframe:not(.is-coming)")


def test_words_are_seen_while_they_are_typed_and_save_themselves(desk, draft):
    area = desk.locator("textarea:visible")
    area.press("Control+End")
    area.press_sequentially("Live words for {{win")
    desk.locator(".placeholders-menu li", has_text="window").wait_for()
    area.press("Enter")

    expect(preview(desk).locator("body")).to_contain_text("Live words for")
    expect(desk.locator("[data-autosave-status]")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert draft.words[0]["body"].endswith("Live words for {{ window }}")


def test_placeholders_complete_by_keyboard_and_say_what_they_print(desk):
    subject, area = desk.locator("input[id$=subject]:visible"), desk.locator("textarea:visible")
    subject.press("End")
    subject.press_sequentially(" {{mile")
    options = desk.get_by_role("listbox", name="Placeholders").get_by_role("option")

    expect(subject).to_have_attribute("role", "combobox")
    expect(subject).to_have_attribute("aria-expanded", "true")
    expect(options).to_have_text(["milestoneGo-live"])
    subject.press("Enter")
    expect(subject).to_have_value(re.compile(r" \{\{ milestone \}\}$"))
    expect(subject).to_have_attribute("aria-expanded", "false")

    area.press("Control+End")
    area.press_sequentially("Please {{act")
    expect(options.first).to_have_text(re.compile("^actionPrints nothing today"))
    first = area.get_attribute("aria-activedescendant")
    area.press("ArrowDown")
    assert area.get_attribute("aria-activedescendant") != first
    area.press("Escape")
    expect(options).to_have_count(0)
    assert area.input_value().endswith("Please {{act")


def test_what_prints_nothing_is_marked_in_the_text_and_in_the_preview(desk):
    area = desk.locator("textarea:visible")
    area.press("Control+End")
    area.press_sequentially("Please {{ action }} and {{ frist_name }}.")

    expect(desk.locator(".words-under:visible mark")).to_have_text(["{{ action }}", "{{ frist_name }}"])
    expect(area).to_have_attribute("aria-invalid", "true")
    expect(desk.locator(".words-places:visible")).to_contain_text("“action” has no value, so it prints nothing.")
    expect(preview(desk).locator("mark")).to_have_text(["action", "frist_name"])


def test_it_saves_itself_while_somebody_goes_on_writing(desk, draft):
    area = desk.locator("textarea:visible")
    area.press("Control+End")

    area.press_sequentially("word " * 20, delay=40)  # never two seconds of rest

    draft.refresh_from_db()
    assert "word word" in draft.words[0]["body"]
    expect(desk.locator("[data-autosave-status]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))


def test_it_is_seen_as_each_reader_sees_it(desk):
    expect(preview(desk).locator("body")).to_contain_text("Hello Cai")

    desk.locator("[data-version-tab=de-plain]").click()
    expect(preview(desk).locator("body")).to_contain_text("Hans")

    desk.get_by_text("As Cai Carter").click()
    desk.locator("#reader").fill("cai")
    desk.locator("#readers label", has_text="Cai Carter").click()
    expect(preview(desk).locator("body")).to_contain_text("Hello Cai")

    desk.get_by_text("Plain text", exact=True).click()
    expect(desk.locator("#preview pre")).to_contain_text("Hello Cai")


def test_two_editors_lose_nothing(desk, draft, ana, witness):
    theirs = [{**draft.words[0], "subject": "Theirs"}, *draft.words[1:]]
    approve.save_draft(draft, by=ana, version=1, words=theirs)

    desk.locator("input[id$=subject]:visible").fill("Mine")

    expect(desk.locator("[data-autosave-conflict]")).to_contain_text("Somebody else saved this notice")
    expect(desk.locator("[data-autosave-conflict] del")).to_have_text("Theirs")
    expect(desk.locator("input[id$=subject]:visible")).to_have_value("Mine")
    draft.refresh_from_db()
    assert draft.words[0]["subject"] == "Theirs"
    desk.get_by_role("button", name="Save mine over theirs").click()
    expect(desk.locator("[data-autosave-conflict]")).to_be_empty()
    draft.refresh_from_db()
    assert (draft.words[0]["subject"], draft.version) == ("Mine", 3)
    desk.goto(f"/notices/{draft.pk}/compare/")
    expect(desk.locator("del")).to_have_text("Theirs")
    assert [complaint for complaint in witness.complaints if "409" not in complaint] == []
    witness.complaints.clear()


def test_without_scripts_it_can_be_written_too(draft, sign_in):
    page = sign_in("ana@example.org", PASSWORD, java_script_enabled=False)
    page.goto(f"/notices/{draft.pk}/edit/")
    page.fill("[name=words-0-subject]", "Written by hand for {{ first_name }}")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Written by hand for Cai")

    page.get_by_role("button", name="Save and close").click()

    expect(page.locator("h1")).to_have_text(draft.title)
    draft.refresh_from_db()
    assert draft.words[0]["subject"] == "Written by hand for {{ first_name }}"


def test_closing_while_it_saves_itself_is_no_conflict(desk, draft):
    """Whoever clicks while a save is under way would else meet themselves: that save makes a new version."""
    clicked = []

    def click_meanwhile(route):
        answer = route.fetch()
        if not clicked:
            clicked.append(desk.evaluate("document.querySelector('button[value=close]').click()"))
        route.fulfill(response=answer)

    desk.route(
        f"**/notices/{draft.pk}/edit/",
        lambda route: click_meanwhile(route) if "x-autosave" in route.request.headers else route.continue_(),
    )
    desk.locator("input[id$=subject]:visible").fill("Mail stops on Sunday")
    desk.wait_for_url(f"**/notices/{draft.pk}/")

    draft.refresh_from_db()
    assert (draft.words[0]["subject"], clicked) == ("Mail stops on Sunday", [None])


def test_somebody_taken_from_the_suggestions_saves_itself(desk, draft, dee):
    desk.locator("#settings-title").click()
    field = desk.locator("[name=people-add]")
    field.press_sequentially(dee.name)
    desk.get_by_role("option", name=dee.name).wait_for()
    field.press("Enter")

    expect(desk.locator("[data-autosave-status]")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert dee.pk in draft.audience["people"]
