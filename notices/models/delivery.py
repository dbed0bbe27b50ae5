"""How messages leave the house: over which outlet, how fast, at which hours, and how that went."""

from datetime import time

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When

from notices.enums import IncomingKind, OutletLogKind
from notices.models.outbox import Message
from stakeholders.enums import Channel


class OutletQuerySet(models.QuerySet):
    def with_standing(self):
        """In the order of their channels, with their health and who stopped them. `is_tried`: something got through, in
        a test or in earnest. Which outlet of mail a message took is not kept: a fallback counts as tried once mail was
        handed over to it."""
        proved = OutletLog.objects.filter(outlet=OuterRef("pk"), kind__in=[OutletLogKind.TESTED, OutletLogKind.UP])
        handed_over = OutletLog.objects.filter(outlet__channel=OuterRef("channel"), kind=OutletLogKind.FALLBACK)
        left = Message.objects.filter(sent_at__isnull=False)
        mail = left.filter(channel=Channel.EMAIL)  # each by the index that is kept for it
        others = left.filter(channel=OuterRef("channel")).exclude(channel=Channel.EMAIL)
        is_tried = Case(
            When(Exists(proved), then=True),
            When(is_fallback=True, then=Exists(handed_over)),
            When(channel=Channel.EMAIL, then=Exists(mail)),
            default=Exists(others),
            output_field=models.BooleanField(),
        )
        return (
            self.select_related("health", "stopped_by").annotate(is_tried=is_tried).order_by("channel", "is_fallback")
        )


@pghistory.track(exclude=["secrets", "errors_in_row"])
class Outlet(models.Model):
    """How one channel leaves the house: with which account, how fast, and whether at all.

    That of mail is what EMAIL_URL names (EMAIL_FALLBACK_URL: its fallback). No row means no limits. An empty limit is
    none.
    """

    channel = models.CharField(max_length=10, choices=Channel)
    is_fallback = models.BooleanField(default=False, help_text="Takes over while the first one does not work.")
    config = models.JSONField(default=dict, blank=True, help_text="What everybody who signs in may see.")
    secrets = models.BinaryField(null=True, help_text="Encrypted, and never shown again.")

    per_second = models.PositiveIntegerField("messages per second", null=True, blank=True)
    per_minute = models.PositiveIntegerField("messages per minute", null=True, blank=True)
    per_hour = models.PositiveIntegerField("messages per hour", null=True, blank=True)
    per_day = models.PositiveIntegerField("messages in 24 hours", null=True, blank=True)
    connections = models.PositiveSmallIntegerField(default=4, help_text="At the same time, over all workers.")
    per_connection = models.PositiveIntegerField("messages per connection", null=True, blank=True)
    warm_up_from = models.DateField("warm-up since", null=True, blank=True)
    warm_up_start = models.PositiveIntegerField("messages on its first day", null=True, blank=True)
    stop_after = models.PositiveSmallIntegerField(
        "stop after errors in a row", default=25, help_text="0: go on whatever happens."
    )

    errors_in_row = models.PositiveIntegerField(default=0, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    stop_reason = models.CharField(max_length=300, blank=True, editable=False)

    objects = OutletQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "is_fallback"], name="one_outlet_per_channel_and_role"),
            models.CheckConstraint(
                condition=~Q(channel__in=[Channel.PORTAL, Channel.BANNER]), name="what_is_shown_needs_no_outlet"
            ),
            models.CheckConstraint(condition=Q(connections__gt=0), name="an_outlet_has_at_least_one_connection"),
            models.CheckConstraint(
                condition=Q(warm_up_from=None, warm_up_start=None) | Q(warm_up_from__isnull=False, warm_up_start__gt=0),
                name="a_warm_up_has_a_day_and_a_number",
                violation_error_message="Give both the first day of the warm-up and how many go out on it.",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_by=None, stop_reason="")
                | Q(stopped_at__isnull=False) & ~Q(stop_reason=""),
                name="what_is_stopped_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.get_channel_display()} (fallback)" if self.is_fallback else self.get_channel_display()

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None


@pghistory.track()
class DomainLimit(models.Model):
    """What one domain of recipients takes from us, whatever the outlet would do."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, help_text="As in example.org, in lower case.")
    per_second = models.PositiveIntegerField("messages per second", null=True, blank=True)
    per_minute = models.PositiveIntegerField("messages per minute", null=True, blank=True)
    per_hour = models.PositiveIntegerField("messages per hour", null=True, blank=True)
    connections = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "domain"],
                name="a_domain_is_limited_once_per_outlet",
                violation_error_message="There is already a limit for this domain.",
            )
        ]

    def __str__(self):
        return f"{self.domain} over {self.outlet}"


class OutletLog(models.Model):
    """What an administrator wants to know about an outlet afterwards: stopped, down, up again, tried out."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="log")
    kind = models.CharField(max_length=12, choices=OutletLogKind)
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["outlet", "-at"], name="outlet_log_by_time")]

    def __str__(self):
        return f"{self.outlet}: {self.get_kind_display()}"


@pghistory.track()
class DeliveryRules(models.Model):
    """For the whole organisation, one row: when nothing goes out that can wait, and how much one person is told in a
    week. Without the row, nothing is held."""

    quiet_from = models.TimeField(null=True, blank=True, help_text="On the reader's clock.")
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField("quiet on days that a reader does not work", default=True)
    most_per_week = models.PositiveSmallIntegerField(
        "messages per person and week", null=True, blank=True, help_text="Over all upgrades. What is more is gathered."
    )
    digest_at = models.TimeField("digest at", default=time(9), help_text="On the reader's clock.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_set_of_delivery_rules"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_a_beginning_and_an_end",
                violation_error_message="Give both the beginning and the end of the quiet hours, or neither.",
            ),
        ]
        verbose_name_plural = "delivery rules"

    def __str__(self):
        return "Delivery rules"


class Incoming(models.Model):
    """A mail or a report of a provider that came back to us. Each is read once, however often it arrives."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what arrived.")
    source = models.CharField(max_length=20, help_text="pipe, imap, or the name of the provider.")
    kind = models.CharField(max_length=12, choices=IncomingKind)
    address = models.CharField(max_length=254, blank=True)
    is_permanent = models.BooleanField(null=True)
    status = models.CharField(max_length=20, blank=True, help_text="Enhanced status code (RFC 3463).")
    detail = models.CharField(max_length=500, blank=True)
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="incoming")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="incoming_by_time")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.address or 'no address'}"

    @property
    def came_by(self) -> str:
        return {"imap": "IMAP", "pipe": "pipe"}.get(self.source, self.source.capitalize())


class Alert(models.Model):
    """Something is wrong with the operation. One that lasts is one alert."""

    key = models.CharField(max_length=40)
    detail = models.CharField(max_length=500)
    since = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(ended_at=None), name="one_open_alert_of_each_kind")
        ]

    def __str__(self):
        return self.detail


class Reading(models.Model):
    """What the operation looked like in one minute, for its chart."""

    at = models.DateTimeField(unique=True)
    values = models.JSONField(default=dict)

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"
