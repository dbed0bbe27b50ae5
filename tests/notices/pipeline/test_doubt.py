"""What may have left without being recorded as sent says so, whatever becomes of it."""

from datetime import timedelta

import pytest

from notices.enums import TOPIC_OF, NoticeKind
from notices.models import Message, Notice
from notices.models.outbox import DOUBT
from notices.pipeline import approve, outbox
from notices.pipeline.outbox import nowhere
from stakeholders.enums import Channel
from tests import factories
from tests.notices.pipeline.test_outbox import EMAIL, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def lost() -> None:
    """A worker dies with everything in its hands."""
    outbox.claim(EMAIL, limit=10, now=NOW)
    factories.leases_end()
    outbox.sweep()


def unconfirmed() -> None:
    """The mail server takes everything and says nothing; then it refuses it for now."""
    for reason, unknown in [("No answer.", True), ("Try again later.", False)]:
        for row in outbox.claim(EMAIL, limit=10, now=NOW):
            outbox.record(outbox.later(row, until=NOW, reason=reason, unknown=unknown))


def refused() -> None:
    for row in outbox.claim(EMAIL, limit=10, now=NOW):
        outbox.record(outbox.later(row, until=NOW, reason="Try again later."))


def claim() -> list[outbox.Claimed]:
    return outbox.claim(EMAIL, limit=10, now=NOW) or outbox.claim_suspects(EMAIL, limit=10, now=NOW)


def end() -> tuple[str, str]:
    return Message.objects.values_list("state", "reason").get()


BEFORE = pytest.mark.parametrize(
    ("before", "doubt"), [(lost, DOUBT), (unconfirmed, DOUBT), (refused, ""), (lambda: None, "")]
)


@BEFORE
def test_what_is_cancelled(cai, before, doubt):
    notice = factories.released_notice(people=[cai])
    before()

    approve.cancel(notice, by=notice.author, reason="It does not happen.", now=NOW)

    assert end() == ("cancelled", f"It does not happen.{doubt}")


@BEFORE
def test_what_is_left_out_when_its_turn_comes(cai, before, doubt):
    factories.released_notice(people=[cai], kind=NoticeKind.NEWS)
    before()
    cai.opt_out(TOPIC_OF[NoticeKind.NEWS])

    assert not claim()

    state, reason = end()
    assert state == "skipped"
    assert reason.endswith(DOUBT) == bool(doubt)


@BEFORE
def test_what_is_refused_for_good(cai, before, doubt):
    factories.released_notice(people=[cai])
    before()

    outbox.record(outbox.failed(claim()[0], reason="550 Not wanted"))

    assert end() == ("failed", f"550 Not wanted{doubt}")


@BEFORE
def test_what_is_sent_in_the_end_leaves_no_doubt(cai, before, doubt):
    factories.released_notice(people=[cai])
    before()

    outbox.record(outbox.sent(claim()[0], digest=b"x" * 32, answer="250 Ok", now=NOW))

    assert end() == ("sent", "")
    assert Message.objects.get().answer == "250 Ok"


@BEFORE
def test_what_a_person_tries_again_keeps_its_doubt(cai, ben, before, doubt):
    notice = factories.released_notice(people=[cai])
    before()
    outbox.record(outbox.failed(claim()[0], reason="550 Not wanted"))

    outbox.retry_failed(notice, by=ben, now=NOW, with_doubtful=True)
    outbox.record(outbox.failed(claim()[0], reason="554 Still not wanted"))

    assert end() == ("failed", f"554 Still not wanted{doubt}")


@BEFORE
def test_what_may_have_arrived_is_tried_again_only_when_a_person_wants_that(cai, ben, before, doubt):
    notice = factories.released_notice(people=[cai])
    before()
    outbox.record(outbox.failed(claim()[0], reason="550 Not wanted"))

    outbox.retry_failed(notice, by=ben, now=NOW)

    assert end() == (("failed", f"550 Not wanted{doubt}") if doubt else ("queued", ""))


def test_a_channel_that_nobody_has_set_up_does_not_deny_what_may_have_arrived():
    person = factories.person()
    factories.address(person, Channel.SMS, "+491701")
    notice = factories.released_notice(people=[person], channels=[Channel.SMS])
    notice.messages.update(losses=1)

    nowhere.end(now=NOW + timedelta(hours=1))

    assert end() == ("failed", nowhere.reason(Channel.SMS) + DOUBT)


def test_a_long_reason_leaves_room_for_the_doubt(cai):
    notice = factories.released_notice(people=[cai])
    lost()
    Notice.objects.filter(pk=notice.pk).update(state="cancelled", reason="x" * 300)

    claim()

    assert end()[1] == "x" * (300 - len(DOUBT)) + DOUBT
