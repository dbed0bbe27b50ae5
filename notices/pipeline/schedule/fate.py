"""What becomes of a notice that waits, as time passes. Pure questions: the clock asks them of what it has locked, the
simulation of what may be. A question answers with the reason, which is empty while nothing is the matter."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engagement.enums import EngagementState
from notices.enums import PUT_RIGHT, Event, NoticeKind, NoticeState
from notices.models import Notice
from upgrades.enums import Phase, Status

TOO_LATE = timedelta(minutes=60)
UPGRADE_IS_OFF = "The upgrade was cancelled."
BEFORE_THE_WINDOW = (
    NoticeKind.SAVE_THE_DATE,
    NoticeKind.ANNOUNCEMENT,
    NoticeKind.ACTION,
    NoticeKind.BRIEFING,
    NoticeKind.REMINDER,
    NoticeKind.FINAL,
)
TRUE_THOUGH_CANCELLED = (
    NoticeKind.POSTPONED,
    NoticeKind.CANCELLED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.OUTAGE,
    NoticeKind.NEWS,
    NoticeKind.MEETING_OFF,
    NoticeKind.ANSWER,
    NoticeKind.CORRECTION,
)
STILL_TO_COME: dict[str, Sequence[str]] = {  # by how it ended: what a kit for it may still wait for
    Status.COMPLETED: (Event.FINISHED, Event.ON_WORD),
    Status.CANCELLED: (Event.CANCELLED, Event.ON_WORD),
}
COMES = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED]  # asks somebody to be there


def pointless(notice: Notice) -> str:
    """What is done or cancelled needs no announcement, except one that says just this."""
    if notice.step and notice.step.done_at:
        return "The plan step was ticked off as done."
    if notice.engagement and notice.kind in COMES and notice.engagement.state == EngagementState.CANCELLED:
        return "The meeting was called off."
    if reason := _in_vain(notice):
        return reason
    if notice.kind in TRUE_THOUGH_CANCELLED:
        return ""
    if notice.upgrade.phase == Phase.CANCELLED:
        return UPGRADE_IS_OFF
    if notice.milestone and notice.milestone.status == Status.CANCELLED:
        return "The milestone was cancelled."
    return ""


def _in_vain(notice: Notice) -> str:
    """Why that does not happen any more which it waits for. A word can be said until the upgrade is completed."""
    if not notice.waits_for or notice.send_at is not None:
        return ""
    if notice.upgrade.phase == Phase.COMPLETED and notice.waits_for == Event.ON_WORD:
        return "The upgrade is completed, and nobody has said the word."
    status = notice.milestone.status if notice.milestone else ""
    if notice.waits_for not in STILL_TO_COME.get(status, Event.values):
        return f"The milestone {'is completed' if status == Status.COMPLETED else 'was cancelled'} without that."
    if notice.upgrade.phase == Phase.CANCELLED and notice.waits_for not in STILL_TO_COME[Status.CANCELLED]:
        return "The upgrade was cancelled."
    return ""


def deadline(notice: Notice) -> datetime | None:
    """From then on it is too late to be useful: its own, or for what announces a window, the end of the window."""
    if notice.expires_at or notice.kind not in BEFORE_THE_WINDOW or notice.milestone is None:
        return notice.expires_at
    return notice.milestone.last_moment


def missed(notice: Notice, *, now: datetime) -> str:
    """Late can be worse than never. Whether it is still needed to put something right, the ledger says: that may wait
    for an approval as long as it takes."""
    late = deadline(notice)
    is_too_late = late is not None and late <= now
    if not (is_too_late or (notice.send_at is not None and notice.send_at <= now)):
        return ""
    if notice.state != NoticeState.APPROVED:
        return "" if notice.kind in PUT_RIGHT else "It was not approved in time."
    if decision := undecided(notice):
        return f"It waited for “{decision}”, which was not ticked off in time."
    if is_too_late:
        return "It was too late to be useful."
    due = _due(notice)
    return "It was more than an hour late." if due and due <= now - TOO_LATE else ""


def _due(notice: Notice) -> datetime | None:
    """What puts right is due once somebody stands behind it, however long that took."""
    moments = (notice.send_at, notice.approved_at if notice.kind in PUT_RIGHT else None)
    return max((moment for moment in moments if moment), default=None)


def undecided(notice: Notice) -> str:
    """The name of the decision or meeting that has to be ticked off before it goes out."""
    decision = notice.step.after if notice.step else None
    return decision.name if decision and not decision.done_at else ""
