"""Projects that change services."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from upgrades.enums import (
    Phase,
)
from upgrades.models.service import Service


class UpgradeQuerySet(models.QuerySet):
    def touching(self, service):
        return self.filter(pk__in=Upgrade.services.through.objects.filter(service=service).values("upgrade"))

    def reaching(self, group):
        """A group is reached as a stakeholder, or because it uses one of the services."""
        stakes = Upgrade.objects.filter(stakeholders__group=group).values("pk")
        used = Upgrade.objects.filter(services__users=group).values("pk")
        return self.filter(Q(pk__in=stakes) | Q(pk__in=used))

    def published(self):
        return self.exclude(published_at=None)

    def running(self):
        return self.filter(phase__in=[Phase.PLANNING, Phase.UNDER_WAY])

    def found_by(self, words: str):
        return self.filter(name__icontains=words.strip()) if words.strip() else self


@pghistory.track()
class Upgrade(models.Model):
    """A project that changes services other people depend on."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.PLANNING)
    objective = models.TextField(blank=True, help_text="What will be different when it is done.")
    why = models.TextField("reason", blank=True, help_text="Why it has to change, in words an end user understands.")
    why_now = models.TextField("reason for the date", blank=True, help_text="Why now and not later.")
    risk = models.TextField("risk of not changing", blank=True)
    benefit = models.TextField(blank=True, help_text="What people gain.")
    success_measures = models.TextField(blank=True, help_text="How you will know that it went well.")
    services = models.ManyToManyField(Service, blank=True, related_name="upgrades")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_upgrades")
    sponsor_name = models.CharField(
        max_length=120, blank=True, help_text="Who wants it done, and says why: people listen to them first."
    )
    contact_name = models.CharField(max_length=120, help_text="Whom people ask.")
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Wall-clock times of the plan are in it.")
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166 code: its public holidays are no business days."
    )
    subdivision = models.CharField(max_length=6, blank=True)
    is_unplanned = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="An outage that nobody planned."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = UpgradeQuerySet.as_manager()

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("upgrade", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_cancelled(self) -> bool:
        return self.phase == Phase.CANCELLED

    def publish(self, *, now):
        """Shows the status page to everybody. The first time counts."""
        if not self.is_published:
            self.published_at = now
            self.save(update_fields=["published_at"])

    def unpublish(self):
        self.published_at = None
        self.save(update_fields=["published_at"])
