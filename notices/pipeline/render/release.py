"""What is true of a notice at the moment it goes out. Frozen then, so that its messages render again exactly."""

from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from engagement.facts import of_engagement, subject
from feedback.facts import of_concern
from notices.enums import MEETINGS, PUT_RIGHT, MessageState, NoticeKind, Sender
from notices.models import Message, Notice
from stakeholders.models import Person
from upgrades import facts
from upgrades.models import Milestone

APPOINTMENT = ("title", "start", "end", "time_zone", "place", "link", "topics")


def release_of(notice: Notice, *, now: datetime) -> dict[str, Any]:
    """For Notice.release: the addresses and names of the moment."""
    upgrade = notice.upgrade
    name, address = _who_answers(notice)
    speaker = _who_speaks(notice) or name
    return {
        "base_url": settings.BASE_URL,
        "organisation": settings.ORGANISATION,
        "from": mailbox(f"{speaker}, {settings.ORGANISATION}", parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        "reply_to": mailbox(name, address),
        "bounce_domain": settings.BOUNCE_DOMAIN,
        "date": now.replace(microsecond=0).isoformat(),
        "host": settings.BASE_HOST,
        "published": upgrade.is_published,
        **({"takes_objections": True} if takes_objections(notice) else {}),
    }


def takes_objections(notice: Notice) -> bool:
    """Its readers may say that the date does not work for them."""
    is_ahead = notice.milestone is not None and notice.milestone.is_tentative and not notice.upgrade.is_cancelled
    return is_ahead and notice.kind not in (*MEETINGS, NoticeKind.ANSWER, NoticeKind.CANCELLED)


def facts_of(notice: Notice) -> facts.Facts:
    """Today's facts: of the upgrade, and of the milestone, engagement or concern that the notice is about. What puts
    right what people believe may be about any milestone of its upgrade."""
    milestones = _of_its_milestones(notice)
    engagement = of_engagement(notice.engagement) | _last_told(notice) if notice.engagement else {}
    concern = of_concern(notice.concern) if notice.concern else {}
    return facts.of_upgrade(notice.upgrade) | milestones | engagement | concern


def _of_its_milestones(notice: Notice) -> facts.Facts:
    if notice.kind not in PUT_RIGHT:
        return facts.of_milestone(notice.milestone) if notice.milestone else {}
    rows = Milestone.objects.filter(upgrade=notice.upgrade_id).select_related("upgrade")
    found: facts.Facts = {}
    for row in rows.prefetch_related("services", "sites", "upgrade__services").order_by("start", "pk"):
        found |= facts.of_milestone(row)
    return found


def _last_told(notice: Notice) -> facts.Facts:
    """What is called off is the appointment that its readers know of, not one they never heard of. Those who were told
    different ones get a notice each."""
    named = notice.audience.get("people", ())
    if notice.kind != NoticeKind.MEETING_OFF or notice.engagement_id is None or not named:
        return {}
    readers = Person.objects.filter(Q(pk__in=named) | Q(merged_into__in=named))
    told = Message.objects.filter(
        notice__engagement=notice.engagement_id,
        notice__kind__in=[NoticeKind.MEETING, NoticeKind.MEETING_CHANGED],
        person__in=readers,
        state__in=[MessageState.SENT, MessageState.SENDING],
    )
    last = told.order_by(F("sent_at").desc(nulls_first=True), "-pk").values_list("variant__revision__facts", flat=True)
    keys = {f"{subject(notice.engagement_id)}.{name}" for name in APPOINTMENT}
    return {key: value for key, value in (last.first() or {}).items() if key in keys}


def _who_speaks(notice: Notice) -> str:
    """In whose name it is said, where its step names the sponsor; empty: in that of whoever answers."""
    step = notice.step or notice.occurrence_of
    return notice.upgrade.sponsor_name if step and step.sender == Sender.SPONSOR else ""


def _who_answers(notice: Notice) -> tuple[str, str]:
    """Who is asked when somebody replies: whoever invites, or the contact of the upgrade."""
    if notice.engagement:
        return notice.engagement.host.name, notice.engagement.host.email
    return notice.upgrade.contact_name, notice.upgrade.contact_email


def mailbox(name: str, address: str) -> str:
    """ "Name" <address>, readable; mime.build encodes it."""
    quoted = name.replace("\\", "").replace('"', "'")
    return f'"{quoted}" <{address}>'
