from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.enums import Progress
from feedback.models import Invitation
from notices.enums import MessageState, NoticeKind
from notices.pipeline import audience
from notices.pipeline.audience import Audience
from notices.pipeline.coming_back import receipts
from stakeholders.enums import AddressState, Category, Channel, Topic
from stakeholders.models import Group, Membership, Person
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, Quadrant


def told(rule, milestone):
    people = audience.resolve(rule, upgrade=milestone.upgrade, milestone=milestone)
    return [person.name for person in people]


@pytest.fixture
def milestone(cai):
    """Of an upgrade of mail, which Cai's group uses, at the site in Ghent."""
    staff = factories.group("Staff", people=[cai])
    mail = factories.service("Mail", users=[staff])
    other = factories.service("Printing", users=[factories.group("Printers")])
    return factories.milestone(
        factories.upgrade(services=[mail, other]), services=[mail], sites=[factories.site("Ghent")]
    )


def group(name):
    return Group.objects.get(name=name)


# Who is affected


def test_those_who_use_the_service_at_the_place_are_affected_and_nobody_else(milestone, cai):
    ghent, leuven = milestone.sites.get(), factories.site("Leuven")
    factories.person("At the site", groups=[group("Staff")], site=ghent)
    factories.person("At another site", groups=[group("Staff")], site=leuven)
    factories.person("Has left", groups=[group("Staff")], archived_at=NOW)
    factories.person("Uses something else", groups=[group("Printers")], site=ghent)
    factories.person("Is in no group", site=ghent)
    factories.stakeholder(factories.person("Feels nothing"), of=milestone.upgrade, impact_on_them=Impact.NO_IMPACT)
    elsewhere = factories.upgrade()
    factories.stakeholder(factories.person("Of another upgrade"), of=elsewhere, impact_on_them=Impact.OUTAGE)

    assert told({"affected": True}, milestone) == ["At the site", "Cai Carter"]  # nobody knows where Cai works


def test_a_person_who_feels_it_is_affected_everywhere_a_group_where_it_happens(milestone):
    ghent, leuven = milestone.sites.get(), factories.site("Leuven")
    people = [factories.person("Member in Ghent", site=ghent), factories.person("Member in Leuven", site=leuven)]
    board = factories.group("Board", people=people)
    factories.stakeholder(board, of=milestone.upgrade, impact_on_them=Impact.REDUCED_REDUNDANCY)
    factories.stakeholder(factories.person("Sponsor", site=leuven), of=milestone.upgrade, impact_on_them=Impact.OUTAGE)

    assert told({"affected": True}, milestone) == ["Cai Carter", "Member in Ghent", "Sponsor"]


def test_a_milestone_without_services_means_all_of_the_upgrade(milestone):
    factories.person("Printer", groups=[group("Printers")])
    milestone.services.clear()

    assert told({"affected": True}, milestone) == ["Cai Carter", "Printer"]


def test_a_milestone_without_sites_means_everywhere(milestone):
    factories.person("Elsewhere", groups=[group("Staff")], site=factories.site("Leuven"))
    milestone.sites.clear()

    assert told({"affected": True}, milestone) == ["Cai Carter", "Elsewhere"]


def test_who_is_chosen_in_three_ways_is_told_once(milestone, cai):
    factories.group("Again", people=[cai])
    rule = {"affected": True, "people": [cai.pk], "groups": [group("Staff").pk, group("Again").pk]}

    assert told(rule, milestone) == ["Cai Carter"]


def test_an_empty_rule_tells_nobody(milestone):
    assert told({}, milestone) == []


# Categories and quadrants


def test_a_category_means_its_groups_that_are_concerned(milestone):
    desk = factories.group("Desk", people=[factories.person("Uses it")], category=Category.IT)
    milestone.services.get().users.add(desk)
    network = factories.group("Network", people=[factories.person("Has a stake")], category=Category.IT)
    factories.stakeholder(network, of=milestone.upgrade)
    factories.group("Database", people=[factories.person("Not concerned")], category=Category.IT)

    assert told({"categories": ["it"]}, milestone) == ["Has a stake", "Uses it"]


def placed(who, milestone, influence, interest, at=NOW):
    stake = milestone.upgrade.stakeholders.filter(person=who if isinstance(who, Person) else None).first()
    stake = stake or factories.stakeholder(who, of=milestone.upgrade)
    factories.assessment(stake, influence=influence, interest=interest, at=at)


def test_a_quadrant_means_people_and_groups_by_their_last_assessment(milestone):
    closely, before, never = (factories.person(name) for name in ("Closely", "Before", "Never"))
    placed(closely, milestone, 90, 90)
    placed(before, milestone, 90, 90)
    placed(before, milestone, 10, 10, at=NOW + timedelta(days=1))
    factories.stakeholder(never, of=milestone.upgrade)
    placed(factories.group(people=[factories.person("Of the board")]), milestone, 50, 50)

    assert told({"quadrants": [Quadrant.MANAGE_CLOSELY]}, milestone) == ["Closely", "Of the board"]


def test_what_is_known_of_a_person_beats_what_is_known_of_the_group(milestone):
    sceptic, member = factories.person("Sceptic"), factories.person("Member")
    placed(factories.group(people=[sceptic, member]), milestone, 90, 90)
    placed(sceptic, milestone, 10, 90)

    assert told({"quadrants": [Quadrant.MANAGE_CLOSELY]}, milestone) == ["Member"]
    assert told({"quadrants": [Quadrant.KEEP_INFORMED]}, milestone) == ["Sceptic"]


# Filters


def test_only_representatives_of_groups_and_those_who_were_named(milestone, cai, dee):
    speaker = factories.person("Speaker")
    Membership.objects.create(group=group("Staff"), person=speaker, is_representative=True)

    rule = {"affected": True, "people": [dee.pk], "representatives_only": True}

    assert told(rule, milestone) == ["Dee Dorn", "Speaker"]


def test_only_those_who_have_not_answered(milestone, cai, dee):
    survey, other = factories.survey(milestone.upgrade), factories.survey(milestone.upgrade)
    not_invited, elsewhere = factories.person("Not invited"), factories.person("Invited elsewhere")
    Invitation.objects.create(survey=survey, person=cai)
    Invitation.objects.create(survey=survey, person=dee, progress=Progress.FINISHED)
    Invitation.objects.create(survey=other, person=elsewhere)
    everybody = [person.pk for person in (cai, dee, not_invited, elsewhere)]

    people = audience.resolve(
        {"people": everybody, "not_answered": True}, upgrade=milestone.upgrade, milestone=milestone, survey=survey
    )

    assert list(people) == [cai]


def test_only_those_who_were_asked_and_have_not_acknowledged(milestone, cai, dee):
    failed, never_asked = factories.person("Did not get it"), factories.person("Never asked")
    request = factories.released_notice(milestone, people=[cai, dee, failed], asks_acknowledgement=True)
    factories.released_notice(milestone, people=[never_asked]).messages.update(
        state=MessageState.SENT, sent_at=NOW, sha256=b""
    )
    request.messages.exclude(person=failed).update(state=MessageState.SENT, sent_at=NOW, sha256=b"")
    receipts.acknowledge(request.messages.get(person=dee), now=NOW)

    everybody = {"people": [person.pk for person in (cai, dee, failed, never_asked)], "not_acknowledged": True}

    assert told(everybody, milestone) == ["Cai Carter"]


# The union is a union, the filters are filters

PEOPLE, GROUPS = range(6), range(3)
MEMBERS = st.sets(st.tuples(st.sampled_from(GROUPS), st.sampled_from(PEOPLE)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    members=MEMBERS,
    speakers=MEMBERS,
    users=st.sets(st.sampled_from(GROUPS)),
    archived=st.sets(st.sampled_from(PEOPLE)),
    named=st.sets(st.sampled_from(PEOPLE)),
    chosen=st.sets(st.sampled_from(GROUPS)),
    affected=st.booleans(),
    representatives_only=st.booleans(),
)
def test_it_finds_whom_a_reader_of_the_rule_would_find(
    db, members, speakers, users, archived, named, chosen, affected, representatives_only
):
    people = [factories.person(archived_at=NOW if number in archived else None) for number in PEOPLE]
    groups = [factories.group() for _ in GROUPS]
    Membership.objects.bulk_create(
        Membership(group=groups[one], person=people[other], is_representative=(one, other) in speakers)
        for one, other in sorted(members | speakers)
    )
    service = factories.service(users=[groups[number] for number in users])
    rule = Audience(
        affected=affected,
        people=tuple(people[number].pk for number in named),
        groups=tuple(groups[number].pk for number in chosen),
        representatives_only=representatives_only,
    )

    found = audience.resolve(rule, upgrade=factories.upgrade(services=[service]))

    ways = speakers if representatives_only else members | speakers
    through = {person for one, person in ways if one in chosen or (affected and one in users)}
    assert sorted(person.pk for person in found) == sorted(people[number].pk for number in (named | through) - archived)


# Who gets nothing, and why


def test_everybody_is_skipped_for_one_reason_and_cai_is_not(cai, dee, milestone):
    nowhere = factories.person("Nowhere", email="")
    bounced = factories.person("Bounced", email_state=AddressState.BOUNCED)
    annoyed = factories.person("Annoyed", email_state=AddressState.COMPLAINED)
    other_topic = factories.person("Other topic")
    other_topic.opt_out(Topic.NEWS)
    everybody = [cai, dee, nowhere, bounced, annoyed, other_topic]
    notice = factories.notice(milestone, people=everybody, kind=NoticeKind.SURVEY)

    found = audience.recipients(notice, channel=Channel.EMAIL)

    assert {person.name: person.skip_reason for person in found} == {
        "Cai Carter": "",
        "Dee Dorn": "opted out: survey invitations and reminders",
        "Nowhere": "no address",
        "Bounced": "address bounced",
        "Annoyed": "marked our mail as unwanted",
        "Other topic": "",
    }


def test_it_is_one_query_however_long_the_rule(milestone, cai, django_assert_num_queries):
    rule = {
        "affected": True,
        "groups": [group("Staff").pk],
        "categories": ["it", "staff"],
        "quadrants": list(Quadrant.values),
        "people": [cai.pk],
        "representatives_only": True,
        "not_acknowledged": True,
    }
    notice = factories.notice(milestone, audience=rule)

    with django_assert_num_queries(1):
        list(audience.recipients(notice, channel=Channel.EMAIL))


# The rule itself


def test_a_rule_survives_its_storage():
    rule = Audience(affected=True, groups=(1, 2), quadrants=("monitor",), representatives_only=True)

    assert Audience.from_json(rule.as_json()) == rule
    assert rule.as_json() == {
        "affected": True,
        "groups": [1, 2],
        "quadrants": ["monitor"],
        "representatives_only": True,
    }


def test_a_rule_that_is_half_understood_is_refused():
    with pytest.raises(ValueError, match="An audience has no everyone"):
        Audience.from_json({"everyone": True})


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, "Nobody."),
        ({"affected": True}, "Everybody affected."),
        ({"people": [7]}, "One person."),
        (
            {"affected": True, "quadrants": ["manage_closely"], "categories": ["it", "staff"], "people": [1, 2]},
            "Everybody affected, stakeholders to manage closely, the IT groups concerned, the staff groups concerned"
            " and 2 people chosen one by one.",
        ),
        (
            {"affected": True, "representatives_only": True, "not_acknowledged": True},
            "Everybody affected, only representatives of their groups, only those who have not acknowledged.",
        ),
    ],
)
def test_a_rule_says_whom_it_means(db, rule, sentence):
    assert Audience.from_json(rule).describe() == sentence


def test_a_rule_tells_people_from_rooms(db):
    rooms = [factories.person(name=name, email="", is_list=True) for name in ("Staff room", "Duty room")]
    people = [factories.person(), factories.person(is_list=True)]  # a distribution list of mail is no room

    said = [
        Audience(people=tuple(one.pk for one in chosen)).describe()
        for chosen in (rooms[:1], people + rooms, people + rooms[:1])
    ]

    assert said == ["One room.", "2 people and 2 rooms chosen one by one.", "2 people and 1 room chosen one by one."]


def test_a_rule_names_its_groups(db):
    rule = Audience(groups=tuple(factories.group(name).pk for name in ("Zoology", "Arts")))

    assert rule.describe() == "Arts and Zoology."
