"""The language in which people write notices: Liquid, cut down to printing placeholders and asking for facts.

Nothing a placeholder prints ever passes through Markdown or HTML as source. Printing leaves a mark in the text, and the
value takes the mark's place after the Markdown has been read. So a service named `**x** <b>` stays just that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from liquid import BoundTemplate, Environment, Mode, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.logical import LogicalAndExpression, LogicalOrExpression
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from liquid.token import TOKEN_CONTENT, TOKEN_ILLEGAL, Token

from notices.channels.base import ChannelError

PLACEHOLDERS = {
    "upgrade": "The name of the upgrade.",
    "milestone": "The name of the milestone or window.",
    "services": "The services concerned, joined by commas.",
    "start": "When it starts: day, time and zone.",
    "end": "When it ends: day, time and zone.",
    "window": "From when to when, with weekday and zone.",
    "day": "The date of the start, with its weekday.",
    "short_day": "The same, short enough for a subject.",
    "downtime": "How long one person goes without, in words.",
    "impact": "How bad it is, in words.",
    "sites": "The sites concerned, joined by commas.",
    "effect": "What people will notice.",
    "systems": "The internal systems; prints nothing for outsiders.",
    "action": "What people must do; empty when nothing.",
    "action_deadline": "Until when they must have done it.",
    "workaround": "How people get by until then; empty when nobody said.",
    "outcome": "How it ended: known problems, or what people have now.",
    "change_reason": "Why it changed last; empty when nobody said.",
    "objective": "What will be different afterwards.",
    "why": "Why it has to change.",
    "why_now": "Why now and not later.",
    "risk": "What happens if nothing changes.",
    "benefit": "What people gain.",
    "contact_name": "Whom people ask.",
    "contact_email": "The address to write to.",
    "contact_phone": "The number to call.",
    "status_link": "The address of the public status page.",
    "survey_link": "The reader's own way to the survey.",
    "meeting": "The title of the meeting, call or session.",
    "meeting_time": "From when to when it is, with weekday and zone.",
    "meeting_day": "The date of the meeting, with its weekday.",
    "meeting_short_day": "The same, short enough for a subject.",
    "place": "Where people meet.",
    "join_link": "The address to join from afar.",
    "topics": "What the meeting is about.",
    "host": "Who invites.",
    "reason": "Why the meeting was cancelled.",
    "rsvp_link": "The reader's own way to say whether they come.",
    "question": "What the reader asked.",
    "answer": "What we answer.",
    "changes": "What the reader was told, and what is true now, line by line.",
    "name": "The reader's whole name.",
    "first_name": "The reader's first name.",
    "organisation": "The name of your organisation.",
}
LINKS = frozenset({"status_link", "survey_link", "rsvp_link"})
PERSONAL = frozenset({"name", "first_name", "changes"}) | LINKS  # may be printed, never asked for
PROSE = frozenset(
    [
        *(
            "effect",
            "systems",
            "action",
            "workaround",
            "outcome",
            "change_reason",
            "objective",
            "why",
            "why_now",
            "risk",
            "benefit",
            "contact_email",
        ),
        *("place", "join_link", "topics", "reason", "question", "answer"),
    ]
)  # web addresses become links
FACTS_OF = {
    "window": {"start", "end"},
    "day": {"start"},
    "short_day": {"start"},
    "meeting": {"title"},
    "meeting_time": {"start", "end"},
    "meeting_day": {"start"},
    "meeting_short_day": {"start"},
    "join_link": {"link"},
    "reason": {"cancel_reason"},
    "question": {"text"},
}
TAGS = {TOKEN_CONTENT, TOKEN_ILLEGAL, "if", "unless", "case", "comment", "#"}
# Filters whose result is never much longer than what they are given: `replace` could multiply without end.
FILTERS = {"append", "capitalize", "default", "downcase", "prepend", "strip", "truncate", "upcase"}

MOST_OPEN = 50
LONGEST = 200_000  # characters, of all values together
MOST_MARKS = 2_000

PRINTED = "\0printed"  # where a rendering collects what its placeholders printed; no name can be spelled like it
MARK = re.compile(r"(?:https://)?zq(\d{4})qz(?:\.invalid)?")


class CannotRender(ChannelError):
    """The words cannot be made into a message. Trying again will not help."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=True)


@dataclass(frozen=True)
class Printed:
    """What one placeholder printed. `slot` is set instead of the text where every reader has a value of their own."""

    text: str
    name: str = ""
    slot: str = ""
    index: int = 0  # where in the source


@dataclass(frozen=True)
class Manuscript:
    """Words with their conditions resolved and a mark for each value."""

    text: str
    printed: list[Printed] = field(default_factory=list)

    def plain(self) -> str:
        """Marks replaced, for places that know no markup."""
        return MARK.sub(lambda mark: self.at(mark).text, self.text)

    def at(self, mark: re.Match) -> Printed:
        """What a mark stands for. One that somebody typed stands for itself."""
        number = int(mark[1])
        return self.printed[number] if number < len(self.printed) else Printed(mark[0])


@dataclass(frozen=True)
class Slot:
    """A value that is filled in per reader. It can be printed as it is, and nothing else."""

    name: str

    @property
    def mark(self) -> str:
        return f"https://zq{self.name}qz.invalid" if self.name.endswith("_link") else f"zq{self.name}qz"

    def __str__(self) -> str:
        raise CannotRender(f"“{self.name}” is different for every reader: it can only be printed as it is.")


class IsSet(Expression):
    """`{% if action %}` asks if there is an action. Liquid itself takes an empty text for true."""

    __slots__ = ("path",)

    def __init__(self, path: Path):
        super().__init__(path.token)
        self.path = path

    def evaluate(self, context: RenderContext) -> bool:
        return self.path.evaluate(context) not in ("", None, False)

    def children(self) -> list[Expression]:
        return [self.path]


class PrintingNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, Slot):
            return buffer.write(_mark(context, Printed(value.mark, name_in(self), value.name, self.token.start_index)))
        said = to_liquid_string(value, autoescape=False)
        return buffer.write(_mark(context, Printed(said, name_in(self), index=self.token.start_index)))


class Printing(Output):
    node_class = PrintingNode


class Language(Environment):
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 100
    local_namespace_limit = 10_000
    output_stream_limit = 200_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: function for name, function in self.filters.items() if name in FILTERS}
        self.add_tag(Printing)


LANGUAGE = Language(tolerance=Mode.STRICT, undefined=StrictUndefined)


@lru_cache(maxsize=2048)
def read(source: str) -> BoundTemplate:
    """Raises LiquidError."""
    _demand_an_end(source)
    template = LANGUAGE.from_string(source)
    for node in nodes(template):
        for expression in node.expressions():
            if isinstance(expression, BooleanExpression):
                expression.expression = _asking(expression.expression)
    return template


def _demand_an_end(source: str) -> None:
    """What opens again and again and never closes would be read for minutes."""
    end = source.rfind("}}") + 1
    if source.count("{{", end) > MOST_OPEN:
        token = Token(TOKEN_ILLEGAL, "{{", source.index("{{", end), source)
        raise LiquidSyntaxError("expected '}}', found end of file", token=token)


def fill(source: str, values: Mapping[str, object]) -> Manuscript:
    """`values` holds texts and slots. Raises CannotRender."""
    printed: list[Printed] = []
    try:
        return Manuscript(read(source).render(**values, **{PRINTED: printed}), printed)
    except LiquidError as error:
        raise CannotRender(f"The words cannot be read: {error.message}.") from error


def names_in(source: str) -> set[str]:
    """The placeholders that a text prints or asks for. Raises LiquidError."""
    return {str(path.head()) for node in nodes(read(source)) for path in paths(node)}


def asserted(source: str) -> set[str]:
    """The facts that a text relies on. Empty for a text that cannot be read."""
    try:
        used = names_in(source)
    except LiquidError:
        return set()
    facts = (used & PLACEHOLDERS.keys()) - (PERSONAL - {"status_link"}) - {"organisation"}
    return set().union(*(FACTS_OF.get(name, {name}) for name in facts))


def nodes(template: BoundTemplate) -> Iterator[Node]:
    context = RenderContext(template)
    waiting = list(reversed(template.nodes))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.children(context))))


def paths(node: Node) -> Iterator[Path]:
    waiting = list(node.expressions())
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Path):
            yield expression
        waiting.extend(expression.children())


def filters(node: Node) -> Iterator[Filter]:
    for expression in node.expressions():
        yield from getattr(expression, "filters", None) or ()


def name_in(node: OutputNode) -> str:
    """The placeholder that an output prints; empty for a literal."""
    left = node.expression.left if isinstance(node.expression, FilteredExpression) else node.expression
    return str(left.head()) if isinstance(left, Path) else ""


def _mark(context: RenderContext, printed: Printed) -> str:
    seen: list[Printed] = context.globals[PRINTED]  # type: ignore[assignment]
    seen.append(printed)
    if sum(len(one.text) for one in seen) > LONGEST or len(seen) > MOST_MARKS:
        raise CannotRender("The words print more than a message can hold.")
    mark = f"zq{len(seen) - 1:04d}qz"
    return f"https://{mark}.invalid" if printed.name in LINKS else mark


def _asking(expression: Expression) -> Expression:
    if isinstance(expression, Path):
        return IsSet(expression)
    if isinstance(expression, LogicalAndExpression | LogicalOrExpression):
        expression.left, expression.right = _asking(expression.left), _asking(expression.right)
    return expression
