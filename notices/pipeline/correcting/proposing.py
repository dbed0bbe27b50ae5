"""Keeps corrections in line with the ledger: for each upgrade at most one open letter of each urgency and channel, to
exactly those who have something wrong.

    nobody has it wrong any more          the proposal is withdrawn, with the reason
    the rule lets it go out by itself     it is approved in the name of who approved the rule
    anything speaks against that          it waits for a click, with the reason

Level-triggered: it looks at what is, so that any number of turns do what one does. Two turns at once: the second one
leaves the upgrade to the first.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from notices.enums import PUT_RIGHT, WAITING, NoticeKind, NoticeState
from notices.models import CorrectionRule, Notice
from notices.pipeline import approve, outbox
from notices.pipeline.approve import NotAllowed
from notices.pipeline.correcting import calls, looking, needing, quiet, reaching, rule, saying
from notices.pipeline.correcting.needing import Key, Letter, Need
from notices.pipeline.ledger import Plan
from upgrades import disagreements
from upgrades.models import Upgrade

log = logging.getLogger(__name__)

LOCK = 730_501  # of the advisory locks, ours
OPEN_STATES = [*WAITING, NoticeState.MISSED]
WITHDRAWN = reaching.OUR_DOING
ALL_RIGHT = f"{WITHDRAWN}nobody believes anything wrong any more."
TOLD_ANYWAY = f"{WITHDRAWN}a planned notice tells them in time."
OTHER_LETTER = f"{WITHDRAWN}another correction tells them."
HELD = "Waits for a person: "  # after an interruption, or missed
NOT_BY_ITSELF = "Not sent by itself: "  # asked again at every turn
THE_PLAN_HAS_CHANGED = "The plan has changed:"  # approve.refresh


def keep(*, now: datetime) -> int:
    """A stage of the clock. Returns how many proposals and calls it made or changed."""
    found = looking.plans_to_look_at(now=now)
    return sum(_safely(plan.upgrade, now=now, looked_at=plan, fingerprint=key) for plan, key in found)


def hold_back(reason: str, *, now: datetime) -> int:
    """After an interruption nobody knows what has gone out: everything is proposed, nothing goes out by itself."""
    return sum(_safely(upgrade, now=now, waits=False, held=reason) for upgrade in looking.differing(now=now))


def _safely(upgrade: Upgrade, *, now: datetime, **more: Any) -> int:
    """One upgrade that cannot be worked out stops no other."""
    try:
        with transaction.atomic():
            return put_right(upgrade, now=now, **more) if alone(upgrade) else 0
    except Exception:
        log.exception("corrections not worked out: upgrade=%s", upgrade.pk)
        return 0


def alone(upgrade: Upgrade) -> bool:
    """False while another turn is at it: it will do as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, upgrade.pk % 2**31])
        return bool(cursor.fetchone()[0])


def _wait_until_alone(upgrade: Upgrade) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, upgrade.pk % 2**31])


@transaction.atomic
def propose_now(upgrade: Upgrade, *, by, now: datetime) -> list[Notice]:
    """Does not wait for the plan to settle, and sends nothing. Returns the open corrections."""
    _wait_until_alone(upgrade)
    put_right(upgrade, now=now, waits=False, by=by, goes_out=False)
    return list(open_corrections(upgrade))


def open_corrections(upgrade: Upgrade):
    """Those that wait for somebody's word or for their hour, the urgent first."""
    rows = Notice.objects.filter(upgrade=upgrade, kind=NoticeKind.CORRECTION, state__in=OPEN_STATES)
    return rows.order_by("-is_urgent", "send_at", "pk")


def put_right(
    upgrade: Upgrade,
    *,
    now: datetime,
    waits: bool = True,
    by: Any = None,
    held: str = "",
    goes_out: bool = True,
    looked_at: Plan | None = None,
    fingerprint: str = "",
) -> int:
    """Once alone. What is open is locked before anybody is asked: what is just being released is then on its way."""
    settings = rule.of(upgrade)
    there = open_by_key(upgrade, NoticeKind.CORRECTION)
    plan = Plan.of(Upgrade.objects.select_related("owner").prefetch_related("services").get(pk=upgrade.pk), now=now)
    need = needing.of(plan, settings, now=now, waits=waits)
    if fingerprint and looked_at and not need.wrong and quiet.same(plan, looked_at):
        quiet.remember(fingerprint, now=now)
    changed = calls.keep(upgrade, need.to_call, told=need.written_to | need.waiting | need.carried, now=now)
    for key, notice in there.items():
        if key not in need.letters:
            changed += _settle(notice, need)
    why_not = f"{HELD}{held}" if held else _why_not(need, plan, settings)
    for key, letter in sorted(need.letters.items(), key=lambda pair: pair[0]):
        letter.title = saying.title(letter, plan)
        changed += write(there.get(key), key, letter, plan, settings, by=by, now=now)
    if goes_out and not held and rule.is_automatic(settings):
        changed += _let_go(upgrade, need, settings, why_not, now=now)
    if held:
        explain(upgrade, why_not)
    return changed


def open_by_key(upgrade: Upgrade, kind: str) -> dict[Key, Notice]:
    """By urgency and channel. What was missed waits for a person's word like any other, and says why."""
    rows = Notice.objects.filter(upgrade=upgrade, kind=kind, state__in=OPEN_STATES)
    found: dict[Key, Notice] = {}
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        key = row.is_urgent, row.channels[0] if row.channels else ""
        if row.state == NoticeState.MISSED:
            reason = f"{HELD}{row.reason}"[:300]
            _set(row, state=NoticeState.IN_REVIEW, reason=reason, **approve.UNAPPROVED)
        if key in found and found[key].state in (NoticeState.IN_REVIEW, NoticeState.DRAFT):
            withdraw(found[key], OTHER_LETTER)
        found[key] = row
    return found


def _settle(notice: Notice, need: Need) -> int:
    """Nobody needs it as it is."""
    people = {*notice.audience.get("people", ())}
    if people & need.waiting:
        return 0  # what comes of it is seen once the plan stands still
    if people & need.written_to:
        return withdraw(notice, OTHER_LETTER)
    return withdraw(notice, TOLD_ANYWAY if people & need.carried else ALL_RIGHT)


def withdraw(notice: Notice, reason: str) -> int:
    _set(notice, state=NoticeState.CANCELLED, reason=reason, paused_at=None, pause_reason="", **approve.PLANNED)
    log.info("correction withdrawn: notice=%s reason=%s", notice.pk, reason)
    return 1


def write(
    notice: Notice | None,
    key: Key,
    letter: Letter,
    plan: Plan,
    settings: CorrectionRule,
    *,
    now: datetime,
    by: Any = None,
    kind: NoticeKind = NoticeKind.CORRECTION,
) -> int:
    """A new one; or the open one as it has to be now. What a person is editing, or has let go, stays as it is."""
    if notice is None:
        return _propose(key, letter, plan, settings, kind=kind, by=by, now=now)
    if notice.state == NoticeState.DRAFT or notice.is_held:
        return 0
    is_theirs = notice.state == NoticeState.APPROVED and not rule.is_automatic(settings)
    due = letter.due or now
    values: dict[str, Any] = {}
    if not is_theirs and notice.audience != (audience := {"people": sorted(letter.people)}):
        values |= {"audience": audience, "title": letter.title}
    if notice.send_at is None or due < notice.send_at:
        values["send_at"] = due
    if not values:
        return 0
    return _revise(notice, values, now=now)


def _revise(notice: Notice, values: dict[str, Any], *, now: datetime) -> int:
    """Other people need it: whoever approved it, did so for others."""
    if "audience" in values and notice.state == NoticeState.APPROVED:
        values |= {"state": NoticeState.IN_REVIEW, **approve.UNAPPROVED}
    _set(notice, **values)
    if "audience" in values:
        approve.freeze(notice, by=None, now=now)
    return 1


def _propose(
    key: Key, letter: Letter, plan: Plan, settings: CorrectionRule, *, kind: NoticeKind, by: Any, now: datetime
) -> int:
    is_urgent, channel = key
    notice = Notice.objects.create(
        upgrade=plan.upgrade,
        kind=kind,
        title=letter.title,
        channels=[channel],
        audience={"people": sorted(letter.people)},
        words=rule.words_of(settings, kind),
        is_urgent=is_urgent,
        send_at=letter.due or now,
        author=by or settings.author,
    )
    submit(notice, now=now)
    log.info("correction proposed: notice=%s people=%s urgent=%s", notice.pk, len(letter.people), is_urgent)
    return 1


def submit(notice: Notice, *, now: datetime) -> None:
    """What cannot go out as it is stays a draft that says why."""
    try:
        with transaction.atomic():
            approve.submit(notice, by=notice.author, now=now)
    except NotAllowed as error:
        _set(notice, reason=str(error)[:300])


# Going out by itself


def _why_not(need: Need, plan: Plan, settings: CorrectionRule) -> str:
    """What keeps these from going out by themselves; empty when nothing speaks against it, or nobody asked for it."""
    if not rule.is_automatic(settings):
        return ""
    return limit(settings, len(need.written_to)) or _disagreement(need, plan)


def limit(settings: CorrectionRule, people: int) -> str:
    most = settings.most_people
    if settings.approved_by is None:
        return f"{NOT_BY_ITSELF}nobody has approved the rule for corrections."
    if most is not None and people > most:
        return f"{NOT_BY_ITSELF}it goes to {people:,} people, and by themselves corrections go to {most:,} at most."
    return ""


def _disagreement(need: Need, plan: Plan) -> str:
    subjects = {one.subject for letter in need.letters.values() for one in letter.wrong.values()}
    about = [plan.milestones[subject] for subject in sorted(subjects) if subject in plan.milestones]
    rivals = disagreements.rivals_of(about)
    for one in about:
        for rival, services, _ in disagreements.of(one, rivals):
            return (
                f"{NOT_BY_ITSELF}“{rival.upgrade}” says something else of {', '.join(services)} in the same hours. "
                "Solve that first."
            )[:300]
    return ""


def _let_go(upgrade: Upgrade, need: Need, settings: CorrectionRule, why_not: str, *, now: datetime) -> int:
    return sum(
        let_go(notice, settings, why_not, now=now)
        for key, notice in open_by_key(upgrade, NoticeKind.CORRECTION).items()
        if key in need.letters
    )


def let_go(notice: Notice, settings: CorrectionRule, why_not: str, *, now: datetime) -> int:
    """In the name of who approved the rule, as if they clicked: where they may not, it waits and says why."""
    if notice.state != NoticeState.IN_REVIEW or not _is_ours(notice.reason):
        return 0
    if not why_not:
        try:
            with transaction.atomic():
                revision = approve.freeze(notice, by=None, now=now)
                approve.approve(notice, revision=revision, by=settings.approved_by, now=now)
            return 1
        except NotAllowed as error:
            why_not = f"{NOT_BY_ITSELF}{error}"
    if notice.reason == why_not[:300]:
        return 0
    _set(notice, reason=why_not[:300])
    return 1


def _is_ours(reason: str) -> bool:
    """What a person sent back or recalled, and what was held back after an interruption, waits for a person."""
    return not reason or reason.startswith((NOT_BY_ITSELF, THE_PLAN_HAS_CHANGED))


def explain(upgrade: Upgrade, reason: str, kind: NoticeKind = NoticeKind.CORRECTION) -> None:
    """Held back: not even what stood approved goes out before somebody looks."""
    for notice in open_by_key(upgrade, kind).values():
        if notice.state == NoticeState.APPROVED:
            _set(notice, state=NoticeState.IN_REVIEW, **approve.UNAPPROVED)
        if notice.state == NoticeState.IN_REVIEW:
            _set(notice, reason=reason[:300])


# A person's word


def send_now(notice: Notice, *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> int:
    """To exactly those who need it at this moment, without waiting any longer. Returns how many messages; with `hold`
    they are made when that has passed. Raises NotAllowed, also where nobody needs it any more."""
    if not by.has_perm("notices.approve"):
        raise NotAllowed("Your role does not approve notices.")
    if not is_needed(notice, by=by, now=now):
        raise NotAllowed("Nobody needs it any more: it was withdrawn.")
    with transaction.atomic():
        row = approve.lock(notice)
        if row.state == NoticeState.DRAFT:
            approve.submit(row, by=by, now=now)
        if row.state == NoticeState.IN_REVIEW:
            approve.approve(row, revision=approve.freeze(row, by=None, now=now), by=by, now=now)
        count = outbox.send_now(row, by=by, now=now, hold=hold)
    notice.refresh_from_db()
    return count


@transaction.atomic
def is_needed(notice: Notice, *, by, now: datetime) -> bool:
    """Brings it up to date."""
    _wait_until_alone(notice.upgrade)
    if notice.kind == NoticeKind.CORRECTION:
        put_right(notice.upgrade, now=now, waits=False, by=by, goes_out=False)
    notice.refresh_from_db()
    return notice.state in OPEN_STATES


def dismiss(notice: Notice, *, by, reason: str, now: datetime) -> None:
    """These people are not told, as long as the plan stays as it is now. Takes a reason."""
    if notice.kind not in PUT_RIGHT:
        raise NotAllowed("Only a correction or a catch-up can be dismissed.")
    if not reason.strip():
        raise NotAllowed("Say why they need not be told.")
    if reason.startswith(WITHDRAWN):
        reason = f"{by}: {reason}"
    approve.cancel(notice, by=by, reason=reason.strip()[:300], now=now)


def _set(notice: Notice, **values: Any) -> None:
    Notice.objects.filter(pk=notice.pk).update(**values)
    for name, value in values.items():
        setattr(notice, name, value)
