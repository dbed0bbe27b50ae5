from django.db.models import TextChoices

from stakeholders.enums import Topic


class Edge(TextChoices):
    START = "start", "the start of"
    END = "end", "the end of"


class Unit(TextChoices):
    BUSINESS_DAYS = "business_days", "business days"
    CALENDAR_DAYS = "calendar_days", "calendar days"
    MINUTES = "minutes", "minutes"


class Medium(TextChoices):
    """What a plan step is. Only a notice is sent by us; the others are done by people and ticked off."""

    NOTICE = "notice", "Notice"
    MEETING = "meeting", "Meeting"
    TRAINING = "training", "Training"
    POSTER = "poster", "Poster"
    DECISION = "decision", "Decision"


class NoticeKind(TextChoices):
    SAVE_THE_DATE = "save_the_date", "Save the date"
    ANNOUNCEMENT = "announcement", "Announcement"
    ACTION = "action", "Action request"
    BRIEFING = "briefing", "Briefing"
    EXECUTIVE = "executive", "Executive brief"
    REMINDER = "reminder", "Reminder"
    FINAL = "final", "Final reminder"
    STARTED = "started", "Started"
    PROGRESS = "progress", "Progress"
    COMPLETED = "completed", "Completed"
    FOLLOW_UP = "follow_up", "Follow-up"
    SURVEY = "survey", "Survey invitation"
    SURVEY_REMINDER = "survey_reminder", "Survey reminder"
    POSTPONED = "postponed", "Postponed"
    CANCELLED = "cancelled", "Cancelled"
    ROLLED_BACK = "rolled_back", "Rolled back"
    OUTAGE = "outage", "Unplanned outage"
    NEWS = "news", "News"
    MEETING = "meeting", "Invitation"
    MEETING_CHANGED = "meeting_changed", "Invitation, changed"
    MEETING_OFF = "meeting_off", "Invitation, cancelled"
    ANSWER = "answer", "Answer"

    @property
    def topic(self) -> Topic | None:
        """The topic under which a person may decline this kind; None if nobody can."""
        return TOPIC_OF.get(self)


MEETINGS = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED, NoticeKind.MEETING_OFF]
PERSONAL = [*MEETINGS, NoticeKind.ANSWER]  # made by what they are about, for those who are named, and nobody else
BY_HAND = [(kind.value, kind.label) for kind in NoticeKind if kind not in PERSONAL]

TOPIC_OF = {
    NoticeKind.STARTED: Topic.PROGRESS,
    NoticeKind.PROGRESS: Topic.PROGRESS,
    NoticeKind.COMPLETED: Topic.PROGRESS,
    NoticeKind.FOLLOW_UP: Topic.PROGRESS,
    NoticeKind.SURVEY: Topic.SURVEY,
    NoticeKind.SURVEY_REMINDER: Topic.SURVEY,
    NoticeKind.NEWS: Topic.NEWS,
}


class NoticeState(TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "Needs approval"
    APPROVED = "approved", "Scheduled"
    RELEASED = "released", "Released"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def said(self) -> str:
        """What follows on "It"."""
        own = {NoticeState.DRAFT: "is a draft", NoticeState.IN_REVIEW: "needs approval"}
        return own.get(self, f"is {self.label.lower()}")


WAITING = [NoticeState.DRAFT, NoticeState.IN_REVIEW, NoticeState.APPROVED]


class MessageState(TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DEFERRED = "deferred", "Trying again later"
    FAILED = "failed", "Failed"
    BOUNCED = "bounced", "Bounced"
    SKIPPED = "skipped", "Skipped"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


OPEN = [MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED]


class ReceiptKind(TextChoices):
    ACCEPTED = "accepted", "Accepted by the mail server"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Marked as unwanted"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
