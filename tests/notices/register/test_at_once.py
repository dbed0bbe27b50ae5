"""A manager, or the person, writes something in the very moment of a merge: it is there with the one who stays."""

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement import attendance
from engagement.models import Nomination, Participant
from feedback.models import Concern
from notices.register import erasing, merging
from portal import asking
from stakeholders import bulk
from stakeholders.models import Absence, Membership, Person, Relation
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_at_once import in_the_middle_of
from upgrades.models import Stakeholder

DAYS = {"start_on": "2099-03-30", "end_on": "2099-04-03"}


@pytest.fixture
def twin(transactional_db):
    return factories.person("Carter, Cai", email="c.carter@example.org")


@pytest.fixture
def post(client, ana):
    client.force_login(ana)
    return lambda name, *args, **data: client.post(reverse(name, args=[getattr(one, "pk", one) for one in args]), data)


@pytest.fixture
def during(ana, cai, twin):
    return lambda act: in_the_middle_of(lambda: merging.merge(cai, twin, by=ana, now=NOW), act)


def people_of(table) -> list[Person]:
    return [row.person for row in table.objects.order_by("pk")]


def test_an_absence(cai, twin, during, post):
    during(lambda: post("absence_new", twin, **DAYS))

    assert people_of(Absence) == [cai]


def test_an_absence_that_is_changed(cai, twin, during, post, client):
    absence = Absence.objects.create(person=twin, **DAYS)
    seen = client.get(reverse("absence_edit", args=[absence.pk])).context["form"]["seen"].value()

    during(lambda: post("absence_edit", absence, **DAYS, note="Calls only", seen=seen))

    assert [(row.person, row.note) for row in Absence.objects.all()] == [(cai, "Calls only")]


def test_a_deputy(cai, dee, twin, during, post):
    during(lambda: post("absence_new", dee, **DAYS, deputy=twin.email))

    assert [row.deputy for row in Absence.objects.all()] == [cai]


def test_a_relation_at_both_ends(cai, dee, twin, during, post):
    factories.group()
    during(lambda: post("relation_new", twin, tie="reports_to", to_person=dee.email))

    assert people_of(Relation) == [cai]


def test_a_relation_to_somebody(cai, dee, twin, during, post):
    during(lambda: post("relation_new", dee, tie="reports_to", to_person=twin.email))

    assert [row.to_person for row in Relation.objects.all()] == [cai]


def test_a_member_of_a_group(cai, twin, during, post):
    group = factories.group()
    during(lambda: post("member_add", group, twin))

    assert people_of(Membership) == [cai]


def test_who_represents_a_group(cai, twin, during, post):
    group = factories.group(people=[cai, twin])
    seen = Membership.objects.get(group=group, person=twin)

    during(lambda: post("member_represent", seen, represents="1"))

    assert [(row.person, row.is_representative) for row in Membership.objects.all()] == [(cai, True)]


def test_who_leaves_a_group(cai, twin, during, post):
    group = factories.group(people=[cai, twin])
    seen = Membership.objects.get(group=group, person=twin)

    during(lambda: post("member_remove", seen))

    assert people_of(Membership) == []


def test_many_members_of_a_group(cai, dee, twin, during):
    group = factories.group()
    during(lambda: bulk.add_to_group(Person.objects.active(), group=group))

    assert set(people_of(Membership)) == {cai, dee}


def test_a_stakeholder(cai, twin, during, post):
    upgrade = factories.upgrade()
    during(lambda: post("stakeholder_add", upgrade.slug, person=twin.pk))

    assert people_of(Stakeholder) == [cai]


def test_somebody_who_is_there(cai, twin, during):
    meeting = factories.engagement()
    during(lambda: attendance.mark(meeting, [twin], attended=True, now=NOW))

    assert people_of(Participant) == [cai]


@pytest.mark.parametrize(
    ("act", "table", "end"),
    [
        (lambda message: asking.ask(message, kind="question", text="When?"), Concern, "person"),
        (lambda message: asking.nominate(message, name="Eva", email="", why=""), Nomination, "by"),
    ],
)
def test_what_people_say_back(ana, cai, twin, during, act, table, end):
    message = factories.released_notice(people=[twin]).messages.select_related("notice__upgrade").get()
    during(lambda: act(message))

    assert [getattr(row, end) for row in table.objects.all()] == [cai]


@pytest.mark.parametrize("name", ["absence_new", "relation_new", "member_add"])
def test_nothing_is_written_to_somebody_who_is_erased_meanwhile(ana, dee, twin, post, name):
    group = factories.group()
    where = (group, twin) if name == "member_add" else (twin,)
    data = DAYS | {"tie": "reports_to", "to_person": dee.email}
    answers = []

    in_the_middle_of(
        lambda: erasing.erase(twin, reason="They asked.", by=ana, now=NOW),
        lambda: answers.append(post(name, *where, **data).status_code),
    )

    assert answers == [404]
    assert [table.objects.count() for table in (Absence, Relation, Membership)] == [0, 0, 0]


# Undo, after the merge


def undo_of(response) -> str:
    *_, tags = [message.extra_tags for message in response.wsgi_request._messages]
    return tags.removeprefix("undo:")


def test_an_absence_removed_before_the_merge_comes_back_to_who_stays(client, ana, cai, twin, post):
    absence = Absence.objects.create(person=twin, deputy=cai, **DAYS)
    undo = undo_of(post("absence_remove", absence))
    merging.merge(cai, twin, by=ana, now=NOW)

    assert client.post(undo).url == cai.get_absolute_url()

    assert [(row.person, row.deputy) for row in Absence.objects.all()] == [(cai, None)]


def test_a_relation_removed_before_the_merge_comes_back_to_who_stays(client, ana, cai, dee, twin, post):
    relation = Relation.objects.create(person=twin, tie="reports_to", to_person=dee)
    undo = undo_of(post("relation_remove", relation))
    merging.merge(cai, twin, by=ana, now=NOW)

    client.post(undo)
    client.post(undo)

    assert [(row.person, row.to_person) for row in Relation.objects.all()] == [(cai, dee)]


@pytest.mark.parametrize("is_both", [False, True])
def test_a_stakeholder_removed_before_the_merge_comes_back_as_who_stays(client, ana, cai, twin, post, is_both):
    upgrade = factories.upgrade()
    stake = Stakeholder.objects.create(upgrade=upgrade, person=twin)
    stake.assessments.create(influence=10, interest=20, attitude=1, by=ana, at=timezone.now())
    undo = undo_of(post("stakeholder_remove", upgrade.slug, stake))
    if is_both:
        Stakeholder.objects.create(upgrade=upgrade, person=cai)
    merging.merge(cai, twin, by=ana, now=NOW)

    client.post(undo)

    assert [(row.person, row.assessments.count()) for row in Stakeholder.objects.all()] == [(cai, 1)]
