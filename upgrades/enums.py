from django.db.models import IntegerChoices, TextChoices


class Phase(TextChoices):
    PLANNING = "planning", "Planning"
    UNDER_WAY = "under_way", "Under way"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


ENDED = [Phase.COMPLETED, Phase.CANCELLED]


class Status(TextChoices):
    """Of a milestone, in the words of MAINTNOTE."""

    TENTATIVE = "tentative", "Tentative"
    CONFIRMED = "confirmed", "Confirmed"
    IN_PROCESS = "in_process", "In process"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class Impact(IntegerChoices):
    """In the order of MAINTNOTE, so that the worst of several is the greatest."""

    NO_IMPACT = 0, "No impact"
    REDUCED_REDUNDANCY = 1, "Reduced redundancy"
    DEGRADED = 2, "Degraded"
    OUTAGE = 3, "Outage"


class MilestoneKind(TextChoices):
    GO_LIVE = "go_live", "Go-live or wave"
    WINDOW = "window", "Other window"
    DECISION = "decision", "Decision"
    STEP = "step", "Step"


class Attitude(IntegerChoices):
    BLOCKER = -2, "Blocker"
    SCEPTIC = -1, "Sceptic"
    NEUTRAL = 0, "Neutral"
    SUPPORTER = 1, "Supporter"
    CHAMPION = 2, "Champion"


class Quadrant(TextChoices):
    """Named by strategy, after Mendelow. The threshold is the middle of the grid."""

    MANAGE_CLOSELY = "manage_closely", "Manage closely"
    KEEP_SATISFIED = "keep_satisfied", "Keep satisfied"
    KEEP_INFORMED = "keep_informed", "Keep informed"
    MONITOR = "monitor", "Monitor"

    @classmethod
    def of(cls, *, influence: int, interest: int) -> "Quadrant":
        if influence >= MIDDLE:
            return cls.MANAGE_CLOSELY if interest >= MIDDLE else cls.KEEP_SATISFIED
        return cls.KEEP_INFORMED if interest >= MIDDLE else cls.MONITOR


MIDDLE = 50


class Freeze(TextChoices):
    HARD = "hard", "Nothing may change"
    SOFT = "soft", "Better not"


class Means(TextChoices):
    """How a stakeholder can be reached, whether we send it or people do it."""

    ONE_TO_ONE = "one_to_one", "One-to-one"
    MEETING = "meeting", "Meeting"
    BRIEFING = "briefing", "Briefing"
    TRAINING = "training", "Training"
    MAIL = "mail", "E-mail"
    CHAT = "chat", "Chat"
    PORTAL = "portal", "Status page"
    NEWSLETTER = "newsletter", "Newsletter"


UNCONNECTED = {Means.CHAT}  # no channel sends there, and no engagement is one


class TwoWay(TextChoices):
    """Whether somebody must be able to answer."""

    REQUIRED = "required", "A conversation before the go-live is required"
    ONCE = "once", "At least one conversation"
    QUESTIONS = "questions", "Questions and a survey"
    OPTIONAL = "optional", "Optional"
