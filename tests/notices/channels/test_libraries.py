"""Channels that go through a library: the services behind Apprise, providers of text messages and of mail."""

import json
import socket
import threading
from contextlib import closing, suppress
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from notices.channels import KINDS, mime, provider
from notices.channels.apprise import library
from notices.channels.apprise.addresses import check_door
from notices.channels.base import (
    Accepted,
    Access,
    AddressRefused,
    CalendarPart,
    ChannelDown,
    ChannelError,
    Later,
    NotOurs,
    Parcel,
)
from notices.channels.kind import Wrong
from stakeholders.enums import Channel
from tests.fixtures.services import Ntfy
from tests.fixtures.webserver import Request, Response, WebServer
from tests.notices.channels.letters import ANSWER, hostile, letter, long

APPRISE, SMS = KINDS[Channel.APPRISE], KINDS[Channel.SMS]


@pytest.fixture(autouse=True)
def loopback(settings, monkeypatch):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ntfy():
    with WebServer(Ntfy()) as server:
        yield server


def send(kind, parcel, access=None):
    with closing(kind.open(access or Access())) as post:
        post.put(parcel)
        try:
            ((_, outcome),) = post.collect(20)
        except ChannelDown as down:
            return down
        return outcome


def note(server, topic="it-news", envelope=None) -> Parcel:
    return Parcel(7, "", "IT", APPRISE.build(envelope or letter()), secret=f"ntfy://127.0.0.1:{server.port}/{topic}")


def test_a_service_behind_apprise_takes_a_letter(ntfy):
    assert isinstance(send(APPRISE, note(ntfy)), Accepted)

    (posted,) = ntfy.answer.posted
    assert posted["title"] == "Mail stops on Sunday"
    assert "22:00 Europe/Berlin" in posted["message"]
    assert ANSWER in posted["message"]


def test_nothing_of_apprise_itself_goes_out(ntfy):
    send(APPRISE, note(ntfy))

    (headers,) = ntfy.answer.headers
    sent = json.dumps([headers, ntfy.answer.posted]).lower()
    assert "apprise" not in sent
    assert "github" not in sent
    assert headers["user-agent"] == "CommsPlan"


@pytest.mark.parametrize("write", [hostile, long], ids=["hostile", "long"])
def test_whatever_people_write_goes_out_short_and_calls_nobody(ntfy, write):
    assert isinstance(send(APPRISE, note(ntfy, envelope=write())), Accepted)

    said = json.loads(APPRISE.build(write()))
    assert len(said["title"]) + len(said["body"]) <= 2_000
    assert not any(shout in said["body"] for shout in ("@everyone", "@here", "<!channel>", "<@1"))


@pytest.mark.parametrize(
    ("response", "permanent", "later"),
    [
        (Response(429, b"{}"), False, Later.THROTTLED),
        (Response(500, b"{}"), False, Later.REFUSED),
        (Response(400, b"{}"), True, Later.REFUSED),
    ],
)
def test_what_apprise_says_in_prose_becomes_one_of_few_things(ntfy, response, permanent, later):
    ntfy.next = [response] * 3

    error = send(APPRISE, note(ntfy))
    assert (type(error), error.permanent, error.unknown, error.later) == (ChannelError, permanent, False, later)


def test_one_room_that_keeps_us_out_is_not_the_whole_channel(ntfy):
    error = send(APPRISE, note(ntfy, topic="forbidden"))

    assert (type(error), error.permanent) == (ChannelError, True)


def test_a_server_that_hangs_up_leaves_it_unknown_and_one_that_is_away_does_not(ntfy):
    ntfy.next = [Response(drop=True)] * 3
    assert send(APPRISE, note(ntfy)).unknown

    parcel = note(ntfy)
    ntfy.stop()
    error = send(APPRISE, parcel)
    assert (error.permanent, error.unknown) == (False, False)


def test_private_networks_are_closed_to_apprise(ntfy, settings):
    settings.ALLOWED_PRIVATE_NETWORKS = ()

    error = send(APPRISE, note(ntfy))
    assert error.permanent
    assert ntfy.requests == []


def test_a_name_that_resolves_differently_for_the_library_gets_nowhere(ntfy, settings, monkeypatch):
    """Between our check and the library's own look-up somebody may change the name. The library connects on a leash."""
    settings.ALLOWED_PRIVATE_NETWORKS = ()
    asked, real = [], socket.getaddrinfo

    def rebinding(host, port, *args, **options):
        asked.append(host)
        return real("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    parcel = replace(note(ntfy), secret=f"ntfys://rebinding.example.org:{ntfy.port}/it-news")

    error = send(APPRISE, parcel)
    assert "private network" in str(error)
    assert asked == ["rebinding.example.org"] * 2
    assert ntfy.requests == []


def test_an_address_that_the_library_cannot_read_is_not_logged(caplog):
    with pytest.raises(ChannelError):
        library.notify("zulip://botname@org/hush-hush-token", title="", body="x", service="zulip")

    assert "hush-hush" not in caplog.text


def test_no_proxy_of_the_environment_hears_what_is_sent(ntfy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert isinstance(send(APPRISE, note(ntfy)), Accepted)


def test_others_are_not_on_the_leash(ntfy, settings):
    """Only what a channel sends is held: nobody else's connections in the same process."""
    send(APPRISE, note(ntfy))
    settings.ALLOWED_PRIVATE_NETWORKS = ()
    import requests  # noqa: PLC0415  heavy

    assert requests.get(ntfy.url, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "syslog://",
            "mailto://user:pass@example.org",
            "json://example.org",
            "windows://",
            "x",
            "",
        ),
        *("ntfys://127.0.0.1/topic", "gotifys://[::1]/token", "ntfys://169.254.169.254/topic"),
        *("tgram://bot/chat?template=/etc/passwd", "discord://a/b?verify=no", "ntfys://example.org/a?redirect=yes"),
        *("discord://a/b/?x=1;template=/etc/passwd", "discord://a/b/#?template=/etc/passwd"),
        *("discord://a/b/?x#&%74emplate=/etc/passwd", "discord://a/b/?x=1&+Template%20=/etc/passwd"),
        *("tgram://bot/chat?x=?&template=/etc/passwd", "discord://a/b/?retry=9&wait=60"),
        *("ntfys://exam ple.org/a", "ntfys://example.org/a\r\nb", "ntfys://example.org/" + "a" * 2_000),
    ],
)
def test_addresses_of_apprise_that_reach_too_far_are_refused(url, settings):
    settings.ALLOWED_PRIVATE_NETWORKS = ()

    with pytest.raises(ValueError, match=r"\w\.$"):
        check_door(url)


@pytest.mark.parametrize(
    "url", ["tgram://123456789:abcdefg/12315544", "ntfys://ntfy.example.org/topic", "ntfys://topic"]
)
def test_usual_addresses_of_apprise_are_taken(url):
    assert check_door(url) == url


def test_every_service_on_the_list_is_known_to_apprise():
    from apprise import Apprise  # noqa: PLC0415  heavy

    from notices.channels.apprise import addresses  # noqa: PLC0415

    known = set()
    for entry in Apprise().details()["schemas"]:
        known |= set(entry["protocols"] or ()) | set(entry["secure_protocols"] or ())
    assert known >= addresses.HOSTED | addresses.WITH_A_HOST | addresses.IN_THE_CLEAR


# Text messages through a provider


def twilio(request: Request) -> Response:
    if not request.headers.get("authorization"):
        return Response.of({"code": 20003, "message": "Authenticate"}, 401)
    if b"%2B4900000000" in request.body:
        return Response.of({"code": 21211, "message": "The 'To' number is not a valid phone number."}, 400)
    return Response.of({"sid": "SM1", "status": "queued"}, 201)


@pytest.fixture
def through_twilio(monkeypatch):
    from apprise.plugins.twilio import NotifyTwilio  # noqa: PLC0415  heavy

    with WebServer(twilio) as server:
        monkeypatch.setattr(NotifyTwilio, "notify_sms_url", server.url + "/2010-04-01/Accounts/{sid}/Messages.json")
        yield server


ACCOUNT = Access({"provider": "twilio", "account": "AC" + "a" * 32, "sender": "+15005550006"}, {"token": "b" * 32})


def test_a_text_message_goes_through_the_provider(through_twilio):
    parcel = Parcel(7, "", "+4915123456789", SMS.build(letter()))

    assert isinstance(send(SMS, parcel, ACCOUNT), Accepted)
    (request,) = through_twilio.requests
    assert b"To=%2B4915123456789" in request.body
    assert b"Mail+stops+on+Sunday" in request.body


def test_a_number_that_is_none_is_no_address(through_twilio):
    assert isinstance(send(SMS, Parcel(7, "", "+4900000000", SMS.build(letter())), ACCOUNT), AddressRefused)


def test_the_providers_word_for_too_fast_and_for_a_wrong_key(through_twilio):
    parcel = Parcel(7, "", "+4915123456789", SMS.build(letter()))
    through_twilio.next = [Response.of({"code": 20429, "message": "Too Many Requests"}, 429)]
    assert send(SMS, parcel, ACCOUNT).later == Later.THROTTLED

    through_twilio.next = [Response.of({"code": 20003, "message": "Authenticate"}, 401)]
    assert isinstance(send(SMS, parcel, ACCOUNT), ChannelDown)


@pytest.mark.parametrize("name", ["twilio", "vonage", "msgbird", "sinch"])
def test_apprise_understands_the_address_that_we_make(name):
    config = {"provider": name, "account": "AC" + "a" * 32, "sender": "+15005550006"}
    token = {"vonage": "b" * 16, "msgbird": "c" * 25}.get(name, "b" * 32)
    if name == "vonage":
        config["account"] = "AC" + "a" * 6
    sender = SMS.open(Access(config, {"token": token}))._desks[0]._open()

    assert library._plugin(sender._url("+4915123456789")).targets


# Mail through a provider


PLACES = {
    "mailgun": ("/example.org/messages", {"id": "<m1@mailgun>", "message": "Queued."}),
    "postmark": (
        "/email",
        {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "SubmittedAt": "2026-03-02", "To": "cai@example.org"},
    ),
    "sendgrid": ("/mail/send", {}),
    "brevo": ("/smtp/email", {"messageId": "<b1@brevo>"}),
    "mailjet": (
        "/send",
        {"Messages": [{"Status": "success", "To": [{"Email": "cai@example.org", "MessageID": 1, "MessageUUID": "u"}]}]},
    ),
    "sparkpost": (
        "/transmissions/",
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "sp-1"}},
    ),
    "resend": ("/emails", {"id": "re-1"}),
}


def mail(**fields) -> Parcel:
    envelope = letter(
        calendars=(CalendarPart(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST"),),
        unsubscribe_url="https://comms.example.org/unsubscribe/x/",
        one_click=True,
        **fields,
    )
    return Parcel(7, envelope.bounce_to, envelope.address, mime.build(envelope))


def account(server, name) -> Access:
    config = {"provider": name, "api": f"{server.url}/", "domain": "example.org", "account": "a"}
    return Access(config, {"provider_key": "key"})


def through(parcel, access):
    with closing(provider.open(access)) as post:
        post.put(parcel)
        try:
            ((_, outcome),) = post.collect(20)
        except ChannelDown as down:
            return down
        return outcome


@pytest.mark.parametrize("name", ["mailgun", "postmark", "sendgrid", "brevo", "mailjet", "sparkpost", "resend"])
def test_a_mail_goes_through_each_provider_with_what_matters(name):
    _, answer = PLACES[name]
    with WebServer(lambda request: Response.of(answer, 202 if name == "sendgrid" else 200)) as server:
        outcome = through(mail(), account(server, name))
        (request,) = server.requests

    assert isinstance(outcome, Accepted), outcome
    assert provider.PROVIDERS[name].label in outcome.detail
    sent = request.body.decode()
    assert request.path.endswith(PLACES[name][0])
    for needed in ("Mail stops on Sunday", "mail stops.", "cai@example.org", "List-Unsubscribe", "event.ics"):
        assert needed in sent, needed
    assert "m7@example.org" in sent  # our Message-ID


@pytest.mark.parametrize(
    ("response", "kind", "permanent", "unknown"),
    [
        (Response.of({"message": "Forbidden"}, 401), ChannelDown, False, False),
        (Response.of({"message": "slow"}, 429, **{"Retry-After": "9"}), ChannelError, False, False),
        (Response.of({"message": "broken"}, 500), ChannelError, False, False),
        (Response.of({"message": "bad"}, 400), ChannelError, True, False),
        (Response(drop=True), ChannelError, False, True),
    ],
)
def test_what_a_provider_answers_becomes_one_of_few_things(response, kind, permanent, unknown):
    with WebServer(lambda request: response) as server:
        error = through(mail(), account(server, "mailgun"))

    assert (type(error), error.permanent, error.unknown) == (kind, permanent, unknown)


def test_a_provider_that_is_away_touched_nothing():
    with WebServer(lambda request: Response()) as server:
        access = account(server, "mailgun")
    error = through(mail(), access)

    assert isinstance(error, ChannelDown)


def test_a_provider_is_reached_on_the_leash(settings):
    with WebServer(lambda request: Response()) as server:
        access = account(server, "mailgun")
        settings.ALLOWED_PRIVATE_NETWORKS = ()
        error = through(mail(), access)

    assert isinstance(error, ChannelDown)
    assert "private network" in str(error)
    assert server.requests == []


def test_a_mail_that_became_somebody_elses_does_not_leave():
    with WebServer(lambda request: Response()) as server:
        parcel = replace(mail(), may_leave=iter([True, False]).__next__)
        assert isinstance(through(parcel, account(server, "mailgun")), NotOurs)
    assert server.requests == []


def test_a_provider_needs_a_name_and_a_key():
    assert isinstance(through(mail(), Access({"provider": "pigeon"}, {})), ChannelDown)
    assert isinstance(through(mail(), Access({"provider": "postmark"}, {})), ChannelDown)


def test_the_proxy_of_the_operator_carries_what_libraries_send(ntfy, settings):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        settings.OUTGOING_PROXY = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        asked = []

        def carry():
            client, _ = proxy.accept()
            asked.append(client.recv(4096).split(b"\r\n")[0].decode())
            host, _, port = asked[0].split()[1].rpartition(":")
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with client, socket.create_connection((host, int(port))) as server:
                pass_on = threading.Thread(target=hand_over, args=(server, client), daemon=True)
                pass_on.start()
                hand_over(client, server)
                pass_on.join(5)

        thread = threading.Thread(target=carry, daemon=True)
        thread.start()
        taken = send(APPRISE, note(ntfy))
        thread.join(10)

    assert isinstance(taken, Accepted)
    assert asked == [f"CONNECT {urlsplit(ntfy.url).hostname}:{urlsplit(ntfy.url).port} HTTP/1.1"]


def hand_over(source, target):
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_a_provider_needs_a_number_as_the_sender_and_a_gateway_takes_a_name_too():
    """The library knows no names: each message would fail for good."""
    entered = {
        "provider": "twilio",
        "account": "AC1",
        "sender": "Northfield",
        "token": "t",
        "url": "https://x.example/",
    }

    with pytest.raises(Wrong, match="Twilio needs a number"):
        SMS.entered(entered, kept={})
    config, _ = SMS.entered(entered | {"provider": "gateway"}, kept={})
    assert config["sender"] == "Northfield"


def test_a_name_that_was_entered_before_holds_messages_back():
    access = Access({"provider": "twilio", "account": "AC" + "a" * 32, "sender": "Northfield"}, {"token": "b" * 32})

    said = send(SMS, Parcel(7, "", "+4915123456789", SMS.build(letter())), access)

    assert isinstance(said, ChannelDown)
    assert str(said).startswith("Twilio needs a number")
