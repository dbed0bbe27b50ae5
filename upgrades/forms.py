from django import forms

from accounts.models import Account
from commsplan.lib import countries, wallclock
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Div, Fieldset, Row, day_input, lay_out, lines
from commsplan.lib.wallclock import WallClockField, ZoneField
from stakeholders.enums import Channel
from stakeholders.models import Group, Site
from upgrades.enums import Attitude, Means, Quadrant, Status
from upgrades.models import CriticalDays, Milestone, Service, Stakeholder, Strategy, Upgrade
from upgrades.rescheduling import LONGEST_REASON
from upgrades.standing import Standing


def boxes(model, **fields) -> forms.ModelMultipleChoiceField:
    """Several rows of a small table, each with a box of its own."""
    rows = model.objects.order_by("name", "pk")
    return forms.ModelMultipleChoiceField(rows, required=False, widget=forms.CheckboxSelectMultiple, **fields)


ACCOUNTS = Account.objects.to_choose_from()


class MemberFilter(Filter):
    """The people of one group, and those who may be added to it."""

    q = SearchField(label="Find a member", placeholder="Name, address, department")


class ServiceFilter(Filter):
    q = SearchField(label="Search", placeholder="Name or description")
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), empty_label="Any")

    def filter(self, services):
        chosen = self.chosen
        services = services.found_by(chosen.get("q", ""))
        return services.filter(sites=chosen["site"]) if "site" in chosen else services


class ServiceForm(NothingOverwritten):
    owner = forms.ModelChoiceField(ACCOUNTS, required=False, empty_label="Nobody")
    users = boxes(Group, help_text="The groups whose people use this service.")
    sites = boxes(Site)
    carries = forms.MultipleChoiceField(
        label="Channels that stop with it",
        choices=Channel,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Channels that do not work while this service is down.",
    )
    helper = lay_out(
        "seen",
        "name",
        "description",
        Row(Column("owner"), Column("end_of_life_on")),
        "carries",
        Div("users", css_class="choices-in-columns"),
        Div("sites", css_class="choices-in-columns"),
    )

    class Meta:
        model = Service
        fields = ("name", "description", "owner", "end_of_life_on", "carries", "users", "sites")
        widgets = {
            "description": lines(2),
            "end_of_life_on": day_input(),
        }
        labels = {"end_of_life_on": "End of life"}


class UpgradeForm(NothingOverwritten):
    """All that is said of an upgrade. `version` is its fingerprint, so that other acts on it clash with nobody."""

    owner = forms.ModelChoiceField(ACCOUNTS, empty_label=None)
    services = boxes(Service)
    time_zone = ZoneField(help_text="Wall-clock times of the plan are in it.")
    contact_email = forms.EmailField(label="Contact e-mail address")
    helper = lay_out(
        "seen",
        Fieldset("What and why", "name", "objective", "why", "why_now", "risk", "benefit", "success_measures"),
        Div("services", css_class="choices-in-columns"),
        Fieldset(
            "Who answers",
            "owner",
            "contact_name",
            Row(Column("contact_email"), Column("contact_phone")),
        ),
        Fieldset("Clock and calendar", "time_zone", Row(Column("country"), Column("subdivision"))),
    )

    class Meta:
        model = Upgrade
        fields = (
            *("name", "objective", "why", "why_now", "risk", "benefit", "success_measures", "services"),
            *("owner", "contact_name", "contact_email", "contact_phone", "time_zone", "country", "subdivision"),
        )
        widgets = {name: lines(3) for name in ("objective", "why", "risk", "benefit", "success_measures")} | {
            "why_now": lines(2)
        }

    def fingerprint(self) -> str:
        return str(self.instance.version)

    def clean(self):
        super().clean()
        countries.check(self)
        return self.cleaned_data


def why_field(help_text: str = "Corrections say it to people who were told something else.") -> forms.CharField:
    """Of a change."""
    return forms.CharField(
        label="Why", required=False, max_length=LONGEST_REASON, help_text=help_text, widget=forms.TextInput
    )


HAPPENED = (Status.IN_PROCESS, Status.COMPLETED, Status.CANCELLED)  # it can have an outcome


class MilestoneForm(NothingOverwritten):
    """Times are on the wall clock of the upgrade. `understood` says what was made of a skipped or repeated hour."""

    start = WallClockField()
    end = WallClockField(required=False, help_text="Empty for a single moment.")
    action_deadline = WallClockField(label="Deadline for that", required=False)
    services = boxes(Service, help_text="None means: all services of the upgrade.")
    sites = boxes(Site, help_text="None means: everywhere.")
    ROWS = (
        "seen",
        "name",
        Row(Column("kind"), Column("status")),
        Row(Column("start"), Column("end")),
        Row(Column("impact"), Column("downtime")),
        "effect",
        Row(Column("action", css_class="col-md-7"), Column("action_deadline", css_class="col-md-5")),
        "workaround",
        "outcome",
        Div("services", css_class="choices-in-columns"),
        Div("sites", css_class="choices-in-columns"),
        "systems",
        "is_public",
    )
    LAID_OUT: tuple = ROWS
    helper = lay_out(*ROWS)
    MOMENTS = ("start", "end", "action_deadline")

    class Meta:
        model = Milestone
        fields = (
            *("name", "kind", "status", "start", "end", "impact", "downtime", "effect", "action", "action_deadline"),
            *("workaround", "outcome", "services", "sites", "systems", "is_public"),
        )
        widgets = {name: lines(2) for name in ("effect", "action", "workaround", "outcome", "systems")}

    def __init__(self, *args, instance: Milestone, **kwargs):
        self.zone = instance.upgrade.time_zone
        self.stored = {name: getattr(instance, name) for name in self.MOMENTS}
        shown = {name: value and wallclock.show(value, zone=self.zone) for name, value in self.stored.items()}
        kwargs["initial"] = shown | kwargs.get("initial", {})
        super().__init__(*args, instance=instance, **kwargs)
        self.understood: list[str] = []
        if instance.status not in HAPPENED and not instance.outcome:
            del self.fields["outcome"]
            self.helper = lay_out(*(row for row in self.LAID_OUT if row != "outcome"))
        for name in self.MOMENTS:
            self.fields[name].help_text = f"{self.fields[name].help_text} {self.zone}".strip()

    def clean(self):
        cleaned = super().clean()
        for name in self.MOMENTS:
            if typed := cleaned.get(name):
                cleaned[name] = wallclock.read(typed, zone=self.zone, stored=self.stored[name])
                if cleaned[name] != self.stored[name]:
                    self.understood.append(wallclock.understood(typed, zone=self.zone))
        self.understood = [sentence for sentence in self.understood if sentence]
        if cleaned.get("action_deadline") and not cleaned.get("action"):
            self.add_error("action", "Say what people must do by then, or leave the deadline empty.")
        if cleaned.get("start") and cleaned.get("end") and cleaned["end"] <= cleaned["start"]:
            self.add_error("end", "The end must be after the start.")
        return cleaned

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}


class MilestoneChangeForm(MilestoneForm):
    why = why_field()
    LAID_OUT = (*MilestoneForm.ROWS, "why")
    helper = lay_out(*LAID_OUT)

    @property
    def reason(self) -> str:
        return self.cleaned_data["why"]


class CriticalDaysFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, group, site or service")
    past = forms.BooleanField(label="Past ones")

    def filter(self, entries, *, now):
        """What comes, soonest first; or what was, latest first."""
        chosen = self.chosen
        entries = entries.found_by(chosen.get("q", ""))
        if "past" in chosen:
            return entries.past(now).order_by("-start", "-pk")
        return entries.upcoming(now).order_by("start", "pk")


class CriticalDaysForm(NothingOverwritten):
    start = WallClockField()
    end = WallClockField()
    time_zone = ZoneField()
    groups = boxes(Group)
    sites = boxes(Site)
    services = boxes(Service)
    helper = lay_out(
        "seen",
        Row(Column("name", css_class="col-md-8"), Column("freeze", css_class="col-md-4")),
        Row(Column("start"), Column("end")),
        "time_zone",
        Div("groups", css_class="choices-in-columns"),
        Div("sites", css_class="choices-in-columns"),
        Div("services", css_class="choices-in-columns"),
    )

    class Meta:
        model = CriticalDays
        fields = ("name", "freeze", "start", "end", "time_zone", "groups", "sites", "services")
        labels = {"freeze": "How strict"}

    def __init__(self, *args, instance: CriticalDays, **kwargs):
        self.stored = {name: getattr(instance, name) for name in ("start", "end")}
        zone = instance.time_zone
        shown = {name: value and wallclock.show(value, zone=zone) for name, value in self.stored.items()}
        kwargs["initial"] = shown | kwargs.get("initial", {})
        super().__init__(*args, instance=instance, **kwargs)
        self.understood: list[str] = []

    def clean(self):
        cleaned = super().clean()
        zone = cleaned.get("time_zone")
        typed = {name: cleaned.pop(name) for name in self.stored if cleaned.get(name)}
        for name, value in typed.items() if zone else ():  # without a zone they are no times yet
            cleaned[name] = wallclock.read(value, zone=zone, stored=self.stored[name])
            self.understood.append(wallclock.understood(value, zone=zone))
        self.understood = [sentence for sentence in self.understood if sentence]
        if cleaned.get("start") and cleaned.get("end") and cleaned["end"] <= cleaned["start"]:
            self.add_error("end", "The end must be after the start.")
        return cleaned


def percent(help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=100, help_text=help_text)


class PlaceForm(forms.Form):
    """A place on the grid. `key` is the stakeholder."""

    key = forms.IntegerField()
    influence = percent()
    interest = percent()


class NewStakeholderForm(forms.ModelForm):
    class Meta:
        model = Stakeholder
        fields = ("person", "group")

    def clean(self):
        super().clean()
        if bool(self.cleaned_data.get("person")) == bool(self.cleaned_data.get("group")):
            raise forms.ValidationError("Choose a person or a group, not both.")


class AttitudeForm(NothingOverwritten):
    attitude = forms.TypedChoiceField(label="Attitude now", choices=Attitude, coerce=int)
    wanted_attitude = forms.TypedChoiceField(
        label="Wanted", choices=[("", "Not said"), *Attitude.choices], coerce=int, empty_value=None, required=False
    )
    helper = lay_out("seen", Row(Column("attitude"), Column("wanted_attitude")))

    class Meta:
        model = Stakeholder
        fields: tuple[str, ...] = ("wanted_attitude",)


class StandingForm(AttitudeForm):
    """Place and attitude, when one looks at somebody again."""

    influence = percent("From 0, cannot change anything, to 100, can stop it.")
    interest = percent("From 0, does not care, to 100, looks at it daily.")
    helper = lay_out(
        "seen", Row(Column("influence"), Column("interest")), Row(Column("attitude"), Column("wanted_attitude"))
    )


class StakeholderForm(StandingForm):
    """What is known of a stakeholder, with the assessment that counts."""

    helper = lay_out(
        "seen",
        Row(Column("influence"), Column("interest")),
        Row(Column("attitude"), Column("wanted_attitude")),
        "impact_on_them",
        "note",
    )

    class Meta(AttitudeForm.Meta):
        fields = ("wanted_attitude", "impact_on_them", "note")
        widgets = {"note": lines(3)}


class StakeholderFilter(Filter):
    """On the map the others stay, faintly; the table leaves them out."""

    q = SearchField(label="Find", placeholder="Name, department or note")
    quadrant = forms.ChoiceField(label="Place", choices=[("", "Any"), *Quadrant.choices, ("none", "Not placed yet")])
    gap = forms.BooleanField(label="Attitude not as wanted")
    unserved = forms.BooleanField(label="Not served by the plan")

    def matches(self, one: Standing) -> bool:
        chosen = self.chosen
        if "quadrant" in chosen and (one.quadrant or "none") != chosen["quadrant"]:
            return False
        if "gap" in chosen and not one.gap:
            return False
        stake = one.stakeholder
        text = f"{stake} {stake.note} {stake.person.department if stake.person else ''}".casefold()
        return all(word in text for word in chosen.get("q", "").casefold().split())


class StrategyForm(NothingOverwritten):
    means = forms.MultipleChoiceField(
        choices=Means,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="One of them is enough. Chat is not connected, so it never counts: choose another one beside it.",
    )
    helper = lay_out(
        "seen",
        Row(
            Column("every_days", css_class="col-md-4"),
            Column("pushes_a_week", css_class="col-md-5"),
            Column("most_words", css_class="col-md-3"),
        ),
        "two_way",
        Div("means", css_class="choices-in-columns"),
        "content",
    )

    class Meta:
        model = Strategy
        fields = ("every_days", "pushes_a_week", "most_words", "two_way", "means", "content")
        labels = {"two_way": "Conversation"}

    def clean_every_days(self):
        days = self.cleaned_data["every_days"]
        if days == 0:
            raise forms.ValidationError("Give at least one day, or leave it empty for no rhythm.")
        return days


class CandidateFilter(Filter):
    q = SearchField(label="Person or group", placeholder="Name, address, department")
