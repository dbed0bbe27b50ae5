from django import forms
from django.conf import settings

from commsplan.lib import countries
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Div, Row, lay_out
from commsplan.lib.wallclock import ZoneField
from stakeholders.enums import AddressState, Category
from stakeholders.models import Group, Person, PersonQuerySet, Site


class PersonFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address, department, title")
    group = forms.ModelChoiceField(Group.objects.order_by("name", "pk"), empty_label="Any")
    category = forms.ChoiceField(choices=[("", "Any"), *Category.choices])
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), empty_label="Any")
    department = forms.ChoiceField()
    language = forms.ChoiceField(choices=[("", "Any"), *settings.LANGUAGES])
    address = forms.ChoiceField(label="E-mail", choices=[("", "Any"), ("none", "No address"), *AddressState.choices])
    archived = forms.BooleanField(label="Archived people")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        departments = [(name, name) for name in Person.objects.departments()]
        self.fields["department"].choices = [("", "Any"), *departments]  # type: ignore[attr-defined]

    def filter(self, people: PersonQuerySet) -> PersonQuerySet:
        chosen = self.chosen
        people = people.archived() if "archived" in chosen else people.active()
        people = people.found_by(chosen.get("q", ""))
        if "group" in chosen:
            people = people.in_groups([chosen["group"]])
        if "category" in chosen:
            people = people.in_categories([chosen["category"]])
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


class PersonForm(NothingOverwritten):
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), required=False, empty_label="No site")
    time_zone = ZoneField(initial="UTC")
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Notices go to groups: somebody in none hears only what is sent to them by name.",
    )
    helper = lay_out(
        "seen",
        Row(Column("name"), Column("email")),
        Row(Column("phone"), Column("external_id")),
        Row(Column("department"), Column("job_title")),
        Row(Column("site"), Column("time_zone")),
        Row(Column("language"), Column("reader_level")),
        "wants_invitations",
        "is_list",
        Div("groups", css_class="choices-in-columns"),
    )

    class Meta:
        model = Person
        fields = (
            *("name", "email", "phone", "external_id", "department", "job_title", "site", "time_zone", "language"),
            *("reader_level", "wants_invitations", "is_list"),
        )

    def __init__(self, *args, instance=None, **kwargs):
        if instance:
            kwargs.setdefault("initial", {})["groups"] = list(instance.groups.order_by("pk"))
        super().__init__(*args, instance=instance, **kwargs)

    def clean_email(self):
        """The constraint looks at `archived_at`, which is no field here, so Django's own check leaves it out."""
        email = self.cleaned_data["email"]
        others = Person.objects.active().exclude(pk=self.instance.pk)
        if email and not self.instance.is_archived and others.filter(email__iexact=email).exists():
            raise forms.ValidationError("There is already a person with this e-mail address.")
        return email


class GroupForm(NothingOverwritten):
    helper = lay_out("seen", Row(Column("name"), Column("category")), "description")

    class Meta:
        model = Group
        fields = ["name", "category", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class SiteForm(NothingOverwritten):
    time_zone = ZoneField()
    helper = lay_out("seen", "name", "time_zone", Row(Column("country"), Column("subdivision")))

    class Meta:
        model = Site
        fields = ["name", "time_zone", "country", "subdivision"]

    def clean(self):
        super().clean()
        countries.check(self)
        return self.cleaned_data


class BulkForm(forms.Form):
    """Which people, and what to do with them."""

    act = forms.ChoiceField(choices=[("archive", "Archive"), ("restore", "Restore"), ("add", "Add to a group")])
    everybody = forms.BooleanField(required=False)
    pk = forms.ModelMultipleChoiceField(Person.objects.order_by("pk"), required=False)
    group = forms.ModelChoiceField(Group.objects.order_by("name", "pk"), required=False)

    def __init__(self, data, *, matching: PersonQuerySet):
        super().__init__(data)
        self.matching = matching

    def clean(self):
        super().clean()
        if self.cleaned_data.get("act") == "add" and not self.cleaned_data.get("group"):
            raise forms.ValidationError("Choose the group first.")
        if not self.cleaned_data.get("everybody") and not self.cleaned_data.get("pk"):
            raise forms.ValidationError("Select somebody first.")

    @property
    def people(self) -> PersonQuerySet:
        return self.matching if self.cleaned_data["everybody"] else self.cleaned_data["pk"]
