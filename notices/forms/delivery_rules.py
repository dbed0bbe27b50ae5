"""Quiet hours, and how much is too much."""

from datetime import time
from typing import Any

from django import forms

from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, lay_out
from notices.models import DeliveryRules
from notices.pipeline.hours import Rules

USUAL = {"quiet_from": time(20), "quiet_until": time(7), "quiet_weekends": True, "most_per_week": 3}


def clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class DeliveryRulesForm(NothingOverwritten):
    helper = lay_out(
        "seen",
        Row(Column("quiet_from"), Column("quiet_until")),
        "quiet_weekends",
        "most_per_week",
        "digest_at",
    )

    class Meta:
        model = DeliveryRules
        fields = ["quiet_from", "quiet_until", "quiet_weekends", "most_per_week", "digest_at"]
        widgets = {"quiet_from": clock(), "quiet_until": clock(), "digest_at": clock()}
        labels = {
            "quiet_from": "Quiet from",
            "quiet_until": "Quiet until",
            "quiet_weekends": "Quiet on days that a reader does not work",
            "most_per_week": "Most messages per person and week",
            "digest_at": "What waited goes out at",
        }
        help_texts = {
            "quiet_weekends": "Their own working week, weekends and the public holidays of their site.",
            "most_per_week": "Over all upgrades. Empty: no limit. The live notices of one window count as one.",
            "digest_at": "On the clock of each reader, on the next day that is not quiet.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if begins is not None and begins == ends:
            self.add_error("quiet_until", "It would be quiet all day. Choose another end, or leave both empty.")
        if cleaned.get("most_per_week") == 0:
            self.add_error("most_per_week", "Then everything would wait. Leave it empty, or take 1 or more.")
        return cleaned

    @property
    def rules(self) -> Rules:
        """As they would be with what is typed."""
        row = self.instance
        quiet = (row.quiet_from, row.quiet_until) if row.quiet_from and row.quiet_until else None
        return Rules(quiet, row.quiet_weekends, row.most_per_week, row.digest_at)
