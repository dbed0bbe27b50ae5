import pytest

from commsplan.lib import search


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Ana", "'Ana':*"),
        ("  ana   abel ", "'ana':* & 'abel':*"),
        ("", ""),
        ("'!&|()<>:*\\", ""),
        ("o'neill", "'o':* & 'neill':*"),
        ("a\x00b", "'ab':*"),
        ("Müller-Lüdenscheidt", "'Müller-Lüdenscheidt':*"),
    ],
)
def test_every_word_becomes_a_prefix_and_no_operator_gets_through(typed, query):
    assert search.prefixes(typed) == query
