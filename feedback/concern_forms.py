"""Forms of concerns, for those who answer them."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Account
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.filters import Filter, SearchField
from commsplan.lib.forms import Column, Row, day_input, lay_out, lines
from commsplan.lib.picking import PickField
from engagement.models import Engagement
from feedback import concerns
from feedback.enums import ConcernKind, ConcernState
from feedback.models import Concern, ConcernQuerySet
from stakeholders.sources import PEOPLE
from upgrades.models import Milestone, Upgrade


class ConcernFilter(Filter):
    q = SearchField(label="Search", placeholder="Words of the question or the answer")
    state = forms.ChoiceField(label="State", choices=[("", "All states"), *ConcernState.choices])
    kind = forms.ChoiceField(label="Kind", choices=[("", "All kinds"), *ConcernKind.choices])
    owner = forms.ModelChoiceField(Account.objects.none(), label="Owner", empty_label="Anybody")
    overdue = forms.BooleanField(label="Overdue")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Account.objects.to_choose_from()  # type: ignore[attr-defined]

    def filter(self, among: ConcernQuerySet) -> ConcernQuerySet:
        chosen = self.chosen
        among = among.found_by(chosen.get("q", "").replace("\x00", ""))
        if "overdue" in chosen:
            among = among.overdue(timezone.localdate())
        return among.filter(**{name: chosen[name] for name in ("state", "kind", "owner") if name in chosen})


class WhoField(PickField):
    """Somebody of the register who is still there, or None."""

    def __init__(self, **kwargs):
        super().__init__(PEOPLE, required=False, help_text="Leave it empty if nobody is to be named.", **kwargs)

    def to_python(self, value):
        person = super().to_python(value)
        if person and person.is_archived:
            raise forms.ValidationError(f"{person} is archived.")
        return person


class NewConcernForm(forms.ModelForm):
    """What somebody said in a meeting, on the phone, in the corridor."""

    who = WhoField(label="Who raised it")

    class Meta:
        model = Concern
        fields = ["upgrade", "kind", "text", "milestone", "engagement"]
        widgets = {"text": lines(4), "engagement": forms.HiddenInput()}
        labels = {"text": "What was said"}

    def __init__(self, *args, upgrade: Upgrade | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["engagement"].queryset = Engagement.objects.filter(upgrade=upgrade)  # type: ignore[attr-defined]
        if upgrade:
            del self.fields["upgrade"]
            dates = Milestone.objects.filter(upgrade=upgrade).order_by("start", "pk")
            self.fields["milestone"].queryset = dates  # type: ignore[attr-defined]
            self.helper = lay_out("kind", "text", Row(Column("who"), Column("milestone")), "engagement")
        else:
            self.fields["upgrade"].queryset = Upgrade.objects.order_by("name", "pk")  # type: ignore[attr-defined]
            del self.fields["milestone"], self.fields["engagement"]
            self.helper = lay_out(Row(Column("upgrade"), Column("kind")), "text", "who")

    @property
    def values(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {"person": given.pop("who"), **given}


class ConcernForm(NothingOverwritten):
    """Whose it is, by when, and what it is about."""

    helper = lay_out("seen", "owner", "due_on", "kind", "milestone")

    class Meta:
        model = Concern
        fields = ["owner", "due_on", "kind", "milestone"]
        widgets = {"due_on": day_input()}
        labels = {"due_on": "Answer by"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        dates = Milestone.objects.filter(upgrade=self.instance.upgrade_id).order_by("start", "pk")
        self.fields["milestone"].queryset = dates  # type: ignore[attr-defined]
        self.fields["owner"].queryset = Account.objects.to_choose_from()  # type: ignore[attr-defined]
        self.initial["seen"] = self.fingerprint()


NEEDS_PUBLIC_WORDS = "Say how everybody may read the question, without names."


class AnswerConcernForm(NothingOverwritten):
    """The answer. Two managers who write one at the same time see each other's."""

    helper = lay_out("seen", "answer", "is_public", "public_wording")

    class Meta:
        model = Concern
        fields = ["answer", "is_public", "public_wording"]
        widgets = {
            "answer": lines(5),
            "public_wording": lines(2),
        }
        labels = {
            "answer": "Answer",
            "is_public": "Show question and answer on the status page",
            "public_wording": "The question, as everybody reads it",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = True
        self.fields["answer"].max_length = 4000  # type: ignore[attr-defined]
        needed = {"data-needed-if": self.add_prefix("is_public"), "data-needed-words": NEEDS_PUBLIC_WORDS}
        self.fields["public_wording"].widget.attrs.update(needed)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_public") and not cleaned.get("public_wording", "").strip():
            self.add_error("public_wording", NEEDS_PUBLIC_WORDS)
        for name in ("public_wording", "answer") if cleaned.get("is_public") else ():
            if concerns.names_who_asked(self.instance, cleaned.get(name) or ""):
                self.add_error(name, f"It names {self.instance.person}, who asked. Everybody would read it.")
        return cleaned

    def _post_clean(self):
        """The row is changed by feedback.concerns, which knows the state; the constraints of the whole hold there."""


class CloseConcernForm(forms.Form):
    reason = forms.CharField(label="Why it needs no answer", max_length=300)
    helper = lay_out("reason")
