"""Who reads another language than their own is told so, in their own."""

import pytest

from notices.pipeline import render
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.samples import message

SAYS = {
    ("de", "en"): "Diese Nachricht gibt es nicht auf Deutsch. Sie lesen die englische Fassung.",
    ("de", "fr"): "Diese Nachricht gibt es nicht auf Deutsch. Sie lesen die französische Fassung.",
    ("fr", "en"): "Ce message n’existe pas en français ; vous lisez la version anglaise.",
    ("fr", "de"): "Ce message n’existe pas en français ; vous lisez la version allemande.",
    ("en", "de"): "There is no English version of this message; you read the German one.",
    ("en", "fr"): "There is no English version of this message; you read the French one.",
}


def unwrapped(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


@pytest.mark.parametrize("pair", SAYS)
def test_the_letter_says_it_first(pair):
    own, written = pair
    envelope = render.of_message(made(own, written))

    assert unwrapped(envelope.text) == SAYS[pair]
    assert f'<em lang="{own}">{SAYS[pair]}</em>' in envelope.html


def made(own, written, **values):
    one = message(language=written, **values)
    one.values["language"] = own
    return one


@pytest.mark.parametrize(("own", "written"), [("en", "en"), ("es", "en"), ("", "de")])
def test_who_reads_their_language_or_one_we_do_not_speak_reads_nothing_of_it(own, written):
    assert render.of_message(made(own, written)).text.startswith("Hello Cai,")


def test_a_list_reads_nothing_of_it():
    assert render.of_message(made("de", "en", is_list=True)).text.startswith("Hello Cai Berg,")


def test_what_was_sent_before_renders_as_it_was():
    assert render.of_message(message()).text.startswith("Hello Cai,")


@pytest.mark.django_db
def test_a_message_keeps_the_language_of_its_reader():
    cai = factories.person("Cai Berg", language="fr")
    sent = factories.released_notice(people=[cai]).messages.get()
    cai.language = "en"
    cai.save()

    assert unwrapped(render.of_message(sent).text) == SAYS["fr", "en"]


@pytest.mark.django_db
def test_the_preview_says_it_too():
    notice = factories.notice()

    assert SAYS["de", "en"] in render.preview(notice, person=factories.person(language="de"), now=NOW).html
