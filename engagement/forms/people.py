"""Whom to ask to come."""

from django import forms

from commsplan.lib.forms import Column, Row, lay_out
from commsplan.lib.picking import PickManyField
from engagement.inviting import Circle
from stakeholders.models import Group, Person
from stakeholders.sources import PEOPLE
from upgrades.enums import Quadrant


class PeopleField(PickManyField):
    """One by one, and nobody who left."""

    def __init__(self, **kwargs):
        super().__init__(PEOPLE, add="Add by name or address", **{"required": False, **kwargs})
        self.queryset = Person.objects.active().in_order()


class CircleFields(forms.Form):
    """Who is asked to come."""

    stakeholders = forms.BooleanField(label="All stakeholders of the upgrade", required=False)
    quadrants = forms.MultipleChoiceField(
        label="Stakeholders to", choices=Quadrant.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name", "pk"), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = PeopleField(label="People")

    def circle(self) -> Circle:
        chosen = self.cleaned_data
        return Circle(
            people=[person.pk for person in chosen.get("people", ())],
            groups=[group.pk for group in chosen.get("groups", ())],
            quadrants=chosen.get("quadrants", ()),
            stakeholders=chosen.get("stakeholders", False),
        )


CIRCLE_ROWS = (
    Row(
        Column("stakeholders", "quadrants", css_class="col-md-5"),
        Column("groups", css_class="col-md-7 choices-scroll"),
    ),
    "people",
)


class InviteForm(CircleFields):
    helper = lay_out(*CIRCLE_ROWS)
