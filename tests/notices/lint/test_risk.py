"""Whether the plan holds when something goes wrong (RSK001, RSK002), and what it is for (MEA001)."""

from datetime import time, timedelta

import pytest

from notices.enums import Event, Medium, NoticeKind, Trigger, Unit
from notices.models import PlanStep
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact
from upgrades.models import Milestone

AT_ONCE = {"trigger": Trigger.EVENT, "unit": Unit.MINUTES, "offset": 0}


@pytest.fixture
def window(cai):
    staff = factories.group("Teaching", people=[cai])
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


# RSK001


def test_a_window_without_a_kit_is_found_and_gets_one(findings_of, mend, window):
    found = findings_of("RSK001", window.upgrade)

    assert "if it is postponed, it takes longer and it is rolled back" in found[at(window)].sentence
    assert mend("RSK001", window.upgrade, at(window)) == {}
    assert {*PlanStep.objects.values_list("event", flat=True)} == {"slipped", "extended", "on_word"}
    assert not PlanStep.objects.filter(objective="").exists()


def test_only_what_is_missing_is_added(mend, window, line):
    line(window, NoticeKind.POSTPONED, event=Event.SLIPPED, **AT_ONCE)
    line(window, NoticeKind.PROGRESS, event=Event.EXTENDED, **AT_ONCE)

    assert mend("RSK001", window.upgrade, at(window)) == {}
    assert PlanStep.objects.count() == 3


def test_what_nobody_notices_needs_no_kit(findings_of, window):
    Milestone.objects.update(impact=Impact.REDUCED_REDUNDANCY)

    assert findings_of("RSK001", window.upgrade) == {}


# RSK002


@pytest.fixture
def decision(window):
    return factories.step(window, name="Go/no-go", medium=Medium.DECISION, offset=-3, at=time(14))


def test_a_last_reminder_that_does_not_wait_is_found_and_waits(findings_of, mend, window, decision, line):
    step = line(window, NoticeKind.FINAL, offset=-1)

    assert [*findings_of("RSK002", window.upgrade)] == [at(step)]
    assert mend("RSK002", window.upgrade, at(step)) == {}
    assert PlanStep.objects.get(pk=step.pk).after == decision


def test_a_reminder_before_the_decision_moves_behind_it(mend, window, line):
    decision = factories.step(window, name="Go/no-go", medium=Medium.DECISION, offset=-1, at=time(14))
    step = line(window, NoticeKind.FINAL, offset=-1)

    assert mend("RSK002", window.upgrade, at(step)) == {}
    step.notice.refresh_from_db()
    assert decision.milestone.start > step.notice.send_at > NOW + timedelta(days=11, hours=5)


def test_a_last_reminder_that_waits_is_not_found(findings_of, window, decision, line):
    line(window, NoticeKind.FINAL, offset=-1, after=decision)

    assert findings_of("RSK002", window.upgrade) == {}


def test_an_early_reminder_need_not_wait(findings_of, window, decision, line):
    line(window, NoticeKind.REMINDER, offset=-5)

    assert findings_of("RSK002", window.upgrade) == {}


def test_without_a_decision_nothing_waits(findings_of, window, line):
    line(window, NoticeKind.FINAL, offset=-1)

    assert findings_of("RSK002", window.upgrade) == {}


# MEA001


def test_a_line_without_an_objective_is_found_and_gets_the_usual_one(findings_of, mend, window, line):
    step = line(window, NoticeKind.REMINDER)

    assert [*findings_of("MEA001", window.upgrade)] == [at(step)]
    assert mend("MEA001", window.upgrade, at(step)) == {}
    assert PlanStep.objects.get().objective == "Nobody has forgotten the date."


def test_a_line_with_an_objective_is_not(findings_of, window, line):
    line(window, objective="Everybody smiles.")

    assert findings_of("MEA001", window.upgrade) == {}


def test_a_line_that_is_over_needs_no_objective_any_more(findings_of, window, line):
    line(window, objective="", offset=-60)

    assert findings_of("MEA001", window.upgrade) == {}
