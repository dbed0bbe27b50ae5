from datetime import timedelta

import pytest
from django.core.cache import cache

from commsplan.lib import secrets
from notices.enums import OutletLogKind
from notices.models import Health, Outlet, OutletLog
from notices.pipeline import outlets
from stakeholders.enums import Channel
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgets():
    yield
    cache.delete(outlets.HALTED)


@pytest.fixture
def outlet():
    return outlets.of(Channel.EMAIL)


@pytest.fixture
def fallback(settings):
    settings.EMAIL_FALLBACK_URL = "smtp://second.example:25"
    return outlets.fallback_of(Channel.EMAIL)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def breaks_down(outlet, *, since=0):
    for second in (0, 15, 31):
        outlets.down(outlet, "It cannot be reached.", now=after(since + second))


def log(outlet):
    return list(OutletLog.objects.filter(outlet=outlet).order_by("at", "pk").values_list("kind", flat=True))


def test_mail_always_has_an_outlet_and_other_channels_once_they_are_set_up():
    assert outlets.of(Channel.EMAIL).pk
    assert outlets.of(Channel.SMS).pk is None
    assert outlets.stopped_because(outlets.of(Channel.SMS)) == "Text message is not set up."
    assert list(Outlet.objects.values_list("channel", flat=True)) == [Channel.EMAIL]


def test_access_has_the_secrets_and_the_share_of_connections(outlet):
    outlet.secrets = secrets.encrypt_values({"token": "abc"})

    access = outlets.access(outlet, connections=2)

    assert (access.secrets, access.connections) == ({"token": "abc"}, 2)


def test_the_fallback_takes_over_after_some_tries_and_says_so(outlet, fallback):
    outlets.down(outlet, "No.", now=NOW)
    assert outlets.in_use(Channel.EMAIL, now=NOW) == outlet

    breaks_down(outlet, since=1)

    assert outlets.in_use(Channel.EMAIL, now=after(33)) == fallback
    assert log(outlet) == [OutletLogKind.DOWN, OutletLogKind.FALLBACK]


def test_many_tries_within_a_moment_change_nothing(outlet, fallback):
    for _ in range(20):
        outlets.down(outlet, "No.", now=after(10))

    assert outlets.in_use(Channel.EMAIL, now=after(11)) == outlet


def test_one_worker_a_minute_tries_the_first_one_again(outlet, fallback):
    breaks_down(outlet)

    used = [outlets.in_use(Channel.EMAIL, now=after(second)) for second in (60, 92, 93, 150, 153)]

    assert used == [fallback, outlet, fallback, fallback, outlet]


def test_it_returns_when_the_first_one_works(outlet, fallback):
    breaks_down(outlet)

    outlets.up(outlet, now=after(100))

    assert outlets.in_use(Channel.EMAIL, now=after(101)) == outlet
    assert log(outlet)[-1] == OutletLogKind.UP


def test_that_the_fallback_works_says_nothing_of_the_first_one(outlet, fallback):
    breaks_down(outlet)

    outlets.up(fallback, now=after(40))

    assert outlets.in_use(Channel.EMAIL, now=after(41)) == fallback


def test_without_a_fallback_it_is_tried_on_and_on_and_noted_once(outlet):
    breaks_down(outlet)
    breaks_down(outlet, since=60)

    assert outlets.in_use(Channel.EMAIL, now=after(99)) == outlet
    assert log(outlet) == [OutletLogKind.DOWN]


def test_a_short_trouble_is_not_worth_a_note(outlet):
    outlets.down(outlet, "No.", now=NOW)
    outlets.up(outlet, now=after(5))

    assert (log(outlet), Health.objects.count()) == ([], 0)


def test_stop_and_start_are_noted_with_who_did_it(outlet, ana):
    assert outlets.stop(outlet, by=ana, now=NOW, reason="The relay is on a list.")
    assert not outlets.stop(outlet, by=ana, now=NOW, reason="Again.")
    assert outlets.halted() == ["E-mail is stopped: The relay is on a list."]

    assert outlets.start(outlet, by=ana, now=after(60))

    assert outlets.stopped_because(outlet) == ""
    assert outlets.halted() == []
    assert [(entry.kind, entry.by) for entry in outlet.log.order_by("pk")] == [("stopped", ana), ("started", ana)]


def test_one_switch_stops_everything_that_sends(outlet, fallback, ana):
    assert outlets.stop_everything(by=ana, now=NOW, reason="Wrong audience.")
    assert not outlets.stop_everything(by=ana, now=NOW, reason="Again.")

    said = {outlets.stopped_because(one) for one in (outlet, fallback)}

    assert said == {"Everything that sends is stopped: Wrong audience."}
    assert outlets.start_everything(by=ana, now=after(60))
    assert outlets.stopped_because(outlet) == ""


def test_it_can_be_stopped_and_started_again_and_again(ana):
    for minute in range(3):
        assert outlets.stop_everything(by=ana, now=after(60 * minute), reason="Why not.")
        assert outlets.start_everything(by=ana, now=after(60 * minute + 30))


def test_where_the_first_one_is_stopped_by_hand_the_fallback_does_not_step_in(outlet, fallback, ana):
    outlets.stop(outlet, by=ana, now=NOW, reason="No mail today.")

    assert outlets.stopped_because(outlets.in_use(Channel.EMAIL, now=NOW)) == "E-mail is stopped: No mail today."


def test_whoever_stops_the_first_one_stops_the_channel(outlet, fallback, ana):
    breaks_down(outlet)
    assert outlets.in_use(Channel.EMAIL, now=after(33)) == fallback

    outlets.stop(outlet, by=ana, now=after(34), reason="No mail today.")

    assert outlets.stopped_because(outlets.in_use(Channel.EMAIL, now=after(35))) == "E-mail is stopped: No mail today."
    assert outlets.stopped_because(fallback) == "E-mail is stopped: No mail today."  # whoever holds it hears that, too
    assert outlets.start(outlet, by=ana, now=after(40))
    assert outlets.in_use(Channel.EMAIL, now=after(41)) == fallback


def test_a_first_one_that_stopped_itself_leaves_the_fallback_at_work(outlet, fallback):
    breaks_down(outlet)

    outlets.stop(outlet, by=None, now=after(34), reason="25 errors in a row.")

    assert outlets.in_use(Channel.EMAIL, now=after(100)) == fallback
    assert outlets.stopped_because(fallback) == ""
