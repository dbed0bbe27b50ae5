"""Numbers of telephones in the one form that all providers understand (E.164): +4915123456789."""

import re

NUMBER = re.compile(r"\+[1-9]\d{6,14}")
CODE = re.compile(r"\+[1-9]\d{0,2}")
SPACING = re.compile(r"[\s().\-/\u2010-\u2015\u200e\u202a-\u202e]")
TRUNK = re.compile(r"^(\+\d+?)\(0\)")  # as people write it: +49 (0) 151
KEEPS_ZERO = ("+39", "+378")  # countries whose numbers begin with a zero that stays
NATIONAL = 10  # digits; a longer number that begins with the code of the country has it already


class NoNumber(ValueError):
    """The text says what to do."""


def number(text: str, *, code: str = "") -> str:
    """`code`: of the country of numbers that have none, as in “+49”."""
    plain = TRUNK.sub(r"\1", re.sub(r"\s", "", text.strip()))
    plain = SPACING.sub("", plain)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    if code and plain.isascii() and plain.isdecimal():
        plain = _with_code(plain, code)
    if not NUMBER.fullmatch(plain):
        raise NoNumber("Enter the number with the code of the country, like +49 151 23456789.")
    return plain


def _with_code(plain: str, code: str) -> str:
    if plain.startswith(code[1:]) and len(plain) > NATIONAL:
        return f"+{plain}"
    return f"{code}{plain if code in KEEPS_ZERO else plain.removeprefix('0')}"


def has_no_code(text: str) -> bool:
    """It is a number, but nobody knows of which country."""
    plain = SPACING.sub("", text)
    return plain.isascii() and plain.isdecimal() and len(plain) > 5 and not plain.startswith("00")
