"""A look once a minute: the reading, the alerts, the mails."""

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import secrets
from notices.enums import MessageState, NoticeState
from notices.models import Alert, DomainTrouble, Health, Heartbeat, Incoming, Message, Notice, Outlet, Reading
from notices.operations import alerts, figures, overview, readings, remedies, signs, telling, watching
from notices.operations.drawing import SPANS
from notices.pipeline import outlets
from notices.pipeline.deliver import refusing
from notices.pipeline.deliver.refusing import Refusal
from notices.pipeline.outbox import nowhere, sweeping
from stakeholders.enums import Channel
from tests import factories
from tests.fixtures.webserver import Response, WebServer

NOW = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_signs():
    cache.clear()


@pytest.fixture
def olga():
    return factories.account("Olga Operator", role=Role.ADMINISTRATOR, email="olga@example.org")


def beat(*, ago=timedelta(0), now=NOW):
    Heartbeat.objects.update_or_create(pk=1, defaults={"number": 1, "at": now - ago})


def queued(count=1, *, since=NOW, state=MessageState.QUEUED, **fields):
    """Messages of a released notice that could leave since then."""
    notice = factories.approved_notice()
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.RELEASED, released_at=NOW, **fields)
    people = [factories.person() for _ in range(count)]
    return Message.objects.bulk_create(
        Message(
            notice=notice,
            person=person,
            channel=Channel.EMAIL,
            state=state,
            address=person.email,
            not_before=since,
            created_at=since,
            lease_until=NOW if state == MessageState.SENDING else None,
        )
        for person in people
    )


def opened():
    return sorted(Alert.objects.filter(ended_at=None).values_list("key", flat=True))


# Readings


def test_two_who_look_in_one_minute_write_one_reading():
    beat()

    assert [watching.look(now=NOW), watching.look(now=NOW + timedelta(seconds=5))] == [True, False]

    assert [one.at for one in Reading.objects.order_by("at")] == [NOW.replace(second=0)]


def test_the_next_minute_is_read_again():
    beat()

    assert [watching.look(now=NOW), watching.look(now=NOW + MINUTE)] == [True, True]

    assert Reading.objects.count() == 2


def test_a_reading_says_what_waits_and_how_the_clock_is():
    beat(ago=timedelta(seconds=7))
    queued(3, since=NOW - timedelta(minutes=2))
    queued(1, state=MessageState.DEFERRED, since=NOW + MINUTE)
    queued(1, state=MessageState.SENDING)

    watching.look(now=NOW)

    values = Reading.objects.get().values
    assert values["depth"] == {"deferred:email": 1, "queued:email": 3, "sending:email": 1}
    assert (values["queue"], values["ages"], values["lag"], values["drift"]) == (5, {"email": 120}, 7.0, 0)


def test_what_drains_count_in_a_minute_is_added_up():
    readings.count("email", {"sent": 3, "failed": 1, "lost": 5}, now=NOW)
    readings.count("email", {"sent": 2}, now=NOW + timedelta(seconds=9))
    readings.count("sms", {"sent": 1}, now=NOW)

    assert Reading.objects.get().values == {
        "sent": 6,
        "sent:email": 5,
        "failed": 1,
        "failed:email": 1,
        "sent:sms": 1,
    }


def test_nothing_counted_writes_nothing():
    readings.count("email", {}, now=NOW)

    assert not Reading.objects.exists()


def test_totals_lose_nothing_however_often_somebody_looks():
    beat(now=NOW + 10 * MINUTE)
    for minute in range(10):
        readings.count("email", {"sent": 10}, now=NOW + minute * MINUTE)
        if minute not in (3, 4, 5):
            watching.look(now=NOW + minute * MINUTE + timedelta(seconds=20))
    late = NOW + 9 * MINUTE + timedelta(seconds=39)
    readings.count("email", {"sent": 1}, now=late)

    last = readings.last(before=late)

    assert readings.totals(last, now=late) == {"sent": 101, "sent:email": 101}
    assert last.values["sums"] == {"sent": 80, "sent:email": 80}


def test_what_came_back_is_counted_once():
    beat()
    watching.look(now=NOW)
    Incoming.objects.create(digest="1", source="pipe", kind="bounce", at=NOW + timedelta(seconds=30))
    Incoming.objects.create(digest="2", source="pipe", kind="auto_reply", at=NOW + timedelta(seconds=30))

    watching.look(now=NOW + MINUTE)
    watching.look(now=NOW + 2 * MINUTE)

    values = [one.values["returned"] for one in Reading.objects.order_by("at")]
    assert values == [0, 1, 0]


def test_readings_are_kept_for_14_days():
    beat()
    for days in (13, 15):
        Reading.objects.create(at=NOW - timedelta(days=days), values={"queue": 1})

    watching.look(now=NOW)

    assert [one.at for one in Reading.objects.order_by("at")] == [NOW - timedelta(days=13), NOW.replace(second=0)]


def test_the_course_is_drawn_from_one_statement(django_assert_num_queries):
    for minute in range(120):
        values = {"queue": minute, "sent": 6, "lag": 2.5}
        Reading.objects.create(at=NOW.replace(second=0) - minute * MINUTE, values=values)

    with django_assert_num_queries(1):
        since = NOW - timedelta(hours=1)
        points, counted = readings.course(since=since, step=timedelta(minutes=10), minutes=15, now=NOW)

    assert counted == {"sent": 15 * 6, "returned": 0}
    assert {(one.sent, one.lag) for one in points} == {(6.0, 2.5)}
    assert len(points) == 7


def test_what_came_back_a_moment_ago_is_counted_before_anybody_looks():
    for ago in (timedelta(seconds=1), 14 * MINUTE, 16 * MINUTE):
        Incoming.objects.create(digest=f"{ago}", source="pipe", kind="bounce", at=NOW - ago)
    Incoming.objects.create(digest="another", source="pipe", kind="auto_reply", at=NOW)

    _, counted = readings.course(since=NOW - timedelta(hours=1), step=MINUTE, minutes=15, now=NOW)

    assert (counted, Reading.objects.count()) == ({"returned": 2}, 0)


# Alerts


def test_all_is_well_without_a_word(olga, mailoutbox):
    beat()

    watching.look(now=NOW)

    assert (opened(), mailoutbox) == ([], [])


def test_a_clock_that_stands_still_is_told_once_at_the_beginning_once_a_day_and_once_at_the_end(olga, mailoutbox):
    beat(ago=timedelta(minutes=2))
    watching.look(now=NOW)
    for minute in range(1, 5):
        watching.look(now=NOW + minute * MINUTE)
    assert [mail.to for mail in mailoutbox] == [["olga@example.org"]]
    assert mailoutbox[0].subject == ("[CommsPlan] The clock has not ticked for 2 minutes: nothing new goes out")

    tomorrow = NOW + timedelta(days=1)
    watching.look(now=tomorrow)
    watching.look(now=tomorrow + MINUTE)
    assert len(mailoutbox) == 2

    beat(now=tomorrow + 2 * MINUTE)
    for minute in range(2, 12):
        beat(now=tomorrow + minute * MINUTE)
        watching.look(now=tomorrow + minute * MINUTE)
    assert len(mailoutbox) == 3
    assert mailoutbox[2].subject.startswith("[CommsPlan] Over: The clock has not ticked")
    assert opened() == []


def test_a_mail_says_what_to_do_and_where_to_look(olga, mailoutbox):
    beat(ago=timedelta(minutes=2))

    watching.look(now=NOW)

    words = mailoutbox[0].body
    assert "What to do: Start the processes “beat” and “clock” again" in words
    assert "http://testserver/operations/" in words
    assert mailoutbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_setting_says_who_hears(olga, mailoutbox, settings):
    settings.ALERT_EMAILS = ["operations@example.org", "night@example.org"]
    beat(ago=timedelta(minutes=2))

    watching.look(now=NOW)

    assert [mail.to for mail in mailoutbox] == [["operations@example.org", "night@example.org"]]


def test_an_administrator_who_left_hears_nothing(olga, ana, mailoutbox):
    factories.account("Otto Old", role=Role.ADMINISTRATOR, email="otto@example.org", is_active=False)
    beat(ago=timedelta(minutes=2))

    watching.look(now=NOW)

    assert [mail.to for mail in mailoutbox] == [["olga@example.org"]]


def test_what_comes_and_goes_is_one_alert_and_one_mail(olga, mailoutbox):
    for minute in range(8):
        beat(now=NOW + minute * MINUTE, ago=timedelta(minutes=2) if minute % 2 == 0 else timedelta(0))
        watching.look(now=NOW + minute * MINUTE)

    assert (Alert.objects.count(), len(mailoutbox)) == (1, 1)


def test_several_that_begin_together_are_one_mail(olga, mailoutbox):
    beat(ago=timedelta(hours=2))
    queued(1, since=NOW - timedelta(hours=2))

    watching.look(now=NOW)

    assert opened() == ["clock", "queue:email"]
    assert [mail.subject.endswith(", and 1 more") for mail in mailoutbox] == [True]


def test_a_mail_that_does_not_leave_is_tried_again(olga, mailoutbox, settings):
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    beat(ago=timedelta(minutes=2))
    watching.look(now=NOW)
    assert (Alert.objects.get().mailed_at, mailoutbox) == (None, [])

    settings.EMAIL_BACKEND = backend
    watching.look(now=NOW + MINUTE)

    assert (Alert.objects.get().mailed_at, len(mailoutbox)) == (NOW + MINUTE, 1)


def without_relay(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def test_while_no_relay_takes_the_mail_the_page_says_so_and_afterwards_one_mail_tells(olga, mailoutbox, settings):
    backend, mail = settings.EMAIL_BACKEND, Outlet.objects.create(channel=Channel.EMAIL)
    without_relay(settings)
    reason = "The mail server relay.example:587 does not let us in: 535 5.7.8 no"
    Health.objects.create(outlet=mail, down_since=NOW - 4 * MINUTE, reason=reason, tried_at=NOW)
    beat()
    watching.look(now=NOW)
    seen = overview.of(span=SPANS["hour"], now=NOW, zone="UTC")
    assert (seen.is_untold, seen.problems[0].since, mailoutbox) == (True, NOW - 4 * MINUTE, [])
    assert seen.problems[0].advice.startswith("The mail server does not take our name and password")

    settings.EMAIL_BACKEND = backend
    Health.objects.all().delete()
    for minute in range(1, 10):
        beat(now=NOW + minute * MINUTE)
        watching.look(now=NOW + minute * MINUTE)

    assert len(mailoutbox) == 1
    assert mailoutbox[0].subject.startswith("[CommsPlan] Over: E-mail does not work")
    assert "It lasted from Monday 23 November 2026" in mailoutbox[0].body


@pytest.mark.parametrize(
    ("reason", "begins"),
    [
        ("The mail server relay:587 does not let us in: 535 5.7.8 no", "The mail server does not take our name"),
        ("The mail server relay:587 cannot be reached: timed out", "See whether the mail server runs"),
        ("The mail server answered 554 5.7.1 policy", "Read what the mail server answered"),
    ],
)
def test_a_relay_that_does_not_work_has_its_own_advice(reason, begins):
    said = alerts.advice("outlet:email:first", f"E-mail does not work: {reason}")

    assert said.startswith(begins)
    assert said.endswith(alerts.BY_ITSELF)


def test_what_matters_most_is_for_every_page():
    rows = [
        Alert(key=key, detail=detail)
        for key, detail in [
            ("late", "Late."),
            ("clock", "Silent."),
            ("queue:email", "Old."),
            ("workers", "Gone."),
            ("domain:a.example", "Stopped."),
            ("outlet:email:first", "E-mail stopped itself: 25 errors."),
        ]
    ]

    assert alerts.for_every_page(rows) == ["Silent.", "Gone.", "And 2 more."]


def test_pages_say_what_is_stopped_also_while_the_clock_stands_still(ana):
    Outlet.objects.create(channel=Channel.SLACK, stopped_at=NOW, stopped_by=ana, stop_reason="Moving")
    cache.clear()

    watching.look(now=NOW)

    assert outlets.halted() == ["Slack is stopped: Moving"]


@pytest.mark.parametrize("status", [200, 401])
def test_whoever_sends_through_a_provider_is_told_through_it(olga, mailoutbox, settings, status):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)
    beat(ago=2 * MINUTE)

    with WebServer(lambda request: Response.of({"id": "re-1"}, status)) as server:
        config, kept = {"provider": "resend", "api": f"{server.url}/"}, secrets.encrypt_values({"provider_key": "key"})
        Outlet.objects.create(channel=Channel.EMAIL, config=config, secrets=kept)
        watching.look(now=NOW)
        (request,) = server.requests

    assert "[CommsPlan] The clock has not ticked" in request.body.decode()
    assert "olga@example.org" in request.body.decode()
    assert Alert.objects.get().mailed_at == NOW
    assert len(mailoutbox) == (0 if status == 200 else 1)  # then the relay of EMAIL_URL is asked


def test_the_fallback_carries_the_mail_when_the_relay_does_not(olga, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_FALLBACK_URL = "memorymail://"
    beat(ago=timedelta(minutes=2))

    watching.look(now=NOW)

    assert [mail.to for mail in mailoutbox] == [["olga@example.org"]]


def test_a_fresh_installation_is_no_alarm_until_somebody_looked_twice():
    watching.look(now=NOW)
    assert opened() == []

    watching.look(now=NOW + 2 * MINUTE)
    assert opened() == ["clock"]


def test_a_queue_that_ages_is_an_alert(settings):
    settings.ALERT_QUEUE_MINUTES = 10
    beat()
    queued(2, since=NOW - timedelta(minutes=11))

    watching.look(now=NOW)

    assert opened() == ["queue:email"]
    assert Alert.objects.get().detail == ("E-mail: the oldest message that could leave has waited for 11 minutes.")


@pytest.mark.parametrize("why", ["fresh", "paused", "later", "stopped"])
def test_a_queue_that_waits_for_a_reason_is_none(settings, ana, why):
    settings.ALERT_QUEUE_MINUTES = 10
    beat()
    since = NOW + timedelta(days=1) if why == "later" else NOW - timedelta(minutes=9 if why == "fresh" else 90)
    queued(2, since=since, paused_at=NOW if why == "paused" else None, pause_reason="x" if why == "paused" else "")
    if why == "stopped":
        Outlet.objects.create(channel=Channel.EMAIL, stopped_at=NOW, stopped_by=ana, stop_reason="Trial")

    watching.look(now=NOW)

    assert opened() == []


def test_an_outlet_that_stopped_itself_is_an_alert():
    beat()
    Outlet.objects.create(channel=Channel.EMAIL, stopped_at=NOW, stop_reason="25 errors in a row.")

    watching.look(now=NOW)

    assert opened() == ["outlet:email:first"]
    assert Alert.objects.get().detail == "E-mail stopped itself: 25 errors in a row."


def test_an_outlet_that_does_not_work_for_a_minute_is_an_alert():
    beat()
    outlet = Outlet.objects.create(channel=Channel.EMAIL)
    Health.objects.create(outlet=outlet, down_since=NOW, tried_at=NOW, reason="Nobody answers.")

    watching.look(now=NOW)
    assert opened() == []

    beat(now=NOW + MINUTE)
    watching.look(now=NOW + MINUTE)
    assert opened() == ["outlet:email:first"]


@pytest.mark.parametrize(("sent", "failed", "is_alert"), [(80, 20, False), (79, 21, True), (0, 19, False)])
def test_many_failures_are_an_alert(sent, failed, is_alert):
    beat()
    readings.count("email", {"sent": sent, "failed": failed - 1, "bounced": 1}, now=NOW)

    watching.look(now=NOW)

    assert opened() == (["failures"] if is_alert else [])


def test_workers_that_are_gone_are_an_alert():
    beat()
    signs.worked(now=NOW - timedelta(minutes=6))

    watching.look(now=NOW)

    assert opened() == ["workers"]


def test_workers_are_not_missed_while_the_clock_is(olga):
    beat(ago=timedelta(minutes=6))
    signs.worked(now=NOW - timedelta(minutes=6))

    watching.look(now=NOW)

    assert opened() == ["clock"]


def test_a_notice_that_is_due_and_not_released_is_an_alert():
    beat()
    notice = factories.approved_notice()
    Notice.objects.filter(pk=notice.pk).update(send_at=NOW - timedelta(minutes=11))

    watching.look(now=NOW)

    assert opened() == ["late"]


def test_workers_are_counted_by_when_they_looked():
    seen = figures.Figures(now=NOW, workers={"a": NOW, "b": NOW - MINUTE, "c": NOW - 3 * MINUTE})

    assert (seen.alive, seen.worked) == (2, NOW)


def test_without_the_cache_it_goes_on(monkeypatch, settings, olga, mailoutbox):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }
    beat(ago=timedelta(minutes=2))

    assert watching.look(now=NOW)

    assert (opened(), len(mailoutbox)) == (["clock"], 1)


# One tells at a time


@pytest.mark.django_db(transaction=True)
def test_while_another_process_tells_nobody_else_does(olga, mailoutbox):
    Alert.objects.create(key="clock", detail="It stands still.", since=NOW)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [telling.LOCK])

        assert telling.tell(now=NOW) == 0

        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [telling.LOCK])
    finally:
        other.close()
    assert mailoutbox == []

    assert [telling.tell(now=NOW), telling.tell(now=NOW)] == [1, 0]
    assert len(mailoutbox) == 1


# A database that takes nothing


@pytest.fixture
def read_only(transactional_db):
    """As when the operator, or a failover, takes the right to write away from this session."""

    def switch(is_on):
        with connection.cursor() as cursor:
            cursor.execute(f"SET default_transaction_read_only = {'on' if is_on else 'off'}")

    yield switch
    switch(False)


def test_a_read_only_database_is_told_once_and_goes_on_by_itself(read_only, olga, mailoutbox):
    beat()
    watching.look(now=NOW)
    read_only(True)

    outcomes = [watching.look(now=NOW + minute * MINUTE) for minute in range(1, 5)]
    assert outcomes == [False] * 4
    assert [mail.to for mail in mailoutbox] == [["olga@example.org"]]
    assert mailoutbox[0].subject.startswith("[CommsPlan] The database is read-only")
    assert signs.why_not_writable(now=NOW + 4 * MINUTE)[0].startswith("The database is read-only")

    read_only(False)
    for minute in range(5, 12):
        beat(now=NOW + minute * MINUTE)
        assert watching.look(now=NOW + minute * MINUTE)
    assert [mail.subject[:20] for mail in mailoutbox[1:]] == ["[CommsPlan] Over: Th"]
    alert = Alert.objects.get()
    assert (alert.key, alert.since, alert.ended_at) == ("database", NOW + MINUTE, NOW + 5 * MINUTE)
    assert signs.why_not_writable(now=NOW + 12 * MINUTE) == ("", None)


def test_a_moment_without_writing_is_no_mail(read_only, olga, mailoutbox):
    read_only(True)
    watching.look(now=NOW)
    read_only(False)
    beat(now=NOW + MINUTE)
    watching.look(now=NOW + MINUTE)

    assert (mailoutbox, Alert.objects.get().mailed_at) == ([], None)


def test_our_own_mistake_is_not_laid_at_the_door_of_the_database():
    with pytest.raises(Exception) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing_of_this_name")

    assert watching.why(raised.value) == ""


def test_every_kind_of_alert_says_what_to_do():
    kinds = [
        alerts.CLOCK,
        alerts.WORKERS,
        alerts.QUEUE,
        alerts.LATE,
        alerts.FAILURES,
        alerts.OUTLET,
        alerts.DRIFT,
        alerts.TIME,
    ]

    assert all(alerts.advice(f"{kind}:email") for kind in [*kinds, alerts.DATABASE])
    assert timezone.now()


@pytest.mark.parametrize("key", [*alerts.ADVICE])
def test_every_kind_of_alert_has_a_remedy(key):
    found = remedies.of(f"{key}:email:first" if key == alerts.OUTLET else f"{key}:email", figures.Figures(now=NOW))

    assert key in alerts.WORST_FIRST or key == alerts.DRIFT
    assert all(one.url.startswith("/") for one in found)
    assert found or key == alerts.DOMAIN  # that of a domain stands beside its row


def test_what_was_set_aside_is_an_alert_until_somebody_has_looked_after_it():
    beat()
    deadly, unwritten, refused = queued(3, state=MessageState.FAILED)
    Message.objects.filter(pk=deadly.pk).update(reason=sweeping.DEADLY)
    Message.objects.filter(pk=unwritten.pk).update(reason="It could not be written: ValueError: no")
    Message.objects.filter(pk=refused.pk).update(reason="550 No.")

    watching.look(now=NOW)
    said = Alert.objects.get().detail
    Message.objects.update(state=MessageState.CANCELLED)
    beat(now=NOW + MINUTE)
    watching.look(now=NOW + MINUTE)

    assert said == "2 messages were set aside: a worker died of it, or it could not be written."
    assert opened() == []


def test_what_people_hold_is_no_alarm_and_is_shown_with_its_button(ana):
    beat()
    queued(since=NOW - MINUTE, paused_at=NOW - 2 * MINUTE)
    notice = factories.approved_notice()
    Notice.objects.filter(pk=notice.pk).update(paused_at=NOW - MINUTE, send_at=timezone.now() - MINUTE)
    Outlet.objects.create(channel=Channel.SLACK, stopped_at=NOW, stopped_by=ana, stop_reason="Moving")
    outlets.stop_everything(by=ana, now=NOW, reason="Trial")

    watching.look(now=NOW)
    seen = overview.of(span=SPANS["hour"], now=timezone.now(), zone="UTC")

    assert opened() == []
    assert [one.said.partition(":")[0] for one in seen.held] == [
        f"{ana} stopped everything that sends",
        f"{ana} stopped Slack",
        "Paused",
        "Paused",
    ]
    assert [one.remedies[0].is_act for one in seen.held] == [True] * 4
    assert all(one.since for one in seen.held)


def test_what_causes_the_rest_comes_first():
    for key in ("queue:email", "failures", "outlet:email:first", "workers"):
        Alert.objects.create(key=key, detail=key, since=NOW)
    Outlet.objects.create(channel=Channel.EMAIL, stopped_at=NOW, stop_reason="25 errors in a row.")
    beat(ago=10 * MINUTE)

    seen = overview.of(span=SPANS["hour"], now=NOW, zone="UTC")

    assert [one.said.partition(" ")[0] for one in seen.problems] == [
        "The",
        "workers",
        "E-mail",
        "queue:email",
        "failures",
    ]
    assert seen.problems[0].since == NOW - 10 * MINUTE


def test_many_stopped_domains_are_told_in_one_line():
    mail = Outlet.objects.create(channel=Channel.EMAIL)
    for number in range(9):
        DomainTrouble.objects.create(outlet=mail, domain=f"d{number}.example", stopped_at=NOW, errors=25, reason="No.")
    beat()
    watching.look(now=NOW)

    seen = overview.of(span=SPANS["hour"], now=NOW, zone="UTC")

    assert [one.said for one in seen.problems][3:] == ["Mail to 6 other domains stopped itself, too."]
    assert seen.problems[0].remedies[1].values == {"domain": "d0.example"}
    assert seen.problems[3].remedies[0].url == "/delivery/email/"


def test_a_domain_that_is_stopped_is_an_alert_until_it_is_started(ana):
    beat()
    outlet = Outlet.objects.create(channel=Channel.EMAIL)
    long = f"{'d' * 60}.example"
    for domain in ("strict.example", long):
        refusing.told(outlet, [Refusal(domain, "550 5.7.1 Policy.")] * 25, now=NOW)

    watching.look(now=NOW)
    watching.look(now=NOW + MINUTE)

    keys = sorted(Alert.objects.values_list("key", flat=True))
    assert len(keys) == 3  # two domains of 25 are enough to stop everybody, too
    assert "domain:strict.example" in keys
    alert = Alert.objects.get(key="domain:strict.example")
    assert alert.detail == "Mail to strict.example stopped itself after 25 errors in a row: 550 5.7.1 Policy."
    refusing.start(outlet, "strict.example", by=ana, now=NOW)
    refusing.start(outlet, long, by=ana, now=NOW)
    beat(now=NOW + 2 * MINUTE)
    watching.look(now=NOW + 2 * MINUTE)
    assert [key for key in opened() if key.startswith("domain")] == []


def test_secrets_that_no_key_opens_are_an_alert(settings, cai):
    beat()
    factories.outlet(Channel.MATRIX, secrets=secrets.encrypt_values({"token": "abc"}))
    factories.address(cai, Channel.SLACK, "#it", secret="https://hooks.example/T1")
    watching.look(now=NOW)
    assert opened() == []
    settings.SECRETS_KEYS = ["another key"]

    beat(now=NOW + MINUTE)
    watching.look(now=NOW + MINUTE)

    assert opened() == ["secrets"]
    assert Alert.objects.get().detail == "No key opens the secrets of: Matrix, Rooms of Slack. Nothing is sent there."
    assert "rotate_secrets" in alerts.advice("secrets")


def test_what_waits_for_a_channel_that_nobody_set_up_is_an_alert_and_ends(cai):
    beat()
    queued(2, since=NOW - 5 * MINUTE)
    Message.objects.update(channel=Channel.SMS)

    watching.look(now=NOW)
    assert nowhere.end(now=NOW) == 0
    assert opened() == ["not_set_up:sms"]

    assert nowhere.end(now=NOW + 10 * MINUTE) == 2
    beat(now=NOW + 10 * MINUTE)
    watching.look(now=NOW + 10 * MINUTE)
    assert opened() == []
    reasons = set(Message.objects.values_list("state", "reason"))
    assert reasons == {("failed", "Text message is not set up. Set it up and try again, or tell them another way.")}


def test_what_waits_for_a_channel_that_is_set_up_does_not_end():
    queued(2, since=NOW - 60 * MINUTE)
    assert nowhere.end(now=NOW) == 0
    Message.objects.update(channel=Channel.SMS)
    factories.outlet(Channel.SMS, config={"provider": "gateway"})

    assert nowhere.end(now=NOW) == 0


def test_mails_that_came_back_count_as_bounced():
    beat()
    readings.count("email", {"sent": 25}, now=NOW)
    beat(now=NOW)
    watching.look(now=NOW)
    for number in range(10):
        Incoming.objects.create(digest=f"{number}", source="imap", kind="bounce", at=NOW + timedelta(seconds=30))

    beat(now=NOW + MINUTE)
    watching.look(now=NOW + MINUTE)

    seen = overview.of(span=SPANS["hour"], now=NOW + MINUTE, zone="UTC")
    [failed] = [one for one in seen.numbers if one.label == "Failed or bounced"]
    assert failed.value == "10"
    assert opened() == ["failures"]


def test_people_who_believe_something_wrong_for_a_day_are_an_alert():
    people = [factories.person() for _ in range(10)]
    day = timedelta(days=1)

    def reading(at, drift):
        Reading.objects.create(at=at.replace(second=0), values={"queue": 0, "drift": drift, "drift_at": at.isoformat()})

    for hours in (26, 20, 10, 1):
        reading(NOW - timedelta(hours=hours), 4)
    assert len(people) == 10
    assert [one.key for one in alerts.judging._drift(4, now=NOW)] == ["drift"]
    assert [one.key for one in alerts.judging._drift(1, now=NOW)] == []  # a tenth is no crowd
    assert [one.key for one in alerts.judging._drift(4, now=NOW - day)] == []  # nobody knows what was before
    reading(NOW - timedelta(hours=5), 0)
    assert [one.key for one in alerts.judging._drift(4, now=NOW)] == []  # it was put right in between


# Clocks


@pytest.mark.parametrize(("seconds", "said"), [(30, "(30|29) seconds ahead of"), (-5, "(5|4) seconds behind")])
def test_a_machine_whose_clock_is_wrong_is_told(caplog, seconds, said):
    real = timezone.now()
    beat(now=real)

    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        watching.look(now=real)

    [alert] = Alert.objects.filter(key__startswith=alerts.TIME)
    assert re.search(said, alert.detail)  # the way to the database and back may take a moment
    assert "clock differs" in caplog.text
    beat(now=real + MINUTE)
    watching.look(now=real + MINUTE)
    assert not Alert.objects.filter(key__startswith=alerts.TIME, ended_at=None)


def test_a_clock_that_is_right_is_no_matter():
    beat(now=timezone.now())

    watching.look(now=timezone.now())

    assert opened() == []
