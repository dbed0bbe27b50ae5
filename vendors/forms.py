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
    """One or more calendar files; what it gives is the notes of all. Says of each malformed one what is wrong."""

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        notes, errors = [], []
        for file in files or [None]:
            try:
                notes += self._read(super().clean(file, initial))
            except forms.ValidationError as error:
                errors += error.messages
        if errors:
            raise forms.ValidationError(errors)
        return notes

    def _read(self, file):
        try:
            return reading.read(file.read(reading.LARGEST + 1))
        except reading.Unreadable as error:
            raise forms.ValidationError(f"{file.name}: {error}") from error


class NotesForm(forms.Form):
    notes = NotesField(
        label="Calendar files",
        widget=SeveralFiles(
            attrs={"multiple": True, "accept": ".ics,.eml,text/calendar,message/rfc822", "class": "form-control"}
        ),
        help_text="The .ics files that came with the vendor's mail (MAINTNOTE), or the mail itself saved as .eml.",
    )


class AdoptForm(forms.Form):
    upgrade = forms.ModelChoiceField(
        Upgrade.objects.running().order_by("name", "pk"),
        empty_label="Choose an upgrade",
        help_text="It becomes an internal window of this upgrade. Later notes of the vendor move it.",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class ServicesForm(forms.Form):
    """Which of our services run on a circuit."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.order_by("name", "pk"), required=False, widget=forms.CheckboxSelectMultiple
    )
