"""Everything that readers see is there in every language."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from feedback import scales
from tests.portal import messages

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def catalog(language):
    with (Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def all_of(text) -> list[str]:
    return list(text) if isinstance(text, tuple | list) else [text]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_no_translation_is_left_over(language):
    found = {message.id: message for message in catalog(language) if message.id}

    assert set(found) == messages.wanted()
    assert [message.id for message in found.values() if message.fuzzy or not all(all_of(message.string))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_print_what_the_original_prints(language):
    for message in catalog(language):
        wanted = set(PLACEHOLDER.findall(all_of(message.id)[0])) if message.id else set()
        for said in all_of(message.string) if message.id else []:
            assert set(PLACEHOLDER.findall(said)) == wanted, message.id


def test_translations_are_compiled():
    """`pybabel compile -d locale -D django`, which is part of the set-up."""
    with translation.override("de"):
        assert translation.gettext(scales.AGREEMENT[4][1]) == "Stimme voll zu"
    with translation.override("fr"):
        assert translation.gettext("Whom to ask") == "À qui s’adresser"


def test_the_extraction_finds_what_it_looks_for():
    template = (
        '{% translate "One" %}{% blocktranslate trimmed count number=n %}\n {{ number }} a'
        "{% plural %}{{ number }} b{% endblocktranslate %}"
    )

    assert messages.of_template(template, "x.html") == {"One", ("%(number)s a", "%(number)s b")}
    assert messages.of_python('x = _("Two"), ngettext("a", "b", 1), translation.gettext("Three")') == {
        "Two",
        ("a", "b"),
        "Three",
    }
