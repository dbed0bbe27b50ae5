"""Steps that the tests of corrections share: a plan changes at a moment, the clock turns, letters arrive."""

from datetime import timedelta

from engagement import telling
from notices.enums import Correcting, MessageState, NoticeKind
from notices.models import CorrectionRule, Message, Notice
from notices.pipeline import clockwork, ledger
from notices.pipeline.correcting import open_corrections
from tests import factories
from tests.factories import NOW
from upgrades import rescheduling
from upgrades.models import Milestone, Upgrade

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def change(milestone, *, at, **values):
    """The history says that it was at that moment."""
    milestone.refresh_from_db()
    rescheduling.change(milestone, **values)
    _date(Milestone, milestone.pk, at)


def shift(milestone, by, *, at):
    milestone.refresh_from_db()
    change(milestone, at=at, start=milestone.start + by, end=milestone.end + by)


def change_upgrade(upgrade, *, at, **values):
    Upgrade.objects.filter(pk=upgrade.pk).update(**values)
    _date(Upgrade, upgrade.pk, at)


def _date(model, key, at):
    events = model.pgh_event_model.objects
    last = events.filter(pgh_obj_id=key).order_by("-pgh_id").values_list("pk", flat=True)[0]
    events.filter(pk=last).update(pgh_created_at=at)


def turn(at):
    result = clockwork.turn(now=at, beats=False)
    assert result.failed == []
    return result


def arrive(at, *, state=MessageState.SENT, people=None):
    """What is in the outbox and may leave by then."""
    rows = Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.DEFERRED], not_before__lte=at)
    if people is not None:
        rows = rows.filter(person__in=people)
    return rows.update(state=state, sent_at=at, sha256=b"x" * 32)


def go_on(at):
    """A turn, and the mail of it arrives."""
    turn(at)
    arrive(at)


def by_itself(upgrade, **fields):
    values = {"mode": Correcting.AUTOMATIC, "approved_by": factories.account("Ben Brand", role="approver")}
    return CorrectionRule.objects.create(
        upgrade=upgrade, **{"author": factories.account("Ana Abel"), "approved_at": NOW, **values, **fields}
    )


def letters(upgrade, kind=NoticeKind.CORRECTION):
    """Whom letters that put right reached, in their order."""
    rows = Message.objects.filter(notice__upgrade=upgrade, notice__kind=kind, state=MessageState.SENT)
    return list(rows.order_by("sent_at", "person").values_list("person", flat=True))


def proposals(upgrade, kind=NoticeKind.CORRECTION):
    return list(Notice.objects.filter(upgrade=upgrade, kind=kind).order_by("pk"))


def wrong(upgrade, *, now):
    return {person for group in ledger.wrong(upgrade, now=now) for person in group.people}


def the(upgrade) -> Notice:
    (found,) = open_corrections(upgrade)
    return found


def from_meeting(meeting, window, upgrade):
    keys = [f"milestone:{window.pk}.start", f"milestone:{window.pk}.end"]
    telling.tell(meeting, keys, by=upgrade.owner, now=NOW)
