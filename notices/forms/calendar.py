"""What the calendar shows, and where a milestone goes."""

from datetime import datetime

from django import forms

from commsplan.lib import wallclock
from commsplan.lib.conflicts import Compared
from commsplan.lib.filters import Filter
from commsplan.lib.forms import lay_out
from commsplan.lib.wallclock import WallClockField
from notices.insight import calendar
from notices.insight.calendar import KINDS, Choice
from upgrades.forms import why_field
from upgrades.models import Milestone

LABELS = {"service": "Service", "site": "Site", "group": "Group", "upgrade": "Upgrade"}
NOT_PAST = "That is in the past. Choose a time to come."


class CalendarFilter(Filter):
    """No kind chosen means all of them."""

    kind = forms.MultipleChoiceField(
        label="Show",
        choices=[(name, label) for name, (label, _) in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, rows in calendar.options().items():
            choices = [("", "Any"), *rows]
            widget = forms.Select(attrs={"class": "form-select"})
            self.fields[name] = forms.ChoiceField(label=LABELS[name], choices=choices, required=False, widget=widget)

    @property
    def choice(self) -> Choice:
        chosen = self.chosen
        keys = {name: int(chosen[name]) for name in LABELS if chosen.get(name)}
        return Choice(kinds=frozenset(chosen.get("kind") or KINDS), **keys)

    @property
    def is_on(self) -> bool:
        return self.choice != Choice()

    def kinds(self) -> list[dict]:
        """A box for each kind, with its icon."""
        shown = self.choice.kinds
        return [
            {"value": name, "label": label, "icon": icon, "checked": name in shown}
            for name, (label, icon) in KINDS.items()
        ]

    def selects(self):
        return [self[name] for name in LABELS]


class MoveForm(Compared):
    """The new start on the wall of the upgrade; the length stays. Knows whether somebody moved it meanwhile."""

    start = WallClockField(label="New start")
    why = why_field()
    helper = lay_out("seen", "start", "why")

    def __init__(
        self, *args, milestone: Milestone, proposed: datetime | None = None, said: str = "", now: datetime, **kwargs
    ):
        self.milestone, self.now = milestone, now
        self.zone = milestone.upgrade.time_zone
        shown = wallclock.show(proposed or milestone.start, zone=self.zone)
        super().__init__(*args, initial={"start": shown, "why": said}, **kwargs)
        self.fields["start"].help_text = f"On the clock in {self.zone.replace('_', ' ')}. The window keeps its length."

    @property
    def is_stored(self) -> bool:
        return True

    def fingerprint(self) -> str:
        one = self.milestone
        return f"{one.sequence} {one.start.isoformat()} {one.end.isoformat() if one.end else ''}"

    def clean_start(self) -> datetime:
        typed = self.cleaned_data["start"]
        self.understood = wallclock.understood(typed, zone=self.zone)
        start = wallclock.read(typed, zone=self.zone, stored=self.milestone.start)
        if start <= self.now and start != self.milestone.start:
            raise forms.ValidationError(NOT_PAST)
        return start


def read_start(text: str, milestone: Milestone) -> datetime | None:
    """Of an address: a wall-clock time at the place."""
    try:
        typed = datetime.strptime(text, wallclock.SHAPE)
        if typed.year not in wallclock.YEARS:
            return None
    except ValueError:
        return None
    return wallclock.read(typed, zone=milestone.upgrade.time_zone, stored=milestone.start)


def number(text: str, *, most: int) -> int:
    """Of days or minutes, also backwards; nothing sensible is none."""
    digits = text.removeprefix("-")
    value = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 9 else 0
    return min(value, most) * (-1 if text.startswith("-") else 1)
