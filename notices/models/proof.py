"""Proof of notice: what was handed out."""

import pghistory
from django.conf import settings
from django.db import models

from upgrades.models import Upgrade


@pghistory.track(pghistory.InsertEvent())
class ProofPack(models.Model):
    """That a proof of notice was made, and its last hash: so that a pack can be told from a forged one later."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="proof_packs")
    head = models.CharField(max_length=64, help_text="SHA-256 of its last entry, hexadecimal.")
    entries = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self):
        return f"{self.upgrade}: {self.entries} entries, {self.head[:12]}"
