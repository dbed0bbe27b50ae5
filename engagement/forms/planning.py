"""When and where they meet, again and again, changed and called off."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from accounts.models import Account
from commsplan.lib import wallclock
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Fieldset, Row, day_input, lay_out, lines
from commsplan.lib.time import at_wall_clock
from commsplan.lib.wallclock import WallClockField, ZoneField
from engagement import inviting, rhythm, warnings
from engagement.enums import Rhythm
from engagement.forms.people import CIRCLE_ROWS, CircleFields
from engagement.models import Engagement
from stakeholders.models import Person
from upgrades.models import Milestone

HOUR = timedelta(hours=1)
LONGEST_DAYS = 14
USUAL_TIME = time(10)


def _length_error(start: datetime, end: datetime) -> str:
    if end <= start:
        return "The end must be after the start."
    if end - start > timedelta(days=LONGEST_DAYS):
        return f"That is longer than {LONGEST_DAYS} days. Plan it as several."
    return ""


class EngagementForm(NothingOverwritten):
    """Times are on the wall clock of `time_zone`. `understood` says what was made of a skipped or repeated hour."""

    start = WallClockField()
    end = WallClockField()
    time_zone = ZoneField(help_text="The place whose clock counts.")
    host = forms.ModelChoiceField(Account.objects.none(), empty_label=None)
    link = forms.URLField(label="Link to join", required=False, max_length=200, assume_scheme="https")
    rows = (
        "title",
        Row(Column("kind"), Column("host")),
        Row(Column("start"), Column("end")),
        "time_zone",
        Row(Column("place"), Column("link")),
        "topics",
        Row(Column("milestone", css_class="col-md-8"), Column("capacity", css_class="col-md-4")),
    )
    helper = lay_out("seen", *rows)

    class Meta:
        model = Engagement
        fields = (
            *("title", "kind", "host", "start", "end", "time_zone"),
            *("place", "link", "topics", "milestone", "capacity"),
        )
        widgets = {"topics": lines(3)}

    def __init__(self, *args, instance: Engagement, **kwargs):
        self.stored = {name: getattr(instance, name) if instance.pk else None for name in ("start", "end")}
        shown = {name: value and wallclock.show(value, zone=instance.time_zone) for name, value in self.stored.items()}
        kwargs["initial"] = shown | kwargs.get("initial", {})
        super().__init__(*args, instance=instance, **kwargs)
        self.understood: list[str] = []
        self.fields["host"].queryset = Account.objects.to_choose_from()  # type: ignore[attr-defined]
        self.fields["milestone"].queryset = Milestone.objects.filter(upgrade=instance.upgrade).order_by("start", "pk")  # type: ignore[attr-defined]
        self.fields["milestone"].empty_label = "None in particular"  # type: ignore[attr-defined]
        self.fields["capacity"].min_value = 1  # type: ignore[attr-defined]
        self.fields["capacity"].widget.attrs["min"] = 1

    def clean_capacity(self):
        if self.cleaned_data["capacity"] == 0:
            raise forms.ValidationError("At least one place, or empty for no limit.")
        return self.cleaned_data["capacity"]

    def clean(self):
        cleaned = super().clean()
        zone = cleaned.get("time_zone")
        for name, stored in self.stored.items():
            if zone and (typed := cleaned.get(name)):
                same_zone = zone == self.instance.time_zone or zone == self.initial.get("time_zone")
                cleaned[name] = wallclock.read(typed, zone=zone, stored=stored if same_zone else None)
                if cleaned[name] != stored:
                    self.understood.append(wallclock.understood(typed, zone=zone))
        self.understood = [sentence for sentence in self.understood if sentence]
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and (error := _length_error(start, end)):
            self.add_error("end", error)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class PlanForm(CircleFields, EngagementForm):
    """A new one: with those who are asked, and how often it comes again."""

    every = forms.ChoiceField(label="Repeat", choices=[("", "Once"), *Rhythm.choices], required=False)
    until = forms.DateField(label="Until", required=False, widget=day_input(), help_text="The last day it may be on.")
    count = forms.IntegerField(
        label="How many times", required=False, min_value=2, max_value=rhythm.MOST, help_text=f"At most {rhythm.MOST}."
    )
    leaves_out = forms.BooleanField(label="Leave out public holidays and hard freezes", required=False, initial=True)
    helper = lay_out(
        "seen",
        Fieldset("What and when", *EngagementForm.rows),
        Fieldset(
            "Repeat",
            Row(
                Column("every", css_class="col-md-4"),
                Column("until", css_class="col-md-4"),
                Column("count", css_class="col-md-4"),
            ),
            "leaves_out",
        ),
        Fieldset("Who is asked to come", *CIRCLE_ROWS),
    )

    def clean(self):
        cleaned = super().clean()
        is_endless = not (cleaned.get("until") or cleaned.get("count"))
        if cleaned.get("every") and is_endless and not {"until", "count"} & self.errors.keys():
            self.add_error("until", "Say until when, or how many times.")
        until, start, zone = (cleaned.get(name) for name in ("until", "start", "time_zone"))
        if until and start and zone and until < start.astimezone(ZoneInfo(zone)).date():
            self.add_error("until", "That is before the first one.")
        return cleaned

    def asked(self) -> QuerySet[Person]:
        """All who would be asked, each once."""
        return inviting.people_in(self.circle(), self.instance.upgrade)

    def repeat(self, people) -> rhythm.Repeat | None:
        chosen = self.cleaned_data
        if not chosen.get("every"):
            return None
        return rhythm.Repeat(
            every=chosen["every"],
            until=chosen["until"],
            count=chosen["count"],
            leaves_out=self._left_out(people) if chosen["leaves_out"] else None,
        )

    def _left_out(self, people):
        """Why there is none on a day. The freezes of the whole time are read once."""
        zone, upgrade = self.cleaned_data["time_zone"], self.instance.upgrade
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        first, at = start.astimezone(ZoneInfo(zone)).date(), start.astimezone(ZoneInfo(zone)).time()
        frozen = warnings.frozen_days(people, start, start + rhythm.FARTHEST)

        def why(day: date) -> str:
            begin = at_wall_clock(day, at, zone=zone) if day != first else start
            met = next((one for one in frozen if one.start < begin + (end - start) and one.end > begin), None)
            return warnings.free(upgrade, day) or (met.name if met else "")

        return why

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EngagementForm.Meta.fields}


class ChangeForm(EngagementForm):
    """Of one in a series: only this one, or those after it too."""

    scope = forms.ChoiceField(
        label="Change",
        choices=[("this", "Only this one"), ("following", "This one and those after it")],
        widget=forms.RadioSelect,
        initial="this",
    )
    helper = lay_out("seen", *EngagementForm.rows, "scope")

    def __init__(self, *args, instance: Engagement, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        if instance.series is None:
            del self.fields["scope"]
            self.helper = EngagementForm.helper

    def _shown(self):
        return [(name, field) for name, field in super()._shown() if name != "scope"]

    @property
    def following(self) -> bool:
        return self.cleaned_data.get("scope") == "following"


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=300, widget=lines(2), help_text="Those who were asked to come read it. One sentence is enough."
    )
    scope = forms.ChoiceField(
        label="Call off",
        choices=[("this", "Only this one"), ("following", "This one and those after it")],
        widget=forms.RadioSelect,
        initial="this",
    )
    helper = lay_out("reason", "scope")

    def __init__(self, *args, engagement: Engagement, **kwargs):
        super().__init__(*args, **kwargs)
        if engagement.series is None:
            del self.fields["scope"]
            self.helper = lay_out("reason")

    @property
    def following(self) -> bool:
        return self.cleaned_data.get("scope") == "following"


def usual_start(now: datetime, *, zone: str) -> datetime:
    """Tomorrow week at ten, on the wall: far enough to ask people."""
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=7)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, USUAL_TIME)
