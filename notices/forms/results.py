"""Filters of the lists of people, each turned into a queryset."""

from django import forms
from django.db.models import Q

from commsplan.lib import search
from commsplan.lib.filters import Filter, SearchField
from notices.enums import MessageState
from stakeholders.models import Person
from upgrades.models import Upgrade

GETS_IT, SKIPPED = "gets", "skipped"
DOUBTFUL = "doubtful"
ACKNOWLEDGED, NOT_ACKNOWLEDGED = "acknowledged", "not_acknowledged"


class AudienceFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address or department")
    reason = forms.ChoiceField(label="Who", required=False)

    def __init__(self, *args, reasons=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", "Everybody"),
            (GETS_IT, "Who gets it"),
            (SKIPPED, "Who does not get it"),
            *((reason, reason.capitalize()) for reason in reasons),
        ]

    def filter(self, people):
        people = people.found_by(self.chosen.get("q") or "")
        reason = self.chosen.get("reason")
        if reason == GETS_IT:
            return people.filter(skip_reason="")
        if reason == SKIPPED:
            return people.exclude(skip_reason="")
        return people.filter(skip_reason=reason) if reason else people


RESULTS = [("", "Any state"), *MessageState.choices, (DOUBTFUL, "Failed, may have arrived")]


class ResultsFilter(Filter):
    q = SearchField(label="Search", placeholder="Name, address or department")
    state = forms.ChoiceField(label="State", required=False, choices=RESULTS)
    answer = forms.ChoiceField(label="Acknowledged", required=False)

    def __init__(self, *args, asks_acknowledgement: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            ("", "Acknowledged or not"),
            (ACKNOWLEDGED, "Acknowledged"),
            (NOT_ACKNOWLEDGED, "Not acknowledged"),
        ]
        if not asks_acknowledgement:
            del self.fields["answer"]

    def filter(self, messages):
        chosen = self.chosen
        if search.prefixes(chosen.get("q") or ""):
            messages = messages.filter(person__in=Person.objects.found_by(chosen["q"]).values("pk"))
        if chosen.get("state") == DOUBTFUL:
            messages = messages.filter(state=MessageState.FAILED).doubtful()
        elif chosen.get("state"):
            messages = messages.filter(state=chosen["state"])
        if chosen.get("answer"):
            messages = messages.filter(is_acknowledged=chosen["answer"] == ACKNOWLEDGED)
        return messages


class OutboxFilter(Filter):
    q = SearchField(label="Search", placeholder="Notice or upgrade")
    upgrade = forms.ModelChoiceField(queryset=Upgrade.objects.none(), required=False, empty_label="Any upgrade")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["upgrade"].queryset = Upgrade.objects.order_by("name", "pk")  # type: ignore[attr-defined]

    def filter(self, notices):
        words, upgrade = (self.chosen.get("q") or "").strip(), self.chosen.get("upgrade")
        if words:
            notices = notices.filter(Q(title__icontains=words) | Q(upgrade__name__icontains=words))
        return notices.filter(upgrade=upgrade) if upgrade else notices


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        required=False,
        help_text="Kept with the notice. People who got it do not see it.",
    )


class CommentForm(forms.Form):
    reason = forms.CharField(
        label="What should change?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000})
    )


class RemarkForm(forms.Form):
    text = forms.CharField(label="Your remark", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
