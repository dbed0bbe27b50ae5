"""What the check says of a plan that is only played."""

from datetime import timedelta

import pytest

from notices.enums import NoticeKind
from notices.lint import looking_ahead
from notices.pipeline import schedule
from notices.simulation.play import AS_PLANNED, play
from notices.simulation.what_if import Dropped, Frozen, Slip, WhatIf
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, MilestoneKind
from upgrades.reach import Thing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def service(cai):
    return factories.service(users=[factories.group("Registry", people=[cai])])


@pytest.fixture
def window(service):
    upgrade = factories.upgrade(services=[service])
    start = NOW + timedelta(days=30)
    window = {"impact": Impact.OUTAGE, "kind": MilestoneKind.WINDOW}
    return factories.milestone(upgrade, start=start, end=start + timedelta(hours=4), **window)


def rules(window, *changes):
    what_if = WhatIf(changes)
    upgrades = [window.upgrade, *what_if.upgrades]
    found = play(upgrades, now=NOW, until=NOW + 60 * DAY, what_if=what_if, approvals=AS_PLANNED)
    return {one.rule.id for one in looking_ahead.findings(found)}


def frozen(window, *, is_hard, reach=frozenset()):
    return Frozen("Examinations", window.start - DAY, window.end + DAY, "UTC", is_hard, reach)


@pytest.mark.parametrize(("is_hard", "rule"), [(True, "BLK001"), (False, "BLK002")])
def test_a_window_in_critical_days_that_nobody_has_entered_is_found(window, is_hard, rule):
    assert rules(window, frozen(window, is_hard=is_hard)) - rules(window) == {rule}


def test_critical_days_of_others_are_not_in_the_way(window, service):
    elsewhere = factories.service("Payroll")

    ours, theirs = (frozenset({Thing("service", one.pk, one.name)}) for one in (service, elsewhere))

    assert "BLK001" in rules(window, frozen(window, is_hard=True, reach=ours))
    assert "BLK001" not in rules(window, frozen(window, is_hard=True, reach=theirs))


def test_without_the_channel_nobody_is_told(window, cai):
    step = factories.step(window, audience={"affected": True}, offset=-14)
    factories.notice(step=step, audience={"affected": True}, channels=[Channel.EMAIL], send_at=schedule.due_at(step))

    assert "COV001" not in rules(window)
    assert "COV001" in rules(window, Dropped(Channel.EMAIL))


def test_what_is_out_has_told_people_whatever_becomes_of_the_channel(window, cai):
    factories.released_notice(
        window, people=[cai], kind=NoticeKind.ANNOUNCEMENT, audience={"affected": True}, channels=[Channel.EMAIL]
    )

    assert "COV001" not in rules(window, Dropped(Channel.EMAIL))


def test_another_upgrade_that_moves_into_the_way_is_found(window, service):
    other = factories.milestone(
        factories.upgrade("Wi-Fi", services=[service]),
        start=window.start + 3 * DAY,
        end=window.end + 3 * DAY,
        kind=MilestoneKind.WINDOW,
    )

    assert "BLK003" not in rules(window)
    assert "BLK003" in rules(window, Slip.by(other, -3 * DAY))
