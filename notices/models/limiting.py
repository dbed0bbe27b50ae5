"""What an outlet is doing: what left of late, who holds its connections, whose turn it is, whether it works."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Window
from django.db.models.functions import RowNumber

from notices.models.delivery import Outlet


class Tally(models.Model):
    """So many left until `at`. While `at` is to come, a worker has reserved them: it reports before that, or has used
    them all. `domain`: of the recipients; empty for all that left over the outlet."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=253, blank=True)
    at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["outlet", "domain", "at"], name="tally_by_time")]

    def __str__(self):
        return f"{self.count} over {self.outlet_id}"


class Seat(models.Model):
    """The connections that one worker may keep open until then; with a `domain`, how many messages of it may be under
    way to that domain."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=253, blank=True)
    holder = models.CharField(max_length=40)
    count = models.PositiveSmallIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outlet", "domain", "holder"], name="one_seat_per_worker_and_outlet")
        ]

    def __str__(self):
        return f"{self.count} of {self.outlet_id}"


class Turn(models.Model):
    """How far the line of one domain reaches: the last turn that was given, and the last message that got one."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=253)
    taken_until = models.DateTimeField()
    last_key = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlet", "domain"], name="one_turn_per_domain_and_outlet")]

    def __str__(self):
        return self.domain


class Health(models.Model):
    """Of an outlet that does not work. Without the row it works, as far as we know."""

    outlet = models.OneToOneField(Outlet, models.CASCADE, primary_key=True, related_name="health")
    down_since = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=300)
    tried_at = models.DateTimeField()
    is_replaced = models.BooleanField(default=False, help_text="The fallback has taken over.")

    class Meta:
        verbose_name_plural = "health"

    def __str__(self):
        return f"{self.outlet}: {self.reason}"


class DomainTroubleQuerySet(models.QuerySet):
    def first_stopped(self, most: int = 20):
        """Of each outlet so many, those that have been stopped for longest; `number`: of all that it has."""
        in_turn = Window(RowNumber(), partition_by="outlet", order_by=["stopped_at", "pk"])
        of_it = Window(Count("pk"), partition_by="outlet")
        rows = self.filter(stopped_at__isnull=False).select_related("outlet").annotate(number=of_it, place=in_turn)
        return rows.filter(place__lte=most).order_by("stopped_at", "pk")


class DomainTrouble(models.Model):
    """One domain of recipients refuses for good, whoever is written to. Without the row it takes what comes.

    `errors`: so many in a row, of this domain; `counted`: how many of them count against the outlet as a whole. Once it
    is stopped, nothing goes to that domain over that outlet, until somebody says so.
    """

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="troubles", db_index=False)
    domain = models.CharField(max_length=253)
    errors = models.PositiveIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300)
    stopped_at = models.DateTimeField(null=True)

    objects = DomainTroubleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlet", "domain"], name="one_trouble_per_domain_and_outlet")]

    def __str__(self):
        return f"Mail to {self.domain}"


class Standstill(models.Model):
    """Nothing that sends sends, because somebody said so. Kept when it is over."""

    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ended_at"], nulls_distinct=False, name="one_standstill_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="the_end_of_a_standstill_has_who_and_when",
            ),
        ]

    def __str__(self):
        return self.reason
