from django import forms

from accounts.models import Account
from accounts.trails.reading import NOBODY
from commsplan.lib.filters import Filter


class TrailFilter(Filter):
    who = forms.ChoiceField(label="Who")
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), str(one)) for one in Account.objects.order_by("name", "email", "pk")]
        self.fields["who"].choices = [("", "Anybody"), *people, (NOBODY, "The system")]
