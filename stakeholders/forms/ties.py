"""Who stands in for somebody, and what binds people to each other."""

from django import forms

from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, day_input, lay_out
from commsplan.lib.picking import PickField
from stakeholders.models import Absence, Relation
from stakeholders.sources import GROUPS, PEOPLE


class OfAPerson(forms.ModelForm):
    """Whose row it is stands in the address; the rules about that person hold all the same."""

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"person"}  # type: ignore[misc]


class AbsenceForm(OfAPerson, NothingOverwritten):
    deputy = PickField(
        PEOPLE,
        required=False,
        help_text="Gets on these days what this person gets. Somebody who is away too passes it on.",
    )
    helper = lay_out("seen", Row(Column("start_on"), Column("end_on")), "deputy", "note")

    class Meta:
        model = Absence
        fields = ["start_on", "end_on", "deputy", "note"]
        widgets = {"start_on": day_input(), "end_on": day_input()}


class RelationForm(OfAPerson):
    to_person = PickField(PEOPLE, label="Person", required=False)
    to_group = PickField(GROUPS, label="Or group", required=False)
    helper = lay_out("tie", Row(Column("to_person"), Column("to_group")))

    class Meta:
        model = Relation
        fields = ["tie", "to_person", "to_group"]
