"""Who else should know: named by anybody, decided by a manager, each person once."""

from datetime import timedelta

import pytest

from engagement import nominating
from engagement.enums import Source, Verdict
from engagement.models import Nomination
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades.models import Stakeholder


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail")


def named(upgrade, name="Eva Ernst", **fields):
    return nominating.nominate(upgrade, **{"name": name, "source": Source.PAGE, **fields})


def test_the_same_address_waits_once_and_keeps_what_is_new_about_it(upgrade, cai):
    first = named(upgrade, email="eva@example.org", why="Runs the mail room.", by=cai)

    again = named(upgrade, "E. Ernst", email=" EVA@example.org ", why="Knows the scanners.")

    assert again.pk == first.pk
    assert again.why == "Runs the mail room. / Knows the scanners."
    assert Nomination.objects.count() == 1


def test_somebody_known_by_address_becomes_a_stakeholder_and_nobody_is_made_twice(upgrade, ana):
    eva = factories.person("Eva Ernst", email="Eva@Example.org")

    stakeholder = nominating.accept(named(upgrade, "Someone", email="eva@example.org"), by=ana, now=NOW)

    assert (stakeholder.person, stakeholder.upgrade) == (eva, upgrade)
    assert Person.objects.count() == 1
    assert [(one.verdict, one.person, one.decided_by, one.decided_at) for one in Nomination.objects.all()] == [
        (Verdict.ACCEPTED, eva, ana, NOW)
    ]


def test_somebody_new_is_made_from_name_and_address(upgrade, ana):
    person = nominating.accept(named(upgrade, email="eva@example.org"), by=ana, now=NOW).person

    assert (person.name, person.email, person.time_zone) == ("Eva Ernst", "eva@example.org", "Europe/Berlin")


def test_the_manager_chooses_who_was_meant(upgrade, ana):
    eva = factories.person("Eva-Maria Ernst")

    assert nominating.accept(named(upgrade), by=ana, now=NOW, person=eva).person == eva
    assert list(Person.objects.all()) == [eva]


def test_accepting_somebody_who_is_a_stakeholder_already_changes_no_stake(upgrade, ana, cai):
    stake = factories.stakeholder(cai, of=upgrade, note="Knows all")

    assert nominating.accept(named(upgrade), by=ana, now=NOW, person=cai) == stake


def test_somebody_archived_is_not_brought_in(upgrade, ana, cai):
    cai.archive(now=NOW)

    with pytest.raises(nominating.NotPossible, match="archived"):
        nominating.accept(named(upgrade), by=ana, now=NOW, person=cai)

    assert Nomination.objects.waiting().count() == 1


def test_all_who_were_named_alike_are_decided_together(upgrade, ana, cai, dee):
    with_address = named(upgrade, email="eva@example.org", by=cai)
    named(upgrade, " eva  ERNST", by=dee)
    named(upgrade, "Otto Ernst")
    named(factories.upgrade(), email="eva@example.org")

    nominating.decline(with_address, by=ana, now=NOW)

    assert sorted(Nomination.objects.waiting().values_list("name", "upgrade")) == sorted(
        [("Otto Ernst", upgrade.pk), ("Eva Ernst", Nomination.objects.latest("pk").upgrade_id)]
    )


def test_nothing_is_decided_twice(upgrade, ana, ben):
    nomination = named(upgrade)
    nominating.decline(nomination, by=ana, now=NOW)

    with pytest.raises(nominating.NotPossible, match="Somebody else"):
        nominating.accept(nomination, by=ben, now=NOW + timedelta(minutes=1))

    assert not Stakeholder.objects.exists()
    assert Nomination.objects.get().decided_by == ana


def test_a_refusal_can_be_taken_back(upgrade, ana):
    nomination = named(upgrade, email="eva@example.org")
    nominating.decline(nomination, by=ana, now=NOW)

    nominating.reconsider(nomination)

    assert [(one.verdict, one.decided_by, one.decided_at) for one in Nomination.objects.all()] == [
        (Verdict.WAITING, None, None)
    ]


def test_a_refusal_stays_when_the_same_person_was_named_again(upgrade, ana):
    nomination = named(upgrade, email="eva@example.org")
    nominating.decline(nomination, by=ana, now=NOW)
    named(upgrade, email="eva@example.org")

    with pytest.raises(nominating.NotPossible, match="again"):
        nominating.reconsider(nomination)

    nomination.refresh_from_db()
    assert nomination.verdict == Verdict.DECLINED


def test_each_person_is_one_entry_those_named_most_first(upgrade, cai):
    rows = [
        named(upgrade, "Ada One"),
        named(upgrade, email="eva@example.org", by=cai, why="Mail room"),
        named(upgrade, "eva ernst", why="Scanners"),
        named(upgrade, "Same Name", email="a@example.org"),
        named(upgrade, "Same Name", email="b@example.org"),
        named(upgrade, "Same Name"),
    ]

    found = nominating.entries(rows)

    assert [(one.name, one.email, one.count) for one in found] == [
        ("Eva Ernst", "eva@example.org", 2),
        ("Ada One", "", 1),
        ("Same Name", "", 1),
        ("Same Name", "a@example.org", 1),
        ("Same Name", "b@example.org", 1),
    ]
    assert (found[0].whys, found[0].said_by) == (["Mail room", "Scanners"], ["Cai Carter", "Personal page"])


def test_who_has_the_address_is_meant_and_others_of_the_name_stand_apart(upgrade, django_assert_num_queries):
    by_name = factories.person("Eva Maria Ernst")
    by_address = factories.person("Other Name", email="eva@example.org")
    factories.person("Evan Ernstson").archive(now=NOW)
    factories.person("Nobody Similar")
    found = nominating.entries([named(upgrade, email="Eva@example.org"), named(upgrade, "Nobody & | ! Known (")])

    with django_assert_num_queries(1):
        nominating.add_matches(found)

    assert [one.matches for one in found] == [[by_address], []]
    assert [one.namesakes for one in found] == [[by_name], []]
