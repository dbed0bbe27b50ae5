"""What the logs say of one notice can be found by its id, whoever writes it."""

import io
import json
import logging

import pytest

from commsplan.lib import logs
from notices.models import Notice
from notices.pipeline import approve, outbox
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def events():
    """Everything that the application says, as events."""
    stream, log = io.StringIO(), logging.getLogger("notices")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.setLevel(before)


def due(ana, ben, cai) -> Notice:
    notice = factories.notice(author=ana, people=[cai], send_at=NOW)
    approve.approve(notice, revision=approve.submit(notice, by=ana, now=NOW), by=ben, now=NOW)
    return notice


def test_what_is_said_while_a_notice_is_filled_names_it_and_its_upgrade(events, ana, ben, cai):
    notice = due(ana, ben, cai)

    outbox.fill_due(now=NOW)

    said = [(one["event"], one["notice"], one["upgrade"]) for one in events()]
    assert said == [("notice filled", notice.pk, notice.upgrade_id)]


def test_a_later_event_does_not_carry_the_name_of_a_notice_before_it(events, ana, ben, cai):
    due(ana, ben, cai)
    outbox.fill_due(now=NOW)

    logging.getLogger("notices").info("something else")

    assert "notice" not in events()[-1]
