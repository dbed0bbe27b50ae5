from django import forms

from commsplan.lib.filters import Filter, SearchField
from upgrades.models import Service, Upgrade
from vendors import reading

SHOWN = (("", "To come"), ("waiting", "To be decided"), ("past", "Past"), ("ignored", "Ignored"))


class MaintenanceFilter(Filter):
    q = SearchField(label="Search", placeholder="Vendor, number, circuit")
    show = forms.ChoiceField(choices=SHOWN)

    def filter(self, found, *, now):
        chosen = self.chosen
        found = found.found_by(chosen.get("q", ""))
        match chosen.get("show"):
            case "waiting":
                return found.waiting(now).order_by("start", "pk")
            case "past":
                return found.filter(end__lte=now).order_by("-start", "-pk")
            case "ignored":
                return found.exclude(ignored_at=None).order_by("-start", "-pk")
        return found.filter(end__gt=now, ignored_at=None).order_by("start", "pk")


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class NotesField(forms.FileField):
    """One or more calendar files; what it gives is [(file name, its notes)]."""

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [self._read(super(NotesField, self).clean(file, initial)) for file in files or [None]]

    def _read(self, file):
        try:
            return file.name, reading.read(file.read(reading.LARGEST + 1))
        except reading.Unreadable as error:
            raise forms.ValidationError(f"{file.name}: {error}") from error


class NotesForm(forms.Form):
    notes = NotesField(
        label="Calendar files",
        widget=SeveralFiles(attrs={"multiple": True, "accept": ".ics,text/calendar", "class": "form-control"}),
        help_text="The .ics files that came with the vendor's mail (MAINTNOTE).",
    )


class AdoptForm(forms.Form):
    upgrade = forms.ModelChoiceField(
        Upgrade.objects.running().order_by("name", "pk"),
        empty_label="Choose an upgrade",
        help_text="It becomes a window of this upgrade, with a communication of its own.",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class ServicesForm(forms.Form):
    """Which of our services run on a circuit."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.order_by("name", "pk"), required=False, widget=forms.CheckboxSelectMultiple
    )
