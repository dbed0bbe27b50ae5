from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commsplan.lib import countries
from tests.factories import NOW, critical_days, group, milestone, service, upgrade
from tests.fixtures import effort
from upgrades import slots
from upgrades.enums import Freeze, Impact, MilestoneKind
from upgrades.models import CriticalDays, Milestone, Upgrade
from upgrades.slots import Block, Days

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 16, 20, tzinfo=BERLIN)  # a Monday evening


def window(start=START, hours=4, **fields) -> Milestone:
    of = Upgrade(name="Mail", time_zone="Europe/Berlin", country="DE", subdivision="BE", **fields)
    return Milestone(upgrade=of, name="Go-live", start=start, end=start + hours * HOUR)


def block(start: datetime, end: datetime, *, is_hard=True, name="Freeze") -> Block:
    return Block(start, end, name, is_hard)


def days(found) -> list[date]:
    return [slot.start.astimezone(BERLIN).date() for slot in found]


def test_the_next_evenings_are_offered_where_nothing_is_in_the_way():
    found = slots.choose(window(), [], after=START)

    assert days(found) == [date(2026, 3, 17), date(2026, 3, 18), date(2026, 3, 19)]
    assert {slot.end - slot.start for slot in found} == {4 * HOUR}


def test_a_window_of_a_working_day_stays_on_working_days_and_one_of_a_free_day_on_free_ones():
    friday, saturday = START + 4 * DAY, START + 5 * DAY

    assert days(slots.choose(window(friday), [], after=friday, limit=1)) == [date(2026, 3, 23)]
    assert days(slots.choose(window(saturday), [], after=saturday)) == [
        date(2026, 3, 22),
        date(2026, 3, 28),
        date(2026, 3, 29),
    ]


def test_a_public_holiday_is_no_working_day():
    maundy_thursday = datetime(2026, 4, 2, 20, tzinfo=BERLIN)

    assert days(slots.choose(window(maundy_thursday), [], after=maundy_thursday, limit=1)) == [date(2026, 4, 7)]


def test_only_the_same_day_of_the_week_when_asked():
    found = slots.choose(window(), [], after=START, days=Days.WEEKDAY)

    assert days(found) == [date(2026, 3, 23), date(2026, 3, 30), date(2026, 4, 6)]


def test_the_time_of_day_stays_when_the_clocks_change():
    found = slots.choose(window(), [], after=START, days=Days.WEEKDAY, limit=2)

    assert [slot.start.astimezone(UTC).hour for slot in found] == [19, 18]
    assert [slot.start.astimezone(BERLIN).hour for slot in found] == [20, 20]


def test_what_is_hard_is_left_out_and_what_is_soft_only_taken_when_there_is_nothing_else():
    hard = block(START + DAY, START + 2 * DAY)
    soft = block(START + 2 * DAY, START + 3 * DAY, is_hard=False, name="Examinations")

    found = slots.choose(window(), [hard, soft], after=START, limit=1)
    assert (days(found), found[0].cautions) == ([date(2026, 3, 19)], ())

    always = block(START, START + 800 * DAY, is_hard=False, name="Examinations")
    found = slots.choose(window(), [hard, always], after=START, limit=1)
    assert (days(found), found[0].cautions) == ([date(2026, 3, 18)], ("Examinations",))


def test_a_year_that_is_frozen_has_no_free_window():
    assert slots.choose(window(), [block(START, START + 800 * DAY)], after=START) == []


def test_windows_that_only_touch_a_freeze_are_free():
    until_eight = block(START, START + DAY)
    from_midnight = block(START + DAY + 4 * HOUR, START + 9 * DAY)

    assert days(slots.choose(window(), [until_eight, from_midnight], after=START, limit=1)) == [date(2026, 3, 17)]


def naive(one: Milestone, blocks: list[Block], *, after, kind: Days, limit: int):
    """Day by day, every block against every day."""
    local = one.start.astimezone(BERLIN)
    first = after.astimezone(BERLIN).date()
    clean, soft = [], []
    for number in range(slots.DAYS_AHEAD + 1):
        day = first + number * DAY
        start = datetime.combine(day, local.time(), tzinfo=BERLIN).astimezone(UTC)
        works = [countries.is_business_day(on, country="DE", subdivision="BE") for on in (day, local.date())]
        if start <= after or (kind == Days.LIKE and works[0] != works[1]):
            continue
        if kind == Days.WEEKDAY and day.weekday() != local.weekday():
            continue
        met = [block for block in blocks if block.start < start + (one.end - one.start) and block.end > start]
        if not any(block.is_hard for block in met):
            (soft if met else clean).append((start, tuple(sorted({block.name for block in met}))))
    return sorted([*clean[:limit], *soft[: max(0, limit - len(clean))]])


moments = st.integers(0, 24 * 400).map(lambda hours: NOW + hours * HOUR)
block_lists = st.lists(
    st.builds(
        lambda start, hours, is_hard, name: Block(start, start + hours * HOUR, name, is_hard),
        moments,
        st.integers(1, 24 * 120),
        st.booleans(),
        st.sampled_from("ABC"),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(start=moments, hours=st.integers(1, 72), after=moments, blocks=block_lists, kind=st.sampled_from(list(Days)))
def test_it_finds_what_looking_at_every_day_finds(start, hours, after, blocks, kind):
    one = window(start, hours)

    found = slots.choose(one, blocks, after=after, days=kind, limit=3)

    assert [(slot.start, slot.cautions) for slot in found] == naive(one, blocks, after=after, kind=kind, limit=3)


@pytest.mark.django_db
def test_freezes_and_other_upgrades_of_the_same_service_are_in_the_way_and_others_are_not():
    mail, staff = service("Mail", users=[group("Staff")]), group("Elsewhere")
    one = milestone(upgrade(services=[mail]), start=START, end=START + 4 * HOUR)
    critical_days(start=START + DAY, end=START + 2 * DAY, services=[mail], freeze=Freeze.HARD)
    critical_days(start=START + 2 * DAY, end=START + 3 * DAY, groups=[staff], freeze=Freeze.HARD)
    milestone(upgrade(services=[mail]), start=START + 2 * DAY, name="Switches")
    printing = service(users=list(mail.users.all()))
    milestone(upgrade("Printers", services=[printing]), start=START + 3 * DAY, name="New printers")
    milestone(one.upgrade, start=START + 4 * DAY, name="Second wave")

    found = slots.next_free(one, after=START, limit=2)
    assert days(found) == [date(2026, 3, 23), date(2026, 3, 24)]

    critical_days(start=START + 5 * DAY, end=START + 800 * DAY, freeze=Freeze.HARD)
    assert [slot.cautions for slot in slots.next_free(one, after=START)] == [
        ("New printers of Printers",),
        ("Second wave",),
    ]


@pytest.mark.django_db
def test_fifty_upgrades_and_five_hundred_critical_days_take_a_tenth_of_a_second(django_assert_num_queries):
    groups = [group() for _ in range(20)]
    mail = service("Mail", users=groups)
    one = milestone(upgrade(services=[mail]), start=START, end=START + 4 * HOUR)
    by = critical_days().entered_by
    for number in range(50):
        of = upgrade(services=[mail], owner=one.upgrade.owner)
        Milestone.objects.bulk_create(
            Milestone(
                upgrade=of,
                name="Window",
                start=(start := START + number * 12 * HOUR + wave * 9 * DAY),
                end=start + 4 * HOUR,
                baseline_start=start,
                kind=MilestoneKind.WINDOW,
                impact=Impact.OUTAGE,
            )
            for wave in range(4)
        )
    entries = CriticalDays.objects.bulk_create(
        CriticalDays(
            name="Days", start=START + number * DAY / 2, end=START + number * DAY / 2 + 3 * HOUR, entered_by=by
        )
        for number in range(500)
    )
    for entry in entries:
        entry.groups.set(groups[:2])
    slots.next_free(one, after=START)

    with django_assert_num_queries(5), effort.at_most(0.25):  # 0.1
        slots.next_free(one, after=START)
