from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Fieldset, Row, lay_out, lines
from feedback import scales, sets
from feedback.enums import QuestionKind, SurveyState
from feedback.models import Question, Survey
from upgrades.models import Upgrade

LONGEST_TEXT = 5_000
MOST_MINUTES = 1_000_000
MOST_NAMED = 3
REFERRAL_PARTS = ("name", "email", "why")
OTHER_LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


# For those who answer


class AnswerForm(forms.Form):
    """One field per question, named by its key. `answers` holds what is stored: only what was answered."""

    required_message = _("Please answer this question.")

    def __init__(self, *args, questions: list[Question], language: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            self.fields[question.key] = field_for(question, language)
            self.fields[question.key].error_messages["required"] = self.required_message

    @property
    def numbered(self) -> list[tuple[int, Question, forms.BoundField]]:
        return [(number, question, self[question.key]) for number, question in enumerate(self.questions, 1)]

    @property
    def answers(self) -> dict[str, Any]:
        given = {question.key: stored(question, self.cleaned_data[question.key]) for question in self.questions}
        return {key: value for key, value in given.items() if value not in (None, "", [])}


class ReferralBoxes(forms.MultiWidget):
    """Three times name, address and reason; the page shows them one person after the other."""

    def __init__(self):
        super().__init__(
            [box for _ in range(MOST_NAMED) for box in (forms.TextInput, forms.EmailInput, forms.TextInput)]
        )

    def decompress(self, value):
        named = [[one.get(part, "") for part in REFERRAL_PARTS] for one in value or []]
        return [part for one in named for part in one]


class NamedPeople(forms.BoundField):
    @property
    def people(self) -> list[list[tuple[str, dict[str, Any]]]]:
        """For the page: per person the labels and boxes."""
        boxes = list(zip(self.field.labels, self.subwidgets[0].data["subwidgets"], strict=True))  # type: ignore[attr-defined]
        return [boxes[at : at + 3] for at in range(0, len(boxes), 3)]


class ReferralField(forms.MultiValueField):
    """Who else should know: up to three people, each with a name, and an address and a reason if wanted."""

    def __init__(self, **kwargs):
        boxes = [
            (_("Name"), forms.CharField(max_length=160, required=False)),
            (_("E-mail address"), forms.EmailField(required=False)),
            (_("Why"), forms.CharField(max_length=300, required=False)),
        ] * MOST_NAMED
        self.labels = [label for label, _field in boxes]
        super().__init__([field for _label, field in boxes], require_all_fields=False, widget=ReferralBoxes(), **kwargs)

    def get_bound_field(self, form, field_name):
        return NamedPeople(form, self, field_name)

    def compress(self, values) -> list[dict[str, str]]:
        rows = [dict(zip(REFERRAL_PARTS, values[at : at + 3], strict=False)) for at in range(0, len(values or []), 3)]
        filled = [{part: text for part, text in row.items() if text} for row in rows if any(row.values())]
        if any("name" not in row for row in filled):
            raise forms.ValidationError(_("Please give the name of each person."))
        return filled


def field_for(question: Question, language: str) -> forms.Field:
    common: dict[str, Any] = {"label": question.text_in(language), "required": question.is_required}
    options = scales.options(question, language)
    if question.kind == QuestionKind.TEXT:
        return forms.CharField(max_length=LONGEST_TEXT, widget=lines(4), **common)
    if question.kind == QuestionKind.REFERRAL:
        return ReferralField(**common)
    if question.kind == QuestionKind.NUMBER:
        number = forms.NumberInput(attrs={"inputmode": "numeric"})
        return forms.IntegerField(min_value=0, max_value=MOST_MINUTES, widget=number, **common)
    if question.kind == QuestionKind.MULTIPLE:
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
    return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)


def stored(question: Question, value: Any) -> Any:
    """Scales are kept as numbers, so that they can be averaged; "does not apply" stays a word."""
    is_scale = question.kind in (QuestionKind.RATING, QuestionKind.CSAT, QuestionKind.NPS)
    return int(value) if is_scale and value and value != scales.NOT_APPLICABLE else value


def preselected(questions: list[Question], given) -> dict[str, Any]:
    """A link from a mail may say what was clicked: ?nps=9. It only fills the form in."""
    return {
        question.key: given.getlist(question.key) if question.kind == QuestionKind.MULTIPLE else given[question.key]
        for question in questions
        if question.key in given and question.kind != QuestionKind.REFERRAL
    }


# For those who ask


class SurveyFilter(Filter):
    q = SearchField(label="Search", placeholder="Title or upgrade")
    state = forms.ChoiceField(label="State", choices=[("", "All states"), *SurveyState.choices])

    def filter(self, surveys):
        chosen = self.chosen
        if words := chosen.get("q", "").strip():
            surveys = surveys.filter(Q(title__icontains=words) | Q(upgrade__name__icontains=words))
        return surveys.filter(state=chosen["state"]) if "state" in chosen else surveys


class SurveyForm(NothingOverwritten):
    """Words in the main language and, if wanted, in the others; anonymity is fixed by the first answer."""

    class Meta:
        model = Survey
        fields = ["title", "intro", "thanks", "is_anonymous", "closes_at"]
        widgets = {
            "intro": lines(3),
            "thanks": lines(2),
            "closes_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
        labels = {"intro": "Introduction", "closes_at": "Takes answers until", "is_anonymous": "Anonymous"}
        help_texts = {"closes_at": "In your time zone. Leave it empty to close the survey by hand."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.responses.exists():
            self.fields["is_anonymous"].disabled = True
            self.fields["is_anonymous"].help_text = "Somebody has answered: what was promised to them stays."
        for code, language in OTHER_LANGUAGES:
            self._add_language(code, language)
        others = [
            Fieldset(f"In {language}", *(f"{name}_{code}" for name in ("title", "intro", "thanks")))
            for code, language in OTHER_LANGUAGES
        ]
        self.initial["seen"] = self.fingerprint()
        self.helper = lay_out(
            "seen", "title", "intro", "thanks", Row(Column("closes_at"), Column("is_anonymous")), *others
        )

    def _add_language(self, code: str, language: str) -> None:
        words = self.instance.translations.get(code, {})
        boxes = {"title": forms.TextInput, "intro": forms.Textarea, "thanks": forms.Textarea}
        for name, box in boxes.items():
            self.fields[f"{name}_{code}"] = forms.CharField(
                label=f"{self.fields[name].label} ({language})",
                required=False,
                max_length=120 if name == "title" else 4_000,
                initial=words.get(name, ""),
                widget=box(attrs={"lang": code} | ({} if name == "title" else {"rows": 2})),
            )

    @property
    def translations(self) -> dict[str, dict[str, str]]:
        return {
            code: {name: self.cleaned_data[f"{name}_{code}"] for name in ("title", "intro", "thanks")}
            for code, _language in OTHER_LANGUAGES
        }


def sets_to_choose() -> list[tuple[str, str]]:
    found = [(one.key, f"{one.title.format(service='…')} – {one.description}") for one in sets.all_sets()]
    return [*found, (sets.EMPTY, "An empty survey – you write the questions.")]


class NewSurveyForm(forms.Form):
    """From one of our sets of questions, or empty."""

    upgrade = forms.ModelChoiceField(Upgrade.objects.order_by("name", "pk"))
    set = forms.ChoiceField(label="Start with", choices=sets_to_choose, widget=forms.RadioSelect)
    helper = lay_out("upgrade", "set")


class QuestionForm(NothingOverwritten):
    """One question in all languages. Choices are written one per line: "English | Deutsch | Français"."""

    choices_written = forms.CharField(
        label="Choices",
        required=False,
        widget=lines(5),
        help_text="One per line; translations after a bar: Too few | Zu wenige | Trop peu",
    )

    class Meta:
        model = Question
        fields = ["kind", "is_required"]

    def __init__(self, *args, survey: Survey, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.survey = survey
        for code, language in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=f"Question ({language})",
                max_length=300,
                required=code == settings.LANGUAGE_CODE,
                initial=self.instance.texts.get(code, "") if self.instance.pk else "",
                widget=forms.TextInput(attrs={"lang": code}),
            )
        self.fields["choices_written"].initial = write_choices(self.instance.choices)
        if self.instance.pk and survey.responses.exists():
            for name in ("kind", "is_required", "choices_written"):
                self.fields[name].disabled = True
        texts = [f"text_{code}" for code, _language in settings.LANGUAGES]
        self.initial["seen"] = self.fingerprint()
        self.helper = lay_out("seen", *texts, Row(Column("kind"), Column("is_required")), "choices_written")

    def clean(self):
        cleaned = super().clean()
        takes_choices = cleaned.get("kind") in (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
        if takes_choices and not self.fields["choices_written"].disabled:
            self._clean_choices(cleaned.get("choices_written", ""))
        return cleaned

    def _clean_choices(self, written: str) -> None:
        self.read = read_choices(written, self.instance.choices)
        if len(self.read) < 2:
            self.add_error("choices_written", "Give at least two choices, one per line.")
        if len({choice["value"] for choice in self.read}) < len(self.read):
            self.add_error("choices_written", "Two choices are the same.")

    @property
    def values(self) -> dict[str, Any]:
        """What the question should hold."""
        texts = {code: self.cleaned_data[f"text_{code}"] for code, _language in settings.LANGUAGES}
        return {
            "kind": self.cleaned_data["kind"],
            "is_required": self.cleaned_data["is_required"],
            "texts": {code: text for code, text in texts.items() if text},
            "choices": getattr(self, "read", self.instance.choices if self.instance.pk else []),
        }


def write_choices(choices: list[dict]) -> str:
    codes = [code for code, _language in settings.LANGUAGES]
    return "\n".join(" | ".join(choice.get(code, "") for code in codes).rstrip(" |") for choice in choices)


def read_choices(written: str, known: list[dict]) -> list[dict]:
    """A choice whose first wording is known keeps its stored value, so that trends go on."""
    values = {choice.get("en", ""): choice["value"] for choice in known}
    codes = [code for code, _language in settings.LANGUAGES]
    rows = [[part.strip() for part in line.split("|")] for line in written.splitlines() if line.strip(" |")]
    return [
        {"value": values.get(row[0]) or slugify(row[0])[:40] or f"choice-{number}"}
        | {code: word for code, word in zip(codes, row, strict=False) if word}
        for number, row in enumerate(rows, 1)
    ]
