"""Times that must not be disturbed, and the calendars that they come from."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse

from stakeholders.models import Group, Site
from upgrades.enums import (
    Freeze,
)
from upgrades.models.service import Service


class CriticalDaysQuerySet(models.QuerySet):
    def with_scope(self):
        """`is_for_everybody`: no group, site or service is named."""
        entry = {"criticaldays": OuterRef("pk")}
        return self.annotate(
            is_for_everybody=~Exists(CriticalDays.groups.through.objects.filter(**entry))
            & ~Exists(CriticalDays.sites.through.objects.filter(**entry))
            & ~Exists(CriticalDays.services.through.objects.filter(**entry))
        )

    def found_by(self, words: str):
        """In its own name, or in that of a group, site or service it is for."""
        words = words.strip()
        if not words:
            return self
        fields = ("name", "groups__name", "sites__name", "services__name")
        matches = [CriticalDays.objects.filter(**{f"{field}__icontains": words}) for field in fields]
        return self.filter(pk__in=matches[0].union(*matches[1:]).values("pk"))

    def between(self, start, end):
        return self.filter(start__lt=end, end__gt=start)

    def upcoming(self, now):
        return self.filter(end__gt=now)

    def past(self, now):
        return self.filter(end__lte=now)


@pghistory.track()
class ImportedCalendar(models.Model):
    """A calendar file of a department: its entries are critical days, and follow the file when it comes again."""

    name = models.CharField(max_length=120)
    freeze = models.CharField(max_length=4, choices=Freeze, default=Freeze.SOFT)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Of entries that name none.")
    groups = models.ManyToManyField(Group, blank=True, related_name="imported_calendars")
    sites = models.ManyToManyField(Site, blank=True, related_name="imported_calendars")
    services = models.ManyToManyField(Service, blank=True, related_name="imported_calendars")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_imported_calendar_per_name",
                violation_error_message="There is already a calendar of this name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("imported_calendar", args=[self.pk])


@pghistory.track()
class CriticalDays(models.Model):
    """Times when a group, site or service must not be disturbed, entered by those whom it concerns."""

    is_for_everybody: bool  # of with_scope()

    name = models.CharField(max_length=120, help_text="For example: final examinations.")
    freeze = models.CharField(max_length=4, choices=Freeze, default=Freeze.SOFT)
    start = models.DateTimeField()
    end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    groups = models.ManyToManyField(Group, blank=True, related_name="critical_days")
    sites = models.ManyToManyField(Site, blank=True, related_name="critical_days")
    services = models.ManyToManyField(Service, blank=True, related_name="critical_days")
    calendar = models.ForeignKey(
        ImportedCalendar, models.CASCADE, null=True, blank=True, editable=False, related_name="entries"
    )
    uid = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    occurs = models.CharField(
        max_length=40, blank=True, default="", db_default="", editable=False, help_text="Which one of a series."
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CriticalDaysQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="critical_days_end_after_they_start",
                violation_error_message="The end must be after the start.",
            ),
            models.UniqueConstraint(
                fields=["calendar", "uid", "occurs"],
                condition=Q(calendar__isnull=False),
                name="an_entry_of_a_calendar_is_there_once",
            ),
        ]
        verbose_name = verbose_name_plural = "critical days"

    def __str__(self):
        return self.name
