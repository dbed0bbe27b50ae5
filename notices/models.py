import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from commsplan.lib.constraints import paired
from engagement.models import Engagement
from feedback.models import Concern, Survey
from notices.enums import (
    OPEN,
    WAITING,
    Edge,
    Medium,
    MessageState,
    NoticeKind,
    NoticeState,
    ReceiptKind,
    Unit,
)
from stakeholders.enums import Channel, ReaderLevel
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


@pghistory.track()
class PlanStep(models.Model):
    """One line of the communication plan. A step that is a notice has one Notice; the others are ticked off."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="steps")
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=120)
    medium = models.CharField(max_length=10, choices=Medium, default=Medium.NOTICE)
    edge = models.CharField(max_length=5, choices=Edge, default=Edge.START)
    offset = models.IntegerField(default=0, help_text="Negative is before, positive after.")
    unit = models.CharField(max_length=13, choices=Unit, default=Unit.BUSINESS_DAYS)
    at = models.TimeField(
        "time of day", null=True, blank=True, help_text="On the wall of the upgrade's place. Not used with minutes."
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
        ]

    def __str__(self):
        return self.name


class NoticeQuerySet(models.QuerySet):
    def waiting(self):
        """Neither out, nor missed, nor cancelled."""
        return self.filter(state__in=WAITING)

    def due(self, now):
        return self.filter(state=NoticeState.APPROVED, paused_at=None, send_at__lte=now)

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


@pghistory.track()
class Notice(models.Model):
    """One thing to be said. `words` are the draft; a Revision freezes them together with the facts."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="notices")
    milestone = models.ForeignKey(Milestone, models.PROTECT, null=True, blank=True, related_name="notices")
    step = models.OneToOneField(PlanStep, models.SET_NULL, null=True, blank=True, related_name="notice")
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
    asks_acknowledgement = models.BooleanField("ask for an acknowledgement", default=False)
    needs_approval = models.BooleanField("needs approval", default=True)
    send_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is too late to be useful.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    approved_revision = models.ForeignKey("Revision", models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="approved_notices"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_size = models.PositiveIntegerField(null=True, blank=True, help_text="People in the audience at approval.")
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
                | Q(approved_revision__isnull=False, send_at__isnull=False),
                name="what_is_scheduled_is_approved_and_has_a_time",
            ),
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


class MessageQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state__in=OPEN)

    def told(self):
        """Those that got through: what bounced or failed has told nobody."""
        return self.filter(state=MessageState.SENT)

    def in_trouble(self):
        return self.filter(state__in=[MessageState.FAILED, MessageState.MISSED, MessageState.BOUNCED])

    def to(self, person):
        return self.filter(person=person)


class Message(models.Model):
    """One row of the outbox: one person, one channel. The words are in `variant`; `values` is what was personal.

    The Message-ID, the envelope sender and every personal link are derived from the key, so a repeat is recognisable
    and any message can be shown again exactly. Filled, claimed and recorded by set-based SQL (pipeline.outbox). Each
    index costs at every fill, claim and record, so there are no more than these.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="messages", db_index=False)
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, related_name="messages", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    address = models.CharField(max_length=254, blank=True)
    values = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0, db_default=0, help_text="Smaller goes first.")
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "person", "channel"], name="send_each_notice_once"),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENDING) | Q(lease_until__isnull=False),
                name="what_is_being_sent_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENT) | Q(sent_at__isnull=False, sha256__isnull=False),
                name="what_was_sent_says_when_and_what",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "notice", "not_before", "id"],
                condition=Q(state__in=[MessageState.QUEUED, MessageState.DEFERRED]),
                name="message_ready",
            ),
            models.Index(fields=["lease_until"], condition=Q(state=MessageState.SENDING), name="message_leased"),
            models.Index(fields=["notice", "state"], name="message_by_notice"),
            models.Index(fields=["person", "-created_at"], name="message_by_person"),
        ]

    def __str__(self):
        return f"{self.notice} to {self.person}"

    def get_absolute_url(self):
        return reverse("message", args=[self.pk])


class Receipt(models.Model):
    """What came back for a message. `event` is the sender's own id for it, so that a repeat is stored once."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=12, choices=ReceiptKind)
    event = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind", "event"], name="store_each_receipt_once")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.message}"


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
