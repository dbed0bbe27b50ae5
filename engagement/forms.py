from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy

from accounts.models import Account
from commsplan.lib import wallclock
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Fieldset, Row, lay_out
from commsplan.lib.picking import PickManyField
from commsplan.lib.time import at_wall_clock
from commsplan.lib.wallclock import WallClockField, ZoneField
from engagement import inviting, rhythm, saying, warnings
from engagement.enums import EngagementKind, EngagementState, Rhythm
from engagement.inviting import Circle
from engagement.models import Engagement, FollowUp
from stakeholders.models import Group, Person
from stakeholders.sources import PEOPLE
from upgrades.enums import Quadrant
from upgrades.models import Milestone, Upgrade

HOUR = timedelta(hours=1)
LONGEST_DAYS = 14


def accounts():
    return Account.objects.filter(is_active=True).order_by("name", "pk")


def lines(count: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": count})


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeopleField(PickManyField):
    """One by one, and nobody who left."""

    def __init__(self, **kwargs):
        super().__init__(PEOPLE, add="Add by name or address", **{"required": False, **kwargs})
        self.queryset = Person.objects.active().in_order()


class CircleFields(forms.Form):
    """Who is asked to come."""

    stakeholders = forms.BooleanField(label="All stakeholders of the upgrade", required=False)
    quadrants = forms.MultipleChoiceField(
        label="Stakeholders to", choices=Quadrant.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name", "pk"), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = PeopleField(label="People")

    def circle(self) -> Circle:
        chosen = self.cleaned_data
        return Circle(
            people=[person.pk for person in chosen.get("people", ())],
            groups=[group.pk for group in chosen.get("groups", ())],
            quadrants=chosen.get("quadrants", ()),
            stakeholders=chosen.get("stakeholders", False),
        )


CIRCLE_ROWS = (
    Row(
        Column("stakeholders", "quadrants", css_class="col-md-5"),
        Column("groups", css_class="col-md-7 choices-scroll"),
    ),
    "people",
)


class InviteForm(CircleFields):
    helper = lay_out(*CIRCLE_ROWS)


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
        self.fields["host"].queryset = accounts()  # type: ignore[attr-defined]
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

    every = forms.ChoiceField(label="Again", choices=[("", "Once"), *Rhythm.choices], required=False)
    until = forms.DateField(label="Until", required=False, widget=day_input(), help_text="The last day it may be on.")
    count = forms.IntegerField(
        label="How many times", required=False, min_value=2, max_value=rhythm.MOST, help_text=f"At most {rhythm.MOST}."
    )
    leaves_out = forms.BooleanField(label="Leave out public holidays and hard freezes", required=False, initial=True)
    helper = lay_out(
        "seen",
        Fieldset("What and when", *EngagementForm.rows),
        Fieldset(
            "Again and again",
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


class FollowUpForm(NothingOverwritten):
    person = forms.ModelChoiceField(Person.objects.none(), required=False, empty_label="Nobody in particular")
    owner = forms.ModelChoiceField(Account.objects.none(), required=False, empty_label="Nobody yet")
    helper = lay_out(
        "seen",
        "text",
        Row(Column("kind", css_class="col-md-6"), Column("due_on", css_class="col-md-6")),
        Row(Column("owner", css_class="col-md-6"), Column("person", css_class="col-md-6")),
    )

    class Meta:
        model = FollowUp
        fields = ("text", "kind", "owner", "person", "due_on")
        labels = {"text": "What is to be done", "kind": "What it is", "due_on": "By", "person": "With whom"}
        widgets = {"due_on": day_input()}

    def __init__(self, *args, instance: FollowUp, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        there = instance.engagement.participants.order_by().values("person")
        self.fields["person"].queryset = Person.objects.filter(Q(pk__in=there) | Q(pk=instance.person_id)).in_order()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = accounts()  # type: ignore[attr-defined]


class ListForm(forms.Form):
    text = forms.CharField(
        label="Who was there",
        widget=lines(10),
        max_length=400_000,
        help_text="Addresses, names, “Name &lt;address&gt;”, one per line, or the attendance table of Teams or Zoom.",
    )
    helper = lay_out("text")


class EngagementFilter(Filter):
    q = SearchField(label="Search", placeholder="Title, topics, place, notes or somebody’s name")
    when = forms.ChoiceField(
        label="Which",
        choices=[("", "Upcoming"), ("to_record", "To be recorded"), ("past", "Past"), ("all", "All")],
    )
    upgrade = forms.ModelChoiceField(Upgrade.objects.order_by("name", "pk"), empty_label="Any")
    kind = forms.ChoiceField(choices=[("", "Any"), *EngagementKind.choices])
    host = forms.ModelChoiceField(Account.objects.none(), empty_label="Anybody")

    def __init__(self, data=None, *args, upgrade: Upgrade | None = None, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.fields["host"].queryset = Account.objects.filter(hosted_engagements__isnull=False).distinct()  # type: ignore[attr-defined]
        self.fields["host"].queryset = self.fields["host"].queryset.order_by("name", "pk")  # type: ignore[attr-defined]
        if upgrade:
            del self.fields["upgrade"]

    @property
    def narrows(self) -> bool:
        """More than the choice between upcoming and past."""
        return bool(self.chosen.keys() - {"when"})

    def filter(self, engagements, *, now):
        chosen = self.chosen
        if words := chosen.get("q"):
            engagements = engagements.found_by(words)
        for name in ("upgrade", "kind", "host"):
            if name in chosen:
                engagements = engagements.filter(**{name: chosen[name]})
        return self.in_time(engagements, chosen.get("when", ""), now=now)

    @staticmethod
    def in_time(engagements, when: str, *, now):
        if when == "to_record":
            return engagements.to_be_recorded(now).order_by("-start", "-pk")
        if when == "past":
            past = engagements.filter(Q(end__lte=now) | Q(state=EngagementState.HELD))
            return past.exclude(state=EngagementState.PLANNED).order_by("-start", "-pk")
        if when == "all":
            return engagements.order_by("-start", "-pk")
        return engagements.filter(end__gt=now).exclude(state=EngagementState.HELD).order_by("start", "pk")


def usual_start(now: datetime, *, zone: str) -> datetime:
    """Tomorrow week at ten, on the wall: far enough to ask people."""
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=7)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(10))
