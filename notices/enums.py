from enum import IntEnum

from django.db.models import TextChoices

from stakeholders.enums import Topic


class Edge(TextChoices):
    START = "start", "the start of"
    END = "end", "the end of"


class Unit(TextChoices):
    BUSINESS_DAYS = "business_days", "business days"
    CALENDAR_DAYS = "calendar_days", "calendar days"
    MINUTES = "minutes", "minutes"


class Trigger(TextChoices):
    """What makes a plan step due."""

    OFFSET = "offset", "Before or after its milestone"
    CADENCE = "cadence", "Again and again while it is in process"
    EVENT = "event", "When something happens to it"


class Event(TextChoices):
    """What can happen to a milestone. The last one is for kits that lie ready."""

    STARTED = "started", "it has started"
    FINISHED = "finished", "it is completed"
    SLIPPED = "slipped", "it is moved"
    EXTENDED = "extended", "its end moves out while it is in process"
    CANCELLED = "cancelled", "it is cancelled"
    ON_WORD = "on_word", "somebody says so"


class Clock(TextChoices):
    """On whose wall a time of day is read."""

    PLACE = "place", "where the upgrade is"
    READER = "reader", "where each reader is"


class Sender(TextChoices):
    """In whose name something is said."""

    CONTACT = "contact", "The contact of the upgrade"
    SPONSOR = "sponsor", "The sponsor"
    MANAGER = "manager", "The readers' own managers"


class Medium(TextChoices):
    """What a plan step is. Only a notice is sent by us; the others are done by people and ticked off."""

    NOTICE = "notice", "Notice"
    MEETING = "meeting", "Meeting"
    TOWN_HALL = "town_hall", "Town hall"
    TRAINING = "training", "Training"
    CASCADE = "cascade", "Manager cascade"
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
    CORRECTION = "correction", "Correction"
    CATCH_UP = "catch_up", "Catch-up"

    @property
    def topic(self) -> Topic | None:
        """The topic under which a person may decline this kind; None if nobody can."""
        return TOPIC_OF.get(self)


MEETINGS = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED, NoticeKind.MEETING_OFF]
PUT_RIGHT = [
    NoticeKind.CORRECTION,
    NoticeKind.CATCH_UP,
]  # each says to each reader what they, of all people, have to hear
PERSONAL = [
    *MEETINGS,
    NoticeKind.ANSWER,
    *PUT_RIGHT,
]  # made by what they are about, for those who are named, and nobody else
BY_HAND = [(kind.value, kind.label) for kind in NoticeKind if kind not in PERSONAL]

URGENT = (  # goes out before all else, and at any hour
    NoticeKind.OUTAGE,
    NoticeKind.CANCELLED,
    NoticeKind.POSTPONED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.STARTED,
    NoticeKind.FINAL,
    NoticeKind.MEETING_CHANGED,
    NoticeKind.MEETING_OFF,
)
UNHURRIED = (NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER, NoticeKind.FOLLOW_UP, NoticeKind.NEWS)
LIVE = (NoticeKind.STARTED, NoticeKind.PROGRESS, NoticeKind.COMPLETED)  # those of one window count as one

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


class Priority(IntEnum):
    """Of a message: the smaller goes first."""

    URGENT = 0
    USUAL = 10
    UNHURRIED = 20


class MessageState(TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DEFERRED = "deferred", "Goes out later"
    FAILED = "failed", "Failed"
    BOUNCED = "bounced", "Bounced"
    SKIPPED = "skipped", "Skipped"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


UNSENT = [MessageState.QUEUED, MessageState.DEFERRED]
OPEN = [MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED]


class ReceiptKind(TextChoices):
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Marked as unwanted"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"


class IncomingKind(TextChoices):
    """What a mail that came back says."""

    BOUNCE = "bounce", "Could not be delivered"
    DELAYED = "delayed", "Is late; the server still tries"
    DELIVERED = "delivered", "Was delivered"
    COMPLAINT = "complaint", "Marked as unwanted"
    AUTO_REPLY = "auto_reply", "Automatic reply"
    OTHER = "other", "Something else"


class OutletLogKind(TextChoices):
    DOWN = "down", "Does not work"
    UP = "up", "Works again"
    STOPPED = "stopped", "Stopped"
    STARTED = "started", "Started again"
    FALLBACK = "fallback", "Handed over to the fallback"
    TESTED = "tested", "Tried out"
    FAILED_TEST = "failed_test", "Test failed"
    CHANGED = "changed", "Changed"


class Severity(TextChoices):
    """Of what the linter finds. An error blocks approval unless somebody waives it."""

    ERROR = "error", "Error"
    WARNING = "warning", "Warning"
    INFO = "info", "Hint"


class Correcting(TextChoices):
    """What becomes of a correction once it is clear who needs it."""

    PROPOSE = "propose", "Propose it, and wait for a word"
    AUTOMATIC = "automatic", "Send it by itself, within limits"


class Evidence(TextChoices):
    """How sure it is that somebody was told, the weakest first. What was answered right shows in sums only."""

    SENT = "sent", "Sent: the next mail server took it"
    ATTENDED = "attended", "Was there when it was said"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"


class Standing(TextChoices):
    """Whether what somebody believes holds."""

    RIGHT = "right", "Right"
    TENTATIVE = "tentative", "Right, but told as tentative"
    WRONG = "wrong", "Wrong"
    NEVER = "never", "Never told"


class Audible(TextChoices):
    """Who understands a word of the glossary."""

    EVERYBODY = "everybody", "Everybody knows it"
    TECHNICAL = "technical", "Only technical readers know it"
    NOBODY = "nobody", "Better said otherwise"
