"""The one HTTP client of all channels."""

import os
import socket
import ssl
import subprocess
import threading
from contextlib import closing
from ipaddress import ip_network

import pytest

from notices.channels import guard
from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Later, NotOurs
from notices.channels.http import Answer, Client, Unreachable, line, refusal, waiting_time
from tests.fixtures.ports import port_of_nobody
from tests.fixtures.webserver import Response, WebServer

FINE = Response(200, b"fine")


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def server():
    with WebServer(lambda request: FINE) as running:
        yield running


@pytest.fixture
def client():
    with closing(Client(seconds=2.5)) as open_client:
        yield open_client


def test_a_request_arrives_as_it_was_meant(server, client):
    answer = client.post(f"{server.url}/hook?a=1", b'{"x": 1}', headers={"Authorization": "Bearer t"})

    (request,) = server.requests
    assert (answer.status, answer.body) == (200, b"fine")
    assert (request.method, request.path, request.query, request.json) == ("POST", "/hook", {"a": ["1"]}, {"x": 1})
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["user-agent"] == "CommsPlan"


def test_the_connection_is_kept(server, client):
    ports = set()
    for _ in range(3):
        client.post(server.url, b"{}")
        ports.add(client._line._sock.getsockname())

    assert len(ports) == 1


def test_a_server_that_hung_up_between_two_requests_leaves_no_doubt(server, client):
    server.next = [Response(200, b"", {"Connection": "close"}), FINE]

    assert [client.post(server.url, b"{}").status for _ in range(2)] == [200, 200]
    assert len(server.requests) == 2


def test_no_redirect_is_followed(server, client):
    server.next = [Response(302, b"", {"Location": f"{server.url}/elsewhere"})]

    answer = client.post(server.url, b"{}")

    assert len(server.requests) == 1
    assert refusal(answer, service="Chat").permanent


def test_a_proxy_in_the_environment_is_not_used(server, client, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1")

    assert client.post(server.url, b"{}").status == 200


def test_the_operators_proxy_is_told_the_checked_address(client, server, settings):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve():
            line, _ = proxy.accept()
            with line:
                asked.append(line.recv(4096))
                line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                line.recv(4096)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        settings.OUTGOING_PROXY = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        answer = client.post("http://localhost:8/hook".replace("localhost", "127.0.0.1"), b"{}")
        thread.join()

    assert answer.body == b"ok"
    assert asked[0].startswith(b"CONNECT 127.0.0.1:8 HTTP/1.1\r\n")


def test_private_networks_are_closed(server, client, settings):
    settings.ALLOWED_PRIVATE_NETWORKS = ()

    with pytest.raises(ChannelError, match="private network") as caught:
        client.post(f"https://127.0.0.1:{server.port}/", b"{}")
    assert caught.value.permanent
    assert server.requests == []


def test_a_name_that_resolves_differently_the_second_time_gets_nowhere(server, client, settings, monkeypatch):
    """The check and the connection take the same answer: there is no second one."""
    settings.ALLOWED_PRIVATE_NETWORKS = ()
    asked, real = [], socket.getaddrinfo

    def rebinding(host, port, *args, **options):
        asked.append(host)
        address = "192.0.2.7" if len(asked) == 1 else "127.0.0.1"
        return real(address, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(guard, "is_open", lambda address: str(address) == "192.0.2.7")
    monkeypatch.setattr(line, "CONNECT_SECONDS", 0.1)

    with pytest.raises(Unreachable):
        client.post(f"https://rebinding.example.org:{server.port}/", b"{}")
    assert asked == ["rebinding.example.org"]
    assert server.requests == []
    with pytest.raises(ChannelError, match="private network"):
        client.post(f"https://rebinding.example.org:{server.port}/", b"{}")


def test_what_cannot_be_reached_was_not_sent(client):
    with port_of_nobody() as port, pytest.raises(Unreachable) as caught:
        client.post(f"http://127.0.0.1:{port}/secret-part", b"{}")
    assert (caught.value.permanent, caught.value.unknown, caught.value.later) == (False, False, Later.LOST)
    assert str(caught.value) == f"127.0.0.1:{port} cannot be reached: Connection refused"


def test_the_channel_is_down_when_its_only_server_is(settings):
    with pytest.raises(ChannelDown):
        Client(only_server=True, seconds=1).post("http://127.0.0.1:1/", b"{}")


def test_a_request_that_was_written_and_not_answered_may_have_been_acted_upon(server, client):
    server.next = [Response(hang=60)]
    with pytest.raises(ChannelError) as caught:
        client.post(server.url, b"{}")
    assert (caught.value.unknown, caught.value.later) == (True, Later.TIMED_OUT)

    server.next = [Response(drop=True)]
    with pytest.raises(ChannelError) as caught:
        client.post(server.url, b"{}")
    assert (caught.value.unknown, caught.value.later) == (True, Later.LOST)


def test_where_the_other_side_knows_a_copy_there_is_nothing_unknown(server, client):
    server.next = [Response(hang=60)]

    with pytest.raises(ChannelError) as caught:
        client.ask("PUT", server.url, b"{}", repeatable=True)
    assert (caught.value.unknown, caught.value.permanent) == (False, False)


@pytest.mark.parametrize("trickle", [b"H", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
def test_a_server_that_sends_a_byte_now_and_then_ends_in_time(client, trickle):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            line, _ = listener.accept()
            with line:
                line.recv(4096)
                try:
                    line.sendall(trickle)
                    while not done.wait(0.05):
                        line.sendall(b"x")
                except OSError:
                    pass

        done = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ChannelError) as caught:
            client.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}")
        done.set()
        thread.join()

    assert caught.value.unknown


def test_an_endless_answer_is_cut(server, client):
    server.next = [Response(200, b"x" * (line.LARGEST_ANSWER + 500_000)), FINE]

    assert len(client.post(server.url, b"{}").body) == line.LARGEST_ANSWER
    assert client.post(server.url, b"{}").body == b"fine"


def test_what_became_somebody_elses_does_not_leave(server, client):
    with pytest.raises(NotOurs):
        client.post(server.url, b"{}", may_leave=lambda: False)
    assert server.requests == []


def test_a_line_break_in_a_header_does_not_leave(server, client):
    with pytest.raises(ChannelError):
        client.post(server.url, b"{}", headers={"X": "a\r\nY: b"})
    assert server.requests == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=chat.test"]
    command += ["-addext", "subjectAltName=DNS:chat.test", "-keyout", folder / "key", "-out", folder / "cert"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_certificate_is_that_of_the_name(server, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert", certificate / "key")
    names = []
    context.sni_callback = lambda sock, name, _: names.append(name)
    server.encrypt(context)
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **how: real("127.0.0.1", *args, **how))
    trusting = ssl.create_default_context(cafile=certificate / "cert")

    with closing(Client(seconds=30, encryption=trusting)) as client:
        assert client.post(f"https://chat.test:{server.port}/", b"{}").body == b"fine"
        with pytest.raises(Unreachable, match=r"other\.test.*(?i:certificate)"):
            client.post(f"https://other.test:{server.port}/", b"{}")
    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        Client(seconds=30).post(f"https://chat.test:{server.port}/", b"{}")
    assert names[0] == "chat.test"


def said(status, **headers):
    error = refusal(Answer(status, headers), service="Chat")
    return type(error), error.permanent, error.unknown, error.later, error.wait


def test_each_status_says_what_to_do():
    later = Later.REFUSED
    assert said(400) == said(413) == said(422) == (ChannelError, True, False, later, 0)
    assert said(401)[0] is said(403)[0] is ChannelDown
    assert said(404)[0] is said(410)[0] is AddressRefused
    assert said(429, **{"retry-after": "7"}) == (ChannelError, False, False, Later.THROTTLED, 7)
    assert said(500) == said(502) == (ChannelError, False, False, later, 0)
    assert said(503, **{"retry-after": "30"}) == (ChannelError, False, False, later, 30)
    assert said(504)[2]
    assert refusal(Answer(403), service="Chat", own_door=True).permanent


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("1.5", 1.5), ("", 0), ("nonsense", 0), ("-3", 0), ("nan", 0), ("inf", 86_400), ("1e9", 86_400)],
)
def test_how_long_to_wait(text, seconds):
    assert waiting_time(Answer(429, {"retry-after": text})) == seconds


def test_a_date_to_wait_until():
    assert waiting_time(Answer(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0
    assert waiting_time(Answer(429, {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"})) == 86_400


def test_the_words_of_an_answer_are_short_and_printable():
    assert Answer(400, {}, b"no\0pe \x1b[31m\xff" + b"x" * 500).words.startswith("no pe [31m\ufffdx")
    assert len(Answer(400, {}, b"x" * 5_000).words) == 200
