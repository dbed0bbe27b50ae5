"""Whether those whom others ask hear of it first (COV003, COV008)."""

import pytest

from notices.enums import NoticeKind
from stakeholders.enums import Category
from tests import factories
from tests.factories import NOW


@pytest.fixture
def desk(db):
    return factories.group("Service desk", people=[factories.person("Didi Desk")], category=Category.IT)


@pytest.fixture
def chiefs(db):
    return factories.group("Heads", people=[factories.person("Hedi Head")], category=Category.MANAGEMENT)


@pytest.fixture
def window(cai, chiefs):
    staff = factories.group("Teaching", people=[cai])
    service = factories.service("Mail", users=[staff, chiefs])
    return factories.milestone(factories.upgrade("Mail migration", services=[service]), name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def test_a_desk_that_hears_after_the_users_is_found_and_briefed(findings_of, mend, window, desk, line):
    first = line(window)
    line(window, NoticeKind.BRIEFING, audience={"groups": [desk.pk]}, offset=-3)

    assert findings_of("COV003", window.upgrade)[at(first)].sentence.startswith(
        "Service desk does not hear before users"
    )
    assert mend("COV003", window.upgrade, at(first)) == {}


def test_a_desk_that_hears_at_the_same_time_is_found(findings_of, window, desk, line):
    first = line(window)
    line(window, NoticeKind.BRIEFING, audience={"groups": [desk.pk]})

    assert [*findings_of("COV003", window.upgrade)] == [at(first)]


def test_a_desk_that_hears_before_is_not(findings_of, window, desk, line):
    line(window)
    line(window, NoticeKind.BRIEFING, audience={"groups": [desk.pk]}, offset=-7, at=NOW.time())

    assert findings_of("COV003", window.upgrade) == {}


def test_a_brief_for_a_few_is_no_message_to_users(findings_of, window, desk, cai, line):
    line(window, NoticeKind.EXECUTIVE, audience={"people": [cai.pk]}, offset=-9)
    line(window)
    line(window, NoticeKind.BRIEFING, audience={"groups": [desk.pk]}, offset=-7)

    assert findings_of("COV003", window.upgrade) == {}


def test_where_there_is_no_desk_nobody_has_to_be_briefed(findings_of, window, line):
    line(window)

    assert findings_of("COV003", window.upgrade) == {}


def test_users_who_know_already_cannot_come_second(findings_of, window, desk, line):
    factories.released_notice(window, audience={"affected": True})
    line(window, NoticeKind.BRIEFING, audience={"groups": [desk.pk]}, offset=-3)

    assert findings_of("COV003", window.upgrade) == {}


def test_managers_who_hear_with_their_teams_are_found_and_told_before(findings_of, mend, window, line):
    first = line(window)

    assert [*findings_of("COV008", window.upgrade)] == [at(first)]
    assert mend("COV008", window.upgrade, at(first)) == {}


def test_managers_who_hear_before_are_not(findings_of, window, line):
    line(window)
    line(window, NoticeKind.BRIEFING, audience={"categories": ["management"]}, offset=-6)

    assert findings_of("COV008", window.upgrade) == {}
