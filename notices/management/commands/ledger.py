import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commsplan.lib.time import full
from notices.insight.ledger import plan_at
from notices.models import Notice
from notices.pipeline import ledger
from notices.pipeline.correcting import calls, open_corrections
from notices.pipeline.ledger import Believers, Group, Plan, Wrong
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades import fact_words
from upgrades.models import Upgrade

MOST_NAMES = 5


class Command(BaseCommand):
    help = (
        "Who believes what about an upgrade that no longer holds, and what is under way to put them right. --at: as it "
        "was at that moment. --person: what one person believes. Exit status: 0 nobody believes anything wrong, "
        "1 somebody does, 2 not understood, 3 no such upgrade. See docs/ledger.md."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("slug", help="As in the address of its pages.")
        parser.add_argument("--at", help="A moment, like 2026-12-24T09:00 (where the upgrade is) or with its offset.")
        parser.add_argument("--person", help="The number or the address of a person.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, slug, at, person, **options):
        upgrade = Upgrade.objects.filter(slug=slug).first()
        if upgrade is None:
            raise CommandError(f"There is no upgrade “{slug}”.", returncode=3)
        now = timezone.now()
        moment = read_moment(at, upgrade) if at else now
        if moment > now:
            raise CommandError("Nobody knows yet what people will believe then.", returncode=2)
        plan = plan_at(upgrade, moment) if at else Plan.of(upgrade, now=moment)
        one = find(person) if person else None
        groups = ledger.wrong(upgrade, now=moment, people=[one.pk] if one else None, plan=plan)
        believes = ledger.of_person(one, [upgrade.pk], at=moment) if one else None
        open_now = (list(open_corrections(upgrade)), list(calls.open(upgrade))) if not at else ([], [])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(plan, groups, believes, *open_now), indent=2, ensure_ascii=False))
        else:
            self.stdout.writelines(f"{line}\n" for line in as_text(plan, groups, believes, *open_now))
        sys.exit(1 if groups else 0)


def read_moment(text: str, upgrade: Upgrade) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a moment. Write it like 2026-12-24T09:00.", returncode=2) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(upgrade.time_zone))


def find(text: str) -> Person:
    people = Person.objects.filter(pk=text) if text.isdecimal() else Person.objects.active().filter(email__iexact=text)
    found = people.select_related("merged_into").first()
    if found is None:
        raise CommandError(f"There is nobody “{text}”.", returncode=2)
    return found.merged_into or found


# For people


def as_text(
    plan: Plan, groups: list[Group], believes: Believers | None, letters: list[Notice], to_call: list
) -> Iterator[str]:
    zone = plan.upgrade.time_zone
    yield f"{plan.upgrade}, {full(plan.now, zone=zone)}"
    if believes:
        yield from own(believes, plan, {one.fact for group in groups for one in group.wrong})
        return
    number = sum(len(group.people) for group in groups)
    yield (
        "Nobody believes anything wrong."
        if not number
        else f"Wrong: {number:,} {'person' if number == 1 else 'people'}."
    )
    names = dict(Person.objects.filter(pk__in=some(groups)).values_list("pk", "name"))
    for group in groups:
        shown = ", ".join(names[pk] for pk in group.people[:MOST_NAMES])
        more = len(group.people) - MOST_NAMES
        yield f"  {shown}{f' and {more:,} more' if more > 0 else ''}"
        yield from (f"    {said(one, plan)}" for one in group.wrong)
    for notice in letters:
        reason = f": {notice.reason}" if notice.reason else ""
        count = len(notice.audience.get("people", ()))
        yield f"Open: {notice.title}, to {count:,}, {notice.get_state_display().lower()}{reason}"
    for call in to_call:
        yield f"Call: {call.person} ({call.why}), by {call.owner}"


def own(believes: Believers, plan: Plan, wrong: set[str]) -> Iterator[str]:
    if not believes.beliefs:
        yield "Was never told anything."
    for fact, one in believes.beliefs.items():
        value = fact_words.in_words(fact, one.value, zone=plan.upgrade.time_zone)
        mark = "WRONG" if fact in wrong else "right"
        yield f"  {mark}  {subject(fact, plan)}: {fact_words.label(fact)}: {value} ({way(one.by)}, {one.on})"


def some(groups: list[Group]) -> set[int]:
    return {pk for group in groups for pk in group.people[:MOST_NAMES]}


def said(one: Wrong, plan: Plan) -> str:
    zone = plan.upgrade.time_zone
    told, current = (fact_words.in_words(one.fact, value, zone=zone) for value in (one.belief.value, one.now))
    label = fact_words.label(one.fact)
    return f"{subject(one.fact, plan)}: {label}: told {told} ({way(one.belief.by)}, {one.belief.on}), now {current}"


def subject(fact: str, plan: Plan) -> str:
    return str(plan.milestones.get(fact.partition(".")[0]) or plan.upgrade)


def way(by: str) -> str:
    return "in a talk" if by == ledger.TALK else f"by {Channel(by).label.lower()}"


# For programs


def as_json(
    plan: Plan, groups: list[Group], believes: Believers | None, letters: list[Notice], to_call: list
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "upgrade": plan.upgrade.slug,
        "at": plan.now.isoformat(),
        "people_wrong": sum(len(group.people) for group in groups),
        "wrong": [{"people": list(group.people), "facts": ledger.rows_of(group)} for group in groups],
    }
    if believes:
        facts = [
            {"fact": fact, "told": one.value, "on": one.on.isoformat(), "by": str(one.by)}
            for fact, one in believes.beliefs.items()
        ]
        return found | {"person": believes.people[0], "believes": facts}
    return found | {
        "corrections": [
            {
                "notice": one.pk,
                "title": one.title,
                "people": one.audience.get("people", []),
                "state": one.state,
                "is_urgent": one.is_urgent,
                "send_at": one.send_at and one.send_at.isoformat(),
                "reason": one.reason,
            }
            for one in letters
        ],
        "calls": [{"person": one.person_id, "facts": one.facts, "why": one.why} for one in to_call],
    }
