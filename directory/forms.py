from django import forms

from commsplan.lib.forms import lay_out
from directory.models import DirectoryToken


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80, help_text="Which directory it is for. The history names it beside every change that it makes."
    )
    helper = lay_out("name")

    def clean_name(self):
        name = self.cleaned_data["name"]
        if DirectoryToken.objects.filter(name__iexact=name, revoked_at=None).exists():
            raise forms.ValidationError("There is already a token of this name. Revoke it first, or take another name.")
        return name
