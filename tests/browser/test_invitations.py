"""An invitation from the host's page to the mail, and back through its links, without JavaScript or cookies."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from engagement import planning
from engagement.models import Engagement, Participant
from notices.pipeline import deliver
from stakeholders.enums import Channel
from tests import factories
from tests.browser.test_every_page import look_at


@pytest.fixture
def hour(transactional_db, house):
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    return factories.engagement(
        factories.upgrade("Mail migration"),
        title="Open hour",
        place="Room 2.14",
        link="https://meet.example.org/x",
        topics="What changes.\nYour questions.",
        start=start,
        end=start + timedelta(hours=1),
        host=factories.account("Ana Abel", email="ana@example.org", password="a long password"),
        people=[factories.person("Cai Carter", email="cai@example.org", time_zone="America/New_York")],
    )


def read(mailserver) -> str:
    message = email.message_from_bytes(mailserver.mails[-1].content, policy=email.policy.default)
    return message.get_body(("plain",)).get_content()


def links(text: str) -> list[str]:
    return re.findall(r"https?://\S+/rsvp/\S+\?answer=\w+", text)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_from_the_invitation_to_the_seat(theme, width, hour, mailserver, sign_in, open_page):
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
    desk = sign_in("ana@example.org", "a long password", **look)
    findings = [*look_at(desk, hour.get_absolute_url()), *look_at(desk, f"/engagements/{hour.pk}/invitations/")]
    desk.get_by_role("button", name="Send the invitation").click()
    desk.get_by_text("1 mail goes out now.").first.wait_for()
    deliver.drain(Channel.EMAIL)
    come, perhaps, _cannot = links(read(mailserver))

    page = open_page(java_script_enabled=False, **look)
    page.goto(perhaps)
    assert Participant.objects.get().rsvp == "none"
    page.goto(come)
    page.get_by_label("Anything we should know?").fill("Five minutes late")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_text("Thank you. Your answer is noted.").wait_for()
    assert (Participant.objects.get().rsvp, Participant.objects.get().remark) == ("yes", "Five minutes late")
    assert page.context.cookies() == []

    planning.change(hour, {"start": hour.start + timedelta(days=1), "end": hour.end + timedelta(days=1)})
    findings += [*look_at(desk, hour.get_absolute_url()), *look_at(desk, f"/engagements/{hour.pk}/update/")]
    desk.get_by_role("button", name="Send the update").click()
    deliver.drain(Channel.EMAIL)
    assert read(mailserver).count("What we told you before no longer holds") == 1

    begun = timezone.now() - timedelta(minutes=1)
    Engagement.objects.filter(pk=hour.pk).update(start=begun, end=begun + timedelta(hours=1))
    page.goto(come)
    page.get_by_role("button", name="I am here").click()
    page.get_by_text("Welcome. We have noted that you are here.").wait_for()
    assert Participant.objects.get().attended is True

    reader = open_page(**look)
    findings += look_at(reader, come)
    assert findings == []
