"""What somebody says who objects to a date: on the personal page, or through somebody who writes it down for them."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commsplan.lib import wallclock
from commsplan.lib.forms import Column, Row, day_input, lay_out, lines
from commsplan.lib.picking import PickManyField
from commsplan.lib.wallclock import WallClockField
from feedback.concern_forms import WhoField
from feedback.objections import Details
from stakeholders.sources import GROUPS, PEOPLE
from upgrades.models import Milestone

FAR = timedelta(days=3 * 366)
LONGEST = timedelta(days=366)


class DetailsForm(forms.Form):
    """The reason, the days that do not work, and a date that would. Times are on the wall of the place."""

    text = forms.CharField(label=_("Why does this date not work?"), max_length=2000, widget=lines(4))
    critical_name = forms.CharField(label=_("What happens then? For example: examinations"), max_length=120)
    critical_from = forms.DateField(label=_("First day that does not work"), widget=day_input())
    critical_until = forms.DateField(label=_("Last day that does not work"), widget=day_input())
    alternative = WallClockField(
        label=_("A start that would work for you"),
        error_messages={
            "invalid": _("Enter a date and a time, for example 2026-03-29 02:30."),
            "year": _("Choose a date within the next three years."),
        },
    )

    def __init__(self, *args, milestone: Milestone, now: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.milestone, self.now, self.zone = milestone, now, milestone.upgrade.time_zone
        for name in ("critical_name", "critical_from", "critical_until", "alternative"):
            self.fields[name].required = False

    def clean_alternative(self) -> datetime | None:
        typed = self.cleaned_data["alternative"]
        if typed is None:
            return None
        start = wallclock.read(typed, zone=self.zone)
        if start <= self.now:
            raise forms.ValidationError(_("Choose a date in the future."))
        if start > self.now + FAR:
            raise forms.ValidationError(_("Choose a date within the next three years."))
        return start

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("critical_from"), cleaned.get("critical_until")
        if last and not first and "critical_from" not in self.errors:
            self.add_error("critical_from", _("Which is the first day?"))
        if first and abs(first - self.now.date()) > FAR:
            self.add_error("critical_from", _("Choose a date within the next three years."))
        elif first and last and last < first:
            self.add_error("critical_until", _("The last day must not be before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("critical_until", _("Choose at most one year."))
        return cleaned

    @property
    def details(self) -> Details:
        given = self.cleaned_data
        return Details(
            critical_name=given.get("critical_name") or "",
            critical_from=given.get("critical_from"),
            critical_until=given.get("critical_until"),
            alternative=given.get("alternative"),
            groups=tuple(given.get("groups") or ()),
        )


class WrittenDownForm(DetailsForm):
    """For somebody who called, or by the contact of a department."""

    who = WhoField(label="Who objects")
    groups = PickManyField(GROUPS, add="Add a group", label="For whom it speaks", required=False)
    supporters = PickManyField(PEOPLE, add="Add a person", label="Who says the same", required=False)
    helper = lay_out(
        "text",
        Row(Column("who"), Column("groups")),
        "critical_name",
        Row(Column("critical_from"), Column("critical_until")),
        "alternative",
        "supporters",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["groups"].help_text = "Their days are only kept as critical days where a group is named."
        self.fields["supporters"].help_text = "Each hears of the decision."
        self.fields["alternative"].help_text = f"On the clock in {self.zone.replace('_', ' ')}."

    def clean_supporters(self):
        gone = [one for one in self.cleaned_data["supporters"] if one.is_archived]
        if gone:
            raise forms.ValidationError(f"{gone[0]} is archived.")
        return self.cleaned_data["supporters"]

    @property
    def people(self) -> list[Any]:
        """Each of them once; nobody at all is one that names nobody."""
        named = [one for one in [self.cleaned_data["who"], *self.cleaned_data["supporters"]] if one]
        return list(dict.fromkeys(named)) or [None]
