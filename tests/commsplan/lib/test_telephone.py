"""Numbers that all providers of text messages understand."""

import pytest

from commsplan.lib import telephone


@pytest.mark.parametrize(
    ("text", "code", "number"),
    [
        ("+49 151 2345-6789", "", "+4915123456789"),
        ("0049 (151) 23456789", "", "+4915123456789"),
        ("+49 (0)151 23456789", "", "+4915123456789"),
        ("0151/23456789", "+49", "+4915123456789"),
        ("15123456789", "+49", "+4915123456789"),  # the spreadsheet took the zero away
        ("4915123456789", "+49", "+4915123456789"),  # or the sign
        ("391 456 7890", "+39", "+393914567890"),
        ("0612345678", "+39", "+390612345678"),
        ("(555) 010-0199", "+1", "+15550100199"),
        ("+44 7700 900123", "+49", "+447700900123"),
    ],
)
def test_a_number_has_one_form(text, code, number):
    assert telephone.number(text, code=code) == number


@pytest.mark.parametrize(
    "text", ["", "0151 23456789", "+0 151", "+49 15x", "n/a", "+49", "+49 151 2345 6789 0123 4567"]
)
def test_what_reaches_no_phone_is_no_number(text):
    with pytest.raises(telephone.NoNumber, match="with the code of the country"):
        telephone.number(text)


def test_a_missing_code_is_told_from_nonsense():
    said = [
        telephone.has_no_code(text) for text in ("0151 23456789", "+49 1", "ask reception", "12", "0049 151 234567")
    ]

    assert said == [True, False, False, False, False]
