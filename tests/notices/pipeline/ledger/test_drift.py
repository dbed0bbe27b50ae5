from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import telling
from notices.enums import MessageState, NoticeKind
from notices.models import Message
from notices.pipeline import ledger
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.ledger.telling import arrive, tell
from upgrades import rescheduling
from upgrades.models import Upgrade

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", time_zone="Europe/Berlin")


@pytest.fixture
def window(upgrade):
    start = NOW + timedelta(days=14)
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + timedelta(hours=4), status="confirmed")


CHANGES = [{"language": "en", "level": "plain", "subject": "It has changed", "body": "Hello,\n\n{{ changes }}\n"}]


def wrong(upgrade, *, now=LATER, **more):
    """By person the names of what they have wrong."""
    return {
        person: [one.name for one in group.wrong]
        for group in ledger.wrong(upgrade, now=now, **more)
        for person in group.people
    }


def test_who_was_told_the_old_date_is_wrong_and_nobody_else(upgrade, window):
    cai, dee, eve = (factories.person(name) for name in ("Cai", "Dee", "Eve"))
    tell(window, [cai, dee])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    tell(window, [dee], at=NOW + HOUR / 2)

    assert wrong(upgrade) == {cai.pk: ["start", "end"]}
    assert eve.pk not in wrong(upgrade)


def test_the_same_beliefs_come_as_one_group_with_what_they_were_told(upgrade, window):
    cai, dee = factories.person(), factories.person()
    told = tell(window, [cai, dee])
    old = window.start
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)

    (group,) = ledger.wrong(upgrade, now=LATER)

    assert group.people == [cai.pk, dee.pk]
    assert ledger.rows_of(group)[0] == {
        "fact": f"milestone:{window.pk}.start",
        "told": old.isoformat(),
        "now": window.start.isoformat(),
        "on": "2026-03-02",
        "by": "email",
    }
    assert group.wrong[0].belief.source.notice == told


def test_several_upgrades_at_once_are_believed_as_each_by_itself(upgrade, window):
    cai, dee, other = factories.person(), factories.person(), factories.milestone(factories.upgrade(slug="other"))
    tell(window, [cai, dee])
    tell(other, [dee])
    tell(window, [dee], at=NOW + HOUR / 2)
    silent = factories.upgrade(slug="silent")
    keys = [upgrade.pk, other.upgrade_id, silent.pk]

    found = ledger.of_upgrades(keys, at=LATER)

    def told(one):
        return sorted((list(group.people), [each.title for each in group.tellings]) for group in one)

    alone = {key: told(ledger.of_upgrade(one, at=LATER)) for key, one in Upgrade.objects.in_bulk(keys).items()}
    assert {key: told(one) for key, one in found.items()} == alone
    assert [len(alone[key]) for key in keys] == [2, 1, 0]


@pytest.mark.parametrize(
    "state", [MessageState.BOUNCED, MessageState.FAILED, MessageState.SKIPPED, MessageState.MISSED, "cancelled"]
)
def test_what_did_not_get_through_told_nobody(upgrade, window, state):
    cai = factories.person()
    tell(window, [cai])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    notice = tell(window, [cai], at=NOW + HOUR / 2)
    assert wrong(upgrade) == {}

    Message.objects.filter(notice=notice).update(state=state)

    assert wrong(upgrade) == {cai.pk: ["start", "end"]}


def test_what_is_on_its_way_counts_where_asked(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    factories.released_notice(window, people=[cai], now=LATER)

    assert wrong(upgrade) == {cai.pk: ["start", "end"]}
    assert wrong(upgrade, on_the_way=True) == {}


def test_moved_and_moved_back_is_nothing(upgrade, window):
    tell(window, [factories.person()])
    old = window.start, window.end
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    rescheduling.move(window, start=old[0], end=old[1])

    assert wrong(upgrade) == {}


def test_small_moves_add_up(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    ten = timedelta(minutes=10)
    rescheduling.move(window, start=window.start + ten, end=window.end)
    assert wrong(upgrade) == {}

    rescheduling.move(window, start=window.start + ten, end=window.end)

    assert wrong(upgrade) == {cai.pk: ["start"]}


def test_who_was_merged_believes_what_both_were_told_last(upgrade, window):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    tell(window, [dee], at=NOW + HOUR / 2)
    type(dee).objects.filter(pk=dee.pk).update(merged_into=cai, archived_at=LATER)

    assert wrong(upgrade) == {}


def test_another_zone_of_the_place_alone_changes_nothing(upgrade, window):
    tell(window, [factories.person()])
    upgrade.time_zone = "America/New_York"
    upgrade.save()

    assert wrong(upgrade) == {}


def test_a_conversation_tells_those_who_were_there(upgrade, window):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai, dee])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    meeting = factories.engagement(upgrade, start=NOW, end=NOW + HOUR / 2)
    factories.participant(meeting, cai, attended=True)
    factories.participant(meeting, dee, attended=False)
    telling.tell(meeting, [f"milestone:{window.pk}.start", f"milestone:{window.pk}.end"], by=upgrade.owner, now=LATER)

    assert wrong(upgrade) == {dee.pk: ["start", "end"]}


def test_a_cancelled_upgrade_cancels_what_was_told(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    upgrade.phase = "cancelled"
    upgrade.save()

    assert wrong(upgrade) == {cai.pk: ["status"]}


def test_what_is_over_surprises_nobody(upgrade, window):
    tell(window, [factories.person()])
    old_end = window.end
    rescheduling.move(window, start=window.start - DAY, end=window.end - DAY)

    assert len(wrong(upgrade, now=old_end - HOUR)) == 1
    assert wrong(upgrade, now=old_end + HOUR) == {}


def test_a_service_more_is_wrong_for_those_who_use_it(upgrade, window):
    cai, dee = factories.person(), factories.person()
    window.services.add(factories.service("Mail"))
    tell(window, [cai, dee])
    staff = factories.group(people=[cai])
    calendar = factories.service("Calendar", users=[staff])
    rescheduling.change(window, services=[*window.services.all(), calendar])

    assert wrong(upgrade) == {cai.pk: ["services"]}


def test_a_correction_tells_each_reader_their_own_differences(upgrade, window):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    tell(window, [dee], at=NOW + HOUR / 4)
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)

    correction = factories.released_notice(
        upgrade,
        people=[cai, dee, factories.person()],
        kind=NoticeKind.CORRECTION,
        words=CHANGES,
        now=NOW + HOUR / 2,
    )

    rows = {m.person_id: (m.state, m.reason, m.values.get("told")) for m in correction.messages.all()}
    assert rows[cai.pk][:2] == rows[dee.pk][:2] == ("queued", "")
    assert {cai.pk, dee.pk} < rows.keys()
    assert [each for person, each in rows.items() if person not in (cai.pk, dee.pk)] == [
        ("skipped", "knows it already", None)
    ]
    correction.refresh_from_db()
    told = {key: rows[0]["on"] for key, rows in correction.release["told"].items()}
    assert len(told) == 2
    arrive(correction, at=NOW + HOUR / 2)
    assert wrong(upgrade) == {}


def test_a_planned_notice_says_what_changed_to_those_who_were_told_otherwise(upgrade, window):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)

    notice = factories.released_notice(window, people=[cai, dee], now=LATER)

    values = {m.person_id: m.values.get("told") for m in notice.messages.all()}
    assert values == {cai.pk: "1", dee.pk: None}
    notice.refresh_from_db()
    assert [row["fact"].partition(".")[2] for row in notice.release["told"]["1"]] == ["start", "end"]


def test_a_late_joiner_gets_what_is_true_now(upgrade, window):
    staff = factories.group()
    cai = factories.person(groups=[staff])
    tell(window, [], audience={"groups": [staff.pk]})
    dee_joined = factories.person(groups=[staff])

    catch_up = factories.released_notice(
        upgrade, people=[cai, dee_joined], kind=NoticeKind.CATCH_UP, words=CHANGES, now=LATER
    )

    rows = {m.person_id: (m.state, m.values.get("told")) for m in catch_up.messages.all()}
    assert rows == {cai.pk: ("skipped", None), dee_joined.pk: ("queued", "1")}
    arrive(catch_up, at=LATER)
    beliefs = ledger.of_person(dee_joined, [upgrade.pk], at=LATER).beliefs
    assert beliefs[f"milestone:{window.pk}.start"].value == window.start.isoformat()


def test_the_number_of_queries_does_not_depend_on_the_people(upgrade, window):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ledger.wrong(upgrade, now=LATER)
        return len(captured)

    tell(window, [factories.person()])
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    few = queries()
    tell(window, [factories.person() for _ in range(3)])
    tell(window, [factories.person() for _ in range(3)], at=NOW + HOUR / 2)

    assert queries() == few
