"""The one convention for the look of forms: fields and their rows here, everything around them in the template."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Div, Fieldset, Layout, Row
from django import forms

__all__ = ["Column", "Div", "Fieldset", "Row", "day_input", "lay_out", "lines"]


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
