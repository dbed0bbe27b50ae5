"""What is sent during a fault, and the one check of what must hold after it, counted at the receiving server."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone

from notices.pipeline import approve, outlets
from stakeholders.models import Person
from tests import factories
from tests.faults.site.running import PATIENCE, Site, until

WORDS = [{"language": "en", "level": "plain", "subject": "Mail stops", "body": "Hello {{ first_name }}: {{ window }}."}]
OPEN = ("queued", "sending", "deferred")
_numbers = count(1)


@dataclass(frozen=True)
class Sending:
    """`nobody`: who must never hear anything, because theirs is a draft, too late or cancelled."""

    notice: int
    addresses: list[str]
    nobody: list[str]


@dataclass(frozen=True)
class Kept:
    sent: int
    copies: int


def announce(site: Site, people: int, *, before: Callable[[list[str]], object] = len, **fields) -> Sending:
    """An approved notice to so many, due now: the clock of the site does the rest. And beside it, what must not go.
    `before` it can begin: is called with all addresses. The clock sees all of it at once, or nothing."""
    with site.inside(), transaction.atomic():
        domain = f"sending{next(_numbers)}.example"
        everybody = Person.objects.bulk_create(
            Person(name=f"Reader {number}", email=f"reader{number}@{domain}") for number in range(people)
        )
        nobody = Person.objects.bulk_create(
            Person(name=f"Nobody {number}", email=f"nobody{number}@{domain}") for number in range(3)
        )
        before([one.email for one in everybody])
        now = timezone.now()
        on = factories.milestone(start=now + timedelta(days=14), end=now + timedelta(days=14, hours=4))
        _temptations(on, nobody)
        values = {"send_at": now, "words": WORDS} | fields
        notice = factories.approved_notice(on, people=everybody, now=now, **values)
        return Sending(notice.pk, [one.email for one in everybody], [one.email for one in nobody])


def _temptations(on, nobody: list[Person]) -> None:
    now = timezone.now()
    long_ago = now - timedelta(days=2)
    factories.notice(on, people=nobody[:1], send_at=now, words=WORDS, needs_approval=True)
    factories.approved_notice(on, people=nobody[1:2], send_at=long_ago, now=long_ago, words=WORDS)
    off = factories.approved_notice(on, people=nobody[2:], send_at=now, now=now, words=WORDS)
    approve.cancel(off, by=off.author, reason="Not needed.", now=now)


@contextmanager
def standstill(site: Site) -> Iterator[None]:
    """Nothing is sent until the end of this."""
    with site.inside():
        outlets.stop_everything(by=factories.account(), now=timezone.now(), reason="A test prepares something.")
    yield
    site.sql("UPDATE notices_standstill SET ended_at = now(), ended_by_id = by_id WHERE ended_at IS NULL")


def under_way(site: Site, sending: Sending, at_least: int) -> None:
    """Returns in the middle of it."""
    whose = set(sending.addresses)
    until(
        lambda: (
            site.receiver.server.count() >= at_least
            and sum(recipient in whose for recipient, _ in site.arrived()) >= at_least
        ),
        what=lambda: f"{at_least} mails have arrived; now {site.states(sending.notice)}",
    )


def ticks_on(site: Site) -> None:
    """Three times, so whatever wanted to leave has left."""
    [(first,)] = site.sql("SELECT number FROM notices_heartbeat")
    until(lambda: site.sql("SELECT number FROM notices_heartbeat")[0][0] > first + 2, what="the clock goes on")


def settled(site: Site, sending: Sending, *, seconds: float = PATIENCE, hurried: bool = False) -> Counter[str]:
    """Waits until each message has come to an end. `hurried`: nothing waits for its next attempt."""

    def is_over() -> bool:
        if hurried:
            site.time_passes()
        states = site.states(sending.notice)
        return bool(states) and not any(states[one] for one in OPEN)

    until(is_over, seconds, what=lambda: f"all of {sending.notice} came to an end: {site.states(sending.notice)}")
    return site.states(sending.notice)


def kept(site: Site, sending: Sending, *, copies: int = 0) -> Kept:
    """Raises if one of the promises was not kept. `copies`: so many could not be avoided, and no more are forgiven."""
    rows = dict(site.sql(ROWS, sending.notice))
    arrived = site.arrived()
    assert not {recipient for recipient, _ in arrived} & set(sending.nobody), "Something unwanted went out."

    assert rows.keys() == set(sending.addresses), "The states do not add up to the audience."
    assert not site.sql(UNAPPROVED, sending.notice), "Something went out that was not what was approved."
    mails = [(recipient, key) for recipient, key in arrived if recipient in rows]
    each = Counter(recipient for recipient, _ in mails)
    told = {address for address, state in rows.items() if state == "sent"}
    assert not told - each.keys(), f"Sent, says the database, but not arrived: {sorted(told - each.keys())[:5]}"
    assert not each.keys() - told, f"Arrived, and the database does not know: {sorted(each.keys() - told)[:5]}"
    assert len(set(mails)) == len(each), "A copy had another Message-ID."
    more = len(mails) - len(each)
    assert more <= copies, f"{more} copies, and {copies} could not be avoided: {each.most_common(5)}"
    return Kept(len(told), more)


ROWS = """
SELECT person.email, message.state FROM notices_message message
JOIN stakeholders_person person ON person.id = message.person_id WHERE notice_id = %s
"""
UNAPPROVED = """
SELECT message.id FROM notices_message message
JOIN notices_notice notice ON notice.id = message.notice_id
LEFT JOIN notices_variant variant ON variant.id = message.variant_id
WHERE notice.id = %s AND message.state = 'sent' AND variant.revision_id IS DISTINCT FROM notice.approved_revision_id
"""
