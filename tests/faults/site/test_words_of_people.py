"""Somebody says something while it is being sent. What has not left stays here."""

import pytest
from django.utils import timezone

from notices.enums import TOPIC_OF, NoticeKind
from notices.models import Message, Notice
from notices.pipeline import approve, outlets
from notices.pipeline.coming_back import receipts
from stakeholders.models import Person
from tests import factories
from tests.faults.site.promises import announce, kept, settled, standstill, ticks_on, under_way
from tests.faults.site.running import until

SLOW = 0.01


def test_what_is_cancelled_during_the_send_stays_unsent(site, results):
    site.receiver.server.slow(SLOW)
    sending = announce(site, 600)
    under_way(site, sending, 30)

    with site.inside():
        notice = Notice.objects.get(pk=sending.notice)
        approve.cancel(notice, by=notice.author, reason="It does not happen.", now=timezone.now())

    states = settled(site, sending)
    assert states["cancelled"] > 0
    assert states["sent"] + states["cancelled"] == 600
    results(sent=states["sent"], not_sent=states["cancelled"], copies=kept(site, sending).copies)


@pytest.mark.parametrize(
    "how", ["opts out", *(pytest.param(one, marks=pytest.mark.long) for one in ("leaves", "bounces"))]
)
def test_who_opts_out_leaves_or_bounces_during_the_send_gets_nothing_more(site, how, results):
    site.receiver.server.slow(SLOW)
    with standstill(site):
        sending = announce(site, 600, kind=NoticeKind.NEWS)
        people = last_of(site, sending)
    under_way(site, sending, 20)

    with site.inside():
        for person in people:
            say(person, how)

    states = settled(site, sending)
    assert states == {"sent": 580, "skipped": 20}
    assert not {one.email for one in people} & {recipient for recipient, _ in site.arrived()}
    results(not_sent=20, copies=kept(site, sending).copies)


def last_of(site, sending) -> list[Person]:
    """Those whose turn comes last, each with a message of another notice that was sent long ago."""
    until(lambda: site.states(sending.notice)["queued"] == 600, what="it waits")
    with site.inside():
        last = Message.objects.filter(notice=sending.notice).order_by("-pk")[:20]
        people = list(Person.objects.filter(pk__in=[one.person_id for one in last]))
        before = factories.released_notice(people=people)
        before.messages.update(state="failed", reason="Long ago.")
        return people


def say(person: Person, how: str) -> None:
    if how == "opts out":
        person.opt_out(TOPIC_OF[NoticeKind.NEWS])
    elif how == "leaves":
        Person.objects.filter(pk=person.pk).update(archived_at=timezone.now())
    else:
        earlier = person.messages.latest("pk")
        receipts.bounce(earlier, permanent=True, detail="5.1.1", now=timezone.now())


def test_the_stop_of_everything_holds_what_waits_until_somebody_lets_it_go(site, results):
    site.receiver.server.slow(SLOW)
    sending = announce(site, 400)
    under_way(site, sending, 30)

    with site.inside():
        by = factories.account()
        outlets.stop_everything(by=by, now=timezone.now(), reason="Wrong words.")
    before = site.receiver.server.count()
    until(lambda: site.states(sending.notice)["sending"] == 0, what="nothing is in anybody's hands")
    held = site.states(sending.notice)
    ticks_on(site)

    assert site.states(sending.notice) == held
    left_after = site.receiver.server.count() - before
    assert held["queued"] > 0
    with site.inside():
        outlets.start_everything(by=by, now=timezone.now())
    assert settled(site, sending) == {"sent": 400}
    results(held=held["queued"], left_after_it=left_after, copies=kept(site, sending).copies)
