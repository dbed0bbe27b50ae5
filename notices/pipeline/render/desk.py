"""Where a letter is laid out: words, facts card, button and footer become HTML, plain text and a calendar file."""

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from markdown_it.token import Token

from notices.channels import calendar
from notices.enums import MEETINGS, PUT_RIGHT, NoticeKind
from notices.pipeline.render import card, changes, layouts, markdown, meeting, rows, window, words
from notices.pipeline.render.known import Known
from notices.pipeline.render.letter import PERSON, PUBLIC, SLOT, LaidOut, Letter, Text
from notices.pipeline.render.words import Slot
from upgrades.enums import Status

WORDS_HERE = "zqwordsqz"
CHANGES_HERE = "zqchangesqz"
TYPED_MARK = re.compile(r"zq(?=\w*qz)")
UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
WHY = {  # the footer's reason for what was made for one reader
    NoticeKind.MEETING: "why_meeting",
    NoticeKind.MEETING_CHANGED: "why_meeting",
    NoticeKind.MEETING_OFF: "why_meeting",
    NoticeKind.ANSWER: "why_answer",
    NoticeKind.CORRECTION: "why_correction",
    NoticeKind.CATCH_UP: "why_catch_up",
}
TONES = {
    Status.TENTATIVE: "background-color:#fcefd3;color:#85500a",
    Status.CONFIRMED: "background-color:#dff3e6;color:#146c3a",
    Status.IN_PROCESS: "background-color:#e1edfb;color:#1d5396",
    Status.COMPLETED: "background-color:#dff3e6;color:#146c3a",
    Status.CANCELLED: "background-color:#fce5e3;color:#a82222",
}


@dataclass(frozen=True)
class Link:
    label: str
    href: str


@lru_cache(maxsize=256)
def lay_out(letter: Letter) -> LaidOut:
    return Desk(letter).laid_out()


class Desk:
    """Where one letter is put together."""

    def __init__(self, letter: Letter):
        self.letter = letter
        self.layout = layouts.load(letter.layout)
        self.labels = self.layout.labels(letter.language)
        self.release = dict(letter.release)
        self.told = [_tamed_value(row) for row in json.loads(letter.told)] if letter.told else []
        self.all_known = Known(tamed_facts(letter.facts), letter.language, self.labels)
        self.known = self.all_known
        if letter.kind in PUT_RIGHT:
            self.known = Known(rows.for_card(self.all_known.facts, self.told), letter.language, self.labels)
        self.rows = self._card()
        self.values = {**self.known.values(), **self.personal_values(), "organisation": self.release["organisation"]}
        self.subject = " ".join(words.fill(tamed(letter.subject), self.values).plain().split())
        manuscript = words.fill(tamed(letter.body), self.values)
        self.tokens = markdown.read(manuscript, {changes.PRINTS: self.changes})
        self.has_box = bool(self.changes) and not any(one.name == changes.PRINTS for one in manuscript.printed)

    def laid_out(self) -> LaidOut:
        return LaidOut(
            subject=Text(self.subject),
            text=Text(self.text()),
            html=Text(self.html()),
            invitations=tuple(self.invitations()),
            date=self.date,
            slug=self.known.upgrade("slug"),
            unsubscribe_subject=self.unsubscribe_subject,
            asks_to_come=self.asks_to_come,
        )

    def _card(self) -> list[card.Row]:
        return card.rows(
            self.known,
            kind=self.letter.kind,
            zone=self.letter.zone,
            layout=self.layout.words["card"],
            is_technical=self.letter.is_technical,
        )

    # What the reader was told

    @cached_property
    def changes(self) -> list[Token]:
        if not self.told:
            return []
        return markdown.read(changes.manuscript(self.told, self.all_known, today=self.date))

    @cached_property
    def changes_title(self) -> str:
        return self.labels["changes"]["title_new" if changes.all_new(self.told) else "title"]

    @cached_property
    def date(self) -> datetime:
        return datetime.fromisoformat(self.release["date"])

    @cached_property
    def fallback(self) -> str:
        """Says in the reader's own language that there are no words in it."""
        labels = self.layout.words.get(self.letter.wanted, {}).get("fallback", {})
        return labels.get(self.letter.language, "")

    # What the slots and links are

    @cached_property
    def is_personal(self) -> bool:
        return self.letter.reader == PERSON

    @cached_property
    def status_link(self) -> str:
        """The public page; for an upgrade that is not published, the reader's own page."""
        if self.release.get("published", True):
            return f"{self.release['base_url']}/status/{self.known.upgrade('slug')}/"
        return Slot("personal_link").mark if self.is_personal else f"{self.release['base_url']}/status/"

    def personal_values(self) -> dict[str, Slot | str]:
        """Lists and the public get no links of their own: theirs lead to the status page."""
        survey: Slot | str = Slot("survey_link") if self.is_personal and self.letter.survey else self.status_link
        everyone = self.labels["everyone"]
        named: dict[str, Slot | str] = (
            {"name": everyone, "first_name": everyone}
            if self.letter.reader == PUBLIC
            else {"name": Slot("name"), "first_name": Slot("first_name")}
        )
        come: Slot | str = Slot("rsvp_link") if self.asks_to_come else self.status_link
        said = {changes.PRINTS: markdown.text(self.changes)}
        return named | said | {"status_link": self.status_link, "survey_link": survey, "rsvp_link": come}

    @cached_property
    def asks_to_come(self) -> bool:
        return self.is_personal and self.letter.kind in (NoticeKind.MEETING, NoticeKind.MEETING_CHANGED)

    @cached_property
    def button(self) -> Link:
        labels = self.labels["button"]
        if self.asks_to_come:
            return Link(labels["come"], f"{Slot('rsvp_link').mark}?answer=yes")
        if self.is_personal and self.letter.survey:
            return Link(labels["survey"], Slot("survey_link").mark)
        if self.is_personal and self.letter.asks:
            return Link(labels["acknowledge"], Slot("personal_link").mark)
        return Link(labels["status"], self.status_link)

    @cached_property
    def links(self) -> list[Link]:
        if self.asks_to_come:
            answers = {"maybe": self.labels["link"]["maybe"], "no": self.labels["link"]["cannot"]}
            return [Link(said, f"{Slot('rsvp_link').mark}?answer={answer}") for answer, said in answers.items()]
        found = [Link(self.labels["link"]["status"], self.status_link)]
        if self.is_personal:
            label = self.labels["button"]["acknowledge"] if self.letter.asks else self.labels["link"]["personal"]
            found.append(Link(label, Slot("personal_link").mark))
            if self.release.get("takes_objections"):
                found.append(Link(self.labels["link"]["object"], f"{Slot('personal_link').mark}object/"))
        return [link for link in found if link.href != self.button.href]

    @cached_property
    def footer(self) -> list[str]:
        footer = self.labels["footer"]
        if self.is_personal and self.letter.kind in WHY:
            return [footer[WHY[NoticeKind(self.letter.kind)]].format(upgrade=self.known.upgrade("name"))]
        why = footer["why" if self.is_personal else "why_list"].format(upgrade=self.known.upgrade("name"))
        return [why, *([footer["mandatory"]] if self.is_personal and not self.topic else [])]

    @cached_property
    def footer_links(self) -> list[Link]:
        if not self.is_personal:
            return []
        found = [Link(self.labels["link"]["preferences"], Slot("preferences_link").mark)]
        if self.topic:
            found.append(Link(self.labels["unsubscribe"][self.topic], Slot("unsubscribe_link").mark))
        return found

    @cached_property
    def status(self) -> Status | None:
        return Status.CANCELLED if card.is_cancelled(self.known, self.letter.kind) else self.known.status

    @cached_property
    def status_label(self) -> str:
        return self.labels["status"][self.status] if self.status else ""

    @cached_property
    def topic(self):
        return NoticeKind(self.letter.kind).topic

    @cached_property
    def unsubscribe_subject(self) -> str:
        return f"{self.labels['unsubscribe'][self.topic]} ({self.known.upgrade('name')})" if self.topic else ""

    @cached_property
    def preheader(self) -> str:
        if self.letter.kind in MEETINGS:
            return " · ".join(filter(None, [self.known.meeting_window(), self.known.meeting("place")]))
        if self.letter.kind in PUT_RIGHT and self.told:
            return changes.in_short(self.told, self.all_known)
        return " · ".join(filter(None, [self.known.window(), self.known.joined(self.known.services)]))

    # The parts

    def html(self) -> str:
        page = self.layout.page(self.layout.mail.render(_context(self)))
        if self.has_box:
            page = page.replace(CHANGES_HERE, self.layout.styled(markdown.html(self.changes)), 1)
        return page.replace(WORDS_HERE, self.layout.styled(markdown.html(self.tokens)), 1)

    def text(self) -> str:
        blocks = [
            _wrapped(self.fallback),
            self.text_box(),
            markdown.text(self.tokens),
            "\n".join(f"{link.label}{self.labels['colon']}\n{link.href}" for link in [self.button, *self.links]),
            self.text_card(),
            "-- \n" + "\n".join([self.release["organisation"], *map(_wrapped, self.footer)]),
            "\n".join(f"{link.label}{self.labels['colon']} {link.href}" for link in self.footer_links),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def text_box(self) -> str:
        if not self.has_box:
            return ""
        said = markdown.text(self.changes)
        return "\n".join([self.changes_title, "-" * len(self.changes_title), said, "-" * len(self.changes_title)])

    def text_card(self) -> str:
        if not self.rows:
            return ""
        status = [card.Row(self.labels["row"]["status"], [card.Line(self.status_label)])] if self.status else []
        lines = [(f"{row.label}{self.labels['colon']}", row.lines) for row in [*status, *self.rows]]
        width = max(len(label) for label, _ in lines) + 1
        title = self.labels["facts"]
        return "\n".join([title, "-" * len(title), *(_text_row(label, said, width) for label, said in lines)])

    def invitations(self) -> Iterator[calendar.Invitation]:
        """One for each window: a file with a METHOD holds one event (RFC 5546)."""
        if self.letter.kind in MEETINGS:
            found = meeting.invitation(self.known, self.letter, self.release)
            yield from [found] if found else []
        elif self.letter.kind in window.ANNOUNCED_BY:
            yield from self._invitation(self.known)
        elif self.letter.kind in PUT_RIGHT:
            for subject in rows.milestones(self.told):
                facts = rows.about(self.all_known.facts, subject)
                yield from self._invitation(Known(facts, self.letter.language, self.labels))

    def _invitation(self, known: Known) -> Iterator[calendar.Invitation]:
        url = self.status_link if not SLOT.search(self.status_link) else ""
        if event := window.event_of(known, kind=self.letter.kind, stamp=self.date, url=url):
            yield calendar.lay_out(event, organizer=self.release["from"] if self.letter.invite else "")


def _context(desk: Desk):
    status = desk.status
    return layouts.context(
        language=desk.letter.language,
        subject=desk.subject,
        headline=re.sub(r"^\[[^\]]*\]\s*", "", desk.subject) or desk.subject,
        preheader=desk.preheader,
        organisation=desk.release["organisation"],
        kind=desk.labels["kind"].get(desk.letter.kind, ""),
        fallback=desk.fallback and {"text": desk.fallback, "language": desk.letter.wanted},
        changes=desk.has_box and {"title": desk.changes_title, "lines": CHANGES_HERE},
        words=WORDS_HERE,
        button=desk.button,
        links=desk.links,
        facts=desk.labels["facts"],
        status=status and {"key": status.value, "label": desk.status_label, "style": TONES[status]},
        rows=desk.rows,
        footer=desk.footer,
        footer_links=desk.footer_links,
    )


def _text_row(label: str, lines: list[card.Line], width: int) -> str:
    said = "\n".join(_wrapped(line.text, markdown.WIDTH - width) for line in lines)
    return label.ljust(width) + textwrap.indent(said, " " * width).lstrip()


def _wrapped(said: str, width: int = markdown.WIDTH) -> str:
    return textwrap.fill(said, width, break_long_words=False, break_on_hyphens=False)


def tamed(text: str) -> str:
    """Nobody can write one of our marks: not into words, not into facts. What no mail may hold is a space: word
    processors leave such characters in what is pasted from them."""
    return TYPED_MARK.sub("z\u200bq", UNPRINTABLE.sub(" ", text))


def tamed_facts(facts: str) -> dict[str, Any]:
    return {name: _tamed_value(value) for name, value in json.loads(facts).items()}


def _tamed_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_tamed_value(one) for one in value]
    if isinstance(value, dict):
        return {name: _tamed_value(one) for name, one in value.items()}
    return tamed(value) if isinstance(value, str) else value
