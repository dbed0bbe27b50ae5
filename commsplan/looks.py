"""How a state looks: words, tone and icon. Colour never stands alone; every state has its words and its icon.

Tones: quiet, info, busy, good, warn, bad (frontend/css/tokens.css).
"""

from dataclasses import dataclass

from directory.enums import ImportState
from engagement.enums import EngagementKind, EngagementState, Promise, Rsvp, Verdict
from feedback.enums import ConcernKind, ConcernState, Decision, SurveyState
from notices.enums import (
    Audible,
    Evidence,
    IncomingKind,
    Medium,
    MessageState,
    NoticeState,
    OutletLogKind,
    ReceiptKind,
    Severity,
    Standing,
)
from notices.insight.treatment import Met
from stakeholders.enums import AddressState, Channel
from upgrades.enums import Attitude, Freeze, Impact, Phase, Quadrant, Status
from vendors.enums import NoteStatus


@dataclass(frozen=True)
class Look:
    words: str
    tone: str
    icon: str


LOOKS: dict[str, dict] = {
    "severity": {
        Severity.ERROR: Look("Error", "bad", icon="alert-octagon"),
        Severity.WARNING: Look("Warning", "warn", icon="alert-triangle"),
        Severity.INFO: Look("Hint", "info", icon="bulb"),
    },
    "milestone": {
        Status.TENTATIVE: Look("Tentative", "quiet", icon="help-hexagon"),
        Status.CONFIRMED: Look("Confirmed", "info", icon="calendar-check"),
        Status.IN_PROCESS: Look("In process", "busy", icon="progress"),
        Status.COMPLETED: Look("Completed", "good", icon="circle-check"),
        Status.CANCELLED: Look("Cancelled", "bad", icon="circle-x"),
    },
    "upgrade": {
        Phase.PLANNING: Look("Planning", "info", icon="pencil"),
        Phase.UNDER_WAY: Look("Under way", "busy", icon="progress"),
        Phase.COMPLETED: Look("Completed", "good", icon="circle-check"),
        Phase.CANCELLED: Look("Cancelled", "bad", icon="circle-x"),
    },
    "notice": {
        NoticeState.DRAFT: Look("Draft", "quiet", icon="pencil"),
        NoticeState.IN_REVIEW: Look("Needs approval", "warn", icon="user-question"),
        NoticeState.APPROVED: Look("Scheduled", "info", icon="clock"),
        NoticeState.RELEASED: Look("Released", "busy", icon="send"),
        "sending": Look("Sending", "busy", icon="send"),
        "paused": Look("Paused", "warn", icon="player-pause"),
        "sent": Look("Sent", "good", icon="circle-check"),
        NoticeState.MISSED: Look("Missed", "bad", icon="clock-exclamation"),
        NoticeState.CANCELLED: Look("Cancelled", "quiet", icon="circle-x"),
    },
    "message": {
        MessageState.QUEUED: Look("Queued", "quiet", icon="clock"),
        MessageState.SENDING: Look("Sending", "busy", icon="send"),
        MessageState.SENT: Look("Sent", "good", icon="circle-check"),
        MessageState.DEFERRED: Look("Goes out later", "warn", icon="clock-pause"),
        MessageState.FAILED: Look("Failed", "bad", icon="alert-triangle"),
        MessageState.BOUNCED: Look("Bounced", "bad", icon="mail-off"),
        MessageState.SKIPPED: Look("Skipped", "quiet", icon="player-skip-forward"),
        MessageState.MISSED: Look("Missed", "bad", icon="clock-exclamation"),
        MessageState.CANCELLED: Look("Cancelled", "quiet", icon="circle-x"),
    },
    "outlet": {
        "works": Look("Works", "good", icon="circle-check"),
        "untried": Look("Not tried yet", "info", icon="flask"),
        "warming_up": Look("Warming up", "info", icon="trending-up"),
        "throttled": Look("At its limit", "warn", icon="gauge"),
        "replaced": Look("Down, the fallback sends", "warn", icon="arrows-exchange"),
        "down": Look("Does not work", "bad", icon="plug-connected-x"),
        "stopped": Look("Stopped", "bad", icon="player-stop"),
        "locked": Look("Its secrets cannot be opened", "bad", icon="lock"),
        "refused": Look("Works, but not to some domains", "warn", icon="alert-triangle"),
        "not_set_up": Look("Not set up", "quiet", icon="circle-dashed"),
    },
    "receipt": {
        ReceiptKind.BOUNCED: Look("Bounced", "bad", icon="mail-off"),
        ReceiptKind.COMPLAINED: Look("Marked as unwanted", "bad", icon="thumb-down"),
        ReceiptKind.ACKNOWLEDGED: Look("Acknowledged", "good", icon="thumb-up"),
        ReceiptKind.UNSUBSCRIBED: Look("Unsubscribed", "warn", icon="bell-off"),
    },
    "address": {
        AddressState.WORKING: Look("Works", "good", icon="mail-check"),
        AddressState.BOUNCED: Look("Bounced", "bad", icon="mail-off"),
        AddressState.COMPLAINED: Look("Marked us as unwanted", "bad", icon="thumb-down"),
    },
    "impact": {
        Impact.NO_IMPACT: Look("No impact", "good", icon="circle-check"),
        Impact.REDUCED_REDUNDANCY: Look("Reduced redundancy", "info", icon="shield-half"),
        Impact.DEGRADED: Look("Degraded", "warn", icon="alert-circle"),
        Impact.OUTAGE: Look("Outage", "bad", icon="plug-connected-x"),
    },
    "survey": {
        SurveyState.DRAFT: Look("Draft", "quiet", icon="pencil"),
        SurveyState.OPEN: Look("Open", "busy", icon="clipboard-text"),
        SurveyState.CLOSED: Look("Closed", "good", icon="clipboard-check"),
    },
    "concern": {
        ConcernState.OPEN: Look("Open", "warn", icon="message-question"),
        ConcernState.ANSWERED: Look("Answered", "good", icon="message-check"),
        ConcernState.CLOSED: Look("Closed without an answer", "quiet", icon="message-off"),
    },
    "concern_kind": {
        ConcernKind.QUESTION: Look("Question", "info", icon="help-circle"),
        ConcernKind.CONCERN: Look("Concern", "warn", icon="mood-sad"),
        ConcernKind.OBJECTION: Look("Objection to the date", "bad", icon="hand-stop"),
        ConcernKind.IDEA: Look("Idea", "good", icon="bulb"),
    },
    "conflict": {
        "open": Look("Open", "warn", icon="hand-stop"),
        "discussed": Look("Under discussion", "busy", icon="messages"),
        Decision.ACCEPT: Look("Accepted", "good", icon="circle-check"),
        Decision.MOVE: Look("Moved", "info", icon="arrow-move-right"),
        Decision.DECLINE: Look("Declined", "quiet", icon="circle-x"),
    },
    "standing": {
        Standing.RIGHT: Look("Right", "good", icon="circle-check"),
        Standing.TENTATIVE: Look("Right, but told as tentative", "info", icon="help-hexagon"),
        Standing.WRONG: Look("Wrong", "bad", icon="circle-x"),
        Standing.NEVER: Look("Never told", "quiet", icon="circle-dashed"),
    },
    "evidence": {
        Evidence.SENT: Look("Sent", "quiet", icon="mail-check"),
        Evidence.ATTENDED: Look("Was there", "info", icon="users"),
        Evidence.ACKNOWLEDGED: Look("Acknowledged", "good", icon="thumb-up"),
    },
    "verdict": {
        Verdict.WAITING: Look("Waiting", "warn", icon="clock"),
        Verdict.ACCEPTED: Look("Accepted", "good", icon="circle-check"),
        Verdict.DECLINED: Look("Declined", "quiet", icon="circle-x"),
    },
    "freeze": {
        Freeze.HARD: Look("Hard freeze", "bad", icon="lock"),
        Freeze.SOFT: Look("Soft freeze", "warn", icon="snowflake"),
    },
    "audible": {
        Audible.EVERYBODY: Look("Everybody", "good", icon="users"),
        Audible.TECHNICAL: Look("Technical readers", "info", icon="server-2"),
        Audible.NOBODY: Look("Better said otherwise", "warn", icon="message-report"),
    },
    "attitude": {
        Attitude.BLOCKER: Look("Blocker", "bad", icon="mood-angry"),
        Attitude.SCEPTIC: Look("Sceptic", "warn", icon="mood-sad"),
        Attitude.NEUTRAL: Look("Neutral", "quiet", icon="mood-neutral"),
        Attitude.SUPPORTER: Look("Supporter", "good", icon="mood-smile"),
        Attitude.CHAMPION: Look("Champion", "good", icon="mood-happy"),
    },
    "quadrant": {
        Quadrant.MANAGE_CLOSELY: Look("Manage closely", "busy", icon="star"),
        Quadrant.KEEP_SATISFIED: Look("Keep satisfied", "info", icon="thumb-up"),
        Quadrant.KEEP_INFORMED: Look("Keep informed", "good", icon="speakerphone"),
        Quadrant.MONITOR: Look("Monitor", "quiet", icon="eye"),
    },
    "treatment": {
        Met.MET: Look("Met", "good", icon="circle-check"),
        Met.SHORT: Look("Not met", "warn", icon="alert-triangle"),
        Met.NOT_ASKED: Look("Not asked", "quiet", icon="minus"),
    },
    "incoming": {
        IncomingKind.BOUNCE: Look("Could not be delivered", "bad", icon="mail-off"),
        IncomingKind.DELAYED: Look("Is late", "warn", icon="clock"),
        IncomingKind.DELIVERED: Look("Was delivered", "good", icon="mail-check"),
        IncomingKind.COMPLAINT: Look("Marked as unwanted", "bad", icon="thumb-down"),
        IncomingKind.AUTO_REPLY: Look("Automatic reply", "quiet", icon="robot"),
        IncomingKind.OTHER: Look("Something else", "quiet", icon="point"),
    },
    "outlet_log": {
        OutletLogKind.DOWN: Look("Does not work", "bad", icon="plug-connected-x"),
        OutletLogKind.UP: Look("Works again", "good", icon="plug-connected"),
        OutletLogKind.STOPPED: Look("Stopped", "bad", icon="hand-stop"),
        OutletLogKind.STARTED: Look("Started again", "good", icon="player-play"),
        OutletLogKind.FALLBACK: Look("Handed over to the fallback", "warn", icon="arrows-exchange"),
        OutletLogKind.TESTED: Look("Tried out", "good", icon="circle-check"),
        OutletLogKind.FAILED_TEST: Look("Test failed", "bad", icon="circle-x"),
        OutletLogKind.CHANGED: Look("Changed", "quiet", icon="pencil"),
    },
    "channel": {
        Channel.EMAIL: Look("E-mail", "quiet", icon="mail"),
        Channel.PORTAL: Look("Status page", "quiet", icon="world"),
        Channel.BANNER: Look("Banner", "quiet", icon="flag"),
        Channel.TEAMS: Look("Microsoft Teams", "quiet", icon="brand-teams"),
        Channel.SLACK: Look("Slack", "quiet", icon="brand-slack"),
        Channel.MATTERMOST: Look("Mattermost", "quiet", icon="message-circle"),
        Channel.MATRIX: Look("Matrix", "quiet", icon="brand-matrix"),
        Channel.GOOGLE_CHAT: Look("Google Chat", "quiet", icon="brand-google"),
        Channel.SMS: Look("Text message", "quiet", icon="device-mobile-message"),
        Channel.WEBHOOK: Look("Webhook", "quiet", icon="webhook"),
        Channel.APPRISE: Look("Another service", "quiet", icon="bell"),
    },
    "engagement": {
        EngagementState.PLANNED: Look("Planned", "info", icon="calendar-event"),
        EngagementState.HELD: Look("Took place", "good", icon="circle-check"),
        EngagementState.CANCELLED: Look("Called off", "bad", icon="circle-x"),
        "to_record": Look("To be recorded", "warn", icon="clipboard-list"),
    },
    "engagement_kind": {
        EngagementKind.MEETING: Look("Meeting", "quiet", icon="users"),
        EngagementKind.CALL: Look("Call", "quiet", icon="phone"),
        EngagementKind.INTERVIEW: Look("Interview", "quiet", icon="microphone"),
        EngagementKind.FOCUS_GROUP: Look("Focus group", "quiet", icon="target"),
        EngagementKind.ONE_TO_ONE: Look("One-to-one", "quiet", icon="messages"),
        EngagementKind.TOWN_HALL: Look("Town hall", "quiet", icon="speakerphone"),
        EngagementKind.TRAINING: Look("Training session", "quiet", icon="school"),
        EngagementKind.BOARD: Look("Advisory board", "quiet", icon="users-group"),
    },
    "rsvp": {
        Rsvp.NONE: Look("No answer", "quiet", icon="circle-dashed"),
        Rsvp.YES: Look("Comes", "good", icon="circle-check"),
        Rsvp.MAYBE: Look("Perhaps", "warn", icon="help-circle"),
        Rsvp.NO: Look("Does not come", "bad", icon="circle-x"),
    },
    "promise": {
        Promise.FOLLOW_UP: Look("Follow-up", "info", icon="checklist"),
        Promise.OURS: Look("We promised", "busy", icon="heart-handshake"),
        Promise.THEIRS: Look("They promised", "quiet", icon="heart-handshake"),
    },
    "import": {
        ImportState.UPLOADED: Look("Columns to be mapped", "warn", icon="columns"),
        ImportState.READING: Look("Reading", "busy", icon="progress"),
        ImportState.READY: Look("Ready to apply", "info", icon="eye-check"),
        ImportState.APPLYING: Look("Applying", "busy", icon="progress"),
        ImportState.APPLIED: Look("Applied", "good", icon="circle-check"),
        ImportState.UNDONE: Look("Taken back", "quiet", icon="arrow-back-up"),
        ImportState.FAILED: Look("Cannot be read", "bad", icon="alert-triangle"),
    },
    "note": {
        NoteStatus.TENTATIVE: Look("Tentative", "quiet", icon="help-hexagon"),
        NoteStatus.CONFIRMED: Look("Confirmed", "info", icon="calendar-check"),
        NoteStatus.RE_SCHEDULED: Look("Rescheduled", "warn", icon="arrow-move-right"),
        NoteStatus.IN_PROCESS: Look("In process", "busy", icon="progress"),
        NoteStatus.COMPLETED: Look("Completed", "good", icon="circle-check"),
        NoteStatus.CANCELLED: Look("Cancelled", "bad", icon="circle-x"),
        NoteStatus.NO_CHANGE: Look("State not said", "quiet", icon="circle-dashed"),
    },
    "medium": {
        Medium.NOTICE: Look("Notice", "info", icon="mail"),
        Medium.MEETING: Look("Meeting", "quiet", icon="users"),
        Medium.TOWN_HALL: Look("Town hall", "quiet", icon="speakerphone"),
        Medium.CASCADE: Look("Manager cascade", "quiet", icon="sitemap"),
        Medium.TRAINING: Look("Training", "quiet", icon="school"),
        Medium.POSTER: Look("Poster", "quiet", icon="photo"),
        Medium.DECISION: Look("Decision", "quiet", icon="gavel"),
    },
}


def look_of(kind: str, value) -> Look:
    """A value the table does not know yet shows its own words, quietly."""
    words = str(value).replace("_", " ").capitalize()
    return LOOKS.get(kind, {}).get(value) or Look(words, "quiet", icon="point")
