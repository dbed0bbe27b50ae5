import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from commsplan.lib.constraints import paired
from upgrades.enums import Impact
from upgrades.models import Milestone, Service
from vendors.enums import NoteStatus


@pghistory.track()
class Circuit(models.Model):
    """What a vendor calls something that one of our services runs on."""

    provider = models.CharField(max_length=120)
    circuit_id = models.CharField("circuit", max_length=200)
    services = models.ManyToManyField(Service, blank=True, related_name="circuits")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "circuit_id"], name="a_circuit_is_known_once")]

    def __str__(self):
        return self.circuit_id


class MaintenanceQuerySet(models.QuerySet):
    def waiting(self, now):
        """Nobody has decided on it, and it is still to come."""
        open_ones = self.filter(milestone=None, ignored_at=None, end__gt=now)
        return open_ones.exclude(status__in=[NoteStatus.CANCELLED, NoteStatus.COMPLETED])

    def found_by(self, words: str):
        words = words.strip()
        fields = ("summary", "provider", "maintenance_id", "account")
        wanted = Q(circuits__contains=[{"circuit_id": words}])
        for name in fields:
            wanted |= Q(**{f"{name}__icontains": words})
        return self.filter(wanted) if words else self


@pghistory.track()
class Maintenance(models.Model):
    """Work that a vendor announced: what its last note says. It becomes a milestone when somebody adopts it."""

    provider = models.CharField(max_length=120)
    uid = models.CharField(max_length=255)
    account = models.CharField(max_length=120)
    maintenance_id = models.CharField(max_length=200)
    sequence = models.BigIntegerField()
    stamp = models.DateTimeField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    status = models.CharField(max_length=12, choices=NoteStatus)
    impact = models.PositiveSmallIntegerField(choices=Impact)
    summary = models.CharField(max_length=300, blank=True)
    organizer = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    circuits = models.JSONField(help_text='[{"circuit_id": "IC-1", "impact": "OUTAGE"}]')
    milestone = models.OneToOneField(
        Milestone, models.SET_NULL, null=True, blank=True, editable=False, related_name="maintenance"
    )
    ignored_at = models.DateTimeField(null=True, editable=False)
    ignored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    received_at = models.DateTimeField(editable=False)

    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "uid"], name="a_vendors_maintenance_is_kept_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="a_maintenance_ends_after_it_starts"),
            models.CheckConstraint(
                condition=paired("ignored_at", "ignored_by"), name="an_ignored_maintenance_has_who_and_when"
            ),
        ]
        indexes = [models.Index(fields=["end"], name="maintenance_by_end")]
        verbose_name_plural = "maintenance"

    def __str__(self):
        return self.summary or self.maintenance_id

    def get_absolute_url(self):
        return reverse("maintenance", args=[self.pk])

    @property
    def sender(self) -> str:
        return self.organizer.removeprefix("mailto:").removeprefix("MAILTO:")

    @property
    def is_cancelled(self) -> bool:
        return self.status == NoteStatus.CANCELLED


class CircuitServices(Circuit.services.through):  # type: ignore[name-defined]
    """The choices, so that the history keeps them too."""

    class Meta:
        proxy = True


pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)(CircuitServices)
