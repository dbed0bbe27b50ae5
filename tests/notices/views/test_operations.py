"""The operation: a page for people, figures for a program."""

import re
from datetime import timedelta
from html import escape, unescape
from ipaddress import ip_network

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from notices.channels import KINDS
from notices.enums import MessageState, NoticeState
from notices.models import Alert, DomainTrouble, Health, Heartbeat, Message, Notice, Outlet, Reading, Standstill
from notices.operations import overview, readings, signs
from notices.pipeline import outbox, outlets
from stakeholders.enums import Channel
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _no_signs():
    cache.clear()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def running(now):
    Heartbeat.objects.create(pk=1, number=1, at=now)


def delayed(now, *, number=1):
    for _ in range(number):
        notice = factories.approved_notice()
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.RELEASED, released_at=now)
        Message.objects.create(
            notice=notice,
            person=factories.person(),
            channel=Channel.EMAIL,
            state=MessageState.QUEUED,
            not_before=now - 20 * MINUTE,
            created_at=now,
        )


# The page


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.ADMINISTRATOR, 200),
        (Role.COMMUNICATIONS_MANAGER, 200),
        (Role.APPROVER, 200),
        (Role.DEPARTMENT_CONTACT, 403),
        (Role.READER, 403),
    ],
)
def test_the_page_is_for_those_who_can_do_something(client, role, status):
    client.force_login(factories.account("Olga", role=role, email="olga@example.org"))

    assert client.get("/operations/").status_code == status
    shown = "/operations/" in client.get("/people/").content.decode()
    assert shown is (status == 200)


def test_nobody_reads_it_without_signing_in(client):
    assert client.get("/operations/").status_code == 302


def test_all_is_well(client, ana, running):
    client.force_login(ana)

    said = client.get("/operations/").content.decode()

    assert "All is well" in said
    assert "No reading yet" in said
    assert "tone-bad" not in said


def test_before_anything_runs_it_does_not_say_that_all_is_well(client, ana):
    client.force_login(ana)

    said = client.get("/operations/").content.decode()

    assert "Nothing runs here yet" in said
    assert "All is well" not in said


def test_what_is_wrong_comes_first_with_what_to_do(client, ana, running, now):
    Outlet.objects.create(channel=Channel.EMAIL, stopped_at=now, stop_reason="25 errors.")
    Alert.objects.create(key="outlet:email:first", detail="E-mail stopped itself: 25 errors.", since=now)
    client.force_login(ana)

    said = client.get("/operations/").content.decode()

    assert "1 thing needs you" in said
    assert "E-mail stopped itself: 25 errors." in said
    assert "Read on its page what the other side answered" in said


def test_what_stops_itself_is_seen_before_anybody_has_noted_it_and_gone_once_it_is_started(client, ana, running, now):
    mail = Outlet.objects.create(channel=Channel.EMAIL, stopped_at=now, stop_reason="25 errors in a row.")
    client.force_login(ana)
    before = client.get("/operations/").content.decode()
    Alert.objects.create(key="outlet:email:first", detail="E-mail stopped itself: 25 errors in a row.", since=now)

    outlets.start(mail, by=ana, now=now)
    after = client.get("/operations/").content.decode()

    assert "1 thing needs you" in before
    assert "E-mail stopped itself: 25 errors in a row." in before
    assert "All is well" in after


def test_a_clock_that_stands_still_is_seen_before_anybody_has_noted_it(client, ana, now):
    Heartbeat.objects.create(pk=1, number=1, at=now - 3 * MINUTE)
    client.force_login(ana)

    said = client.get("/operations/").content.decode()

    assert "The clock has not ticked for 3 minutes: nothing new goes out." in said
    assert not Alert.objects.exists()


def test_a_read_only_database_is_said_on_the_page(client, ana, running):
    client.force_login(ana)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")

    response = client.get("/operations/")

    assert response.status_code == 200
    assert "The database is read-only: nothing can be saved, and nothing is sent." in response.content.decode()


@pytest.mark.parametrize("number", [1, 100])
def test_ten_questions_are_enough_for_one_of_each_and_for_a_hundred(client, ana, running, now, number):
    delayed(now, number=min(number, 5))
    mail = Outlet.objects.create(channel=Channel.EMAIL, stopped_at=now, stopped_by=ana, stop_reason="Trial")
    Health.objects.create(outlet=mail, down_since=now, reason="It does not answer.", tried_at=now)
    for each in range(number):
        Reading.objects.create(at=readings.minute_of(now) - each * MINUTE, values={"queue": 1, "lag": 1, "sent": 2})
        Alert.objects.create(key=f"late:{each}", detail="Late.", since=now)
        DomainTrouble.objects.create(outlet=mail, domain=f"d{each}.example.org", stopped_at=now, reason="No.")
    for channel in [one for one in KINDS if one != Channel.EMAIL][: number - 1]:
        Outlet.objects.create(channel=channel)
    client.force_login(ana)
    client.get("/operations/")

    with CaptureQueriesContext(connection) as asked:
        said = client.get("/operations/").content.decode()

    assert said.count("<strong>Late.</strong>") == min(number, overview.MOST_ALERTS)
    assert len([one for one in asked.captured_queries if one["sql"].split()[0] in ("SELECT", "WITH")]) == 10


def test_every_page_says_what_is_wrong_to_those_who_may_look_after_it(client, ana, running, now):
    client.force_login(ana)
    client.get("/glossary/")
    with CaptureQueriesContext(connection) as before:
        client.get("/glossary/")
    signs.remember_alarms(["The clock has not ticked for 3 minutes: nothing new goes out."])

    with CaptureQueriesContext(connection) as after:
        said = client.get("/glossary/").content.decode()
    here = client.get("/operations/").content.decode()
    client.force_login(factories.account("Rui Reader", role=Role.READER, email="rui@example.org"))
    to_readers = client.get("/glossary/").content.decode()

    assert ["The clock has not ticked" in one for one in (said, here, to_readers)] == [True, False, False]
    assert len(after) == len(before)


def test_the_remedy_is_a_button_for_those_who_may_press_it(client, ana, running, now):
    mail = Outlet.objects.create(channel=Channel.EMAIL)
    DomainTrouble.objects.create(outlet=mail, domain="strict.example", stopped_at=now, errors=25, reason="No.")
    Alert.objects.create(key="domain:strict.example", detail="Mail to strict.example stopped itself.", since=now)
    client.force_login(ana)
    refused = client.get("/operations/").content.decode()
    client.force_login(factories.account("Olga", role=Role.ADMINISTRATOR, email="olga@example.org"))
    offered = client.get("/operations/").content.decode()

    response = client.post("/delivery/email/domains/start/", {"domain": "strict.example"})

    assert 'title="This takes the role Administrator."' in refused
    assert '<input type="hidden" name="domain" value="strict.example">' in offered
    assert "Send to it again" in offered
    assert (response.status_code, DomainTrouble.objects.exists()) == (302, False)


def pressed(client, page, address):
    """The form of that button on the page, posted as a browser does it."""
    form = page[page.index(f'action="{escape(address)}"') :].partition("</form>")[0]
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return client.post(address, values, follow=True)


def undone(client, page):
    address = unescape(re.search(r'action="([^"]*next=operations)"', page)[1])
    return client.post(address, follow=True).redirect_chain[-1][0]


def test_who_starts_an_outlet_again_comes_back_and_can_take_it_back(client, ana, running, now):
    mail = Outlet.objects.create(channel=Channel.EMAIL)
    outlets.stop(mail, by=ana, now=now, reason="The relay is on a list & slow.")
    client.force_login(factories.account("Olga", role=Role.ADMINISTRATOR, email="olga@example.org"))

    response = pressed(client, client.get("/operations/").content.decode(), "/delivery/email/start/")
    is_stopped = Outlet.objects.get().is_stopped
    there = undone(client, response.content.decode())

    assert (response.redirect_chain[-1][0], is_stopped, there) == ("/operations/", False, "/operations/")
    assert "E-mail sends again." in response.content.decode()
    assert Outlet.objects.get().stop_reason == "The relay is on a list & slow."


def test_who_starts_everything_again_comes_back_and_can_take_it_back(client, ana, running, now):
    outlets.stop_everything(by=ana, now=now, reason="Wrong audience.")
    client.force_login(factories.account("Olga", role=Role.ADMINISTRATOR, email="olga@example.org"))

    response = pressed(client, client.get("/operations/").content.decode(), "/delivery/start/")
    during = Standstill.objects.filter(ended_at=None).exists()
    there = undone(client, response.content.decode())

    assert (response.redirect_chain[-1][0], during, there) == ("/operations/", False, "/operations/")
    assert Standstill.objects.get(ended_at=None).reason == "Wrong audience."


def test_who_resumes_a_notice_there_comes_back_and_can_take_it_back(client, ana, ben, running, now):
    delayed(now)
    notice = Notice.objects.get()
    outbox.pause(notice, by=ana, now=now, reason="Wait.")
    client.force_login(ben)

    response = pressed(client, client.get("/operations/").content.decode(), f"/notices/{notice.pk}/resume/")
    notice.refresh_from_db()
    during = notice.is_paused
    there = undone(client, response.content.decode())
    notice.refresh_from_db()

    assert (response.redirect_chain[-1][0], during) == ("/operations/", False)
    assert (there, notice.is_paused) == ("/operations/", True)


def test_a_domain_that_is_started_there_leads_back(client, running, now):
    mail = Outlet.objects.create(channel=Channel.EMAIL)
    DomainTrouble.objects.create(outlet=mail, domain="strict.example", stopped_at=now, errors=25, reason="No.")
    Alert.objects.create(key="domain:strict.example", detail="Mail to strict.example stopped itself.", since=now)
    client.force_login(factories.account("Olga", role=Role.ADMINISTRATOR, email="olga@example.org"))

    response = pressed(client, client.get("/operations/").content.decode(), "/delivery/email/domains/start/")

    assert response.redirect_chain[-1][0] == "/operations/"
    assert "Mail to strict.example goes out again." in response.content.decode()
    assert not DomainTrouble.objects.exists()


def test_htmx_gets_the_figures_alone(client, ana, running):
    client.force_login(ana)

    said = client.get("/operations/?over=day", headers={"HX-Request": "true"}).content.decode()

    assert said.strip().startswith('<div id="figures" hx-get="/operations/?over=day"')
    assert "<html" not in said


@pytest.mark.parametrize("over", ["hour", "day", "fortnight", "nonsense"])
def test_each_span_is_drawn_with_a_table_beside_it(client, ana, running, now, over):
    for minute in range(0, 50, 2):
        at = readings.minute_of(now) - minute * MINUTE
        Reading.objects.create(at=at, values={"queue": minute, "sent": 4, "lag": 2})
    client.force_login(ana)

    said = client.get(f"/operations/?over={over}").content.decode()

    assert said.count("operation-line") == 3
    assert "at most 48" in said
    assert "Sent per minute" in said
    assert "The same as a table" in said


# Figures for a program


def test_this_machine_reads_the_figures(client, running, now):
    delayed(now)
    readings.count("email", {"sent": 10, "failed": 2}, now=now)

    response = client.get("/metrics")

    lines = response.content.decode().splitlines()
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'commsplan_messages{channel="email",state="queued"} 1.0' in lines
    assert 'commsplan_outcomes_total{channel="email",outcome="sent"} 10.0' in lines
    assert 'commsplan_outcomes_per_minute{outcome="failed"} 0.4' in lines
    age = next(line for line in lines if line.startswith("commsplan_oldest_ready_seconds{"))
    assert 1200 <= float(age.split()[1]) < 1260
    assert any(line.startswith("commsplan_tick_lag_seconds ") for line in lines)


@pytest.mark.parametrize(
    "headers", [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=::1"}]
)
def test_strangers_do_not_even_through_a_proxy_on_this_machine(client, headers):
    response = client.get("/metrics", **headers)

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert b"commsplan_" not in response.content


@pytest.mark.parametrize(
    ("given", "status"),
    [("Bearer right", 200), ("bearer right", 200), ("Bearer wrong", 401), ("Bearer ", 401), ("Basic right", 401)],
)
def test_the_token_opens_from_anywhere(client, settings, given, status):
    settings.METRICS_TOKEN = "right"

    response = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": given})

    assert response.status_code == status


def test_without_a_token_an_empty_one_opens_nothing(client):
    response = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer "})

    assert response.status_code == 401


def test_a_named_network_reads_them_also_behind_a_proxy(client, settings):
    settings.METRICS_ALLOW = (ip_network("10.20.0.0/16"),)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    found = [
        client.get("/metrics", REMOTE_ADDR="10.20.3.4").status_code,
        client.get("/metrics", REMOTE_ADDR="10.21.3.4").status_code,
        client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1, 10.20.3.4").status_code,
        client.get("/metrics", HTTP_X_FORWARDED_FOR="10.20.3.4, 203.0.113.9").status_code,
        client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code,
    ]

    assert found == [200, 401, 200, 401, 401]


@pytest.mark.parametrize("number", [1, 3])
def test_a_scrape_asks_as_often_with_one_row_as_with_three(client, running, now, number):
    delayed(now, number=number)
    client.get("/metrics")

    with CaptureQueriesContext(connection) as asked:
        client.get("/metrics")

    assert len([one for one in asked.captured_queries if one["sql"].split()[0] in ("SELECT", "WITH")]) == 9


def test_no_name_and_no_address_is_among_the_figures(client, running, now):
    delayed(now)
    message = Message.objects.select_related("person", "notice").get()

    said = client.get("/metrics").content.decode()

    assert not [one for one in (message.person.name, message.person.email, message.notice.title) if one in said]


def test_a_series_begins_at_zero(client, running):
    factories.outlet(Channel.SLACK)

    lines = client.get("/metrics").content.decode().splitlines()

    for channel in ("email", "slack"):
        assert f'commsplan_outcomes_total{{channel="{channel}",outcome="bounced"}} 0.0' in lines
        assert f'commsplan_messages{{channel="{channel}",state="deferred"}} 0.0' in lines
        assert f'commsplan_oldest_ready_seconds{{channel="{channel}"}} 0.0' in lines
    assert 'commsplan_alert{key="clock"} 0.0' in lines
