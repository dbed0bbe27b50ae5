"""Who else should know: names that wait, people nobody has thought of, and where ties lead."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from engagement import nominating
from engagement.enums import Source, Verdict
from engagement.models import Nomination
from notices.insight import hidden
from stakeholders.enums import Tie
from stakeholders.models import Membership, Person, Relation
from tests import factories
from tests.factories import NOW
from upgrades.models import Stakeholder


@pytest.fixture
def staff(db):
    return factories.group("Staff")


@pytest.fixture
def upgrade(staff):
    return factories.upgrade("Mail migration", slug="mail", services=[factories.service("Mail", users=[staff])])


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


def url(name, *args):
    return reverse(name, args=["mail", *args])


def named(upgrade, name="Eva Ernst", **fields):
    return nominating.nominate(upgrade, **{"name": name, "source": Source.PAGE, **fields})


# Names


def test_a_name_waits_with_who_gave_it_and_who_may_be_meant(signed_in, upgrade, cai):
    factories.person("Eva Maria Ernst", department="Mail room")
    named(upgrade, why="Runs <b>it</b>.", by=cai)

    page = signed_in.get(url("upgrade_hidden")).content.decode()

    for said in ("Eva Ernst", "Runs &lt;b&gt;it&lt;/b&gt;.", "Named by: Cai Carter", "Eva Maria Ernst", "Mail room"):
        assert said in page


def test_namesakes_are_told_apart_by_their_address(signed_in, upgrade):
    for email in ("eva@example.org", "ernst@example.org"):
        factories.person("Eva Ernst", department="Mail room", email=email)
    named(upgrade, email="Eva@example.org")

    page = signed_in.get(url("upgrade_hidden")).content.decode()

    meant, _, others = page.partition("or somebody else of this name")
    assert "Mail room, eva@example.org" in meant
    assert "Mail room, ernst@example.org" not in meant
    assert "Mail room, ernst@example.org" in others


def test_accepting_makes_a_stakeholder_to_be_placed(signed_in, upgrade):
    named(upgrade, email="eva@example.org")

    page = signed_in.post(
        url("nomination_accept"), {"name": "Eva Ernst", "email": "eva@example.org"}, follow=True
    ).content.decode()

    stake = Stakeholder.objects.get(upgrade=upgrade)
    assert (stake.person.name, stake.person.email) == ("Eva Ernst", "eva@example.org")
    assert reverse("stakeholder_edit", args=["mail", stake.pk]) in page


def test_accepting_the_one_who_was_meant_makes_nobody_new(signed_in, upgrade, cai):
    named(upgrade, "Carter")
    before = Person.objects.count()

    signed_in.post(url("nomination_accept"), {"name": "Carter", "email": "", "person": cai.pk})

    assert Stakeholder.objects.get().person == cai
    assert Person.objects.count() == before


def accept(client, name="Eva Ernst", **data) -> str:
    """Returns the address that undoes it."""
    page = client.post(url("nomination_accept"), {"name": name, "email": "", **data}, follow=True).content.decode()
    return re.search(r"/upgrades/mail/who-else/accept/[0-9a-f-]+/undo/", page)[0]


def test_accepting_can_be_undone(signed_in, upgrade, cai):
    nomination = named(upgrade, by=cai)
    before = Person.objects.count()
    undo = accept(signed_in)

    for _ in range(2):
        signed_in.post(undo)

    assert Nomination.objects.waiting().get() == nomination
    assert (Stakeholder.objects.count(), Person.objects.count()) == (0, before)


def test_who_was_a_stakeholder_before_stays_one_when_it_is_undone(signed_in, upgrade, cai):
    stake = factories.stakeholder(cai, of=upgrade)
    named(upgrade)

    signed_in.post(accept(signed_in, person=cai.pk))

    assert Nomination.objects.waiting().count() == 1
    assert Stakeholder.objects.get() == stake


def test_an_acceptance_that_somebody_built_upon_stays(signed_in, upgrade, staff):
    named(upgrade)
    undo = accept(signed_in)
    person = Stakeholder.objects.get().person
    staff.people.add(person)

    page = signed_in.post(undo, follow=True).content.decode()

    assert "Somebody has worked with this person since" in page
    assert Stakeholder.objects.get().person == person
    assert not Nomination.objects.waiting().exists()


def test_declining_can_be_undone(signed_in, upgrade, ana):
    nomination = named(upgrade)

    page = signed_in.post(url("nomination_decline"), {"name": "Eva Ernst", "email": ""}, follow=True).content.decode()
    nomination.refresh_from_db()
    assert (nomination.verdict, nomination.decided_by) == (Verdict.DECLINED, ana)
    undo = url("nomination_reconsider", nomination.pk)
    assert undo in page
    signed_in.post(undo)

    assert Nomination.objects.waiting().get() == nomination


def test_what_is_gone_meanwhile_is_said(signed_in, upgrade):
    page = signed_in.post(url("nomination_accept"), {"name": "Nobody", "email": ""}, follow=True).content.decode()

    assert "Somebody else has decided this" in page
    assert not Stakeholder.objects.exists()


def test_a_name_is_noted_by_hand(signed_in, upgrade, cai):
    signed_in.post(url("nomination_new"), {"name": "Eva", "email": "", "why": "Asked for her", "by": "cai@example.org"})

    nomination = Nomination.objects.get()
    assert (nomination.name, nomination.source, nomination.by) == ("Eva", Source.HAND, cai)


def test_a_reader_sees_names_and_decides_nothing(client, upgrade):
    client.force_login(factories.account("Rea", role=Role.READER))
    named(upgrade)

    assert "Eva Ernst" in client.get(url("upgrade_hidden")).content.decode()
    for name in ("nomination_accept", "nomination_decline"):
        assert client.post(url(name), {"name": "Eva Ernst", "email": ""}).status_code == 403
    assert client.post(url("upgrade_hidden_bulk"), {"everybody": "1", "act": "stakeholders"}).status_code == 403
    assert Nomination.objects.waiting().count() == 1


@pytest.mark.parametrize("name", ["upgrade_hidden", "upgrade_hidden_people", "upgrade_hidden_ties"])
def test_the_pages_cost_the_same_for_one_and_for_three(
    signed_in, upgrade, staff, name, django_assert_max_num_queries, django_assert_num_queries
):
    def more(number):
        manager, member = factories.person(f"Boss {number}"), factories.person(f"Member {number}", groups=[staff])
        factories.stakeholder(factories.person(f"Stake {number}"), of=upgrade)
        Relation.objects.create(person=member, tie=Tie.REPORTS_TO, to_person=manager)
        named(upgrade, f"Name {number}")
        nominating.decline(named(upgrade, f"Gone {number}"), by=upgrade.owner, now=NOW)

    more(1)
    signed_in.get(url(name))
    with django_assert_max_num_queries(60) as first:
        signed_in.get(url(name))
    more(2)
    more(3)

    with django_assert_num_queries(len(first)):
        signed_in.get(url(name))


# People nobody has thought of


@pytest.mark.parametrize("few", [0, 1_000])
def test_each_who_is_not_listed_is_left_out_for_one_reason(upgrade, staff, few, monkeypatch):
    monkeypatch.setattr(hidden, "FEW", few)  # by way of each audience, or of all at once
    forgotten = factories.person("Forgotten", groups=[staff])
    factories.person("Uses nothing")
    factories.person("Left", groups=[staff], archived_at=NOW)
    factories.stakeholder(factories.person("Stakeholder elsewhere", groups=[staff]), of=factories.upgrade())
    board = factories.group("Board")
    factories.stakeholder(board, of=factories.upgrade())
    factories.person("In a group that is one", groups=[staff, board])
    waits = factories.person("A notice is to reach", groups=[staff])
    factories.notice(factories.upgrade(), people=[waits])
    told = factories.person("A notice has reached", groups=[staff])
    factories.released_notice(people=[told])

    assert list(hidden.people(upgrade, now=NOW)) == [forgotten]


def test_a_cancelled_notice_reaches_nobody(upgrade, staff):
    person = factories.person(groups=[staff])
    factories.notice(upgrade, people=[person], state="cancelled")

    assert list(hidden.people(upgrade, now=NOW)) == [person]


def test_everybody_affected_is_reached_once_a_notice_says_so(upgrade, staff):
    factories.person(groups=[staff])

    factories.notice(factories.milestone(upgrade), audience={"affected": True})

    assert not hidden.people(upgrade, now=NOW).exists()


def test_the_page_says_why_somebody_is_listed(signed_in, upgrade, staff):
    factories.person("Forgotten", groups=[staff])

    page = signed_in.get(url("upgrade_hidden_people")).content.decode()

    assert "Forgotten" in page
    assert "Uses Mail through Staff" in page


def test_all_matching_become_stakeholders_and_one_undo_takes_them_back(signed_in, upgrade, staff):
    people = [factories.person(f"Forgotten {number}", groups=[staff]) for number in range(3)]
    factories.person("Another", groups=[staff])

    page = signed_in.post(
        f"{url('upgrade_hidden_bulk')}?q=forgotten", {"everybody": "1", "act": "stakeholders"}, follow=True
    ).content.decode()

    assert set(Stakeholder.objects.values_list("person", flat=True)) == {one.pk for one in people}
    assert "3 people made stakeholders" in page
    act = page.split("who-else/take-back/")[1].split("/")[0]
    signed_in.post(url("upgrade_hidden_take_back", act))
    assert not Stakeholder.objects.exists()


def test_chosen_people_join_a_group_and_leave_it_again(signed_in, upgrade, staff):
    board, person = factories.group("Board"), factories.person("Forgotten", groups=[staff])

    page = signed_in.post(
        url("upgrade_hidden_bulk"), {"pk": [person.pk], "act": "group", "group": board.pk}, follow=True
    ).content.decode()
    assert Membership.objects.filter(group=board).get().person == person
    act = page.split("who-else/leave/")[1].split("/")[0]
    signed_in.post(url("upgrade_hidden_leave", act))

    assert not Membership.objects.filter(group=board).exists()


def test_a_whole_group_that_uses_the_services_is_named_and_joins(signed_in, upgrade, staff):
    assert "Staff" in signed_in.get(url("upgrade_hidden_people")).content.decode()

    signed_in.post(url("upgrade_hidden_add"), {"group": staff.pk})

    assert Stakeholder.objects.get().group == staff
    assert list(hidden.groups(upgrade)) == []


# Ties


def hints(upgrade):
    return {str(hint.who): hint.because for hint in hidden.ties(upgrade).hints}


def test_ties_lead_to_those_who_are_not_in_the_upgrade(upgrade, staff, cai, dee):
    boss, speaker, user, clerk = (factories.person(name) for name in ("Boss", "Speaker", "User", "Clerk"))
    for one in (cai, dee):
        factories.stakeholder(one, of=upgrade)
    Relation.objects.bulk_create(
        [
            Relation(person=cai, tie=Tie.REPORTS_TO, to_person=boss),
            Relation(person=cai, tie=Tie.REPORTS_TO, to_person=dee),
            Relation(person=user, tie=Tie.DEPENDS_ON, to_person=dee),
            Relation(person=speaker, tie=Tie.REPRESENTS, to_group=staff),
            Relation(person=clerk, tie=Tie.REPORTS_TO, to_person=cai),
        ]
    )

    assert hints(upgrade) == {
        "Boss": ["is the manager of Cai Carter"],
        "Speaker": ["represents Staff"],
        "Staff": ["Speaker speaks for them"],
        "User": ["depends on Dee Dorn"],
    }


def test_a_representative_of_an_affected_group_is_a_hint(upgrade, staff):
    Membership.objects.create(group=staff, person=factories.person("Rep"), is_representative=True)

    assert hints(upgrade) == {"Rep": ["represents Staff"]}


def test_nobody_who_left_is_a_hint(upgrade, cai):
    factories.stakeholder(cai, of=upgrade)
    Relation.objects.create(person=cai, tie=Tie.REPORTS_TO, to_person=factories.person("Gone", archived_at=NOW))

    assert hints(upgrade) == {}


def test_the_picture_and_the_table_say_the_same(signed_in, upgrade, cai):
    factories.stakeholder(cai, of=upgrade)
    Relation.objects.create(person=cai, tie=Tie.REPORTS_TO, to_person=factories.person("Big Boss"))

    page = signed_in.get(url("upgrade_hidden_ties")).content.decode()

    assert page.count("tie-reports_to") == 2  # the line, and what it means
    assert page.count("Big Boss") == 3  # hint, picture, table
    assert "reports to" in page
