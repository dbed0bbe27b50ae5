"""The outbox: one row for each notice, person and channel, and what came back."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Concat, Left
from django.urls import reverse

from notices.enums import OPEN, MessageState, ReceiptKind
from stakeholders.enums import Channel
from stakeholders.models import Person

REASON = 300  # characters
DOUBT = " (it may have arrived)"
MAY_HAVE_LEFT = Q(losses__gt=0) | ~Q(answer="")  # without being recorded as sent
WHERE_IT_MAY = "(message.losses > 0 OR message.answer <> '')"
WITH_DOUBT = f"left(%s, {REASON - len(DOUBT)}) || '{DOUBT}'"


class MessageQuerySet(models.QuerySet):
    def end(self, state: str, *, reason: str) -> int:
        """What waits will not leave. Of what may have left before, the reason says so."""
        doubtful = Concat(Left(Value(reason), REASON - len(DOUBT)), Value(DOUBT))
        said = Case(When(MAY_HAVE_LEFT, then=doubtful), default=Value(reason))
        return self.update(state=state, reason=said, lease_until=None)

    def waiting(self):
        return self.filter(state__in=OPEN)

    def told(self):
        """Those that got through: what bounced or failed has told nobody."""
        return self.filter(state=MessageState.SENT)

    def in_trouble(self):
        return self.filter(state__in=[MessageState.FAILED, MessageState.MISSED, MessageState.BOUNCED])

    def doubtful(self):
        """Of those that are not sent: they may have arrived."""
        return self.filter(MAY_HAVE_LEFT)

    def certain(self):
        return self.exclude(MAY_HAVE_LEFT)

    def to(self, person):
        return self.filter(person=person)


class Message(models.Model):
    """One row of the outbox: one person, one channel. The words are in `variant`; `values` is what was personal.

    The Message-ID, the envelope sender and every personal link are derived from the key, so a repeat is recognisable
    and any message can be shown again exactly. `address` is where it went: that of the day on which a worker took it,
    until then that of the fill. What was not sent, and has an `answer` or `losses`, may have left.
    Filled, claimed and recorded by set-based SQL (pipeline.outbox). Each index costs at every fill, claim and record,
    so there are no more than these.
    """

    notice = models.ForeignKey("notices.Notice", models.PROTECT, related_name="messages", db_index=False)
    variant = models.ForeignKey("notices.Variant", models.PROTECT, null=True, related_name="messages", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    reason = models.CharField(max_length=REASON, blank=True, default="", db_default="")
    address = models.CharField(max_length=254, blank=True)
    values = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0, db_default=0, help_text="Smaller goes first.")
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    losses = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Workers that died with it in hand.")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    answer = models.CharField(max_length=300, blank=True, default="", db_default="", help_text="Of the next hop.")

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
            models.Index(
                fields=["channel", "losses", "priority", "not_before"],
                condition=Q(state__in=[MessageState.QUEUED, MessageState.DEFERRED], losses__gt=0),
                name="message_suspected",
            ),
            models.Index(fields=["lease_until"], condition=Q(state=MessageState.SENDING), name="message_leased"),
            models.Index(fields=["notice", "state"], name="message_by_notice"),
            models.Index(fields=["person", "-created_at"], name="message_by_person"),
            models.Index(
                fields=["channel", "-id"], condition=~Q(channel=Channel.EMAIL), name="message_by_other_channel"
            ),
            BrinIndex(fields=["sent_at"], pages_per_range=32, autosummarize=True, name="message_by_time_it_left"),
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
