"""Our own work as maintenance notes: what machines of others read is what we would read ourselves."""

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import NOW
from upgrades import rescheduling
from upgrades.enums import Impact, Status
from vendors import reading, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def upgrade():
    return factories.upgrade("Mail migration", slug="mail", published_at=NOW)


def window(upgrade, **fields):
    made = factories.milestone(upgrade, **{"name": "Move", "status": Status.CONFIRMED, **fields})
    made.services.set([factories.service("Mail; and more, too"), factories.service("Calendar")])
    return made


def public(client) -> bytes:
    return client.get(reverse("status_calendar", args=["mail"])).content


def test_our_own_reader_reads_the_feed_back(client, upgrade):
    move = window(upgrade, impact=Impact.REDUCED_REDUNDANCY)

    (note,) = reading.read(public(client))

    assert (note.provider, note.account) == ("testserver", "public")
    assert (note.uid, note.maintenance_id, note.sequence) == (str(move.uid), f"mail-{move.uid}", 0)
    assert (note.start, note.end) == (move.start, move.end)
    assert {one.circuit_id for one in note.circuits} == {"Mail; and more, too", "Calendar"}
    assert (note.impact.value, note.status.value) == ("REDUCED-REDUNDANCY", "CONFIRMED")
    assert note.organizer == "mailto:commsplan@testserver"
    assert note.summary == "Mail migration: Move"


@pytest.mark.parametrize("status", [one for one in Status if one != Status.TENTATIVE])
def test_every_state_is_said_in_the_words_of_the_standard(client, upgrade, status):
    window(upgrade, status=status)

    (note,) = reading.read(public(client))

    assert note.status.status == status


def test_a_move_is_a_later_note_of_the_same_number(client, upgrade, ana):
    move = window(upgrade)
    client.force_login(ana)
    address = reverse("upgrade_maintenance", args=["mail"])
    receiving.receive(reading.read(client.get(address).content), now=NOW)

    rescheduling.change(move, status=Status.CANCELLED)
    (received,) = receiving.receive(reading.read(client.get(address).content), now=NOW)

    assert (received.outcome, received.maintenance.is_cancelled) == (receiving.Outcome.CHANGED, True)


def test_a_moment_is_no_maintenance_and_disturbs_nobody(client, upgrade):
    factories.milestone(upgrade, name="Decision", end=None, status=Status.IN_PROCESS)
    move = window(upgrade)

    assert [note.uid for note in reading.read(public(client))] == [str(move.uid)]


def test_an_upgrade_that_names_no_service_is_itself_what_it_concerns(client, upgrade):
    factories.milestone(upgrade, status=Status.CONFIRMED)

    (note,) = reading.read(public(client))

    assert [one.circuit_id for one in note.circuits] == ["Mail migration"]


def test_the_file_to_send_holds_what_is_meant_for_the_public_before_it_is_published(client, ana):
    upgrade = factories.upgrade("Mail migration", slug="mail")
    move = window(upgrade, status=Status.TENTATIVE)
    factories.milestone(upgrade, name="Internal", is_public=False)
    client.force_login(ana)

    response = client.get(reverse("upgrade_maintenance", args=["mail"]))

    assert response["Content-Disposition"] == 'attachment; filename="mail.ics"'
    assert [(note.uid, note.status.value) for note in reading.read(response.content)] == [(str(move.uid), "TENTATIVE")]


def test_the_file_to_send_is_not_for_everybody(client, upgrade):
    window(upgrade)

    assert client.get(reverse("upgrade_maintenance", args=["mail"])).status_code == 302
