"""The break-glass kit on a phone: found with one thumb, pressed once, told at once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from notices.enums import MessageState, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve, deliver, kit
from notices.pipeline.kit.buttons import BUTTONS
from stakeholders.enums import Channel
from tests import factories
from upgrades.enums import Status
from upgrades.models import Upgrade

PASSWORD = "a long enough password"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
THUMB = 44
HOUR = timedelta(hours=1)


@pytest.fixture
def running(transactional_db, ana, ben, cai):
    """A window under way; Cai was told, and words for an extension lie ready."""
    for account in (ana, ben):
        account.set_password(PASSWORD)
        account.save()
    now = timezone.now()
    mail = factories.service("Mail", users=[factories.group("Staff", people=[cai, factories.person("Dora Untold")])])
    upgrade = factories.upgrade("New mail", services=[mail])
    window = factories.milestone(upgrade, status=Status.IN_PROCESS, start=now - 2 * HOUR, end=now + HOUR)
    told = factories.released_notice(window, people=[cai], now=now - HOUR)
    told.messages.update(state=MessageState.SENT, sent_at=now - HOUR, sha256=b"0" * 32)
    line = kit.lay(window, BUTTONS["extend"], by=ana, now=now)
    if line.state == NoticeState.IN_REVIEW:
        approve.approve(line, revision=line.revisions.get(), by=ben, now=now)
    return window


def test_an_hour_more_is_told_from_a_phone(running, cai, sign_in, mailserver):
    phone = sign_in("ana@example.org", PASSWORD, **PHONE)
    phone.goto(f"/upgrades/{running.upgrade.slug}/kit/")
    button = phone.get_by_role("link", name="Extend", exact=True)
    assert button.bounding_box()["height"] >= THUMB
    assert phone.evaluate("document.documentElement.scrollWidth") == 360

    button.tap()
    phone.get_by_label("1 hour more").check()
    phone.get_by_label("Why").fill("A disk broke.")
    phone.get_by_role("button", name="Show the letter with this").tap()
    letter = phone.frame_locator("iframe")
    expect(letter.get_by_text("A disk broke.")).to_be_visible()
    assert Message.objects.filter(notice__is_urgent=True).count() == 0
    expect(phone.get_by_label("Why")).to_have_value("A disk broke.")
    phone.get_by_role("button", name="Change the plan and tell them").tap()

    expect(phone.get_by_text("is on its way to 1 person")).to_be_visible()
    deliver.drain(Channel.EMAIL)
    assert [mail.recipient for mail in mailserver.mails] == [cai.email]
    before = running.end
    running.refresh_from_db()
    assert running.end == before + HOUR
    expect(phone.get_by_role("link", name="Extend", exact=True)).to_be_visible()


def test_an_outage_is_reported_from_its_service_with_one_field_and_two_taps(running, sign_in):
    service = running.upgrade.services.get()
    running.upgrade.milestones.update(status=Status.COMPLETED)
    phone = sign_in("ana@example.org", PASSWORD, **PHONE)
    phone.goto(service.get_absolute_url())

    phone.get_by_role("link", name="Report an outage").tap()
    phone.get_by_label("What people notice").fill("You cannot read mail.")
    phone.get_by_role("button", name="Tell people").tap()

    phone.wait_for_url("**/kit/**")
    upgrade = Upgrade.objects.get(is_unplanned=True)
    expect(phone.get_by_role("heading", name=upgrade.name)).to_be_visible()
    assert Notice.objects.get(upgrade=upgrade, kind="outage").state == NoticeState.IN_REVIEW

    second = sign_in("ben@example.org", PASSWORD, **PHONE)
    second.goto(f"/upgrades/{upgrade.slug}/kit/")
    second.get_by_role("button", name="Approve and send").tap()
    expect(second.get_by_text("is approved and on its way")).to_be_visible()
    assert Message.objects.filter(notice__upgrade=upgrade).count() == 2
