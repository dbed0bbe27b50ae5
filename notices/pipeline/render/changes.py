"""What one reader was told, and what is true now: rows (render.rows) in lines, in their language and the zone of the
place, grouped by milestone. They are written as Markdown around marks, so that no value is ever markup."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from notices.pipeline.render import rows
from notices.pipeline.render.known import Known
from notices.pipeline.render.words import Manuscript, Printed
from upgrades.enums import Impact, Status

PRINTS = "changes"  # the placeholder
ORDER = (
    *("status", "start", "end", "downtime", "impact", "services", "sites", "action", "action_deadline"),
    *("contact_name", "contact_email", "contact_phone"),
)
MOMENTS = ("start", "end", "action_deadline")
QUOTED = ("status", "impact", "action")  # whose values are sentences of their own
ENDS = (".", "!", "?", "…")
QUOTES = "”“» "


def manuscript(told: Sequence[rows.Row], known: Known, *, today: datetime) -> Manuscript:
    """`known` is of all facts that the rows are about; `today` tells which year need not be said."""
    writer = Writer(known, today)
    is_known_new = all_new(told)  # whoever reads it was told so above
    blocks = [writer.group(subject, mine, is_known_new=is_known_new) for subject, mine in _grouped(told, known)]
    return Manuscript("\n\n".join(blocks), writer.printed)


def in_short(told: Sequence[rows.Row], known: Known) -> str:
    """ "Start: Wednesday 14 May 2026, 18:00 …", for the line that mailboxes show beside a subject."""
    labels = known.labels
    said = (
        f"{labels['fact'][rows.name_of(row['fact'])]}{labels['colon']} {value}"
        for _, mine in _grouped(told, known)
        for row in mine
        if (value := in_words(row["fact"], row["now"], known))
    )
    return textwrap.shorten(" · ".join(said), 140, placeholder=" …")


def all_new(told: Iterable[rows.Row]) -> bool:
    return not any(map(_was_told, told))


def in_words(fact: str, value: Any, known: Known) -> str:
    """Empty for what has no value."""
    name = rows.name_of(fact)
    if value in (None, "", []):
        return ""
    if name in MOMENTS:
        return time.full(datetime.fromisoformat(value), zone=known.zone, language=known.language)
    if name == "downtime":
        return time.duration(value, language=known.language)
    if name == "impact":
        return known.labels["impact"][Impact(value).name.lower()]
    if name == "status":
        return known.labels["status"][Status(value)]
    if isinstance(value, list):
        return known.joined(value)
    return " ".join(str(value).split())


def _grouped(told: Sequence[rows.Row], known: Known) -> Iterator[tuple[str, list[rows.Row]]]:
    """The first to come first, what is true of all of them last."""
    subjects = dict.fromkeys(rows.subject_of(row["fact"]) for row in told)
    for subject in sorted(subjects, key=lambda subject: _place(subject, known)):
        mine = [row for row in told if rows.subject_of(row["fact"]) == subject]
        named = [row for row in mine if rows.name_of(row["fact"]) in ORDER]
        if named:
            yield subject, sorted(named, key=lambda row: ORDER.index(rows.name_of(row["fact"])))


def _place(subject: str, known: Known) -> tuple[bool, str, str]:
    return not subject.startswith("milestone:"), known.facts.get(f"{subject}.start") or "", subject


def _was_told(row: rows.Row) -> bool:
    """That there is nothing to do is told, too; of other facts, nobody says that there are none."""
    return row["told"] not in (None, "", []) or (rows.name_of(row["fact"]) == "action" and row["told"] is not None)


@dataclass
class Writer:
    """Collects the values of which the text holds marks."""

    known: Known
    today: datetime
    printed: list[Printed] = field(default_factory=list)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return self.known.labels["changes"]

    def group(self, subject: str, mine: Sequence[rows.Row], *, is_known_new: bool) -> str:
        name = self.known.facts.get(f"{subject}.name") or self.known.upgrade("name")
        is_new = all_new(mine)
        heading = f"**{self.mark(name)}**" + (f" ({self.labels['not_told']})" if is_new and not is_known_new else "")
        lines = [self.line(row, is_new=is_new) for row in mine]
        others = [] if is_new else [*self.to_do(subject, mine), *self.reason(subject)]
        return "\n".join([heading, "", *(f"- {line}" for line in [*lines, *others])])

    def line(self, row: rows.Row, *, is_new: bool) -> str:
        name = rows.name_of(row["fact"])
        return self.labelled(name, self.now(row) if is_new else self.sentence(row))

    def labelled(self, name: str, said: str) -> str:
        return f"**{self.known.labels['fact'][name]}{self.known.labels['colon']}** {said}"

    def now(self, row: rows.Row) -> str:
        is_action = rows.name_of(row["fact"]) == "action"
        return self.mark(
            in_words(row["fact"], row["now"], self.known) or self.labels["nothing_to_do" if is_action else "none"]
        )

    def sentence(self, row: rows.Row) -> str:
        told, now = (self.quoted(row["fact"], row[when]) for when in ("told", "now"))
        is_action = rows.name_of(row["fact"]) == "action"
        if not _was_told(row):
            key = "never" if now else "never_none"
        elif not now:
            key = "action_gone" if is_action else "gone"
        else:
            key = "told" if told else "action_new"
        ends = key in ("gone", "action_gone", "never_none") or now.rstrip(QUOTES).endswith(ENDS)
        stop = "" if told.rstrip(QUOTES).endswith(ENDS) else "."
        said = self.labels[key].format(told=self.mark(told), now=self.mark(now), how=self.how(row), stop=stop)
        return said + ("" if ends else ".")

    def quoted(self, fact: str, value: Any) -> str:
        said = in_words(fact, value, self.known)
        return self.labels["quoted"].format(said=said) if said and rows.name_of(fact) in QUOTED else said

    def how(self, row: rows.Row) -> str:
        if not row["on"]:
            return ""
        return self.labels.get(f"by_{row['by']}", self.labels["by_other"]).format(day=self.mark(self.day(row["on"])))

    def day(self, on: str) -> str:
        """Without its year in that year."""
        return time.day_of_month(
            datetime.fromisoformat(on).date(),
            language=self.known.language,
            this_year=self.today.astimezone(ZoneInfo(self.known.zone)).year,
        )

    def to_do(self, subject: str, mine: Sequence[rows.Row]) -> Iterator[str]:
        """What has to be done is what people ask first, also where it stays."""
        said = {rows.name_of(row["fact"]): row["now"] for row in mine}
        facts = self.known.facts
        if f"{subject}.action" not in facts or facts.get(f"{subject}.status") in (Status.CANCELLED, Status.COMPLETED):
            return
        action = facts[f"{subject}.action"]
        if "action" not in said:
            key = "unchanged" if action else "unchanged_nothing"
            text = self.labels[key].format(action=self.mark(self.quoted(f"{subject}.action", action)) if action else "")
            yield self.labelled("action", text)
        deadline = in_words(f"{subject}.action_deadline", facts.get(f"{subject}.action_deadline"), self.known)
        if deadline and "action_deadline" not in said and (said.get("action") or action):
            yield self.labelled("action_deadline", self.mark(deadline))

    def reason(self, subject: str) -> Iterator[str]:
        if reason := self.known.facts.get(f"{subject}.change_reason"):
            yield f"**{self.labels['reason']}{self.known.labels['colon']}** {self.mark(' '.join(reason.split()))}"

    def mark(self, said: str) -> str:
        self.printed.append(Printed(said))
        return f"zq{len(self.printed) - 1:04d}qz"
