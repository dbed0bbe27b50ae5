from django.db.models import TextChoices


class EngagementKind(TextChoices):
    MEETING = "meeting", "Meeting"
    CALL = "call", "Call"
    INTERVIEW = "interview", "Interview"
    FOCUS_GROUP = "focus_group", "Focus group"
    ONE_TO_ONE = "one_to_one", "One-to-one"
    TOWN_HALL = "town_hall", "Town hall"
    TRAINING = "training", "Training session"
    BOARD = "board", "Advisory board"


class Rhythm(TextChoices):
    """How often something comes again."""

    WEEK = "week", "Every week"
    TWO_WEEKS = "two_weeks", "Every two weeks"
    MONTH = "month", "Every month"
    QUARTER = "quarter", "Every three months"


class EngagementState(TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class Rsvp(TextChoices):
    NONE = "none", "No answer"
    YES = "yes", "Comes"
    MAYBE = "maybe", "Perhaps"
    NO = "no", "Does not come"


class Seen(TextChoices):
    """How it is known that somebody was there."""

    HAND = "hand", "Ticked by the host"
    LIST = "list", "Pasted list"
    SELF = "self", "Checked in"


class Promise(TextChoices):
    FOLLOW_UP = "follow_up", "Follow-up"
    OURS = "ours", "We promised"
    THEIRS = "theirs", "They promised"


class Verdict(TextChoices):
    WAITING = "waiting", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"


class Source(TextChoices):
    """Where something was said to us."""

    PAGE = "page", "Personal page"
    SURVEY = "survey", "Survey"
    ENGAGEMENT = "engagement", "Conversation"
    HAND = "hand", "Entered by hand"
