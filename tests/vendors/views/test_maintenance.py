"""What vendors announce, on pages: read, decided on, put into a plan."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from tests import factories
from tests.vendors.notes import calendar, event, file
from upgrades.models import Milestone
from vendors import reading, receiving
from vendors.models import Circuit, Maintenance

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def reader(client):
    client.force_login(factories.account("Cai", role=Role.READER))
    return client


def ahead(**values) -> Maintenance:
    """A note about next week."""
    start = timezone.now() + timedelta(days=7)
    times = {"dtstart": f"{start:%Y%m%dT%H%M%SZ}", "dtend": f"{start + timedelta(hours=4):%Y%m%dT%H%M%SZ}"}
    notes = reading.read(file(**{**times, **values}))
    return receiving.receive(notes, now=timezone.now())[0].maintenance


def upload(client, *contents: bytes):
    files = [SimpleUploadedFile(f"note{number}.ics", data) for number, data in enumerate(contents, 1)]
    return client.post(reverse("maintenance_read"), {"notes": files}, follow=True)


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def names(client, **query) -> list[str]:
    return [str(row) for row in client.get(reverse("maintenance_list"), query).context["rows"]]


# The list


def test_an_empty_list_leads_to_the_first_note(planner):
    html = planner.get(reverse("maintenance_list")).content.decode()

    assert "No vendor has announced anything" in html
    assert "Read a note" in html


def test_the_list_shows_what_is_to_come_and_what_waits(planner, ana):
    ahead(uid="1", summary="Waits")
    receiving.ignore(ahead(uid="2", summary="Put aside"), by=ana, now=timezone.now())
    receiving.adopt(ahead(uid="3", summary="Planned"), upgrade=factories.upgrade())
    receiving.receive(
        reading.read(file(uid="4", summary="Long ago", dtstart="20200101T000000Z", dtend="20200101T010000Z")),
        now=timezone.now(),
    )

    assert names(planner) == ["Waits", "Planned"]
    assert names(planner, show="waiting") == ["Waits"]
    assert names(planner, show="ignored") == ["Put aside"]
    assert names(planner, show="past") == ["Long ago"]
    assert "1 waits for a decision." in planner.get(reverse("maintenance_list")).content.decode()


@pytest.mark.parametrize("words", ["splice", "CARRIER", "chg-1", "IC-1"])
def test_the_list_is_searched_by_words_vendor_number_and_circuit(planner, words):
    ahead()
    ahead(uid="2", summary="Other", maintenance_id="Z", object_id="Q", provider="other")

    assert names(planner, q=words) == ["Splice work"]


def test_the_list_asks_as_much_for_three_as_for_one(planner, django_assert_max_num_queries):
    upgrade = factories.upgrade()
    receiving.adopt(ahead(uid="1"), upgrade=upgrade)
    with django_assert_max_num_queries(9) as one:
        planner.get(reverse("maintenance_list"))
    for uid in "23":
        receiving.adopt(ahead(uid=uid), upgrade=upgrade)
    with django_assert_max_num_queries(len(one)):
        planner.get(reverse("maintenance_list"))


# Reading


def test_several_files_are_read_at_once(planner):
    response = upload(planner, file(), calendar(event(uid="2"), event(uid="3")))

    assert Maintenance.objects.count() == 3
    assert said(response) == ["Splice work: new."] * 3


def test_a_single_note_leads_to_its_page(planner):
    response = upload(planner, file())

    assert response.redirect_chain[-1][0] == Maintenance.objects.get().get_absolute_url()


def test_each_malformed_file_is_named_with_its_reason_and_nothing_is_kept(planner):
    html = upload(planner, file(dtend=None), file(), b"hello").content.decode()

    assert "note1.ics: Event 1: it does not say when it ends (DTEND)." in html
    assert "note3.ics: This is no calendar file" in html
    assert not Maintenance.objects.exists()


def test_no_file_is_refused(planner):
    assert "This field is required" in planner.post(reverse("maintenance_read"), {}).content.decode()


# The decision


def test_the_page_says_what_it_touches(planner):
    row = ahead()
    Circuit.objects.get().services.add(factories.service("Wired network"))

    html = planner.get(row.get_absolute_url()).content.decode()

    assert html.count("Wired network") == 2
    assert "noc@carrier.example" in html
    assert "mailto:noc" not in html


def test_making_it_a_window_leads_to_the_milestones(planner):
    row, upgrade = ahead(), factories.upgrade()

    response = planner.post(reverse("maintenance_adopt", args=[row.pk]), {"upgrade": upgrade.pk}, follow=True)

    assert response.redirect_chain[-1][0] == reverse("upgrade_milestones", args=[upgrade.slug])
    assert said(response) == ["Splice work is in the plan. Later notes of the vendor move it."]
    assert Milestone.objects.get().upgrade == upgrade
    assert "It is a window of" in planner.get(row.get_absolute_url()).content.decode()


def test_a_second_decision_is_refused_in_words(planner):
    row, upgrade = ahead(), factories.upgrade()
    receiving.adopt(row, upgrade=upgrade)

    response = planner.post(reverse("maintenance_adopt", args=[row.pk]), {"upgrade": upgrade.pk}, follow=True)

    assert said(response) == ["It is a milestone already."]
    assert Milestone.objects.count() == 1


def test_no_upgrade_is_refused_in_words(planner):
    response = planner.post(reverse("maintenance_adopt", args=[ahead().pk]), {"upgrade": ""}, follow=True)

    assert said(response) == ["Choose the upgrade that it belongs to."]


def test_what_does_not_concern_us_is_put_aside_and_comes_back(planner, ana):
    row = ahead()

    planner.post(reverse("maintenance_ignore", args=[row.pk]))
    row.refresh_from_db()
    assert (row.ignored_by, row.ignored_at is None) == (ana, False)

    planner.post(reverse("maintenance_heed", args=[row.pk]))
    row.refresh_from_db()
    assert (row.ignored_by, row.ignored_at) == (None, None)


def test_who_makes_and_changes_the_window_is_kept(planner, ana):
    row = ahead(status="TENTATIVE")
    planner.post(reverse("maintenance_adopt", args=[row.pk]), {"upgrade": factories.upgrade().pk})
    start, end = f"{row.start:%Y%m%dT%H%M%SZ}", f"{row.end:%Y%m%dT%H%M%SZ}"
    upload(planner, file(sequence="2", dtstart=start, dtend=end, status="CANCELLED"))

    events = Milestone.pgh_event_model.objects.order_by("pgh_id")
    assert [(one.pgh_label, one.pgh_context.metadata["user"]) for one in events] == [
        ("insert", ana.pk),
        ("update", ana.pk),
    ]
    assert events[1].pgh_context.metadata["vendor"] == "carrier.example"


# Circuits


def test_what_runs_on_a_circuit_is_said_once_and_leads_back(planner):
    row, wired = ahead(), factories.service("Wired network")
    address = reverse("circuit", args=[Circuit.objects.get().pk])

    response = planner.post(f"{address}?from={row.pk}", {"services": [wired.pk]})

    assert response.url == row.get_absolute_url()
    assert list(receiving.services_on(row)) == [wired]
    assert planner.post(address, {"services": []}).url == reverse("maintenance_list")
    assert not receiving.services_on(row).exists()


@pytest.mark.parametrize("came_from", ["", "x", "²", "999999999", "9" * 40])
def test_an_address_that_somebody_changed_leads_to_the_list(planner, came_from):
    ahead()
    address = reverse("circuit", args=[Circuit.objects.get().pk])

    assert planner.post(f"{address}?from={came_from}", {}).url == reverse("maintenance_list")


# Who may


def test_readers_look_and_change_nothing(reader):
    row, upgrade = ahead(), factories.upgrade()
    circuit = reverse("circuit", args=[Circuit.objects.get().pk])

    assert reader.get(reverse("maintenance_list")).status_code == 200
    assert reader.get(row.get_absolute_url()).status_code == 200
    acts = [reverse(name, args=[row.pk]) for name in ("maintenance_adopt", "maintenance_ignore", "maintenance_heed")]
    codes = {reader.post(address, {"upgrade": upgrade.pk}).status_code for address in [*acts, circuit]}

    assert codes <= {302, 403}
    assert upload(reader, file(uid="2")).status_code in {200, 403}
    row.refresh_from_db()
    assert (row.milestone, row.ignored_at, Maintenance.objects.count()) == (None, None, 1)


def test_nobody_looks_without_signing_in(client):
    assert client.get(reverse("maintenance_list")).status_code == 302
