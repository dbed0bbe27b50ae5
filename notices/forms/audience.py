"""The fields that choose an audience, for every form that has one."""

from typing import Any

from django import forms

from commsplan.lib.forms import Column, Fieldset, Row
from notices.pipeline.audience import Audience
from stakeholders.enums import Category
from stakeholders.models import Group
from upgrades.enums import Quadrant

PARTS = ("affected", "groups", "quadrants", "categories")
FILTERS = ("representatives_only", "not_answered", "not_acknowledged")


class AudienceFields(forms.Form):
    """`rule()` is what was chosen, as an Audience stores it. People chosen one by one stay as they are."""

    affected = forms.BooleanField(
        label="Everybody affected",
        required=False,
        help_text="People who use the milestone's services, at its sites, and stakeholders it has an impact on.",
    )
    groups = forms.ModelMultipleChoiceField(
        label="Groups", queryset=Group.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    quadrants = forms.MultipleChoiceField(
        label="Stakeholders to", choices=Quadrant.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        label="Categories",
        choices=Category.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Groups of these categories that use the services or are stakeholders.",
    )
    representatives_only = forms.BooleanField(label="Only those who represent their group", required=False)
    not_answered = forms.BooleanField(label="Only those who have not answered the survey", required=False)
    not_acknowledged = forms.BooleanField(label="Only those who have not acknowledged", required=False)

    def __init__(self, *args, rule: dict[str, Any] | None = None, **kwargs):
        self.kept_people = (rule or {}).get("people", [])
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = Group.objects.order_by("name", "pk")
        self.initial = {name: (rule or {}).get(name) for name in (*PARTS, *FILTERS)} | self.initial

    def rule(self) -> dict[str, Any]:
        chosen = {name: self.cleaned_data[name] for name in (*PARTS, *FILTERS)}
        chosen["groups"] = sorted(group.pk for group in chosen["groups"])
        return Audience.from_json(chosen | {"people": self.kept_people}).as_json()

    def names_somebody(self) -> bool:
        return bool(self.kept_people) or any(self.cleaned_data.get(name) for name in PARTS)


def audience_rows() -> list:
    return [
        Fieldset(
            "Who is told",
            "affected",
            Row(
                Column("quadrants", css_class="col-md-4"),
                Column("categories", css_class="col-md-4"),
                Column("groups", css_class="col-md-4 choices-scroll"),
            ),
        ),
        Fieldset("Of these", *FILTERS),
    ]
