from django import forms
from django.conf import settings

from commsplan.lib.picking import PickField, PickInput
from stakeholders import tagging
from stakeholders.enums import ReaderLevel
from stakeholders.models import Person, PersonQuerySet, Site
from stakeholders.sources import GROUPS

NEEDS = {  # the field that an act looks at, and what is said when it is empty
    "add": ("group", "Choose the group first."),
    "remove": ("group", "Choose the group first."),
    "tag": ("tag", "Type the tag first."),
    "untag": ("tag", "Type the tag first."),
    "language": ("language", "Choose the language first."),
    "reader_level": ("reader_level", "Choose how messages are written first."),
    "site": ("site", "Choose the site first."),
}


class BulkForm(forms.Form):
    """Which people, and what to do with them."""

    act = forms.ChoiceField(choices=[(name, name) for name in ("archive", "restore", *NEEDS)])
    everybody = forms.BooleanField(required=False)
    pk = forms.ModelMultipleChoiceField(Person.objects.real().order_by("pk"), required=False)
    group = PickField(GROUPS, required=False, placeholder="Group")
    tag = forms.CharField(required=False, widget=PickInput("pick_tags", {"placeholder": "Tag"}))
    language = forms.ChoiceField(required=False, choices=[("", "Language …"), *settings.LANGUAGES])
    reader_level = forms.ChoiceField(required=False, choices=[("", "Written in …"), *ReaderLevel.choices])
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), required=False, empty_label="Site …")

    def __init__(self, data=None, *, matching: PersonQuerySet | None = None):
        super().__init__(data)
        self.matching = Person.objects.none() if matching is None else matching
        for name in ("group", "tag", "language", "reader_level", "site"):
            widget = self.fields[name].widget
            is_select = isinstance(widget, forms.Select)
            label = self.fields[name].label or name.replace("_", " ").capitalize()
            classes = "form-select form-select-sm" if is_select else "form-control form-control-sm"
            widget.attrs |= {"class": f"{classes} w-auto", "aria-label": label, "id": f"bulk-{name}"}

    def clean_tag(self):
        return tagging.one(self.cleaned_data["tag"]) if self.cleaned_data["tag"].strip() else ""

    def clean(self):
        super().clean()
        name, sentence = NEEDS.get(self.cleaned_data.get("act", ""), ("", ""))
        for other in {"group", "tag", "language", "reader_level", "site"} - {name}:
            self.errors.pop(other, None)
        if name and not self.cleaned_data.get(name):
            raise forms.ValidationError(list(self.errors.get(name, [])) or sentence)
        if not self.cleaned_data.get("everybody") and not self.cleaned_data.get("pk"):
            raise forms.ValidationError("Select somebody first.")

    @property
    def why_not(self) -> str:
        return " ".join(map(str, self.non_field_errors())) or "Nothing was changed: choose what to do."

    @property
    def people(self) -> PersonQuerySet:
        return self.matching if self.cleaned_data["everybody"] else self.cleaned_data["pk"]
