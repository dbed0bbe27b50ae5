import io
import json
import logging
import re
from types import SimpleNamespace

import pytest
import structlog
from celery.signals import before_task_publish
from django_structlog.celery.receivers import CeleryReceiver
from django_structlog.celery.steps import DjangoStructLogInitStep

from commsplan.celery import app
from commsplan.lib import logs
from commsplan.lib.logs import HideLinks
from notices import tasks
from tests.fixtures import effort


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


# Events


def written(kind, say):
    """What one event looks like once it has gone through the handler of the console."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(kind))
    handler.addFilter(HideLinks())
    log = logging.getLogger("tests.logs")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    try:
        say(log)
    finally:
        log.handlers, log.propagate = [], True
        log.setLevel(logging.NOTSET)
    return stream.getvalue()


def test_a_line_with_fields_is_an_event_with_ids():
    with structlog.contextvars.bound_contextvars(request_id="r1", notice=3):
        said = json.loads(written("json", lambda log: log.info("notice filled: notice=%s messages=%s", 5, 40)))

    del said["timestamp"]
    assert said == {
        "event": "notice filled",
        "level": "info",
        "logger": "tests.logs",
        "messages": 40,
        "notice": 5,
        "request_id": "r1",
    }


def test_what_is_given_beside_the_words_is_a_field_unless_it_is_an_object():
    said = json.loads(written("json", lambda log: log.info("rule failed", extra={"rule": "COV001", "request": log})))

    assert (said["event"], said["rule"], "request" in said) == ("rule failed", "COV001", False)


def test_other_words_stay_as_they_are():
    said = json.loads(written("json", lambda log: log.info("stage failed: %s", "messages made")))

    assert said["event"] == "stage failed: messages made"


@pytest.mark.parametrize("kind", ["json", "lines"])
def test_a_traceback_holds_no_link_no_address_and_no_password(kind):
    def say(log):
        try:
            raise ValueError("cai@example.org /m/4-digh3f-db18ddac39a2/ postgres://me:secret@database.example.org/x")
        except ValueError:
            log.exception("message not built: message=%s", 7)

    said = written(kind, say)

    assert "ValueError: …@example.org /m/…/ postgres://…@database.example.org/x" in said
    assert "Traceback" in said
    assert not {"cai", "digh3f", "secret"} & set(re.split(r"\W", said))


def test_fields_hide_what_is_secret_however_deep():
    address = {"to": ["Cai <cai@example.org>"], "count": 2, "nothing": None}

    assert logs.without_secrets(address) == {"to": ["Cai <…@example.org>"], "count": 2, "nothing": None}


def test_an_event_of_structlog_goes_the_same_way(caplog):
    structlog.get_logger("tests.logs").warning("alert opened", key="clock")

    assert [record.msg["event"] for record in caplog.records] == ["alert opened"]


@pytest.mark.django_db
def test_a_request_is_logged_without_what_was_searched_for(client, caplog):
    caplog.set_level(logging.INFO, logger="django_structlog.middlewares.request")

    client.get("/accounts/password/reset/?q=Cai+Carter")

    events = [record.msg for record in caplog.records if record.name.startswith("django_structlog")]
    assert [(one["event"], one["request"], one["code"]) for one in events] == [
        ("request_finished", "GET /accounts/password/reset/", 200)
    ]
    assert len(events[0]["request_id"]) == 36


def test_what_a_request_asks_of_a_worker_has_its_id():
    taken = []

    def take(headers, **_):
        taken.append(headers["__django_structlog__"]["request_id"])

    before_task_publish.connect(take)
    try:
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            tasks.watch.apply_async(expires=1)
    finally:
        before_task_publish.disconnect(take)

    assert taken == ["r1"]


def test_a_worker_goes_on_with_the_id_of_the_request():
    request = SimpleNamespace(__django_structlog__={"request_id": "r1"})

    CeleryReceiver().receiver_task_prerun("t1", SimpleNamespace(name="watch", request=request))
    bound = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()

    assert (bound["request_id"], bound["task_id"]) == ("r1", "t1")
    assert DjangoStructLogInitStep in app.steps["worker"]


@pytest.mark.parametrize("text", ["a" * 200_000, "://" + ":" * 20_000, "a." * 20_000, "/m/" * 20_000])
def test_no_text_holds_a_log_up(text):
    with effort.at_most(1):
        logs.without_secrets(text)
