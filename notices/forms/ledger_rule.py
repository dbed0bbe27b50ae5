"""How an upgrade corrects what people were told, and in which words."""

from typing import Any

from django import forms

from commsplan.lib.forms import Column, Fieldset, Row, lay_out
from notices.enums import Correcting
from notices.forms.notice import VersionFormSet
from notices.models import CorrectionRule
from notices.pipeline.correcting import rule

SETTINGS = (
    *("mode", "wait_minutes", "longest_wait_minutes", "urgent_wait_minutes", "most_people"),
    *("start_minutes", "end_minutes", "downtime_minutes"),
)


class RuleForm(forms.ModelForm):
    mode = forms.ChoiceField(label="What becomes of a correction", choices=Correcting.choices, widget=forms.RadioSelect)

    helper = lay_out(
        Fieldset("By itself, or with a click", "mode", "most_people"),
        Fieldset(
            "How long it waits",
            Row(Column("wait_minutes"), Column("longest_wait_minutes"), Column("urgent_wait_minutes")),
        ),
        Fieldset(
            "What counts as another date",
            Row(Column("start_minutes"), Column("end_minutes"), Column("downtime_minutes")),
        ),
    )

    class Meta:
        model = CorrectionRule
        fields = SETTINGS

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SETTINGS}


class RuleWords:
    """The words of corrections, one version for each language and reader level."""

    def __init__(self, settings: CorrectionRule, data=None):
        self.usual = rule.words_of(CorrectionRule(upgrade=settings.upgrade, author=settings.author))
        initial = [dict(one) for one in rule.words_of(settings)]
        self.versions = VersionFormSet(data, prefix="words", initial=initial, form_kwargs={"empty_permitted": False})

    def is_valid(self) -> bool:
        return self.versions.is_valid()

    def words(self) -> list[dict[str, str]]:
        """Empty where they are the usual ones: those follow later versions of the product."""
        found = [form.words() for form in self.versions]
        keys = ("language", "level", "subject", "body")
        same = [{key: one.get(key, "") for key in keys} for one in found] == [
            {key: one.get(key, "") for key in keys} for one in self.usual
        ]
        return [] if same else found
