"""What the public sees, and what it does not."""

import gzip
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.urls import reverse

from notices.models import Notice
from portal import shelf, status, words
from portal.status import Reader
from portal.windows import state_of
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Milestone

ENGLISH = Reader("en")
ADDRESSES = ["status", "status_json", "status_calendar", "status_feed"]
SECRET = "Project Bluebird"  # what must not leak


@pytest.fixture
def mail(db):
    return factories.service("Mail")


@pytest.fixture
def upgrade(mail):
    return factories.upgrade("Mail migration", slug="mail", services=[mail], published_at=NOW, why="The old one ends.")


def window(upgrade, **fields):
    return factories.milestone(upgrade, **{"name": "Move", "impact": Impact.OUTAGE, "downtime": 30, **fields})


def text_of(client, name="status", slug="mail", query="", **headers):
    return client.get(reverse(name, args=[slug]) + query, **headers).content.decode()


# What a state is


@pytest.mark.parametrize(
    ("said", "hours_to_start", "expected"),
    [
        (Status.CONFIRMED, 2, words.UPCOMING),
        (Status.CONFIRMED, -1, words.NOW),
        (Status.CONFIRMED, -5, words.CHECKING),
        (Status.CONFIRMED, -50, words.PASSED),
        (Status.IN_PROCESS, 2, words.NOW),
        (Status.IN_PROCESS, -500, words.NOW),
        (Status.COMPLETED, 2, words.COMPLETED),
        (Status.CANCELLED, -1, words.CANCELLED),
        (Status.TENTATIVE, -1, words.TENTATIVE),
    ],
)
def test_what_was_said_counts_and_else_the_clock(said, hours_to_start, expected):
    start = NOW + timedelta(hours=hours_to_start)

    assert state_of(said, start, start + timedelta(hours=4), now=NOW) == expected


def test_a_future_window_does_not_change_the_light_of_today(upgrade):
    window(upgrade, start=NOW + timedelta(hours=1))

    page = status.index_page(reader=ENGLISH, now=NOW)

    assert [(light.service, light.say) for light in page.lights] == [("Mail", words.LIGHTS[None])]
    assert page.headline == "No work is under way."
    assert page.next.startswith("Next: Mail: planned for Monday 2 March 2026, 10:00–14:00 Europe/Berlin (CET)")


def test_setting_an_end_does_not_hide_what_is_under_way(upgrade):
    window(upgrade, status=Status.IN_PROCESS, start=NOW - timedelta(hours=5), end=NOW - timedelta(hours=1))

    page = status.index_page(reader=ENGLISH, now=NOW)

    assert [row.name for row in page.now] == ["Move"]
    assert "longer than planned" in page.headline


def test_the_worst_of_several_windows_is_the_light_of_a_service(upgrade):
    start = NOW - timedelta(hours=1)
    window(upgrade, start=start, impact=Impact.DEGRADED)
    window(upgrade, start=start, impact=Impact.OUTAGE)

    page = status.index_page(reader=ENGLISH, now=NOW)

    assert [light.say for light in page.lights] == [words.LIGHTS[Impact.OUTAGE]]


def test_the_index_sorts_into_now_upcoming_and_the_past_ninety_days(upgrade):
    window(upgrade, name="Running", start=NOW - timedelta(hours=1))
    window(upgrade, name="Next", start=NOW + timedelta(days=1))
    window(upgrade, name="Called off", start=NOW + timedelta(days=2), status=Status.CANCELLED)
    window(upgrade, name="Done", start=NOW - timedelta(days=80), status=Status.COMPLETED)
    window(upgrade, name="Long ago", start=NOW - timedelta(days=100), status=Status.COMPLETED)

    page = status.index_page(reader=ENGLISH, now=NOW)

    assert [row.name for row in page.now] == ["Running"]
    assert [row.name for row in page.upcoming] == ["Next", "Called off"]
    assert [row.name for row in page.past] == ["Done"]


# One upgrade


def test_a_reader_learns_what_happens_when_and_what_to_do(client, upgrade):
    berlin = factories.site("Berlin")
    window(
        upgrade,
        start=NOW + timedelta(days=365 * 80),
        sites=[berlin],
        effect="You cannot read mail.",
        action="Save your drafts.",
        action_deadline=NOW + timedelta(days=365 * 80 - 1),
    )

    page = text_of(client)

    for said in ("Mail: planned for", "30 minutes", "in the window of 4 hours", "You cannot read mail.", "Berlin"):
        assert said in page
    for said in ("Save your drafts.", "Not available", "Europe/Berlin (CET)", "Service Desk", "help@example.org"):
        assert said in page


def test_nothing_to_do_is_said(client, upgrade):
    window(upgrade, start=NOW + timedelta(days=365 * 80))

    assert "Nothing. You need not do anything." in text_of(client)


def test_the_zone_of_the_reader_stands_beside_that_of_the_place(client, upgrade):
    window(upgrade)

    page = text_of(client, query="?tz=Asia/Tokyo")

    assert "Monday 16 March 2026, 09:00–13:00 Europe/Berlin (CET)" in page
    assert "Monday 16 March 2026, 17:00–21:00 Asia/Tokyo (JST)" in page
    assert "Asia/Tokyo (JST)" not in text_of(client, query="?tz=Middle-earth/Shire")


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "de-CH,de;q=0.9,en;q=0.5", "de"),
        ("", "fr", "fr"),
        ("", "pl,cs", "en"),
        ("?lang=fr", "de", "fr"),
        ("?lang=xx", "de", "de"),
    ],
)
def test_the_page_speaks_the_language_of_its_reader(client, upgrade, query, accept, language):
    window(upgrade)
    response = client.get(f"/status/mail/{query}", HTTP_ACCEPT_LANGUAGE=accept)

    assert response["Content-Language"] == language
    assert f'<html lang="{language}">' in response.content.decode()
    weekday = {"en": "Monday", "de": "Montag", "fr": "lundi"}[language]
    assert weekday in response.content.decode()


# Nothing leaks


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_unpublished_upgrade_is_not_there(client, mail, name):
    factories.upgrade(SECRET, slug="mail", services=[mail])

    response = client.get(reverse(name, args=["mail"]))

    assert response.status_code == 404
    assert SECRET not in response.content.decode()


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": Status.TENTATIVE}])
def test_neither_private_nor_tentative_dates_show_anywhere(client, upgrade, name, hidden):
    window(upgrade, name="Public move")
    window(upgrade, name=SECRET, effect=SECRET, action=SECRET, services=[factories.service(SECRET)], **hidden)

    shown = text_of(client, name)

    assert SECRET not in shown
    assert name == "status_feed" or "Public move" in shown


@pytest.mark.parametrize("name", ["status", "status_json", "status_calendar"])
def test_a_tentative_date_shows_once_the_public_was_told_of_it(client, upgrade, name):
    move = window(upgrade, name="Careful move", status=Status.TENTATIVE)
    factories.released_notice(move, channels=[Channel.EMAIL])
    assert "Careful move" not in text_of(client, name)
    shelf.clear()
    cache.clear()

    factories.released_notice(move, channels=[Channel.PORTAL])

    assert "Careful move" in text_of(client, name)


@pytest.mark.parametrize("name", ["status_index", "status_index_json"])
@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": Status.TENTATIVE}, "unpublished"])
def test_nor_do_they_in_the_list_of_all(client, upgrade, name, hidden):
    window(upgrade, name="Public move", start=NOW + timedelta(days=365 * 80))
    other = factories.upgrade(SECRET) if hidden == "unpublished" else upgrade
    fields = {} if hidden == "unpublished" else hidden
    window(other, name=SECRET, start=NOW + timedelta(days=365 * 80), services=[factories.service(SECRET)], **fields)

    shown = client.get(reverse(name)).content.decode()

    assert SECRET not in shown
    assert "Public move" in shown


WORDS = [{"language": "en", "level": "plain", "subject": f"{SECRET} news", "body": f"About {SECRET}."}]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("state", ["draft", "in review", "scheduled", "cancelled", "by mail only"])
def test_only_released_notices_for_the_status_page_are_updates(client, upgrade, name, state):
    move = window(upgrade)
    fields = {"title": SECRET, "words": WORDS, "channels": [Channel.EMAIL, Channel.PORTAL]}
    if state == "draft":
        factories.notice(move, **fields)
    elif state == "in review":
        made = factories.approved_notice(move, **fields)
        Notice.objects.filter(pk=made.pk).update(state="in_review")
    elif state == "scheduled":
        factories.approved_notice(move, **fields)
    elif state == "cancelled":
        made = factories.released_notice(move, **fields)
        Notice.objects.filter(pk=made.pk).update(state="cancelled")
    else:
        factories.released_notice(move, **fields | {"channels": [Channel.EMAIL]})

    assert SECRET not in text_of(client, name)


@pytest.mark.parametrize("name", ["status", "status_json", "status_feed"])
def test_a_released_notice_is_an_update_with_an_address_of_its_own(client, upgrade, name):
    words_said = [{"language": "en", "level": "plain", "subject": "We began", "body": "All **well** so far."}]
    notice = factories.released_notice(window(upgrade), words=words_said, channels=[Channel.PORTAL])

    shown = text_of(client, name)

    assert "We began" in shown
    assert f"update-{notice.pk}" in shown


def test_updates_are_newest_first(upgrade):
    move = window(upgrade)
    for number in (1, 2, 3):
        said = [{"language": "en", "level": "plain", "subject": f"Number {number}", "body": "…"}]
        factories.released_notice(move, words=said, channels=[Channel.PORTAL], now=NOW + timedelta(hours=number))

    assert [one.subject for one in status.updates(upgrade, reader=ENGLISH)] == ["Number 3", "Number 2", "Number 1"]


def test_a_cancelled_upgrade_asks_nobody_to_do_anything(client, upgrade):
    window(upgrade, action="Save your drafts.", start=NOW + timedelta(days=365 * 80))
    type(upgrade).objects.update(phase=Phase.CANCELLED)

    page = text_of(client)

    assert "This upgrade is cancelled." in page
    assert "Save your drafts." not in page


# Without cookies, for many


@pytest.mark.parametrize(
    "address", ["/status/", "/status.json", "/status/mail/", "/status/mail.json", "/status/mail.ics"]
)
def test_public_pages_set_no_cookie_and_may_be_cached_by_everybody(client, ana, upgrade, address):
    window(upgrade)
    client.force_login(ana)

    response = client.get(address)

    assert response.cookies == {}
    assert response["Cache-Control"] == "public, max-age=30"
    assert {part.strip() for part in response["Vary"].split(",")} == {"Accept-Language", "Accept-Encoding"}
    assert "Ana Abel" not in response.content.decode()


def test_the_same_page_again_costs_304(client, upgrade):
    window(upgrade)
    first = client.get("/status/mail/")

    second = client.get("/status/mail/", HTTP_IF_NONE_MATCH=first["ETag"])

    assert (second.status_code, second.content) == (304, b"")
    assert second["ETag"] == first["ETag"]
    assert second["Cache-Control"] == "public, max-age=30"


def test_a_change_gets_a_new_etag(client, upgrade):
    window(upgrade)
    first = client.get("/status/mail/")["ETag"]
    Milestone.objects.update(name="Something else")
    forget()

    response = client.get("/status/mail/", HTTP_IF_NONE_MATCH=first)

    assert response.status_code == 200
    assert response["ETag"] != first


def forget():
    """As after a few seconds."""
    cache.clear()
    shelf.clear()


def test_packed_and_plain_say_the_same(client, upgrade):
    plain = client.get("/status/mail/")
    packed = client.get("/status/mail/", HTTP_ACCEPT_ENCODING="br, gzip")

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_a_second_reader_costs_no_query(client, upgrade, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(shelf, "IN_MEMORY", 60.0)
    window(upgrade)
    client.get("/status/mail/")

    with django_assert_num_queries(0):
        client.get("/status/mail/")


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(upgrade, django_assert_num_queries, number):
    for count in range(number):
        move = window(upgrade, start=NOW + timedelta(days=count))
        factories.released_notice(move, channels=[Channel.PORTAL])

    with django_assert_num_queries(10):
        status.upgrade_page(status.find("mail"), reader=ENGLISH, now=NOW)
    with django_assert_num_queries(7):
        status.index_page(reader=ENGLISH, now=NOW)


def test_the_last_good_copy_survives_the_database(monkeypatch):
    made = shelf.copy(b"as it was", content_type="text/html", language="en")
    shelf.get("page:x", lambda: made)
    later = made.made_at + 3600
    monkeypatch.setattr(shelf.time, "time", lambda: later)
    shelf.clear()

    def broken():
        raise OperationalError("the server is starting up")

    assert shelf.get("page:x", broken) == made
    with pytest.raises(shelf.NoCopy):
        shelf.get("page:never-seen", broken)


def test_a_copy_in_another_language_is_better_than_none(client, upgrade, monkeypatch):
    client.get("/status/mail/", HTTP_ACCEPT_LANGUAGE="en")
    shelf.clear()

    def broken(slug):
        raise OperationalError("the server is starting up")

    monkeypatch.setattr(status, "find", broken)
    response = client.get("/status/mail/", HTTP_ACCEPT_LANGUAGE="de")
    nothing = client.get("/status/other/", HTTP_ACCEPT_LANGUAGE="de")

    assert (response.status_code, response["Content-Language"]) == (200, "en")
    assert (nothing.status_code, nothing["Retry-After"]) == (503, "30")


def test_what_is_no_longer_published_leaves_the_shelf(monkeypatch):
    made = shelf.copy(b"as it was", content_type="text/html", language="en")
    shelf.get("page:y", lambda: made)
    monkeypatch.setattr(shelf.time, "time", lambda: made.made_at + 10)
    shelf.clear()

    assert shelf.get("page:y", lambda: None) is None
    with pytest.raises(shelf.NoCopy):
        shelf.get("page:y", lambda: (_ for _ in ()).throw(OperationalError()))


# For machines


def test_the_calendar_has_the_identity_of_the_mails(client, upgrade):
    move = window(upgrade, name="Move, first part")
    gone = window(upgrade, name="Gone", status=Status.CANCELLED)

    shown = text_of(client, "status_calendar")

    assert f"UID:{move.uid}" in shown
    assert "SUMMARY:Mail migration: Move\\, first part" in shown
    assert "DTSTART:20260316T080000Z" in shown
    assert f"UID:{gone.uid}" in shown
    assert "STATUS:CANCELLED" in shown
    assert "METHOD" not in shown


def test_json_says_the_same_as_the_page(client, upgrade):
    window(upgrade, action="Save your drafts.")

    told = json.loads(text_of(client, "status_json"))

    assert told["name"] == "Mail migration"
    assert [(one["name"], one["action"], one["impact"]) for one in told["milestones"]] == [
        ("Move", "Save your drafts.", "outage")
    ]


def test_posting_to_a_public_page_is_refused(client, upgrade):
    assert client.post("/status/mail/").status_code == 405


def test_a_missing_slash_is_mended(client, upgrade):
    assert client.get("/status/mail", follow=True).status_code == 200
