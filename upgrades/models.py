import uuid
from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.urls import reverse

from stakeholders.enums import Channel
from stakeholders.models import Group, Membership, Person, Site
from upgrades.enums import (
    MIDDLE,
    Attitude,
    Freeze,
    Impact,
    Means,
    MilestoneKind,
    Phase,
    Quadrant,
    Status,
    TwoWay,
)

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class ServiceQuerySet(models.QuerySet):
    def found_by(self, words: str):
        words = words.strip()
        return self.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else self


@pghistory.track()
class Service(models.Model):
    """Something people use: mail, Wi-Fi, ERP."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What people use it for, in one sentence.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="owned_services"
    )
    users = models.ManyToManyField(
        Group, blank=True, related_name="services", help_text="The groups whose people use this service."
    )
    sites = models.ManyToManyField(Site, blank=True, related_name="services")
    carries = ArrayField(
        models.CharField(max_length=10, choices=Channel),
        default=list,
        blank=True,
        help_text="Channels that do not work while this service is down.",
    )
    end_of_life_on = models.DateField(null=True, blank=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_service_per_name",
                violation_error_message="There is already a service of this name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("service", args=[self.pk])


class UpgradeQuerySet(models.QuerySet):
    def touching(self, service):
        return self.filter(pk__in=Upgrade.services.through.objects.filter(service=service).values("upgrade"))

    def reaching(self, group):
        """A group is reached as a stakeholder, or because it uses one of the services."""
        stakes = Stakeholder.objects.filter(group=group).values("upgrade")
        used = Upgrade.services.through.objects.filter(service__users=group).values("upgrade")
        return self.filter(Q(pk__in=stakes) | Q(pk__in=used))

    def published(self):
        return self.exclude(published_at=None)

    def running(self):
        return self.filter(phase__in=[Phase.PLANNING, Phase.UNDER_WAY])

    def found_by(self, words: str):
        return self.filter(name__icontains=words.strip()) if words.strip() else self


@pghistory.track()
class Upgrade(models.Model):
    """A project that changes services other people depend on."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.PLANNING)
    objective = models.TextField(blank=True, help_text="What will be different when it is done.")
    why = models.TextField("reason", blank=True, help_text="Why it has to change, in words an end user understands.")
    why_now = models.TextField("reason for the date", blank=True, help_text="Why now and not later.")
    risk = models.TextField("risk of not changing", blank=True)
    benefit = models.TextField(blank=True, help_text="What people gain.")
    success_measures = models.TextField(blank=True, help_text="How you will know that it went well.")
    services = models.ManyToManyField(Service, blank=True, related_name="upgrades")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_upgrades")
    sponsor_name = models.CharField(
        max_length=120, blank=True, help_text="Who wants it done, and says why: people listen to them first."
    )
    contact_name = models.CharField(max_length=120, help_text="Whom people ask.")
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Wall-clock times of the plan are in it.")
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166 code: its public holidays are no business days."
    )
    subdivision = models.CharField(max_length=6, blank=True)
    is_unplanned = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="An outage that nobody planned."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = UpgradeQuerySet.as_manager()

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("upgrade", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_cancelled(self) -> bool:
        return self.phase == Phase.CANCELLED

    def publish(self, *, now):
        """Shows the status page to everybody. The first time counts."""
        if not self.is_published:
            self.published_at = now
            self.save(update_fields=["published_at"])

    def unpublish(self):
        self.published_at = None
        self.save(update_fields=["published_at"])


class MilestoneQuerySet(models.QuerySet):
    def public(self):
        """Of published upgrades, what is marked for the public (portal.dates says when a tentative one shows)."""
        return self.filter(is_public=True, upgrade__published_at__isnull=False)

    def live(self):
        return self.exclude(status=Status.CANCELLED)

    def touching(self, service):
        """A milestone that names no services is about all services of its upgrade."""
        named = Milestone.services.through.objects
        own = Q(pk__in=named.filter(service=service).values("milestone"))
        inherited = ~Q(pk__in=named.values("milestone")) & Q(upgrade__in=Upgrade.objects.touching(service))
        return self.filter(own | inherited)


@pghistory.track()
class Milestone(models.Model):
    """A dated step or window of an upgrade. `uid` and `sequence` are its identity in calendars (RFC 5545)."""

    upgrade = models.ForeignKey(Upgrade, models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=MilestoneKind, default=MilestoneKind.WINDOW)
    status = models.CharField(max_length=10, choices=Status, default=Status.TENTATIVE)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, blank=True, help_text="Empty for a single moment.")
    baseline_start = models.DateTimeField(editable=False)
    baseline_end = models.DateTimeField(null=True, editable=False)
    impact = models.PositiveSmallIntegerField(choices=Impact, default=Impact.OUTAGE)
    downtime = models.PositiveIntegerField(
        "expected downtime in minutes",
        null=True,
        blank=True,
        help_text="What one person goes without; often shorter than the window.",
    )
    services = models.ManyToManyField(Service, blank=True, related_name="milestones")
    sites = models.ManyToManyField(Site, blank=True, related_name="milestones")
    effect = models.TextField("what people will notice", blank=True)
    action = models.TextField("what people must do", blank=True, help_text="Empty means: nothing.")
    workaround = models.TextField(
        "what helps until then",
        blank=True,
        default="",
        db_default="",
        help_text="How people get by while it does not work.",
    )
    outcome = models.TextField(
        "how it ended",
        blank=True,
        default="",
        db_default="",
        help_text="Known problems once it is done; what people have now once it is rolled back.",
    )
    action_deadline = models.DateTimeField(null=True, blank=True)
    systems = models.TextField(
        "internal systems",
        blank=True,
        default="",
        db_default="",
        help_text="Host names and the like. Outsiders never read them.",
    )
    change_reason = models.CharField(
        "why it changed last", max_length=300, blank=True, default="", db_default="", help_text="Corrections say it."
    )
    is_public = models.BooleanField("shown on the status page", default=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gt=F("start")),
                name="a_window_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            )
        ]
        indexes = [models.Index(fields=["start"], name="milestone_by_start")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if self._state.adding and self.baseline_start is None:
            self.baseline_start, self.baseline_end = self.start, self.end
        super().save(*args, **kwargs)

    @property
    def is_moved(self) -> bool:
        return (self.start, self.end) != (self.baseline_start, self.baseline_end)

    @property
    def is_over(self) -> bool:
        return self.status in (Status.COMPLETED, Status.CANCELLED)

    @property
    def is_tentative(self) -> bool:
        return self.status == Status.TENTATIVE

    @property
    def last_moment(self):
        return self.end or self.start


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


class CriticalDaysQuerySet(models.QuerySet):
    def with_scope(self):
        """`is_for_everybody`: no group, site or service is named."""
        entry = {"criticaldays": OuterRef("pk")}
        return self.annotate(
            is_for_everybody=~Exists(CriticalDays.groups.through.objects.filter(**entry))
            & ~Exists(CriticalDays.sites.through.objects.filter(**entry))
            & ~Exists(CriticalDays.services.through.objects.filter(**entry))
        )

    def found_by(self, words: str):
        """In its own name, or in that of a group, site or service it is for."""
        words = words.strip()
        if not words:
            return self
        fields = ("name", "groups__name", "sites__name", "services__name")
        matches = [CriticalDays.objects.filter(**{f"{field}__icontains": words}) for field in fields]
        return self.filter(pk__in=matches[0].union(*matches[1:]).values("pk"))

    def between(self, start, end):
        return self.filter(start__lt=end, end__gt=start)

    def upcoming(self, now):
        return self.filter(end__gt=now)

    def past(self, now):
        return self.filter(end__lte=now)


@pghistory.track()
class ImportedCalendar(models.Model):
    """A calendar file of a department: its entries are critical days, and follow the file when it comes again."""

    name = models.CharField(max_length=120)
    freeze = models.CharField(max_length=4, choices=Freeze, default=Freeze.SOFT)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Of entries that name none.")
    groups = models.ManyToManyField(Group, blank=True, related_name="imported_calendars")
    sites = models.ManyToManyField(Site, blank=True, related_name="imported_calendars")
    services = models.ManyToManyField(Service, blank=True, related_name="imported_calendars")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_imported_calendar_per_name",
                violation_error_message="There is already a calendar of this name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("imported_calendar", args=[self.pk])


@pghistory.track()
class CriticalDays(models.Model):
    """Times when a group, site or service must not be disturbed, entered by those whom it concerns."""

    is_for_everybody: bool  # of with_scope()

    name = models.CharField(max_length=120, help_text="For example: final examinations.")
    freeze = models.CharField(max_length=4, choices=Freeze, default=Freeze.SOFT)
    start = models.DateTimeField()
    end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    groups = models.ManyToManyField(Group, blank=True, related_name="critical_days")
    sites = models.ManyToManyField(Site, blank=True, related_name="critical_days")
    services = models.ManyToManyField(Service, blank=True, related_name="critical_days")
    calendar = models.ForeignKey(
        ImportedCalendar, models.CASCADE, null=True, blank=True, editable=False, related_name="entries"
    )
    uid = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    occurs = models.CharField(
        max_length=40, blank=True, default="", db_default="", editable=False, help_text="Which one of a series."
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CriticalDaysQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="critical_days_end_after_they_start",
                violation_error_message="The end must be after the start.",
            ),
            models.UniqueConstraint(
                fields=["calendar", "uid", "occurs"],
                condition=Q(calendar__isnull=False),
                name="an_entry_of_a_calendar_is_there_once",
            ),
        ]
        verbose_name = verbose_name_plural = "critical days"

    def __str__(self):
        return self.name


def groups_that_use(services) -> models.QuerySet[Group]:
    return Group.objects.filter(pk__in=Service.users.through.objects.filter(service__in=services).values("group"))


def people_who_use(services) -> models.QuerySet[Person]:
    """Active people in the groups that use any of these services."""
    groups = Group.objects.filter(services__in=services)
    return Person.objects.active().filter(pk__in=Membership.objects.filter(group__in=groups).values("person"))


def _keep_history(table: type[models.Model], name: str) -> None:
    """Of a table of choices, which Django makes by itself: who chose what, and who took it back."""
    meta = type("Meta", (), {"proxy": True, "app_label": "upgrades"})
    proxy = type(name, (table,), {"__module__": __name__, "Meta": meta})
    pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None, model_name=f"{name}Event")(proxy)


for _table, _name in (
    (Service.users.through, "ServiceUsers"),
    (Service.sites.through, "ServiceSites"),
    (Upgrade.services.through, "UpgradeServices"),
    (Milestone.services.through, "MilestoneServices"),
    (Milestone.sites.through, "MilestoneSites"),
    (CriticalDays.groups.through, "CriticalDaysGroups"),
    (CriticalDays.sites.through, "CriticalDaysSites"),
    (CriticalDays.services.through, "CriticalDaysServices"),
    (ImportedCalendar.groups.through, "ImportedCalendarGroups"),
    (ImportedCalendar.sites.through, "ImportedCalendarSites"),
    (ImportedCalendar.services.through, "ImportedCalendarServices"),
):
    _keep_history(_table, _name)
