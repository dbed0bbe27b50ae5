"""What the clock and the register note for themselves."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from stakeholders.models import Person


class Heartbeat(models.Model):
    """When the clock last ticked: one row. It tells an interruption, or a restored copy, from ordinary time."""

    number = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_heartbeat")]

    def __str__(self):
        return f"tick {self.number}"


class DifferentPeople(models.Model):
    """Somebody looked at two people who might be one, and said that they are not: nobody is asked again."""

    first = models.ForeignKey(Person, models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, models.CASCADE, related_name="+")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_people_differ_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="of_two_people_the_older_is_first"),
        ]
        verbose_name_plural = "different people"

    def __str__(self):
        return f"{self.first} is not {self.second}"
