"""Without sockets: whatever a server answers, and however its answers are cut, each message has one outcome, and it is
the true one."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.channels.base import Accepted, ChannelDown, Parcel
from notices.channels.email.relay import Pace
from notices.channels.email.session import Letter, Session, Stage

OFFERS = frozenset(("pipelining", "size"))
ANSWERS = {
    "RSET": ["250 ok"],
    "MAIL": ["250 ok", "250 ok", "250 ok", "451 later", "550 no", "530 5.7.0 who are you", "421 bye"],
    "RCPT": ["250 ok", "250 ok", "250 ok", "251 elsewhere", "450 4.2.0 greylisted", "550 5.1.1 nobody", "421 bye"],
    "DATA": ["354 go", "354 go", "354 go", "451 later", "554 no", "421 bye", "354 go in spite of all"],
    "content": [
        "250 taken",
        "250 taken",
        "250-taken\r\n250 really",
        "451 later",
        "554 spam",
        "421 bye",
        "lost",
        "lost taken",
    ],
}


@dataclass
class Server:
    """Reads bytes, answers as the test draws it. `taken` is what it took responsibility for."""

    draw: object
    taken: list[bytes] = field(default_factory=list)
    is_gone: bool = False
    buffer: bytes = b""
    mail: bool = False
    recipient: bool = False
    in_content: bool = False

    def answer(self, stage):
        return self.draw(st.sampled_from(ANSWERS[stage]), label=stage)

    def read(self, data):
        self.buffer += data
        said = b""
        while not self.is_gone and b"\r\n" in self.buffer:
            if self.in_content:
                if not self.buffer.startswith(b".\r\n") and b"\r\n.\r\n" not in self.buffer:
                    break
                content, _, self.buffer = (b"\r\n" + self.buffer).partition(b"\r\n.\r\n")
                said += self.end(content[2:])
            else:
                line, _, self.buffer = self.buffer.partition(b"\r\n")
                said += self.obey(line)
        return said

    def obey(self, line):
        verb = line[:4].decode()
        if verb == "MAIL" and self.mail:
            return b"503 nested\r\n"
        if verb == "RCPT" and not self.mail:
            return b"503 no MAIL\r\n"
        if verb == "DATA" and not self.recipient:
            line = self.draw(st.sampled_from(["503 no RCPT", "354 for nobody"]), label="DATA for nobody")
        else:
            line = self.answer(verb)
        self.is_gone = line.startswith("421")
        match verb, line[0]:
            case "RSET", _:
                self.mail = self.recipient = False
            case "MAIL", "2":
                self.mail = True
            case "RCPT", "2":
                self.recipient = True
            case "DATA", "3":
                self.in_content = True
        return f"{line}\r\n".encode()

    def end(self, content):
        has_recipient = self.recipient
        self.mail = self.recipient = self.in_content = False
        if not has_recipient:
            assert content == b"", "content that nobody should get was sent"
            return b"554 nobody\r\n"
        line = self.answer("content")
        if line[0] == "2" or line == "lost taken":
            self.taken.append(content)
        self.is_gone = line.startswith(("421", "lost"))
        return b"" if line.startswith("lost") else f"{line}\r\n".encode()


def parcel(key):
    return Parcel(key, "b@example.org", f"p{key}@example.org", b"Message-ID: <m%d>\r\n\r\n.%d" % (key, key))


def key_of(content):
    return int(content.partition(b"<m")[2].partition(b">")[0])


def converse(session, server, letters, draw):
    """Until the session is over or all letters are; the outcomes by key. For a while some things come late."""
    outcomes = {}
    waiting = list(letters)
    for turn in range(200):
        in_time = st.just(True) if turn > 20 else st.booleans()
        while session.takes and waiting and draw(in_time, label="start"):
            session.start(waiting.pop(0))
        if session.waiting_content and draw(in_time, label="content"):
            session.give_piece()
        size = len(session.output)
        if not draw(in_time, label="written at once"):
            size = draw(st.integers(0, size), label="written")
        said = server.read(session.output[:size])
        session.wrote(size)
        cut = draw(st.integers(0, len(said)), label="cut") if said else 0
        for piece in (said[:cut], said[cut:]):
            if piece and not session.ending:
                session.receive(piece)
        if server.is_gone and not session.ending:
            session.lost("The server hung up.")
        for letter, outcome in session.outcomes:
            assert letter.parcel.key not in outcomes
            outcomes[letter.parcel.key] = outcome
        session.outcomes.clear()
        if session.ending or (not waiting and session.is_idle):
            break
    return outcomes, waiting


@settings(max_examples=400, deadline=None)
@given(data=st.data(), pace=st.sampled_from(Pace), number=st.integers(1, 5))
def test_each_message_has_one_outcome_and_it_is_true(data, pace, number):
    session, server = Session(OFFERS, pace=pace), Server(data.draw)
    letters = [Letter(parcel(key)) for key in range(number)]

    outcomes, waiting = converse(session, server, letters, data.draw)

    untouched = [letter.parcel.key for letter in session.ending.untouched] if session.ending else []
    left = [letter.parcel.key for letter in waiting]
    if session.ending or not left:
        assert sorted([*outcomes, *untouched, *left]) == list(range(number))
    taken = sorted(map(key_of, server.taken))
    accepted = {key for key, outcome in outcomes.items() if isinstance(outcome, Accepted)}
    unknown = {key for key, outcome in outcomes.items() if getattr(outcome, "unknown", False)}
    assert accepted <= set(taken) <= accepted | unknown
    assert len(taken) == len(set(taken))
    assert len(unknown) <= 1


@settings(max_examples=150, deadline=None)
@given(data=st.data(), noise=st.binary(min_size=1, max_size=40), at=st.integers(0, 12))
def test_noise_accepts_nothing_that_was_not_taken(data, noise, at):
    """The noise may look like an answer; it never makes a mail of what had not left."""
    session, sent = Session(OFFERS, pace=Pace.RIDING), b""
    letters = [Letter(parcel(key)) for key in range(3)]
    script = [
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"354 go\r\n",
        *[b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"] * 2,
    ]
    for turn in range(20):
        while session.takes and letters:
            session.start(letters.pop(0))
        if session.waiting_content:
            session.give_piece()
        sent += session.output
        session.wrote(len(session.output))
        if turn == at:
            session.receive(noise)
        elif script and session.awaited and not session.ending:
            session.receive(script.pop(0))

    accepted = [letter.parcel.key for letter, outcome in session.outcomes if isinstance(outcome, Accepted)]
    left = {key for key in range(3) if b"<m%d>" % key in sent}
    assert set(accepted) <= left


def talk(session, *lines):
    """What the session says to these answers."""
    said = []
    for line in lines:
        session.receive(f"{line}\r\n".encode())
        said.append(session.output)
        session.wrote(len(session.output))
    return said


def started(*keys, pace=Pace.RIDING):
    session = Session(OFFERS, pace=pace)
    letters = [Letter(parcel(key)) for key in keys]
    session.start(letters[0])
    return session, letters


def test_an_envelope_is_one_write_where_the_server_pipelines():
    session, _ = started(1)

    assert session.output == b"MAIL FROM:<b@example.org> SIZE=22\r\nRCPT TO:<p1@example.org>\r\nDATA\r\n"


def test_an_envelope_is_three_writes_where_it_does_not():
    session, _ = started(1, pace=Pace.STEP_BY_STEP)
    first = session.output
    session.wrote(len(first))

    assert [first, *talk(session, "250 ok", "250 ok", "354 go")] == [
        b"MAIL FROM:<b@example.org> SIZE=22\r\n",
        b"RCPT TO:<p1@example.org>\r\n",
        b"DATA\r\n",
        b"",
    ]


def test_the_next_envelope_leaves_with_the_final_dot():
    session, letters = started(1, 2)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")

    session.give_piece()
    session.start(letters[1])

    assert session.output == (
        b"Message-ID: <m1>\r\n\r\n..1\r\n.\r\nMAIL FROM:<b@example.org> SIZE=22\r\nRCPT TO:<p2@example.org>\r\nDATA\r\n"
    )


def test_a_refused_recipient_leaves_a_transaction_that_is_reset():
    session, letters = started(1, 2)
    session.wrote(len(session.output))
    assert talk(session, "250 ok", "550 5.1.1 nobody", "554 no valid recipients") == [b"", b"", b""]

    session.start(letters[1])

    assert session.output.startswith(b"RSET\r\nMAIL FROM:")


def test_a_go_for_nobody_is_answered_with_a_lone_dot():
    session, _ = started(1)
    session.wrote(len(session.output))

    assert talk(session, "250 ok", "550 5.1.1 nobody", "354 go") == [b"", b"", b".\r\n"]
    assert not session.takes
    talk(session, "554 no valid recipients")
    assert session.takes


def test_a_go_for_somebody_who_was_not_meant_is_no_reason_for_a_dot():
    """MAIL was refused, RCPT and DATA were not: a dot would make an empty mail of it."""
    session, _ = started(1)
    session.wrote(len(session.output))

    talk(session, "550 not from you", "250 ok", "354 go")

    assert session.output == b""
    assert session.ending


@pytest.mark.parametrize("answers", [["421 bye"], ["250 ok", "421 bye"], ["250 ok", "250 ok", "421 bye"]])
def test_a_goodbye_in_the_middle_of_a_group_leaves_the_message_untouched(answers):
    session, letters = started(1)
    session.wrote(len(session.output))

    talk(session, *answers)

    assert session.outcomes == []
    assert (session.ending.untouched, session.ending.blamed) == ((letters[0],), letters[0])


def test_a_goodbye_after_the_content_leaves_the_next_one_untouched_and_without_blame():
    session, letters = started(1, 2)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")
    session.give_piece()
    session.start(letters[1])
    session.wrote(len(session.output))

    talk(session, "421 4.3.2 shutting down")

    assert [letter for letter, _ in session.outcomes] == [letters[0]]
    assert not session.outcomes[0][1].unknown
    assert (session.ending.untouched, session.ending.blamed) == ((letters[1],), None)


def test_an_answer_before_the_final_dot_is_no_answer_to_it():
    """Half of the content has left: whatever the server says, it cannot have taken it."""
    session, letters = started(1)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")
    session.give_piece()
    session.wrote(5)

    talk_early = session.receive(b"250 thank you\r\n")

    assert talk_early is None
    assert session.outcomes == []
    assert session.ending.untouched == (letters[0],)


def test_a_connection_lost_before_the_final_dot_leaves_the_message_untouched():
    session, letters = started(1)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")
    session.give_piece()
    session.wrote(len(session.output) - 1)

    session.lost("reset")

    assert (session.outcomes, session.ending.untouched) == ([], (letters[0],))


def test_a_connection_lost_after_the_final_dot_is_unknown():
    session, letters = started(1)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")
    session.give_piece()
    session.wrote(len(session.output))

    session.lost("reset")

    assert [(letter, outcome.unknown) for letter, outcome in session.outcomes] == [(letters[0], True)]


def test_the_server_that_wants_us_to_log_in_is_down():
    session, letters = started(1)
    session.wrote(len(session.output))

    talk(session, "530 5.7.0 log in")

    assert isinstance(session.ending.error, ChannelDown)
    assert session.ending.untouched == (letters[0],)


def test_what_waits_behind_a_hanging_answer_can_be_taken_back():
    session, letters = started(1, 2)
    session.wrote(len(session.output))
    talk(session, "250 ok", "250 ok", "354 go")
    session.give_piece()
    session.start(letters[1])
    session.wrote(len(session.output))

    assert session.take_back() is letters[1]
    talk(session, "250 taken", "250 ok", "250 ok", "354 go")

    assert session.output == b""
    assert [(letter, type(outcome)) for letter, outcome in session.outcomes] == [(letters[0], Accepted)]
    assert session.ending.untouched == ()


@pytest.mark.parametrize("line", ["250 ok", "354 go"])
def test_answers_to_nothing_are_out_of_step(line):
    session = Session(OFFERS, pace=Pace.RIDING)

    talk(session, line)

    assert session.ending.is_confused


def test_goodbye_is_said_once():
    session = Session(OFFERS, pace=Pace.RIDING)

    session.quit()

    assert (session.output, session.awaited, session.takes) == (b"QUIT\r\n", Stage.QUIT, False)
    talk(session, "221 bye")
    assert session.ending.error is None
