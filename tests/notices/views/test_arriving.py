"""Pages on which somebody decides say who gets it when."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import DeliveryRules, Message
from notices.pipeline import outbox
from tests import factories

HTMX = {"HX-Request": "true"}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def night():
    """The next one but one, in Berlin."""
    day = timezone.now().astimezone(BERLIN).date() + timedelta(days=2)
    return datetime.combine(day, time(23), tzinfo=BERLIN)


@pytest.fixture
def eve(db):
    DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7), quiet_weekends=False)
    return factories.person("Eve", time_zone="Europe/Berlin")


@pytest.fixture
def notice(eve, night):
    far = factories.milestone(start=night + timedelta(days=30), end=night + timedelta(days=31))
    return factories.notice(far, people=[eve], kind=NoticeKind.PROGRESS, send_at=night)


def sentence(night):
    return f"{(night + timedelta(days=1)):%a} {(night + timedelta(days=1)).day} "


def test_the_notice_and_the_composer_say_it(client, ana, notice, night):
    client.force_login(ana)

    for query in ("", "?draft=1"):
        page = client.get(reverse("notice_arrival", args=[notice.pk]) + query, headers=HTMX).content.decode()
        assert f"1 of 1 person gets it on {sentence(night)}" in page
        assert "at 09:00 on their own clock, because of quiet hours (20:00–07:00)." in page


def test_each_line_of_the_plan_says_it_in_short(client, ana, notice):
    client.force_login(ana)

    page = client.get(reverse("plan_arrivals", args=[notice.upgrade.slug]), headers=HTMX).content.decode()

    assert "1 of 1 notices to come reaches some people later, because of quiet hours (20:00–07:00)." in page
    assert f'id="arrives-{notice.pk}"' in page
    assert "in the morning for 1 of 1" in page


def test_without_htmx_one_is_led_to_the_page(client, ana, notice):
    client.force_login(ana)

    assert client.get(reverse("notice_arrival", args=[notice.pk])).url == notice.get_absolute_url()
    assert client.get(reverse("plan_arrivals", args=[notice.upgrade.slug])).status_code == 302


def test_the_page_on_which_one_schedules_says_it(client, ana, notice):
    client.force_login(ana)

    page = client.get(reverse("notice_schedule", args=[notice.pk])).content.decode()

    assert "because of quiet hours (20:00–07:00)." in page


def test_once_it_is_out_the_notice_and_the_message_say_until_when(client, ana, eve, night):
    client.force_login(ana)
    far = factories.milestone(start=night + timedelta(days=30), end=night + timedelta(days=31))
    sent = factories.approved_notice(far, people=[eve], kind=NoticeKind.PROGRESS, send_at=night)
    outbox.fill(sent, now=night)

    assert f"1 of 1 person gets it on {sentence(night)}" in client.get(sent.get_absolute_url()).content.decode()
    page = client.get(reverse("message", args=[Message.objects.get().pk])).content.decode()
    assert "where Eve is, because of quiet hours." in page


def test_what_waits_for_an_event_says_what_quiet_hours_would_do(client, ana, notice):
    client.force_login(ana)
    notice.send_at, notice.waits_for = None, "finished"
    notice.save()

    page = client.get(reverse("notice_arrival", args=[notice.pk]), headers=HTMX).content.decode()

    assert "Whoever has quiet hours (20:00–07:00) when it goes out gets it at 09:00 on their own clock." in page
