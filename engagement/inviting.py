"""Who is asked to come. People, groups, quadrants or all stakeholders of the upgrade become participants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from engagement.enums import Rsvp
from engagement.models import Engagement, Participant
from stakeholders.models import Membership, Person
from upgrades.models import Stakeholder, Upgrade


@dataclass(frozen=True)
class Circle:
    """A way to name many at once. Groups are all their members."""

    people: Sequence[int] = ()
    groups: Sequence[int] = ()
    quadrants: Sequence[str] = ()
    stakeholders: bool = False


def people_in(circle: Circle, upgrade: Upgrade) -> QuerySet[Person]:
    """Active people, each once, by name."""
    wanted = Q(pk__in=list(circle.people)) | Q(pk__in=_members(list(circle.groups)))
    if circle.quadrants:
        wanted |= _in_quadrants(circle.quadrants, upgrade)
    if circle.stakeholders:
        stakes = Stakeholder.objects.filter(upgrade=upgrade)
        wanted |= Q(pk__in=stakes.exclude(person=None).values("person"))
        wanted |= Q(pk__in=_members(stakes.exclude(group=None).values("group")))
    return Person.objects.active().filter(wanted).in_order()


def _members(groups):
    return Membership.objects.filter(group__in=groups).values("person")


def _in_quadrants(quadrants: Iterable[str], upgrade: Upgrade) -> Q:
    """What is known of a person beats what is known of the group."""
    stakes = Stakeholder.objects.filter(upgrade=upgrade)
    wanted = stakes.in_quadrants(quadrants)
    known = stakes.filter(assessments__isnull=False).exclude(person=None).values("person")
    of_groups = Membership.objects.filter(group__in=wanted.exclude(group=None).values("group"))
    return Q(pk__in=wanted.exclude(person=None).values("person")) | Q(
        pk__in=of_groups.exclude(person__in=known).values("person")
    )


def invite(engagement: Engagement, people: QuerySet[Person]) -> int:
    """Adds those who are not invited yet, and returns how many. Again is harmless. Who was merged into another one is
    that one; who is archived stays out."""
    return invite_to([engagement], people)


@transaction.atomic
def invite_to(engagements: Iterable[Engagement], people: QuerySet[Person]) -> int:
    """To each of these. Set-based: a hundred thousand people are one statement. Returns the rows it changed."""
    try:
        rows, values = people.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    table, persons = Participant._meta.db_table, Person._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (engagement_id, person_id, is_invited, rsvp, remark, seen) "  # noqa: S608
            f"SELECT DISTINCT meeting.id, meant.id, true, %s, '', '' FROM unnest(%s::bigint[]) AS meeting (id) "
            f"CROSS JOIN ({rows}) AS chosen (id) "
            f"JOIN {persons} AS named ON named.id = chosen.id "
            f"JOIN {persons} AS meant ON meant.id = coalesce(named.merged_into_id, named.id) "
            f"AND meant.archived_at IS NULL ORDER BY 1, 2 "
            f"ON CONFLICT (engagement_id, person_id) DO UPDATE SET is_invited = true WHERE NOT {table}.is_invited",
            [Rsvp.NONE.value, [one.pk for one in engagements], *values],
        )
        return cursor.rowcount


def uninvite(participants: QuerySet[Participant]) -> int:
    """Those who were seen there stay, as people who came without an invitation. `history.bring_back` undoes it."""
    seen = participants.filter(attended=True)
    return seen.update(is_invited=False) + participants.exclude(attended=True).delete()[0]


def standing(people: Iterable[Person]) -> dict[int, Person]:
    """For each of these, by key, the person who stands for them today: themselves, or whom they were merged into."""
    found: dict[int, Person] = {person.pk: person for person in people}
    while onward := {one.merged_into_id for one in found.values() if one.merged_into_id}:
        targets: dict[Any, Person] = Person.objects.in_bulk(onward)
        found = {pk: targets[one.merged_into_id] if one.merged_into_id else one for pk, one in found.items()}
    return found
