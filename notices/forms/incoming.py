from django import forms
from django.db.models import Q

from commsplan.lib.filters import Filter, SearchField
from notices.enums import IncomingKind


class IncomingFilter(Filter):
    q = SearchField(label="Search", placeholder="Address, status code or words of the server")
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Any kind"), *IncomingKind.choices])
    found = forms.ChoiceField(
        label="Message",
        required=False,
        choices=[("", "Any"), ("yes", "Of a message of ours"), ("no", "Of none that we know")],
    )

    def filter(self, rows):
        chosen = self.chosen
        for word in str(chosen.get("q", "")).replace("\x00", "").split():
            rows = rows.filter(Q(address__icontains=word) | Q(status=word) | Q(detail__icontains=word))
        if chosen.get("kind"):
            rows = rows.filter(kind=chosen["kind"])
        return rows.filter(message__isnull=chosen["found"] == "no") if chosen.get("found") else rows
