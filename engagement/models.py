import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from commsplan.lib.constraints import paired
from engagement.enums import EngagementKind, EngagementState, Promise, Rsvp, Seen, Source, Verdict
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


def answered_another_window(answer: str, engagement: str) -> Q:
    """The answer was given before the engagement moved. Empty columns differ from nothing."""
    differs = Q()
    for name in ("start", "end"):
        for sign in ("lt", "gt"):
            differs |= Q(**{f"{answer}answered_{name}__{sign}": F(f"{engagement}{name}")})
    return differs


class EngagementQuerySet(models.QuerySet):
    def planned(self):
        return self.filter(state=EngagementState.PLANNED)

    def held(self):
        return self.filter(state=EngagementState.HELD)

    def upcoming(self, now):
        return self.planned().filter(end__gt=now)

    def in_series_from(self, first: "Engagement"):
        """It and those of its series that follow; it alone when it does not recur."""
        if first.series is None:
            return self.filter(pk=first.pk)
        return self.filter(series=first.series, start__gte=first.start)

    def found_by(self, words: str):
        """Every word is in the title, topics, place or notes, or all are the name of somebody who takes part."""
        named = Participant.objects.filter(person__in=Person.objects.found_by(words)).values("engagement")
        own = Q()
        for word in words.replace("\x00", "").split():
            texts = Q()
            for field in ("title", "topics", "place", "notes"):
                texts |= Q(**{f"{field}__icontains": word})
            own &= texts
        return self.filter(own | Q(pk__in=named)) if words.strip() else self

    def to_be_recorded(self, now):
        """Over, and nobody has said yet who was there."""
        return self.planned().filter(end__lte=now)

    def with_counts(self):
        """Adds `invited`, `coming`, how many of these said so `before_the_change`, and `attended`."""
        count = models.Count
        comes = Q(participants__rsvp=Rsvp.YES)
        return self.annotate(
            invited=count("participants", filter=Q(participants__is_invited=True)),
            coming=count("participants", filter=comes),
            before_the_change=count("participants", filter=comes & answered_another_window("participants__", "")),
            attended=count("participants", filter=Q(participants__attended=True)),
        )


@pghistory.track()
class Engagement(models.Model):
    """A conversation with stakeholders: planned ahead, or noted afterwards.

    Those that recur are rows of their own which share `series`. `uid` and `sequence` are the identity in calendars
    (RFC 5545): the sequence rises with every published change.
    """

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="engagements")
    milestone = models.ForeignKey(
        Milestone, models.SET_NULL, null=True, blank=True, related_name="engagements", help_text="If it is about one."
    )
    kind = models.CharField(max_length=12, choices=EngagementKind, default=EngagementKind.MEETING)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=EngagementState, default=EngagementState.PLANNED, editable=False)
    start = models.DateTimeField()
    end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    place = models.CharField(max_length=200, blank=True, help_text="A room, or how to call in.")
    link = models.URLField("link to join", blank=True)
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hosted_engagements")
    topics = models.TextField(blank=True, help_text="What it is about. The invitation says it.")
    notes = models.TextField(blank=True, help_text="What was said. Only people who log in see it.")
    capacity = models.PositiveSmallIntegerField("places", null=True, blank=True, help_text="Empty: no limit.")
    cancel_reason = models.CharField(max_length=300, blank=True, editable=False)
    series = models.UUIDField(null=True, editable=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EngagementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="an_engagement_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            )
        ]
        indexes = [
            models.Index(fields=["upgrade", "start"], name="engagement_by_upgrade"),
            models.Index(fields=["start"], name="engagement_by_start"),
            models.Index(fields=["series", "start"], condition=Q(series__isnull=False), name="engagement_series"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("engagement", args=[self.pk])

    @property
    def is_cancelled(self) -> bool:
        return self.state == EngagementState.CANCELLED

    @property
    def is_planned(self) -> bool:
        return self.state == EngagementState.PLANNED

    @property
    def is_held(self) -> bool:
        return self.state == EngagementState.HELD

    def is_over(self, now) -> bool:
        return self.end <= now


class ParticipantQuerySet(models.QuerySet):
    def invited(self):
        return self.filter(is_invited=True)

    def attended(self):
        return self.filter(attended=True)

    def before_the_change(self):
        return self.filter(answered_another_window("", "engagement__"))

    def without_a_place(self):
        """Who wanted to come and found it full, in that order."""
        return self.invited().exclude(found_full_at=None).order_by("found_full_at", "pk")


@pghistory.track()
class Participant(models.Model):
    """A person in an engagement: invited, coming, seen there. `attended` is empty until somebody knows.

    An answer stays when the engagement moves; `answered_start` and `answered_end` say to which window it was given."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, models.CASCADE, related_name="participations")
    is_invited = models.BooleanField(default=True)
    rsvp = models.CharField(max_length=5, choices=Rsvp, default=Rsvp.NONE)
    rsvp_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True, help_text="What came with the answer.")
    answered_start = models.DateTimeField(null=True, blank=True, editable=False)
    answered_end = models.DateTimeField(null=True, blank=True, editable=False)
    found_full_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Wanted to come when no place was left."
    )
    attended = models.BooleanField(null=True)
    seen = models.CharField(max_length=4, choices=Seen, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "person"], name="a_person_is_in_an_engagement_once"),
            models.CheckConstraint(condition=Q(rsvp=Rsvp.NONE) | Q(rsvp_at__isnull=False), name="an_answer_says_when"),
        ]

    def __str__(self):
        return f"{self.person}: {self.engagement}"

    @property
    def is_before_the_change(self) -> bool:
        """The answer was given to another window than the one that holds. Needs the engagement."""
        answered_to = (self.answered_start, self.answered_end)
        return answered_to not in [(None, None), (self.engagement.start, self.engagement.end)]


class TellingQuerySet(models.QuerySet):
    def valid(self):
        return self.filter(voided_at=None)

    def heard_by(self, person):
        """Not void, and the person was there as far as we know today."""
        there = Participant.objects.attended().filter(person=person)
        return self.valid().filter(engagement__in=there.values("engagement"))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Telling(models.Model):
    """Facts that were told to everybody who attended, with the values of that moment (upgrades.facts). Never edited:
    a mistake is voided, with the reason, and told again."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="tellings")
    facts = models.JSONField()
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    void_reason = models.CharField(max_length=300, blank=True)

    objects = TellingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=paired("voided_at", "voided_by"), name="a_void_telling_has_who_and_when")
        ]
        triggers = [
            pgtrigger.Protect(
                name="what_was_told_never_changes",
                operation=pgtrigger.UpdateOf("facts", "at", "engagement_id", "recorded_by_id", "recorded_at"),
            )
        ]

    def __str__(self):
        return f"{self.engagement}: {len(self.facts)} facts"


class FollowUpQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at=None)

    def overdue(self, today):
        return self.open().filter(due_on__lt=today)

    def owned_by(self, account):
        return self.filter(owner=account)

    def soonest(self):
        return self.order_by(F("due_on").asc(nulls_last=True), "pk")


@pghistory.track()
class FollowUp(models.Model):
    """Something to be done after an engagement, or a promise that was made there."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="follow_ups")
    kind = models.CharField(max_length=9, choices=Promise, default=Promise.FOLLOW_UP)
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )
    person = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="follow_ups",
        help_text="To whom, or by whom, it was promised.",
    )
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=paired("done_at", "done_by"), name="a_done_follow_up_has_who_and_when")
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at=None), name="follow_up_open")]

    def __str__(self):
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    def is_overdue(self, today) -> bool:
        return not self.is_done and self.due_on is not None and self.due_on < today

    def finish(self, *, by, now):
        """The first time counts."""
        FollowUp.objects.open().filter(pk=self.pk).update(done_at=now, done_by=by)

    def take_up_again(self):
        FollowUp.objects.filter(pk=self.pk).update(done_at=None, done_by=None)


class NominationQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(verdict=Verdict.WAITING)

    def names(self):
        """Each once."""
        return self.order_by().values_list(Lower("name")).distinct()


@pghistory.track()
class Nomination(models.Model):
    """Somebody said who else should know. It waits for a manager; accepted, `person` becomes a stakeholder.

    One from an anonymous survey is stored only when a manager decides on it: until then it stays in the answers, where
    nothing tells their order."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="nominations")
    name = models.CharField(max_length=160)
    email = models.EmailField("e-mail address", blank=True)
    why = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, choices=Source)
    by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="nominations", help_text="Who nominated."
    )
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="nominated", help_text="Who was nominated."
    )
    verdict = models.CharField(max_length=8, choices=Verdict, default=Verdict.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NominationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=paired("decided_by", "decided_at"), name="a_decided_nomination_has_who_and_when"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.WAITING, decided_at=None)
                | (~Q(verdict=Verdict.WAITING) & Q(decided_at__isnull=False)),
                name="a_nomination_that_waits_is_not_decided",
            ),
            models.UniqueConstraint(
                "upgrade",
                Lower("email"),
                condition=Q(verdict=Verdict.WAITING) & ~Q(email=""),
                name="one_nomination_per_address_waits",
            ),
        ]

    def __str__(self):
        return self.name
