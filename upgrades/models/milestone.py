"""Dated steps and windows of an upgrade."""

import uuid

import pghistory
from django.db import models
from django.db.models import F, Q

from stakeholders.models import Site
from upgrades.enums import (
    Impact,
    MilestoneKind,
    Status,
)
from upgrades.models.service import Service
from upgrades.models.upgrade import Upgrade


class MilestoneQuerySet(models.QuerySet):
    def public(self):
        """Of published upgrades, what is marked for the public (portal.dates says when a tentative one shows)."""
        return self.filter(is_public=True, upgrade__published_at__isnull=False)

    def live(self):
        return self.exclude(status=Status.CANCELLED)

    def touching(self, service):
        """A milestone that names no services is about all services of its upgrade."""
        named = Milestone.services.through.objects
        own = Q(pk__in=named.filter(service=service).values("milestone"))
        inherited = ~Q(pk__in=named.values("milestone")) & Q(upgrade__in=Upgrade.objects.touching(service))
        return self.filter(own | inherited)


@pghistory.track()
class Milestone(models.Model):
    """A dated step or window of an upgrade. `uid` and `sequence` are its identity in calendars (RFC 5545)."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=MilestoneKind, default=MilestoneKind.WINDOW)
    status = models.CharField(max_length=10, choices=Status, default=Status.TENTATIVE)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, blank=True, help_text="Empty for a single moment.")
    baseline_start = models.DateTimeField(editable=False)
    baseline_end = models.DateTimeField(null=True, editable=False)
    impact = models.PositiveSmallIntegerField(choices=Impact, default=Impact.OUTAGE)
    downtime = models.PositiveIntegerField(
        "expected downtime in minutes",
        null=True,
        blank=True,
        help_text="What one person goes without; often shorter than the window.",
    )
    services = models.ManyToManyField(Service, blank=True, related_name="milestones")
    sites = models.ManyToManyField(Site, blank=True, related_name="milestones")
    effect = models.TextField("what people will notice", blank=True)
    action = models.TextField("what people must do", blank=True, help_text="Empty means: nothing.")
    workaround = models.TextField(
        "what helps until then",
        blank=True,
        default="",
        db_default="",
        help_text="How people get by while it does not work.",
    )
    outcome = models.TextField(
        "how it ended",
        blank=True,
        default="",
        db_default="",
        help_text="Known problems once it is done; what people have now once it is rolled back.",
    )
    action_deadline = models.DateTimeField(null=True, blank=True)
    systems = models.TextField(
        "internal systems",
        blank=True,
        default="",
        db_default="",
        help_text="Host names and the like. Outsiders never read them.",
    )
    change_reason = models.CharField(
        "why it changed last", max_length=300, blank=True, default="", db_default="", help_text="Corrections say it."
    )
    is_public = models.BooleanField("shown on the status page", default=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gt=F("start")),
                name="a_window_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            )
        ]
        indexes = [models.Index(fields=["start"], name="milestone_by_start")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if self._state.adding and self.baseline_start is None:
            self.baseline_start, self.baseline_end = self.start, self.end
        super().save(*args, **kwargs)

    @property
    def is_moved(self) -> bool:
        return (self.start, self.end) != (self.baseline_start, self.baseline_end)

    @property
    def is_over(self) -> bool:
        return self.status in (Status.COMPLETED, Status.CANCELLED)

    @property
    def is_tentative(self) -> bool:
        return self.status == Status.TENTATIVE

    @property
    def last_moment(self):
        return self.end or self.start
