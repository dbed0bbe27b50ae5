"""What vendors say is kept, and what somebody adopted follows it."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from tests import factories
from tests.factories import NOW
from tests.vendors.notes import END, START, calendar, event, file
from upgrades import rescheduling
from upgrades.enums import Impact, MilestoneKind, Status
from upgrades.models import Milestone
from vendors import reading, receiving
from vendors.models import Circuit, Maintenance

pytestmark = pytest.mark.django_db
LATER = "20260402T080000Z"


def receive(*more: str, **values) -> receiving.Received:
    (received,) = receiving.receive(reading.read(file(*more, **values)), now=NOW)
    return received


def runs_on(circuit: str, *services) -> None:
    Circuit.objects.get(circuit_id=circuit).services.set(services)


@pytest.fixture
def adopted() -> Milestone:
    return receiving.adopt(receive(status="TENTATIVE").maintenance, upgrade=factories.upgrade())


def test_a_first_note_waits_for_a_decision():
    received = receive()

    assert received.outcome == receiving.Outcome.NEW
    assert list(Maintenance.objects.waiting(NOW)) == [received.maintenance]
    assert list(Circuit.objects.values_list("provider", "circuit_id")) == [("carrier.example", "IC-1")]
    assert not Milestone.objects.exists()


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETED"])
def test_what_is_called_off_or_done_waits_for_nobody(status):
    receive(status=status)

    assert not Maintenance.objects.waiting(NOW).exists()


def test_the_same_note_twice_is_one_row_and_nothing_new():
    receive()

    assert receive().outcome == receiving.Outcome.SAME
    assert Maintenance.objects.count() == 1


def test_a_number_of_another_vendor_is_another_maintenance():
    receive()

    assert receive(provider="other.example").outcome == receiving.Outcome.NEW


def test_an_adopted_note_is_a_window_with_what_the_vendor_said_and_what_runs_on_its_circuits(adopted):
    phones, wifi = factories.service(), factories.service()
    row = receive(uid="2", object_id="IC-2").maintenance
    runs_on("IC-2", phones)
    runs_on("IC-1", wifi)

    window = receiving.adopt(row, upgrade=adopted.upgrade)

    assert (window.name, window.kind, window.status) == ("Splice work", MilestoneKind.WINDOW, Status.CONFIRMED)
    assert (window.start, window.end, window.impact) == (START, END, Impact.OUTAGE)
    assert (window.is_public, list(window.services.all())) == (False, [phones])


@pytest.mark.parametrize("status", ["CONFIRMED", "CANCELLED"])
def test_what_is_adopted_or_called_off_cannot_be_adopted(status):
    row = receive(status=status).maintenance
    upgrade = factories.upgrade()
    if status == "CONFIRMED":
        receiving.adopt(row, upgrade=upgrade)

    with pytest.raises(receiving.NotPossible):
        receiving.adopt(row, upgrade=upgrade)

    assert Milestone.objects.count() == (status == "CONFIRMED")


def test_a_later_note_moves_and_confirms_the_window(adopted):
    received = receive(sequence="2", dtstart="20260509T220000Z", dtend="20260510T020000Z", impact="DEGRADED")

    adopted.refresh_from_db()
    assert set(received.moved) == {"start", "end", "status", "impact"}
    assert (adopted.start, adopted.end) == (START + timedelta(days=7), END + timedelta(days=7))
    assert (adopted.status, adopted.impact, adopted.sequence) == (Status.CONFIRMED, Impact.DEGRADED, 1)
    assert adopted.baseline_start == START


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("CANCELLED", Status.CANCELLED),
        ("IN-PROCESS", Status.IN_PROCESS),
        ("COMPLETED", Status.COMPLETED),
        ("RE-SCHEDULED", Status.CONFIRMED),
        (None, Status.TENTATIVE),
    ],
)
def test_a_later_state_is_that_of_the_window_and_none_keeps_it(adopted, said, status):
    receive(sequence="2", status=said, summary="Other words")

    adopted.refresh_from_db()
    row = Maintenance.objects.get()
    assert (adopted.status, adopted.name) == (status, "Splice work")
    assert row.status == (said or "TENTATIVE")


def test_only_what_the_vendor_changed_is_taken_over(adopted):
    narrow, wide = factories.service(), factories.service()
    runs_on("IC-1", wide)
    rescheduling.change(adopted, start=START + timedelta(hours=1), name="Our words", services=[narrow])

    receive(sequence="2", status="CONFIRMED")

    adopted.refresh_from_db()
    assert (adopted.start, adopted.name, adopted.status) == (START + timedelta(hours=1), "Our words", Status.CONFIRMED)
    assert list(adopted.services.all()) == [narrow]


def test_a_window_that_we_narrowed_follows_when_it_would_end_before_it_starts(adopted):
    rescheduling.change(adopted, start=START + timedelta(hours=3))

    receive(sequence="2", dtend="20260502T233000Z")

    adopted.refresh_from_db()
    assert (adopted.start, adopted.end) == (START, START + timedelta(minutes=90))


def test_a_circuit_that_comes_later_brings_what_runs_on_it(adopted):
    mine, added = factories.service(), factories.service()
    receive(uid="other", object_id="IC-9")
    runs_on("IC-9", added)
    rescheduling.change(adopted, services=[mine])

    receive("X-MAINTNOTE-OBJECT-ID:IC-9", sequence="2", status="TENTATIVE")

    assert set(adopted.services.all()) == {mine, added}


@pytest.mark.parametrize(
    "older",
    [
        {"sequence": "0", "dtstamp": LATER},
        {"sequence": "1", "dtstamp": "20260331T080000Z"},
        {"sequence": None, "dtstamp": "20260331T080000Z"},
    ],
)
def test_an_older_note_changes_nothing(adopted, older):
    received = receive(status="CANCELLED", **older)

    adopted.refresh_from_db()
    assert (received.outcome, adopted.status) == (receiving.Outcome.OUTDATED, Status.TENTATIVE)


def test_without_numbers_the_time_of_writing_decides():
    receive(sequence=None)

    assert receive(sequence=None, status="CANCELLED", dtstamp=LATER).outcome == receiving.Outcome.CHANGED


def test_the_order_within_a_file_does_not_matter():
    notes = reading.read(calendar(event(sequence="3", status="CANCELLED"), event(sequence="2")))

    received = receiving.receive(notes, now=NOW)

    assert [one.outcome.value for one in received] == ["new", "outdated"]
    assert Maintenance.objects.get().is_cancelled


def test_what_was_put_aside_stays_there(ana):
    row = receive().maintenance
    receiving.ignore(row, by=ana, now=NOW)

    receive(sequence="2", dtend="20260503T030000Z")

    assert not Maintenance.objects.waiting(NOW).exists()
    receiving.heed(row)
    assert Maintenance.objects.waiting(NOW).exists()


def test_a_window_that_is_deleted_waits_again(adopted):
    adopted.delete()

    assert Maintenance.objects.waiting(NOW).exists()


def test_the_history_of_the_window_names_the_vendor(adopted):
    receive(sequence="2", status="CANCELLED")

    last = adopted.__class__.pgh_event_model.objects.filter(pgh_obj=adopted.pk).order_by("pgh_id").last()
    assert (last.pgh_label, last.pgh_context.metadata) == ("update", {"vendor": "carrier.example"})


def test_who_said_what_runs_on_a_circuit_is_kept():
    receive()
    runs_on("IC-1", factories.service())

    assert Circuit.services.through.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vendors_circuitservicesevent")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_files_at_the_same_moment_keep_one_row_and_the_newest_word():
    events = [event(uid=str(number)) for number in range(5)]
    later = [event(uid=str(number), sequence="2", status="CANCELLED") for number in reversed(range(5))]
    files = [reading.read(calendar(*events)), reading.read(calendar(*later))] * 2
    start, failures = Barrier(len(files)), []

    def run(notes):
        try:
            start.wait(timeout=60)
            receiving.receive(notes, now=NOW)
        except Exception as error:  # whatever it is, the test names it
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[notes]) for notes in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)

    assert failures == []
    assert list(Maintenance.objects.values_list("status", flat=True)) == ["CANCELLED"] * 5
