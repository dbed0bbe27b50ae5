from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.enums import Progress
from feedback.models import Invitation
from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.enums import MessageState, NoticeKind, ReceiptKind
from notices.models import Message, Receipt
from stakeholders.enums import AddressState, Category, Channel, Topic
from stakeholders.models import Absence, Membership, Person
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, Quadrant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


# Sets


def test_crowds_can_be_united_cut_and_counted():
    people = [factories.person() for _ in range(20)]
    first, second = factories.group(people=people[:12]), factories.group(people=people[9:])
    upgrade = factories.upgrade()
    asked = [Asked({"groups": [one.pk]}, upgrade) for one in (first, second)]

    loaded = crowds.load(asked)
    one, other = (loaded.of(each) for each in asked)

    assert [crowds.size(crowd) for crowd in (one, other, one | other, one & other, one & ~other)] == [12, 11, 20, 3, 9]
    assert list(loaded.persons(one & other)) == [person.pk for person in people[9:12]]
    assert loaded.mark([people[0].pk, people[-1].pk, -1]) & one == loaded.mark([people[0].pk])
    assert list(loaded.persons(loaded.everybody)) == [person.pk for person in people]
    assert list(loaded.persons(0)) == []


def test_members_of_groups_that_nobody_asked_for_can_be_known_too():
    group = factories.group(people=[factories.person(), factories.person(archived_at=NOW)])

    loaded = crowds.load([], groups=[group.pk])

    assert crowds.size(loaded.groups[group.pk]) == 1


def test_the_number_of_queries_does_not_depend_on_the_number_of_audiences(django_assert_num_queries):
    def asked(number):
        found = []
        for _ in range(number):
            group = factories.group(people=[factories.person()])
            upgrade = factories.upgrade(services=[factories.service(users=[group])])
            milestone = factories.milestone(upgrade, sites=[factories.site()])
            factories.assessment(factories.stakeholder(group, of=upgrade))
            survey = factories.survey(upgrade)
            found += [
                Asked({"affected": True, "people": [1]}, upgrade, milestone, on=NOW.date()),
                Asked({"quadrants": [Quadrant.MONITOR], "categories": [Category.STAFF]}, upgrade),
                Asked({"groups": [group.pk], "not_answered": True}, upgrade, survey=survey),
                Asked({"affected": True, "not_acknowledged": True}, upgrade, milestone),
            ]
        return found

    for number in (1, 3):
        rules = asked(number)
        with django_assert_num_queries(14):
            crowds.load(rules)


@given(st.lists(st.integers(0, 255), max_size=20), st.integers(0, 21))
def test_people_are_counted_at_once_as_one_by_one(many, cap):
    slowly = {bit: sum(crowd >> bit & 1 for crowd in many) for bit in range(8)}

    more = crowds.more_than(cap, crowds.count(many))

    assert {bit for bit in range(8) if more >> bit & 1} == {bit for bit, number in slowly.items() if number > cap}


# Equal to what the database says


GROUPS, PEOPLE, DAYS = 4, 9, 3
some_people = st.lists(st.integers(0, PEOPLE - 1), max_size=3, unique=True)
some_groups = st.lists(st.integers(0, GROUPS - 1), max_size=3, unique=True)
persons = st.fixed_dictionaries(
    {
        "site": st.sampled_from([None, 0, 1]),
        "fate": st.sampled_from(["active"] * 4 + ["archived", "merged", "erased"]),
        "groups": some_groups,
        "speaks": st.booleans(),
        "address": st.sampled_from(AddressState.values),
        "refuses": st.booleans(),
        "declines": st.booleans(),
        "away": st.lists(
            st.tuples(st.sampled_from([None, *range(PEOPLE)]), st.integers(0, DAYS), st.integers(0, 2)), max_size=2
        ),
        "answers": st.sampled_from([None, *Progress.values]),
        "asked": st.sampled_from([None, "sent", "acknowledged", "failed"]),
    }
)
stakes = st.tuples(
    st.booleans(),  # a person or a group
    st.integers(0, GROUPS - 1),
    st.sampled_from(Impact.values),
    st.lists(st.tuples(st.sampled_from([20, 50, 80]), st.sampled_from([20, 80])), max_size=2),
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "affected": st.booleans(),
        "groups": some_groups,
        "people": some_people,
        "categories": st.lists(st.sampled_from([Category.STAFF, Category.IT]), unique=True),
        "quadrants": st.lists(st.sampled_from(Quadrant.values), unique=True),
        "representatives_only": st.booleans(),
        "not_answered": st.booleans(),
        "not_acknowledged": st.booleans(),
    },
)
asks = st.tuples(
    rules, st.sampled_from([None, 0, 1]), st.booleans(), st.sampled_from([None, *range(DAYS)]), st.booleans()
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    people=st.lists(persons, min_size=PEOPLE, max_size=PEOPLE),
    stakes=st.lists(stakes, max_size=5),
    uses=st.tuples(some_groups, some_groups),
    own=st.tuples(st.booleans(), st.booleans()),
    sites=st.lists(st.sampled_from([0, 1]), max_size=2, unique=True),
    asked=st.lists(asks, min_size=1, max_size=6),
)
def test_a_crowd_is_who_the_database_says_is_in_the_audience(people, stakes, uses, own, sites, asked, rolled_back):
    with rolled_back():
        world = World(people, stakes, uses, own, sites)
        wanted = [world.asked(*one) for one in asked]

        loaded = crowds.load(wanted)

        for one in wanted:
            said = set(one.people.order_by().values_list("pk", flat=True))
            assert set(loaded.persons(loaded.of(one))) == said, (one.rule, one.on)


@pytest.fixture
def rolled_back(db):
    """Every example starts with nothing."""

    @contextmanager
    def again():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return again


class World:
    def __init__(self, people, stakes, uses, own, sites):
        self.sites = [factories.site(), factories.site()]
        categories = [Category.STAFF, Category.IT, Category.MANAGEMENT, Category.STAFF]
        self.groups = [factories.group(category=category) for category in categories]
        self.people = [self.person(one) for one in people]
        services = [factories.service(users=[self.groups[index] for index in those]) for those in uses]
        self.upgrade = factories.upgrade(services=services[:1])
        self.milestones = [
            factories.milestone(self.upgrade, services=services[1:] if has_own else []) for has_own in own
        ]
        self.milestones[0].sites.set([self.sites[index] for index in sites])
        self.survey = factories.survey(self.upgrade)
        self.ties(people)
        self.stakes(stakes)
        self.asks(people)

    def person(self, one):
        archived = None if one["fate"] == "active" else NOW
        return factories.person(
            site=None if one["site"] is None else self.sites[one["site"]],
            archived_at=archived,
            erased_at=NOW if one["fate"] == "erased" else None,
            email_state=one["address"],
            refused_channels=[Channel.EMAIL] if one["refuses"] else [],
        )

    def ties(self, people):
        for number, (row, one) in enumerate(zip(self.people, people, strict=True)):
            if one["fate"] == "merged":
                Person.objects.filter(pk=row.pk).update(merged_into=self.people[(number + 1) % PEOPLE])
            for index in one["groups"]:
                Membership.objects.create(group=self.groups[index], person=row, is_representative=one["speaks"])
            for deputy, start, length in one["away"]:
                start_on = NOW.date() + start * DAY
                stands_in = None if deputy is None or deputy == number else self.people[deputy]
                Absence.objects.create(person=row, deputy=stands_in, start_on=start_on, end_on=start_on + length * DAY)

    def stakes(self, stakes):
        planner = factories.account()
        seen = set()
        for is_person, index, impact, assessments in stakes:
            who = self.people[index] if is_person else self.groups[index]
            if who in seen:
                continue
            seen.add(who)
            stake = factories.stakeholder(who, of=self.upgrade, impact_on_them=impact)
            for influence, interest in assessments:
                factories.assessment(stake, influence=influence, interest=interest, by=planner)

    def asks(self, people):
        request = factories.notice(self.milestones[0], asks_acknowledgement=True)
        states = {"sent": MessageState.SENT, "acknowledged": MessageState.SENT, "failed": MessageState.FAILED}
        for row, one in zip(self.people, people, strict=True):
            if one["answers"]:
                Invitation.objects.create(survey=self.survey, person=row, progress=one["answers"])
            if one["declines"]:
                row.opt_out(Topic.SURVEY)
            if one["asked"]:
                message = Message.objects.create(
                    notice=request,
                    person=row,
                    channel=Channel.EMAIL,
                    state=states[one["asked"]],
                    not_before=NOW,
                    created_at=NOW,
                    sent_at=NOW,
                    sha256=b"x",
                )
                if one["asked"] == "acknowledged":
                    Receipt.objects.create(message=message, kind=ReceiptKind.ACKNOWLEDGED, at=NOW)

    def asked(self, rule, milestone, has_survey, day, is_reached):
        rule = dict(rule)
        for name, rows in (("groups", self.groups), ("people", self.people)):
            if name in rule:
                rule[name] = [rows[index].pk for index in rule[name]]
        chosen = None if milestone is None else self.milestones[milestone]
        survey = self.survey if has_survey else None
        on = None if day is None else NOW.date() + day * DAY
        mail = {"kind": NoticeKind.SURVEY, "audience": rule, "survey": survey}
        notice = factories.notice(chosen or self.upgrade, **mail) if is_reached else None
        return Asked(rule, self.upgrade, chosen, survey, on, notice)
