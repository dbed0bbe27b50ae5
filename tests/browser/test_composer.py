"""Writing with everything on: live preview, completion, autosave, and two people at once."""

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
    expect(desk.locator("[data-autosave-status]")).to_contain_text("Saved", timeout=6000)
    draft.refresh_from_db()
    assert draft.words[0]["body"].endswith("Live words for {{ window }}")


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

    expect(desk.locator("[data-autosave-conflict]")).to_contain_text("Somebody else saved this notice", timeout=6000)
    expect(desk.locator("[data-autosave-conflict] del")).to_have_text("Theirs")
    expect(desk.locator("input[id$=subject]:visible")).to_have_value("Mine")
    draft.refresh_from_db()
    assert draft.words[0]["subject"] == "Theirs"
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
