"""What a kind of channel says about itself: what it needs to be set up, where it reaches somebody, how it is opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from notices.channels.base import Access, Envelope, Post
from stakeholders.enums import Channel

Check = Callable[[str], str]  # what was entered → what is kept; raises ValueError with a sentence for the person


def as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Field:
    """One thing that has to be entered. A secret one is encrypted at rest and never shown again."""

    name: str
    label: str
    help: str = ""
    example: str = ""
    is_secret: bool = False
    is_required: bool = True
    is_long: bool = False  # several lines
    default: str = ""
    choices: Sequence[tuple[str, str]] = ()
    only_if: tuple[str, frozenset[str]] | None = None  # asked only where this field has one of these values
    check: Check = as_it_is

    def is_asked(self, entered: Mapping[str, str]) -> bool:
        return self.only_if is None or entered.get(self.only_if[0], "") in self.only_if[1]


@dataclass(frozen=True)
class Place:
    """What an address of this channel looks like. `secret`: an address that lets in whoever knows it; what stands in
    the clear is then only its name. `of_people` and `of_rooms`: whom it can reach. `room`: label, help and example
    where a room has another kind of address than a person."""

    label: str
    help: str
    example: str = ""
    of_people: bool = False
    of_rooms: bool = False
    check: Check = as_it_is
    secret: Field | None = None
    room: tuple[str, str, str] | None = None

    @property
    def for_room(self) -> tuple[str, str, str]:
        return self.room or (self.label, self.help, self.example)

    @property
    def for_anybody(self) -> tuple[str, str, str]:
        if self.room is None:
            return self.label, self.help, self.example
        label, help, _ = self.room
        words = f"Of a person: {_within(self.help)} Of a room: {_within(help)}"
        return f"{self.label} or {_within(label)}", words, self.example


def _within(words: str) -> str:
    """As they stand in a sentence."""
    return words[:1].lower() + words[1:]


@dataclass(frozen=True)
class Limits:
    """How fast it may go unless an administrator says otherwise; None: no limit."""

    per_second: int | None = None
    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    connections: int = 4
    stop_after: int = 25


@dataclass(frozen=True)
class Kind:
    """A channel that sends. `open` gives a post that keeps connections; `build` writes a letter as the service wants
    it. `depends_on`: what usually has to work for it, in plain words."""

    channel: Channel
    summary: str
    address: Place
    build: Callable[[Envelope], bytes]
    open: Callable[[Access], Post]
    fields: Sequence[Field] = ()
    limits: Limits = field(default_factory=Limits)
    depends_on: Sequence[str] = ()
    help: str = ""  # page of the help
    check: Callable[[Mapping[str, str], Mapping[str, str]], None] = lambda config, secrets: None  # raises ValueError

    @property
    def label(self) -> str:
        return str(self.channel.label)

    @property
    def needs_secret_address(self) -> bool:
        return self.address.secret is not None and self.address.secret.is_required

    def entered(self, values: Mapping[str, str], *, kept: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """What an administrator entered, as config and secrets. A secret that is left empty stays as it is `kept`.
        Raises Wrong with a sentence for each field."""
        wrong: dict[str, str] = {}
        config: dict[str, str] = {}
        secrets: dict[str, str] = {}
        for one in self.fields:
            if not one.is_asked(values):
                continue
            text = (values.get(one.name) or "").strip()
            into = secrets if one.is_secret else config
            try:
                if not text and one.is_secret and kept.get(one.name):
                    into[one.name] = kept[one.name]
                elif text or one.is_required:
                    into[one.name] = checked(one, text)
            except ValueError as error:
                wrong[one.name] = str(error)
        if not wrong:
            try:
                self.check(config, secrets)
            except ValueError as error:
                wrong[""] = str(error)
        if wrong:
            raise Wrong(wrong)
        return config, secrets


class Wrong(ValueError):
    """`sentences` by the name of the field; by "" what is wrong with all of them together."""

    def __init__(self, sentences: Mapping[str, str]):
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


def checked(one: Field, text: str) -> str:
    if not text and one.is_required:
        raise ValueError("This is needed.")
    if one.choices and text not in dict(one.choices):
        raise ValueError("Choose one of the list.")
    return one.check(text)
