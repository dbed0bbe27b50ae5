"""Whom an upgrade concerns, where they stand, and how they are treated."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from stakeholders.models import Group, Person
from upgrades.enums import (
    MIDDLE,
    Attitude,
    Impact,
    Means,
    Quadrant,
    TwoWay,
)
from upgrades.models.upgrade import Upgrade

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class StakeholderQuerySet(models.QuerySet):
    def assessed(self):
        """With the last assessment beside each row: influence, interest, attitude, assessed_at (None if never)."""
        last = Assessment.objects.filter(stakeholder=OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            influence=Subquery(last.values("influence")[:1]),
            interest=Subquery(last.values("interest")[:1]),
            attitude=Subquery(last.values("attitude")[:1]),
            assessed_at=Subquery(last.values("at")[:1]),
        )

    def in_quadrants(self, quadrants):
        """A stakeholder that was never assessed is in none."""
        wanted = Q(pk__in=[])
        for quadrant in quadrants:
            wanted |= QUADRANT_IS[quadrant]
        return self.assessed().filter(wanted)


QUADRANT_IS = {
    Quadrant.MANAGE_CLOSELY: Q(influence__gte=MIDDLE, interest__gte=MIDDLE),
    Quadrant.KEEP_SATISFIED: Q(influence__gte=MIDDLE, interest__lt=MIDDLE),
    Quadrant.KEEP_INFORMED: Q(influence__lt=MIDDLE, interest__gte=MIDDLE),
    Quadrant.MONITOR: Q(influence__lt=MIDDLE, interest__lt=MIDDLE),
}


@pghistory.track()
class Stakeholder(models.Model):
    """A person or a group in one upgrade."""

    influence: int | None  # these four of assessed()
    interest: int | None
    attitude: int | None
    assessed_at: datetime | None

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="stakeholders")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="stakes")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="stakes")
    impact_on_them = models.PositiveSmallIntegerField(choices=Impact, default=Impact.NO_IMPACT)
    wanted_attitude = models.SmallIntegerField(
        "wanted attitude", choices=Attitude, null=True, blank=True, help_text="Where you would like them to stand."
    )
    note = models.TextField(blank=True)

    objects = StakeholderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, group__isnull=False) | Q(person__isnull=False, group=None),
                name="a_stakeholder_is_a_person_or_a_group",
                violation_error_message="Choose a person or a group, not both.",
            ),
            models.UniqueConstraint(fields=["upgrade", "person"], name="a_person_has_one_stake_in_an_upgrade"),
            models.UniqueConstraint(fields=["upgrade", "group"], name="a_group_has_one_stake_in_an_upgrade"),
        ]

    def __str__(self):
        return str(self.who)

    @property
    def quadrant(self) -> Quadrant | None:
        """Needs `assessed()`; None for those who never were."""
        if self.influence is None or self.interest is None:
            return None
        return Quadrant.of(influence=self.influence, interest=self.interest)

    @property
    def who(self) -> Person | Group:
        return self.person or self.group  # type: ignore[return-value]  # one of the two: see the constraint


@pghistory.track()
class Assessment(models.Model):
    """Where a stakeholder stood on a date. The last one counts; earlier ones are kept."""

    stakeholder = models.ForeignKey(Stakeholder, models.CASCADE, related_name="assessments")
    influence = models.PositiveSmallIntegerField(validators=PERCENT)
    interest = models.PositiveSmallIntegerField(validators=PERCENT)
    attitude = models.SmallIntegerField(choices=Attitude, default=Attitude.NEUTRAL)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(influence__range=(0, 100), interest__range=(0, 100)),
                name="influence_and_interest_are_from_0_to_100",
            )
        ]
        indexes = [models.Index(fields=["stakeholder", "-at"], name="last_assessment")]

    def __str__(self):
        return f"{self.influence}/{self.interest}"


@pghistory.track()
class Strategy(models.Model):
    """How one upgrade treats the stakeholders of a quadrant, where it differs from `upgrades.strategies`."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="strategies")
    quadrant = models.CharField(max_length=14, choices=Quadrant)
    every_days = models.PositiveSmallIntegerField(
        "at least every … days", null=True, blank=True, help_text="Empty: no rhythm, only what the plan says."
    )
    means = ArrayField(models.CharField(max_length=10, choices=Means), default=list, blank=True)
    two_way = models.CharField(max_length=9, choices=TwoWay, default=TwoWay.OPTIONAL)
    pushes_a_week = models.PositiveSmallIntegerField("at most … messages a week")
    most_words = models.PositiveSmallIntegerField("at most … words", null=True, blank=True)
    content = models.CharField(max_length=200, blank=True, help_text="What they want to know.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upgrade", "quadrant"], name="one_strategy_per_quadrant")]
        verbose_name_plural = "strategies"

    def __str__(self):
        return f"{self.get_quadrant_display()} in {self.upgrade}"
