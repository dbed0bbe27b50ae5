import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from commsplan.lib.constraints import paired
from engagement.enums import Source
from engagement.models import Engagement
from feedback.enums import ConcernKind, ConcernState, Decision, Progress, QuestionKind, SurveyState
from stakeholders.models import Group, Person
from upgrades.models import CriticalDays, Milestone, Upgrade

MINIMUM_GROUP = 5  # no anonymous result is shown for fewer answers


class SurveyQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=SurveyState.OPEN)

    def with_counts(self):
        """Adds `invited` and `answered`."""
        return self.annotate(
            invited=models.Count("invitations", distinct=True),
            answered=models.Count("invitations", filter=Q(invitations__progress=Progress.FINISHED), distinct=True),
        )

    def with_answers_flag(self):
        """Adds `has_answers`: anonymity and questions are fixed from then on."""
        return self.annotate(has_answers=Exists(Response.objects.filter(survey=OuterRef("pk"))))


@pghistory.track()
class Survey(models.Model):
    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="surveys")
    title = models.CharField(max_length=120)
    intro = models.TextField(blank=True, help_text="Why you ask, and what will be done with the answers.")
    thanks = models.TextField(blank=True, help_text="Shown after the last answer.")
    state = models.CharField(max_length=6, choices=SurveyState, default=SurveyState.DRAFT)
    is_anonymous = models.BooleanField(
        "anonymous", default=True, help_text="Answers cannot be led back to a person; shown from five answers on."
    )
    closes_at = models.DateTimeField(null=True, blank=True)
    translations = models.JSONField(
        default=dict, blank=True, help_text='{"de": {"title": "…", "intro": "…", "thanks": "…"}}'
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="anonymity_is_fixed_by_the_first_answer",
                operation=pgtrigger.UpdateOf("is_anonymous"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__is_anonymous__df=pgtrigger.F("new__is_anonymous")),
                func=pgtrigger.Func(
                    "IF EXISTS (SELECT 1 FROM feedback_response WHERE survey_id = OLD.id) THEN "
                    "RAISE EXCEPTION 'anonymity_is_fixed_by_the_first_answer' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("survey", args=[self.pk])

    def takes_answers(self, *, now) -> bool:
        return self.state == SurveyState.OPEN and (self.closes_at is None or now < self.closes_at)

    def is_over(self, *, now) -> bool:
        return self.state == SurveyState.CLOSED or (self.closes_at is not None and now >= self.closes_at)

    def words_in(self, language: str) -> dict[str, str]:
        """Title, intro and thanks; what is not translated stays in the survey's own language."""
        translated = self.translations.get(language, {})
        return {name: translated.get(name) or getattr(self, name) for name in ("title", "intro", "thanks")}


@pghistory.track()
class Question(models.Model):
    """`key` is stable over upgrades, so that trends can be drawn. `texts` and `choices` are per language."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10, choices=QuestionKind)
    position = models.PositiveSmallIntegerField()
    texts = models.JSONField(help_text='{"en": "Was the information clear?"}')
    choices = models.JSONField(default=list, blank=True, help_text='[{"value": "few", "en": "Too few"}]')
    is_required = models.BooleanField("must be answered", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "key"], name="a_question_key_occurs_once_in_a_survey")]

    def __str__(self):
        return self.text_in("en")

    def text_in(self, language: str) -> str:
        return self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()), "")


class Invitation(models.Model):
    """One person may answer one survey. It says whether somebody answered, for an anonymous survey never when."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    progress = models.CharField(max_length=10, choices=Progress, default=Progress.INVITED)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "person"], name="a_person_is_invited_to_a_survey_once")
        ]

    def __str__(self):
        return f"{self.person}: {self.survey}"


class Response(models.Model):
    """One set of answers, by question key. Random keys and no times: nothing leads from here to a person, except
    `invitation`, which is empty in an anonymous survey. `is_mixed` tells the urn that this row has lost its place in
    the order of arrival."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="responses")
    invitation = models.OneToOneField(Invitation, models.CASCADE, null=True, related_name="response")
    answers = models.JSONField(default=dict)
    language = models.CharField(max_length=5, default="en")
    is_mixed = models.BooleanField(default=False)

    def __str__(self):
        return f"Answers to {self.survey}"


class ConcernQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=ConcernState.OPEN)

    def answered(self):
        return self.filter(state=ConcernState.ANSWERED)

    def overdue(self, today):
        return self.open().filter(due_on__lt=today)

    def objections(self):
        return self.filter(kind=ConcernKind.OBJECTION)

    def to_decide(self):
        """Objections to a date that is known, until somebody decides."""
        return self.open().objections().exclude(milestone=None)

    def public(self):
        """What everybody may read: answered in public, of published upgrades."""
        return self.answered().filter(is_public=True, upgrade__published_at__isnull=False)

    def found_by(self, words: str):
        words = words.strip()
        return self.filter(Q(text__icontains=words) | Q(answer__icontains=words)) if words else self

    def in_order(self):
        """What waits, by its date; then the rest, newest first."""
        waits = models.Case(models.When(state=ConcernState.OPEN, then=0), default=1)
        due = models.Case(models.When(state=ConcernState.OPEN, then="due_on"))
        return self.order_by(waits, due.asc(nulls_last=True), "-created_at", "-pk")

    def numbers(self, today) -> dict[str, int]:
        """How many are open, overdue and answered: one query."""
        count = models.Count
        return self.order_by().aggregate(
            open=count("pk", filter=Q(state=ConcernState.OPEN)),
            overdue=count("pk", filter=Q(state=ConcernState.OPEN, due_on__lt=today)),
            answered=count("pk", filter=Q(state=ConcernState.ANSWERED)),
        )


@pghistory.track()
class Concern(models.Model):
    """What a stakeholder raises about an upgrade. It gets an answer, maybe a public one; a public answer never names
    who asked."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="concerns")
    milestone = models.ForeignKey(Milestone, models.SET_NULL, null=True, blank=True, related_name="concerns")
    engagement = models.ForeignKey(
        Engagement, models.SET_NULL, null=True, blank=True, related_name="concerns", help_text="Where it was raised."
    )
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="concerns", help_text="Who raised it."
    )
    kind = models.CharField(max_length=9, choices=ConcernKind, default=ConcernKind.QUESTION)
    text = models.TextField(max_length=2000)
    source = models.CharField(max_length=10, choices=Source)
    state = models.CharField(max_length=8, choices=ConcernState, default=ConcernState.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="concerns")
    due_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True)
    is_public = models.BooleanField("shown on the status page", default=False)
    public_wording = models.TextField(
        "the question as everybody reads it",
        max_length=1000,
        blank=True,
        help_text="People write personal things: say it here without them. It names nobody.",
    )
    close_reason = models.CharField(max_length=300, blank=True, help_text="Why it needs no answer.")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="an_answered_concern_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=ConcernState.ANSWERED) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="what_is_answered_has_an_answer",
            ),
            models.CheckConstraint(
                condition=Q(is_public=False) | (Q(state=ConcernState.ANSWERED) & ~Q(public_wording="")),
                name="what_is_public_is_answered_and_worded_for_everybody",
            ),
        ]
        indexes = [models.Index(fields=["upgrade", "state"], name="concern_by_upgrade")]

    def __str__(self):
        return self.text if len(self.text) <= 80 else f"{self.text[:79]}…"

    def get_absolute_url(self):
        return reverse("concern", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == ConcernState.OPEN

    def is_overdue(self, *, today) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < today


@pghistory.track()
class ObjectionWindow(models.Model):
    """Until when people may object to a tentative date, where it is not the usual number of days."""

    milestone = models.OneToOneField(Milestone, models.CASCADE, related_name="objection_window")
    days = models.PositiveSmallIntegerField(
        "days after the first notice", null=True, blank=True, help_text="Counted from the day the date was first told."
    )
    closes_on = models.DateField("until the end of", null=True, blank=True, help_text="A fixed day goes before days.")

    def __str__(self):
        return f"Objections to {self.milestone}"


class ConflictQuerySet(models.QuerySet):
    def undecided(self):
        return self.filter(decided_at=None)

    def decided(self):
        return self.exclude(decided_at=None)

    def to_follow(self):
        """Follow-ups that somebody took on and has not done."""
        return self.exclude(follow_up="").filter(follow_up_done_at=None)


@pghistory.track()
class Conflict(models.Model):
    """A date that some want and others cannot live with: both positions, why, the options, the decision and what
    follows. A milestone has at most one that is undecided."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="conflicts")
    milestone = models.ForeignKey(Milestone, models.SET_NULL, null=True, related_name="conflicts")
    about = models.CharField(max_length=120, help_text="The name of the milestone, also when that is gone.")
    our_position = models.TextField("position of IT", max_length=2000, blank=True)
    their_position = models.TextField("position of those who object", max_length=2000, blank=True)
    root_cause = models.TextField(max_length=2000, blank=True, help_text="Why it came to this.")
    follow_up = models.CharField(max_length=300, blank=True, help_text="What is done so that it does not happen again.")
    follow_up_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="conflict_follow_ups"
    )
    follow_up_on = models.DateField("follow-up by", null=True, blank=True)
    follow_up_done_at = models.DateTimeField(null=True, blank=True, editable=False)
    follow_up_done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    decision = models.CharField(max_length=7, choices=Decision, blank=True, editable=False)
    answer = models.TextField(max_length=2000, blank=True, editable=False)
    collided = models.JSONField(default=list, editable=False, help_text="What collided when it was decided, in words.")
    was_start = models.DateTimeField(null=True, editable=False)
    was_end = models.DateTimeField(null=True, editable=False)
    became_start = models.DateTimeField(null=True, editable=False)
    became_end = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["milestone"], condition=Q(decided_at=None), name="a_milestone_has_one_undecided_conflict"
            ),
            models.CheckConstraint(condition=paired("decided_at", "decided_by"), name="a_decision_has_who_and_when"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decision="") | (Q(decided_at__isnull=False) & ~Q(decision="")),
                name="what_is_decided_says_what",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.DECLINE) | ~Q(answer=""), name="who_is_declined_gets_an_answer"
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=[Decision.ACCEPT, Decision.MOVE]) | Q(became_start__isnull=False),
                name="what_moves_has_a_new_date",
            ),
            models.CheckConstraint(
                condition=paired("follow_up_done_at", "follow_up_done_by"),
                name="a_done_conflict_follow_up_has_who_and_when",
            ),
        ]

    def __str__(self):
        return f"Conflict about {self.about}"

    def get_absolute_url(self):
        return reverse("conflict", args=[self.pk])

    @property
    def is_decided(self) -> bool:
        return self.decided_at is not None

    @property
    def moves(self) -> bool:
        return self.decision in (Decision.ACCEPT, Decision.MOVE)


@pghistory.track()
class ConflictOption(models.Model):
    """A way out that was thought of."""

    conflict = models.ForeignKey(Conflict, models.CASCADE, related_name="options")
    text = models.CharField("option", max_length=300)
    pros = models.TextField("what speaks for it", max_length=1000, blank=True)
    cons = models.TextField("what speaks against it", max_length=1000, blank=True)

    def __str__(self):
        return self.text


@pghistory.track()
class Objection(models.Model):
    """What an objection to a date says besides its reason. A concern of that kind may be without."""

    concern = models.OneToOneField(Concern, models.CASCADE, related_name="objection")
    critical_name = models.CharField("what happens then", max_length=120, blank=True)
    critical_from = models.DateField(null=True, blank=True)
    critical_until = models.DateField(null=True, blank=True)
    alternative = models.DateTimeField(null=True, blank=True, help_text="A start that they could live with.")
    groups = models.ManyToManyField(Group, blank=True, related_name="objections", help_text="For whom it speaks.")
    kept_as = models.ForeignKey(
        CriticalDays, models.SET_NULL, null=True, blank=True, editable=False, related_name="objections"
    )
    conflict = models.ForeignKey(
        Conflict, models.SET_NULL, null=True, blank=True, editable=False, related_name="objections"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(critical_from=None, critical_until=None)
                | Q(critical_from__isnull=False, critical_until__gte=models.F("critical_from")),
                name="days_of_an_objection_end_after_they_start",
                violation_error_message="The last day must not be before the first.",
            )
        ]

    def __str__(self):
        return f"Objection: {self.concern}"
