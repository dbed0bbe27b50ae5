"""What one says about two people who are one, and about one who wants to be forgotten."""

from collections.abc import Collection

from django import forms

from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import lay_out
from notices.register.merging import FIELDS

MINE, THEIRS = "mine", "theirs"


class OtherFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address or number of the other one")


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
