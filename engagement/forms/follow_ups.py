"""What is to be done after it."""

from django import forms
from django.db.models import Q

from accounts.models import Account
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, day_input, lay_out
from engagement.models import FollowUp
from stakeholders.models import Person


class FollowUpForm(NothingOverwritten):
    person = forms.ModelChoiceField(Person.objects.none(), required=False, empty_label="Nobody in particular")
    owner = forms.ModelChoiceField(Account.objects.none(), required=False, empty_label="Nobody yet")
    helper = lay_out(
        "seen",
        "text",
        Row(Column("kind", css_class="col-md-6"), Column("due_on", css_class="col-md-6")),
        Row(Column("owner", css_class="col-md-6"), Column("person", css_class="col-md-6")),
    )

    class Meta:
        model = FollowUp
        fields = ("text", "kind", "owner", "person", "due_on")
        labels = {"text": "What is to be done", "kind": "What it is", "due_on": "By", "person": "With whom"}
        widgets = {"due_on": day_input()}

    def __init__(self, *args, instance: FollowUp, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        there = instance.engagement.participants.order_by().values("person")
        self.fields["person"].queryset = Person.objects.filter(Q(pk__in=there) | Q(pk=instance.person_id)).in_order()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = Account.objects.to_choose_from()  # type: ignore[attr-defined]
