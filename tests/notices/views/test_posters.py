"""A notice on one page of paper."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notices.enums import Medium, NoticeKind
from notices.templatetags import moments
from notices.views import posters
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(factories.account("Rui"))
    return client


@pytest.fixture
def window():
    upgrade = factories.upgrade("Mail", slug="mail", published_at=NOW, contact_phone="+49 30 1")
    start = NOW + timedelta(days=3)
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + timedelta(hours=4), action="Log off.")


def words(subject="Mail stops on {{ day }}", body="Hello {{ first_name }}, be ready."):
    german = {"language": "de", "level": "plain", "subject": "Mail steht still", "body": "Hallo {{ first_name }}."}
    return [{"language": "en", "level": "plain", "subject": subject, "body": body}, german]


def page(reader, notice, **asked):
    return reader.get(reverse("notice_poster", args=[notice.pk]), asked).content.decode()


def test_it_says_what_when_what_to_do_and_whom_to_ask(reader, window):
    shown = page(reader, factories.approved_notice(window, words=words()))

    for said in ("Mail stops on", "Go-live", "5 March 2026", "Log off.", window.upgrade.contact_email, "+49 30 1"):
        assert said in shown
    assert "/status/mail/" in shown
    assert 'class="code"' in shown
    assert "Hello everyone, be ready." in shown
    assert "{{" not in shown


def test_a_window_is_not_broken_between_its_begin_and_its_end():
    assert moments.unbroken("10:00–14:00 Europe/London") == "10:00\u2060–\u206014:00 Europe/London"
    assert moments.unbroken("Monday – a day") == "Monday – a day"


def test_it_speaks_the_languages_of_the_notice(reader, window):
    shown = page(reader, factories.approved_notice(window, words=words()), lang="de")

    assert "Mail steht still" in shown
    assert "Alles dazu, immer auf dem neuesten Stand:" in shown
    assert '<html lang="de">' in shown
    assert "Fran" not in shown


def test_what_was_approved_hangs_on_the_wall_and_not_what_is_typed_since(reader, window):
    notice = factories.approved_notice(window, words=words())
    Milestone.objects.filter(pk=window.pk).update(action="Secret new plan.")

    assert "Log off." in page(reader, notice)
    assert "Nobody has approved these words yet." not in page(reader, notice)
    assert "Nobody has approved these words yet." in page(reader, factories.notice(window, words=words()))


def test_long_words_find_room_only_when_asked_for(reader, window):
    notice = factories.approved_notice(window, words=words(body="Be ready, please. " * 100))

    assert "Be ready, please." not in page(reader, notice)
    assert "Be ready, please." in page(reader, notice, text="yes")


def test_words_of_users_stay_words(reader, window):
    shown = page(reader, factories.approved_notice(window, words=words("<script>alert(1)</script>", "<img src=x>")))

    assert "<script>alert" not in shown
    assert "<img" not in shown


def test_a_step_hangs_up_what_somebody_stands_behind(reader, window):
    step = factories.step(window, medium=Medium.POSTER, name="Posters")
    url = reverse("step_poster", args=["mail", step.pk])
    factories.notice(window, words=words("Only a draft"), kind=NoticeKind.ANNOUNCEMENT)

    before = reader.get(url).content.decode()
    factories.approved_notice(window, words=words("Approved words"), kind=NoticeKind.ANNOUNCEMENT)
    after = reader.get(url).content.decode()

    assert "Nobody has approved these words yet." in before
    assert "Only a draft" not in before
    assert "Approved words" in after


def test_only_posters_are_posters(reader, window):
    step = factories.step(window, medium=Medium.MEETING)

    assert reader.get(reverse("step_poster", args=["mail", step.pk])).status_code == 404


def test_the_code_is_an_image_of_the_page_that_needs_no_style_or_script():
    drawn = posters.code("https://it.example.org/status/mail/")

    assert drawn.startswith("<svg")
    assert "style=" not in drawn
    assert "<script" not in drawn


def test_outsiders_see_no_poster(client, window):
    notice = factories.approved_notice(window, words=words())

    assert client.get(reverse("notice_poster", args=[notice.pk])).status_code == 302
