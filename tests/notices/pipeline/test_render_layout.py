"""A released layout does not change. When these fail after an update of a library, look at the difference: what people
were sent would no longer render again to the same bytes. Then a new layout goes beside the old one."""

import re
from pathlib import Path

import html5lib
import pytest

from notices.channels import mime
from notices.enums import NoticeKind
from notices.pipeline import render
from notices.pipeline.render import layouts
from stakeholders.enums import Topic
from tests.notices.pipeline.samples import message
from upgrades.enums import Impact, Status

GOLDEN = Path(__file__).parent / "golden"
BODY = """Hello {{ first_name }},

**{{ services }}** will not be available: {{ window }}. Here is [the survey]({{ survey_link }}), and here
https://example.org/help.

## What to do

- {{ action }}
- Ask {{ contact_name }} ({{ contact_email }})

> One more thing: `{{ downtime }}`

| What | How |
|---|---|
| {{ upgrade }} | {{ impact }} |
"""


@pytest.fixture(autouse=True)
def _fixed_links(settings):
    settings.LINK_KEYS = ["a key that never changes"]


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_released_layout_renders_the_same_bytes_for_ever(language):
    envelope = render.of_message(
        message(language=language, body=BODY, survey=True, asks=True, invite=True, zone="America/New_York")
    )
    golden = GOLDEN / f"v1-{language}.eml"

    assert mime.build(envelope) == golden.read_bytes()


@pytest.mark.parametrize("kind", NoticeKind)
def test_mails_are_valid_html(kind):
    for options in ({}, {"survey": True}, {"asks": True}, {"is_list": True}):
        html = render.of_message(message(kind=kind, body=BODY, **options)).html

        html5lib.HTMLParser(strict=True).parse(html)


def test_a_mail_fetches_nothing():
    html = render.of_message(message(body=BODY + "\n![picture](https://example.org/p.png)")).html

    assert re.findall(r"<(?:img|link|script|iframe)\b|url\(|@import|@font-face|\bsrc=", html) == []


def test_a_mail_says_its_language_and_works_in_the_dark():
    html = render.of_message(message(language="fr")).html

    assert '<html lang="fr"' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_no_line_of_text_is_wide():
    text = render.of_message(message(body="word " * 100, zone="America/New_York")).text

    assert [line for line in text.splitlines() if len(line) > 78 and "https://" not in line] == []


def test_a_mail_stays_small():
    assert len(mime.build(render.of_message(message(body=BODY)))) < 40_000  # some readers cut at 100 kB


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_layout_has_every_word_in_every_language(language):
    said = layouts.load("v1").words[language]

    assert shape(said) == shape(layouts.load("v1").words["en"])
    assert said["kind"].keys() == set(NoticeKind)
    assert said["status"].keys() == set(Status)
    assert said["impact"].keys() == {level.name.lower() for level in Impact}
    assert said["unsubscribe"].keys() == set(Topic)


def shape(words):
    return {key: shape(value) for key, value in words.items()} if isinstance(words, dict) else None
