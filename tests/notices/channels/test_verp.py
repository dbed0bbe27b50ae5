import pytest

from notices.channels import verp


@pytest.mark.parametrize("key", [0, 1, 1234, 2**62])
def test_the_envelope_sender_leads_back_to_its_message(key):
    address = verp.make(key, "bounces.example.org")

    assert verp.read(address) == key
    assert verp.read(f"<{address.upper()}>") == key
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bounce+1@x.org",
        "bounce+1.@x.org",
        "bounce+zz.00@x.org",
        "bounce+1.0f@x.org",
        "bounce+1.é@x.org",
        "cai@x.org",
    ],
)
def test_addresses_that_we_did_not_make_lead_nowhere(address):
    assert verp.read(address) is None


def test_a_signature_fits_its_own_message_only():
    assert verp.read(verp.make(1, "x.org").replace("bounce+1.", "bounce+2.")) is None


def test_addresses_signed_with_an_older_key_are_still_read(settings):
    settings.LINK_KEYS = ["old"]
    address = verp.make(7, "x.org")
    settings.LINK_KEYS = ["new", "old"]

    assert verp.read(address) == 7
