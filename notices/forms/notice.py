"""The composer: what a notice says, in each of its versions, and the settings around it."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from commsplan.lib import keys, wallclock
from commsplan.lib.forms import Column, Fieldset, Row, lay_out
from feedback.models import Survey
from notices.enums import BY_HAND, PERSONAL, NoticeKind
from notices.forms.audience import AudienceFields, audience_rows
from notices.insight import comparison
from notices.models import Notice
from notices.pipeline.outlets import offered
from notices.pipeline.render.checking import LONGEST_BODY
from stakeholders.enums import Channel, ReaderLevel
from upgrades.models import Milestone, Upgrade

LONGEST_SUBJECT = 60  # what a phone shows
LANGUAGES = list(comparison.LANGUAGES)


class WordsArea(forms.Textarea):
    """A plain text field with a toolbar for Markdown and completion of placeholders."""

    def render(self, name, value, attrs=None, renderer=None):
        attrs = {"rows": 16, "spellcheck": "true", "data-placeholders": True, **(attrs or {})}
        attrs["class"] = f"words-area {attrs.get('class', 'form-control')}"
        area = super().render(name, value, attrs, renderer)
        return mark_safe(render_to_string("notices/_words_area.html", {"area": area, "id": attrs.get("id", name)}))


class VersionForm(forms.Form):
    """The words for one language and reader level. `standing`: how they stand to the first version, for the page."""

    standing: Any = None

    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES], widget=forms.HiddenInput)
    level = forms.ChoiceField(choices=ReaderLevel.choices, widget=forms.HiddenInput)
    subject = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-placeholders": True}),
        help_text="What, when, and whether one must act.",
    )
    body = forms.CharField(max_length=LONGEST_BODY, required=False, strip=False, widget=WordsArea)

    helper = lay_out("language", "level", "subject", "body")

    @property
    def key(self) -> str:
        return f"{self['language'].value()}-{self['level'].value()}"

    @property
    def name(self) -> str:
        return comparison.name_of(self["language"].value(), self["level"].value())

    def words(self) -> dict[str, str]:
        words = {name: self.cleaned_data[name] for name in ("language", "level", "subject", "body")}
        return words | {"body": words["body"].replace("\r\n", "\n")}


VersionFormSet = forms.formset_factory(VersionForm, extra=0, max_num=2 * len(LANGUAGES), validate_max=True)


class SettingsForm(AudienceFields):
    """Everything but the words. What a plan step decides is not asked here a second time."""

    title = forms.CharField(max_length=120, help_text="For you and your colleagues. Readers see the subject.")
    kind = forms.ChoiceField(choices=BY_HAND, help_text="Decides the layout, and what people may decline.")
    milestone = forms.ModelChoiceField(
        queryset=Milestone.objects.none(),
        required=False,
        empty_label="The whole upgrade",
        help_text="Its dates and impact become the facts of the notice.",
    )
    channels = forms.MultipleChoiceField(
        choices=Channel.choices, widget=forms.CheckboxSelectMultiple, help_text="The status page is public."
    )
    survey = forms.ModelChoiceField(queryset=Survey.objects.none(), required=False, empty_label="No survey")
    asks_acknowledgement = forms.BooleanField(label="Ask people to acknowledge that they have read it", required=False)
    send_at = wallclock.WallClockField(label="Goes out at", required=False)
    expires_at = wallclock.WallClockField(
        label="Too late after", required=False, help_text="From then on it does not go out by itself any more."
    )

    def __init__(self, *args, notice: Notice, **kwargs):
        self.notice = notice
        self.zone = notice.upgrade.time_zone
        super().__init__(*args, rule=notice.audience, initial=self._stored(notice), **kwargs)
        self.fields["channels"].choices = offered.choices(notice.channels)  # type: ignore[attr-defined]
        self.fields["milestone"].queryset = notice.upgrade.milestones.order_by("start", "pk")  # type: ignore[attr-defined]
        self.fields["survey"].queryset = notice.upgrade.surveys.order_by("title", "pk")  # type: ignore[attr-defined]
        self.fields["send_at"].help_text = f"On the clock in {self.zone}."
        self.helper = lay_out(*self._rows())
        for name in self._decided():
            del self.fields[name]

    def _decided(self) -> Sequence[str]:
        """What is not asked here: a plan step decides it, or what the notice was made for."""
        if self.notice.kind in PERSONAL:
            return [name for name in self.fields if name != "title"]
        return STEP_DECIDES if self.notice.step_id else ()

    def _stored(self, notice: Notice) -> dict[str, Any]:
        names = ["title", "kind", "milestone", "channels", "survey", "asks_acknowledgement"]
        times = {name: getattr(notice, name) for name in ("send_at", "expires_at")}
        shown = {name: at and wallclock.show(at, zone=self.zone) for name, at in times.items()}
        return {name: getattr(notice, name) for name in names} | shown

    def _rows(self) -> list:
        if self.notice.kind in PERSONAL:
            return ["title"]
        beside = Row(Column("channels", css_class="col-md-6"), Column("survey", css_class="col-md-6"))
        if self.notice.step_id:
            return ["kind", beside, "asks_acknowledgement"]
        return [
            "title",
            Row(Column("kind", css_class="col-md-6"), Column("milestone", css_class="col-md-6")),
            Row(Column("send_at", css_class="col-md-6"), Column("expires_at", css_class="col-md-6")),
            *audience_rows(),
            Fieldset("How", beside, "asks_acknowledgement"),
        ]

    def _moment(self, name: str) -> datetime | None:
        typed = self.cleaned_data[name]
        return typed and wallclock.read(typed, zone=self.zone, stored=getattr(self.notice, name))

    def values(self) -> dict[str, Any]:
        names = ["title", "kind", "milestone", "channels", "survey", "asks_acknowledgement"]
        values = {name: self.cleaned_data[name] for name in names if name in self.fields}
        if not self.notice.step_id and self.notice.kind not in PERSONAL:
            values |= {
                "audience": self.rule(),
                "send_at": self._moment("send_at"),
                "expires_at": self._moment("expires_at"),
            }
        return values

    def clean(self):
        cleaned = super().clean() or {}
        start, end = cleaned.get("send_at"), cleaned.get("expires_at")
        if start and end and end <= start:
            self.add_error("expires_at", "This must be after it goes out.")
        return cleaned


STEP_DECIDES = (
    "title",
    "milestone",
    "send_at",
    "expires_at",
    "affected",
    "groups",
    "quadrants",
    "categories",
    "people",
    "representatives_only",
    "not_answered",
    "not_acknowledged",
)


class Composer:
    """The settings and all versions of one notice, as one form."""

    def __init__(self, notice: Notice, data=None):
        self.notice = notice
        self.data = data
        self.settings = SettingsForm(data, notice=notice)
        read = {"empty_permitted": False}  # also a version that is no other than the stored one
        self.versions = VersionFormSet(data, prefix="words", initial=[*map(_complete, notice.words)], form_kwargs=read)

    def is_valid(self) -> bool:
        return all([self.settings.is_valid(), self.versions.is_valid()])

    @property
    def version(self) -> int:
        """The one that the page was made from."""
        return keys.number((self.data or {}).get("version"), default=self.notice.version)

    def words(self) -> list[dict[str, str]]:
        return [form.words() for form in self.versions]

    def values(self) -> dict[str, Any]:
        return self.settings.values() | {"words": self.words()}

    def draft(self) -> Notice:
        """The notice as it is on the screen; not stored."""
        draft = copy(self.notice)
        for name, value in self.values().items():
            setattr(draft, name, value)
        return draft

    @property
    def errors(self) -> list[tuple]:
        """(id of the field, its label, what is wrong) for the summary."""
        forms_ = [self.settings, *self.versions.forms]
        return [
            (field.id_for_label or field.auto_id, field.label, error)
            for form in forms_
            for field in form
            for error in field.errors
        ] + [("composer", "The form", error) for form in forms_ for error in form.non_field_errors()]


def _complete(words: dict[str, str]) -> dict[str, str]:
    return {"level": ReaderLevel.PLAIN, "subject": "", "body": "", **words}


class NewNoticeForm(forms.Form):
    """The first words come from the kind; everything else is set in the composer."""

    title = forms.CharField(
        label="What is it about?",
        max_length=120,
        help_text="For you and your colleagues, for example: Parking on Sunday.",
    )
    kind = forms.ChoiceField(choices=BY_HAND, initial=NoticeKind.NEWS)
    milestone = forms.ModelChoiceField(
        queryset=Milestone.objects.none(), required=False, empty_label="The whole upgrade"
    )
    is_empty = forms.BooleanField(
        label="Begin with an empty page", required=False, help_text="Otherwise it begins with the words for its kind."
    )

    helper = lay_out(
        "title", Row(Column("kind", css_class="col-md-6"), Column("milestone", css_class="col-md-6")), "is_empty"
    )

    def __init__(self, *args, upgrade: Upgrade, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["milestone"].queryset = upgrade.milestones.order_by("start", "pk")  # type: ignore[attr-defined]
