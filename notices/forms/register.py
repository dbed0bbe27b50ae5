"""What one says about two people who are one, and about one who wants to be forgotten."""

from collections.abc import Collection

from django import forms

from commsplan.lib import keys
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import lay_out
from notices.register.merging import FIELDS
from stakeholders.models import Person

MINE, THEIRS = "mine", "theirs"
MOST_PAIRS = 100


class OtherFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address or number of the other one")


class PairsForm(forms.Form):
    """Pairs of people as "1-2": one, or all that somebody saw on a page."""

    pair = forms.Field(widget=forms.MultipleHiddenInput)

    @property
    def pairs(self) -> list[tuple[Person, Person]]:
        """Without those of whom one was merged or erased in the meantime."""
        asked = [tuple(map(keys.number, text.split("-")[:2])) for text in self.cleaned_data["pair"][:MOST_PAIRS]]
        people = Person.objects.real().in_bulk({key for pair in asked for key in pair})
        found = [tuple(people[key] for key in set(pair) if key in people) for pair in asked]
        return [(pair[0], pair[1]) for pair in found if len(pair) == 2]


class MergeForm(forms.Form):
    """For each field whose value stays; the page shows both side by side."""

    def __init__(self, data=None, *, better: Collection[str] = ()):
        super().__init__(data)
        for name in FIELDS:
            initial = THEIRS if name in better else MINE
            choices = [(MINE, MINE), (THEIRS, THEIRS)]
            self.fields[name] = forms.ChoiceField(choices=choices, initial=initial, required=False)

    @property
    def theirs(self) -> list[str]:
        return [name for name in FIELDS if self.cleaned_data.get(name) == THEIRS]


class EraseForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        help_text="Who asked, when and how. It is kept, so do not name the person.",
        widget=forms.TextInput(attrs={"placeholder": "Letter of 3 March, case 12", "autocomplete": "off"}),
    )
    helper = lay_out("reason")
