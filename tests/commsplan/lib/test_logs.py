import logging

import pytest

from commsplan.lib.logs import HideLinks


@pytest.mark.parametrize("place", ["m", "rsvp", "answer", "preferences", "unsubscribe", "accounts/password/reset/key"])
def test_no_personal_link_and_no_new_password_gets_into_a_log(place):
    record = logging.LogRecord("web", logging.INFO, "", 0, "Not found: %s", (f"/{place}/4-digh3f-db18ddac39a2/",), None)

    HideLinks().filter(record)

    assert record.getMessage() == f"Not found: /{place}/…/"


def test_no_address_of_a_calendar_gets_into_a_log():
    secret = "commsplan-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_x"
    record = logging.LogRecord("web", logging.INFO, "", 0, f"GET /calendar/{secret}/people/7.ics", (), None)

    HideLinks().filter(record)

    assert record.getMessage() == "GET /calendar/…/people/7.ics"


def test_pages_about_calendars_are_named_in_logs():
    record = logging.LogRecord("web", logging.INFO, "", 0, "GET /calendar/subscribe/", (), None)

    HideLinks().filter(record)

    assert record.getMessage() == "GET /calendar/subscribe/"
