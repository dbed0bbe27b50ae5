from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
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


GROUPS, PEOPLE, DAYS, RULES = 5, 24, 3, 60


def some(chance, rows, most=3):
    rows = list(rows)
    return chance.sample(rows, chance.randint(0, min(most, len(rows))))


def a_person(chance):
    return {
        "site": chance.choice([None, 0, 1, 2]),
        "fate": chance.choice(["active"] * 5 + ["archived", "merged", "erased"]),
        "groups": some(chance, range(GROUPS)),
        "speaks": chance.random() < 0.4,
        "address": chance.choice(AddressState.values),
        "refuses": chance.random() < 0.2,
        "declines": chance.random() < 0.2,
        "away": [
            (chance.choice([None, *range(PEOPLE), *range(PEOPLE)]), chance.randint(0, DAYS), chance.randint(0, 2))
            for _ in range(chance.randint(0, 2))
        ],
        "answers": chance.choice([None, *Progress.values]),
        "asked": chance.choice([None, "sent", "acknowledged", "failed"]),
    }


def a_stake(chance):
    assessed = [(chance.choice([20, 50, 80]), chance.choice([20, 80])) for _ in range(chance.randint(0, 2))]
    is_person = chance.random() < 0.6
    return is_person, chance.randrange(PEOPLE if is_person else GROUPS), chance.choice(Impact.values), assessed


def a_rule(chance):
    whole = {
        "affected": chance.random() < 0.6,
        "groups": some(chance, range(GROUPS)),
        "people": some(chance, range(PEOPLE)),
        "categories": some(chance, [Category.STAFF, Category.IT]),
        "quadrants": some(chance, Quadrant.values),
        "representatives_only": chance.random() < 0.5,
        "not_answered": chance.random() < 0.5,
        "not_acknowledged": chance.random() < 0.5,
    }
    return {name: value for name, value in whole.items() if chance.random() < 0.35}


def an_ask(chance):
    day = chance.choice([None, *range(DAYS)])
    return a_rule(chance), chance.choice([None, 0, 1]), chance.random() < 0.7, day, chance.random() < 0.1


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**32).map(Random))
def test_a_crowd_is_who_the_database_says_is_in_the_audience(rolled_back, chance):
    """Full registers and many rules: what differs only for somebody merged whose deputy is away is met as well."""
    with rolled_back():
        world = World(
            people=[a_person(chance) for _ in range(PEOPLE)],
            stakes=[a_stake(chance) for _ in range(12)],
            uses=(some(chance, range(GROUPS)), some(chance, range(GROUPS))),
            own=(True, False),
            sites=[chance.randrange(3)],
        )
        wanted = [world.asked(*an_ask(chance)) for _ in range(RULES)]

        loaded = crowds.load(wanted)

        for one in wanted:
            said = set(one.people.order_by().values_list("pk", flat=True))
            assert set(loaded.persons(loaded.of(one))) == said, (one.rule, one.milestone, one.on)


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
        self.sites = [factories.site(), factories.site(), factories.site()]
        categories = [Category.STAFF, Category.IT, Category.MANAGEMENT, Category.STAFF, Category.IT]
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
