"""An invitation as the one who is invited sees it: what holds now, whether they come, and that they are there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commsplan.lib import time
from engagement import attendance, facts, inviting, planning
from engagement.enums import Rsvp, Seen
from engagement.models import Engagement, Participant
from notices.channels import calendar
from notices.enums import NoticeKind
from notices.models import Message
from notices.pipeline.render import meeting
from notices.pipeline.schedule import COMES
from portal import windows
from portal.forms import ANSWERS, AnswerForm
from portal.windows import When
from stakeholders.models import Person

OPENS_BEFORE = timedelta(minutes=30)  # for checking in
OFF, LEFT_OUT, OVER, RUNNING, OPEN = "off", "left_out", "over", "running", "open"


@dataclass(frozen=True)
class Visit:
    """`state` is one of those above; where somebody was left out, nothing newer is shown than what they were told."""

    person: Person
    engagement: Engagement
    participant: Participant | None
    state: str
    title: str
    when: When
    changed_from: str  # what the message said, where another time holds now
    place: str
    link: str
    topics: str
    reason: str
    host: str
    host_email: str
    answer: str
    answered_at: str
    is_before_the_change: bool  # the answer was given to another time
    is_full: bool  # for somebody who has no place yet
    found_full: bool  # they wanted to come, and whoever hosts knows it
    places_left: int | None
    can_check_in: bool
    check_in_from: str
    is_here: bool

    @property
    def window(self) -> str:
        return f"{self.engagement.start.isoformat()} {self.engagement.end.isoformat()}"

    @property
    def can_answer(self) -> bool:
        return self.state == OPEN

    @property
    def has_file(self) -> bool:
        """For a calendar. Who was left out learns nothing newer from it."""
        return self.state in (OPEN, RUNNING)

    @property
    def answer_words(self):
        return ANSWERS.get(Rsvp(self.answer), "")

    @property
    def has_answered(self) -> bool:
        return self.answer != Rsvp.NONE


def asks(message: Message) -> bool:
    """Whether somebody can answer this message with whether they come."""
    return message.notice.kind in COMES and message.notice.engagement_id is not None


def reader_of(message: Message) -> Person:
    """Who it was sent to, or whom they were merged into."""
    return inviting.standing([message.person])[message.person.pk]


def _engagement(message: Message) -> Engagement:
    return Engagement.objects.select_related("host", "upgrade").get(notices=message.notice_id)


def visit(message: Message, *, language: str, now: datetime) -> Visit:
    person, told = reader_of(message), message.variant.revision.facts  # type: ignore[union-attr]
    row = _engagement(message)
    found = Participant.objects.select_related("engagement").filter(engagement=row, person=person).first()
    is_on_it = found is not None and (found.is_invited or bool(found.attended))
    state = _state(row, is_on_it=is_on_it, now=now)
    shown = told if state == LEFT_OUT else facts.of_engagement(row)
    values: Mapping[str, Any] = {name: shown.get(f"{facts.subject(row.pk)}.{name}") or "" for name in SHOWN}
    left = planning.places_left(row)
    when = _when(values, person, language)
    return Visit(
        person=person,
        engagement=row,
        participant=found if is_on_it else None,
        state=state,
        title=values["title"],
        when=when,
        changed_from=_changed(told, row, when, person, language),
        place=values["place"],
        link=values["link"],
        topics=values["topics"],
        reason=row.cancel_reason if state == OFF else "",
        host=values["host"],
        host_email=values["host_email"],
        answer=found.rsvp if found else Rsvp.NONE,
        answered_at=_said(found.rsvp_at if found else None, person, language),
        is_before_the_change=bool(found and found.is_before_the_change),
        is_full=left == 0 and (found is None or found.rsvp != Rsvp.YES),
        found_full=bool(found and found.found_full_at),
        places_left=left,
        can_check_in=is_on_it and takes_check_in(row, now=now),
        check_in_from=_said(row.start - OPENS_BEFORE, person, language) if now < row.start - OPENS_BEFORE else "",
        is_here=bool(found and found.attended),
    )


SHOWN = ("title", "start", "end", "time_zone", "place", "link", "topics", "host", "host_email")


def _state(row: Engagement, *, is_on_it: bool, now: datetime) -> str:
    if row.is_cancelled:
        return OFF
    if not is_on_it:
        return LEFT_OUT
    if row.is_over(now):
        return OVER
    return RUNNING if row.start <= now else OPEN


def _when(values: Mapping[str, Any], person: Person, language: str) -> When:
    start, end = (datetime.fromisoformat(values[name]) for name in ("start", "end"))
    return windows.when(start, end, zone=values["time_zone"] or "UTC", reader_zone=person.time_zone, language=language)


def _changed(told: Mapping[str, Any], row: Engagement, when: When, person: Person, language: str) -> str:
    values = {name: told.get(f"{facts.subject(row.pk)}.{name}") for name in SHOWN}
    if not values["start"] or row.is_cancelled:
        return ""
    before = _when(values, person, language)
    return "" if (before.start, before.end) == (when.start, when.end) else before.said


def _said(moment: datetime | None, person: Person, language: str) -> str:
    return time.full(moment, zone=person.time_zone, language=language) if moment else ""


def takes_check_in(row: Engagement, *, now: datetime) -> bool:
    return not row.is_cancelled and row.start - OPENS_BEFORE <= now < row.end


def answer(seen: Visit, *, rsvp: str, remark: str, shown: str, now: datetime) -> None:
    """`shown` is the time that the page named. Raises planning.Full when the last place has just gone, and notes that
    they wanted it; planning.Moved when another time holds; planning.NotPossible when it is too late."""
    if seen.participant is None or not seen.can_answer:
        raise planning.NotPossible("It takes no answers any more.")
    if shown and shown != seen.window:
        raise planning.Moved("It has just been moved.")
    window = (seen.engagement.start, seen.engagement.end)
    try:
        planning.answer(seen.participant, rsvp=rsvp, remark=remark, now=now, shown=window)
    except planning.Full:
        planning.found_full(seen.participant, now=now)
        raise


def check_in(seen: Visit, *, now: datetime) -> None:
    if not seen.can_check_in:
        raise planning.NotPossible("Nobody can check in now.")
    attendance.mark(seen.engagement, [seen.person], attended=True, seen=Seen.SELF, now=now)


def file(message: Message, *, language: str, now: datetime) -> bytes:
    """The entry for a calendar, as it holds now: the same UID as in the mail, so it never stands there twice."""
    row = _engagement(message)
    kind = NoticeKind.MEETING_OFF if row.is_cancelled else NoticeKind.MEETING
    event = meeting.entry(row, language=language, stamp=now.replace(microsecond=0), kind=kind)
    return calendar.lay_out(event).to(name="", address="").data


def form_for(seen: Visit, wanted: str = "") -> AnswerForm:
    """What the link in the mail chose, or what was answered before."""
    chosen = wanted if wanted in ANSWERS else seen.answer
    remark = seen.participant.remark if seen.participant else ""
    return AnswerForm(initial={"rsvp": "" if chosen == Rsvp.NONE else chosen, "remark": remark})
