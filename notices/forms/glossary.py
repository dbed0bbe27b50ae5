"""The words of the glossary: finding one, and saying who knows it."""

from collections.abc import Iterable

from django import forms
from django.conf import settings

from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Row, lay_out
from notices.enums import Audible
from notices.glossary import Entry
from notices.models import Term

LANGUAGES = [("", "Every language"), *settings.LANGUAGES]


class GlossaryFilter(Filter):
    q = SearchField(label="Search", placeholder="Word, meaning or what to say instead")
    audible = forms.ChoiceField(label="Who knows it", choices=[("", "All words"), *Audible.choices])
    language = forms.ChoiceField(label="Language", choices=[("", "All languages"), *settings.LANGUAGES])

    def filter(self, entries: Iterable[Entry]) -> list[Entry]:
        chosen = self.chosen
        words = chosen.get("q", "").lower().split()
        return [
            entry
            for entry in entries
            if chosen.get("audible") in (None, entry.audible)
            and ("language" not in chosen or entry.language in ("", chosen["language"]))
            and all(word in f"{entry.word} {entry.meaning} {entry.instead}".lower() for word in words)
        ]


class TermForm(NothingOverwritten):
    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    audible = forms.ChoiceField(label="Who knows it", choices=Audible.choices, widget=forms.RadioSelect)

    helper = lay_out(
        "seen",
        Row(Column("word", css_class="col-md-8"), Column("language", css_class="col-md-4")),
        "audible",
        "meaning",
        "instead",
    )

    class Meta:
        model = Term
        fields = ["word", "language", "audible", "meaning", "instead"]
        help_texts = {
            "word": "As it stands in a text.",
            "meaning": "In a few words: it is shown beside the text while somebody writes.",
            "instead": "One click puts it in the place of the word.",
        }

    def clean_word(self) -> str:
        return " ".join(self.cleaned_data["word"].split())
