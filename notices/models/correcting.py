"""What keeps beliefs right: when corrections go out by themselves, and who has to be called instead."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from commsplan.lib.constraints import paired
from notices.enums import Correcting
from stakeholders.models import Person
from upgrades.materiality import Thresholds
from upgrades.models import Upgrade


@pghistory.track()
class CorrectionRule(models.Model):
    """How an upgrade corrects what people were told. One without a row of its own proposes, with these defaults."""

    upgrade = models.OneToOneField(Upgrade, models.CASCADE, related_name="correction_rule")
    mode = models.CharField(max_length=9, choices=Correcting, default=Correcting.PROPOSE)
    wait_minutes = models.PositiveSmallIntegerField(
        "wait after the last change",
        default=10,
        help_text="Minutes. Who is still moving things should not tell people.",
    )
    longest_wait_minutes = models.PositiveSmallIntegerField(
        "but at most after the first", default=60, help_text="Minutes."
    )
    urgent_wait_minutes = models.PositiveSmallIntegerField(
        "wait when it is urgent", default=2, help_text="Minutes. Urgent: less than a day left, or earlier than told."
    )
    most_people = models.PositiveIntegerField(
        "by itself to at most … people", null=True, blank=True, default=500, help_text="Empty: to any number."
    )
    start_minutes = models.PositiveSmallIntegerField("a start counts as moved from … minutes", default=15)
    end_minutes = models.PositiveSmallIntegerField("an end counts as later from … minutes", default=15)
    downtime_minutes = models.PositiveSmallIntegerField("a downtime counts as longer from … minutes", default=15)
    words = models.JSONField(default=list, blank=True, help_text="As of a notice; empty: the usual ones.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=paired("approved_by", "approved_at"), name="an_approved_correction_rule_has_who_and_when"
            ),
            models.CheckConstraint(
                condition=Q(longest_wait_minutes__gte=models.F("wait_minutes")),
                name="the_longest_wait_is_the_longest",
                violation_error_message="The longest wait must not be shorter than the usual one.",
            ),
        ]

    def __str__(self):
        return f"Corrections of {self.upgrade}"

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.start_minutes, self.end_minutes, self.downtime_minutes)


class CallQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at=None)


@pghistory.track()
class Call(models.Model):
    """Somebody believes what no longer holds, and nothing we send reaches them: call them. `facts` are the keys of what
    they have to hear. Done is done by a conversation, which tells them, or in vain, with the reason."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="calls")
    person = models.ForeignKey(Person, models.CASCADE, related_name="calls")
    facts = models.JSONField(default=list)
    why = models.CharField(max_length=300, help_text="Why nothing reaches them.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calls")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["upgrade", "person"], condition=Q(done_at=None), name="one_open_call_per_person_and_upgrade"
            )
        ]
        indexes = [models.Index(fields=["upgrade", "created_at"], condition=Q(done_at=None), name="call_open")]

    def __str__(self):
        return f"Call {self.person}"
