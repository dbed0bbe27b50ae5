"""Late joiners: who comes into the audience of what has gone out gets one letter with what holds now.

Never the old ones. Whoever a planned notice tells soon anyway gets none; nobody gets one twice. Looked at every few
minutes, so that those who join together are told together.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from redis.exceptions import RedisError

from notices.enums import MessageState, NoticeKind
from notices.models import CorrectionRule, Message, Notice
from notices.pipeline import audience, ledger
from notices.pipeline.audience import FILTER_WORDS, Audience
from notices.pipeline.correcting import deciding, proposing, reaching, rule
from notices.pipeline.correcting.deciding import Moment, Planned
from notices.pipeline.correcting.needing import Key, Letter
from notices.pipeline.correcting.reaching import Attempt, Reader
from notices.pipeline.ledger import Plan, concerned
from notices.pipeline.schedule.when import Place
from upgrades.enums import Phase
from upgrades.facts import Facts
from upgrades.materiality import OVER
from upgrades.models import Upgrade

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=5)
LOOKED = "catching-up"
KNOW_BY_NOW = f"{proposing.WITHDRAWN}they know it by now, or it concerns them no more."
FILTERS = [name for name in FILTER_WORDS if name != "representatives_only"]
RELIED_ON = ("start", "end", "action_deadline", "status")


def keep(*, now: datetime, at_once: bool = False) -> int:
    """A stage of the clock. Returns how many catch-ups it made or changed."""
    if not at_once and _looked_lately(now):
        return 0
    return sum(_safely(upgrade, now=now) for upgrade in _telling(now=now))


def hold_back(reason: str, *, now: datetime) -> int:
    """After an interruption: proposed only."""
    return sum(_safely(upgrade, now=now, held=reason) for upgrade in _telling(now=now))


def _safely(upgrade: Upgrade, *, now: datetime, held: str = "") -> int:
    try:
        with transaction.atomic():
            return catch_up(upgrade, now=now, held=held) if proposing.alone(upgrade) else 0
    except Exception:
        log.exception("catch-ups not worked out: upgrade=%s", upgrade.pk)
        return 0


def _looked_lately(now: datetime) -> bool:
    """A lost note costs a look."""
    try:
        last = cache.get(LOOKED)
        if last is not None and timedelta(0) <= now - last < LOOK_EVERY:
            return True
        cache.set(LOOKED, now, timeout=LOOK_EVERY.total_seconds())
    except RedisError:
        log.exception("last look not noted")
    return False


def out(*, now: datetime):
    """Notices that tell about a milestone ahead, and are out."""
    end = Coalesce("milestone__end", "milestone__start")
    rows = Notice.objects.released().filter(milestone__isnull=False).exclude(kind__in=concerned.SAY_NO_DATE)
    rows = rows.exclude(milestone__status__in=OVER).annotate(ends_at=end).filter(ends_at__gt=now)
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now) | Q(expires_at__gte=F("ends_at")))


def _telling(*, now: datetime) -> Iterable[Upgrade]:
    open_ones = Notice.objects.waiting().filter(kind=NoticeKind.CATCH_UP)
    keys = {*out(now=now).order_by().values_list("upgrade_id", flat=True)}
    keys |= {*open_ones.order_by().values_list("upgrade_id", flat=True)}
    return Upgrade.objects.filter(pk__in=keys).exclude(phase=Phase.CANCELLED).order_by("pk")


def catch_up(upgrade: Upgrade, *, now: datetime, held: str = "") -> int:
    """Once alone."""
    settings = rule.of(upgrade)
    there = proposing.open_by_key(upgrade, NoticeKind.CATCH_UP)
    plan = Plan.of(Upgrade.objects.select_related("owner").prefetch_related("services").get(pk=upgrade.pk), now=now)
    letters = _letters(plan, joined(plan, now=now), settings, now=now)
    changed = sum(proposing.withdraw(notice, KNOW_BY_NOW) for key, notice in there.items() if key not in letters)
    for key, letter in sorted(letters.items()):
        changed += proposing.write(there.get(key), key, letter, plan, settings, kind=NoticeKind.CATCH_UP, now=now)
    if held:
        proposing.explain(upgrade, f"{proposing.HELD}{held}", NoticeKind.CATCH_UP)
    elif rule.is_automatic(settings):
        people = sum(len(letter.people) for letter in letters.values())
        why_not = proposing.limit(settings, people)
        for key, notice in proposing.open_by_key(upgrade, NoticeKind.CATCH_UP).items():
            changed += proposing.let_go(notice, settings, why_not, now=now) if key in letters else 0
    return changed


def joined(plan: Plan, *, now: datetime) -> dict[int, list[str]]:
    """By person the subjects that concern them and of which nobody ever told them, although others were. Those for whom
    there was a message are no joiners, unless it was withdrawn because the plan changed."""
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in out(now=now).filter(upgrade=plan.upgrade).select_related("survey").order_by("pk"):
        key = f"milestone:{notice.milestone_id}"
        if key in plan.milestones and not any(notice.audience.get(name) for name in FILTERS):
            groups[key, str(notice.audience)].append(notice)
    found: dict[int, list[str]] = defaultdict(list)
    for (subject, _), notices in groups.items():
        for person in _without_message(notices, plan, subject):
            if subject not in found[person]:
                found[person].append(subject)
    return _never_told(found, plan, now=now)


def _without_message(notices: list[Notice], plan: Plan, subject: str) -> list[int]:
    mine = Q(person=OuterRef("pk")) | Q(person__merged_into=OuterRef("pk"))
    had = Message.objects.filter(mine, notice__in=[one.pk for one in notices]).exclude(state=MessageState.MISSED)
    people = audience.chosen(
        Audience.from_json(notices[0].audience), upgrade=plan.upgrade, milestone=plan.milestones[subject]
    )
    return list(people.exclude(Exists(had)).order_by().values_list("pk", flat=True))


def _never_told(found: Mapping[int, list[str]], plan: Plan, *, now: datetime) -> dict[int, list[str]]:
    if not found:
        return {}
    known: dict[int, set[str]] = defaultdict(set)
    for group in ledger.of_upgrade(plan.upgrade, at=now, people=list(found), on_the_way=True):
        subjects = {fact.partition(".")[0] for fact in group.beliefs}
        for person in group.people:
            known[person] |= subjects
    new = {person: [one for one in subjects if one not in known[person]] for person, subjects in found.items()}
    return {person: subjects for person, subjects in new.items() if subjects}


@dataclass(frozen=True)
class _Known:
    plan: Plan
    planned: list[Planned]
    readers: Mapping[int, Reader]
    attempts: Mapping[int, list[Attempt]]
    settings: CorrectionRule
    now: datetime
    letters: dict[Key, Letter] = field(default_factory=dict)


def _letters(
    plan: Plan, joiners: Mapping[int, list[str]], settings: CorrectionRule, *, now: datetime
) -> dict[Key, Letter]:
    if not joiners:
        return {}
    known = _Known(
        plan=plan,
        planned=reaching.planned(plan.upgrade, list(joiners), now=now, until=now + timedelta(days=10)),
        readers=reaching.readers(list(joiners), plan, now=now),
        attempts=reaching.attempts(plan.upgrade, NoticeKind.CATCH_UP, list(joiners)),
        settings=settings,
        now=now,
    )
    for person, subjects in joiners.items():
        _place(person, subjects, known)
    for letter in known.letters.values():
        letter.title = f"Catch-up: {_listed(letter, plan)}"[:120]
    return known.letters


def _place(person: int, subjects: list[str], known: _Known) -> None:
    """What nobody can send them shows where it shows that they are not reached."""
    verdict = _judge(subjects, known)
    if deciding.carried(
        person, [f"{one}.start" for one in subjects], known.planned, by=max(verdict.deadline, known.now)
    ):
        return
    now = _relied_on(subjects, known.plan)
    same = [one for one in known.attempts.get(person, ()) if one.said(now)]
    if any(one.is_dismissed or one.state == MessageState.SENT for one in same):
        return
    reader = known.readers.get(person, Reader([]))
    tried = [(one.channel, one.address.lower()) for one in same if one.was_in_vain]
    way = deciding.way_to(reader.ways, tried=tried, told_by="", preferred=reader.preferred)
    if way:
        letter = known.letters.setdefault((verdict.is_urgent, way.channel), Letter())
        letter.add(person, (), verdict)
        letter.subjects |= dict.fromkeys(subjects)


def _judge(subjects: list[str], known: _Known) -> deciding.Verdict:
    """They wait a little for others who join, unless it is urgent."""
    waits = rule.waits_of(known.settings)
    moments = [Moment(one, one) for one in _moments(subjects, known.plan) if one > known.now]
    return deciding.judge(
        moments,
        began=known.now,
        last_change=known.now,
        waits=waits,
        place=Place.of(known.plan.upgrade),
        now=known.now,
    )


def _moments(subjects: list[str], plan: Plan) -> list[datetime]:
    values = [plan.facts.get(f"{subject}.{name}") for subject in subjects for name in ("start", "action_deadline")]
    return [datetime.fromisoformat(value) for value in values if value]


def _relied_on(subjects: list[str], plan: Plan) -> Facts:
    return {key: plan.facts[key] for one in subjects for name in RELIED_ON if (key := f"{one}.{name}") in plan.facts}


def _listed(letter: Letter, plan: Plan) -> str:
    names = [str(one) for key, one in plan.milestones.items() if key in letter.subjects]
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
