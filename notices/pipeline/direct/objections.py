"""What is decided about a date that does not work for somebody, and that those who objected hear of it.

Mails wait a few minutes, so that a decision can be taken back before anybody was told.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import translation
from django.utils.translation import gettext

from commsplan.lib import time
from engagement import inviting
from feedback import concerns, objections
from feedback.concerns import NotPossible
from feedback.enums import Decision
from feedback.models import Concern, Conflict, Objection, ObjectionWindow
from notices import wording
from notices.enums import NoticeKind, NoticeState
from notices.models import Notice
from notices.pipeline import approve
from notices.pipeline.direct.saying import reachable, say
from stakeholders.models import Person
from upgrades import collisions, moving_along, rescheduling
from upgrades.enums import Status
from upgrades.models import CriticalDays, Milestone

TIME_TO_TAKE_BACK = timedelta(minutes=5)
MOVES = (Decision.ACCEPT, Decision.MOVE)
CHANGED = (
    "Something has changed since you opened it: an objection came in, or somebody else decided. Please look again."
)
GONE_OUT = "It is too late to take this back: people have been told. Decide again, and tell them the new date."
REASON = "The earlier date did not work for those who need the service then."


@dataclass(frozen=True)
class Reader:
    """Who hears of the decision; `why_not` where no mail can tell them."""

    concern: Concern
    person: Person | None
    why_not: str = ""


def waiting(milestone: Milestone) -> list[Concern]:
    """The undecided objections to this date, oldest first, with what they say."""
    rows = Concern.objects.to_decide().filter(milestone=milestone).select_related("person", "objection")
    return list(rows.prefetch_related("objection__groups").order_by("created_at", "pk"))


def seen(milestone: Milestone, found: Iterable[Concern]) -> str:
    """What somebody looks at who decides."""
    about = [milestone.sequence, milestone.start.isoformat(), *((one.pk, one.text) for one in found)]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:20]


def said_by(concern: Concern) -> Objection | None:
    return getattr(concern, "objection", None)


def alternatives(found: Iterable[Concern], *, now: datetime) -> list[datetime]:
    """Dates that were proposed and are still to come, soonest first."""
    proposed = {said.alternative for one in found if (said := said_by(one)) and said.alternative}
    return sorted(start for start in proposed if start > now)


def readers(found: Sequence[Concern]) -> list[Reader]:
    """Each person once, for the newest of what they said. Two queries."""
    standing = inviting.standing([one.person for one in found if one.person])
    reached = set(
        reachable(Person.objects.filter(pk__in=[one.pk for one in standing.values()])).values_list("pk", flat=True)
    )
    by_person: dict[int, Reader] = {}
    unnamed = []
    for one in found:
        who = standing[one.person_id] if one.person_id else None
        if who is None:
            unnamed.append(Reader(one, None, "Nobody is named."))
        else:
            by_person[who.pk] = Reader(one, who, _why_not(who, reached))
    return [*by_person.values(), *unnamed]


def _why_not(person: Person, reached: set[int]) -> str:
    if person.is_list:
        return "A distribution list: an answer goes to one person."
    return "" if person.pk in reached else "Cannot be reached by mail."


@transaction.atomic
def decide(
    milestone: Milestone,
    *,
    decision: str,
    answer: str,
    looked_at: str,
    by,
    now: datetime,
    start: datetime | None = None,
    reason: str = "",
    keeps_days: bool = False,
) -> Conflict:
    """One decision for all that is said against this date. `looked_at` is what `seen` gave whoever decides; of two who
    decide at once the second is told. Moving keeps the length."""
    row = Milestone.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade").get(pk=milestone.pk)
    _lock(row)
    found = waiting(row)
    if looked_at != seen(row, found):
        raise NotPossible(CHANGED)
    conflict = Conflict.objects.undecided().filter(milestone=row).first()
    if conflict is None and not found:
        raise NotPossible("There is nothing to decide about this date.")
    conflict = conflict or objections.take_up(row)
    _check(row, found, decision=decision, answer=answer, start=start, now=now)
    was = (row.start, row.end)
    conflict.collided = [said_of(hit) for hit in collisions.of_moved([row])]
    if decision in MOVES and start:
        end = row.end and start + (row.end - row.start)
        why, along = reason.strip() or REASON, [moving_along.deadline_of(row)]
        moving_along.change(row, start=start, end=end, reason=why, along=along, now=now)
    _record(conflict, row, was, decision=decision, answer=answer, by=by, now=now)
    _settle(conflict, found, keeps_days=keeps_days, by=by, now=now)
    return conflict


def _lock(milestone: Milestone) -> None:
    """Whoever changes an objection at this moment is seen, or comes too late for this one."""
    rows = Concern.objects.to_decide().filter(milestone=milestone).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _check(milestone: Milestone, found, *, decision: str, answer: str, start: datetime | None, now: datetime) -> None:
    if decision == Decision.DECLINE:
        if not answer.strip():
            raise NotPossible("Say why the date stays: those who objected read it.")
        return
    if milestone.is_over or milestone.upgrade.is_cancelled or milestone.status == Status.IN_PROCESS:
        raise NotPossible(f"{milestone} has begun or is over, so it stays where it is.")
    if start is None or start <= now:
        raise NotPossible("Choose a new date in the future.")
    if start == milestone.start:
        raise NotPossible("That is the date it has already.")
    if decision == Decision.ACCEPT and start not in alternatives(found, now=now):
        raise NotPossible("Nobody proposed this date. Move it to another date instead.")


def said_of(hit: collisions.Collision) -> str:
    entry = hit.critical_days
    return f"{entry}, {time.window(entry.start, entry.end, zone=entry.time_zone)}"


def _record(conflict: Conflict, row: Milestone, was, *, decision: str, answer: str, by, now: datetime) -> None:
    conflict.decision, conflict.answer = decision, answer.strip()
    conflict.was_start, conflict.was_end = was
    conflict.became_start, conflict.became_end = row.start, row.end
    conflict.decided_by, conflict.decided_at = by, now
    conflict.save()


def _settle(conflict: Conflict, found: Sequence[Concern], *, keeps_days: bool, by, now: datetime) -> None:
    """Each objection has its answer from now on, and whoever can be reached by mail gets it."""
    told = {reader.concern.pk: reader.person for reader in readers(found) if reader.person and not reader.why_not}
    for one in found:
        said, _ = Objection.objects.get_or_create(concern=one)
        said.conflict = conflict
        said.kept_as = _keep_days(said, conflict, by=by) if keeps_days else None
        said.save(update_fields=["conflict", "kept_as"])
        concerns.answer(one, words=_answer_for(one, conflict), is_public=False, by=by, now=now)
        if one.pk in told:
            _tell(conflict, one, told[one.pk], by=by, now=now)


def _answer_for(concern: Concern, conflict: Conflict) -> str:
    with translation.override(concern.person.language if concern.person else "en"):
        return conflict.answer or gettext("Thank you for telling us in time.")


def _keep_days(said: Objection, conflict: Conflict, *, by) -> CriticalDays | None:
    """Only where they are somebody's: critical days that name no group are everybody's."""
    zone, groups = conflict.upgrade.time_zone, list(said.groups.all())
    days = objections.span(said, zone=zone)
    if days is None or not groups:
        return None
    name = said.critical_name or f"Critical for {groups[0]}"
    made = CriticalDays.objects.create(name=name[:120], start=days[0], end=days[1], time_zone=zone, entered_by=by)
    made.groups.set(groups)
    return made


def _tell(conflict: Conflict, concern: Concern, person: Person, *, by, now: datetime) -> Notice:
    return say(
        conflict.upgrade,
        kind=NoticeKind.ANSWER,
        title=f"Decided: {conflict.about}",
        people=[person.pk],
        words=words_of(conflict),
        by=by,
        now=now,
        wait=TIME_TO_TAKE_BACK,
        concern=concern,
    )


def words_of(conflict: Conflict) -> list[wording.Words]:
    """With both dates as each language says them."""
    found = wording.of(NoticeKind.ANSWER, about=f"objection_{conflict.decision}")
    for words in found:
        for name in ("was", "became"):
            words["body"] = words["body"].replace(f"%{name}%", _date(conflict, name, words["language"]))
    return found


def _date(conflict: Conflict, name: str, language: str) -> str:
    start, end = getattr(conflict, f"{name}_start"), getattr(conflict, f"{name}_end")
    return time.window(start, end, zone=conflict.upgrade.time_zone, language=language) if start else ""


# Taking it back


@transaction.atomic
def take_back(conflict: Conflict, *, by, now: datetime) -> None:
    """As long as nobody has been told, neither of the decision nor of the new date."""
    rows = Milestone.objects.select_for_update(of=("self",), no_key=True)
    milestone = rows.filter(pk=conflict.milestone_id).first() if conflict.milestone_id else None
    row = Conflict.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade").get(pk=conflict.pk)
    list(notices_of(row).select_for_update(of=("self",), no_key=True).order_by("pk"))  # what the clock has in hand
    if why_final(row, milestone):
        raise NotPossible(why_final(row, milestone))
    _take_back_mails(row, by=by, now=now)
    for said in row.objections.select_related("concern", "kept_as"):
        concerns.reopen(said.concern, by=by, now=now)
        kept, said.conflict, said.kept_as = said.kept_as, None, None
        said.save(update_fields=["conflict", "kept_as"])
        if kept:
            kept.delete()
    if row.moves and milestone:
        rescheduling.change(milestone, start=row.was_start, end=row.was_end, **_before(row, milestone))
    row.decision, row.answer, row.decided_by, row.decided_at, row.collided = "", "", None, None, []
    row.was_start = row.was_end = row.became_start = row.became_end = None
    row.save()


def _before(conflict: Conflict, milestone: Milestone) -> dict[str, Any]:
    """What moved with it and why, as its history has it. A deadline that somebody has changed since stays."""
    events = Milestone.pgh_event_model.objects.filter(pgh_obj_id=milestone.pk).order_by("-pgh_id")  # type: ignore[attr-defined]
    was = events.filter(start=conflict.was_start).first()
    since = events.filter(pgh_id__gt=was.pgh_id) if was else events.none()
    if len({one.action_deadline for one in since}) != 1:
        return {}
    return {"action_deadline": was.action_deadline, "reason": was.change_reason}


def why_final(conflict: Conflict, milestone: Milestone | None) -> str:
    """Why it cannot be taken back; empty when it can."""
    if not conflict.is_decided:
        return "It is not decided."
    if notices_of(conflict).filter(state=NoticeState.RELEASED).exists():
        return GONE_OUT
    if milestone is None:
        return "The milestone is no longer there."
    if Conflict.objects.filter(milestone=milestone, pk__gt=conflict.pk).exists():
        return "There is a newer conflict about this date."
    if not conflict.moves:
        return ""
    if (milestone.start, milestone.end) != (conflict.became_start, conflict.became_end):
        return "The date was changed again since."
    told = Notice.objects.released().filter(milestone=milestone, released_at__gte=conflict.decided_at)
    return GONE_OUT if told.exists() else ""


def notices_of(conflict: Conflict):
    return Notice.objects.filter(concern__objection__conflict=conflict, kind=NoticeKind.ANSWER)


def _take_back_mails(conflict: Conflict, *, by, now: datetime) -> None:
    for notice in notices_of(conflict).exclude(state=NoticeState.CANCELLED).order_by("pk"):
        approve.cancel(notice, by=by, reason="The decision was taken back.", now=now)


# The window


def windows_of(milestones: Sequence[Milestone]) -> dict[int, datetime | None]:
    """Until when each takes objections; None where nobody was told of the date yet. Needs `upgrade`; three queries.
    A date that was moved because of objections can be objected to again."""
    keys = [one.pk for one in milestones]
    rows = {row.milestone_id: row for row in ObjectionWindow.objects.filter(milestone__in=keys)}
    told = _by_milestone(Notice.objects.released().filter(milestone__in=keys), Min("released_at"))
    moved = _by_milestone(Conflict.objects.filter(milestone__in=keys, decision__in=MOVES), Max("decided_at"))
    return {
        one.pk: objections.closes_at(
            rows.get(one.pk),
            told_at=max(filter(None, [told.get(one.pk), moved.get(one.pk)])) if one.pk in told else None,
            zone=one.upgrade.time_zone,
        )
        for one in milestones
    }


def _by_milestone(rows, moment) -> dict[int, datetime]:
    return dict(rows.order_by().values("milestone").annotate(at=moment).values_list("milestone", "at"))


def takes_objections(milestone: Milestone, *, closes: datetime | None, now: datetime) -> bool:
    is_ahead = milestone.is_tentative and not milestone.upgrade.is_cancelled and milestone.start > now
    return is_ahead and (closes is None or now < closes)
