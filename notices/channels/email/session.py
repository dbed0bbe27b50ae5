"""One SMTP session after the introduction, without its socket: bytes in, bytes and outcomes out.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA of a message travel together, right behind the
content of the message before: one round trip for each. Servers that refuse what comes behind a content, for fear of
smuggled mails, get the three together when they have answered it. Content leaves only when it is told to.
"""

from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from notices.channels.base import Accepted, ChannelDown, ChannelError, Later, NotOurs, Outcome, Parcel
from notices.channels.email import judging, wire
from notices.channels.email.relay import Pace
from notices.channels.email.replies import Garbled, Replies, Reply

PIECE = 32_768  # bytes of content at a time


class Stage(StrEnum):
    """What an answer is awaited to."""

    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"
    NOTHING = "nothing"  # the lone dot after a DATA that nobody wanted
    QUIT = "QUIT"


@dataclass(eq=False)
class Letter:
    """A parcel on its way, perhaps over several sessions in turn."""

    parcel: Parcel
    returns: int = 0  # how often it came back untouched
    suspects: bool = False  # it came back because PIPELINING seemed not to work

    # in its session
    rides: bool = False  # its envelope left right behind another one's content
    has_recipient: bool = False
    is_ready: bool = False  # the server waits for its content
    is_leaving: bool = False  # some of it is on its way
    is_settled: bool = False  # there is an outcome, or it was taken back


@dataclass(frozen=True)
class Ending:
    """Why a session is over. `blamed` is the letter that an answer was awaited to; `untouched` are all that the server
    has no responsibility for, and no outcome."""

    error: ChannelError | None
    untouched: tuple[Letter, ...] = ()
    blamed: Letter | None = None
    is_confused: bool = False  # it is likely that PIPELINING does not work here
    rode: bool = False  # or only what came right behind a content does not


class Session:
    def __init__(self, offers: Container[str], *, pace: Pace, largest: int = 0):
        """`largest`: bytes of a letter that the server takes, where it says so."""
        self.pace = pace
        self.pipelined = pace is not Pace.STEP_BY_STEP
        self.started = 0  # letters
        self.answers = 0
        self.has_served = False
        self.outcomes: list[tuple[Letter, Outcome]] = []
        self.ending: Ending | None = None
        self._offers = offers
        self._largest = largest
        self._replies = Replies()
        self._letters: deque[Letter] = deque()  # the first one's content; of the second, its envelope at most
        self._commands: deque[tuple[Stage, bytes]] = deque()  # step by step
        self._awaited: deque[tuple[Stage, Letter | None]] = deque()
        self._is_clean = True  # no half a transaction is left at the server
        self._is_proven = False  # an envelope right behind another one's content went well
        self._is_last = False  # no other letter starts here
        self._content = b""
        self._place = 0
        self._out = b""
        self._dot_in: int | None = None  # bytes of `_out` until the content on its way is complete at the server

    # What goes out

    @property
    def output(self) -> bytes:
        return self._out

    def wrote(self, size: int) -> None:
        self._out = self._out[size:]
        if self._dot_in is not None:
            self._dot_in -= size

    @property
    def takes(self) -> bool:
        """Another letter may start: its envelope leaves, no content."""
        if self.ending or self._is_last:
            return False
        if not self._letters:
            return not self._awaited
        return self.pace is Pace.RIDING and len(self._letters) == 1 and self._dot_in is not None

    @property
    def is_idle(self) -> bool:
        return not self._letters and not self._awaited and not self.ending

    @property
    def holds(self) -> int:
        return len(self._letters)

    def start(self, letter: Letter) -> None:
        try:
            if 0 < self._largest < len(letter.parcel.content):
                raise judging.too_large(_size(letter), why=f"The mail server takes {self._largest:,} at most.")
            mail, rcpt = wire.envelope(letter.parcel, self._offers)
        except ChannelError as error:
            self.outcomes.append((letter, error))
            return
        letter.rides = bool(self._letters)
        letter.has_recipient = letter.is_ready = letter.is_leaving = letter.is_settled = False
        self.started += 1
        self._letters.append(letter)
        rset = () if self._is_clean else ((Stage.RSET, b"RSET\r\n"),)
        self._commands.extend((*rset, (Stage.MAIL, mail), (Stage.RCPT, rcpt), (Stage.DATA, b"DATA\r\n")))
        self._is_clean = True
        self._issue(letter)

    def _issue(self, letter: Letter | None) -> None:
        while self._commands and (self.pipelined or not self._awaited):
            stage, line = self._commands.popleft()
            self._awaited.append((stage, letter))
            self._out += line

    @property
    def waiting_content(self) -> Letter | None:
        """The server waits for the next piece of this one."""
        if self.ending or self._out or self._dot_in is not None or not self._letters:
            return None
        return self._letters[0] if self._letters[0].is_ready else None

    @property
    def is_at_an_edge(self) -> bool:
        """The next piece of content is its first or its last."""
        return not self._content or self._place + PIECE >= len(self._content)

    def give_piece(self) -> None:
        letter = self._letters[0]
        if not letter.is_leaving:
            letter.is_leaving = True
            parcel = letter.parcel
            self._content, self._place = parcel.wire or wire.on_the_wire(parcel.content), 0
        self._out += self._content[self._place : self._place + PIECE]
        self._place += PIECE
        if self._place >= len(self._content):
            self._content = b""
            self._dot_in = len(self._out)
            self._awaited.append((Stage.CONTENT, letter))

    @property
    def has_left(self) -> bool:
        """The content is complete at the server, or may be: only its answer tells."""
        return self._dot_in is not None and self._dot_in <= 0

    @property
    def awaited(self) -> Stage | None:
        return self._awaited[0][0] if self._awaited else None

    def quit(self) -> None:
        self._is_last = True
        self._awaited.append((Stage.QUIT, None))
        self._out += b"QUIT\r\n"

    # What comes in

    def receive(self, data: bytes) -> None:
        """Outcomes are added to `outcomes`; what ends the session is in `ending`."""
        garbled = None
        try:
            replies = self._replies.feed(data)
        except Garbled as error:
            garbled, replies = str(error.args[0]), error.args[1]
        for reply in replies:
            if not self.ending:
                self._take(reply)
        if garbled and not self.ending:
            self._garbled(garbled)

    def _take(self, reply: Reply) -> None:
        self.answers += 1
        if not self._awaited or self._is_early:
            self._unasked(reply)
            return
        stage, letter = self._awaited.popleft()
        if stage is Stage.QUIT:
            self.end(None)
        elif letter is None or letter.is_settled:
            self._of_a_settled(stage, letter, reply)
        elif stage is Stage.CONTENT:
            self._of_content(letter, reply)
        else:
            self._of_command(stage, letter, reply)

    @property
    def _is_early(self) -> bool:
        """The server answers to content that it cannot have read to its end."""
        return self._awaited[0][0] is Stage.CONTENT and not self.has_left

    def _unasked(self, reply: Reply) -> None:
        letter = self._letters[0] if self._letters else None
        if reply.kind in (4, 5):
            error = judging.refusal(Stage.CONTENT, reply, size=_size(letter))
            if letter and letter.is_leaving and reply.code != judging.CLOSING:
                self._settle(letter, error)
            self.end(_closing(error), blamed=letter)
        else:
            self._garbled("The server answered without being asked.")

    def _of_command(self, stage: Stage, letter: Letter, reply: Reply) -> None:
        if reply.code == judging.CLOSING:
            self.end(judging.refusal(stage, reply), blamed=letter)
        elif self.pipelined and judging.is_confused(stage, reply):
            self._garbled(f"The mail server answered {reply}", blamed=letter)
        elif reply.kind == 3 and stage is Stage.DATA:
            letter.is_ready = True
            self._is_proven |= letter.rides
        elif reply.kind == 3 or (reply.kind == 2 and stage is Stage.DATA):
            self._garbled(f"The mail server answered {stage} with {reply}", blamed=letter)
        elif reply.kind == 2:
            letter.has_recipient = stage is Stage.RCPT
            self._issue(letter)
        elif stage is Stage.RSET:
            self.end(_closing(judging.refusal(stage, reply)), blamed=letter)
        else:
            self._refused(stage, letter, reply)

    def _refused(self, stage: Stage, letter: Letter, reply: Reply) -> None:
        error = judging.refusal(stage, reply, size=_size(letter))
        self._commands.clear()
        self._is_clean = False
        if isinstance(error, ChannelDown):
            self.end(error)
        else:
            self._settle(letter, error)

    def _of_content(self, letter: Letter, reply: Reply) -> None:
        if reply.kind == 3:
            self._awaited.appendleft((Stage.CONTENT, letter))
            self._garbled(f"The mail server answered the content with {reply}")
            return
        self._dot_in = None
        accepted = reply.kind == 2
        refused = None if accepted else judging.refusal(Stage.CONTENT, reply, size=_size(letter))
        self._settle(letter, refused or Accepted(str(reply)))
        if reply.code == judging.CLOSING:
            self.end(judging.refusal(Stage.CONTENT, reply))
        elif self._is_last:
            self.end(None)

    def _of_a_settled(self, stage: Stage, letter: Letter | None, reply: Reply) -> None:
        """What the server says to the rest of a group, of which the start was refused."""
        if reply.code == judging.CLOSING:
            self.end(judging.refusal(stage, reply))
        elif stage is Stage.RCPT and letter and reply.kind == 2:
            letter.has_recipient = True
        elif stage is Stage.DATA and reply.kind == 3:
            if letter and letter.has_recipient:
                self.end(_lost("The server waits for a message that it refused."))
            else:
                self._out += b".\r\n"
                self._awaited.append((Stage.NOTHING, None))
        elif stage is Stage.DATA and reply.kind == 2:
            self._garbled(f"The mail server answered DATA with {reply}")

    def _settle(self, letter: Letter, outcome: Outcome) -> None:
        letter.is_settled = self.has_served = True
        self._letters.remove(letter)
        self.outcomes.append((letter, outcome))

    # How it ends

    def _garbled(self, sentence: str, *, blamed: Letter | None = None) -> None:
        self.end(_lost(sentence), blamed=blamed or self._letter_awaited, is_confused=self.pipelined)

    @property
    def _letter_awaited(self) -> Letter | None:
        return self._awaited[0][1] if self._awaited else (self._letters[0] if self._letters else None)

    def lost(self, sentence: str) -> None:
        """A server that refuses and hangs up is not confused."""
        is_confused = self._may_be_confused and not self._awaits_a_settled
        self.end(_lost(sentence), blamed=self._letter_awaited, is_confused=is_confused)

    def timed_out(self) -> None:
        error = ChannelError("The server did not answer in time.", permanent=False, closes=True, later=Later.TIMED_OUT)
        is_confused = self._may_be_confused or (self.pipelined and self._awaits_a_settled)
        self.end(error, blamed=self._letter_awaited, is_confused=is_confused)

    @property
    def _awaits_a_settled(self) -> bool:
        """It refused the start of a group and says nothing to the rest: servers forget what came along."""
        letter = self._letter_awaited
        return letter is not None and letter.is_settled

    @property
    def _may_be_confused(self) -> bool:
        """It never worked in this session, and we are in the middle of it."""
        return self.pipelined and not self._is_proven and any(stage is Stage.DATA for stage, _ in self._awaited)

    def withdraw(self) -> None:
        """The first letter became somebody else's: without its final dot it is no mail."""
        self._settle(self._letters[0], NotOurs())
        self.end(None)

    def take_back(self) -> Letter | None:
        """The second letter, which waits for the answer to the first one. The session ends with that answer."""
        if len(self._letters) < 2:
            return None
        self._is_last = True
        letter = self._letters.pop()
        self._awaited = deque((stage, None if of is letter else of) for stage, of in self._awaited)
        return letter

    def end(self, error: ChannelError | None, *, blamed: Letter | None = None, is_confused: bool = False) -> None:
        if self.ending:
            return
        if self.has_left:
            letter = self._letters.popleft()
            self.outcomes.append((letter, unknown(error)))
        untouched = tuple(self._letters)
        self._letters.clear()
        rode = blamed is not None and blamed.rides and not blamed.is_settled
        self.ending = Ending(error, untouched, blamed if blamed in untouched else None, is_confused, rode)


def _size(letter: Letter | None) -> int:
    return len(letter.parcel.content) if letter else 0


def unknown(error: ChannelError | None) -> ChannelError:
    why = str(error) if error else "The connection was closed."
    return ChannelError(
        f"The server did not confirm the message: {why}",
        permanent=False,
        unknown=True,
        closes=True,
        later=error.later if error else Later.LOST,
    )


def _lost(sentence: str) -> ChannelError:
    return ChannelError(sentence, permanent=False, closes=True, later=Later.LOST)


def _closing(error: ChannelError) -> ChannelError:
    error.closes = True
    return error
