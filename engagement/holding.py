"""What took place: it is recorded, whether it was planned or is noted afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from engagement import attendance, telling
from engagement.enums import EngagementState, Promise, Seen
from engagement.models import Engagement, FollowUp
from engagement.planning import NotPossible
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade

USUAL_LENGTH = timedelta(minutes=30)


def hold(engagement: Engagement, *, by, now: datetime) -> bool:
    """It took place. Whether this call changed it; before it begins it is refused."""
    if engagement.start > now:
        raise NotPossible("It has not begun yet.")
    held = Engagement.objects.planned().filter(pk=engagement.pk).update(state=EngagementState.HELD)
    engagement.refresh_from_db(fields=["state"])
    return bool(held)


def not_held(engagement: Engagement) -> None:
    """Takes `hold` back."""
    Engagement.objects.held().filter(pk=engagement.pk).update(state=EngagementState.PLANNED)
    engagement.refresh_from_db(fields=["state"])


@transaction.atomic
def log(
    upgrade: Upgrade,
    *,
    kind: str,
    title: str,
    start: datetime,
    by,
    now: datetime,
    end: datetime | None = None,
    people: QuerySet[Person] | None = None,
    host=None,
    time_zone: str = "",
    milestone: Milestone | None = None,
    topics: str = "",
    notes: str = "",
    facts: Sequence[str] = (),
    follow_up: str = "",
    due_on=None,
) -> Engagement:
    """Notes what already happened: those people were there, were told these facts, and this is to be done."""
    made = Engagement.objects.create(
        upgrade=upgrade,
        milestone=milestone,
        kind=kind,
        title=title,
        state=EngagementState.HELD,
        start=start,
        end=end or start + USUAL_LENGTH,
        time_zone=time_zone or upgrade.time_zone,
        host=host or by,
        topics=topics,
        notes=notes,
    )
    if people is not None:
        attendance.mark(made, people, attended=True, seen=Seen.HAND, now=now)
    if facts:
        telling.tell(made, facts, by=by, now=now)
    if follow_up:
        FollowUp.objects.create(
            engagement=made, kind=Promise.FOLLOW_UP, text=follow_up, owner=host or by, due_on=due_on
        )
    return made
