"""The fields that choose an audience, for every form that has one."""

from typing import Any

from django import forms

from commsplan.lib.forms import Column, Fieldset, Row
from commsplan.lib.picking import PickManyField
from notices.pipeline.audience import ROOM, Audience, people_and_rooms
from stakeholders.enums import Category
from stakeholders.models import Group, Person
from stakeholders.sources import PEOPLE
from upgrades.enums import Quadrant

MOST_NAMED = 200  # people chosen one by one whom a page lists
PARTS = ("affected", "groups", "quadrants", "categories")
FILTERS = ("representatives_only", "not_answered", "not_acknowledged")


class AudienceFields(forms.Form):
    """`rule()` is what was chosen, as an Audience stores it.

    Of very many people chosen one by one none is listed: they stay, and others can join them. Where a page did not
    ask, all stay.
    """

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
    people = PickManyField(
        PEOPLE,
        add="Add a person or a room",
        label="People and rooms by name",
        required=False,
        help_text="Also those that no group brings: type a name or an address, and choose.",
    )
    representatives_only = forms.BooleanField(label="Only those who represent their group", required=False)
    not_answered = forms.BooleanField(label="Only those who have not answered the survey", required=False)
    not_acknowledged = forms.BooleanField(label="Only those who have not acknowledged", required=False)

    def __init__(self, *args, rule: dict[str, Any] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        stored = rule or {}
        self.fields["groups"].queryset = Group.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        self.initial = {name: stored.get(name) for name in (*PARTS, *FILTERS)} | self.initial
        self._name(stored.get("people", []))

    def _name(self, people: list[int]) -> None:
        is_listed = len(people) <= MOST_NAMED
        self.initial["people"] = people if is_listed else []
        self.kept_people = [] if is_listed and self._asked("people") else people
        if not is_listed:
            field = self.fields["people"]
            rooms = Person.objects.filter(ROOM, pk__in=people).count()
            said = people_and_rooms(len(people) - rooms, rooms)
            field.help_text = f"{said} were chosen one by one, and stay. {field.help_text}"

    def _asked(self, name: str) -> bool:
        return f"{self.add_prefix(name)}-add" in self.data

    def rule(self) -> dict[str, Any]:
        chosen = {name: self.cleaned_data[name] for name in (*PARTS, *FILTERS)}
        chosen["groups"] = sorted(group.pk for group in chosen["groups"])
        people = {*self.kept_people, *(person.pk for person in self.cleaned_data["people"])}
        return Audience.from_json(chosen | {"people": people}).as_json()

    def names_somebody(self) -> bool:
        return bool(self.kept_people) or any(self.cleaned_data.get(name) for name in (*PARTS, "people"))


def audience_rows() -> list:
    return [
        Fieldset(
            "Who is told",
            "affected",
            Row(
                Column("quadrants", css_class="col-md-6"),
                Column("categories", css_class="col-md-6"),
            ),
            Row(Column("groups", css_class="col-12 choices-scroll")),
            "people",
        ),
        Fieldset("Of these", *FILTERS),
    ]
