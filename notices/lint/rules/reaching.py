"""Whether what is said gets there."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.urls import reverse

from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import Event, Medium, NoticeKind, Severity
from notices.lint import places, telling
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.parts.people import Members
from notices.lint.phrases import counted, listed, people, when
from notices.lint.plan import LoadedPlan
from notices.pipeline.audience import BOUNCED, COMPLAINED, NO_ADDRESS
from notices.pipeline.outlets import offered
from stakeholders.enums import Channel, silent_with
from upgrades.enums import Impact
from upgrades.models import Milestone, Service

SAID = {
    NO_ADDRESS: "no address",
    BOUNCED: "an address that bounces",
    COMPLAINED: "marked our mail as unwanted",
}
WHILE_IT_RUNS = (NoticeKind.STARTED, NoticeKind.PROGRESS)
ON_PAPER = (Medium.POSTER, Medium.CASCADE)
FOLLOWS = ("affected", "categories", "quadrants", "not_answered", "not_acknowledged")
NAMED = 20


@rule("COV006", Severity.ERROR, "It does not reach those it is for", source="Delivery experience")
def everybody_affected_can_be_reached(plan: LoadedPlan) -> Iterator[Found]:
    """A poster for them, a cascade of managers or a meeting is another way. And a line of the plan has to be for
    somebody."""
    yield from _without_way(plan)
    for line in plan.lines:
        if telling.is_to_come(line, now=plan.now) and (problem := _goes_astray(plan, line)):
            yield Found(
                place=line.place,
                sentence=f"“{line.name}” {problem}.",
                facts={"line": str(line.place), "lost": _lost(plan, line), "is_empty": not plan.crowd(line)},
                fix=Fix("open", "Choose who it is for", {"url": places.url(line.place, plan.upgrade)}),
            )


def _lost(plan: LoadedPlan, line: Line) -> list[int]:
    return sorted(plan.people.lost & {*line.asked.rule.get("groups", ())})


def _goes_astray(plan: LoadedPlan, line: Line) -> str:
    """Of an audience that follows the register it is no mistake that nobody is in it at the moment."""
    rule, lost = line.asked.rule, _lost(plan, line)
    is_by_name = bool(rule.get("groups") or rule.get("people")) and not any(rule.get(name) for name in FOLLOWS)
    if lost:
        gone = f"{counted(len(lost), 'group')} that {'is' if len(lost) == 1 else 'are'} no longer there"
        return f"is for {gone}{'' if plan.crowd(line) else ', and reaches nobody'}"
    if is_by_name and not plan.crowd(line):
        return "reaches nobody: those it is for have left, or their groups are empty"
    if not_set_up := [Channel(one).said for one in line.channels if one in plan.people.not_set_up]:
        return f"goes over {listed(not_set_up)}, which nobody has set up"
    return "is a notice to nobody" if line.notice and line.is_push and not rule else ""


def _without_way(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        missing = unreachable(plan, window)
        reasons = [
            f"{size(crowd & missing):,} {_have(reason, size(crowd & missing))}{SAID[reason]}"
            for reason, crowd in plan.people.unreachable.items()
            if crowd & missing
        ]
        if missing:
            yield Found(
                place=Place.of(window),
                sentence=f"{people(size(missing))} whom “{window}” affects cannot be reached by e-mail "
                f"({', '.join(reasons)}), and the plan has no other way to them.",
                facts={
                    "window": window.pk,
                    "people": sorted(plan.crowds.persons(missing)) if size(missing) <= NAMED else [],
                },
                fix=Fix("add_poster", "Add a poster for them", {"milestone": window.pk}),
            )


def _have(reason: str, number: int) -> str:
    return "" if reason == COMPLAINED else "has " if number == 1 else "have "


def unreachable(plan: LoadedPlan, window: Milestone) -> Crowd:
    """Affected, without a working address, and in the audience of nothing that comes on paper, by word of mouth or over
    a channel for which they have one."""
    other = NOBODY
    for line in telling.about(plan, window) if plan.people.beside else ():
        beside = [crowd for channel, crowd in plan.people.beside.items() if channel in line.channels]
        other |= reduce(or_, beside, NOBODY) & plan.crowd(line)
    for line in plan.lines:
        if line.due and line.due < window.start and line.milestone and _is_theirs(plan, line, window):
            other |= -1 if line.medium == Medium.CASCADE else plan.crowd(line)
    return telling.affected(plan, window) & plan.people.without_mail & ~other


def _is_theirs(plan: LoadedPlan, line: Line, window: Milestone) -> bool:
    if line.medium in ON_PAPER:
        return line.milestone == window or line in telling.about(plan, window)
    return (
        line.medium in telling.IN_PERSON and telling.tells(line, now=plan.now) and line in telling.about(plan, window)
    )


@rule("COV007", Severity.ERROR, "The only way to people is down with the service", source="mailboxtaxi")
def what_is_said_does_not_need_what_is_down(plan: LoadedPlan) -> Iterator[Found]:
    """A mail before the outage is fine. What comes while it lasts needs a channel that works then."""
    for window in telling.ahead(plan):
        dead = _dead(plan, window)
        for line in plan.lines if dead else ():
            if _comes_during(line, window) and set(line.channels) <= dead.keys():
                yield _cut_off(plan, window, line, dead)
        if Channel.EMAIL in dead and plan.upgrade.contact_email and not plan.upgrade.contact_phone:
            yield _no_contact(plan, window, dead[Channel.EMAIL])


def _dead(plan: LoadedPlan, window: Milestone) -> dict[str, Service]:
    """Channels that do not work during a window, and because of which service."""
    if window.impact < Impact.OUTAGE:
        return {}
    services = list(window.services.all()) or list(plan.upgrade.services.all())
    return {channel: one for one in services for channel in silent_with(one.carries)}


def _comes_during(line: Line, window: Milestone) -> bool:
    if not line.notice or line.milestone != window or line.is_done or not line.is_alive or not line.channels:
        return False
    if line.is_kit and line.step:
        return line.step.event in (Event.STARTED, Event.EXTENDED) or line.kind in WHILE_IT_RUNS
    return any(window.start <= due < window.last_moment for due in line.dues)


def _cut_off(plan: LoadedPlan, window: Milestone, line: Line, dead: dict[str, Service]) -> Found:
    lost = [Channel(one).said for one in line.channels]
    services = sorted({dead[one].name for one in line.channels})
    left = [one for one in offered.ALWAYS if one not in dead]
    return Found(
        place=line.place,
        sentence=f"“{line.name}” comes by {listed(lost)} alone while “{window}” takes {listed(services)} away: nobody "
        "can read it then.",
        facts={"line": str(line.place), "channels": sorted(line.channels), "services": services},
        fix=_other_way(line, left),
    )


def _other_way(line: Line, left: list[Channel]) -> Fix | None:
    if left and line.notice:
        return Fix("add_channel", f"Add {left[0].said}", {"notice": line.notice.pk, "channel": left[0].value})
    return Fix("put_on_paper", "Print a poster instead", {"step": line.step.pk}) if line.step else None


def _no_contact(plan: LoadedPlan, window: Milestone, service: Service) -> Found:
    return Found(
        place=Place.of(window),
        sentence=f"While “{window}” takes {service} away from {when(window.start, plan.upgrade.time_zone)}, people who "
        f"need help have only {plan.upgrade.contact_email}.",
        facts={"window": window.pk, "contact": plan.upgrade.contact_email},
        fix=Fix("open", "Add a phone number", {"url": reverse("upgrade_edit", args=[plan.upgrade.slug])}),
    )


@rule("COV012", Severity.WARNING, "People are reached through a distribution list alone", source="Proof of notice")
def people_are_known_behind_lists(plan: LoadedPlan) -> Iterator[Found]:
    for one in plan.people.groups:
        if one.is_concerned and one.is_only_lists and one.crowd & _affected_by_any(plan):
            yield Found(
                place=Place.of(one.group),
                sentence=f"{one.group} is known only as {counted(size(one.crowd), 'distribution list')} "
                f"({listed(_names(plan, one))}): nobody can tell who has read or acknowledged anything.",
                facts={"group": one.group.pk},
                fix=Fix("open", "Add its people", {"url": reverse("group", args=[one.group.pk])}),
            )


def _affected_by_any(plan: LoadedPlan) -> Crowd:
    found = NOBODY
    for window in telling.ahead(plan):
        found |= telling.affected(plan, window)
    return found


def _names(plan: LoadedPlan, one: Members) -> list[str]:
    return [plan.people.lists[pk] for pk in plan.crowds.persons(one.crowd) if pk in plan.people.lists]
