"""What is said: notices, their revisions and variants."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from commsplan.lib.constraints import paired
from engagement.models import Engagement
from feedback.models import Concern, Survey
from notices.enums import WAITING, Event, NoticeKind, NoticeState
from notices.models.outbox import Message
from notices.models.plan import PlanStep
from stakeholders.enums import Channel, ReaderLevel
from upgrades.models import Milestone, Upgrade


class NoticeQuerySet(models.QuerySet):
    def waiting(self):
        """Neither out, nor missed, nor cancelled."""
        return self.filter(state__in=WAITING)

    def due(self, now):
        """What waits for a decision is not due before that is ticked off."""
        is_free = Q(step__after=None) | Q(step__after__done_at__isnull=False)
        return self.filter(is_free, state=NoticeState.APPROVED, paused_at=None, send_at__lte=now)

    def needs_approval(self):
        return self.filter(state=NoticeState.IN_REVIEW)

    def missed(self):
        return self.filter(state=NoticeState.MISSED)

    def released(self):
        return self.filter(state=NoticeState.RELEASED)

    def sending(self):
        return self.released().filter(models.Exists(Message.objects.waiting().filter(notice=models.OuterRef("pk"))))

    def sent(self):
        """Everybody has been tried."""
        return self.released().exclude(models.Exists(Message.objects.waiting().filter(notice=models.OuterRef("pk"))))

    def with_failures(self):
        return self.released().filter(models.Exists(Message.objects.in_trouble().filter(notice=models.OuterRef("pk"))))

    def on_the_portal(self):
        """What the public may read: released, over the channel "status page", of published upgrades."""
        return self.released().filter(channels__contains=[Channel.PORTAL], upgrade__published_at__isnull=False)

    def on_the_banner(self):
        """The same over the channel "banner"."""
        return self.released().filter(channels__contains=[Channel.BANNER], upgrade__published_at__isnull=False)


@pghistory.track()
class Notice(models.Model):
    """One thing to be said. `words` are the draft; a Revision freezes them together with the facts."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="notices")
    milestone = models.ForeignKey(Milestone, models.PROTECT, null=True, blank=True, related_name="notices")
    step = models.OneToOneField(PlanStep, models.SET_NULL, null=True, blank=True, related_name="notice")
    occurrence_of = models.ForeignKey(
        PlanStep,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="occurrences",
        help_text="The cadence whose next notice this was.",
    )
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=NoticeKind)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is missed, cancelled or back in review.")
    channels = ArrayField(models.CharField(max_length=10, choices=Channel), default=list)
    audience = models.JSONField(default=dict)
    words = models.JSONField(
        default=list, help_text='[{"language": "en", "level": "plain", "subject": "…", "body": "…"}]'
    )
    survey = models.ForeignKey(Survey, models.PROTECT, null=True, blank=True, related_name="notices")
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, editable=False, related_name="notices"
    )
    concern = models.ForeignKey(Concern, models.PROTECT, null=True, blank=True, editable=False, related_name="notices")
    is_urgent = models.BooleanField(default=False, db_default=False, help_text="It passes everything else that waits.")
    asks_acknowledgement = models.BooleanField("ask for an acknowledgement", default=False)
    needs_approval = models.BooleanField("needs approval", default=True)
    send_at = models.DateTimeField(null=True, blank=True)
    waits_for = models.CharField(
        max_length=10, choices=Event, blank=True, default="", db_default="", help_text="It has no time until then."
    )
    local_on = models.DateField(null=True, blank=True, help_text="With `local_at`: on the wall of each reader.")
    local_at = models.TimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is too late to be useful.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    approved_revision = models.ForeignKey("Revision", models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="approved_notices"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_size = models.PositiveIntegerField(null=True, blank=True, help_text="People in the audience at approval.")
    said_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Somebody let it out at once: until `send_at` one can recall it.",
    )
    at_any_hour = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Somebody said “now”: nobody’s quiet hours and no cap hold it back. An approval that comes late does "
        "not say that.",
    )
    released_at = models.DateTimeField(null=True, blank=True)
    release = models.JSONField(default=dict, help_text="Addresses and names frozen when the messages were made.")
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=paired("approved_revision", "approved_by", "approved_at"),
                name="an_approval_has_what_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[NoticeState.APPROVED, NoticeState.RELEASED])
                | Q(approved_revision__isnull=False) & (Q(send_at__isnull=False) | ~Q(waits_for="")),
                name="what_is_scheduled_is_approved_and_has_a_time",
            ),
            models.CheckConstraint(condition=paired("local_on", "local_at"), name="a_local_time_has_a_day_and_an_hour"),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.RELEASED) | Q(released_at__isnull=False),
                name="what_is_released_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["send_at"], condition=Q(state=NoticeState.APPROVED), name="notice_due"),
            models.Index(fields=["state", "send_at"], name="notice_by_state"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("notice", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_held(self) -> bool:
        """It has its time by a person's word, not by the plan."""
        return self.state == NoticeState.APPROVED and self.said_at is not None

    @property
    def open_remarks(self) -> int:
        return self.comments.filter(resolved_at=None).count()

    @property
    def topic(self):
        return NoticeKind(self.kind).topic


@pghistory.track(pghistory.InsertEvent())
class Revision(models.Model):
    """What a notice says, to whom and over which channels, at one moment. Immutable: approval binds to it."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    facts = models.JSONField(help_text="upgrades.facts at that moment: what this revision asserts.")
    audience = models.JSONField()
    channels = ArrayField(models.CharField(max_length=10, choices=Channel))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="revisions_are_numbered_once")]
        triggers = [pgtrigger.Protect(name="a_revision_never_changes", operation=pgtrigger.Update)]

    def __str__(self):
        return f"{self.notice} r{self.number}"


class Variant(models.Model):
    """A revision's text for one language and reader level. Immutable."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="variants")
    language = models.CharField(max_length=5)
    level = models.CharField(max_length=10, choices=ReaderLevel, default=ReaderLevel.PLAIN)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    layout = models.CharField(max_length=10, default="v1")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "language", "level"], name="one_variant_per_language_and_level")
        ]
        triggers = [pgtrigger.Protect(name="a_variant_never_changes", operation=pgtrigger.Update)]

    def __str__(self):
        return f"{self.revision} {self.language} {self.level}"


class ApprovedAudience(models.Model):
    """The people whom an approver saw in the audience, so that one can tell who has joined or left since."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="approved_audience")
    people = ArrayField(models.BigIntegerField())

    def __str__(self):
        return f"Audience of {self.notice}"
