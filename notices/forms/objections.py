"""Deciding about a date, its window, and the record of a conflict."""

from collections.abc import Sequence
from datetime import datetime

from django import forms

from accounts.models import Account
from commsplan.lib import time, wallclock
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, day_input, lay_out, lines
from commsplan.lib.wallclock import WallClockField
from feedback.enums import Decision
from feedback.models import Conflict, ConflictOption, ObjectionWindow
from notices.pipeline.direct.objections import MOVES, REASON
from upgrades.models import Milestone
from upgrades.slots import Slot

WORDS = {
    Decision.ACCEPT: "Accept: it moves to a date that was proposed",
    Decision.MOVE: "Move it to another date",
    Decision.DECLINE: "Decline: the date stays",
}


class DecideForm(forms.Form):
    """`proposed` are the dates of those who object, `free` windows that avoid their days."""

    looked_at = forms.CharField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(label="Decision", choices=list(WORDS.items()), widget=forms.RadioSelect)
    proposed = forms.ChoiceField(label="Which of their dates", required=False)
    free = forms.ChoiceField(label="Another date", required=False)
    other = WallClockField(label="Or a date of your own", required=False)
    answer = forms.CharField(label="Answer to those who objected", max_length=2000, required=False, widget=lines(4))
    reason = forms.CharField(label="Why it moves, as everybody who is told reads it", max_length=300, required=False)
    keeps_days = forms.BooleanField(label="Keep their days as critical days of their groups", required=False)

    def __init__(
        self,
        *args,
        milestone: Milestone,
        proposed: Sequence[datetime],
        free: Sequence[Slot],
        looked_at: str,
        can_move: bool,
        **kwargs,
    ):
        kwargs["initial"] = {"looked_at": looked_at, "reason": REASON, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.zone = milestone.upgrade.time_zone
        self.length = milestone.end - milestone.start if milestone.end else None
        self.fields["proposed"].choices = self._dates(proposed)  # type: ignore[attr-defined]
        self.fields["free"].choices = self._dates([one.start for one in free])  # type: ignore[attr-defined]
        self.fields["other"].help_text = f"On the clock in {self.zone.replace('_', ' ')}. The window keeps its length."
        self.fields["answer"].help_text = "Needed when the date stays. They read it by mail and on their personal page."
        left = [key for key in WORDS if key == Decision.DECLINE or (can_move and (key != Decision.ACCEPT or proposed))]
        self.fields["decision"].choices = [(key, WORDS[key]) for key in left]  # type: ignore[attr-defined]
        self.helper = lay_out("looked_at", "decision", *self._dates_to_choose(left), "answer", *self._rest(left))

    def _dates_to_choose(self, decisions: Sequence[str]) -> list:
        """Only fields that a decision is left for."""
        theirs = ["proposed"] if Decision.ACCEPT in decisions else []
        return [*theirs, *([Row(Column("free"), Column("other"))] if Decision.MOVE in decisions else [])]

    def _rest(self, decisions: Sequence[str]) -> list[str]:
        return ["reason", "keeps_days"] if Decision.MOVE in decisions else ["keeps_days"]

    def _dates(self, starts: Sequence[datetime]) -> list[tuple[str, str]]:
        return [("", "Choose a date"), *((one.isoformat(), self._said(one)) for one in starts)]

    def _said(self, start: datetime) -> str:
        return time.window(start, start + self.length if self.length else None, zone=self.zone)

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        decision = cleaned.get("decision")
        if decision == Decision.DECLINE and not cleaned.get("answer", "").strip():
            self.add_error("answer", "Say why the date stays: those who objected read it.")
        if decision == Decision.ACCEPT and not cleaned.get("proposed") and "proposed" not in self.errors:
            self.add_error("proposed", "Choose the date.")
        if decision == Decision.MOVE and not (cleaned.get("free") or cleaned.get("other") or "other" in self.errors):
            self.add_error("free", "Choose a date, or type one of your own.")
        return cleaned

    @property
    def start(self) -> datetime | None:
        """A date of one's own goes before a free window."""
        given = self.cleaned_data
        if given["decision"] not in MOVES:
            return None
        if given["decision"] == Decision.MOVE and given.get("other"):
            return wallclock.read(given["other"], zone=self.zone)
        chosen = given["proposed"] if given["decision"] == Decision.ACCEPT else given["free"]
        return datetime.fromisoformat(chosen)

    @property
    def values(self) -> dict:
        names = ("looked_at", "decision", "answer", "reason", "keeps_days")
        return {"start": self.start, **{name: self.cleaned_data[name] for name in names}}


class WindowForm(forms.ModelForm):
    helper = lay_out(Row(Column("days"), Column("closes_on")))

    class Meta:
        model = ObjectionWindow
        fields = ["days", "closes_on"]
        widgets = {"closes_on": day_input(), "days": forms.NumberInput(attrs={"min": 0, "max": 365})}
        labels = {"days": "Days after the first notice", "closes_on": "Or until the end of"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].help_text = "Empty: ten days."

    def clean_days(self):
        if (self.cleaned_data["days"] or 0) > 365:
            raise forms.ValidationError("Choose at most 365 days.")
        return self.cleaned_data["days"]

    def clean_closes_on(self):
        day = self.cleaned_data["closes_on"]
        if day and day.year not in wallclock.YEARS:
            raise forms.ValidationError("Choose a year that calendars can show.")
        return day


class RecordForm(NothingOverwritten):
    """Both positions, why it came to this, and what is done so that it does not come again."""

    helper = lay_out(
        "seen",
        "their_position",
        "our_position",
        "root_cause",
        "follow_up",
        Row(Column("follow_up_owner"), Column("follow_up_on")),
    )

    class Meta:
        model = Conflict
        fields = ["their_position", "our_position", "root_cause", "follow_up", "follow_up_owner", "follow_up_on"]
        widgets = {
            "their_position": lines(3),
            "our_position": lines(3),
            "root_cause": lines(3),
            "follow_up_on": day_input(),
        }
        labels = {"root_cause": "Root cause", "follow_up": "Follow-up", "follow_up_owner": "Who does it"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["follow_up_owner"].queryset = Account.objects.to_choose_from()  # type: ignore[attr-defined]
        self.initial["seen"] = self.fingerprint()

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("follow_up") and (cleaned.get("follow_up_owner") or cleaned.get("follow_up_on")):
            self.add_error("follow_up", "Say what is to be done.")
        return cleaned


class OptionForm(forms.ModelForm):
    helper = lay_out("text", Row(Column("pros"), Column("cons")))

    class Meta:
        model = ConflictOption
        fields = ["text", "pros", "cons"]
        widgets = {"pros": lines(2), "cons": lines(2)}
        labels = {"text": "Option", "pros": "What speaks for it", "cons": "What speaks against it"}
