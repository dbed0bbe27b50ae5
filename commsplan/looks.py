"""How a state looks: words, tone and icon. Colour never stands alone; every state has its words and its icon.

Tones: quiet, info, busy, good, warn, bad (frontend/css/components.css).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    words: str
    tone: str
    icon: str


LOOKS: dict[str, dict[str, Look]] = {
    "milestone": {
        "tentative": Look("Tentative", "quiet", icon="help-hexagon"),
        "confirmed": Look("Confirmed", "info", icon="calendar-check"),
        "in_process": Look("Under way", "busy", icon="progress"),
        "completed": Look("Completed", "good", icon="circle-check"),
        "cancelled": Look("Cancelled", "bad", icon="circle-x"),
    },
    "upgrade": {
        "draft": Look("Draft", "quiet", icon="pencil"),
        "planning": Look("Planning", "quiet", icon="pencil"),
        "planned": Look("Planned", "info", icon="calendar-check"),
        "announced": Look("Announced", "info", icon="speakerphone"),
        "in_process": Look("Under way", "busy", icon="progress"),
        "completed": Look("Completed", "good", icon="circle-check"),
        "cancelled": Look("Cancelled", "bad", icon="circle-x"),
    },
    "notice": {
        "planned": Look("Planned", "quiet", icon="calendar-time"),
        "draft": Look("Draft", "quiet", icon="pencil"),
        "needs_approval": Look("Needs approval", "warn", icon="user-question"),
        "approved": Look("Approved", "info", icon="rosette-discount-check"),
        "scheduled": Look("Scheduled", "info", icon="clock"),
        "released": Look("Sending", "busy", icon="send"),
        "sending": Look("Sending", "busy", icon="send"),
        "paused": Look("Paused", "warn", icon="player-pause"),
        "sent": Look("Sent", "good", icon="circle-check"),
        "missed": Look("Missed", "bad", icon="clock-exclamation"),
        "cancelled": Look("Cancelled", "quiet", icon="circle-x"),
    },
    "message": {
        "queued": Look("Queued", "quiet", icon="clock"),
        "sending": Look("Sending", "busy", icon="send"),
        "sent": Look("Sent", "good", icon="circle-check"),
        "deferred": Look("Tries again", "warn", icon="clock-pause"),
        "failed": Look("Failed", "bad", icon="alert-triangle"),
        "bounced": Look("Bounced", "bad", icon="mail-off"),
        "skipped": Look("Skipped", "quiet", icon="player-skip-forward"),
        "missed": Look("Missed", "bad", icon="clock-exclamation"),
        "cancelled": Look("Cancelled", "quiet", icon="circle-x"),
    },
    "impact": {
        "no_impact": Look("No impact", "good", icon="circle-check"),
        "reduced_redundancy": Look("Reduced redundancy", "info", icon="shield-half"),
        "degraded": Look("Degraded", "warn", icon="alert-circle"),
        "outage": Look("Outage", "bad", icon="plug-connected-x"),
    },
    "survey": {
        "draft": Look("Draft", "quiet", icon="pencil"),
        "open": Look("Open", "busy", icon="clipboard-text"),
        "closed": Look("Closed", "good", icon="clipboard-check"),
    },
    "freeze": {
        "hard": Look("Hard freeze", "bad", icon="lock"),
        "soft": Look("Soft freeze", "warn", icon="snowflake"),
    },
    "attitude": {
        "champion": Look("Champion", "good", icon="mood-happy"),
        "supportive": Look("Supportive", "good", icon="mood-smile"),
        "neutral": Look("Neutral", "quiet", icon="mood-neutral"),
        "sceptical": Look("Sceptical", "warn", icon="mood-sad"),
        "critical": Look("Critical", "warn", icon="mood-sad"),
        "resistant": Look("Resistant", "bad", icon="mood-angry"),
        "opposed": Look("Opposed", "bad", icon="mood-angry"),
        "unknown": Look("Unknown", "quiet", icon="help-hexagon"),
    },
    "channel": {
        "email": Look("E-mail", "quiet", icon="mail"),
        "chat": Look("Chat", "quiet", icon="message-circle"),
        "sms": Look("Text message", "quiet", icon="device-mobile"),
        "portal": Look("Status page", "quiet", icon="world"),
        "meeting": Look("Meeting", "quiet", icon="users"),
        "call": Look("Call", "quiet", icon="phone"),
    },
}


def look_of(kind: str, value: str) -> Look:
    """A value the table does not know yet shows its own words, quietly."""
    key = str(value or "").lower().replace("-", "_")
    known = LOOKS.get(kind, {}).get(key)
    return known or Look(key.replace("_", " ").capitalize() or "Unknown", "quiet", icon="point")
