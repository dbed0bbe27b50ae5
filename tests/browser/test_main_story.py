"""The whole chain on real components: browser, PostgreSQL, Celery with Valkey, SMTP.

Ana plans an upgrade from a template, Ben approves, the clock moves, Cai gets the mail, acknowledges, reads the status
page and answers the survey, and Ana sees all of it.
"""

import email
import email.policy
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from playwright.sync_api import expect

from commsplan.celery import app
from feedback import answering
from feedback.models import Invitation, Survey
from notices.enums import MessageState
from notices.models import Message, Notice
from notices.tasks import tick
from stakeholders.models import Person
from tests import factories
from tests.fixtures.machine import all_clocks_at
from upgrades.models import Upgrade

PASSWORD = "a long enough password"
ZONE = "Europe/Berlin"


@pytest.fixture
def college(transactional_db, ana, ben, cai):
    """Five people use the mail service; Cai is one of them."""
    for account in (ana, ben):
        account.set_password(PASSWORD)
        account.save()
    others = [factories.person(f"Colleague {number}", email=f"colleague{number}@example.org") for number in range(4)]
    Person.objects.update(time_zone=ZONE)  # where the college is: nine o'clock is at once for all of them
    staff = factories.group("Staff", people=[cai, *others])
    factories.service("Mail", users=[staff])
    return staff


def monday(weeks: int) -> datetime:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday(), weeks=weeks)


def mails_to(mailserver, address: str) -> list:
    found = [mail.content for mail in mailserver.mails if mail.recipient == address]
    return [email.message_from_bytes(content, policy=email.policy.default) for content in found]


def link_in(mail, path: str) -> str:
    return re.search(rf"https?://\S+{path}[\w-]+/", mail.get_body(("plain",)).get_content())[0]


def test_from_an_empty_plan_to_an_answered_survey(college, cai, ana, ben, sign_in, open_page, mailserver):
    go_live = monday(weeks=4) + timedelta(days=5)

    # Ana lays out an upgrade from a template.
    desk = sign_in("ana@example.org", PASSWORD)
    desk.goto("/upgrades/new/")
    desk.get_by_label("Planned maintenance").check()
    desk.fill("[name=name]", "Mail server update")
    desk.get_by_label("Mail", exact=True).check()
    desk.select_option("[name=time_zone]", ZONE)
    desk.fill("[name=contact_name]", "Ana Abel")
    desk.fill("[name=contact_email]", "ana@example.org")
    desk.fill("[name$='-0-name']", "Go-live")
    desk.fill("[name$='-0-start']", f"{go_live:%Y-%m-%d}T22:00")
    desk.fill("[name$='-0-end']", f"{go_live + timedelta(days=1):%Y-%m-%d}T02:00")
    desk.get_by_role("button", name="Lay out the plan").click()
    desk.wait_for_url("**/plan/**")
    upgrade = Upgrade.objects.get()
    expect(desk.get_by_role("link", name="Announcement", exact=True)).to_be_visible()

    # The date is certain: she confirms the window.
    desk.goto(f"/upgrades/{upgrade.slug}/milestones/")
    desk.get_by_role("link", name="Go-live", exact=True).click()
    desk.locator("[name=status]").select_option("confirmed")
    with desk.expect_navigation():
        desk.get_by_role("button", name="Save").click()

    # The status page goes public, and every draft is submitted.
    desk.goto(f"/upgrades/{upgrade.slug}/")
    desk.get_by_role("link", name="Publish", exact=True).click()
    with desk.expect_navigation():
        desk.get_by_role("button", name=re.compile("Publish")).click()
    desk.goto(f"/upgrades/{upgrade.slug}/plan/")
    with desk.expect_navigation():
        desk.get_by_role("button", name=re.compile("Submit .* for approval")).click()
    reminder = Notice.objects.get(title="Final reminder")

    # Ben approves the last reminder after he has looked at it.
    office = sign_in("ben@example.org", PASSWORD)
    approve_in(office, reminder)
    reminder.refresh_from_db()
    assert (reminder.state, reminder.approved_by) == ("approved", ben)

    # The reminder waits for the decision: Ana ticks it off.
    desk.goto(f"/upgrades/{upgrade.slug}/plan/")
    with desk.expect_navigation():
        desk.get_by_role("button", name="Tick off: Go/no-go", exact=True).click()

    # The clock moves to its time; beat's task runs in a real worker and the mail goes out over SMTP.
    with start_worker(app, pool="solo", perform_ping_check=False), all_clocks_at(reminder.send_at, tick=True):
        tick.delay()
        wait_until_sent(reminder)
    assert (len(mailserver.recipients), set(mailserver.copies.values())) == (5, {1})
    (mail,) = mails_to(mailserver, cai.email)
    assert "22:00" in mail.get_body(("plain",)).get_content()

    # Cai opens the personal link from the mail, acknowledges, and goes on to the status page.
    kitchen = open_page(viewport={"width": 390, "height": 844})
    kitchen.goto(link_in(mail, "/m/"))
    with kitchen.expect_navigation():
        kitchen.get_by_role("button", name="I have read and understood it").click()
    kitchen.goto(f"/status/{upgrade.slug}/")
    expect(kitchen.get_by_role("heading", name="Mail server update")).to_be_visible()
    assert "22:00" in kitchen.inner_text("main")

    # After the window the survey goes out; Cai answers it, and so do the others.
    pulse = Notice.objects.get(title="Pulse")
    factories.waive_errors(upgrade, by=ben, now=datetime.now(UTC))  # the story left out the announcement
    approve_in(office, pulse)
    call_command("tick", now=pulse.send_at.isoformat())
    invitation_mail = mails_to(mailserver, cai.email)[-1]
    kitchen.goto(link_in(invitation_mail, "/answer/"))
    kitchen.locator("input[type=radio][value='4']").first.check(force=True)
    with kitchen.expect_navigation():
        kitchen.get_by_role("button", name=re.compile("Send", re.IGNORECASE)).click()
    survey = Survey.objects.get()
    assert Invitation.objects.filter(survey=survey, person=cai, progress="finished").exists()
    for invitation in Invitation.objects.filter(survey=survey, progress="invited").select_related("survey"):
        answering.store(invitation, {survey.questions.order_by("position").first().key: 4}, "en", datetime.now(UTC))
    answering.close(survey, now=datetime.now(UTC))

    # Ana sees who acknowledged and what was answered.
    desk.goto(f"/notices/{reminder.pk}/")
    assert re.search(r"Acknowledged\s+1\b", desk.inner_text("main"))
    desk.goto(f"/surveys/{survey.pk}/results/")
    assert "100" in desk.inner_text("main")
    expect(desk.locator("main svg").first).to_be_visible()


def approve_in(page, notice: Notice):
    """Through the page that shows what people will read."""
    page.goto(f"/notices/{notice.pk}/")
    page.get_by_role("link", name="Read and approve").click()
    page.get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_url(f"**/notices/{notice.pk}/")


def wait_until_sent(notice: Notice, *, seconds: float = 90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        states = set(Message.objects.filter(notice=notice).values_list("state", flat=True))
        if states == {MessageState.SENT}:
            return
        time.sleep(0.1)
    raise AssertionError(f"not sent in time: {states}")
