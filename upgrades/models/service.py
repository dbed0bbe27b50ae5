"""What people use, and who they are."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from stakeholders.enums import Channel
from stakeholders.models import Group, Membership, Person, Site


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


def groups_that_use(services) -> models.QuerySet[Group]:
    return Group.objects.filter(pk__in=Service.users.through.objects.filter(service__in=services).values("group"))


def people_who_use(services) -> models.QuerySet[Person]:
    """Active people in the groups that use any of these services."""
    groups = Group.objects.filter(services__in=services)
    return Person.objects.active().filter(pk__in=Membership.objects.filter(group__in=groups).values("person"))
