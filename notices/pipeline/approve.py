"""Who stands behind what is said: a revision freezes words, facts, audience and channels, and approval binds to it.

Every change of state is made under the lock of the notice's row, so that of two people who approve at once one is
first, and the other is told so. Nothing here sends anything.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from feedback import inviting
from notices import translations
from notices.enums import WAITING, MessageState, NoticeKind, NoticeState
from notices.models import ApprovedAudience, Message, Notice, Revision, Variant
from notices.pipeline import audience, render
from stakeholders.enums import Channel, Topic
from stakeholders.models import Person
from upgrades.enums import Impact
from upgrades.facts import Facts

MANY = 500
EDITABLE = [*WAITING, NoticeState.MISSED]
PLANNED: dict[str, Any] = {"said_at": None, "at_any_hour": False}  # nobody said "now"
UNAPPROVED: dict[str, Any] = {
    "approved_revision": None,
    "approved_by": None,
    "approved_at": None,
    "approved_size": None,
    **PLANNED,
}
AT_ONCE = timedelta(0)
BROUGHT_BY_AN_EVENT = {
    "status",
    "start",
    "end",
    "action_deadline",
    "workaround",
    "outcome",
    "change_reason",
}
BROUGHT_WITH: dict[str, set[str]] = {  # what else the small form of the kit asks for
    NoticeKind.PROGRESS: {"downtime"},
    NoticeKind.OUTAGE: {"name", "services", "sites", "impact", "downtime", "effect"},
}
LATEST = Subquery(Revision.objects.filter(notice=OuterRef("pk")).order_by("-number").values("pk")[:1])
TEXT = ("language", "level", "subject", "body")
ON_THE_CARD = {
    "milestone": {"name", "start", "end", "impact", "downtime", "services", "sites", "effect", "systems"}
    | {"action", "action_deadline"},
    "upgrade": {"name", "services", "contact_name", "contact_email", "contact_phone", "time_zone"},
    "engagement": {"title", "start", "end", "time_zone", "place", "link", "topics", "host", "host_email"},
    "concern": {"text", "answer"},
}


class NotAllowed(Exception):
    """With a sentence for people."""


class Conflict(NotAllowed):
    """Somebody else saved in the meantime."""


def freeze(notice: Notice, *, by, now: datetime) -> Revision:
    """What the notice says at this moment, for good. The last revision, when it says just that."""
    with transaction.atomic():
        return _freeze(lock(notice), by=by, now=now)


def submit(notice: Notice, *, by, now: datetime) -> Revision:
    """A draft waits for approval from now on."""
    with transaction.atomic():
        row = lock(notice)
        _demand(row, NoticeState.DRAFT, "Only a draft can be submitted.")
        revision = _freeze_complete(row, by=by, now=now)
        _change(row, notice, state=NoticeState.IN_REVIEW, reason="", **UNAPPROVED)
    return revision


def schedule(notice: Notice, *, by, now: datetime, hold: timedelta = AT_ONCE) -> Revision:
    """A draft that needs no approval goes out at its time from now on. `hold`: not before that has passed."""
    with transaction.atomic():
        row = lock(notice)
        _demand(row, NoticeState.DRAFT, "Only a draft can be scheduled.")
        if takes_approval(row, now=now):
            raise NotAllowed("It needs approval: submit it instead.")
        revision = _freeze_complete(row, by=by, now=now)
        size = size_of(revision, now=now)
        _stand_behind(row, notice, revision, by=by, size=size, now=now, state=NoticeState.APPROVED)
        _hold(row, notice, now=now, hold=hold)
    return revision


def approve(
    notice: Notice,
    *,
    revision: Revision | None,
    by,
    now: datetime,
    hold: timedelta = AT_ONCE,
    seals: Collection[str] | None = None,
) -> None:
    """`revision` is the one the approver saw, among `seals` is what else they saw. Raises NotAllowed when it is no
    longer so. `hold`: what is due before that has passed waits until then, so that it can be recalled."""
    with transaction.atomic():
        row = lock(notice)
        _demand(row, NoticeState.IN_REVIEW, "It does not wait for approval any more.")
        latest = last_of(row)
        if revision is None or latest is None or latest.pk != revision.pk:
            raise NotAllowed("It has changed since you opened it. Please look at the new version first.")
        if seals is not None and seal(row, latest.pk) not in seals:
            raise NotAllowed(
                "It is not as you saw it, maybe it goes out at another time. Please look at it again first."
            )
        if changed_facts(row, latest.facts):
            raise NotAllowed("The plan has just changed. Please look at the new version in a moment.")
        size = size_of(latest, now=now)
        may_approve(row, latest, by=by, size=size)
        _stand_behind(row, notice, latest, by=by, size=size, now=now, state=NoticeState.APPROVED)
        _hold(row, notice, now=now, hold=hold)


def seal(notice: Notice, revision: int | None) -> str:
    """What an approver sees of it at this moment, in short: the version of its words, all that somebody may have saved
    since, and when it goes out."""
    at = notice.send_at and notice.send_at.isoformat()
    return (
        f"{notice.pk} {revision} {notice.version} {f'{notice.local_on} {notice.local_at}' if notice.local_on else at}"
    )


def may_approve(notice: Notice, revision: Revision, *, by, size: int) -> None:
    """Raises NotAllowed, with the reason."""
    if not by.has_perm("notices.approve"):
        raise NotAllowed("Your role does not approve notices.")
    why = four_eyes(notice, size=size)
    if why and by.pk in {revision.author_id, *writers(notice)}:
        raise NotAllowed(f"Somebody else than its author has to approve it: {why}.")


def writers(notice: Notice) -> set[int]:
    """Everybody who ever saved it: a colleague who saves it once does not make its words somebody else's."""
    saved = Notice.pgh_event_model.objects.filter(wrote(notice))  # type: ignore[attr-defined]
    return {notice.author_id, *saved.order_by().values_list("author_id", flat=True).distinct()}


def wrote(notice: Notice) -> Q:
    """Of the events of notices: its own, and those of earlier turns of its step, whose words it says again."""
    own = Q(pgh_obj=notice.pk)
    return own | Q(step=notice.step_id) if notice.step_id else own


def takes_approval(notice: Notice, *, now: datetime | None = None) -> bool:
    """As its plan says; and always where a mail has consequences that four eyes have to see."""
    if notice.needs_approval or Channel.EMAIL not in notice.channels:
        return notice.needs_approval
    return bool(four_eyes(notice, size=size_of(notice, now=now)))


def four_eyes(notice: Notice, *, size: int) -> str:
    """Why its author may not approve it alone; empty when nothing speaks against it."""
    milestone = notice.milestone
    if milestone and milestone.impact == Impact.OUTAGE:
        return "it announces an outage"
    if milestone and milestone.action:
        return "people have to do something"
    if size > MANY:
        return f"it goes to more than {MANY} people"
    return ""


def outgrown(notice: Notice, *, now: datetime) -> str:
    """Why whoever wrote and approved it may not stand behind it alone any more: people joined since. Else empty."""
    was = notice.approved_size
    if was is None or was > MANY or Channel.EMAIL not in notice.channels:
        return ""
    if notice.approved_by_id not in writers(notice) or size_of(notice, now=now) <= MANY:
        return ""
    return f"It goes to more than {MANY} people by now. Somebody else than its author has to approve it."


def reapprove(notice: Notice, *, by, now: datetime) -> None:
    """A missed notice that says something else than what was approved, or was never approved: `by` approves it as it is
    now. It stays missed."""
    with transaction.atomic():
        row = lock(notice)
        _demand(row, NoticeState.MISSED, "It was not missed.")
        revision = _freeze_complete(row, by=None, now=now)
        size = size_of(revision, now=now)
        if takes_approval(row, now=now):
            may_approve(row, revision, by=by, size=size)
        _stand_behind(row, notice, revision, by=by, size=size, now=now, state=NoticeState.MISSED)


def is_approved_as_it_is(notice: Notice) -> bool:
    revision = notice.approved_revision
    return revision is not None and not changed_facts(notice, revision.facts)


def send_back(notice: Notice, *, by, reason: str) -> None:
    with transaction.atomic():
        row = lock(notice)
        _demand(row, NoticeState.IN_REVIEW, "It does not wait for approval any more.")
        _change(row, notice, state=NoticeState.DRAFT, reason=(reason or f"Sent back by {by}.")[:300], **UNAPPROVED)


def cancel(notice: Notice, *, by, reason: str, now: datetime) -> None:
    """What has not gone out stays here. A message that is on the wire at this moment still arrives; one that a worker
    has in its hands is cancelled when the worker asks again (outbox.claim)."""
    with transaction.atomic():
        row = lock(notice)
        if row.state == NoticeState.CANCELLED:
            raise NotAllowed("It is cancelled already.")
        if row.state == NoticeState.RELEASED and not row.messages.waiting().exists():
            raise NotAllowed("It has gone out to everybody. Only a new notice can take it back.")
        reason = reason or f"Cancelled by {by}."
        _change(row, notice, state=NoticeState.CANCELLED, reason=reason, paused_at=None, pause_reason="", **PLANNED)
        queued = Message.objects.filter(notice=row, state__in=[MessageState.QUEUED, MessageState.DEFERRED])
        queued.update(state=MessageState.CANCELLED, reason=reason, lease_until=None)


def save_draft(notice: Notice, *, by, version: int, **fields: Any) -> Notice:
    """Saves what is given if nobody else saved since `version`. Whoever changes what was approved makes it a draft.

    What was missed stays missed until it has a new time.
    """
    state = Value(NoticeState.DRAFT) if "send_at" in fields else DRAFT_UNLESS_MISSED
    if "words" in fields:
        fields["words"] = translations.noted(notice.words, fields["words"])
    same = Notice.objects.filter(pk=notice.pk, version=version, state__in=EDITABLE)
    values = {**fields, **UNAPPROVED, "author": by, "state": state, "reason": "", "version": F("version") + 1}
    if not same.update(**values):
        notice.refresh_from_db()
        if notice.state not in EDITABLE:
            raise NotAllowed(f"It {NoticeState(notice.state).said} and cannot be changed any more.")
        raise Conflict("Somebody else has saved this notice in the meantime.")
    notice.refresh_from_db()
    return notice


DRAFT_UNLESS_MISSED = Case(When(state=NoticeState.MISSED, then=F("state")), default=Value(NoticeState.DRAFT))


def ask_again(notice: Notice, *, by, reason: str, now: datetime) -> bool:
    """It goes out at another time than the one that was approved, by somebody's word and not with its milestone. Who
    chose the time counts as one of its writers. False: nothing has to be approved."""
    with transaction.atomic():
        row = lock(notice)
        if row.state not in (NoticeState.IN_REVIEW, NoticeState.APPROVED) or not takes_approval(row, now=now):
            return False
        _change(row, notice, state=NoticeState.IN_REVIEW, reason=reason[:300], author=by, **UNAPPROVED)
    return True


def refresh(*, now: datetime) -> int:
    """Makes a new revision of every waiting notice whose facts have changed, so that old values never leave the house.
    One that needs approval needs it again. Returns how many."""
    return sum(_renew(notice, now=now) for notice in _outdated())


def changed_facts(notice: Notice, told: Facts) -> list[str]:
    """The names of those facts that the notice asserts and that are no longer so."""
    current = render.facts_of(notice)
    differing = [name for name in sorted(current.keys() | told.keys()) if current.get(name) != told.get(name)]
    return [name for name in differing if asserts(notice, name)]


def asserts(notice: Notice, fact: str) -> bool:
    """What stands on the facts card, and of the rest what the words print."""
    subject, _, name = fact.partition(".")
    if name in ON_THE_CARD[subject.partition(":")[0]] or _comes_with_it(notice, fact):
        return True
    return any(name in render.asserted(text[part]) for text in notice.words for part in ("subject", "body"))


def stays_approved(notice: Notice, names: list[str], *, now: datetime) -> bool:
    """Although these facts have changed."""
    if notice.state != NoticeState.APPROVED:
        return False
    return all(_comes_with_it(notice, name) for name in names) or not takes_approval(notice, now=now)


def _comes_with_it(notice: Notice, fact: str) -> bool:
    """What happens to a milestone brings these facts. Who approved words for that event stands behind them."""
    subject, _, name = fact.partition(".")
    brought = BROUGHT_BY_AN_EVENT | BROUGHT_WITH.get(notice.kind, set())
    return bool(notice.waits_for) and subject.startswith("milestone:") and name in brought


def size_of(source: Notice | Revision, *, now: datetime | None = None) -> int:
    return _people(source, now=now).count()


def _keys(revision: Revision, *, now: datetime) -> list[int]:
    return list(_people(revision, now=now).values_list("pk", flat=True))


def _people(source: Notice | Revision, *, now: datetime | None) -> QuerySet[Person]:
    notice = source.notice if isinstance(source, Revision) else source
    people = audience.resolve(
        source.audience,
        upgrade=notice.upgrade,
        milestone=notice.milestone,
        survey=notice.survey,
        on=audience.day_of(notice, now=now),
    )
    return people.order_by()


def _outdated() -> list[Notice]:
    notices = list(
        Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.APPROVED])
        .select_related("upgrade", "milestone__upgrade", "engagement__host", "concern")
        .prefetch_related(
            "upgrade__services", "milestone__services", "milestone__sites", "milestone__upgrade__services"
        )
        .order_by("pk")
    )
    last = Revision.objects.filter(notice__in=notices).order_by("notice", "-number").distinct("notice")
    told = {revision.notice_id: revision.facts for revision in last}
    return [notice for notice in notices if changed_facts(notice, told.get(notice.pk, {}))]


@transaction.atomic
def _renew(notice: Notice, *, now: datetime) -> bool:
    """Asks once more behind the lock: another tick, or somebody who approved its new version, may have been faster."""
    row = lock(notice)
    latest = last_of(row)
    names = changed_facts(row, latest.facts if latest else {})
    if row.state != notice.state or not names:
        return False
    revision = _freeze(row, by=None, now=now)
    if row.state == NoticeState.APPROVED and not takes_approval(row, now=now):
        _change(row, notice, approved_revision=revision, approved_at=now)
        return True
    is_worded_as_approved = latest is not None and _says(latest, _to_whom(row), row.words)
    if is_worded_as_approved and stays_approved(row, names, now=now):
        _change(row, notice, approved_revision=revision)
        return True
    what = ", ".join(sorted({name.split(".", 1)[1].replace("_", " ") for name in names}))
    reason = f"The plan has changed: {what}. Please approve the new version."
    _change(row, notice, state=NoticeState.IN_REVIEW, reason=reason[:300], **UNAPPROVED)
    return True


def lock(notice: Notice) -> Notice:
    """As it is now, with what its facts are made of."""
    rows = Notice.objects.select_for_update(of=("self",), no_key=True)
    related = (
        "upgrade",
        "milestone__upgrade",
        "survey",
        "approved_revision",
        "engagement__host",
        "concern",
        "step__after",
    )
    return rows.select_related(*related).get(pk=notice.pk)


def _demand(row: Notice, state: str, sentence: str) -> None:
    if row.state != state:
        raise NotAllowed(f"{sentence} It {NoticeState(row.state).said}.")


def _change(row: Notice, notice: Notice, **values: Any) -> None:
    Notice.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
        setattr(notice, name, value)


def _stand_behind(row: Notice, notice: Notice, revision: Revision, *, by, size: int, now: datetime, state: str) -> None:
    approval = {"approved_revision": revision, "approved_by": by, "approved_at": now, "approved_size": size}
    ApprovedAudience.objects.update_or_create(notice=row, defaults={"people": _keys(revision, now=now)})
    _change(row, notice, state=state, reason="", **PLANNED, **approval)


def _hold(row: Notice, notice: Notice, *, now: datetime, hold: timedelta) -> None:
    if hold and row.send_at is not None and row.send_at < now + hold:
        _change(row, notice, send_at=now + hold, said_at=now)


def last_of(row: Notice) -> Revision | None:
    return row.revisions.select_related("notice").order_by("-number").first()


def _freeze_complete(row: Notice, *, by, now: datetime) -> Revision:
    if obstacle := incomplete(row, now=now):
        raise NotAllowed(obstacle)
    return _freeze(row, by=by, now=now)


def incomplete(notice: Notice, *, now: datetime) -> str:
    """Why nobody can stand behind it as it is; empty when nothing is missing."""
    if notice.send_at is None and not notice.waits_for:
        return "It has no time yet. Say when it should go out."
    if not notice.channels:
        return "It has no channel yet. Say how it should reach people."
    if not notice.survey and notice.topic == Topic.SURVEY:
        return "It asks for answers, and has no survey yet. Choose the survey."
    if notice.survey and (obstacle := inviting.obstacle(notice.survey, at=max(notice.send_at or now, now))):
        return obstacle
    problems = render.check_words(
        notice.words,
        has_milestone=bool(notice.milestone_id),
        has_survey=bool(notice.survey_id),
        has_meeting=bool(notice.engagement_id),
        has_concern=bool(notice.concern_id),
    )
    return f"Its words cannot go out like this. {problems[0]}" if problems else ""


def _freeze(row: Notice, *, by, now: datetime) -> Revision:
    latest = last_of(row)
    content = {"facts": render.facts_of(row), **_to_whom(row)}
    if latest and _says(latest, content, row.words):
        return latest
    number = latest.number + 1 if latest else 1
    revision = Revision.objects.create(notice=row, number=number, author=by or row.author, created_at=now, **content)
    Variant.objects.bulk_create([Variant(revision=revision, **_text(words)) for words in row.words])
    return revision


def _to_whom(row: Notice) -> dict[str, Any]:
    return {"audience": row.audience, "channels": row.channels}


def _says(revision: Revision, content: dict[str, Any], words: list[dict[str, str]]) -> bool:
    if any(getattr(revision, name) != value for name, value in content.items()):
        return False
    return sorted(revision.variants.values_list(*TEXT)) == sorted(tuple(_text(text).values()) for text in words)


def _text(words: dict[str, str]) -> dict[str, str]:
    return {name: words[name] for name in TEXT}
