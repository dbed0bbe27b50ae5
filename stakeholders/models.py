from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from commsplan.lib import search
from stakeholders.enums import AddressState, Category, Channel, ReaderLevel, Tie, Topic, Weekday

WORKING_WEEK = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]


def working_week() -> list[int]:
    return [day.value for day in WORKING_WEEK]


class SiteQuerySet(models.QuerySet):
    def with_size(self):
        return self.annotate(size=models.Count("people", filter=Q(people__archived_at=None)))


@pghistory.track()
class Site(models.Model):
    """A place with a clock and public holidays of its own."""

    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code, for public holidays.")
    subdivision = models.CharField(max_length=6, blank=True, help_text="State or region, as in ISO 3166-2.")

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="one_site_per_name", violation_error_message="There is already a site of this name."
            )
        ]

    def __str__(self):
        return self.name


class PersonQuerySet(models.QuerySet):
    def active(self):
        """Those who may still be told something."""
        return self.filter(archived_at=None)

    def archived(self):
        """Those who left. Who was merged or erased is only a shell that old messages point to."""
        return self.exclude(archived_at=None).real()

    def real(self):
        return self.filter(merged_into=None, erased_at=None)

    def held(self, pk: int) -> "Person":
        """Locked until the transaction ends: who stays, where this one was merged meanwhile; a shell where erased."""
        row: Any = self.select_for_update(of=("self",), no_key=True).get(pk=pk)
        return self.held(row.merged_into_id) if row.merged_into_id else row

    def tagged(self, tag: str):
        return self.filter(tags__contains=[tag])

    def in_groups(self, groups):
        return self.filter(pk__in=Membership.objects.filter(group__in=groups).values("person"))

    def in_categories(self, categories):
        return self.in_groups(Group.objects.filter(category__in=categories))

    def with_address(self, state: str):
        """A state, or "none" for those without one."""
        return self.filter(email="") if state == "none" else self.exclude(email="").filter(email_state=state)

    def in_order(self):
        return self.order_by(Lower("name"), "pk")

    def departments(self, words: str = ""):
        named = self.exclude(department="").filter(department__icontains=words.strip())
        return named.order_by("department").values_list("department", flat=True).distinct()

    def found_by(self, words: str):
        """Every word is the beginning of a word in name, address, department, title or external id. A word with an @
        is a piece of the address, which the index keeps whole."""
        pieces = [word for word in words.replace("\x00", "").split() if "@" in word]
        query = search.prefixes(" ".join(word for word in words.split() if "@" not in word))
        found = self.filter(search_vector=SearchQuery(query, config="simple", search_type="raw")) if query else self
        for piece in pieces:
            found = found.filter(email__icontains=piece)
        return found


@pghistory.track(exclude=["search_vector"])
class Person(models.Model):
    """Somebody who may be told something. May or may not have an account."""

    name = models.CharField(max_length=160)
    email = models.EmailField("e-mail address", blank=True)
    email_state = models.CharField(max_length=10, choices=AddressState, default=AddressState.WORKING)
    phone = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=100, blank=True, help_text="Number in the directory or HR system.")
    department = models.CharField(max_length=120, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="people")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    reader_level = models.CharField(max_length=10, choices=ReaderLevel, default=ReaderLevel.PLAIN)
    wants_invitations = models.BooleanField(
        "calendar invitations",
        default=False,
        help_text="Puts windows into the personal calendar instead of attaching a file.",
    )
    is_list = models.BooleanField(
        "distribution list",
        default=False,
        help_text="Several people read this address, so it gets no personal links.",
    )
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person"
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    works_from = models.TimeField(null=True, blank=True, help_text="In this person's own time zone.")
    works_until = models.TimeField(null=True, blank=True)
    works_on = ArrayField(models.PositiveSmallIntegerField(choices=Weekday), default=working_week, blank=True)
    preferred_channel = models.CharField(max_length=10, choices=Channel, blank=True)
    refused_channels = ArrayField(
        models.CharField(max_length=10, choices=Channel),
        default=list,
        blank=True,
        help_text="Not used for what can be declined.",
    )
    own_choices = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        editable=False,
        help_text="Fields that this person set on the preference page: no import touches them.",
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    search_vector = models.GeneratedField(
        expression=SearchVector("name", "email", "department", "job_title", "external_id", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email="") & Q(archived_at=None),
                name="one_active_person_per_address",
                violation_error_message="There is already a person with this e-mail address.",
            ),
            models.UniqueConstraint(
                F("external_id"),
                condition=~Q(external_id=""),
                name="one_person_per_external_id",
                violation_error_message="There is already a person with this external id.",
            ),
            models.CheckConstraint(
                condition=Q(works_from=None, works_until=None) | Q(works_from__isnull=False, works_until__isnull=False),
                name="working_hours_have_a_beginning_and_an_end",
                violation_error_message="Give both the beginning and the end of the working hours, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, erased_at=None) | Q(archived_at__isnull=False),
                name="who_was_merged_or_erased_is_archived",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="person_search"),
            GinIndex(fields=["tags"], name="person_by_tag"),
            models.Index(Lower("name"), "id", name="person_by_name"),
            models.Index(Lower("name"), "id", condition=Q(archived_at=None), name="active_person_by_name"),
            models.Index(Lower("email"), name="person_by_address"),  # directories ask for archived people too
        ]
        verbose_name_plural = "people"

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("person", args=[self.pk])

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_shell(self) -> bool:
        """Merged or erased: kept because old messages point to it."""
        return self.merged_into_id is not None or self.erased_at is not None

    @property
    def apart(self) -> str:
        """What tells people of one name apart, where one of them is chosen."""
        return ", ".join(filter(None, [self.department, self.email or "no address"]))

    def archive(self, *, now):
        self.archived_at = now
        self.save(update_fields=["archived_at"])

    def restore(self):
        self.archived_at = None
        self.save(update_fields=["archived_at"])

    def opt_out(self, topic: str):
        OptOut.objects.bulk_create([OptOut(person=self, topic=topic)], ignore_conflicts=True)

    def opt_in(self, topic: str):
        self.opt_outs.filter(topic=topic).delete()


class GroupQuerySet(models.QuerySet):
    def with_size(self):
        """Counted without DISTINCT, which costs four times as much at 100,000 people: add no other join."""
        return self.annotate(size=models.Count("memberships", filter=Q(memberships__person__archived_at=None)))

    def found_by(self, words: str):
        return self.filter(name__icontains=words.strip()) if words.strip() else self


@pghistory.track()
class Group(models.Model):
    """A named set of people: a department, a board, the contacts at a vendor."""

    name = models.CharField(max_length=120)
    category = models.CharField(max_length=12, choices=Category, default=Category.STAFF)
    description = models.TextField(blank=True)
    people = models.ManyToManyField(Person, through="Membership", related_name="groups")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_group_per_name",
                violation_error_message="There is already a group of this name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("group", args=[self.pk])


@pghistory.track()
class Membership(models.Model):
    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    is_representative = models.BooleanField("represents the group", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="a_person_is_in_a_group_once")]

    def __str__(self):
        return f"{self.person} in {self.group}"


@pghistory.track()
class OptOut(models.Model):
    """A person declined a topic. Written by that person alone, never by an import."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="opt_outs")
    topic = models.CharField(max_length=12, choices=Topic)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="a_topic_is_declined_once")]

    def __str__(self):
        return f"{self.person} without {self.get_topic_display()}"


@pghistory.track(exclude=["secret"])
class Address(models.Model):
    """Where a person is reached over a channel other than mail. A chat room is a person that is a list: what is said
    there reaches whoever reads it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="addresses")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=254, help_text="A number, a name of an account, or the name of a room.")
    secret = models.BinaryField(null=True, help_text="Encrypted: an address that lets in whoever knows it.")
    state = models.CharField(max_length=10, choices=AddressState, default=AddressState.WORKING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"],
                name="one_address_per_person_and_channel",
                violation_error_message="There is already an address for this channel.",
            ),
            models.CheckConstraint(
                condition=~Q(channel__in=[Channel.EMAIL, Channel.PORTAL, Channel.BANNER]),
                name="mail_and_pages_have_no_other_address",
            ),
        ]
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.get_channel_display()}: {self.address}"


class AbsenceQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(start_on__lte=day, end_on__gte=day)


@pghistory.track()
class Absence(models.Model):
    """Days on which somebody is away, and who stands in. The last day is included."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="absences")
    start_on = models.DateField("first day")
    end_on = models.DateField("last day")
    deputy = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="stands_in")
    note = models.CharField(max_length=120, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end_on__gte=F("start_on")),
                name="an_absence_ends_after_it_starts",
                violation_error_message="The last day must not be before the first.",
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("person")),
                name="nobody_stands_in_for_themselves",
                violation_error_message="Choose somebody else as the deputy.",
            ),
        ]
        indexes = [models.Index(fields=["end_on", "start_on"], name="absence_by_day")]

    def __str__(self):
        return f"{self.person} away {self.start_on} to {self.end_on}"


@pghistory.track()
class Relation(models.Model):
    """A person reports to, represents or depends on another person or a group."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="relations")
    tie = models.CharField(max_length=10, choices=Tie)
    to_person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="related_from")
    to_group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="related_from")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_person=None, to_group__isnull=False) | Q(to_person__isnull=False, to_group=None),
                name="a_relation_leads_to_a_person_or_a_group",
                violation_error_message="Choose a person or a group, not both.",
            ),
            models.CheckConstraint(
                condition=Q(to_person=None) | ~Q(to_person=F("person")),
                name="nobody_is_related_to_themselves",
                violation_error_message="Choose somebody else.",
            ),
            models.UniqueConstraint(
                fields=["person", "tie", "to_person", "to_group"],
                name="a_relation_is_noted_once",
                nulls_distinct=False,
                violation_error_message="This is already noted.",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_tie_display().lower()} {self.to_person or self.to_group}"
