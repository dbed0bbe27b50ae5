"""Choosing one or more of very many: text that people can type, with suggestions where there is JavaScript (pick.js).

    deputy = PickField(PEOPLE, required=False)

A `Source` knows what can be chosen: a row is named by its key or by its words, the same that the suggestions say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse_lazy

SHOWN = 12  # suggestions at once


@dataclass(frozen=True)
class Source:
    """`named(words)` finds those whom these words name; more than one is for the reader to tell apart."""

    url: str
    rows: Callable[[], QuerySet]
    named: Callable[[str], QuerySet]
    say: Callable[[Any], str] = str
    nobody: str = "There is none of this name."
    several: str = "There are several of this name."

    def find(self, value: Any) -> Model:
        if isinstance(value, Model):
            return value
        words = str(value).replace("\x00", "").strip()
        found = list(self.named(words)[:2]) or self._by_key(words)
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(self.several if found else self.nobody, code="invalid_choice")

    def _by_key(self, words: str) -> list:
        is_key = words.isascii() and words.isdigit() and len(words) < 19
        return list(self.rows().filter(pk=words)) if is_key else []

    def words(self, value: Any) -> str:
        """What the field shows; what names nothing stays as it was typed."""
        try:
            return "" if value in (None, "") else self.say(self.find(value))
        except forms.ValidationError:
            return str(value)


class PickInput(forms.TextInput):
    def __init__(self, url: str, attrs=None):
        super().__init__({"data-pick": reverse_lazy(url), "autocomplete": "off", **(attrs or {})})


class PickField(forms.Field):
    """One row, or None."""

    def __init__(self, source: Source, *, placeholder: str = "Type to search", **kwargs):
        self.source = source
        super().__init__(widget=PickInput(source.url, {"placeholder": placeholder}), **kwargs)

    def prepare_value(self, value):
        return self.source.words(value)

    def to_python(self, value):
        return None if value in self.empty_values or not str(value).strip() else self.source.find(value)

    def has_changed(self, initial, data):
        return str(initial or "") != str(getattr(self.to_python(data), "pk", ""))


class SuggestedField(forms.CharField):
    """Words of one's own, with suggestions of those in use."""

    def __init__(self, url: str, *, placeholder: str = "Any", **kwargs):
        super().__init__(widget=PickInput(url, {"placeholder": placeholder}), **kwargs)


class PickManyInput(forms.Widget):
    """What is chosen as ticked boxes, and a field that adds to them."""

    def __init__(self, source: Source, *, add: str, attrs=None):
        super().__init__(attrs)
        self.source, self.add = source, add

    def value_from_datadict(self, data, files, name):
        typed = [words.strip() for words in data.get(f"{name}-add", "").split(";")]
        return [*data.getlist(name), *filter(None, typed)] if hasattr(data, "getlist") else data.get(name, [])

    def value_omitted_from_data(self, data, files, name):
        return False

    def id_for_label(self, id_):
        return f"{id_}-add" if id_ else id_

    def render(self, name, value, attrs=None, renderer=None):
        rows, left = self._sorted_out(value or [])
        context = {
            "name": name,
            "id": (attrs or {}).get("id", name),
            "rows": [(row.pk, self.source.say(row)) for row in rows],
            "typed": "; ".join(left),
            "url": reverse_lazy(self.source.url),
            "add": self.add,
            "described": (attrs or {}).get("aria-describedby", ""),
            "invalid": bool((attrs or {}).get("aria-invalid")),
        }
        return render_to_string("components/pickmany.html", context)

    def _sorted_out(self, value: Sequence) -> tuple[list, list[str]]:
        """Rows that are known, in the order of their names, and words that name none."""
        keys = {str(getattr(one, "pk", one)) for one in value}
        known = {row.pk: row for row in self.source.rows().filter(pk__in=[key for key in keys if _is_key(key)])}
        left: list[str] = []
        for words in sorted(keys - {str(pk) for pk in known}):
            try:
                row = self.source.find(words)
            except forms.ValidationError:
                left.append(words)
            else:
                known[row.pk] = row
        return sorted(known.values(), key=lambda row: self.source.say(row).casefold()), left


class PickManyField(forms.ModelMultipleChoiceField):
    widget = forms.Widget

    def __init__(self, source: Source, *, add: str, **kwargs):
        self.source = source
        super().__init__(source.rows(), widget=PickManyInput(source, add=add), **kwargs)

    def clean(self, value):
        """Keys of boxes and words that were typed."""
        keys = [key for key in value or [] if _is_key(str(getattr(key, "pk", key)))]
        named = [self.source.find(words).pk for words in value or [] if words not in keys]
        return super().clean([*keys, *named])


def _is_key(words: str) -> bool:
    return words.isascii() and words.isdigit() and len(words) < 19
