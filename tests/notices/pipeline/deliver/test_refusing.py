"""Who refuses for good is written to no more: one domain, or everybody. At a real SMTP server."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from notices.enums import MessageState
from notices.models import DomainTrouble, Message, Outlet, OutletLog
from notices.pipeline import deliver, outlets
from notices.pipeline.deliver import refusing
from notices.pipeline.deliver.refusing import Refusal
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_deliver import released

EMAIL = Channel.EMAIL
POLICY = "550 5.7.1 Recipient address rejected: policy of this domain"
IN_HAND = 2  # on each connection, when the last one of a row is answered
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgets(settings):
    settings.EMAIL_TIMEOUT = 5
    yield
    cache.delete(outlets.HALTED)


@pytest.fixture
def outlet():
    return outlets.of(EMAIL)


def at(domain, number, *, name="p"):
    return [factories.person(email=f"{name}{each}@{domain}") for each in range(number)]


def states(domain):
    return Counter(Message.objects.filter(address__endswith=f"@{domain}").values_list("state", flat=True))


def refuses(mailserver, *domains, line=POLICY, stage="RCPT"):
    def answer(where, value):
        return line if where == stage and value.rpartition("@")[2] in domains else None

    mailserver.answer = answer


def limited(outlet, number):
    Outlet.objects.filter(pk=outlet.pk).update(stop_after=number)
    outlet.refresh_from_db()


def test_25_refusals_of_one_domain_stop_that_domain_and_nobody_else(mailserver, outlet):
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 60), *at("kind.example", 30, name="k"))

    deliver.drain(EMAIL)
    outlet.refresh_from_db()

    assert states("kind.example") == {"sent": 30}
    failed = states("strict.example")["failed"]
    assert 25 <= failed <= 25 + IN_HAND * outlet.connections
    assert states("strict.example") == {"failed": failed, "deferred": 60 - failed}
    assert outlet.stopped_at is None
    trouble = DomainTrouble.objects.get()
    assert (trouble.domain, trouble.stopped_at is not None) == ("strict.example", True)
    reasons = Message.objects.filter(state="deferred").values_list("reason", flat=True)
    assert set(reasons) == {"Nothing goes to this domain: strict.example"}
    assert set(Message.objects.filter(state="deferred").values_list("attempts", flat=True)) == {0}


def test_the_next_notice_reaches_the_others_at_once(mailserver, outlet):
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 30))
    deliver.drain(EMAIL)

    released(*at("strict.example", 5, name="next"), *at("kind.example", 5, name="k"))
    deliver.drain(EMAIL)

    assert states("kind.example") == {"sent": 5}
    assert "next0@strict.example" not in mailserver.recipients
    assert not Message.objects.filter(state__in=["queued", "sending"]).exists()


def test_who_starts_it_again_sends_what_waits(mailserver, outlet, ana):
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 60))
    deliver.drain(EMAIL)
    waiting = states("strict.example")["deferred"]
    refuses(mailserver)

    assert refusing.start(outlet, "strict.example", by=ana, now=timezone.now())
    assert not refusing.start(outlet, "strict.example", by=ana, now=timezone.now())
    deliver.drain(EMAIL)

    assert states("strict.example")["sent"] == waiting > 0
    assert not DomainTrouble.objects.exists()
    assert [entry.kind for entry in OutletLog.objects.order_by("pk")] == ["stopped", "started"]


def test_it_is_said_on_every_page_until_then(mailserver, outlet, ana):
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 30))

    deliver.drain(EMAIL)

    [said] = outlets.halted()
    assert said == "Mail to strict.example is stopped: it refused everything for a while."
    refusing.start(outlet, "strict.example", by=ana, now=timezone.now())
    assert outlets.halted() == []


def test_several_domains_that_refuse_stop_the_outlet(mailserver, outlet):
    refuses(mailserver, "a.example", "b.example", "c.example")
    released(*[factories.person(email=f"p{number}@{'abc'[number % 3]}.example") for number in range(60)])

    drained = deliver.drain(EMAIL)
    outlet.refresh_from_db()

    assert "is stopped" in drained.trouble
    assert "errors in a row. The last one: The mail server answered 550 5.7.1" in outlet.stop_reason
    assert Message.objects.filter(state=MessageState.FAILED).count() <= 25 + IN_HAND * outlet.connections


def test_what_is_about_us_stops_the_outlet_though_one_domain_said_it(mailserver, outlet):
    refuses(mailserver, "only.example", line="550 5.7.1 Client host blocked using zen.spamhaus.org")
    released(*at("only.example", 40))

    deliver.drain(EMAIL)
    outlet.refresh_from_db()

    assert (outlet.is_stopped, DomainTrouble.objects.count()) == (True, 0)
    assert Counter(Message.objects.values_list("state", flat=True))["queued"] > 0


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_letter_that_is_too_large_fails_for_all_and_holds_up_nobody(mailserver, outlet, stage):
    released(*at("kind.example", 60))
    mailserver.answer = lambda where, value: "552 5.3.4 Message size exceeds fixed limit" if where == stage else None

    deliver.drain(EMAIL)
    outlet.refresh_from_db()

    assert states("kind.example") == {"failed": 60}
    assert "The letter is too large" in Message.objects.first().reason
    assert (outlet.stopped_at, outlet.errors_in_row) == (None, 0)
    assert not DomainTrouble.objects.exists()


def test_a_success_at_the_domain_begins_its_row_anew(outlet):
    limited(outlet, 10)
    refusing.told(outlet, [Refusal("a.example", "No.")] * 9, now=NOW)

    refusing.told(outlet, [Refusal("a.example", "No.")] * 9, took={"a.example"}, worked=True, now=NOW)

    assert DomainTrouble.objects.get().errors == 9
    assert DomainTrouble.objects.get().stopped_at is None


def test_a_success_elsewhere_does_not(outlet):
    limited(outlet, 10)
    for _ in range(2):
        refusing.told(outlet, [Refusal("a.example", "No.")] * 5, worked=True, now=NOW)

    assert DomainTrouble.objects.get().stopped_at == NOW
    outlet.refresh_from_db()
    assert (outlet.is_stopped, outlet.errors_in_row) == (False, 5)


def test_one_domain_is_at_most_half_of_what_stops_the_outlet(outlet):
    limited(outlet, 10)

    refusing.told(outlet, [Refusal("a.example", "No.")] * 50, now=NOW)
    assert (outlet.errors_in_row, outlet.is_stopped) == (5, False)
    refusing.told(outlet, [Refusal("b.example", "No.")] * 4, now=NOW)
    assert (outlet.errors_in_row, outlet.is_stopped) == (9, False)
    refusing.told(outlet, [Refusal("c.example", "554 No.")], now=NOW)

    assert outlet.stop_reason == "10 errors in a row. The last one: 554 No."


def test_where_there_are_no_domains_errors_in_a_row_stop_the_outlet(outlet):
    limited(outlet, 3)

    refusing.told(outlet, [Refusal("", "554 You send spam.")] * 2, now=NOW)
    assert not outlet.is_stopped
    refusing.told(outlet, [Refusal("", "554 You send spam.")], now=NOW)

    assert outlets.stopped_because(outlet) == "E-mail is stopped: 3 errors in a row. The last one: 554 You send spam."


def test_a_success_sets_the_count_back(outlet):
    limited(outlet, 3)
    refusing.told(outlet, [Refusal("", "554 Spam.")] * 2, now=NOW)

    refusing.told(outlet, [Refusal("", "554 Spam.")] * 2, worked=True, now=NOW)

    assert not outlet.is_stopped


def test_zero_means_go_on(mailserver, outlet):
    limited(outlet, 0)
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 60))

    deliver.drain(EMAIL)

    assert states("strict.example") == {"failed": 60}
    assert not DomainTrouble.objects.exists()


def test_what_waits_for_a_stopped_domain_is_looked_at_again_within_the_hour(mailserver, outlet):
    """Another outlet may be in use by then."""
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 60))
    deliver.drain(EMAIL)

    latest = Message.objects.filter(state="deferred").latest("not_before").not_before

    assert latest - timezone.now() <= timedelta(hours=1)


def test_a_hundred_thousand_behind_it_are_put_aside_by_one_statement(mailserver, outlet):
    refuses(mailserver, "strict.example")
    released(*at("strict.example", 60))
    limited(outlet, 5)

    drained = deliver.drain(EMAIL)

    assert sum(drained.counts.values()) <= 5 + IN_HAND * outlet.connections
    assert states("strict.example")["deferred"] >= 60 - 5 - IN_HAND * outlet.connections


def test_domains_that_refused_once_and_were_never_written_to_again_are_forgotten(outlet):
    limited(outlet, 10)
    rows = [
        DomainTrouble(outlet=outlet, domain=f"d{number}.example", errors=1) for number in range(refusing.MOST_KNOWN)
    ]
    DomainTrouble.objects.bulk_create(rows)
    DomainTrouble.objects.filter(domain="d1.example").update(errors=2)

    refusing.told(outlet, [Refusal("new.example", "No.")], now=NOW)

    known = refusing.known(outlet)
    assert len(known) == refusing.MOST_KNOWN
    assert {"d0.example", "d1.example", "new.example"} & set(known) == {"d1.example", "new.example"}


def test_what_waits_for_its_own_hour_still_does_when_the_domain_is_started_again(mailserver, outlet, ana):
    refuses(mailserver, "strict.example")
    limited(outlet, 5)
    released(*at("strict.example", 60))
    morning = timezone.now() + timedelta(minutes=30)
    waiting = released(*at("strict.example", 5, name="late")).messages.all()
    waiting.update(not_before=morning, reason="waits for the end of the quiet hours")

    deliver.drain(EMAIL)
    refusing.start(outlet, "strict.example", by=ana, now=timezone.now())

    assert set(waiting.values_list("not_before", flat=True)) == {morning}
