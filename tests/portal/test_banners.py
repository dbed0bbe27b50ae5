"""What stands on top of the status pages, and for how long."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.enums import NoticeKind
from notices.models import Notice
from portal import banners, shelf
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "Zebrafinch"


@pytest.fixture(autouse=True)
def nothing_kept():
    shelf.clear()
    cache.clear()


@pytest.fixture
def window(published_at=NOW - DAY):
    upgrade = factories.upgrade("Mail", slug="mail", published_at=published_at)
    return factories.milestone(
        upgrade, start=NOW + 2 * DAY, end=NOW + 2 * DAY + 4 * HOUR, is_public=True, impact=Impact.OUTAGE
    )


def said(subject="Mail stops", body="All **about** it.", **more):
    return [{"language": "en", "level": "plain", "subject": subject, "body": body} | more]


def banner(on, subject="Mail stops", *, at=NOW, **fields):
    fields = {"channels": [Channel.BANNER], "kind": NoticeKind.ANNOUNCEMENT, "words": said(subject)} | fields
    return factories.released_notice(on, now=at, **fields)


def shown(now=NOW + HOUR, **asked):
    return [one.subject for one in banners.shown(**({"language": "en", "zone": "", "now": now} | asked))]


def test_it_stands_there_until_its_window_ends(window):
    banner(window)

    assert shown(NOW + HOUR) == ["Mail stops"]
    assert shown(window.end - HOUR) == ["Mail stops"]
    assert shown(window.end) == []


def test_it_goes_when_it_is_of_no_more_use(window):
    banner(window, expires_at=NOW + DAY)

    assert shown(NOW + DAY - HOUR) == ["Mail stops"]
    assert shown(NOW + DAY) == []


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED])
def test_what_is_over_needs_no_announcement(window, status):
    banner(window)
    Milestone.objects.filter(pk=window.pk).update(status=status)

    assert shown() == []


def test_while_a_window_takes_longer_it_stays(window):
    banner(window, kind=NoticeKind.STARTED, at=window.start)
    Milestone.objects.filter(pk=window.pk).update(status=Status.IN_PROCESS)

    assert shown(window.end + 5 * HOUR) == ["Mail stops"]


def test_a_word_about_what_is_over_stays_for_a_day(window):
    end = window.end + HOUR
    Milestone.objects.filter(pk=window.pk).update(status=Status.COMPLETED)
    banner(window, "Mail works", kind=NoticeKind.COMPLETED, at=end)

    assert shown(end + 23 * HOUR) == ["Mail works"]
    assert shown(end + 24 * HOUR) == []


def test_the_last_word_about_a_window_replaces_the_one_before(window):
    other = factories.milestone(window.upgrade, start=NOW + 5 * DAY, end=NOW + 6 * DAY, is_public=True)
    banner(window, "First")
    banner(window, "Second", at=NOW + HOUR)
    banner(other, "Another window", at=NOW + HOUR)

    assert sorted(shown(NOW + 2 * HOUR)) == ["Another window", "Second"]


def test_urgent_ones_come_first(window):
    other = factories.milestone(window.upgrade, start=NOW - HOUR, end=NOW + 6 * DAY, is_public=True)
    banner(other, "Mail is down", kind=NoticeKind.OUTAGE)
    banner(window, "Mail will stop", at=NOW + HOUR)

    found = banners.shown(language="en", zone="", now=NOW + 2 * HOUR)

    assert [(one.subject, one.tone) for one in found] == [("Mail is down", "bad"), ("Mail will stop", "info")]


def test_what_tells_a_date_that_was_moved_is_taken_down(window):
    banner(window, words=said("Mail stops on {{ day }}", "From {{ start }}."))
    assert len(shown()) == 1

    Milestone.objects.filter(pk=window.pk).update(start=window.start + 3 * DAY, end=window.end + 3 * DAY)

    assert shown() == []


@pytest.mark.parametrize("state", ["draft", "scheduled", "cancelled", "status page only", "not published"])
@pytest.mark.parametrize("name", ["status_index", "status_index_json", "status", "status_json"])
def test_nothing_else_gets_there(client, window, state, name):
    fields = {"channels": [Channel.BANNER], "words": said(SECRET, SECRET), "title": SECRET}
    if state == "draft":
        factories.notice(window, **fields)
    elif state == "scheduled":
        factories.approved_notice(window, **fields)
    elif state == "cancelled":
        Notice.objects.filter(pk=banner(window, SECRET).pk).update(state="cancelled")
    elif state == "status page only":
        banner(window, SECRET, channels=[Channel.EMAIL])
    else:
        hidden = factories.milestone(factories.upgrade("Hidden"), is_public=True)
        banner(hidden, SECRET)

    with time_machine.travel(NOW + HOUR, tick=False):
        response = client.get(reverse(name, args=["mail"] if "index" not in name else []))

    assert response.status_code == 200
    assert SECRET not in response.content.decode()


@pytest.mark.parametrize("name", ["status_index", "status_index_json", "status", "status_json"])
def test_everybody_reads_it_on_the_pages_and_in_json(client, name):
    upgrade = factories.upgrade("Mail", slug="mail", published_at=NOW)
    move = factories.milestone(upgrade, start=NOW + DAY, end=NOW + 2 * DAY, is_public=True)
    german = {"language": "de", "level": "plain", "subject": "Mail steht still", "body": "Alles dazu."}
    banner(move, words=[*said("Mail stands still"), german], at=NOW)

    with time_machine.travel(NOW + HOUR, tick=False):
        page = client.get(reverse(name, args=["mail"] if "index" not in name else []), {"lang": "de"}).content.decode()

    assert "Mail steht still" in page
    assert "Mail stands still" not in page


def test_the_number_of_queries_does_not_depend_on_how_many_there_are(window):
    def count():
        with CaptureQueriesContext(connection) as found:
            shown()
        return len(found)

    banner(window)
    one = count()
    for number in (1, 2):
        other = factories.milestone(
            window.upgrade, start=NOW + 5 * DAY, end=NOW + 6 * DAY, is_public=True, name=f"Wave {number}"
        )
        banner(other, f"Number {number}")

    assert len(shown()) == 3
    assert count() == one
