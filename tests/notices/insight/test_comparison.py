import pytest

from notices.insight import comparison
from notices.insight.comparison import Piece
from tests.fixtures import effort


def said(pieces, *hows) -> str:
    return "".join(piece.text for piece in pieces if piece.how in hows)


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("", "a"), ("a b c", "a c"), ("Mail stops at 2:00.", "Mail and Wi-Fi stop at 3:00."), ("ä\n\nö", "ö")],
)
def test_the_pieces_give_both_texts_back(old, new):
    pieces = comparison.compare(old, new)

    assert (said(pieces, "same", "removed"), said(pieces, "same", "added")) == (old, new)


def test_a_changed_phrase_is_one_piece():
    assert comparison.compare("it will not be there", "it is never there") == [
        Piece("same", "it "),
        Piece("removed", "will not be "),
        Piece("added", "is never "),
        Piece("same", "there"),
    ]


def test_long_unchanged_text_becomes_a_gap():
    text = "word " * 200

    short = comparison.shorten(comparison.compare(f"{text}old", f"{text}new"))

    assert [piece.how for piece in short] == ["gap", "same", "removed", "added"]


def test_versions_that_are_the_same_are_not_told():
    english = {"language": "en", "level": "plain", "subject": "a", "body": "b"}
    german = {"language": "de", "level": "technical", "subject": "c", "body": "d"}

    changes = comparison.of_words([english], [english, german])

    assert [change.title for change in changes] == ["Deutsch, technical: subject", "Deutsch, technical: body"]


def test_facts_are_told_as_people_read_them():
    old = {"milestone:1.start": "2026-03-29T00:30:00+00:00", "milestone:1.downtime": 30, "milestone:1.sequence": 1}
    new = {"milestone:1.start": "2026-04-05T00:30:00+00:00", "milestone:1.downtime": None, "milestone:1.sequence": 2}

    changes = comparison.of_facts(old, new, zone="Europe/Berlin")

    assert [(change.title, [piece.text for piece in change.pieces]) for change in changes] == [
        ("Expected downtime", ["30 minutes"]),
        (
            "Start",
            [
                "Sunday 29 March 2026, 01:30 Europe/Berlin (CET)",
                "Sunday 5 April 2026, 02:30 Europe/Berlin (CEST)",
            ],
        ),
    ]


def test_the_same_few_words_everywhere_cost_no_minutes():
    old, new = "{{ " * 6000, " }}" * 5000 + "{{ " * 1000
    with effort.at_most(5):
        pieces = comparison.compare(old, new)

    assert "".join(piece.text for piece in pieces if not piece.is_removed) == new
