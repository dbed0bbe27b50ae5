"""A play and a difference as JSON and as text. docs/simulation.md names every key."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from commsplan.lib import time
from notices.enums import NoticeKind, NoticeState
from notices.pipeline.audience import Audience
from notices.simulation import explaining
from notices.simulation.beliefs import Wrong
from notices.simulation.comparing import Difference, Pair
from notices.simulation.delivering import Delivery, End, source
from notices.simulation.play import AS_IT_STANDS, AS_PLANNED, Play
from notices.simulation.playing import Outcome
from stakeholders.models import Group
from upgrades.collisions import Collision
from upgrades.fact_words import as_told, label

Say = Callable[[Any], Any]


def play(played: Play, *, with_messages: bool = True) -> dict[str, Any]:
    names = dict(Group.objects.values_list("pk", "name"))
    return head(played) | {
        "days": days(played),
        "notices": [notice(played, one, names, with_messages=with_messages) for one in played.outcomes],
    }


def head(played: Play) -> dict[str, Any]:
    return {
        "upgrades": [one.slug for one in played.upgrades],
        "now": utc(played.now),
        "until": utc(played.until),
        "what_if": [str(one) for one in played.what_if.changes],
        "approvals": AS_PLANNED if played.assumed.approvals else AS_IT_STANDS,
        "milestones": [
            {
                "id": one.pk,
                "upgrade": one.upgrade.slug,
                "name": one.name,
                "status": one.status,
                "start": utc(one.start),
                "end": utc(one.end),
                "time_zone": one.upgrade.time_zone,
            }
            for one in played.milestones
        ],
    }


def days(played: Play) -> list[dict[str, Any]]:
    """How many messages on which day, over which channel, with which end."""
    counted: dict[tuple, int] = {}
    for tally in played.tallies:
        day = explaining.at_place(tally.at, tally.outcome.notice.upgrade).isoformat()
        key = day, tally.channel, tally.state, tally.reason
        counted[key] = counted.get(key, 0) + tally.number
    names = ("day", "channel", "state", "reason", "number")
    return [dict(zip(names, (*key, number), strict=True)) for key, number in sorted(counted.items())]


def notice(played: Play, outcome: Outcome, names: dict[int, str], *, with_messages: bool) -> dict[str, Any]:
    row = outcome.notice
    found: dict[str, Any] = {
        "key": outcome.key,
        "notice": row.pk,
        "step": row.step_id,
        "upgrade": row.upgrade.slug,
        "title": row.title,
        "kind": row.kind,
        "milestone": row.milestone.name if row.milestone else None,
        "state": outcome.state,
        "at": utc(outcome.at),
        "due": utc(row.send_at),
        "local_on": row.local_on.isoformat() if row.local_on else None,
        "local_at": f"{row.local_at:%H:%M}" if row.local_at else None,
        "time_zone": row.upgrade.time_zone,
        "approval_assumed": outcome.is_assumed,
        "on_its_way": outcome.is_on_its_way,
        "reason": outcome.reason,
        "why": explaining.what_happens(outcome),
        "audience": Audience.from_json(source(outcome).audience).describe(names),
        "channels": list(source(outcome).channels),
        "counts": [
            {"channel": one.channel, **end(one.end), "number": one.number}
            for one in played.tallies
            if one.outcome is outcome
        ],
    }
    if with_messages:
        found["messages"] = [message(one) for one in played.messages(outcome)]
    return found


def message(delivery: Delivery) -> dict[str, Any]:
    return {
        "person": delivery.person,
        "name": delivery.name,
        "address": delivery.address,
        "channel": delivery.channel,
        **end(delivery.end),
    }


def end(one: End) -> dict[str, Any]:
    found = {"state": one.state, "reason": one.reason, "at": utc(one.at)}
    return found | {"held": one.held, "digest": one.is_gathered}


def difference(found: Difference, *, finding: Say | None = None) -> dict[str, Any]:
    say = finding or str
    return {
        "what_if": [str(one) for one in found.after.what_if.changes],
        "moved": [_pair(one) for one in found.moved],
        "lost": [_pair(one) | {"why": one.why_lost} for one in found.lost],
        "gained": [_pair(one) for one in found.gained],
        "other_recipients": [_pair(one) for one in found.otherwise],
        "unchanged": found.same,
        "corrections": {"people": found.people_to_correct, "facts": [wrong(one) for one in found.new_wrongs]},
        "messages": {"before": found.messages_before, "after": found.messages_after, "cost": found.cost},
        "collisions": {
            "gained": [_collision(one) for one in found.collisions_gained],
            "lost": [_collision(one) for one in found.collisions_lost],
        },
        "findings": {
            "gained": [say(one) for one in found.findings_gained],
            "lost": [say(one) for one in found.findings_lost],
        }
        if found.is_checked
        else None,
    }


def wrong(one: Wrong) -> dict[str, Any]:
    return {
        "fact": one.fact,
        "upgrade": one.upgrade.slug,
        "milestone": one.milestone.name,
        "told": one.told,
        "current": one.current,
        "people": one.people,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    row = pair.outcome.notice
    return {
        "key": pair.outcome.key,
        "notice": row.pk,
        "upgrade": row.upgrade.slug,
        "title": row.title,
        "from": utc(pair.from_at),
        "to": utc(pair.to_at),
        "time_zone": row.upgrade.time_zone,
        "messages_before": pair.sent_before,
        "messages_after": pair.sent_after,
        "held_before": pair.held_before,
        "held_after": pair.held_after,
    }


def _collision(one: Collision) -> dict[str, Any]:
    return {
        "milestone": one.milestone.name,
        "critical_days": one.critical_days.name,
        "hard": one.is_hard,
        "shared": list(one.shared),
    }


def utc(moment: datetime | None) -> str | None:
    return moment.astimezone(time.UTC).isoformat().replace("+00:00", "Z") if moment else None


# As text


def text(played: Play) -> Iterator[str]:
    yield f"{', '.join(one.name for one in played.upgrades)} until {_full(played.until, played)}"
    yield from (f"What if {change}" for change in played.what_if.changes)
    for outcome in played.outcomes:
        yield ""
        when = _full(outcome.due, played, zone=outcome.notice.upgrade.time_zone) if outcome.due else "no time yet"
        yield f"{when}  {outcome.notice.title} ({NoticeKind(outcome.notice.kind).label})"
        assumed = ", if it is approved in time" if outcome.is_assumed else ""
        yield f"  {NoticeState(outcome.state).label}{assumed}. {explaining.what_happens(outcome)}"
        for one in played.tallies:
            if one.outcome is outcome:
                yield f"  {one.number:,} {one.state} by {one.channel}{_why(one.end)}"


def _why(one: End) -> str:
    """ " (opted out)", " (Wednesday 11 March 2026, 09:00 UTC: waits for …)"."""
    if one.held:
        return f" ({time.full(one.at, zone='UTC')}: {one.held})"
    return f" ({one.reason})" if one.reason else ""


def difference_text(found: Difference, *, finding: Say | None = None) -> Iterator[str]:
    say = finding or str
    yield "What changes"
    for one in found.moved:
        yield f"  moved    {one.outcome.notice.title}: {_at(one.from_at, one)} → {_at(one.to_at, one)}"
    for one in found.lost:
        yield f"  lost     {one.outcome.notice.title}: {one.why_lost}"
    for one in found.gained:
        yield f"  gained   {one.outcome.notice.title}: {_at(one.to_at, one)}"
    for one in found.otherwise:
        held = f", {one.held_before:,} → {one.held_after:,} of them held back" if one.is_held_otherwise else ""
        yield f"  others   {one.outcome.notice.title}: {one.sent_before:,} → {one.sent_after:,} messages{held}"
    for belief in found.new_wrongs:
        told, current = (
            as_told(belief.fact, one, zone=belief.upgrade.time_zone) for one in (belief.told, belief.current)
        )
        where = f"{belief.milestone.name}, {label(belief.fact).lower()}"
        yield f"  correct  {where}: {told} → {current} ({belief.people:,} people)"
    for how, hits in (("gained", found.collisions_gained), ("lost", found.collisions_lost)):
        yield from (f"  collision {how}: {hit.milestone} and {hit.critical_days}" for hit in hits)
    for how, findings in (("gained", found.findings_gained), ("lost", found.findings_lost)):
        yield from (f"  finding {how}: {say(one)}" for one in findings)
    yield f"  {found.same} stay as they are."
    yield f"  Cost: {found.cost:+,} messages, of these {found.people_to_correct:,} corrections."


def _at(moment: datetime | None, pair: Pair) -> str:
    return time.full(moment, zone=pair.outcome.notice.upgrade.time_zone) if moment else "no time"


def _full(moment: datetime, played: Play, *, zone: str = "") -> str:
    return time.full(moment, zone=zone or next((one.time_zone for one in played.upgrades), "UTC"))
