"""Who may stand behind it: what has consequences needs somebody else than its author."""

from datetime import datetime

from django.db.models import Q

from notices.models import Notice, Revision
from notices.pipeline.approve.locking import NotAllowed
from notices.pipeline.approve.people import size_of
from stakeholders.enums import Channel
from upgrades.enums import Impact

MANY = 500


def may_approve(notice: Notice, revision: Revision, *, by, size: int) -> None:
    """Raises NotAllowed, with the reason."""
    if not by.has_perm("notices.approve"):
        raise NotAllowed("Your role does not approve notices.")
    why = four_eyes(notice, size=size)
    if why and by.pk in {revision.author_id, *writers(notice)}:
        raise NotAllowed(f"Somebody else than its author has to approve it: {why}.")


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


def writers(notice: Notice) -> set[int]:
    """Everybody who ever saved it: a colleague who saves it once does not make its words somebody else's."""
    saved = Notice.pgh_event_model.objects.filter(_wrote(notice))  # type: ignore[attr-defined]
    return {notice.author_id, *saved.order_by().values_list("author_id", flat=True).distinct()}


def _wrote(notice: Notice) -> Q:
    """Of the events of notices: its own, and those of earlier turns of its step, whose words it says again."""
    own = Q(pgh_obj=notice.pk)
    return own | Q(step=notice.step_id) if notice.step_id else own
