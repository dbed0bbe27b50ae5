"""Whoever plans is told when a notice reaches people: what is said is what filling writes down."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.enums import MessageState, NoticeKind
from notices.insight import arrival, held
from notices.models import DeliveryRules, Message, Notice
from notices.pipeline import outbox
from notices.simulation import arriving
from tests import factories

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
NIGHT = datetime(2026, 3, 10, 22, tzinfo=UTC)


@pytest.fixture
def rules(db):
    return DeliveryRules.objects.create(
        pk=1, quiet_from=time(20), quiet_until=time(7), quiet_weekends=False, most_per_week=1
    )


@pytest.fixture
def people(db):
    return {
        "Eve": factories.person("Eve", time_zone="Europe/Berlin"),
        "Fay": factories.person("Fay", time_zone="Pacific/Auckland"),  # thirteen hours ahead of UTC
        "Gus": factories.person("Gus", time_zone="America/New_York"),
    }


def letter(*people, at=NIGHT, kind=NoticeKind.PROGRESS, **fields):
    far = factories.milestone(start=datetime(2026, 6, 1, 8, tzinfo=UTC), end=datetime(2026, 6, 1, 9, tzinfo=UTC))
    return factories.approved_notice(far, people=people, kind=kind, send_at=at, **fields)


def said(notice, *, now=NOON) -> list[str]:
    return arrival.sentences(arriving.of([notice], now=now)[notice.pk])


def test_it_says_who_gets_it_when_because_of_quiet_hours(rules, people):
    notice = letter(*people.values())

    assert said(notice) == [
        "1 of 3 people gets it on Wed 11 Mar 2026 at 09:00 on their own clock, because of quiet hours (20:00–07:00)."
    ]


def test_it_knows_what_else_goes_out_until_then(rules, people):
    letter(*people.values(), at=NOON + timedelta(hours=1))
    notice = letter(people["Gus"], at=NOON + timedelta(hours=3))

    assert said(notice) == [
        "1 of 1 person has had 1 letter in the week before: theirs waits for the digest "
        "on Wed 11 Mar 2026 at 09:00 on their own clock."
    ]


def test_it_knows_what_was_sent_before(rules, people):
    before = letter(people["Gus"])
    outbox.fill(before, now=NOON - timedelta(days=2))
    Message.objects.update(state=MessageState.SENT, sent_at=NOON - timedelta(days=2), sha256=bytes(32))

    assert said(letter(people["Gus"], at=NOON + timedelta(days=6))) == []
    assert "has had 1 letter" in said(letter(people["Gus"], at=NOON + timedelta(hours=3)))[0]


def test_what_is_urgent_goes_at_once(rules, people):
    assert said(letter(*people.values(), kind=NoticeKind.OUTAGE)) == [
        "It is urgent: it goes at once, also at night. 1 of 3 people has quiet hours then."
    ]


def test_a_word_at_once_says_whose_night_it_is(rules, people):
    notice = letter(*people.values(), at=NIGHT + timedelta(days=1))

    found = arriving.if_sent_now(notice, now=NIGHT)

    assert arrival.sentences(found) == ["Your word lets it out at once: 1 of 3 people has quiet hours then."]


def test_what_would_be_too_late_in_the_morning_comes_at_night(rules, people):
    soon = factories.milestone(start=NIGHT + timedelta(hours=6), end=NIGHT + timedelta(hours=8))
    notice = factories.approved_notice(
        soon, people=[people["Eve"]], kind=NoticeKind.REMINDER, send_at=NIGHT, now=NOON - timedelta(days=1)
    )

    assert said(notice) == ["1 of 1 person gets it in quiet hours: later would be too late for it."]


def test_without_rules_there_is_nothing_to_say(people, db):
    notice = letter(*people.values())

    assert arriving.of([notice], now=NOON) == {}


def test_what_is_said_is_what_filling_writes_down(rules, people):
    letter(people["Fay"], people["Gus"], at=NOON + timedelta(hours=1))
    notices = [letter(*people.values(), at=NOON + timedelta(hours=hour), kind=kind) for hour, kind in AT_ALL_HOURS]
    foreseen = arriving.of(notices, now=NOON)

    for moment in sorted({NOON + timedelta(hours=hour) for hour, _ in [*AT_ALL_HOURS, (1, "")]}):
        outbox.fill_due(now=moment)

    for notice in notices:
        rows = Message.objects.filter(notice=notice).exclude(reason="").values_list("reason", flat=True)
        said = Counter(dict.fromkeys(rows, 0))
        for wait in foreseen[notice.pk].waits:
            said[wait.why] += wait.people
        assert said == Counter(rows)
    assert sum(one.waiting for one in foreseen.values()) > 5


AT_ALL_HOURS = [
    (2, NoticeKind.NEWS),
    (6, NoticeKind.OUTAGE),
    (10, NoticeKind.ANNOUNCEMENT),
    (18, NoticeKind.FOLLOW_UP),
    (30, NoticeKind.PROGRESS),
]


def test_the_number_of_queries_does_not_depend_on_how_many_there_are(rules, people):
    def queries(number):
        made = [letter(*people.values()).pk for _ in range(number)]
        rows = Notice.objects.select_related("upgrade", "milestone", "approved_revision")
        notices = list(rows.filter(pk__in=made))
        with CaptureQueriesContext(connection) as counted:
            arriving.of(notices, now=NOON)
        return len(counted)

    assert queries(1) == queries(3)


# Afterwards


def test_the_notice_says_how_many_wait_until_when(rules, people):
    notice = letter(*people.values())
    outbox.fill(notice, now=NIGHT)

    assert held.of_notice(notice, now=NIGHT) == [
        "1 of 3 people gets it on Wed 11 Mar 2026 at 09:00 on their own clock, because of quiet hours (20:00–07:00)."
    ]
    assert held.of_notice(notice, now=NIGHT + timedelta(days=1)) == []


def test_a_message_says_why_it_waits_and_where(rules, people):
    outbox.fill(letter(people["Eve"]), now=NIGHT)

    assert held.of_message(Message.objects.get(), now=NIGHT) == (
        "Held until Wednesday 11 March 2026, 09:00 Europe/Berlin (CET), where Eve is, because of quiet hours."
    )
    assert held.of_message(Message.objects.get(), now=NIGHT + timedelta(days=1)) == ""
