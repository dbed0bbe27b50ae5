"""The forms around calendar files of critical days."""

from pathlib import PurePath

from django import forms
from django.db.models import Q

from commsplan.lib.forms import Column, Div, Row, lay_out
from commsplan.lib.wallclock import ZoneField
from stakeholders.models import Group, Site
from upgrades import calendar_files
from upgrades.calendar_following import SCOPES, TAKEN, Choices, Plan
from upgrades.forms import boxes
from upgrades.models import ImportedCalendar, Service


class CalendarFileForm(forms.ModelForm):
    """`reading` and `plan` are there once it is valid."""

    file = forms.FileField(
        label="Calendar file",
        help_text="An iCalendar file (.ics), as Outlook, Google, Apple and others export it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,text/calendar"}),
    )
    name = forms.CharField(max_length=120, required=False, help_text="Empty: as the file calls itself.")
    time_zone = ZoneField(help_text="For whole days, and for times that name no zone.")
    groups = boxes(Group)
    sites = boxes(Site)
    services = boxes(Service)
    helper = lay_out(
        "file",
        Row(Column("name", css_class="col-md-8"), Column("freeze", css_class="col-md-4")),
        "time_zone",
        Div("groups", css_class="choices-in-columns"),
        Div("sites", css_class="choices-in-columns"),
        Div("services", css_class="choices-in-columns"),
    )

    class Meta:
        model = ImportedCalendar
        fields = ("name", "freeze", "time_zone", *SCOPES)
        labels = {"freeze": "How strict"}

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self):
        cleaned = super().clean() or {}
        if cleaned.get("file") and cleaned.get("time_zone"):
            self._read(cleaned["file"], zone=cleaned["time_zone"])
        return cleaned

    def _read(self, file, *, zone: str) -> None:
        try:
            content = file.read(calendar_files.LARGEST + 1)
            self.reading = calendar_files.read(content, zone=zone, now=self.now)
        except calendar_files.Unreadable as error:
            self.add_error("file", str(error))
            return
        stem = PurePath(file.name or "").stem[:120]
        name = self.cleaned_data.get("name") or self.instance.name or self.reading.name or stem or "Calendar"
        self.cleaned_data["name"] = self.instance.name = name
        others = ImportedCalendar.objects.filter(~Q(pk=self.instance.pk), name__iexact=name)
        if others.exists():
            self.add_error("name", TAKEN)

    def _post_clean(self):
        """The row is not written here: a preview comes first."""

    @property
    def plan(self) -> Plan:
        data = self.cleaned_data
        choices = Choices(*(tuple(sorted(row.pk for row in data[name])) for name in SCOPES))
        shared = {name: data[name] for name in ("name", "freeze", "time_zone")}
        return Plan(pk=self.instance.pk, **shared, choices=choices, entries=self.reading.entries)


class SealedForm(forms.Form):
    sealed = forms.CharField(widget=forms.HiddenInput, max_length=2_400_000)
