import logging

import pytest

from commsplan.lib.logs import HideLinks


@pytest.mark.parametrize("place", ["m", "rsvp", "answer", "preferences", "unsubscribe", "accounts/password/reset/key"])
def test_no_personal_link_and_no_new_password_gets_into_a_log(place):
    record = logging.LogRecord("web", logging.INFO, "", 0, "Not found: %s", (f"/{place}/4-digh3f-db18ddac39a2/",), None)

    HideLinks().filter(record)

    assert record.getMessage() == f"Not found: /{place}/…/"
