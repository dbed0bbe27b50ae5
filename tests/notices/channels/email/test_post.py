"""Against a server that does what it is told, over real sockets."""

import logging
import ssl
from contextlib import closing
from time import monotonic, sleep

import pytest
from aiosmtpd.smtp import AuthResult

from notices.channels import email
from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, ChannelError, Later, NotOurs, Parcel
from notices.channels.email import line, post, relay
from notices.channels.email.post import Mail
from tests.fixtures.mailserver import Listening, MailServer
from tests.fixtures.ports import port_of_nobody
from tests.fixtures.scripted import OFFERS, Act, ScriptedServer
from tests.fixtures.waiting import Gate, eventually

STEP_BY_STEP = tuple(one for one in OFFERS if one != "PIPELINING")


def parcel(key=1, address="", size=0, may_leave=lambda: True):
    content = b"Message-ID: <m%d@example.org>\r\nSubject: Mail stops\r\n\r\n.Mail stops.\r\n" % key
    filling = b"It does so for all.\r\n" * (size // 21)
    return Parcel(key, f"bounce+{key}@example.org", address or f"p{key}@example.org", content + filling, may_leave)


@pytest.fixture
def mail():
    with closing(Mail()) as sender:
        yield sender


def open_mail(connections=1, per_connection=0):
    return closing(Mail(Access(connections=connections, per_connection=per_connection)))


def send(mail, parcels, seconds=60):
    """Everything, as delivery does it; the outcome of each by its key."""
    todo, outcomes, until = list(parcels), {}, monotonic() + seconds
    total = len(todo)
    while len(outcomes) < total:
        assert monotonic() < until, f"only {sorted(outcomes)} of {total}"
        while todo and mail.room():
            mail.put(todo.pop(0))
        for one, outcome in mail.collect(0.2):
            assert one.key not in outcomes
            outcomes[one.key] = outcome
    return outcomes


def kinds(outcomes):
    return {key: type(outcome) for key, outcome in outcomes.items()}


def failure(mail, one=None):
    outcome = send(mail, [one or parcel()])[(one or parcel()).key]
    assert isinstance(outcome, ChannelError), outcome
    return outcome


def traits(error):
    names = ("permanent", "unknown", "closes", "of_letter")
    return {name for name in names if getattr(error, name)}


# The usual


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP, ()])
@pytest.mark.parametrize("connections", [1, 3])
def test_each_message_arrives_once_and_as_it_is(scripted, offers, connections):
    scripted.offers = offers
    with open_mail(connections) as mail:
        outcomes = send(mail, map(parcel, range(40)))

    assert kinds(outcomes) == dict.fromkeys(range(40), Accepted)
    assert {(one.sender, one.recipient, one.content) for one in scripted.mails} == {
        (f"bounce+{key}@example.org", f"p{key}@example.org", parcel(key).content) for key in range(40)
    }
    assert len(scripted.mails) == 40
    assert scripted.most_open <= connections


def test_the_answer_of_the_server_is_kept(scripted, mail):
    assert send(mail, [parcel()]) == {1: Accepted("250 2.0.0 Ok: queued as 1")}


def test_the_next_envelope_travels_with_the_content(scripted, mail):
    """With 150 ms for every answer that is waited for, four round trips for each message would take twelve seconds."""
    scripted.delay = 0.15
    began = monotonic()

    send(mail, map(parcel, range(20)))

    assert 3 < monotonic() - began < 8


def test_content_waits_until_its_predecessor_was_collected_and_the_caller_came_back(scripted, mail):
    mail.put(parcel(1))
    mail.put(parcel(2))
    while not mail.collect(0.2):
        pass
    assert eventually(lambda: sum(line.startswith("DATA") for _, line in scripted.commands) == 2)
    sleep(0.3)
    assert [line for _, line in scripted.commands if line.startswith("DATA")] == ["DATA", "DATA"]
    assert scripted.recipients == ["p1@example.org"]

    while not mail.collect(0.2):
        pass

    assert scripted.recipients == ["p1@example.org", "p2@example.org"]


def test_the_second_connection_is_opened_when_the_first_one_works(scripted):
    scripted.on("content", Act(gate=(answer := Gate())), times=1)
    scripted.delay = 0.01
    with open_mail(3) as mail:
        for key in range(4):
            mail.put(parcel(key))
        mail.collect(0.3)
        assert scripted.connections == 1
        answer.open()

        send(mail, map(parcel, range(10, 60)))

    assert scripted.most_open == 3


def test_one_connection_carries_so_many_messages_and_no_more(scripted):
    with open_mail(1, per_connection=3) as mail:
        send(mail, map(parcel, range(8)))

    served = [one.connection for one in scripted.mails]
    assert served == [1, 1, 1, 2, 2, 2, 3, 3]
    assert [number for number, line in scripted.commands if line == "QUIT"] == [1, 2, 3]


def test_room_says_how_much_may_wait(scripted, mail):
    assert mail.room() == 2
    mail.put(parcel(1))
    mail.put(parcel(2))
    assert mail.room() == 0


def test_collect_comes_back_when_the_time_is_up(scripted, mail):
    scripted.on("content", Act(hang=True))
    mail.put(parcel())
    began = monotonic()

    assert mail.collect(0.3) == []

    assert 0.25 < monotonic() - began < 10


def test_nothing_put_is_nothing_to_wait_for(mail):
    assert mail.collect(10) == []


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_large_mails_go_out_in_pieces(scripted, mail, offers):
    scripted.offers = offers
    send(mail, [parcel(key, size=3_000_000) for key in range(3)])

    assert [mail.content for mail in scripted.mails] == [parcel(key, size=3_000_000).content for key in range(3)]


def test_letters_of_all_alphabets_are_addresses(scripted, mail):
    send(mail, [parcel(1, "jörg@bücher.example"), parcel(2, "jorg@bücher.example")])

    assert scripted.recipients == ["jörg@xn--bcher-kva.example", "jorg@xn--bcher-kva.example"]


def test_a_server_without_smtputf8_cannot_get_such_an_address(scripted, mail):
    scripted.offers = ("PIPELINING",)

    outcomes = send(mail, [parcel(1, "jörg@example.org"), parcel(2)])

    assert traits(outcomes[1]) == {"permanent"}
    assert scripted.recipients == ["p2@example.org"]


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a b@example.org", "a@example.org\r\nRCPT TO:<x@y>"])
def test_what_is_no_address_is_refused_before_the_network(scripted, mail, address):
    outcomes = send(mail, [Parcel(1, "bounce@example.org", address, b"x"), parcel(2)])

    assert traits(outcomes[1]) == {"permanent"}
    assert scripted.recipients == ["p2@example.org"]


# Refusals


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
@pytest.mark.parametrize(
    ("stage", "line", "kind", "expected", "later"),
    [
        ("MAIL", "451 4.3.0 try again", ChannelError, set(), Later.REFUSED),
        ("MAIL", "550 5.1.1 who are you", ChannelError, {"permanent"}, Later.REFUSED),
        ("RCPT", "450 4.2.0 greylisted", ChannelError, set(), Later.GREYLISTED),
        ("RCPT", "452 4.5.3 too many recipients", ChannelError, set(), Later.THROTTLED),
        ("RCPT", "550 5.1.1 no such user", AddressRefused, {"permanent"}, Later.REFUSED),
        ("RCPT", "550 5.1.10 null MX", AddressRefused, {"permanent"}, Later.REFUSED),
        ("RCPT", "550 5.7.1 blocked", ChannelError, {"permanent"}, Later.REFUSED),
        ("RCPT", "550 no", ChannelError, {"permanent"}, Later.REFUSED),
        ("RCPT", "421 4.7.0 too many connections", ChannelError, {"closes"}, Later.CONNECTIONS),
        ("DATA", "432 4.7.1 slow down", ChannelError, set(), Later.THROTTLED),
        ("content", "454 4.7.0 throttled", ChannelError, set(), Later.THROTTLED),
        ("content", "554 5.7.1 looks like spam", ChannelError, {"permanent"}, Later.REFUSED),
        ("content", "550 5.1.1 gone", AddressRefused, {"permanent"}, Later.REFUSED),
        ("content", "421 4.3.2 shutting down", ChannelError, {"closes"}, Later.CONNECTIONS),
    ],
)
def test_what_the_server_says_decides_what_happens_next(scripted, mail, stage, line, kind, expected, later, offers):
    scripted.offers = offers
    scripted.on(stage, Act(line))

    error = failure(mail)

    assert (type(error), traits(error), error.later) == (kind, expected, later)
    assert str(error) == f"The mail server answered {line}"


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "content"])
def test_a_letter_that_the_server_finds_too_large_is_refused_alone_and_says_its_size(scripted, mail, stage, offers):
    scripted.offers = offers
    scripted.on(stage, Act("552 5.3.4 Message size exceeds fixed limit"), times=1)

    outcomes = send(mail, [parcel(1, size=200_000), parcel(2)])

    assert traits(outcomes[1]) == {"permanent", "of_letter"}
    assert str(outcomes[1]) == (
        f"The letter is too large: it has {len(parcel(1, size=200_000).content):,} bytes. "
        "The mail server answered 552 5.3.4 Message size exceeds fixed limit"
    )
    assert scripted.recipients == ["p2@example.org"]


@pytest.mark.parametrize("offers", [("PIPELINING", "SIZE 20000"), ("SIZE 20000",)])
def test_what_is_larger_than_the_server_announces_is_refused_without_asking_it(scripted, offers):
    scripted.offers = offers
    parcels = [parcel(key, size=20_000 if key % 5 else 0) for key in range(50)]
    fits = Parcel(50, "bounce@example.org", "fits@example.org", b"x" * 19_998 + b"\r\n")

    with open_mail(3) as mail:
        outcomes = send(mail, [*parcels, fits])

    refused = [outcomes[key] for key in range(10, 50) if key % 5]
    assert {str(one) for one in refused} == {
        f"The letter is too large: it has {len(parcels[11].content):,} bytes. The mail server takes 20,000 at most."
    }
    assert all(traits(one) == {"permanent", "of_letter"} for one in refused)
    assert set(scripted.recipients) == {f"p{key}@example.org" for key in range(0, 50, 5)} | {"fits@example.org"}
    assert len([line for _, line in scripted.commands if line.startswith("MAIL")]) == 11


@pytest.mark.parametrize("announced", ["SIZE", "SIZE 0", "SIZE many", "SIZE -5", "SIZE ²", f"SIZE {'9' * 6000}"[:900]])
def test_a_server_that_announces_no_size_gets_whatever_there_is(scripted, mail, announced):
    scripted.offers = ("PIPELINING", announced)

    assert kinds(send(mail, [parcel(1, size=200_000)])) == {1: Accepted}


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize("act", [Act("451 later"), Act("554 never"), Act("421 closing", close=True)])
def test_after_any_refusal_the_others_go_out(scripted, mail, stage, act, offers):
    scripted.offers = offers
    scripted.on(stage, act, times=1, to="p2@" if stage in ("RCPT", "content") else "")

    outcomes = send(mail, map(parcel, range(5)))

    refused = {f"p{key}@example.org" for key, outcome in outcomes.items() if outcome.__class__ is not Accepted}
    assert set(scripted.recipients) == {f"p{key}@example.org" for key in range(5)} - refused
    assert len(scripted.mails) == 5 - len(refused) >= 4


def test_a_server_that_wants_a_message_for_nobody_gets_none(scripted, mail):
    """RFC 2920: RCPT was refused and DATA was not, so a lone dot ends what must not begin."""
    scripted.on("RCPT", Act("550 5.1.1 no such user"), to="p2@")
    scripted.on("DATA", Act("354 go on, for nobody"))

    outcomes = send(mail, map(parcel, range(5)))

    assert [key for key, outcome in outcomes.items() if type(outcome) is not Accepted] == [2]
    assert scripted.recipients == [f"p{key}@example.org" for key in (0, 1, 3, 4)]
    assert scripted.connections == 1


def test_the_server_does_not_let_us_send_at_all(scripted, mail):
    scripted.on("MAIL", Act("530 5.7.0 Authentication required"))
    mail.put(parcel(1))
    mail.put(parcel(2))

    with pytest.raises(ChannelDown, match=r"530 5\.7\.0 Authentication required"):
        mail.collect(5)

    assert [(one.key, known) for one, known in mail.abandon()] == [(1, None), (2, None)]


# Connections that end


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_a_server_that_closes_after_some_messages_gets_the_rest_over_another_connection(scripted, mail, offers):
    scripted.offers, scripted.per_connection = offers, 3

    outcomes = send(mail, map(parcel, range(10)))

    assert set(kinds(outcomes).values()) == {Accepted}
    assert set(scripted.copies.values()) == {1}


def test_a_server_that_takes_fewer_connections_gets_fewer(scripted):
    scripted.most_connections, scripted.delay = 2, 0.01
    with open_mail(4) as mail:
        outcomes = send(mail, map(parcel, range(60)))

    assert set(kinds(outcomes).values()) == {Accepted}
    assert scripted.connections <= 4


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_is_lost_before_the_content_costs_nothing(scripted, mail, stage):
    scripted.on(stage, Act(drop=True), times=1)

    outcomes = send(mail, map(parcel, range(5)))

    assert set(kinds(outcomes).values()) == {Accepted}
    assert sorted(scripted.copies.values()) == [1] * 5


def test_a_message_that_makes_the_server_hang_up_is_not_tried_for_ever(scripted, mail, settings):
    scripted.on("RCPT", Act(drop=True), to="p2@")

    outcomes = send(mail, map(parcel, range(5)))

    assert [key for key, outcome in outcomes.items() if type(outcome) is not Accepted] == [2]
    assert (traits(outcomes[2]), outcomes[2].later) == ({"closes"}, Later.LOST)
    assert relay.pace(relay.find()) is relay.Pace.RIDING


@pytest.mark.parametrize(("taken", "copies"), [(True, 5), (False, 4)])
def test_a_connection_that_is_lost_after_the_final_dot_is_an_unknown_outcome(scripted, mail, taken, copies):
    scripted.on("content", Act(drop=True, take=taken), to="p2@", times=1)

    outcomes = send(mail, map(parcel, range(5)))

    assert [key for key, outcome in outcomes.items() if type(outcome) is not Accepted] == [2]
    assert (traits(outcomes[2]), outcomes[2].later) == ({"unknown", "closes"}, Later.LOST)
    assert len(scripted.mails) == copies == len(scripted.copies)


def test_no_answer_after_the_final_dot_is_an_unknown_outcome(scripted, mail, settings):
    settings.EMAIL_TIMEOUT = 1.5
    scripted.on("content", Act(hang=True), times=1)

    outcomes = send(mail, map(parcel, range(3)))

    assert (traits(outcomes[0]), outcomes[0].later) == ({"unknown", "closes"}, Later.TIMED_OUT)
    assert scripted.recipients == ["p1@example.org", "p2@example.org"]


def test_commands_that_get_no_answer_cost_their_message_only_some_time(scripted, mail, settings):
    settings.EMAIL_TIMEOUT = 1.5
    scripted.on("RCPT", Act(hang=True), to="p1@")

    outcomes = send(mail, map(parcel, range(4)))

    assert [key for key, outcome in outcomes.items() if type(outcome) is not Accepted] == [1]
    assert (traits(outcomes[1]), outcomes[1].later) == ({"closes"}, Later.TIMED_OUT)


def test_one_that_hangs_holds_up_nobody(scripted, monkeypatch):
    monkeypatch.setattr(line, "STALLED_SECONDS", 0.2)
    monkeypatch.setattr(post, "STALLED_SECONDS", 0.2)
    scripted.on("content", Act(hang=True), to="p3@")
    with open_mail(2) as mail:
        todo, outcomes = [parcel(key) for key in range(40)], {}
        until = monotonic() + 60
        while len(outcomes) < 39 and monotonic() < until:
            while todo and mail.room():
                mail.put(todo.pop(0))
            outcomes |= {one.key: outcome for one, outcome in mail.collect(0.2)}

        assert kinds(outcomes) == {key: Accepted for key in range(40) if key != 3}
        left = mail.abandon()

    assert [(one.key, traits(known)) for one, known in left] == [(3, {"unknown", "closes"})]


def test_an_answer_that_drips_is_read_to_its_end(scripted, mail):
    scripted.on("content", Act(b"250-not yet\r\n250 at last\r\n", drip=0.005))

    assert send(mail, [parcel()]) == {1: Accepted("250 not yet at last")}


def test_drops_of_an_answer_do_not_prolong_the_waiting(scripted, mail, settings):
    settings.EMAIL_TIMEOUT = 1.5
    scripted.on("content", Act(b"250-not yet\r\n" * 200, drip=0.05), times=1)

    assert failure(mail).later is Later.TIMED_OUT


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"250-not yet\r\n" * 10_000, "The server answered without end."),
        (b"250 " + b"x" * 100_000, "The server answered without end."),
        (b"\x00\x00\x00\r\n", "The server answered something that is no reply."),
        (b"HTTP/1.1 200 OK\r\n", "The server answered something that is no reply."),
        (b"354 more\r\n", "The mail server answered the content with 354 more"),
    ],
)
def test_an_answer_that_is_none_is_an_unknown_outcome(scripted, mail, answer, sentence):
    scripted.on("content", Act(answer), times=1)

    error = failure(mail)

    assert error.unknown
    assert str(error) == f"The server did not confirm the message: {sentence}"


def test_an_answer_with_strange_characters_can_be_stored(scripted, mail):
    scripted.on("content", Act(b"250 taken\x00by\x07\xff\x1b[31m M\xc3\xbcller " + b"x" * 1000 + b"\r\n"))

    detail = send(mail, [parcel()])[1].detail

    assert detail.startswith("250 taken by [31m Müller xxx")
    assert len(detail) <= 410


@pytest.mark.parametrize("lie", ["forgets", "drops", "garbles", "doubles"])
def test_a_server_that_lies_about_pipelining_gets_everything_step_by_step(scripted, mail, settings, lie):
    scripted.lie = lie
    settings.EMAIL_TIMEOUT = 2

    outcomes = send(mail, map(parcel, range(12)))

    assert kinds(outcomes) == dict.fromkeys(range(12), Accepted)
    assert scripted.copies == {f"<m{key}@example.org>": 1 for key in range(12)}
    assert relay.pace(relay.find()) is relay.Pace.STEP_BY_STEP


@pytest.mark.parametrize("lie", ["forgets", "drops", "garbles", "doubles"])
def test_a_server_that_begins_to_lie_with_the_content_loses_and_copies_nothing(scripted, mail, settings, lie):
    settings.EMAIL_TIMEOUT = 2
    scripted.decide = lambda stage, value: setattr(scripted, "lie", lie if stage == "content" else "")

    outcomes = send(mail, map(parcel, range(12)))

    unknown = {key for key, outcome in outcomes.items() if type(outcome) is not Accepted}
    assert all(outcomes[key].unknown for key in unknown)
    assert len(unknown) <= 1
    assert set(scripted.copies.values()) == {1}
    assert {f"<m{key}@example.org>" for key in range(12) if key not in unknown} <= set(scripted.copies)


# Somebody else's


@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
@pytest.mark.parametrize("yes", [0, 1])
def test_what_became_somebody_elses_on_the_way_is_no_mail(scripted, mail, offers, yes):
    scripted.offers = offers
    answers = iter([True] * yes)
    parcels = [parcel(1), parcel(2, size=200_000, may_leave=lambda: next(answers, False)), parcel(3), parcel(4)]

    outcomes = send(mail, parcels)

    assert kinds(outcomes) == {1: Accepted, 2: NotOurs, 3: Accepted, 4: Accepted}
    assert scripted.recipients == ["p1@example.org", "p3@example.org", "p4@example.org"]


def test_a_large_mail_is_asked_for_twice_and_a_small_one_once(scripted, mail):
    asked = []

    def ask(key):
        return lambda: asked.append(key) or True

    send(mail, [parcel(1, may_leave=ask(1)), parcel(2, size=500_000, may_leave=ask(2))])

    assert asked == [1, 2, 2]


def test_abandoning_tells_what_is_known(scripted, mail):
    scripted.on("content", Act(gate=(answer := Gate())), to="p2@")
    send(mail, [parcel(1)])
    for key in (2, 3):
        mail.put(parcel(key))
    assert eventually(lambda: mail.collect(0.1) or answer.is_reached)

    left = mail.abandon()

    assert [(one.key, known and traits(known)) for one, known in left] == [(2, {"unknown", "closes"}), (3, None)]
    assert mail.room() > 0
    assert kinds(send(mail, [parcel(4)])) == {4: Accepted}


# The way in


@pytest.mark.parametrize(
    ("host", "hello"),
    [
        ("comms.example.org", "comms.example.org"),
        ("192.0.2.7", "[192.0.2.7]"),
        ("[2001:db8::7]", "[IPv6:2001:db8::7]"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_it_says_its_name_as_mail_servers_want_it(scripted, mail, settings, host, hello):
    settings.BASE_HOST = host

    send(mail, [parcel()])

    assert scripted.commands[0] == (1, f"ehlo {hello}")


def test_without_a_name_it_says_where_to_look(scripted, mail, settings):
    settings.BASE_HOST = f"{'ü' * 80}.example"

    with pytest.raises(ChannelDown, match=r"look at BASE_URL"):
        send(mail, [parcel()])


def test_a_server_that_is_not_there_says_nothing_about_the_message(settings, mail):
    settings.EMAIL_HOST = "127.0.0.1"

    with (
        port_of_nobody() as settings.EMAIL_PORT,
        pytest.raises(ChannelDown, match=r"127.0.0.1:\d+ cannot be reached: Connection refused$"),
    ):
        send(mail, [parcel()])

    assert [(one.key, known) for one, known in mail.abandon()] == [(1, None)]


def test_without_a_server_it_says_what_to_set(mail, settings):
    settings.EMAIL_HOST = None

    with pytest.raises(ChannelDown, match=r"There is no mail server: set EMAIL_URL\."):
        send(mail, [parcel()])


@pytest.mark.parametrize(
    "act",
    [
        Act("421 too many connections", close=True),
        Act("554 go away", close=True),
        Act(b"HTTP/1.1 400\r\n", close=True),
        Act(drop=True),
        Act(hang=True),
        Act(b"220-never ends\r\n" * 20, drip=0.02),
    ],
)
@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_a_server_that_does_not_greet_is_down(scripted, mail, settings, stage, act):
    settings.EMAIL_TIMEOUT = 0.5
    scripted.on(stage, act)

    with pytest.raises(ChannelDown):
        send(mail, [parcel()])


def test_a_connection_that_does_not_come_up_holds_up_nobody(scripted):
    scripted.on("connect", Act(hang=True), connection=2)
    with open_mail(2) as mail:
        outcomes = send(mail, map(parcel, range(30)), seconds=25)  # the connection would take its 30

    assert set(kinds(outcomes).values()) == {Accepted}


def test_the_fallback_is_another_server(scripted, settings):
    settings.EMAIL_FALLBACK_URL = scripted.url

    with port_of_nobody() as settings.EMAIL_PORT, closing(Mail(Access(config={"fallback": "yes"}))) as mail:
        send(mail, [parcel(1)])
    with closing(Mail(relay=email.FALLBACK)) as mail:
        send(mail, [parcel(2)])

    assert scripted.recipients == ["p1@example.org", "p2@example.org"]


def test_without_a_fallback_it_says_what_to_set(settings):
    settings.EMAIL_FALLBACK_URL = ""
    with closing(Mail(relay=email.FALLBACK)) as mail, pytest.raises(ChannelDown, match="set EMAIL_FALLBACK_URL"):
        send(mail, [parcel()])


def test_closing_says_goodbye_and_may_be_done_twice(scripted):
    mail = Mail()
    send(mail, [parcel()])

    mail.close()
    mail.close()

    assert scripted.commands[-1] == (1, "QUIT")


# Encrypted


@pytest.fixture
def context(certificate, monkeypatch):
    key, cert = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.mark.parametrize("how", ["tls", "starttls"])
@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_encrypted_mails_arrive_once_and_as_they_are(settings, context, how, offers):
    with ScriptedServer(offers=offers, **{how: context}) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = how == "tls", how == "starttls"
        with open_mail(2) as mail:
            outcomes = send(mail, [parcel(key, size=200_000 * (key % 5 == 0)) for key in range(30)])

        assert set(kinds(outcomes).values()) == {Accepted}
        assert set(server.copies.values()) == {1}
        assert {mail.content for mail in server.mails} == {
            parcel(key, size=200_000 * (key % 5 == 0)).content for key in range(30)
        }


@pytest.fixture
def secure(settings, context):
    """A server that wants encryption and a login."""
    server = MailServer()

    def authenticate(smtp, session, envelope, mechanism, login):
        return AuthResult(success=(login.login, login.password) == (b"ana", b"secret"), handled=False)

    controller = Listening(
        server,
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


def test_it_encrypts_and_logs_in(secure, mail):
    outcomes = send(mail, map(parcel, range(5)))

    assert kinds(outcomes) == dict.fromkeys(range(5), Accepted)
    assert len(secure.mails) == 5


def test_a_wrong_password_is_not_the_fault_of_a_message(secure, mail, settings):
    settings.EMAIL_HOST_PASSWORD = "wrong"

    with pytest.raises(ChannelDown, match="does not let us in: 535"):
        send(mail, [parcel()])


def test_a_certificate_that_nobody_vouches_for_is_refused(secure, mail, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL, "mail.log")  # the server's own, when we hang up
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    with pytest.raises(ChannelDown, match="CERTIFICATE_VERIFY_FAILED"):
        send(mail, [parcel()])

    assert secure.mails == []
