"""Where only the status page says it, and nobody can read that, the pages say so."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeState
from notices.models import Notice
from stakeholders.enums import Channel
from tests import factories

SAID = "goes to the status page alone, and that is not public"


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def window(db):
    return factories.milestone(factories.upgrade(slug="mail"))


def pages(notice) -> list[str]:
    return [reverse("upgrade", args=["mail"]), reverse("upgrade_plan", args=["mail"]), notice.get_absolute_url()]


def test_the_pages_say_so_and_lead_to_publishing(signed_in, window):
    notice = factories.notice(step=factories.step(window), channels=[Channel.PORTAL])
    factories.notice(window, channels=[Channel.EMAIL, Channel.PORTAL])

    for page in pages(notice):
        text = signed_in.get(page).content.decode()
        assert SAID in text
        assert f'href="{reverse("upgrade_publish", args=["mail"])}">Publish it' in text


def test_once_it_is_public_nothing_is_said(signed_in, window):
    notice = factories.notice(step=factories.step(window), channels=[Channel.PORTAL])
    window.upgrade.publish(now=timezone.now())

    assert [SAID in signed_in.get(page).content.decode() for page in pages(notice)] == [False] * 3


def test_mail_reaches_people_without_the_page(signed_in, window):
    notice = factories.notice(step=factories.step(window), channels=[Channel.EMAIL, Channel.PORTAL])

    assert [SAID in signed_in.get(page).content.decode() for page in pages(notice)] == [False] * 3


def test_what_is_over_counts_no_more_and_its_own_page_says_what_became_of_it(signed_in, window):
    notice = factories.notice(step=factories.step(window), channels=[Channel.PORTAL])
    Notice.objects.update(state=NoticeState.CANCELLED)
    assert [SAID in signed_in.get(page).content.decode() for page in pages(notice)] == [False] * 3


def test_who_may_not_publish_reads_it_and_finds_no_link(client, window):
    notice = factories.notice(step=factories.step(window), channels=[Channel.PORTAL])
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    text = client.get(reverse("upgrade_plan", args=["mail"])).content.decode()

    assert SAID in text
    assert "Publish it" not in text
    assert notice.is_waiting
