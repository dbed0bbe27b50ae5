"""Passwords and tokens of other services, encrypted at rest."""

import pytest

from commsplan.lib import secrets


@pytest.fixture(autouse=True)
def keys(settings):
    settings.SECRETS_KEYS = ["the first key"]


def test_what_is_encrypted_comes_back():
    assert secrets.decrypt(secrets.encrypt("grün & 1234")) == "grün & 1234"
    assert secrets.decrypt(memoryview(secrets.encrypt("as the database gives it"))) == "as the database gives it"
    assert secrets.decrypt_values(secrets.encrypt_values({"token": "xoxb-1", "name": "Zoë"})) == {
        "token": "xoxb-1",
        "name": "Zoë",
    }


def test_nothing_stored_is_no_values():
    assert secrets.decrypt_values(None) == {}


def test_nothing_of_it_can_be_read_and_no_two_are_alike():
    stored = secrets.encrypt("password")

    assert b"password" not in stored
    assert stored != secrets.encrypt("password")


def test_a_new_key_in_front_still_opens_what_is_stored(settings):
    stored = secrets.encrypt("password")
    settings.SECRETS_KEYS = ["a new key", "the first key"]

    assert secrets.decrypt(stored) == "password"


def test_what_was_rotated_needs_the_former_key_no_longer(settings):
    stored = secrets.encrypt("password")
    settings.SECRETS_KEYS = ["a new key", "the first key"]
    moved = secrets.rotate(stored)
    settings.SECRETS_KEYS = ["a new key"]

    assert secrets.decrypt(moved) == "password"
    with pytest.raises(secrets.CannotDecrypt, match="SECRETS_KEYS"):
        secrets.decrypt(stored)
    with pytest.raises(secrets.CannotDecrypt):
        secrets.rotate(stored)


@pytest.mark.parametrize("stored", [b"", b"nonsense", b"gAAAAA==", bytes(200)])
def test_what_is_damaged_is_said_in_one_sentence(stored):
    with pytest.raises(secrets.CannotDecrypt, match="enter it again"):
        secrets.decrypt(stored)


def test_a_text_is_not_taken_for_values():
    for text in ("no JSON", "[1, 2]"):
        with pytest.raises(secrets.CannotDecrypt):
            secrets.decrypt_values(secrets.encrypt(text))


def test_a_changed_byte_opens_nothing():
    stored = bytearray(secrets.encrypt("password"))
    stored[30] ^= 1

    with pytest.raises(secrets.CannotDecrypt):
        secrets.decrypt(bytes(stored))
