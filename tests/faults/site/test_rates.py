"""What an administrator allows, counted where the mail arrives: in no window of its length is there more."""

from bisect import bisect_right

import pytest

from notices.models import DomainLimit, Outlet
from notices.pipeline import outlets
from stakeholders.enums import Channel
from tests.faults.site.promises import announce, kept, settled, under_way
from tests.faults.site.running import CONNECTIONS, PATIENCE

USED = 0.95


@pytest.fixture
def allowed(site):
    """Limits the outlet; two workers share it."""
    with site.inside():
        outlet = outlets.of(Channel.EMAIL)
    site.run("worker-2", "worker")

    def allow(**most: int) -> Outlet:
        with site.inside():
            Outlet.objects.filter(pk=outlet.pk).update(**most)
        return outlet

    yield allow
    allow(per_second=None, per_minute=None)
    site.sql("DELETE FROM notices_domainlimit")
    site.sql("DELETE FROM notices_tally")


def moments(site, sending) -> list[float]:
    whose = set(sending.addresses)
    return sorted(at for recipient, at in site.receiver.server.moments() if recipient in whose)


def most_within(seconds: float, found: list[float]) -> int:
    return max(bisect_right(found, at + seconds) - number for number, at in enumerate(found))


def test_no_second_holds_more_than_is_allowed(site, allowed, results):
    allowed(per_second=20)
    sending = announce(site, 160)

    assert settled(site, sending) == {"sent": 160}

    found = moments(site, sending)
    assert most_within(0.999, found) <= 20
    results(allowed=20, most=most_within(0.999, found), seconds=round(found[-1] - found[0], 1), expected=7)
    kept(site, sending)


@pytest.mark.long
def test_no_minute_holds_more_than_is_allowed_and_what_is_allowed_is_used(site, allowed, results):
    allowed(per_minute=120)
    sending = announce(site, 180)

    assert settled(site, sending, seconds=60 + PATIENCE) == {"sent": 180}

    found = moments(site, sending)
    assert USED * 120 <= most_within(59.99, found) <= 120
    results(allowed=120, most=most_within(59.99, found), seconds=round(found[-1] - found[0], 1), expected=60)
    kept(site, sending)


@pytest.mark.long
def test_a_domain_gets_no_more_than_it_takes_though_a_worker_is_killed(site, allowed, dice, results):
    outlet = allowed(per_second=20)

    def limit(addresses: list[str]) -> None:
        domain = addresses[0].partition("@")[2]
        DomainLimit.objects.create(outlet=outlet, domain=domain, per_second=3, per_minute=60)

    sending = announce(site, 80, before=limit)
    under_way(site, sending, dice.randrange(10, 40))
    site.kill("worker-2")

    assert settled(site, sending, seconds=120 + PATIENCE) == {"sent": 80}

    found = moments(site, sending)
    assert most_within(0.999, found) <= 3
    assert most_within(59.99, found) <= 60
    results(most_a_second=most_within(0.999, found), most_a_minute=most_within(59.99, found))
    kept(site, sending, copies=CONNECTIONS)
