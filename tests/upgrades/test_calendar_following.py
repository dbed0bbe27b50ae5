"""Critical days that follow a calendar file: shown first, applied at once or not at all, undone."""

from datetime import UTC, datetime, timedelta

import pghistory
import pytest
from django.db import transaction

from stakeholders.models import Group
from tests import factories
from upgrades import calendar_following
from upgrades.calendar_files import Entry
from upgrades.calendar_following import Choices, NotPossible, Plan
from upgrades.models import CriticalDays, ImportedCalendar

NOW = factories.NOW
pytestmark = pytest.mark.django_db


@pytest.fixture
def dora():
    return factories.account("Dora")


@pytest.fixture
def staff():
    return factories.group("Staff")


def entry(uid="exam", *, days=10, name="Exams", occurs=""):
    start = NOW + timedelta(days=days)
    return Entry(start, start + timedelta(hours=8), "Europe/Berlin", name, uid, occurs)


def plan(*entries, pk=None, name="College", freeze="soft", **choices):
    return Plan(pk, name, freeze, "UTC", Choices(**choices), entries)


def apply(asked, by, *, now=NOW):
    with pghistory.context():
        return calendar_following.apply(asked, by=by, now=now)


def stored(calendar):
    rows = CriticalDays.objects.filter(calendar=calendar).order_by("start", "pk")
    return [(row.name, row.start - NOW, row.freeze, [str(one) for one in row.groups.all()]) for row in rows]


def days(number):
    return timedelta(days=number)


def test_a_first_file_makes_a_calendar_and_its_entries(dora, staff):
    done = apply(plan(entry(), entry("jury", days=3, name="Jury"), freeze="hard", groups=(staff.pk,)), dora)

    assert stored(done.calendar) == [("Jury", days(3), "hard", ["Staff"]), ("Exams", days(10), "hard", ["Staff"])]
    assert (done.calendar.entered_by, done.calendar.imported_at) == (dora, NOW)
    assert [one.name for one in done.comparison.new] == ["Exams", "Jury"]


def test_a_newer_file_changes_adds_and_takes_away_and_says_so_before(dora):
    first = apply(plan(entry("a"), entry("b", occurs="1"), entry("b", occurs="2"), entry("c")), dora)
    newer = plan(entry("a", days=12), entry("b", occurs="1"), entry("d", name="New"), pk=first.calendar.pk)

    shown = calendar_following.compare(newer, now=NOW)
    untouched = stored(first.calendar)
    apply(newer, dora)

    assert [(one.stored.start, one.entry.start) for one in shown.changed] == [(NOW + days(10), NOW + days(12))]
    assert [one.name for one in shown.new] == ["New"]
    assert [(row.uid, row.occurs) for row in shown.gone] == [("b", "2"), ("c", "")]
    assert len(untouched) == 4
    assert [(name, when) for name, when, *_ in stored(first.calendar)] == [
        ("Exams", days(10)),
        ("New", days(10)),
        ("Exams", days(12)),
    ]
    assert CriticalDays.objects.filter(uid="a").get().pk == shown.changed[0].stored.pk


def test_the_same_file_again_changes_nothing(dora, staff):
    asked = plan(entry(), groups=(staff.pk,))
    first = apply(asked, dora)
    again = plan(entry(), groups=(staff.pk,), pk=first.calendar.pk)

    assert calendar_following.compare(again, now=NOW).changes_nothing
    before = CriticalDays.pgh_event_model.objects.count()
    apply(again, dora, now=NOW + timedelta(minutes=1))
    assert CriticalDays.pgh_event_model.objects.count() == before


def test_entries_by_hand_and_of_other_calendars_are_never_touched(dora):
    factories.critical_days(name="By hand", start=NOW + days(1), end=NOW + days(2))
    other = apply(plan(entry(), name="Other"), dora)
    mine = apply(plan(entry()), dora)

    apply(plan(pk=mine.calendar.pk), dora)

    assert list(CriticalDays.objects.order_by("pk").values_list("name", "calendar")) == [
        ("By hand", None),
        ("Exams", other.calendar.pk),
    ]


def test_what_is_over_stays_though_no_file_has_it_any_more(dora):
    done = apply(plan(entry("a", days=1), entry("b", days=9)), dora)

    apply(plan(pk=done.calendar.pk), dora, now=NOW + days(5))

    assert [name for name, when, *_ in stored(done.calendar)] == ["Exams"]


def test_what_is_over_and_moved_into_the_future_is_the_same_entry(dora):
    done = apply(plan(entry("a", days=1)), dora)

    apply(plan(entry("a", days=9), pk=done.calendar.pk), dora, now=NOW + days(5))

    assert [when for _name, when, *_ in stored(done.calendar)] == [days(9)]


def test_how_strict_and_for_whom_change_for_all_entries_and_are_said(dora, staff):
    done = apply(plan(entry("a"), entry("b")), dora)
    newer = plan(entry("a"), entry("b"), pk=done.calendar.pk, freeze="hard", groups=(staff.pk,), name="Exams")

    said = calendar_following.compare(newer, now=NOW).shared
    apply(newer, dora)

    assert said == [
        "The calendar is called “Exams” instead of “College”.",
        "All entries say “Nothing may change” instead of “Better not”.",
        "All entries are for Staff instead of everybody.",
    ]
    assert {(freeze, *groups) for _name, _when, freeze, groups in stored(done.calendar)} == {("hard", "Staff")}


def test_what_was_looked_at_is_applied(dora):
    sealed = calendar_following.seal(plan(entry(occurs="20260310"), name="Prüfungen"))

    done = calendar_following.apply_sealed(sealed, by=dora, now=NOW)

    assert done.calendar.name == "Prüfungen"
    assert CriticalDays.objects.get().occurs == "20260310"


def test_what_was_changed_since_it_was_looked_at_is_not_overwritten(dora):
    done = apply(plan(entry()), dora)
    sealed = calendar_following.seal(plan(pk=done.calendar.pk))
    apply(plan(entry(days=11), pk=done.calendar.pk), dora)

    with pytest.raises(NotPossible, match="Somebody changed"):
        calendar_following.apply_sealed(sealed, by=dora, now=NOW)

    assert len(stored(done.calendar)) == 1


def test_a_deleted_calendar_is_not_made_again_by_an_old_preview(dora):
    done = apply(plan(entry()), dora)
    sealed = calendar_following.seal(plan(entry(), pk=done.calendar.pk))
    done.calendar.delete()

    with pytest.raises(NotPossible):
        calendar_following.apply_sealed(sealed, by=dora, now=NOW)


def test_a_preview_cannot_be_forged():
    with pytest.raises(NotPossible, match="Upload the file again"):
        calendar_following.unseal("forged")


def test_two_calendars_of_one_name_are_refused(dora):
    apply(plan(entry()), dora)

    with pytest.raises(NotPossible, match="already a calendar of this name"):
        apply(plan(entry(), name="COLLEGE"), dora)


def test_nothing_is_half_applied_where_a_group_is_gone(dora, staff):
    done = apply(plan(entry()), dora)
    Group.objects.all().delete()
    before = stored(done.calendar)

    with pytest.raises(NotPossible, match="no longer there"):
        apply(plan(entry("b"), pk=done.calendar.pk, name="New name", groups=(staff.pk,)), dora)

    done.calendar.refresh_from_db()
    assert (done.calendar.name, stored(done.calendar)) == ("College", before)


def test_a_failure_on_the_way_leaves_everything_as_it_was(dora, monkeypatch):
    done = apply(plan(entry("a"), entry("b")), dora)
    before = stored(done.calendar)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(calendar_following, "_share", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        apply(plan(entry("a", days=20), entry("c"), pk=done.calendar.pk), dora)

    assert stored(done.calendar) == before


# Undo


def test_a_first_upload_is_undone(dora, staff):
    done = apply(plan(entry(), groups=(staff.pk,)), dora)

    assert calendar_following.undo(done.act)

    assert not ImportedCalendar.objects.exists()
    assert not CriticalDays.objects.exists()
    assert not calendar_following.undo(done.act)


def test_a_newer_file_is_undone_whole(dora, staff):
    first = apply(plan(entry("a"), entry("b"), groups=(staff.pk,)), dora)
    before = stored(first.calendar)
    newer = plan(entry("a", days=20), entry("c"), pk=first.calendar.pk, freeze="hard", name="Other")
    done = apply(newer, dora, now=NOW + timedelta(hours=1))

    assert calendar_following.undo(done.act)

    assert stored(first.calendar) == before
    again = ImportedCalendar.objects.get()
    assert (again.name, again.freeze, Choices.of(again).groups, again.imported_at) == (
        "College",
        "soft",
        (staff.pk,),
        NOW,
    )
    assert not calendar_following.undo(done.act)


def test_a_deleted_calendar_comes_back_with_all_that_it_had(dora, staff):
    done = apply(plan(entry("a"), entry("b"), groups=(staff.pk,)), dora)
    before = stored(done.calendar)
    with pghistory.context():
        act = calendar_following.delete(ImportedCalendar.objects.get())
    assert not CriticalDays.objects.exists()

    assert calendar_following.undo(act)

    assert stored(done.calendar) == before
    assert Choices.of(ImportedCalendar.objects.get()).groups == (staff.pk,)


def test_what_somebody_uploaded_since_stays(dora):
    first = apply(plan(entry("a")), dora)
    second = apply(plan(entry("a", days=12), pk=first.calendar.pk), dora, now=NOW + timedelta(hours=1))
    apply(plan(entry("a", days=14), pk=first.calendar.pk), dora, now=NOW + timedelta(hours=2))

    assert not calendar_following.undo(second.act)
    assert not calendar_following.undo(first.act)
    assert [when for _name, when, *_ in stored(first.calendar)] == [days(14)]


def test_undo_is_whole_or_not_at_all(dora, staff):
    first = apply(plan(entry("a"), entry("b"), groups=(staff.pk,)), dora)
    done = apply(plan(entry("a", days=20), pk=first.calendar.pk), dora, now=NOW + timedelta(hours=1))
    after = stored(first.calendar)
    staff.delete()

    undone = calendar_following.undo(done.act)

    assert not undone
    assert stored(first.calendar) == after


def test_the_largest_file_is_applied_and_undone_in_seconds(dora, staff):
    began = datetime.now(UTC)
    many = [entry(f"{number}", days=1 + number % 700) for number in range(2_000)]
    done = apply(plan(*many, groups=(staff.pk,)), dora)
    sealed = calendar_following.seal(plan(*many, pk=done.calendar.pk))

    assert len(sealed) < 2_400_000
    assert calendar_following.undo(done.act)
    assert datetime.now(UTC) - began < timedelta(seconds=90)
