"""Which engagements a list shows."""

from django import forms
from django.db.models import Q

from accounts.models import Account
from commsplan.lib.filters import Filter, SearchField
from engagement.enums import EngagementKind, EngagementState
from upgrades.models import Upgrade


class EngagementFilter(Filter):
    q = SearchField(label="Search", placeholder="Title, topics, place, notes or somebody’s name")
    when = forms.ChoiceField(
        label="Which",
        choices=[("", "Upcoming"), ("to_record", "To be recorded"), ("past", "Past"), ("all", "All")],
    )
    upgrade = forms.ModelChoiceField(Upgrade.objects.order_by("name", "pk"), empty_label="Any")
    kind = forms.ChoiceField(choices=[("", "Any"), *EngagementKind.choices])
    host = forms.ModelChoiceField(Account.objects.none(), empty_label="Anybody")

    def __init__(self, data=None, *args, upgrade: Upgrade | None = None, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.fields["host"].queryset = Account.objects.filter(hosted_engagements__isnull=False).distinct()  # type: ignore[attr-defined]
        self.fields["host"].queryset = self.fields["host"].queryset.order_by("name", "pk")  # type: ignore[attr-defined]
        if upgrade:
            del self.fields["upgrade"]

    @property
    def narrows(self) -> bool:
        """More than the choice between upcoming and past."""
        return bool(self.chosen.keys() - {"when"})

    def filter(self, engagements, *, now):
        chosen = self.chosen
        if words := chosen.get("q"):
            engagements = engagements.found_by(words)
        for name in ("upgrade", "kind", "host"):
            if name in chosen:
                engagements = engagements.filter(**{name: chosen[name]})
        return self.in_time(engagements, chosen.get("when", ""), now=now)

    @staticmethod
    def in_time(engagements, when: str, *, now):
        if when == "to_record":
            return engagements.to_be_recorded(now).order_by("-start", "-pk")
        if when == "past":
            past = engagements.filter(Q(end__lte=now) | Q(state=EngagementState.HELD))
            return past.exclude(state=EngagementState.PLANNED).order_by("-start", "-pk")
        if when == "all":
            return engagements.order_by("-start", "-pk")
        return engagements.filter(end__gt=now).exclude(state=EngagementState.HELD).order_by("start", "pk")
