import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from notices import glossary
from notices.enums import Audible
from notices.models import Term
from tests import factories


@pytest.fixture
def client(client, ana):
    client.force_login(ana)
    return client


def entry(word, language=""):
    return glossary.of_language(glossary.entries(), language or "en")[word.lower()]


def last(response):
    return str(next(iter(response.context["messages"])))


def undo(client, response):
    (message,) = response.context["messages"]
    return client.post(message.extra_tags.removeprefix("undo:"), follow=True)


def test_it_begins_with_the_shipped_words(client):
    response = client.get(reverse("glossary"), {"q": "vpn"})

    assert [each.word for each in response.context["entries"]] == ["VPN"]


def test_it_is_searched_by_what_to_say_instead_and_by_language(client):
    response = client.get(reverse("glossary"), {"q": "old state", "language": "en"})

    assert [each.word for each in response.context["entries"]] == ["rollback"]


def test_a_word_is_added(client):
    asked = {"word": " NAC ", "language": "", "audible": "technical", "meaning": "Who may enter.", "instead": ""}

    response = client.post(reverse("term_new"), asked, follow=True)

    assert last(response) == "“NAC” is in the glossary."
    assert entry("NAC").meaning == "Who may enter."


def test_the_form_knows_which_word_is_asked_for(client):
    response = client.get(reverse("term_new"), {"word": "NAC", "language": "de"})

    assert response.context["form"].initial["word"] == "NAC"
    assert response.context["form"].initial["language"] == "de"


def test_a_shipped_word_is_changed_by_a_row_of_its_own(client):
    form = client.get(reverse("term_new"), {"word": "rollback", "language": "en"}).context["form"]
    asked = {name: form.initial[name] for name in ("word", "language", "audible", "meaning")} | {"instead": "way back"}

    client.post(reverse("term_new"), asked)

    assert entry("rollback").instead == "way back"


def test_a_word_is_there_once_per_language(client):
    Term.objects.create(word="NAC")

    response = client.post(reverse("term_new"), {"word": "nac", "language": "", "audible": "technical"})

    assert "The glossary has this word already." in response.content.decode()


def test_a_deleted_word_comes_back(client):
    term = Term.objects.create(word="NAC", meaning="Who may enter.")

    response = client.post(reverse("term_delete", args=[term.pk]), follow=True)
    assert not Term.objects.exists()
    undo(client, response)

    assert Term.objects.get().meaning == "Who may enter."


def test_everybody_knows_a_shipped_word_until_that_is_taken_back(client):
    response = client.post(reverse("term_known"), {"word": "VPN", "language": ""}, follow=True)
    assert entry("VPN").audible == Audible.EVERYBODY

    undo(client, response)

    assert entry("VPN").audible == Audible.TECHNICAL


def test_two_people_change_one_word(client):
    term = Term.objects.create(word="NAC")
    seen = client.get(reverse("term_edit", args=[term.pk])).context["form"].initial["seen"]
    Term.objects.update(meaning="Somebody else's.")

    response = client.post(
        reverse("term_edit", args=[term.pk]), {"word": "NAC", "audible": "nobody", "seen": seen, "meaning": "Mine."}
    )

    assert "Somebody else saved this" in response.content.decode()
    assert Term.objects.get().meaning == "Somebody else's."


def test_a_reader_reads_and_changes_nothing(client):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    assert client.get(reverse("glossary")).status_code == 200
    assert client.post(reverse("term_new"), {"word": "NAC", "audible": "technical"}).status_code == 403
    assert not Term.objects.exists()


def test_the_number_of_queries_does_not_grow(client):
    Term.objects.create(word="One")
    client.get(reverse("glossary"))

    def queries():
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("glossary"))
        return len(seen)

    one = queries()
    Term.objects.create(word="Two")
    Term.objects.create(word="Three")

    assert queries() == one
