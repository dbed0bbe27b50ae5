"""Nobody is disturbed at night by what can wait, and nobody gets more in a week than the rules allow."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.enums import MessageState, NoticeKind
from notices.models import DeliveryRules, Message, Notice
from notices.pipeline import approve, hours, outbox
from notices.pipeline.byhand import recall
from notices.pipeline.hours.walls import NIGHT, Held, is_quiet, next_digest
from notices.simulation import arriving
from tests import factories

MONDAY_TO_FRIDAY = "1,2,3,4,5"
RULES = hours.Rules(quiet=(time(20), time(7)), quiet_weekends=True, most_per_week=3)
BERLIN = hours.Clock.of(f"Europe/Berlin|{MONDAY_TO_FRIDAY}|DE|")
FRIDAY_NIGHT = datetime(2026, 3, 6, 20, 30, tzinfo=UTC)  # 21:30 in Berlin
MONDAY_AT_NINE = datetime(2026, 3, 9, 8, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)


@pytest.fixture
def rules(db):
    return DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7), most_per_week=3)


def letter(*people, kind=NoticeKind.PROGRESS, **fields):
    far = factories.milestone(start=datetime(2026, 6, 1, 8, tzinfo=UTC), end=datetime(2026, 6, 1, 9, tzinfo=UTC))
    return factories.approved_notice(far, people=people, kind=kind, **fields)


def now(notice, *, at):
    """By a person's word."""
    outbox.send_now(notice, by=notice.approved_by, now=at)


def waits() -> dict[str, tuple[datetime, str]]:
    rows = Message.objects.order_by("pk").values_list("person__name", "not_before", "reason")
    return {name: (until, reason) for name, until, reason in rows}


def approved_at(ana, ben, cai, *, at: timedelta, due=FRIDAY_NIGHT, **fields) -> Notice:
    """Due on Friday night, approved so long before or after."""
    far = factories.milestone(start=datetime(2026, 6, 1, 8, tzinfo=UTC), end=datetime(2026, 6, 1, 9, tzinfo=UTC))
    notice = factories.notice(far, author=ana, people=[cai], kind=NoticeKind.PROGRESS, send_at=due, **fields)
    revision = approve.submit(notice, by=ana, now=due - timedelta(days=1))
    approve.approve(notice, revision=revision, by=ben, now=due + at, hold=recall.HOLD)
    return Notice.objects.get(pk=notice.pk)


# Quiet hours


def test_what_can_wait_waits_for_monday_morning(rules, cai):
    cai.time_zone = "Europe/Berlin"
    cai.save()

    outbox.fill(letter(cai), now=FRIDAY_NIGHT)

    assert waits() == {"Cai Carter": (MONDAY_AT_NINE, "waits for the end of the quiet hours")}


def test_without_rules_nothing_waits(cai):
    outbox.fill(letter(cai), now=FRIDAY_NIGHT)

    assert waits() == {"Cai Carter": (FRIDAY_NIGHT, "")}


@pytest.mark.parametrize("kind", [NoticeKind.OUTAGE, NoticeKind.ROLLED_BACK, NoticeKind.STARTED, NoticeKind.FINAL])
def test_urgent_news_come_at_any_hour(rules, cai, kind):
    outbox.fill(letter(cai, kind=kind), now=FRIDAY_NIGHT)

    assert waits()["Cai Carter"][0] == FRIDAY_NIGHT


def test_a_word_at_once_passes(rules, cai):
    now(letter(cai), at=FRIDAY_NIGHT)

    assert waits()["Cai Carter"][0] == FRIDAY_NIGHT


MINUTES = [timedelta(minutes=-3), timedelta(0), timedelta(minutes=2)]


@pytest.mark.parametrize("at", MINUTES)
def test_who_approves_late_has_not_said_now(rules, ana, ben, cai, at):
    notice = approved_at(ana, ben, cai, at=at)
    supposed = arriving.of([notice], now=FRIDAY_NIGHT + at)[notice.pk]

    outbox.fill_due(now=FRIDAY_NIGHT + at + recall.HOLD)

    assert (notice.is_held, notice.at_any_hour) == (True, False)
    assert waits() == {"Cai Carter": (datetime(2026, 3, 9, 9, tzinfo=UTC), hours.QUIET)}
    assert [(wait.at, wait.why) for wait in supposed.waits] == [(datetime(2026, 3, 9, 9), hours.QUIET)]


@pytest.mark.parametrize("at", MINUTES)
def test_what_the_page_says_of_a_late_approval_is_what_happens(rules, ana, ben, cai, at):
    far = factories.milestone(start=datetime(2026, 6, 1, 8, tzinfo=UTC), end=datetime(2026, 6, 1, 9, tzinfo=UTC))
    asked = factories.notice(far, author=ana, people=[cai], kind=NoticeKind.PROGRESS, send_at=FRIDAY_NIGHT)

    before = arriving.if_approved(asked, now=FRIDAY_NIGHT + at)
    notice = approved_at(ana, ben, cai, at=at)
    after = arriving.of([notice], now=FRIDAY_NIGHT + at)[notice.pk]

    assert (before.waits, before.by_night) == (after.waits, after.by_night)
    assert before.waiting == 1


@pytest.mark.parametrize("hold", [timedelta(0), recall.HOLD])
@pytest.mark.parametrize("at", MINUTES)
def test_who_says_now_after_the_approval_means_it(rules, ana, ben, cai, at, hold):
    notice = approved_at(ana, ben, cai, at=at)
    said_at = FRIDAY_NIGHT + at + timedelta(minutes=1)
    supposed = arriving.if_sent_now(notice, now=said_at)

    outbox.send_now(notice, by=ben, now=said_at, hold=hold)
    outbox.fill_due(now=said_at + hold)

    assert waits() == {"Cai Carter": (said_at + hold, "")}
    assert (supposed.waits, supposed.by_night) == ((), 1)


def test_a_word_that_was_recalled_is_no_word_any_more(rules, ana, ben, cai):
    notice = approved_at(ana, ben, cai, at=timedelta(hours=-3))
    outbox.send_now(notice, by=ben, now=FRIDAY_NIGHT, hold=recall.HOLD)

    recall.recall(notice, by=ben, now=FRIDAY_NIGHT + timedelta(minutes=1))

    assert not Notice.objects.get(pk=notice.pk).at_any_hour


def test_a_correction_that_is_approved_late_waits_for_the_morning(rules, ana, ben, cai):
    notice = approved_at(ana, ben, cai, at=timedelta(0))
    notice.kind = NoticeKind.CORRECTION

    held = hours.waiting(notice, at=FRIDAY_NIGHT, rules=RULES, clocks=[BERLIN])
    notice.at_any_hour = True
    word = hours.waiting(notice, at=FRIDAY_NIGHT, rules=RULES, clocks=[BERLIN])

    assert held.of(BERLIN.key).why == NIGHT
    assert word.of(BERLIN.key) == Held(FRIDAY_NIGHT, "")


def test_each_reader_has_a_clock_of_their_own(rules, db):
    there = {
        "Aroha": factories.person("Aroha", time_zone="Pacific/Auckland"),  # Saturday morning
        "Dan": factories.person("Dan", time_zone="America/Chicago"),  # Friday, 14:30
        "Nia": factories.person("Nia", time_zone="America/Chicago", works_on=[2, 3, 4]),
    }

    outbox.fill(letter(*there.values()), now=FRIDAY_NIGHT)

    assert {name: until for name, (until, _) in waits().items()} == {
        "Aroha": datetime(2026, 3, 8, 20, tzinfo=UTC),  # Monday 09:00 there
        "Dan": FRIDAY_NIGHT,
        "Nia": datetime(2026, 3, 10, 14, tzinfo=UTC),  # Tuesday 09:00: summer time began on Sunday
    }


def test_public_holidays_of_the_site_are_quiet(rules, db):
    site = factories.site("Munich", time_zone="Europe/Berlin", country="DE", subdivision="BY")
    eve = factories.person("Eve", site=site, time_zone="Europe/Berlin")

    outbox.fill(letter(eve), now=datetime(2026, 1, 6, 9, tzinfo=UTC))  # Epiphany

    assert waits()["Eve"][0] == datetime(2026, 1, 7, 8, tzinfo=UTC)


def test_nothing_is_held_until_it_is_of_no_use(rules, cai):
    window = factories.milestone(start=FRIDAY_NIGHT + timedelta(hours=6), end=FRIDAY_NIGHT + timedelta(days=9))

    outbox.fill(factories.approved_notice(window, people=[cai], kind=NoticeKind.REMINDER), now=FRIDAY_NIGHT)

    assert waits()["Cai Carter"][0] == FRIDAY_NIGHT


def test_a_request_is_not_held_past_its_deadline(rules, cai):
    window = factories.milestone(
        start=FRIDAY_NIGHT + timedelta(days=9),
        end=FRIDAY_NIGHT + timedelta(days=10),
        action="Export your contacts.",
        action_deadline=FRIDAY_NIGHT + timedelta(hours=20),
    )

    outbox.fill(factories.approved_notice(window, people=[cai], kind=NoticeKind.ACTION), now=FRIDAY_NIGHT)

    assert waits()["Cai Carter"][0] == FRIDAY_NIGHT


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "UTC", "Mars/Olympus"]
)
days = st.sets(st.integers(1, 7)).map(lambda those: ",".join(map(str, sorted(those))))
some_hours = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@settings(deadline=None)  # the first call loads the calendars of holidays
@given(at=moments, zone=zones, works=days, begins=some_hours, ends=some_hours, digest=some_hours)
def test_a_digest_is_never_in_quiet_hours_and_never_in_the_past(at, zone, works, begins, ends, digest):
    clock = hours.Clock.of(f"{zone}|{works}|DE|")
    rules = hours.Rules(quiet=(begins, ends), quiet_weekends=True, digest_at=digest)

    later = next_digest(at, clock, rules, place="Europe/Berlin")

    assert at <= later <= at + timedelta(days=30)
    wall = later.astimezone(ZoneInfo(clock.zone if zone != "Mars/Olympus" else "Europe/Berlin"))
    if wall.replace(tzinfo=None) == datetime.combine(wall.date(), wall.time()) and not _in_a_gap(wall):
        assert not is_quiet(later, clock, rules, place="Europe/Berlin")


def _in_a_gap(wall: datetime) -> bool:
    """Within two hours of a change of the clock, an hour may not exist, or exist twice."""
    around = [wall + timedelta(hours=number) for number in (-2, 2)]
    return around[0].utcoffset() != around[1].utcoffset()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 9, 19, 0, tzinfo=UTC), True),  # 20:00
        (datetime(2026, 3, 9, 18, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 10, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 6, 0, tzinfo=UTC), False),  # 07:00
        (datetime(2026, 3, 14, 11, 0, tzinfo=UTC), True),  # Saturday noon
        (datetime(2026, 4, 3, 11, 0, tzinfo=UTC), True),  # Good Friday
    ],
)
def test_quiet_hours_begin_and_end_on_the_minute(at, expected):
    assert is_quiet(at, BERLIN, RULES, place="UTC") is expected


# How much is too much


def had(person, number: int, *, at: datetime = TUESDAY_NOON - timedelta(days=2), **fields):
    for _ in range(number):
        notice = letter(person, now=at - timedelta(days=1), **fields)
        now(notice, at=at)
    Message.objects.filter(person=person, state=MessageState.QUEUED).update(
        state=MessageState.SENT, sent_at=at, sha256=b"x"
    )


def test_who_had_their_share_of_the_week_gets_it_with_the_digest(rules, cai, dee):
    had(cai, 3)
    had(dee, 2, kind=NoticeKind.BRIEFING)

    notice = letter(cai, dee, kind=NoticeKind.BRIEFING)
    outbox.fill(notice, now=TUESDAY_NOON)

    rows = Message.objects.filter(notice=notice).values_list("person__name", "not_before", "reason")
    assert {name: (until, reason) for name, until, reason in rows} == {
        "Cai Carter": (datetime(2026, 3, 11, 9, tzinfo=UTC), "had their share of the week, and waits for the digest"),
        "Dee Dorn": (TUESDAY_NOON, ""),
    }


def test_what_was_last_week_does_not_count(rules, cai):
    had(cai, 3, at=TUESDAY_NOON - timedelta(days=8))

    notice = letter(cai)
    outbox.fill(notice, now=TUESDAY_NOON)

    assert notice.messages.get().not_before == TUESDAY_NOON


def test_urgent_news_pass_the_cap(rules, cai):
    had(cai, 5)

    notice = letter(cai, kind=NoticeKind.CANCELLED)
    outbox.fill(notice, now=TUESDAY_NOON)

    assert notice.messages.get().not_before == TUESDAY_NOON


def test_the_live_notices_of_one_window_count_as_one(rules, cai):
    window = factories.milestone(start=TUESDAY_NOON + timedelta(days=20))
    for kind in (NoticeKind.STARTED, NoticeKind.PROGRESS, NoticeKind.COMPLETED):
        now(factories.approved_notice(window, people=[cai], kind=kind), at=TUESDAY_NOON)

    notice = letter(cai)
    outbox.fill(notice, now=TUESDAY_NOON)

    assert notice.messages.get().not_before == TUESDAY_NOON


def test_what_would_come_too_late_passes_the_cap(rules, cai):
    had(cai, 3)
    window = factories.milestone(start=TUESDAY_NOON + timedelta(hours=5))

    notice = factories.approved_notice(window, people=[cai], kind=NoticeKind.REMINDER)
    outbox.fill(notice, now=TUESDAY_NOON)

    assert notice.messages.get().not_before == TUESDAY_NOON


def test_a_room_is_many_and_has_no_cap(rules, db):
    room = factories.person("All of Leeds", is_list=True)
    had(room, 4)

    notice = letter(room)
    outbox.fill(notice, now=TUESDAY_NOON)

    assert notice.messages.get().not_before == TUESDAY_NOON


# Clocks


def test_people_alike_have_one_clock(db, django_assert_num_queries):
    for number in range(3):
        factories.person(f"Person {number}", time_zone="Europe/Berlin")
    factories.person("Nia", time_zone="Europe/Berlin", works_on=[])

    with django_assert_num_queries(1):
        found = hours.clocks()

    assert {(one.zone, one.days) for one in found} == {
        ("Europe/Berlin", frozenset({1, 2, 3, 4, 5})),
        ("Europe/Berlin", frozenset()),
    }
    assert len(found) == 2


def test_whose_days_nobody_knows_works_from_monday_to_friday():
    clock = hours.Clock.of("UTC||GB|")

    assert [clock.is_working_day(date(2026, 3, 9) + timedelta(days=number)) for number in range(7)] == [
        *[True] * 5,
        False,
        False,
    ]
