"""Questions to a play: how far, as whom, and what if."""

from datetime import date, timedelta
from typing import Any

from django import forms

from commsplan.lib.forms import Column, Row, day_input, lay_out
from commsplan.lib.picking import PickField
from commsplan.lib.wallclock import WallClockField
from notices.pipeline.outlets import offered
from stakeholders.enums import Channel
from stakeholders.models import Group, Person, Site
from stakeholders.sources import PEOPLE
from upgrades.forms import why_field
from upgrades.models import Milestone, Service, Upgrade

LONGEST = timedelta(days=550)
KINDS = {
    "slip": "A milestone moves",
    "cancel": "A milestone is cancelled",
    "freeze": "There are critical days",
    "drop_channel": "A channel is not used",
    "leave": "Somebody leaves",
    "approve": "Everything is approved in time",
}


class UntilForm(forms.Form):
    until = forms.DateField(label="Until", widget=day_input(), required=False)
    as_it_stands = forms.BooleanField(
        label="Suppose that nobody approves anything more",
        required=False,
    )
    helper = lay_out(Row(Column("until", css_class="col-md-5"), Column("as_it_stands", css_class="col-md-7")))

    def __init__(self, *args, today: date, **kwargs):
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until and until < self.today:
            raise forms.ValidationError("Choose today or a day to come.")
        if until and until > self.today + LONGEST:
            raise forms.ValidationError("Choose a day within the next eighteen months.")
        return until


class WhyForm(forms.Form):
    """Of what is applied."""

    why = why_field()
    helper = lay_out("why")


class AsPersonForm(forms.Form):
    person = PickField(PEOPLE, label="Person", required=False)
    helper = lay_out("person")


def _named(rows) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(rows, required=False, widget=forms.CheckboxSelectMultiple)


class ChangeForm(forms.Form):
    """One more change. `row` is the change as a file has it (simulation.reading)."""

    milestone = forms.ModelChoiceField(Milestone.objects.none(), required=False)
    by = forms.IntegerField(label="Days later", required=False, help_text="Negative: earlier.")
    to = WallClockField(label="Or to this start", required=False)
    name = forms.CharField(label="Their name", max_length=120, required=False)
    first = forms.DateField(label="First day", widget=day_input(), required=False)
    last = forms.DateField(label="Last day", widget=day_input(), required=False)
    hard = forms.BooleanField(label="Nothing may change on them", required=False, initial=True)
    groups = _named(Group.objects.order_by("name", "pk"))
    sites = _named(Site.objects.order_by("name", "pk"))
    services = _named(Service.objects.order_by("name", "pk"))
    channel = forms.ChoiceField(choices=Channel, required=False)
    person = PickField(PEOPLE, required=False)
    OF = {
        "slip": ("milestone", "by", "to"),
        "cancel": ("milestone",),
        "freeze": ("name", "first", "last", "hard", "groups", "sites", "services"),
        "drop_channel": ("channel",),
        "leave": ("person",),
        "approve": (),
    }

    def __init__(self, *args, upgrade: Upgrade, kind: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = offered.choices()  # type: ignore[attr-defined]
        self.kind = kind if kind in KINDS else "slip"
        self.fields["milestone"].queryset = upgrade.milestones.order_by("start", "pk")
        self.fields["milestone"].empty_label = None
        for name in set(self.fields) - {*self.OF[self.kind]}:
            del self.fields[name]
        self.helper = lay_out(*self.OF[self.kind])

    def clean(self):
        cleaned = super().clean()
        if self.kind == "slip" and (cleaned.get("by") is None) == (cleaned.get("to") is None):
            self.add_error("by", "Say how many days later, or the new start.")
        if self.kind == "freeze":
            for name in ("first", "last"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Give a day.")
        if self.kind == "leave" and not cleaned.get("person") and "person" not in self.errors:
            self.add_error("person", "Say who.")
        return cleaned

    @property
    def row(self) -> dict[str, Any]:
        got = self.cleaned_data
        found: dict[str, Any] = {"change": self.kind}
        if "milestone" in got:
            found["milestone"] = got["milestone"].pk if got["milestone"] else None
        if self.kind == "slip":
            found |= {"by": f"{got['by']} days"} if got["by"] is not None else {"to": f"{got['to']:%Y-%m-%dT%H:%M}"}
        if self.kind == "freeze":
            found |= {"name": got["name"] or "Freeze", "hard": got["hard"]}
            found |= {"from": got["first"].isoformat(), "to": got["last"].isoformat()}
            found |= {name: [one.pk for one in got[name]] for name in ("groups", "sites", "services") if got[name]}
        if self.kind == "drop_channel":
            found["channel"] = got["channel"]
        if self.kind == "leave":
            person: Person = got["person"]
            found["person"] = person.pk
        return found
