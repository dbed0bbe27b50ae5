"""The clock that somebody new most likely has."""

from django.conf import settings
from django.db.models import Count

from stakeholders.models import Person, Site


def usual() -> str:
    """That of the site with most people; else of most people; else the zone of this installation."""
    sites = Site.objects.with_size().filter(size__gt=0).order_by("-size", "pk")
    if zone := sites.values_list("time_zone", flat=True).first():
        return zone
    people = Person.objects.active().order_by().values("time_zone").annotate(number=Count("pk"))
    most = people.order_by("-number", "time_zone").values_list("time_zone", flat=True).first()
    return most or settings.TIME_ZONE
