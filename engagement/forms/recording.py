"""What took place: who was there, what was said, which facts were told."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse_lazy

from commsplan.lib import wallclock
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, day_input, lay_out, lines
from commsplan.lib.wallclock import WallClockField
from engagement import saying
from engagement.enums import EngagementKind
from engagement.forms.people import PeopleField
from engagement.models import Engagement
from upgrades.models import Upgrade


class FactsField(forms.MultipleChoiceField):
    """The facts of one upgrade as they are now, by milestone. `show(upgrade)` fills it."""

    widget = forms.CheckboxSelectMultiple

    def show(self, upgrade: Upgrade, *, at: datetime | None = None) -> None:
        subjects = saying.choices(upgrade, at=at)
        self.choices = [
            (one.name, [(said.key, f"{said.label}: {said.words}") for said in one.facts]) for one in subjects
        ]


class FactsFields(forms.Form):
    """A form with a FactsField `facts`, drawn by engagement/_facts.html."""

    def fact_groups(self) -> list[dict[str, Any]]:
        """By subject: its facts with their ticks. One subject is open: that with ticks, or the first."""
        ticked = {str(key) for key in self["facts"].value() or ()}
        groups = [
            {"name": name, "facts": [(key, label, key in ticked) for key, label in facts]}
            for name, facts in self.fields["facts"].choices  # type: ignore[attr-defined]
        ]
        for group in groups:
            group["is_open"] = any(is_ticked for _, _, is_ticked in group["facts"])
        if groups and not ticked:
            groups[0]["is_open"] = True
        return groups


class TellForm(FactsFields):
    facts = FactsField(
        label="What was told", help_text="Their values are kept as you see them here, whatever the plan says later."
    )

    def __init__(self, *args, upgrade: Upgrade, at: datetime | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facts"].show(upgrade, at=at)  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    reason = forms.CharField(max_length=300, help_text="For example: the wrong milestone was chosen.")
    helper = lay_out("reason")


class LogForm(FactsFields):
    """What already happened, in one short form."""

    upgrade = forms.ModelChoiceField(
        Upgrade.objects.none(),
        empty_label=None,
        widget=forms.Select(
            attrs={"hx-get": reverse_lazy("engagement_log_facts"), "hx-target": "#facts", "hx-trigger": "change"}
        ),
    )
    kind = forms.ChoiceField(choices=EngagementKind, initial=EngagementKind.CALL)
    people = PeopleField(label="Who was there")
    start = WallClockField(label="When")
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=60 * 24, initial=15)
    title = forms.CharField(max_length=120, required=False, help_text="Empty: the kind, and with whom.")
    notes = forms.CharField(required=False, widget=lines(4), help_text="Only people who log in see it.")
    follow_up = forms.CharField(label="To be done", max_length=300, required=False)
    due_on = forms.DateField(label="By", required=False, widget=day_input())
    facts = FactsField(label="Facts that were told", required=False)
    helper = lay_out(
        "upgrade",
        Row(
            Column("kind", css_class="col-md-4"),
            Column("start", css_class="col-md-5"),
            Column("minutes", css_class="col-md-3"),
        ),
        "people",
        "notes",
        Row(Column("follow_up", css_class="col-md-8"), Column("due_on", css_class="col-md-4")),
        "title",
    )

    def __init__(self, *args, upgrade: Upgrade | None, zone: str, now: datetime, **kwargs):
        self.zone, self.now = zone, now
        shown = {"upgrade": upgrade, "start": wallclock.show(now, zone=zone)}
        kwargs["initial"] = shown | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.understood: list[str] = []
        self.fields["upgrade"].queryset = Upgrade.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["start"].help_text = f"Your clock: {zone}"
        if upgrade:
            self.fields["facts"].show(upgrade)  # type: ignore[attr-defined]

    def clean_start(self):
        """It was now, unless somebody says otherwise; it cannot be to come."""
        typed = self.cleaned_data["start"]
        start = wallclock.read(typed, zone=self.zone)
        if start > self.now + timedelta(minutes=1):
            raise forms.ValidationError("This is still to come: plan it instead.")
        self.understood = [sentence for sentence in [wallclock.understood(typed, zone=self.zone)] if sentence]
        return start

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("due_on") and not cleaned.get("follow_up"):
            self.add_error("follow_up", "Say what is to be done by then.")
        if not cleaned.get("people") and not cleaned.get("title") and not self.errors:
            self.add_error("people", "Choose who was there, or give it a title.")
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        return {
            "kind": chosen["kind"],
            "title": chosen["title"] or self._title(),
            "start": chosen["start"],
            "end": chosen["start"] + timedelta(minutes=chosen["minutes"]),
            "time_zone": self.zone,
            "people": chosen["people"],
            "notes": chosen["notes"],
            "follow_up": chosen["follow_up"],
            "due_on": chosen["due_on"],
            "facts": chosen["facts"],
        }

    def _title(self) -> str:
        people = list(self.cleaned_data["people"])
        more = f" and {len(people) - 1} more" if len(people) > 1 else ""
        return f"{EngagementKind(self.cleaned_data['kind']).label} with {people[0]}"[: 120 - len(more)] + more


class NotesForm(NothingOverwritten):
    helper = lay_out("seen", "notes")

    class Meta:
        model = Engagement
        fields = ("notes",)
        widgets = {"notes": lines(14)}


class ListForm(forms.Form):
    text = forms.CharField(
        label="Who was there",
        widget=lines(10),
        max_length=400_000,
        help_text="Addresses, names, “Name &lt;address&gt;”, one per line, or the attendance table of Teams or Zoom.",
    )
    helper = lay_out("text")
