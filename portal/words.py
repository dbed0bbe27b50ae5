"""How states and impacts are said to outsiders, in their language. Colour never stands alone."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from upgrades.enums import Impact, Phase

Words = Any  # a text that is translated when it is printed


@dataclass(frozen=True)
class Say:
    words: Words
    tone: str
    icon: str


NOW, UPCOMING, CHECKING, PASSED, COMPLETED, CANCELLED, TENTATIVE = (
    "now",
    "upcoming",
    "checking",
    "passed",
    "completed",
    "cancelled",
    "tentative",
)
STATES = {
    NOW: Say(_("Under way"), "busy", icon="progress"),
    UPCOMING: Say(_("Confirmed"), "info", icon="calendar-check"),
    CHECKING: Say(_("Being checked"), "warn", icon="clock-pause"),
    PASSED: Say(_("Planned time is over"), "quiet", icon="clock"),
    COMPLETED: Say(_("Completed"), "good", icon="circle-check"),
    CANCELLED: Say(_("Cancelled"), "quiet", icon="circle-x"),
    TENTATIVE: Say(_("Date not certain yet"), "quiet", icon="help-hexagon"),
}
PHASES = {
    Phase.PLANNING: Say(_("Being planned"), "info", icon="calendar-check"),
    Phase.UNDER_WAY: Say(_("Under way"), "busy", icon="progress"),
    Phase.COMPLETED: Say(_("Completed"), "good", icon="circle-check"),
    Phase.CANCELLED: Say(_("Cancelled"), "quiet", icon="circle-x"),
}
IMPACTS = {
    Impact.NO_IMPACT: _("You will notice nothing"),
    Impact.REDUCED_REDUNDANCY: _("Works as usual, with less in reserve"),
    Impact.DEGRADED: _("Works, but slower or not completely"),
    Impact.OUTAGE: _("Not available"),
}
LIGHTS = {
    None: Say(_("No work under way"), "good", icon="circle-check"),
    Impact.NO_IMPACT: Say(_("Work under way, nothing to notice"), "info", icon="progress"),
    Impact.REDUCED_REDUNDANCY: Say(_("Work under way, works as usual"), "info", icon="progress"),
    Impact.DEGRADED: Say(_("Work under way, limited"), "warn", icon="alert-circle"),
    Impact.OUTAGE: Say(_("Work under way, not available"), "bad", icon="plug-connected-x"),
}
CHECKING_LIGHT = Say(_("Being checked after work"), "warn", icon="clock-pause")
