"""Whether what people were told still holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.urls import reverse

from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import NoticeKind, Severity
from notices.lint import telling
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.phrases import counted, day, listed, people, when
from notices.lint.plan import LoadedPlan, is_felt
from notices.pipeline import render
from upgrades import disagreements, facts, materiality
from upgrades.enums import Impact, Status
from upgrades.models import Milestone

ASKS = (NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER)
SAID = {
    "start": "when it starts",
    "end": "when it ends",
    "downtime": "for how long it is gone",
    "impact": "how bad it is",
    "status": "whether it takes place",
    "services": "what is concerned",
    "sites": "where it is",
    "action": "what to do",
    "action_deadline": "by when to do it",
    "contact_name": "whom to ask",
    "contact_email": "whom to ask",
    "contact_phone": "whom to ask",
}


@dataclass(frozen=True)
class Drift:
    """People who were last told something about a subject that no longer holds; of each fact the newest value told."""

    crowd: Crowd
    told: dict[str, Any]
    now: dict[str, Any]


def drift(plan: LoadedPlan, current: dict[str, Any], *, status: str = "", among: Crowd = -1) -> Drift:
    """The last telling of each fact counts for everybody whom it reached."""
    wrong: Crowd = NOBODY
    told: dict[str, Any] = {}
    for key, value in current.items():
        if key.partition(".")[2] not in materiality.RULES:
            continue
        unheard = among & plan.crowds.everybody
        for one in plan.told.tellings:
            if key in one.facts:
                heard = one.crowd & unheard
                unheard &= ~one.crowd
                if heard and _matters(key, one.facts[key], value, plan, status):
                    wrong |= heard
                    told.setdefault(key, one.facts[key])
    return Drift(wrong, told, {key: current[key] for key in told})


def _matters(key: str, told: Any, value: Any, plan: LoadedPlan, status: str) -> bool:
    """That it is no longer tentative is another rule; how long it takes was not said where nothing was said."""
    name = key.partition(".")[2]
    if (name == "status" and value != Status.CANCELLED) or (name == "downtime" and told is None):
        return False
    zone, least = plan.upgrade.time_zone, plan.told.thresholds
    return materiality.matters(key, told, value, zone=zone, status=status, thresholds=least)


def of_milestone(plan: LoadedPlan, one: Milestone) -> Drift:
    """Without those whom something to come tells in time."""
    found = drift(plan, facts.of_milestone(one), status=one.status)
    return Drift(found.crowd & ~_told_soon(plan, found, one), found.told, found.now)


def of_upgrade(plan: LoadedPlan) -> Drift:
    found = drift(plan, facts.of_upgrade(plan.upgrade))
    return Drift(found.crowd & ~_told_soon(plan, found, None), found.told, found.now)


def _told_soon(plan: LoadedPlan, found: Drift, about: Milestone | None) -> Crowd:
    """By a mail about it that comes before what they rely on."""
    limit = relied_on(plan, found, about)
    crowd = NOBODY
    for line in plan.lines if found.crowd else ():
        corrects = line.kind == NoticeKind.CORRECTION  # says all that its readers have wrong, once somebody lets it go
        is_about = about is None or line.milestone == about or corrects
        is_to_come = line.is_push and line.is_alive and not line.is_done and line.kind not in ASKS
        if is_about and is_to_come and line.due and line.due < limit and (corrects or plan.now < line.due):
            crowd |= plan.crowd(line)
    return crowd


def relied_on(plan: LoadedPlan, found: Drift, about: Milestone | None) -> datetime:
    """The first moment at which it hurts to believe the old."""
    if about is None:
        windows = telling.ahead(plan)
        return windows[0].start if windows else plan.now
    told = [datetime.fromisoformat(value) for key, value in found.told.items() if _is_moment(key, value)]
    ahead = [moment for moment in (*told, about.start, about.last_moment) if moment > plan.now]
    return min(ahead, default=plan.now)


def _is_moment(key: str, value: Any) -> bool:
    return bool(value) and key.partition(".")[2] in ("start", "end", "action_deadline")


@rule("EXP001", Severity.ERROR, "Somebody believes what no longer holds", source="Expectation ledger")
def what_was_told_still_holds(plan: LoadedPlan) -> Iterator[Found]:
    for one in plan.milestones:
        if _can_hurt(plan, one) and (found := of_milestone(plan, one)).crowd:
            yield Found(
                place=Place.of(one),
                sentence=f"{_were(found.crowd)} told something else about “{one}” ({_what(plan, found)}), "
                "and no notice to come tells them in time.",
                facts={"milestone": one.pk, "now": found.now},
                fix=Fix("write_correction", "Write a correction for just them", {"milestone": one.pk}),
            )
    if telling.ahead(plan) and (found := of_upgrade(plan)).crowd:
        yield Found(
            place=plan.place,
            sentence=f"{_were(found.crowd)} told something else about “{plan.upgrade}” "
            f"({_what(plan, found)}), and no notice to come tells them in time.",
            facts={"now": found.now},
            fix=Fix("write_correction", "Write a correction for just them", {"milestone": None}),
        )


def _were(crowd: Crowd) -> str:
    return people(size(crowd), "was", "were")


def _can_hurt(plan: LoadedPlan, one: Milestone) -> bool:
    """A cancelled window hurts those who prepare for it until it would have been over."""
    if one.status == Status.COMPLETED or not is_felt(one):
        return False
    return one.last_moment > plan.now or one.status == Status.IN_PROCESS


def _what(plan: LoadedPlan, found: Drift) -> str:
    """ "when it starts: Mon 2 Mar …, by now Tue 3 Mar …"."""
    names = sorted(found.told, key=lambda key: [*SAID].index(key.partition(".")[2]))
    said = [f"{SAID[key.partition('.')[2]]}: {_shown(plan, found, key)}" for key in names[:1]]
    more = [SAID[key.partition(".")[2]] for key in names[1:]]
    return "; ".join(dict.fromkeys(said + more))


def _shown(plan: LoadedPlan, found: Drift, key: str) -> str:
    before, after = (_value(plan, key, values[key]) for values in (found.told, found.now))
    return f"{before}, by now {after}"


def _value(plan: LoadedPlan, key: str, value: Any) -> str:
    name = key.partition(".")[2]
    if value in (None, "", []):
        return "nothing"
    if _is_moment(key, value):
        return when(datetime.fromisoformat(value), plan.upgrade.time_zone)
    if name == "impact":
        return Impact(value).label.lower()
    if name == "status":
        return Status(value).label.lower()
    if name == "downtime":
        return counted(value, "minute")
    return listed(value) if isinstance(value, list) else str(value)


@rule("EXP002", Severity.WARNING, "Nobody is told that the date is final", source="MAINTNOTE status")
def people_know_whether_the_date_is_final(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        if crowd := believe_other_status(plan, window):
            told, is_so = (
                ("tentative", "confirmed") if window.status == Status.CONFIRMED else ("confirmed", "tentative")
            )
            yield Found(
                place=Place.of(window),
                sentence=f"{_were(crowd)} told that “{window}” on "
                f"{day(window.start, plan.upgrade.time_zone)} is {told}; by now it is {is_so}, "
                "and no notice to come says so.",
                facts={"window": window.pk, "status": window.status},
                fix=Fix("write_status", "Write to just them", {"milestone": window.pk}),
            )


def believe_other_status(plan: LoadedPlan, window: Milestone) -> Crowd:
    """The last telling counts. What was announced as a date, without a word about its being tentative, was taken as
    final."""
    key, unheard, wrong = f"{facts.subject(window)}.status", plan.crowds.everybody, NOBODY
    for one in plan.told.tellings:
        if key in one.facts and (one.notice is None or one.kind in telling.TELLS):
            heard = one.crowd & unheard
            unheard &= ~one.crowd
            wrong |= heard if _sounded(one, one.facts[key]) != window.status else NOBODY
    return wrong & ~_told_soon(plan, Drift(wrong, {}, {}), window)


def _sounded(one, told: str) -> str:
    if told != Status.TENTATIVE or one.notice is None or one.kind == NoticeKind.SAVE_THE_DATE:
        return told
    says = any("status" in render.asserted(text["body"]) for text in one.notice.words)
    return told if says else Status.CONFIRMED


@rule("EXP003", Severity.ERROR, "Two upgrades say different things", source="One value for one fact")
def two_upgrades_say_the_same(plan: LoadedPlan) -> Iterator[Found]:
    """Of one service in the same hours."""
    for window in plan.windows:
        rivals = (one.milestone for one in plan.told.rivals)
        for rival, shared, differs in islice(disagreements.of(window, rivals), 1):
            yield Found(
                place=Place.of(window),
                sentence=f"“{window}” and “{rival}” of “{rival.upgrade}” are about "
                f"{listed(shared)} in the same hours of {day(window.start, plan.upgrade.time_zone)}, "
                f"and differ in {listed(differs)}.",
                facts={"window": window.pk, "rival": rival.pk, "differs": _both(window, rival, differs)},
                fix=Fix("open", f"Open “{rival.upgrade}”", {"url": _page(rival)}),
            )


def _both(one: Milestone, other: Milestone, names: list[str]) -> dict[str, list[Any]]:
    return {name: [getattr(one, name), getattr(other, name)] for name in names}


def _page(milestone: Milestone) -> str:
    return reverse("upgrade_milestones", args=[milestone.upgrade.slug])
