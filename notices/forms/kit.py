"""The small forms of the break-glass kit: what is new, and why. Each says which facts of the milestone it changes."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from commsplan.lib import wallclock
from commsplan.lib.forms import Div, lay_out, lines
from commsplan.lib.wallclock import WallClockField
from notices.pipeline.kit.outages import Outage, deaf
from stakeholders.enums import Channel
from upgrades.enums import Status
from upgrades.models import Milestone, Service, Upgrade

MORE = [("30", "30 minutes more"), ("60", "1 hour more"), ("120", "2 hours more"), ("", "Another end")]
AN_HOUR = timedelta(hours=1)


class KitForm(forms.Form):
    """`kit` is the line that somebody saw, `seen` the plan at that moment."""

    kit = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why", max_length=300, widget=lines(2), help_text="Readers see it. One short sentence, no blame."
    )
    alone = forms.CharField(
        label="Why nobody else can look at it first",
        max_length=200,
        required=False,
        help_text="Fill this in to send it without a second pair of eyes. It stays in the history with your name.",
    )

    def __init__(self, *args, milestone: Milestone, now: datetime, is_alone: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.milestone, self.now = milestone, now
        self.zone = milestone.upgrade.time_zone
        if not is_alone:
            del self.fields["alone"]
        for field in self.fields.values():
            if isinstance(field, WallClockField):
                field.help_text = f"{field.help_text} {self.zone}".strip()
        self.helper = lay_out(*self.fields)

    def moment(self, name: str) -> datetime | None:
        typed = self.cleaned_data.get(name)
        return wallclock.read(typed, zone=self.zone) if typed else None

    def when(self, name: str) -> datetime:
        """Of a field that is required."""
        return wallclock.read(self.cleaned_data[name], zone=self.zone)

    def shown(self, moment: datetime) -> datetime:
        return wallclock.show(moment, zone=self.zone)

    @property
    def values(self) -> dict[str, Any]:
        raise NotImplementedError


class PostponeForm(KitForm):
    start = WallClockField(label="New start")
    end = WallClockField(label="New end", required=False, help_text="Empty: it takes as long as before.")
    field_order = ["start", "end", "reason"]

    def clean(self):
        cleaned = super().clean()
        start, end = self.moment("start"), self.moment("end")
        if start and (start, end or start) == (self.milestone.start, self.milestone.end or start):
            self.add_error("start", "That is the time it has now. Give the new one.")
        if start and start <= self.now:
            self.add_error("start", "That time is over. Give one to come.")
        if start and end and end <= start:
            self.add_error("end", "The end must be after the start.")
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        start, end, one = self.when("start"), self.moment("end"), self.milestone
        length = one.end - one.start if one.end else None
        status = Status.TENTATIVE if one.status == Status.TENTATIVE else Status.CONFIRMED
        return {"start": start, "end": end or (start + length if length else None), "status": status}


class ExtendForm(KitForm):
    more = forms.ChoiceField(
        label="How much longer", choices=MORE, required=False, widget=forms.RadioSelect, initial="60"
    )
    end = WallClockField(label="Another end", required=False, help_text="Only with “Another end”.")
    downtime = forms.IntegerField(
        label="Expected downtime in minutes",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="Empty: as before.",
    )
    field_order = ["more", "end", "downtime", "reason"]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("more") and not cleaned.get("end"):
            self.add_error("end", "Choose how much longer, or give the new end.")
        elif "more" in cleaned and self.new_end <= max(self.milestone.last_moment, self.now):
            self.add_error("end", "The new end must be later than the old one, and to come.")
        return cleaned

    @property
    def new_end(self) -> datetime:
        """Counted from the end that people were told, or from now where that is over."""
        if more := self.cleaned_data.get("more"):
            return max(self.milestone.last_moment, self.now.replace(second=0, microsecond=0)) + timedelta(
                minutes=int(more)
            )
        return self.moment("end") or self.milestone.last_moment

    @property
    def values(self) -> dict[str, Any]:
        downtime = self.cleaned_data.get("downtime")
        return {"end": self.new_end, "status": Status.IN_PROCESS} | ({"downtime": downtime} if downtime else {})


class RollBackForm(KitForm):
    outcome = forms.CharField(
        label="What people have now", max_length=1000, widget=lines(2), help_text="“Mail works as it did on Friday.”"
    )
    field_order = ["outcome", "reason"]

    @property
    def values(self) -> dict[str, Any]:
        """It did not take place: so that it stands in calendars, and so that what was to follow it is not sent."""
        return {"status": Status.CANCELLED, "outcome": self.cleaned_data["outcome"]}


class CompleteForm(KitForm):
    at = WallClockField(label="Done at")
    outcome = forms.CharField(
        label="Known problems", max_length=1000, required=False, widget=lines(2), help_text="Empty: none."
    )
    field_order = ["at", "outcome"]

    def __init__(self, *args, now: datetime, **kwargs):
        super().__init__(*args, now=now, **kwargs)
        self.initial.setdefault("at", self.shown(now))
        del self.fields["reason"]
        self.helper = lay_out(*self.fields)

    def clean_at(self):
        typed = self.cleaned_data["at"]
        if wallclock.read(typed, zone=self.zone) > self.now + timedelta(minutes=1):
            raise forms.ValidationError("That is still to come. Say it when it is done.")
        return typed

    @property
    def values(self) -> dict[str, Any]:
        at = self.when("at")
        ended = {"end": at} if at > self.milestone.start else {}
        return {"status": Status.COMPLETED, "outcome": self.cleaned_data["outcome"], **ended}


class CancelForm(KitForm):
    field_order = ["reason"]

    @property
    def values(self) -> dict[str, Any]:
        return {"status": Status.CANCELLED}


FORMS: dict[str, type[KitForm]] = {
    "postpone": PostponeForm,
    "extend": ExtendForm,
    "roll_back": RollBackForm,
    "complete": CompleteForm,
    "cancel": CancelForm,
}


class OutageForm(forms.Form):
    """Everything but what people notice is filled in already."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.order_by("name", "pk"), label="What fails", widget=forms.CheckboxSelectMultiple
    )
    effect = forms.CharField(label="What people notice", max_length=1000, widget=lines(2))
    since = WallClockField(label="Since")
    until = WallClockField(label="Expected until", help_text="A guess is fine: you can extend it with two clicks.")
    workaround = forms.CharField(label="What helps until then", max_length=1000, required=False, widget=lines(2))
    contact_name = forms.CharField(label="Whom people ask", max_length=120)
    contact_email = forms.EmailField(label="Their e-mail address")
    contact_phone = forms.CharField(label="Their phone number", max_length=40, required=False)
    is_public = forms.BooleanField(label="Show it on the public status page", required=False, initial=True)
    alone = forms.CharField(
        label="Why nobody else can look at it first",
        max_length=200,
        required=False,
        help_text="Fill this in to send it at once without a second pair of eyes. It stays in the history with your "
        "name. Empty: somebody else has to approve it.",
    )

    def __init__(self, *args, account, now: datetime, during: Upgrade | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone, self.now = account.time_zone, now
        show = lambda moment: wallclock.show(moment, zone=self.zone)  # noqa: E731
        usual: dict[str, Any] = {"since": show(now), "until": show(now + AN_HOUR)}
        usual |= {"contact_name": account.name, "contact_email": account.email}
        self.initial = usual | self.initial
        for name in ("since", "until"):
            self.fields[name].help_text = f"{self.fields[name].help_text} {self.zone}".strip()
        if during and not during.is_published:
            self.fields["is_public"].help_text = f"“{during}” is not public yet: this publishes it with all its dates."
        if not account.has_perm("notices.send"):
            del self.fields["alone"]
        if self.initial.get("services"):  # known already: what is asked comes first
            self.order_fields([name for name in self.fields if name != "services"])
        rows = {name: name for name in self.fields} | {"services": Div("services", css_class="choices-in-columns")}
        self.helper = lay_out(*rows.values())

    def clean(self):
        cleaned = super().clean()
        since, until = (self.moment(name) for name in ("since", "until"))
        if since and since > self.now + timedelta(minutes=1):
            self.add_error("since", "That is still to come. What is planned is an upgrade.")
        if since and until and until <= since:
            self.add_error("until", "The end must be after the start.")
        if Channel.EMAIL in deaf(cleaned.get("services", ())) and not cleaned.get("is_public"):
            self.add_error("is_public", "Mail may not arrive while this is down: the status page is how people hear.")
        return cleaned

    def moment(self, name: str) -> datetime | None:
        typed = self.cleaned_data.get(name)
        return wallclock.read(typed, zone=self.zone) if typed else None

    @property
    def outage(self) -> Outage:
        data = self.cleaned_data
        names = ("effect", "workaround", "contact_name", "contact_email", "contact_phone", "is_public")
        since, until = (wallclock.read(data[name], zone=self.zone) for name in ("since", "until"))
        same = {name: data[name] for name in names}
        return Outage(services=list(data["services"]), since=since, until=until, alone=data.get("alone", ""), **same)
