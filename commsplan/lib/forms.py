"""The one convention for the look of forms: fields and their rows here, everything around them in the template."""

import re

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Div, Fieldset, Layout, Row
from django import forms

__all__ = ["Column", "Div", "Fieldset", "NameField", "Row", "day_input", "lay_out", "lines"]

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def lay_out(*rows) -> FormHelper:
    """Fields here; the <form> tag, the token and the buttons belong to the template."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = True
    helper.layout = Layout(*rows)
    return helper


def lines(count: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": count})


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NameField(forms.CharField):
    """One line. Names stand in the headers of mails: a tab or a break that came along when one was pasted would keep
    its person from being told anything."""

    def to_python(self, value):
        return " ".join(UNSEEN.sub(" ", super().to_python(value) or "").split())
