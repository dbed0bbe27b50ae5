import pytest

from upgrades.materiality import matters

BERLIN = "Europe/Berlin"
NOON = "2026-05-13T12:00:00+00:00"


@pytest.mark.parametrize(
    ("fact", "told", "current", "expected"),
    [
        ("start", NOON, "2026-05-13T12:14:00+00:00", False),
        ("start", NOON, "2026-05-13T12:15:00+00:00", True),
        ("start", NOON, "2026-05-13T11:59:00+00:00", True),
        ("start", "2026-05-13T21:55:00+00:00", "2026-05-13T22:05:00+00:00", True),  # another day in Berlin
        ("end", NOON, "2026-05-13T12:15:00+00:00", True),
        ("end", NOON, "2026-05-13T11:00:00+00:00", False),
        ("downtime", 30, 45, True),
        ("downtime", 30, 44, False),
        ("downtime", 45, 30, False),
        ("impact", 2, 3, True),
        ("impact", 3, 2, False),
        ("status", "confirmed", "tentative", True),
        ("status", "tentative", "confirmed", False),
        ("status", "confirmed", "cancelled", True),
        ("services", ["Mail"], ["Mail", "Calendar"], True),
        ("services", ["Mail", "Calendar"], ["Mail"], False),
        ("action", "", "Log out.", True),
        ("action_deadline", None, NOON, True),
        ("contact_email", "a@example.org", "b@example.org", True),
        ("effect", "Mail stops", "Mail stops for long", False),
    ],
)
def test_what_matters(fact, told, current, expected):
    assert matters(f"milestone:7.{fact}", told, current, zone=BERLIN, status="confirmed") is expected


def test_while_it_runs_only_some_facts_can_be_wrong():
    later = "2026-05-13T14:00:00+00:00"

    assert matters("milestone:7.end", NOON, later, zone=BERLIN, status="in_process")
    assert not matters("milestone:7.start", NOON, later, zone=BERLIN, status="in_process")


def test_of_what_is_over_nothing_is_wrong_any_more_but_that_it_was_called_off():
    later = "2026-05-13T14:00:00+00:00"

    assert not matters("milestone:7.end", NOON, later, zone=BERLIN, status="completed")
    assert not matters("milestone:7.start", NOON, later, zone=BERLIN, status="cancelled")
    assert matters("milestone:7.status", "confirmed", "cancelled", zone=BERLIN, status="cancelled")
