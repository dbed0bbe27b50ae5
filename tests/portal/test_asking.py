"""What people say back on their personal page, and what everybody reads of it."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from commsplan.lib import tokens
from engagement.enums import Source
from engagement.models import Nomination
from feedback import concerns
from feedback.enums import ConcernKind
from feedback.models import Concern
from notices.enums import MessageState
from notices.models import Message
from portal import asking, shelf
from tests import factories
from tests.factories import NOW

ASKED = {"ask-kind": "objection", "ask-text": "We have exams <b>that</b> week."}
NAMED = {"nominate-name": "Eva Ernst", "nominate-email": "eva@example.org", "nominate-why": "Runs the mail room."}


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail", services=[factories.service("Mail")], published_at=NOW)


@pytest.fixture
def message(cai, upgrade):
    return told(cai, upgrade)


def told(person, upgrade) -> Message:
    notice = factories.released_notice(factories.milestone(upgrade, name="Move"), people=[person])
    Message.objects.filter(notice=notice).update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


def link(name, message) -> str:
    return reverse(name, args=[tokens.make("message", message.pk)])


def test_an_objection_is_a_concern_of_this_person_about_this_date(client, cai, upgrade, message):
    page = client.post(link("personal_ask", message), ASKED, follow=True).content.decode()

    concern = Concern.objects.get()
    assert (concern.person, concern.upgrade, concern.milestone) == (cai, upgrade, message.notice.milestone)
    assert (concern.kind, concern.source, concern.owner) == (ConcernKind.OBJECTION, Source.PAGE, upgrade.owner)
    assert "Thank you, your message has arrived." in page
    assert "We have exams &lt;b&gt;that&lt;/b&gt; week." in page


def test_reading_an_address_to_which_one_posts_changes_nothing(client, message):
    for name in ("personal_ask", "personal_nominate"):
        for method in (client.get, client.head):
            assert method(link(name, message)).url == link("personal", message)

    assert (Concern.objects.count(), Nomination.objects.count()) == (0, 0)


def test_what_is_missing_is_said_and_the_words_stay(client, message):
    response = client.post(link("personal_nominate", message), {**NAMED, "nominate-name": "", "nominate-email": "no"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Runs the mail room." in page
    assert page.count('href="#id_nominate-') == 2
    assert Nomination.objects.count() == 0


def test_the_answer_comes_back_on_the_page_with_the_question(client, cai, dee, upgrade, message, ana):
    mine = concerns.raise_(upgrade, text="My own words", source=Source.PAGE, person=cai)
    concerns.answer(mine, words="It is <safe>.", is_public=False, by=ana, now=NOW)
    noted = concerns.raise_(upgrade, text="Said on the phone", source=Source.HAND, person=cai)
    concerns.raise_(upgrade, text="Of somebody else", source=Source.PAGE, person=dee)
    concerns.raise_(factories.upgrade(), text="About another upgrade", source=Source.PAGE, person=cai)

    page = client.get(link("personal", message)).content.decode()
    concerns.answer(noted, words="Yes.", is_public=False, by=ana, now=NOW)
    later = client.get(link("personal", message)).content.decode()

    assert "My own words" in page
    assert "It is &lt;safe&gt;." in page
    for other in ("Of somebody else", "About another upgrade", "Said on the phone"):
        assert other not in page
    assert "Said on the phone" in later


def test_naming_somebody_says_the_same_whether_we_know_them_or_not(client, cai, upgrade, message):
    unknown = client.post(link("personal_nominate", message), NAMED, follow=True).content
    factories.person("Eva Ernst", email="eva@example.org")
    Nomination.objects.all().delete()
    known = client.post(link("personal_nominate", message), NAMED, follow=True).content
    again = client.post(link("personal_nominate", message), NAMED, follow=True).content

    assert [without_token(page) for page in (known, again)] == [without_token(unknown)] * 2
    assert list(Nomination.objects.values_list("name", "email", "why", "source", "by", "upgrade")) == [
        ("Eva Ernst", "eva@example.org", "Runs the mail room.", Source.PAGE, cai.pk, upgrade.pk)
    ]


def without_token(page: bytes) -> list[str]:
    return [line for line in page.decode().splitlines() if "csrfmiddlewaretoken" not in line]


def test_one_person_cannot_flood_us_and_keeps_the_words(client, message, upgrade, cai):
    links = [link("personal_ask", message), link("personal_ask", told(cai, upgrade))]
    for number in range(asking.PER_PERSON):
        client.post(links[number % 2], ASKED | {"ask-kind": "question"})

    response = client.post(links[0], ASKED)

    assert response.status_code == 429
    assert "Please try again in an hour." in response.content.decode()
    assert "We have exams" in response.content.decode()
    assert Concern.objects.count() == asking.PER_PERSON


def test_one_address_cannot_flood_us(client, message, upgrade):
    cache.clear()
    for _ in range(asking.PER_ADDRESS):
        asking.limits.allows("say-back-from", "127.0.0.1", limit=asking.PER_ADDRESS, seconds=60)

    assert client.post(link("personal_nominate", message), NAMED).status_code == 429
    assert Nomination.objects.count() == 0


def test_a_damaged_link_says_nothing_back(client):
    assert client.post(reverse("personal_ask", args=["nonsense"]), ASKED).status_code == 404


def test_a_distribution_list_says_nothing_back(client, upgrade):
    response = client.post(link("personal_ask", told(factories.person(is_list=True), upgrade)), ASKED)

    assert response.status_code == 404
    assert Concern.objects.count() == 0


def test_the_page_asks_in_the_language_of_the_reader(client, upgrade):
    message = told(factories.person("Dora", language="de"), upgrade)

    page = client.get(link("personal", message)).content.decode()

    assert "Wer sollte es noch wissen?" in page
    assert "Dieser Termin passt uns nicht" in page


# What everybody reads


def public(upgrade, **fields) -> Concern:
    asker = factories.person("Secret Asker")
    concern = concerns.raise_(upgrade, text="I am Secret Asker and ill", source=Source.PAGE, person=asker)
    given = {"words": "Nothing <i>stops</i>.", "is_public": True, "public_wording": "Does <b>mail</b> stop?", **fields}
    concerns.answer(concern, by=upgrade.owner, now=NOW, **given)
    return concern


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Questions and answers"), ("de", "Fragen und Antworten"), ("fr", "Questions et réponses")],
)
def test_a_public_answer_shows_without_who_asked_and_in_which_words(client, upgrade, language, heading):
    public(upgrade)

    page = client.get(f"/status/mail/?lang={language}").content.decode()
    data = client.get("/status/mail.json").content.decode()

    assert heading in page
    assert "Does &lt;b&gt;mail&lt;/b&gt; stop?" in page
    assert "Nothing &lt;i&gt;stops&lt;/i&gt;." in page
    for secret in ("Secret Asker", "ill"):
        assert f" {secret} " not in page.replace("<", " ")
        assert secret == "ill" or secret not in data


def test_an_answer_for_one_alone_shows_nowhere(client, upgrade):
    public(upgrade, is_public=False)

    for path in ("/status/mail/", "/status/mail.json", "/status/", "/status/mail/feed/"):
        assert "mail</b> stop" not in client.get(path).content.decode()
    assert "Questions and answers" not in client.get("/status/mail/").content.decode()


def test_nothing_of_an_unpublished_upgrade_shows(client, upgrade):
    public(factories.upgrade("Secret plan", slug="secret"))
    public(upgrade)

    assert client.get("/status/secret/").status_code == 404
    assert client.get("/status/mail/").content.decode().count('id="question-') == 1


def test_what_is_open_again_is_gone_from_the_page(client, upgrade, ana):
    concern = public(upgrade)
    assert "Does &lt;b&gt;mail" in client.get("/status/mail/").content.decode()

    concerns.reopen(concern, by=ana, now=NOW)
    cache.clear()
    shelf.clear()

    assert "Does &lt;b&gt;mail" not in client.get("/status/mail/").content.decode()
