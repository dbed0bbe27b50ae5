"""Who is affected and has been forgotten: people and groups that use what an upgrade changes and appear in no upgrade,
and those whom the ties of its stakeholders lead to.

People are found by queries over sets, with the resolver that delivery uses, so that what is shown here is what would
happen. Nothing is stored.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from notices.audiences.asked import Asked
from notices.enums import OPEN, MessageState
from notices.models import Message, Notice
from stakeholders.enums import Tie
from stakeholders.models import Group, Membership, Person, PersonQuerySet, Relation
from upgrades.models import Stakeholder, Upgrade, groups_that_use

MOST_TIES = 200
FEW = 1_000  # people whose keys are named in a query
DRAWN = 14  # on each side of the picture


def people(upgrade: Upgrade, *, now: datetime) -> PersonQuerySet:
    """Active people in the groups that use its services, who are stakeholders nowhere, neither themselves nor through
    a group, and whom no notice of any upgrade has reached or is to reach."""
    using = groups_that_use(upgrade.services.order_by().values("pk")).values("pk")
    found = Person.objects.active().filter(pk__in=Membership.objects.filter(group__in=using).values("person"))
    own = Stakeholder.objects.filter(person=OuterRef("pk"))
    of_a_group = Membership.objects.filter(group__in=Stakeholder.objects.exclude(group=None).values("group")).values(
        "person"
    )
    told = Message.objects.filter(person=OuterRef("pk"), state__in=[*OPEN, MessageState.SENT])
    found = found.filter(~Exists(own), ~Exists(told)).exclude(pk__in=of_a_group)
    return Person.objects.filter(pk__in=_not_meant(set(found.order_by().values_list("pk", flat=True)), now=now))


def _not_meant(left: set[int], *, now: datetime) -> set[int]:
    """Without those to whom something waits to be said. The widest audience first: mostly it leaves nobody, or so few
    that the others need not be worked out for everybody."""
    audiences = sorted(_audiences(now=now), key=_is_narrow) if left else []
    for place, asked in enumerate(audiences):
        if len(left) <= FEW:
            return _of_few(left, audiences[place:])
        left = left - set(asked.people.order_by().values_list("pk", flat=True))
    return left


def _is_narrow(asked: Asked) -> bool:
    return not asked.rule.get("affected") or bool(asked.rule.get("representatives_only"))


def _of_few(left: set[int], audiences: list[Asked]) -> set[int]:
    found = Person.objects.filter(pk__in=left)
    for asked in audiences:
        found = found.exclude(pk__in=asked.people.filter(pk__in=left).order_by().values("pk"))
    return set(found.order_by().values_list("pk", flat=True)) if left else left


def _audiences(*, now: datetime) -> list[Asked]:
    """Of everything that waits to be said, in any upgrade: those that mean the same people once."""
    waiting = Notice.objects.waiting().select_related("upgrade", "milestone", "survey").order_by("pk")
    waiting = waiting.prefetch_related("milestone__services", "milestone__sites")
    return list(
        {_meaning(asked): asked for asked in (Asked.of(one, now=now) for one in waiting) if asked.rule}.values()
    )


OF_AN_UPGRADE = ("affected", "categories", "quadrants", "not_acknowledged")


def _meaning(asked: Asked) -> tuple:
    """What the resolver looks at. Two milestones with the same services and sites affect the same people."""
    rule, milestone = asked.rule, asked.milestone
    upgrade = asked.upgrade.pk if any(rule.get(name) for name in OF_AN_UPGRADE) else None
    scope: tuple = ()
    if milestone and (rule.get("affected") or rule.get("categories")):
        scope = tuple(frozenset(one.pk for one in some.all()) for some in (milestone.services, milestone.sites))
    asks_back = milestone.pk if milestone and rule.get("not_acknowledged") else None
    survey = asked.survey.pk if asked.survey and rule.get("not_answered") else None
    return json.dumps(rule, sort_keys=True), upgrade, scope, asks_back, survey


@dataclass(frozen=True)
class Why:
    """For one person: the services they use and the groups through which they do."""

    services: list[str]
    groups: list[str]


def reasons(shown: Iterable[Person], upgrade: Upgrade) -> dict[int, Why]:
    """For the people of one page: one query."""
    services = upgrade.services.order_by().values("pk")
    rows = (
        Membership.objects.filter(person__in=list(shown), group__services__in=services)
        .order_by("group__name", "group__services__name", "pk")
        .values_list("person", "group__name", "group__services__name")
    )
    found: dict[int, Why] = defaultdict(lambda: Why([], []))
    for person, group, service in rows:
        why = found[person]
        if group not in why.groups:
            why.groups.append(group)
        if service not in why.services:
            why.services.append(service)
    return dict(found)


def groups(upgrade: Upgrade) -> QuerySet[Group]:
    """Whole groups that use its services and are no stakeholders of it, the largest first."""
    using = groups_that_use(upgrade.services.order_by().values("pk"))
    found = using.exclude(pk__in=upgrade.stakeholders.exclude(group=None).values("group"))
    return found.with_size().order_by("-size", "name", "pk")  # type: ignore[attr-defined]


# Ties


@dataclass(frozen=True)
class Hint:
    """Somebody who is not in the upgrade, and what leads to them."""

    who: Person | Group
    because: list[str]

    @property
    def is_group(self) -> bool:
        return isinstance(self.who, Group)


@dataclass
class Node:
    who: Person | Group
    is_stakeholder: bool
    y: int = 0

    @property
    def top(self) -> int:
        return self.y - 17

    @property
    def base(self) -> int:
        """Of its words."""
        return self.y + 5


@dataclass(frozen=True)
class Edge:
    relation: Relation
    start: Node
    end: Node

    @property
    def words(self) -> str:
        return self.relation.get_tie_display().lower()


@dataclass
class Picture:
    """Who is tied to whom: those who depend, report or represent on the left, whom they mean on the right."""

    edges: list[Edge] = field(default_factory=list)
    left: list[Node] = field(default_factory=list)
    right: list[Node] = field(default_factory=list)

    @property
    def height(self) -> int:
        return 44 * max(len(self.left), len(self.right), 1)


@dataclass(frozen=True)
class Ties:
    edges: list[Edge]
    picture: Picture
    hints: list[Hint]


def ties(upgrade: Upgrade) -> Ties:
    """What is known of who depends on whom around its stakeholders. Five queries."""
    stakes = upgrade.stakeholders.order_by().values_list("person", "group")
    inside_people = {person for person, _group in stakes if person}
    inside_groups = {group for _person, group in stakes if group}
    affected = set(groups_that_use(upgrade.services.order_by().values("pk")).values_list("pk", flat=True))
    known = list(_relations(inside_people, inside_groups, affected))
    inside = {("person", pk) for pk in inside_people} | {("group", pk) for pk in inside_groups}
    nodes: dict[tuple[str, int, str], Node] = {}
    edges = [
        Edge(one, _node(nodes, one.person, "from", inside), _node(nodes, _whom(one), "to", inside)) for one in known
    ]
    of_groups = _representatives(inside_groups | affected, inside_people)
    return Ties(edges, _draw(edges), _hints(edges, of_groups))


def _relations(people: set[int], groups: set[int], affected: set[int]) -> QuerySet[Relation]:
    """Those of its stakeholders in both directions, and those who represent an affected group."""
    upwards = Q(tie=Tie.REPORTS_TO)  # whoever merely reports to a stakeholder is no hint
    of_stakeholders = Q(person__in=people) | (~upwards & (Q(to_person__in=people) | Q(to_group__in=groups)))
    speaks_for = Q(tie=Tie.REPRESENTS, to_group__in=affected)
    living = Q(person__archived_at=None) & (Q(to_person=None) | Q(to_person__archived_at=None))
    found = Relation.objects.filter(living).filter(of_stakeholders | speaks_for)
    return found.select_related("person", "to_person", "to_group").order_by("tie", "person__name", "pk")[:MOST_TIES]


def _representatives(groups: set[int], people: set[int]) -> QuerySet[Membership]:
    found = Membership.objects.filter(group__in=groups, is_representative=True, person__archived_at=None)
    found = found.exclude(person__in=people).select_related("person", "group")
    return found.order_by("person__name", "group__name", "pk")[:MOST_TIES]


def _whom(relation: Relation) -> Person | Group:
    return relation.to_person or relation.to_group  # type: ignore[return-value]  # one of the two: see the constraint


def _key(who: Person | Group) -> tuple[str, int]:
    return ("group" if isinstance(who, Group) else "person"), who.pk


def _node(nodes: dict, who: Person | Group, side: str, inside: set) -> Node:
    return nodes.setdefault((*_key(who), side), Node(who, _key(who) in inside))


def _draw(edges: list[Edge]) -> Picture:
    """The first ones, one below the other on each side."""
    picture = Picture()
    for edge in edges:
        new_left, new_right = edge.start not in picture.left, edge.end not in picture.right
        if len(picture.left) + new_left > DRAWN or len(picture.right) + new_right > DRAWN:
            continue
        picture.left += [edge.start] if new_left else []
        picture.right += [edge.end] if new_right else []
        picture.edges.append(edge)
    for side in (picture.left, picture.right):
        for place, node in enumerate(side):
            node.y = 44 * place + 22
    return picture


def _hints(edges: list[Edge], of_groups: Iterable[Membership]) -> list[Hint]:
    """Those outside, with everything that leads to them; those with most reasons first."""
    found: dict[tuple[str, int], Hint] = {}
    for edge in edges:
        for node, other in ((edge.start, edge.end), (edge.end, edge.start)):
            if not node.is_stakeholder:
                found.setdefault(_key(node.who), Hint(node.who, [])).because.append(_because(edge, node, other))
    for one in of_groups:
        found.setdefault(_key(one.person), Hint(one.person, [])).because.append(f"represents {one.group}")
    for hint in found.values():
        hint.because[:] = dict.fromkeys(hint.because)
    return sorted(found.values(), key=lambda hint: (-len(hint.because), str(hint.who).casefold(), hint.who.pk))


def _because(edge: Edge, node: Node, other: Node) -> str:
    if node is edge.start:
        return f"{edge.words} {other.who}"
    backwards = {
        Tie.REPORTS_TO: f"is the manager of {other.who}",
        Tie.DEPENDS_ON: f"{other.who} depends on them",
        Tie.REPRESENTS: f"{other.who} speaks for them",
    }
    return backwards[Tie(edge.relation.tie)]
