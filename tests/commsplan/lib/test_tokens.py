import pytest

from commsplan.lib import tokens
from commsplan.lib.tokens import BadToken


@pytest.mark.parametrize("pk", [0, 1, 2**63 - 1])
def test_a_token_carries_its_id(pk):
    assert tokens.read("message", tokens.make("message", pk)) == pk


def test_a_token_is_safe_in_an_address_and_always_the_same():
    token = tokens.make("message", 7)

    assert token == tokens.make("message", 7)
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(token) == 38


def test_a_token_for_one_purpose_does_not_serve_another():
    with pytest.raises(BadToken, match="not valid"):
        tokens.read("unsubscribe", tokens.make("survey", 7))


def test_a_token_of_another_installation_is_refused():
    with pytest.raises(BadToken, match="not valid"):
        tokens.read("message", tokens.make("message", 7, key="another key"))


def test_tokens_of_a_former_key_are_still_read_and_never_made(settings):
    former = tokens.make("message", 7, key="former")
    settings.LINK_KEYS = ["current", "former"]

    assert tokens.read("message", former) == 7
    assert tokens.make("message", 7) == tokens.make("message", 7, key="current") != former


@pytest.mark.parametrize("place", range(0, 38, 5))
def test_one_changed_character_spoils_a_token(place):
    token = tokens.make("message", 7)
    other = "A" if token[place] != "A" else "B"

    with pytest.raises(BadToken):
        tokens.read("message", token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("damaged", ["", "x", "%%%", "ä", "A" * 37, "A" * 39, "A" * 4000])
def test_damaged_tokens_are_refused_and_crash_nothing(damaged):
    with pytest.raises(BadToken):
        tokens.read("message", damaged)


def test_a_token_has_one_spelling_only():
    token = tokens.make("message", 7)

    for other in (token + "=", token + "A", f" {token}", token[:-1] + chr(ord(token[-1]) + 1)):
        with pytest.raises(BadToken):
            tokens.read("message", other)
