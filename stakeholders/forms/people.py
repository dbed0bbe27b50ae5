from django import forms
from django.utils.text import capfirst

from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Div, Fieldset, NameField, Row, lay_out
from commsplan.lib.picking import PickInput, PickManyField
from commsplan.lib.wallclock import ZoneField
from stakeholders import addresses, tagging, zones
from stakeholders.enums import AddressState, Channel, Weekday
from stakeholders.models import Person, Site
from stakeholders.sources import GROUPS


def clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class TagsField(forms.Field):
    """Words with commas between them."""

    def __init__(self, **kwargs):
        widget = PickInput("pick_tags", {"data-pick-several": ",", "placeholder": "for example: pilot, night shift"})
        super().__init__(widget=widget, required=False, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return tagging.read(value or "")


class PersonForm(NothingOverwritten):
    site = forms.ModelChoiceField(Site.objects.order_by("name", "pk"), required=False, empty_label="No site")
    time_zone = ZoneField()
    tags = TagsField(help_text="Your own words for finding people, with commas between them.")
    works_on = forms.TypedMultipleChoiceField(
        label="Works on",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    refused_channels = forms.MultipleChoiceField(
        label="Does not want",
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Not used for what can be declined. Outages and required actions still go out.",
    )
    groups = PickManyField(
        GROUPS,
        add="Add a group",
        required=False,
        help_text="Notices go to groups: somebody in none hears only what is sent to them by name.",
    )
    helper = lay_out(
        "seen",
        Row(Column("name"), Column("email")),
        Row(Column("phone"), Column("external_id")),
        Row(Column("department"), Column("job_title")),
        "tags",
        "groups",
        Fieldset(
            "Place and language",
            Row(Column("site"), Column("time_zone")),
            Row(Column("language"), Column("reader_level")),
        ),
        Fieldset(
            "Working hours",
            Row(Column("works_from"), Column("works_until")),
            Div("works_on", css_class="choices-in-line"),
        ),
        Fieldset(
            "How to reach them",
            Row(Column("preferred_channel"), Column("refused_channels")),
            "wants_invitations",
            "is_list",
        ),
    )

    class Meta:
        model = Person
        fields = (
            *("name", "email", "phone", "external_id", "department", "job_title", "tags", "site", "time_zone"),
            *("language", "reader_level", "works_from", "works_until", "works_on"),
            *("preferred_channel", "refused_channels", "wants_invitations", "is_list"),
        )
        field_classes = {"name": NameField}
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("works_from", "works_until")
        }
        labels = {"works_from": "From", "works_until": "Until"}

    def __init__(self, *args, instance=None, **kwargs):
        if instance:
            kwargs.setdefault("initial", {})["groups"] = list(instance.groups.order_by("pk"))
        super().__init__(*args, instance=instance, **kwargs)
        if not instance:
            self.initial["time_zone"] = zones.usual()
        known = addresses.in_use([*self.instance.refused_channels, *filter(None, [self.instance.preferred_channel])])
        may = [(channel.value, channel.label) for channel in known]
        self.fields["preferred_channel"].choices = [("", "No preference"), *may]  # type: ignore[attr-defined]
        self.fields["refused_channels"].choices = may  # type: ignore[attr-defined]
        for name in self.instance.own_choices:
            if field := self.fields.get(name):
                field.help_text = f"{field.help_text} Chosen by the person: no import changes it.".strip()

    @property
    def chosen_by_the_person(self) -> list[str]:
        return [capfirst(str(self[name].label)) for name in self.instance.own_choices if name in self.fields]

    def clean_email(self):
        """The constraint looks at `archived_at`, which is no field here, so Django's own check leaves it out."""
        email = self.cleaned_data["email"]
        others = Person.objects.active().exclude(pk=self.instance.pk)
        if email and not self.instance.is_archived and others.filter(email__iexact=email).exists():
            raise forms.ValidationError("There is already a person with this e-mail address.")
        if email.lower() != str(self.initial.get("email") or "").lower():
            self.instance.email_state = AddressState.WORKING
        return email
