"""The communication plan: its steps, what was passed on by word of mouth, and templates that people saved."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from commsplan.lib.constraints import paired
from engagement.models import Engagement
from notices.enums import Clock, Edge, Event, Medium, Sender, Trigger, Unit
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


@pghistory.track()
class PlanStep(models.Model):
    """One line of the communication plan. A step that is a notice has one Notice; the others are ticked off."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="steps")
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=120)
    medium = models.CharField(max_length=10, choices=Medium, default=Medium.NOTICE)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.OFFSET, db_default=Trigger.OFFSET)
    edge = models.CharField(max_length=5, choices=Edge, default=Edge.START)
    offset = models.IntegerField(default=0, help_text="Negative is before, positive after.")
    unit = models.CharField(max_length=13, choices=Unit, default=Unit.BUSINESS_DAYS)
    at = models.TimeField(
        "time of day", null=True, blank=True, help_text="On the wall of the upgrade's place. Not used with minutes."
    )
    clock = models.CharField(max_length=10, choices=Clock, default=Clock.PLACE, db_default=Clock.PLACE)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="Of a cadence: 0 is Monday.",
    )
    every_weeks = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="Of a cadence.")
    event = models.CharField(max_length=10, choices=Event, blank=True, default="", db_default="")
    after = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="awaited_by",
        verbose_name="waits for",
        help_text="It does not go out before this decision is ticked off.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_steps",
        help_text="Who sees to it; empty: the owner of the upgrade.",
    )
    sender = models.CharField(
        "in whose name", max_length=10, choices=Sender, default=Sender.CONTACT, db_default=Sender.CONTACT
    )
    audience = models.JSONField(default=dict, blank=True)
    engagement = models.OneToOneField(
        Engagement,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="step",
        help_text="The meeting or training that this step is.",
    )
    objective = models.CharField(max_length=200, blank=True, help_text="What is different after people read this.")
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=paired("done_at", "done_by"), name="a_done_step_has_who_and_when"),
            models.CheckConstraint(
                condition=Q(unit=Unit.MINUTES, at=None) | (~Q(unit=Unit.MINUTES) & Q(at__isnull=False)),
                name="a_step_in_days_has_a_time_of_day",
                violation_error_message="Give a time of day (or count in minutes).",
            ),
            models.CheckConstraint(
                condition=Q(trigger=Trigger.EVENT) ^ Q(event=""),
                name="a_step_with_an_event_says_which",
                violation_error_message="Say what has to happen.",
            ),
            models.CheckConstraint(
                condition=~Q(trigger=Trigger.CADENCE) | Q(weekdays__len__gt=0, every_weeks__gt=0, at__isnull=False),
                name="a_cadence_has_weekdays_and_a_time",
                violation_error_message="Choose at least one day of the week.",
            ),
            models.CheckConstraint(condition=Q(after=None) | ~Q(after=F("pk")), name="no_step_waits_for_itself"),
        ]

    def __str__(self):
        return self.name


@pghistory.track()
class PassedOn(models.Model):
    """Of a manager cascade: this manager has told their people."""

    step = models.ForeignKey(PlanStep, models.CASCADE, related_name="passed_on")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "person"], name="somebody_passes_a_step_on_once")]
        verbose_name_plural = "passed on"

    def __str__(self):
        return f"{self.person}: {self.step}"


@pghistory.track()
class SavedTemplate(models.Model):
    """A plan template that somebody made. `content` has the shape of the files in notices/plan_templates."""

    slug = models.SlugField(max_length=140, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=400, blank=True)
    has_waves = models.BooleanField("has several windows", default=False)
    content = models.JSONField(default=dict)
    made_from = models.ForeignKey(Upgrade, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_template_per_name",
                violation_error_message="There is already a template of this name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("template", args=[self.slug])
