"""Two people edit one thing: the second one sees what the first one saved before anything is overwritten.

    class PersonForm(NothingOverwritten, forms.ModelForm): …

The view locks the row it gives to a bound form (`select_for_update`), so what the form compares with is what is stored.
"""

import hashlib
import json
from copy import copy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models


@dataclass(frozen=True)
class Clash:
    label: str
    stored: str
    typed: str


class Compared(forms.Form):
    """Puts a fingerprint of what it shows into the page, and compares it with what is stored when it comes back.

    A form without a model says itself whether it shows something stored (`is_stored`).
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clashes: list[Clash] = []
        self.initial["seen"] = self.fingerprint()

    @property
    def is_stored(self) -> bool:
        raise NotImplementedError

    def fingerprint(self) -> str:
        if not self.is_stored:
            return ""
        values = {name: _key(self.get_initial_for_field(field, name)) for name, field in self._shown()}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:20]

    def clean(self):
        cleaned = super().clean()
        if self.is_stored and self.data.get(self.add_prefix("seen")) != self.initial["seen"]:
            self._refuse()
        return cleaned

    def _refuse(self):
        pairs = [
            (name, field, self._said(name, self.get_initial_for_field(field, name))) for name, field in self._shown()
        ]
        self.clashes = [
            Clash(str(self[name].label), stored, typed)
            for name, field, stored in pairs
            if (typed := self._said(name, self[name].data)) != stored
        ]
        data: Any = copy(self.data)
        data[self.add_prefix("seen")] = self.initial["seen"]
        self.data = data
        self.add_error(
            None,
            "Somebody else saved this while you were editing. Nothing of theirs is overwritten yet: compare below, "
            "correct what you want, and save again.",
        )

    def _shown(self):
        return [(name, field) for name, field in self.fields.items() if name != "seen"]

    def changes(self) -> list[Clash]:
        """What was changed from what to what, once the form is valid."""
        pairs = [(name, self._said(name, self.get_initial_for_field(field, name))) for name, field in self._shown()]
        return [
            Clash(str(self[name].label), before, after)
            for name, before in pairs
            if (after := self._said(name, self.cleaned_data[name])) != before
        ]

    def _said(self, name: str, value) -> str:
        """A value in words, the same for what is stored and what was typed."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "yes" if field.to_python(value) else "no"
        if isinstance(
            field, forms.ModelMultipleChoiceField | forms.TypedMultipleChoiceField | forms.MultipleChoiceField
        ):
            chosen = {str(getattr(row, "pk", row)) for row in value or ()}
            return ", ".join(label for key, label in _choices(field) if key in chosen)
        if isinstance(field, forms.ChoiceField):
            if value in field.empty_values:
                return ""
            key = str(field.prepare_value(value))
            return dict(_choices(field)).get(key, key)
        shown = field.widget.format_value(field.prepare_value(value))
        return "" if shown is None else str(shown).replace("\r\n", "\n").strip()


class NothingOverwritten(Compared, forms.ModelForm):
    @property
    def is_stored(self) -> bool:
        return self.instance.pk is not None


def _choices(field: Any) -> list[tuple[str, str]]:
    return [(str(key), str(label)) for key, label in field.choices]


def _key(value) -> str | list[str]:
    if isinstance(value, list | tuple | set | models.QuerySet):
        return sorted(str(getattr(row, "pk", row)) for row in value)
    return "" if value is None else str(getattr(value, "pk", value))
