"""Who else should know: filters, bulk acts, and a name noted by hand."""

from django import forms

from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Row, lay_out
from feedback.concern_forms import WhoField
from stakeholders.models import Group, Person, PersonQuerySet
from upgrades.models import Upgrade, groups_that_use


class HiddenFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address, department, title")
    group = forms.ModelChoiceField(Group.objects.none(), empty_label="Any")

    def __init__(self, *args, upgrade: Upgrade, **kwargs):
        super().__init__(*args, **kwargs)
        using = groups_that_use(upgrade.services.order_by().values("pk")).order_by("name", "pk")
        self.fields["group"].queryset = using  # type: ignore[attr-defined]

    def filter(self, people: PersonQuerySet) -> PersonQuerySet:
        chosen = self.chosen
        people = people.found_by(chosen.get("q", ""))
        return people.in_groups([chosen["group"]]) if "group" in chosen else people


class HiddenBulkForm(forms.Form):
    """Which people, and what becomes of them."""

    act = forms.ChoiceField(choices=[("stakeholders", "Make stakeholders"), ("group", "Add to a group")])
    everybody = forms.BooleanField(required=False)
    pk = forms.ModelMultipleChoiceField(Person.objects.active().order_by("pk"), required=False)
    group = forms.ModelChoiceField(Group.objects.order_by("name", "pk"), required=False)

    def __init__(self, data, *, matching: PersonQuerySet):
        super().__init__(data)
        self.matching = matching

    def clean(self):
        super().clean()
        if self.cleaned_data.get("act") == "group" and not self.cleaned_data.get("group"):
            raise forms.ValidationError("Choose the group first.")
        if not self.cleaned_data.get("everybody") and not self.cleaned_data.get("pk"):
            raise forms.ValidationError("Select somebody first.")

    @property
    def people(self) -> PersonQuerySet:
        return self.matching if self.cleaned_data["everybody"] else self.cleaned_data["pk"]


class NominationForm(forms.Form):
    name = forms.CharField(max_length=160)
    email = forms.EmailField(label="E-mail address", max_length=254, required=False)
    why = forms.CharField(label="Why", max_length=300, required=False)
    by = WhoField(label="Who named this person")
    helper = lay_out(Row(Column("name"), Column("email")), "why", "by")


class DecisionForm(forms.Form):
    """Which name, and whom of the register it means."""

    name = forms.CharField(max_length=160, strip=False)
    email = forms.CharField(max_length=254, required=False, strip=False)
    person = forms.ModelChoiceField(Person.objects.active(), required=False)
