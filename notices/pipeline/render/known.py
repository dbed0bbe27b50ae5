"""The facts of one revision, as they are printed in one language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from upgrades.enums import Impact, Status


@dataclass(frozen=True)
class Known:
    """`facts` as upgrades.facts makes them: of the upgrade, and of one milestone, engagement or concern, or none. Where
    they are of several milestones, it speaks of none."""

    facts: Mapping[str, Any]
    language: str
    labels: Mapping[str, Any]

    def upgrade(self, name: str) -> Any:
        return self.facts.get(f"upgrade.{name}") or ""

    def milestone(self, name: str) -> Any:
        return self.facts.get(f"{self.subject}.{name}") if self.subject else None

    def meeting(self, name: str) -> Any:
        return self.facts.get(f"{self._subject('engagement:')}.{name}") or ""

    def concern(self, name: str) -> str:
        return self.facts.get(f"{self._subject('concern:')}.{name}") or ""

    @cached_property
    def subject(self) -> str:
        return self._subject("milestone:")

    def _subject(self, kind: str) -> str:
        subjects = {key.partition(".")[0] for key in self.facts if key.startswith(kind)}
        return subjects.pop() if len(subjects) == 1 else ""

    @property
    def zone(self) -> str:
        return self.upgrade("time_zone") or "UTC"

    @property
    def start(self) -> datetime | None:
        return self._moment("start")

    @property
    def end(self) -> datetime | None:
        return self._moment("end")

    @property
    def services(self) -> list[str]:
        return self.milestone("services") or self.upgrade("services") or []

    @property
    def sites(self) -> list[str]:
        return self.milestone("sites") or []

    @property
    def impact(self) -> str:
        level = self.milestone("impact")
        return "" if level is None else self.labels["impact"][Impact(level).name.lower()]

    @property
    def status(self) -> Status | None:
        return Status(self.milestone("status")) if self.milestone("status") else None

    @property
    def downtime(self) -> str:
        minutes = self.milestone("downtime")
        return "" if minutes is None else time.duration(minutes, language=self.language)

    @property
    def length(self) -> str:
        """Of the window."""
        if not self.start or not self.end:
            return ""
        return time.duration(time.minutes(self.end - self.start), language=self.language)

    @property
    def action_deadline(self) -> str:
        return self.full(self._moment("action_deadline"))

    def window(self, *, zone: str = "") -> str:
        if not self.start:
            return ""
        return time.window(self.start, self.end, zone=zone or self.zone, language=self.language)

    @property
    def meeting_times(self) -> tuple[datetime, datetime] | None:
        start, end = self.meeting("start"), self.meeting("end")
        return (datetime.fromisoformat(start), datetime.fromisoformat(end)) if start and end else None

    @property
    def meeting_zone(self) -> str:
        return self.meeting("time_zone") or "UTC"

    def meeting_window(self, *, zone: str = "") -> str:
        if not self.meeting_times:
            return ""
        return time.window(*self.meeting_times, zone=zone or self.meeting_zone, language=self.language)

    def meeting_day(self, said: Callable[..., str] = time.day) -> str:
        if not self.meeting_times:
            return ""
        return said(self.meeting_times[0].astimezone(ZoneInfo(self.meeting_zone)).date(), language=self.language)

    def full(self, moment: datetime | None) -> str:
        return time.full(moment, zone=self.zone, language=self.language) if moment else ""

    def day(self, said: Callable[..., str] = time.day) -> str:
        return said(self.start.astimezone(ZoneInfo(self.zone)).date(), language=self.language) if self.start else ""

    def joined(self, names: list[str]) -> str:
        """ "mail, calendar and Wi-Fi"."""
        return f" {self.labels['and']} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)

    def values(self) -> dict[str, str]:
        """By placeholder. What is not known is empty."""
        plain = ["objective", "why", "why_now", "risk", "benefit", "contact_name", "contact_email", "contact_phone"]
        return {name: self.upgrade(name) for name in plain} | {
            "upgrade": self.upgrade("name"),
            "milestone": self.milestone("name") or "",
            "services": self.joined(self.services),
            "start": self.full(self.start),
            "end": self.full(self.end),
            "window": self.window(),
            "day": self.day(),
            "short_day": self.day(time.short_day),
            "downtime": self.downtime,
            "impact": self.impact,
            "sites": self.joined(self.sites),
            "effect": self.milestone("effect") or "",
            "systems": self.milestone("systems") or "",
            "change_reason": self.milestone("change_reason") or "",
            "action": self.milestone("action") or "",
            "action_deadline": self.action_deadline,
            "workaround": self.milestone("workaround") or "",
            "outcome": self.milestone("outcome") or "",
            "meeting": self.meeting("title"),
            "meeting_time": self.meeting_window(),
            "meeting_day": self.meeting_day(),
            "meeting_short_day": self.meeting_day(time.short_day),
            "place": self.meeting("place"),
            "join_link": self.meeting("link"),
            "topics": self.meeting("topics"),
            "host": self.meeting("host"),
            "reason": self.meeting("cancel_reason"),
            "question": self.concern("text"),
            "answer": self.concern("answer"),
        }

    def _moment(self, name: str) -> datetime | None:
        value = self.milestone(name)
        return datetime.fromisoformat(value) if value else None
