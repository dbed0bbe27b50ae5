import logging
import socket
import ssl
import subprocess
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Envelope
from notices.channels.email import Mailbox
from notices.channels.email import mailbox as email
from tests.fixtures.mailserver import MailServer, free_port

ENVELOPE = Envelope(
    key=7,
    address="cai@example.org",
    name="Cai",
    language="en",
    subject="Mail stops on Sunday",
    text="Mail stops.",
    html="<p>Mail stops.</p>",
    sender="Service Desk <help@example.org>",
    reply_to="help@example.org",
    bounce_to="bounce+7@example.org",
    message_id="<m7@example.org>",
    thread_id="<t@example.org>",
    list_id="<l.example.org>",
    date=datetime(2026, 3, 2, 8, tzinfo=UTC),
)
CONTENT = b"Subject: Mail stops\r\nMessage-ID: <m7@example.org>\r\n\r\nMail stops.\r\n"


@pytest.fixture
def mailbox():
    with closing(Mailbox()) as sender:
        yield sender


def send(mailbox, address="cai@example.org", content=CONTENT, hold=lambda: None):
    return mailbox.send(replace(ENVELOPE, address=address), content, hold=hold)


def failure(mailbox, **arguments):
    with pytest.raises(ChannelError) as raised:
        send(mailbox, **arguments)
    return raised.value


def traits(error):
    return {name for name in ("permanent", "unknown", "closes") if getattr(error, name)}


def test_the_content_arrives_byte_for_byte(mailserver, mailbox):
    content = b"Subject: dots\r\n\r\n.\r\n..\r\nnot last\r\n.hidden\r\n"

    accepted = send(mailbox, content=content)

    assert [(mail.sender, mail.recipient, mail.content) for mail in mailserver.mails] == [
        ("bounce+7@example.org", "cai@example.org", content)
    ]
    assert accepted.detail == "250 2.0.0 queued as 1"


def test_one_connection_serves_many_messages(mailserver, mailbox):
    for _ in range(5):
        send(mailbox)

    assert (len(mailserver.mails), mailserver.connections) == (5, 1)


@given(lines=st.lists(st.sampled_from([b".", b"..", b"", b"a", b"\r", b"\n", b".\r\n", b"\n.\r\nMAIL FROM:<x@y>"])))
def test_no_content_ends_the_message_early(lines):
    wire = email.on_the_wire(b"\r\n".join(lines))

    assert wire.index(b"\r\n.\r\n" if wire != b".\r\n" else b".\r\n") + 5 >= len(wire)
    assert wire.count(b"\r\n") == wire.count(b"\r") == wire.count(b"\n")


@pytest.mark.parametrize(
    ("stage", "line", "kind", "expected"),
    [
        ("MAIL", "451 4.3.0 try again", ChannelError, set()),
        ("MAIL", "552 5.3.4 too big", ChannelError, {"permanent"}),
        ("MAIL", "530 5.7.0 authentication required", ChannelDown, {"closes"}),
        ("MAIL", "550 5.1.1 who are you", ChannelError, {"permanent"}),
        ("RCPT", "450 4.2.0 greylisted", ChannelError, set()),
        ("RCPT", "452 4.5.3 too many recipients", ChannelError, set()),
        ("RCPT", "550 5.1.1 no such user", AddressRefused, {"permanent"}),
        ("RCPT", "550 5.1.10 null MX", AddressRefused, {"permanent"}),
        ("RCPT", "550 5.7.1 blocked", ChannelError, {"permanent"}),
        ("RCPT", "550 no", ChannelError, {"permanent"}),
        ("RCPT", "421 4.7.0 too many connections", ChannelError, {"closes"}),
        ("DATA", "432 4.7.1 slow down", ChannelError, set()),
        ("DATA", "454 4.7.0 throttled", ChannelError, set()),
        ("DATA", "554 5.7.1 looks like spam", ChannelError, {"permanent"}),
        ("DATA", "550 5.1.1 gone", AddressRefused, {"permanent"}),
        ("RCPT", "drop", ChannelError, {"closes"}),
        ("DATA", "drop", ChannelError, {"closes", "unknown"}),
        ("DATA", "drop after", ChannelError, {"closes", "unknown"}),
    ],
)
def test_what_the_server_says_decides_what_happens_next(mailserver, mailbox, stage, line, kind, expected):
    mailserver.refuse(stage, line)

    error = failure(mailbox)

    assert (type(error), traits(error)) == (kind, expected)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("line", ["451 later", "554 never", "421 closing", "drop"])
def test_after_any_refusal_the_next_message_goes_out(mailserver, mailbox, stage, line):
    mailserver.refuse(stage, line, times=1)
    failure(mailbox)

    send(mailbox, address="dee@example.org")

    assert mailserver.recipients == ["dee@example.org"]


def test_no_answer_after_the_final_dot_is_an_unknown_outcome(mailserver, mailbox, settings, monkeypatch):
    settings.EMAIL_TIMEOUT = 0.3
    monkeypatch.setattr(email, "LOOK_UP_SECONDS", 0.05)
    mailserver.refuse("DATA", "hang")
    held = []

    error = failure(mailbox, hold=lambda: held.append(1))

    assert traits(error) == {"unknown", "closes"}
    assert len(held) > 3  # once before the content, then while waiting


class LostError(Exception):
    pass


@pytest.mark.parametrize("pieces", [0, 1, 2, 3])
def test_a_lease_that_is_lost_on_the_way_leaves_no_mail(mailserver, mailbox, pieces):
    content = b"Subject: long\r\n\r\n" + b"all the same line\r\n" * 6_000
    asked = []

    def hold():
        asked.append(1)
        if len(asked) > pieces:
            raise LostError

    with pytest.raises(LostError):
        send(mailbox, content=content, hold=hold)
    send(mailbox, address="dee@example.org")

    assert mailserver.recipients == ["dee@example.org"]


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@c", "a b@example.org", "a@example.org\r\nRCPT TO:<x@y>", "a\0@example.org", "<a@example.org>"],
)
def test_what_is_no_address_is_refused_before_the_network(mailserver, mailbox, address):
    assert traits(failure(mailbox, address=address)) == {"permanent"}
    assert mailserver.connections == 0


def test_letters_of_all_alphabets_are_addresses(mailserver, mailbox):
    send(mailbox, address="jörg@bücher.example")
    send(mailbox, address="jorg@bücher.example")

    assert mailserver.recipients == ["jörg@xn--bcher-kva.example", "jorg@xn--bcher-kva.example"]


def test_a_server_without_smtputf8_cannot_get_such_an_address(settings, mailbox):
    server = MailServer(port=free_port())
    controller = Controller(server, hostname=server.host, port=server.port, enable_SMTPUTF8=False)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    try:
        assert traits(failure(mailbox, address="jörg@example.org")) == {"permanent"}
    finally:
        mailbox.close()
        controller.stop()


def test_a_server_that_is_not_there_says_nothing_about_the_message(settings, mailbox):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    error = failure(mailbox)

    assert type(error) is ChannelDown
    assert str(error).startswith(f"The mail server 127.0.0.1:{settings.EMAIL_PORT} cannot be reached:")


def test_without_a_server_it_says_what_to_set(mailbox, settings):
    settings.EMAIL_HOST = None

    assert str(failure(mailbox)) == "There is no mail server: set EMAIL_URL."


@pytest.mark.parametrize("greeting", [b"421 too many connections\r\n", b"554 go away\r\n", b"HTTP/1.1 400\r\n", b""])
def test_a_server_that_does_not_greet_is_down(settings, mailbox, greeting):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()

        def greet():
            client, _ = listener.accept()
            with client:
                client.sendall(greeting)

        thread = Thread(target=greet)
        thread.start()
        assert type(failure(mailbox)) is ChannelDown
        thread.join()


def test_an_answer_that_drips_is_read_to_its_end(settings, mailbox):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
        thread = Thread(target=drip, args=[listener])
        thread.start()

        accepted = send(mailbox)

        mailbox.close()
        thread.join()
    assert accepted.detail == "250 at last"


def test_an_answer_without_end_is_an_unknown_outcome(settings, mailbox):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
        thread = Thread(target=drip, args=[listener, b"250-not yet\r\n" * 10_000, 1000])
        thread.start()

        error = failure(mailbox)

        thread.join()
    assert error.unknown
    assert str(error) == "The server answered without end."


def drip(listener, answer=b"250-not yet\r\n250 at last\r\n", step=1):
    client, _ = listener.accept()
    with suppress(ConnectionError), client, client.makefile("rwb", buffering=0) as stream:
        stream.write(b"220 ready\r\n")
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                stream.write(b"354 go\r\n")
                while stream.readline() != b".\r\n":
                    pass
                for place in range(0, len(answer), step):
                    stream.write(answer[place : place + step])
            else:
                stream.write(b"250 ok\r\n" if verb != b"QUIT" else b"221 bye\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject]
    subprocess.run(command, check=True, capture_output=True)
    return key, cert


@pytest.fixture
def secure(settings, certificate, monkeypatch):
    """A server that wants encryption and a login."""
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    server = MailServer(port=free_port())

    def authenticate(smtp, session, envelope, mechanism, login):
        return AuthResult(success=(login.login, login.password) == (b"ana", b"secret"), handled=False)

    controller = Controller(
        server,
        hostname=server.host,
        port=server.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = server.host, server.port, True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ana", "secret"
    yield server
    controller.stop()


def test_it_encrypts_and_logs_in(secure, mailbox):
    send(mailbox)
    send(mailbox)
    mailbox.close()

    assert len(secure.mails) == 2


def test_a_wrong_password_is_not_the_fault_of_a_message(secure, mailbox, settings):
    settings.EMAIL_HOST_PASSWORD = "wrong"

    error = failure(mailbox)

    assert type(error) is ChannelDown
    assert "does not let us in: 535" in str(error)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure, mailbox, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL, "mail.log")  # the server's own, when we hang up
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    assert type(failure(mailbox)) is ChannelDown
    assert secure.mails == []


def test_closing_says_goodbye_and_may_be_done_twice(mailserver):
    mailbox = Mailbox()
    send(mailbox)

    mailbox.close()
    mailbox.close()


def test_the_built_mail_is_what_the_server_gets(mailserver, mailbox):
    content = mailbox.build(ENVELOPE)

    mailbox.send(ENVELOPE, content, hold=lambda: None)

    assert mailserver.mails[0].content == content
    assert mailserver.mails[0].message_id == "<m7@example.org>"
