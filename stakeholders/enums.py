from collections.abc import Iterable

from django.db.models import IntegerChoices, TextChoices


class Channel(TextChoices):
    """How somebody can be reached. `notices.channels` has one adapter for each that sends."""

    EMAIL = "email", "E-mail"
    PORTAL = "portal", "Status page"
    BANNER = "banner", "Banner on the status pages"
    TEAMS = "teams", "Microsoft Teams"
    SLACK = "slack", "Slack"
    MATTERMOST = "mattermost", "Mattermost"
    MATRIX = "matrix", "Matrix"
    GOOGLE_CHAT = "googlechat", "Google Chat"
    SMS = "sms", "Text message"
    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Another service (Apprise)"

    @property
    def said(self) -> str:
        """Within a sentence. Names of products keep their capital."""
        if self == Channel.SMS:
            return "text messages"
        return self.label if self in NAMES else self.label[0].lower() + self.label[1:]


NAMES = (Channel.TEAMS, Channel.SLACK, Channel.MATTERMOST, Channel.MATRIX, Channel.GOOGLE_CHAT)
SHOWN = (Channel.PORTAL, Channel.BANNER)  # on pages, for everybody who looks; nothing is sent
NEEDS = {Channel.BANNER: Channel.PORTAL}  # what does not work without the other, whoever forgot to say so


def silent_with(carried: Iterable[str]) -> set[str]:
    """Channels that do not work while whatever carries these is down."""
    dead = {*carried}
    return dead | {channel.value for channel, other in NEEDS.items() if other in dead}


class ReaderLevel(TextChoices):
    PLAIN = "plain", "Plain words"
    TECHNICAL = "technical", "Technical"


class Category(TextChoices):
    STAFF = "staff", "Staff"
    IT = "it", "IT"
    MANAGEMENT = "management", "Management"
    VENDOR = "vendor", "Vendor"
    CUSTOMER = "customer", "Customer"
    REGULATOR = "regulator", "Regulator"


class Topic(TextChoices):
    """What a person may decline. Outages, required actions, corrections and cancellations are not among them."""

    PROGRESS = "progress", "Progress and completion of work that was announced"
    SURVEY = "survey", "Survey invitations and reminders"
    NEWS = "news", "Newsletters and summaries"


class AddressState(TextChoices):
    WORKING = "working", "Works"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Marked us as unwanted"


class Weekday(IntegerChoices):
    """As in ISO 8601."""

    MONDAY = 1, "Monday"
    TUESDAY = 2, "Tuesday"
    WEDNESDAY = 3, "Wednesday"
    THURSDAY = 4, "Thursday"
    FRIDAY = 5, "Friday"
    SATURDAY = 6, "Saturday"
    SUNDAY = 7, "Sunday"


class Tie(TextChoices):
    """What binds a person to another person, or to a group."""

    REPORTS_TO = "reports_to", "Reports to"
    REPRESENTS = "represents", "Represents"
    DEPENDS_ON = "depends_on", "Depends on"
