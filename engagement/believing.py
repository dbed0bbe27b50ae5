"""What people heard in conversations."""

from collections import defaultdict

from django.db.models import QuerySet

from engagement.models import Participant, Telling
from stakeholders.models import Person


def tellings_for(people: QuerySet[Person]) -> dict[int, list[Telling]]:
    """By person, the valid tellings of what they attended, newest first. Two queries, however many people; a person who
    heard nothing is not in it."""
    there = Participant.objects.attended().filter(person__in=people.order_by())
    of_engagement: dict[int, list[int]] = defaultdict(list)
    for engagement, person in there.values_list("engagement", "person").order_by("pk"):
        of_engagement[engagement].append(person)
    told = Telling.objects.valid().filter(engagement__in=of_engagement).select_related("engagement")
    heard: dict[int, list[Telling]] = defaultdict(list)
    for one in told.order_by("-at", "-pk"):
        for person in of_engagement[one.engagement_id]:
            heard[person].append(one)
    return dict(heard)
