from django import forms

from commsplan.lib.forms import lay_out


class WaiverForm(forms.Form):
    helper = lay_out("reason", "digest")

    reason = forms.CharField(
        label="Why is it right as it is?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever reads it later has to understand it. It stands in the history with your name.",
    )
    digest = forms.CharField(widget=forms.HiddenInput)
