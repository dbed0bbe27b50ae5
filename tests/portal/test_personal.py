"""Pages behind a personal link: a GET changes nothing, a POST does it once, and nobody else's is ever opened."""

import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from commsplan.lib import limits, links, logs, tokens
from feedback import inviting
from notices.enums import MessageState, NoticeKind, ReceiptKind
from notices.models import Message, Receipt
from stakeholders.enums import ReaderLevel, Topic
from stakeholders.models import OptOut, Person
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

EVERYTHING = (
    "SELECT json_build_array((SELECT json_agg(m) FROM notices_message m), (SELECT json_agg(r) FROM notices_receipt r),"
    " (SELECT json_agg(p) FROM stakeholders_person p), (SELECT json_agg(o) FROM stakeholders_optout o),"
    " (SELECT json_agg(i) FROM feedback_invitation i), (SELECT json_agg(f) FROM feedback_response f))::text"
)


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail", services=[factories.service("Mail")], published_at=NOW)


def told(person, upgrade, *, move=None, **fields) -> Message:
    """A message about the upgrade that got through to this person."""
    move = move or factories.milestone(upgrade, name="Move", action="Save your drafts.", start=NOW + timedelta(days=14))
    notice = factories.released_notice(move, people=[person], **fields)
    Message.objects.filter(notice=notice).update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


def link(name, message, purpose=None):
    return reverse(name, args=[tokens.make(purpose or name, message.pk)])


def personal(message):
    return link("personal", message, "message")


def acknowledge(message):
    return link("acknowledge", message, "message")


def everything() -> str:
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING)
        return cursor.fetchone()[0]


# Reading


def test_cai_reads_what_it_means_and_what_to_do(client, cai, upgrade):
    Person.objects.filter(pk=cai.pk).update(time_zone="Asia/Tokyo")
    message = told(cai, upgrade)

    page = client.get(personal(message)).content.decode()

    for said in ("Mail stop on Monday 16 March 2026", "Save your drafts.", "Europe/Berlin (CET)", "Asia/Tokyo (JST)"):
        assert said in page
    assert f'href="{link("preferences", message)}"' in page
    assert "/status/mail/?lang=en&amp;tz=Asia%2FTokyo" in page


def test_the_page_lists_what_cai_was_told_about_this_upgrade_and_nothing_else(client, cai, upgrade):
    message = told(cai, upgrade)
    second = told(cai, upgrade, words=[{"language": "en", "level": "plain", "subject": "One more thing", "body": "…"}])
    told(
        cai, factories.upgrade(), words=[{"language": "en", "level": "plain", "subject": "Other upgrade", "body": "…"}]
    )
    other = factories.person("Dora")
    told(other, upgrade, words=[{"language": "en", "level": "plain", "subject": "To Dora", "body": "…"}])

    page = client.get(personal(message)).content.decode()

    assert personal(second) in page
    assert "One more thing" in page
    assert "Other upgrade" not in page
    assert "To Dora" not in page


def test_a_changed_date_is_said_beside_what_was_told(client, cai, upgrade):
    message = told(cai, upgrade)
    Milestone.objects.update(start=NOW + timedelta(days=20), end=NOW + timedelta(days=20, hours=4))

    page = client.get(personal(message)).content.decode()

    assert "It said: Monday 16 March 2026, 09:00–13:00 Europe/Berlin (CET)." in page
    assert "Sunday 22 March 2026, 09:00–13:00 Europe/Berlin (CET)" in page


@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": "tentative"}])
def test_a_change_that_is_not_public_does_not_show(client, cai, upgrade, hidden):
    message = told(cai, upgrade)
    Milestone.objects.update(start=NOW + timedelta(days=20), end=None, effect="Project Bluebird", **hidden)

    page = client.get(personal(message)).content.decode()

    assert "Project Bluebird" not in page
    assert "22 March" not in page
    assert "Monday 16 March 2026, 09:00–13:00 Europe/Berlin (CET)" in page


def test_the_page_speaks_the_language_of_its_person(client, cai, upgrade):
    Person.objects.filter(pk=cai.pk).update(language="de")
    message = told(cai, upgrade)

    assert '<html lang="de">' in client.get(personal(message)).content.decode()
    assert '<html lang="fr">' in client.get(personal(message) + "?lang=fr").content.decode()


@pytest.mark.parametrize("name", ["personal", "preferences", "unsubscribe"])
def test_personal_pages_stay_out_of_caches_and_search_engines(client, cai, upgrade, name):
    message = told(cai, upgrade)
    response = client.get(personal(message) if name == "personal" else link(name, message))

    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "strict-origin"


# A GET changes nothing


def test_following_every_link_changes_nothing(client, cai, upgrade):
    survey = factories.survey(upgrade)
    inviting.invite(survey, Person.objects.filter(pk=cai.pk))
    message = told(cai, upgrade, kind=NoticeKind.SURVEY, survey=survey, asks_acknowledgement=True)
    answer = reverse("answer", args=[tokens.make("survey", survey.invitations.get().pk)])
    before = everything()

    for address in (
        personal(message),
        acknowledge(message),
        link("preferences", message),
        link("unsubscribe", message),
        answer,
        f"{answer}?question-1=5",
    ):
        for method in (client.get, client.head):
            assert method(address).status_code in (200, 302)

    assert everything() == before


# Acknowledging


def test_acknowledging_twice_is_kept_once_and_thanked(client, cai, upgrade):
    message = told(cai, upgrade, asks_acknowledgement=True)
    assert "I have read and understood it" in client.get(personal(message)).content.decode()

    client.post(acknowledge(message))
    page = client.post(acknowledge(message), follow=True).content.decode()

    assert [one.kind for one in message.receipts.all()] == [ReceiptKind.ACKNOWLEDGED]
    assert "Thank you. You acknowledged this message" in page
    assert "I have read and understood it" not in page


def test_nothing_to_acknowledge_is_not_acknowledged(client, cai, upgrade):
    message = told(cai, upgrade, asks_acknowledgement=False)

    client.post(acknowledge(message))

    assert Receipt.objects.count() == 0
    assert acknowledge(message) not in client.get(personal(message)).content.decode()


@pytest.mark.parametrize("frozen", [True, False])
def test_a_distribution_list_opens_nothing(client, upgrade, frozen):
    everybody = factories.person("All staff", is_list=frozen)
    message = told(everybody, upgrade, asks_acknowledgement=True)
    if not frozen:  # became a list later
        Person.objects.filter(pk=everybody.pk).update(is_list=True)

    assert client.get(personal(message)).status_code == 404
    assert client.post(acknowledge(message)).status_code == 404
    assert client.post(link("unsubscribe", message)).status_code == 404
    assert client.post(link("preferences", message)).status_code == 404
    assert Receipt.objects.count() == 0
    assert OptOut.objects.count() == 0


# Bad links


@pytest.mark.parametrize("name", ["personal", "acknowledge", "preferences", "unsubscribe", "answer"])
@pytest.mark.parametrize("damage", ["x", "AAAAAAAAAAE", "cut", "other purpose", "nobody"])
def test_a_damaged_link_says_so_kindly_and_changes_nothing(client, cai, upgrade, name, damage):
    message = told(cai, upgrade, asks_acknowledgement=True)
    purpose = {"personal": "message", "acknowledge": "message", "answer": "survey"}.get(name, name)
    token = {
        "cut": tokens.make(purpose, message.pk)[:-3],
        "other purpose": tokens.make("something else", message.pk),
        "nobody": tokens.make(purpose, 10**9),
    }.get(damage, damage)
    before = everything()

    response = (client.get if name == "personal" else client.post)(reverse(name, args=[token]))

    assert response.status_code == 404
    assert "This link does not work" in response.content.decode()
    assert everything() == before


def test_guessing_links_is_slowed_down_and_a_genuine_one_is_not(client, cai, upgrade, monkeypatch):
    monkeypatch.setattr(links, "GUESSES_PER_ADDRESS", 3)
    message = told(cai, upgrade)

    codes = [client.get(reverse("personal", args=[f"guess{number}"])).status_code for number in range(5)]

    assert codes == [404, 404, 404, 429, 429]
    assert client.get(personal(message)).status_code == 200


def test_one_link_posts_so_often_and_no_more(client, cai, upgrade, monkeypatch):
    monkeypatch.setattr(links, "TRIES_PER_LINK", 2)
    message = told(cai, upgrade, kind=NoticeKind.NEWS)

    codes = [client.post(link("unsubscribe", message)).status_code for _ in range(3)]

    assert codes == [200, 200, 429]


def test_the_limit_counts_in_a_window(db):
    assert [limits.allows("x", "me", limit=2, seconds=60) for _ in range(3)] == [True, True, False]
    assert limits.allows("x", "you", limit=2, seconds=60)


# Unsubscribing


def test_one_click_unsubscribes_without_a_cookie_a_token_or_a_redirect(cai, upgrade, client):
    client.handler.enforce_csrf_checks = True
    message = told(cai, upgrade, kind=NoticeKind.NEWS)

    for _ in range(2):
        response = client.post(link("unsubscribe", message), {"List-Unsubscribe": "One-Click"})

        assert response.status_code == 200
        assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert [one.topic for one in cai.opt_outs.all()] == [Topic.NEWS]


def test_the_button_unsubscribes_and_undo_takes_it_back(client, cai, upgrade):
    message = told(cai, upgrade, kind=NoticeKind.COMPLETED)

    page = client.post(link("unsubscribe", message), {"confirm": "1"}).content.decode()
    assert "You are unsubscribed." in page
    assert [one.topic for one in cai.opt_outs.all()] == [Topic.PROGRESS]

    page = client.post(link("unsubscribe", message), {"undo": "1"}).content.decode()
    assert "You are subscribed again." in page
    assert cai.opt_outs.count() == 0

    client.post(link("unsubscribe", message), {"confirm": "1"})
    assert cai.opt_outs.count() == 1


def test_what_everybody_must_know_cannot_be_declined(client, cai, upgrade):
    message = told(cai, upgrade, kind=NoticeKind.ANNOUNCEMENT)

    assert "cannot be declined" in client.get(link("unsubscribe", message)).content.decode()
    assert client.post(link("unsubscribe", message), {"List-Unsubscribe": "One-Click"}).status_code == 409
    assert cai.opt_outs.count() == 0


# Preferences


def chosen(**changed):
    return {
        "topics": [Topic.PROGRESS, Topic.NEWS],
        "language": "fr",
        "time_zone": "America/New_York",
        "reader_level": ReaderLevel.TECHNICAL,
        "wants_invitations": "on",
        **changed,
    }


def test_what_cai_chooses_is_kept(client, cai, upgrade):
    message = told(cai, upgrade)
    cai.opt_out(Topic.NEWS)

    page = client.post(link("preferences", message), chosen()).content.decode()

    cai.refresh_from_db()
    assert (cai.language, cai.time_zone, cai.reader_level) == ("fr", "America/New_York", ReaderLevel.TECHNICAL)
    assert cai.wants_invitations
    assert [one.topic for one in cai.opt_outs.all()] == [Topic.SURVEY]
    assert '<html lang="fr">' in page


def test_a_choice_that_makes_no_sense_changes_nothing(client, cai, upgrade):
    message = told(cai, upgrade)
    before = everything()

    response = client.post(link("preferences", message), chosen(time_zone="Middle-earth/Shire", topics=["outages"]))

    assert response.status_code == 422
    assert everything() == before


def test_the_link_does_not_get_into_the_history(client, cai, upgrade):
    message = told(cai, upgrade)

    client.post(link("preferences", message), chosen())

    with connection.cursor() as cursor:
        cursor.execute("SELECT metadata->>'url' FROM pghistory_context")
        urls = {row[0] for row in cursor.fetchall()}
    assert urls == {"/preferences/…"}


def test_a_link_does_not_get_into_a_log(cai, upgrade):
    address = personal(told(cai, upgrade))
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "%s: %s", ("Not Found", address), None)

    assert logs.HideLinks().filter(record)

    assert record.getMessage() == "Not Found: /m/…/"
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["no_links"]


@pytest.mark.parametrize("name", ["acknowledge", "preferences"])
def test_forms_of_browsers_are_protected_against_forgery(cai, upgrade, client, name):
    client.handler.enforce_csrf_checks = True
    message = told(cai, upgrade, asks_acknowledgement=True)
    before = everything()

    address = acknowledge(message) if name == "acknowledge" else link(name, message)

    assert client.post(address, chosen()).status_code == 403
    assert everything() == before
