"""Reading grades against texts whose sentences, words and syllables were counted by hand."""

import pytest

from commsplan.lib import reading

ENGLISH = (
    "We will move your mail to the new server on Sunday. "
    "You can not read or send mail while we work. "
    "When you come back on Monday, your mail and your calendar will be there."
)
GERMAN = (
    "Am Sonntag ziehen wir Ihre Post auf einen neuen Server um, und Sie können in dieser Zeit nichts lesen. "
    "Am Montag finden Sie Ihre Nachrichten und Termine dort, wo sie waren."
)
FRENCH = (
    "Dimanche, nous déplaçons votre messagerie sur un nouveau serveur et vous ne pourrez pas lire vos messages. "
    "Lundi matin, tous vos messages et vos rendez-vous seront à leur place habituelle, comme avant."
)


def counts(text, language):
    found = reading.read(reading.blocks(text), language=language).counts
    return found.sentences, found.words, found.syllables, found.long_words, found.many_syllables, found.one_syllable


def test_english_by_hand():
    """Words 11 + 10 + 14. Syllables 13 (ser-ver, Sun-day) + 10 + 17 (Mon-day, cal-en-dar)."""
    assert counts(ENGLISH, "en") == (3, 35, 40, 1, 1, 31)
    # 0.39 · 35 / 3 + 11.8 · 40 / 35 − 15.59 = 4.55 + 13.49 − 15.59
    assert reading.read([ENGLISH], language="en").grade == 2.4


def test_german_by_hand():
    """Words 19 + 12. Syllables: Am 1 Sonn-tag 2 zie-hen 2 wir 1 Ih-re 2 Post 1 auf 1 ei-nen 2 neu-en 2 Ser-ver 2 um 1
    und 1 Sie 1 kön-nen 2 in 1 die-ser 2 Zeit 1 nichts 1 le-sen 2 = 28; Am 1 Mon-tag 2 fin-den 2 Sie 1 Ih-re 2
    Nach-rich-ten 3 und 1 Ter-mi-ne 3 dort 1 wo 1 sie 1 wa-ren 2 = 20. Long: Sonntag, Nachrichten, Termine."""
    assert counts(GERMAN, "de") == (2, 31, 48, 3, 2, 16)
    # 0.1935 · 6.45 + 0.1672 · 15.5 + 0.1297 · 9.68 − 0.0327 · 51.61 − 0.875 = 1.248 + 2.592 + 1.255 − 1.688 − 0.875
    assert reading.read([GERMAN], language="de").grade == 2.5


def test_french_by_hand():
    """Words 17 + 15. Long: Dimanche, déplaçons, messagerie, nouveau, serveur, pourrez, messages; messages,
    rendez-vous, habituelle."""
    found = reading.read([FRENCH], language="fr")

    assert (len(found.sentences), found.words, found.counts.long_words) == (2, 32, 10)
    # LIX = 32 / 2 + 100 · 10 / 32 = 16 + 31.25 = 47.25, between 44 (grade 8) and 48 (grade 9)
    assert found.grade == 8.8


@pytest.mark.parametrize(
    ("word", "language", "number"),
    [
        ("unavailable", "en", 5),
        ("services", "en", 3),
        ("changed", "en", 1),
        ("create", "en", 2),
        ("science", "en", 2),
        ("the", "en", 1),
        ("Zeitfenster", "de", 3),
        ("Information", "de", 5),
        ("geöffnet", "de", 3),
        ("Mitarbeiterinnen", "de", 6),
    ],
)
def test_syllables(word, language, number):
    assert reading.syllables(word, language) == number


def test_a_short_text_is_not_judged():
    assert reading.read(["Mail stops on Sunday. It is back on Monday."], language="en").grade is None


def test_marks_links_and_addresses_are_not_read():
    text = "## When\n\n**Mail** stops: see the [status page](https://status.org/x), or write to help@desk.org.\n"

    assert reading.blocks(text) == ["When", "Mail stops: see the status page, or write to ."]


def test_items_of_a_list_are_sentences_of_their_own():
    found = reading.read(reading.blocks("Please:\n\n- close your mail\n- save your work\n1. go home"), language="en")

    assert [one.text for one in found.sentences] == ["Please:", "close your mail", "save your work", "go home"]


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("Ask Dr. Reid or the desk, e.g. Ana. They know.", "en", 2),
        ("Es geht am 3. Mai los, z. B. im Haus. Bitte warten.", "de", 2),
        ("Écrivez à M. Petit. Il répond.", "fr", 2),
        ("It starts at 8 p.m. on Sunday.", "en", 1),
    ],
)
def test_an_abbreviation_ends_no_sentence(text, language, number):
    assert len(reading.read([text], language=language).sentences) == number


def test_a_greeting_is_no_sentence():
    assert [one.text for one in reading.read(["Hello Cai,", "It starts."], language="en").sentences] == ["It starts."]


def test_the_longest_sentences_come_first():
    found = reading.read(["One two. One two three four. One."], language="en")

    assert [one.words for one in found.longest(2)] == [4, 2]


@pytest.mark.parametrize(("index", "grade"), [(34, 5), (44, 8), (46, 8.5), (57, 12), (80, 13)])
def test_lix_becomes_a_grade(index, grade):
    assert reading.grades.grade_of_lix(index) == grade
