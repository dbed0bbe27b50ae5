"""What the linter keeps: waivers, the last check of each plan, and the glossary."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from notices.enums import Audible
from upgrades.models import Upgrade


@pghistory.track()
class Waiver(models.Model):
    """Somebody takes an error upon themselves. It counts as long as the facts it was given for stay as they were."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="waivers")
    rule = models.CharField(max_length=8)
    place = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="Of the facts that made the finding.")
    sentence = models.CharField(max_length=500, help_text="What the finding said then.")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upgrade", "rule", "place"], name="a_finding_is_waived_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_waiver_has_a_reason"),
        ]

    def __str__(self):
        return f"{self.rule} {self.place}"


class PlanCheck(models.Model):
    """How a plan stood when it was last checked, for pages that show many plans. Made again whenever it is older."""

    upgrade = models.OneToOneField(Upgrade, models.CASCADE, related_name="check_result")
    errors = models.PositiveIntegerField()
    warnings = models.PositiveIntegerField()
    hints = models.PositiveIntegerField()
    waived = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.upgrade}: {self.errors} errors, {self.warnings} warnings"


@pghistory.track()
class Term(models.Model):
    """A word of the glossary: what it means, and who knows it."""

    word = models.CharField(max_length=60)
    language = models.CharField(max_length=5, blank=True, help_text="Empty: in every language.")
    audible = models.CharField("who knows it", max_length=10, choices=Audible, default=Audible.TECHNICAL)
    meaning = models.CharField(max_length=200, blank=True)
    instead = models.CharField(max_length=120, blank=True, help_text="What to say instead.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("word"),
                "language",
                name="one_term_per_word_and_language",
                violation_error_message="The glossary has this word already.",
            )
        ]

    def __str__(self):
        return self.word

    def get_absolute_url(self):
        return reverse("glossary")
