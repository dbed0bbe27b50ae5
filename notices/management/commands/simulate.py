import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notices.lint import looking_ahead
from notices.simulation import comparing, reading, what_if, writing
from notices.simulation.play import AS_IT_STANDS, AS_PLANNED, play
from upgrades.models import Upgrade


class Command(BaseCommand):
    help = (
        "Plays the communication plan of an upgrade forward and prints what goes out when and to whom, what is missed "
        "and what waits. Writes nothing and tells nobody. With --what-if FILE also what differs when the changes in "
        'that file are made: {"changes": [{"change": "slip", "milestone": "Go-live", "by": "7 days"}]}. Changes: '
        "slip (milestone, by or to), cancel (milestone), freeze (name, from, to, hard, groups, sites, services), "
        "drop_channel (channel), leave (person), approve (notice, or all). See docs/simulation.md. "
        "Exit status: 0 played, 2 not understood, 3 no such upgrade."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("slug", help="As in the address of its pages.")
        parser.add_argument("--until", required=True, help="The last day, like 2026-12-24, where the upgrade is.")
        parser.add_argument("--what-if", metavar="FILE", help="Changes to look at, as JSON.")
        parser.add_argument("--approved", action="store_true", help="As if everybody approved in time.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, slug, until, approved, format, **options):
        upgrade = Upgrade.objects.filter(slug=slug).first()
        if upgrade is None:
            raise CommandError(f"There is no upgrade “{slug}”.", returncode=3)
        now = timezone.now()
        common: dict[str, Any] = {
            "now": now,
            "until": last_moment(until, upgrade, now=now),
            "approvals": AS_PLANNED if approved else AS_IT_STANDS,
        }
        changes = read(options["what_if"], upgrade) if options["what_if"] else what_if.AS_IT_IS
        upgrades = [upgrade, *changes.upgrades]
        played = play(upgrades, what_if=changes, **common)
        before = play(upgrades, **common) if changes else None
        difference = before and comparing.compare(before, played, check=looking_ahead.findings)
        lines = as_json(played, difference) if format == "json" else as_text(played, difference)
        self.stdout.writelines(f"{line}\n" for line in lines)


def last_moment(text: str, upgrade: Upgrade, *, now: datetime) -> datetime:
    try:
        day = date.fromisoformat(text)
        found = what_if.whole_days(day, day, zone=upgrade.time_zone)[1] - timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"“{text}” is not a day. Write it like 2026-12-24.", returncode=2) from error
    if found < now:
        raise CommandError(f"{day} is over. The last day of a play is today or later.", returncode=2)
    return found


def read(name: str, upgrade: Upgrade) -> what_if.WhatIf:
    try:
        return reading.load(Path(name).read_text(encoding="utf-8-sig"), upgrade=upgrade)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise CommandError(f"{name} cannot be read: {reason}.", returncode=2) from error
    except reading.NotUnderstood as error:
        raise CommandError(f"{name} is not understood. {error}", returncode=2) from error


def as_json(played, difference):
    found = writing.play(played)
    if difference:
        found["difference"] = writing.difference(difference, finding=looking_ahead.as_json)
    yield json.dumps(found, indent=2, ensure_ascii=False)


def as_text(played, difference):
    yield from writing.text(played)
    if difference:
        yield ""
        yield from writing.difference_text(difference, finding=looking_ahead.sentence)
