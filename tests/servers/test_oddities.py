"""What servers do that no standard foresees, or few remember: seen in the world, played by our own."""

from time import monotonic

import pytest

from notices.channels.base import Accepted, AddressRefused, Later
from notices.channels.email import relay
from tests.fixtures.scripted import OFFERS, Act
from tests.servers.letters import MANY, accepted, as_sent, down, handed_over, kinds, letters, said

STEP_BY_STEP = tuple(one for one in OFFERS if one != "PIPELINING")


def assert_all_arrived(server, parcels=None):
    wanted = {as_sent(one.content) for one in (letters() if parcels is None else parcels)}
    assert {as_sent(one.content) for one in server.mails} == wanted
    assert set(server.copies.values()) <= {1}


def assert_all_went_well(server, **how):
    outcomes = handed_over(letters(), **how)

    assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
    assert_all_arrived(server)


# The greeting and what is offered


@pytest.mark.parametrize("refusal", ["500 5.5.1 Command unrecognized", "502 5.5.2 XXXX", "550 what", "421 try HELO"])
def test_one_that_knows_only_helo(scripted, refusal):
    scripted.on("EHLO", Act(refusal), to="EHLO")
    assert_all_went_well(scripted)
    assert all(" SIZE=" not in line for _, line in scripted.commands)


@pytest.mark.parametrize(
    "offers",
    [
        ("XXXXXXXA", "SIZE 20000000", "XXXXXXXXXXXXXX", "XXXXXXXB"),  # a firewall in between
        ("SIZE",),
        ("SIZE 0", "8BITMIME", "PIPELINING"),
        ("pipelining", "size 10240000", "8bitmime"),
        ("CHUNKING", "BINARYMIME", "PIPELINING", "DSN", "SMTPUTF8", "X-ANONYMOUSTLS", "X-EXPS GSSAPI NTLM", "XRDST"),
        ("PIPELINING", "AUTH=LOGIN PLAIN", "AUTH LOGIN PLAIN", "HELP", ""),
    ],
)
def test_whatever_it_offers(scripted, offers):
    scripted.offers = offers
    assert_all_went_well(scripted)


@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_one_that_takes_its_time_to_greet(scripted, stage):
    scripted.on(stage, Act(delay=3))
    assert_all_went_well(scripted)


def test_a_greeting_of_many_lines_in_pieces(scripted):
    lines = b"220-***************************\r\n220-Unauthorised use \xe4\xf6\xfc forbidden\r\n220 ready\r\n"
    scripted.on("connect", Act(lines, drip=0.005))
    assert_all_went_well(scripted)


# How it answers


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\r\n"])
@pytest.mark.parametrize("drip", [0, 0.001])
@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_answers_of_many_lines_in_pieces_with_any_line_end(scripted, end, drip, offers):
    scripted.offers = offers
    yes = b"250-2.1.0 Well," + end + b"250-" + end + b"250 2.1.0 yes" + end
    for stage in ("RSET", "MAIL", "RCPT"):
        scripted.on(stage, Act(yes, drip=drip))
    scripted.on("DATA", Act(b"354 go" + end, drip=drip))
    scripted.on("content", Act(b"250 " + end, drip=drip))
    parcels = letters(30)

    outcomes = handed_over(parcels)

    assert kinds(outcomes) == {"Accepted": 30}, said(outcomes)
    assert_all_arrived(scripted, parcels)


def test_bare_codes_are_answers(scripted):
    for stage, code in (("MAIL", "250"), ("RCPT", "250"), ("DATA", "354"), ("content", "250")):
        scripted.on(stage, Act(code))
    assert_all_went_well(scripted)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "content"])
def test_a_tarpit(scripted, stage):
    scripted.on(stage, Act(delay=1))
    parcels = letters(12)
    began = monotonic()

    outcomes = handed_over(parcels)

    assert kinds(outcomes) == {"Accepted": 12}, said(outcomes)
    assert_all_arrived(scripted, parcels)
    assert monotonic() - began < 12


# How it refuses


def refuse_some(server, line="550 5.1.1 no such user", every=10, **how):
    for key in range(every, MANY + 1, every):
        server.on("RCPT", Act(line, **how), to=f"<p{key}@")


def others(every=10):
    return [one for one in letters() if one.key % every]


@pytest.mark.parametrize(
    "after", ["503 5.5.1 RCPT first", "554 5.5.1 no valid recipients", "354 go on", "451 4.3.0 what"]
)
@pytest.mark.parametrize("connections", [1, 4])
def test_what_follows_a_refused_recipient_is_its_own_matter(scripted, after, connections):
    nobody = set()
    gone = {f"<p{key}@" for key in range(10, MANY + 1, 10)}

    def decide(stage, value):
        if stage == "RCPT" and any(one in value for one in gone):
            nobody.add(1)
            return Act("550 5.1.1 no such user")
        if stage == "DATA" and nobody and connections == 1:
            nobody.clear()
            return Act(after)
        return None

    scripted.decide = decide
    outcomes = handed_over(letters(), connections=connections)

    assert kinds(outcomes) == {"Accepted": len(others()), "AddressRefused": MANY - len(others())}, said(outcomes)
    assert_all_arrived(scripted, others())
    assert relay.pace(relay.find()) is relay.Pace.RIDING


@pytest.mark.parametrize("rset", ["500 5.5.1 what", "502 no", "503 not now", "451 later", "421 bye"])
def test_one_that_does_not_like_rset(scripted, rset):
    refuse_some(scripted)
    scripted.on("RSET", Act(rset, close=rset.startswith("421")))

    outcomes = handed_over(letters())

    assert kinds(outcomes) == {"Accepted": len(others()), "AddressRefused": MANY - len(others())}, said(outcomes)
    assert_all_arrived(scripted, others())


def test_one_that_hangs_up_when_it_refuses(scripted):
    refuse_some(scripted, "451 4.7.1 greylisted", close=True)

    outcomes = handed_over(letters())

    assert accepted(outcomes) == {one.key for one in others()}, said(outcomes)
    assert {one.later for one in outcomes.values() if not isinstance(one, Accepted)} == {Later.GREYLISTED}
    assert_all_arrived(scripted, others())
    assert relay.pace(relay.find()) is relay.Pace.RIDING


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("every", [2, 25])
def test_one_that_forgets_what_came_with_a_command_that_it_refuses(scripted, settings, connections, every):
    """It costs the wait for an answer once, not with each refusal."""
    settings.EMAIL_TIMEOUT = 2
    scripted.lie = "flushes"
    refuse_some(scripted, every=every)
    began = monotonic()

    outcomes = handed_over(letters(), connections=connections)

    assert {key for key, one in outcomes.items() if isinstance(one, AddressRefused)} == set(
        range(every, MANY + 1, every)
    )
    assert kinds(outcomes)["Accepted"] == len(others(every)), said(outcomes)
    assert_all_arrived(scripted, others(every))
    assert connections > 1 or relay.pace(relay.find()) is relay.Pace.STEP_BY_STEP
    assert monotonic() - began < 14


@pytest.mark.parametrize(
    "line",
    [
        "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
        "421 4.7.0 Too many messages in this session",
        "421 Maximum message count per session reached",
    ],
)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_a_goodbye_after_so_many_messages(scripted, line, stage, offers):
    scripted.offers = offers
    scripted.on(stage, Act(line, close=True), after=7)
    assert_all_went_well(scripted)


@pytest.mark.parametrize("many", [1, 2, 7])
@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
@pytest.mark.parametrize("how", ["close", "drop"])
def test_one_that_hangs_up_without_a_word_after_so_many_messages(scripted, many, connections, offers, how):
    scripted.offers = offers
    scripted.on("content", Act("250 2.0.0 taken", take=True, **{how: True}), after=many - 1)

    outcomes = handed_over(letters(), connections=connections)

    assert all(one.unknown for one in outcomes.values() if not isinstance(one, Accepted)), said(outcomes)
    assert how == "drop" or kinds(outcomes) == {"Accepted": MANY}
    assert_all_arrived(scripted)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "content"])
def test_a_goodbye_in_the_middle_of_everything(scripted, stage):
    scripted.on(stage, Act("421 4.3.2 Service shutting down", close=True), times=3, after=2)

    outcomes = handed_over(letters())

    left = [one for one in letters() if one.key in accepted(outcomes)]
    assert len(left) >= MANY - 3, said(outcomes)
    assert_all_arrived(scripted, left)


# Who does not log in


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        ("MAIL", "530 5.7.57 Client not authenticated to send mail. [AM0PR10CA0001.example]"),
        ("MAIL", "530 5.7.1 Client was not authenticated"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("DATA", "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail"),
        ("MAIL", "503 5.5.4 Error: send AUTH command first"),
        ("MAIL", "550 5.7.1 Authentication required"),
        ("MAIL", "550 Please authenticate first"),
        ("MAIL", "538 5.7.11 Encryption required"),
    ],
)
@pytest.mark.parametrize("offers", [OFFERS, STEP_BY_STEP])
def test_who_should_have_logged_in_loses_no_letter(scripted, stage, line, offers):
    scripted.offers = offers
    scripted.on(stage, Act(line))

    assert down() == f"The mail server answered {line}"
    assert scripted.mails == []
    assert relay.pace(relay.find()) is relay.Pace.RIDING


def test_a_list_for_members_is_that_letters_refusal_alone(scripted):
    line = "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required"
    scripted.on("RCPT", Act(line), to="<p3@")

    outcomes = handed_over(letters(5))

    assert said(outcomes) == {f"The mail server answered {line}": 1}
    assert accepted(outcomes) == {1, 2, 4, 5}


def test_one_that_refuses_what_comes_behind_a_content(scripted):
    """Out of fear of smuggled mails: each envelope travels at once, when the content before it was answered."""
    scripted.lie = "alone"
    assert_all_went_well(scripted)
    assert relay.pace(relay.find()) is relay.Pace.ENVELOPES
