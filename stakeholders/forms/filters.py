from django import forms
from django.conf import settings

from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.picking import PickField, SuggestedField
from stakeholders.enums import AddressState, Category
from stakeholders.models import PersonQuerySet, Site
from stakeholders.sources import GROUPS


class PersonFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address, department, title")
    group = PickField(GROUPS, placeholder="Any")
    category = forms.ChoiceField(choices=[("", "Any"), *Category.choices])
    tag = SuggestedField("pick_tags")
    department = SuggestedField("pick_departments")
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), empty_label="Any")
    language = forms.ChoiceField(choices=[("", "Any"), *settings.LANGUAGES])
    address = forms.ChoiceField(label="E-mail", choices=[("", "Any"), ("none", "No address"), *AddressState.choices])
    archived = forms.BooleanField(label="Archived people")

    def filter(self, people: PersonQuerySet) -> PersonQuerySet:
        chosen = self.chosen
        people = people.archived() if "archived" in chosen else people.active()
        people = people.found_by(chosen.get("q", ""))
        if "group" in chosen:
            people = people.in_groups([chosen["group"]])
        if "category" in chosen:
            people = people.in_categories([chosen["category"]])
        if "tag" in chosen:
            people = people.tagged(chosen["tag"])
        if "address" in chosen:
            people = people.with_address(chosen["address"])
        exact = {name: chosen[name] for name in ("site", "department", "language") if name in chosen}
        return people.filter(**exact)


class GroupFilter(Filter):
    q = SearchField(label="Search", placeholder="Name of the group")
    category = forms.ChoiceField(choices=[("", "Any"), *Category.choices])

    def filter(self, groups):
        chosen = self.chosen
        groups = groups.found_by(chosen.get("q", ""))
        return groups.filter(category=chosen["category"]) if "category" in chosen else groups
