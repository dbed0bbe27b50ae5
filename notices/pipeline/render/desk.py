"""Where a letter is laid out: words, facts card, button and footer become HTML, plain text and a calendar file."""

import json
import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from notices.channels import calendar
from notices.enums import MEETINGS, NoticeKind
from notices.pipeline.render import card, layouts, markdown, meeting, words
from notices.pipeline.render.known import Known
from notices.pipeline.render.letter import PERSON, PUBLIC, SLOT, LaidOut, Letter, Text
from notices.pipeline.render.words import Slot
from upgrades.enums import Impact, Status

WORDS_HERE = "zqwordsqz"
TYPED_MARK = re.compile(r"zq(?=\w*qz)")
UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
ANNOUNCES_A_WINDOW = frozenset(
    {
        NoticeKind.SAVE_THE_DATE,
        NoticeKind.ANNOUNCEMENT,
        NoticeKind.ACTION,
        NoticeKind.REMINDER,
        NoticeKind.FINAL,
        NoticeKind.POSTPONED,
        NoticeKind.CANCELLED,
    }
)
WHY = {  # the footer's reason for what was made for one reader
    NoticeKind.MEETING: "why_meeting",
    NoticeKind.MEETING_CHANGED: "why_meeting",
    NoticeKind.MEETING_OFF: "why_meeting",
    NoticeKind.ANSWER: "why_answer",
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
        self.known = Known(tamed_facts(letter.facts), letter.language, self.labels)
        self.rows = card.rows(self.known, kind=letter.kind, zone=letter.zone, layout=self.layout.words["card"])
        self.values = {**self.known.values(), **self.personal_values(), "organisation": self.release["organisation"]}
        self.subject = " ".join(words.fill(tamed(letter.subject), self.values).plain().split())
        self.tokens = markdown.read(words.fill(tamed(letter.body), self.values))

    def laid_out(self) -> LaidOut:
        return LaidOut(
            subject=Text(self.subject),
            text=Text(self.text()),
            html=Text(self.html()),
            invitation=self.invitation(),
            date=datetime.fromisoformat(self.release["date"]),
            slug=self.known.upgrade("slug"),
            unsubscribe_subject=self.unsubscribe_subject,
            asks_to_come=self.asks_to_come,
        )

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
        return named | {"status_link": self.status_link, "survey_link": survey, "rsvp_link": come}

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
        return " · ".join(filter(None, [self.known.window(), self.known.joined(self.known.services)]))

    # The parts

    def html(self) -> str:
        page = self.layout.page(self.layout.mail.render(_context(self)))
        return page.replace(WORDS_HERE, self.layout.styled(markdown.html(self.tokens)), 1)

    def text(self) -> str:
        blocks = [
            markdown.text(self.tokens),
            "\n".join(f"{link.label}{self.labels['colon']}\n{link.href}" for link in [self.button, *self.links]),
            self.text_card(),
            "-- \n" + "\n".join([self.release["organisation"], *map(_wrapped, self.footer)]),
            "\n".join(f"{link.label}{self.labels['colon']} {link.href}" for link in self.footer_links),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def text_card(self) -> str:
        if not self.rows:
            return ""
        status = [card.Row(self.labels["row"]["status"], [card.Line(self.status_label)])] if self.status else []
        lines = [(f"{row.label}{self.labels['colon']}", row.lines) for row in [*status, *self.rows]]
        width = max(len(label) for label, _ in lines) + 1
        title = self.labels["facts"]
        return "\n".join([title, "-" * len(title), *(_text_row(label, said, width) for label, said in lines)])

    def invitation(self) -> calendar.Invitation | None:
        known, labels = self.known, self.labels["calendar"]
        if self.letter.kind in MEETINGS:
            return meeting.invitation(known, self.letter, self.release)
        if self.letter.kind not in ANNOUNCES_A_WINDOW or not known.start:
            return None
        downtime = labels["downtime"].format(downtime=known.downtime) if known.downtime else ""
        action = labels["action"].format(action=known.milestone("action")) if known.milestone("action") else ""
        cancelled = card.is_cancelled(known, self.letter.kind)
        event = calendar.Event(
            uid=str(known.milestone("uid")),
            sequence=known.milestone("sequence") + (cancelled and known.status != Status.CANCELLED),
            stamp=datetime.fromisoformat(self.release["date"]),
            start=known.start,
            end=known.end,
            zone=known.zone,
            status=self.status or Status.TENTATIVE,
            summary=f"{known.upgrade('name')}: {known.milestone('name')}",
            description="\n\n".join(filter(None, [known.impact, known.milestone("effect"), downtime, action])),
            location=", ".join(known.sites),
            url=self.status_link if not SLOT.search(self.status_link) else "",
            categories=known.services,
            is_busy=known.milestone("impact") == Impact.OUTAGE,
        )
        return calendar.lay_out(event, organizer=self.release["from"] if self.letter.invite else "")


def _context(desk: Desk):
    status = desk.status
    return layouts.context(
        language=desk.letter.language,
        subject=desk.subject,
        headline=re.sub(r"^\[[^\]]*\]\s*", "", desk.subject) or desk.subject,
        preheader=desk.preheader,
        organisation=desk.release["organisation"],
        kind=desk.labels["kind"].get(desk.letter.kind, ""),
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
    return tamed(value) if isinstance(value, str) else value
