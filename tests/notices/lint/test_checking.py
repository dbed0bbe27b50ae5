"""Findings, waivers and fixes, on the rule that somebody says when it is done (COV004)."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pghistory
import pytest
from django.core.management import CommandError, call_command

from notices.enums import NoticeKind, NoticeState
from notices.lint import checking, fixing, gate, showing, waiving
from notices.lint.findings import RULES, Fix
from notices.models import Notice, PlanCheck, PlanStep
from tests import factories
from tests.factories import NOW
from upgrades import rescheduling
from upgrades.models import Milestone, Upgrade


@pytest.fixture
def window(db):
    return factories.milestone()


def errors(upgrade):
    return [one.key for one in checking.check(upgrade, now=NOW).errors if one.rule.id == "COV004"]


def test_a_window_of_which_nobody_says_that_it_is_done(window):
    assert errors(window.upgrade) == [("COV004", f"milestone:{window.pk}")]


def test_a_window_that_ends_with_a_notice(window):
    factories.notice(window, kind=NoticeKind.COMPLETED, step=factories.step(window))

    assert errors(window.upgrade) == []


def test_a_window_that_is_over_needs_none(window):
    window.status = "completed"
    window.save()

    assert errors(window.upgrade) == []


def finding(window):
    return checking.check(window.upgrade, now=NOW).find("COV004", f"milestone:{window.pk}")


def test_the_preview_of_a_fix_shows_it_and_changes_nothing(ana, window):
    preview = fixing.preview(window.upgrade, finding(window).fix, by=ana, now=NOW)

    assert [change.name for change in preview.changes] == ["Completed"]
    assert "COV004" in [one.rule.id for one in preview.gone]
    assert not PlanStep.objects.exists()


def test_a_fix_mends_what_was_found(ana, window):
    fixing.apply(window.upgrade, finding(window).fix, by=ana, now=NOW)

    assert errors(window.upgrade) == []


def test_a_waived_error_blocks_nothing_and_is_still_shown(ben, window):
    waiving.waive(window.upgrade, finding(window), reason="We call everybody.", by=ben, now=NOW)

    report = checking.check(window.upgrade, now=NOW)

    assert [one.waiver.reason for one in report.waived] == ["We call everybody."]
    assert report.find("COV004", f"milestone:{window.pk}") is None


def test_a_waiver_needs_a_reason(ben, window):
    with pytest.raises(waiving.NotWaivable):
        waiving.waive(window.upgrade, finding(window), reason=" ", by=ben, now=NOW)


def test_an_error_of_the_plan_blocks_its_lines_and_not_what_was_written_by_hand(window):
    line, by_hand = factories.notice(window, step=factories.step(window)), factories.notice(window)

    found = gate.blocking([line, by_hand], now=NOW)

    assert "COV004" in [one.rule.id for one in found[line.pk]]
    assert "COV004" not in [one.rule.id for one in found[by_hand.pk]]


def test_the_command_says_it_and_exits_with_2(window):
    out = StringIO()

    with pytest.raises(SystemExit) as exit:
        call_command("lint_plan", window.upgrade.slug, stdout=out)

    assert exit.value.code == 2
    assert f"{window.upgrade.slug}:milestone {window.pk} COV004 error: No notice says" in out.getvalue()


def test_running_plans_are_checked_again_when_their_check_is_old(window):
    checking.keep_some(now=NOW)

    assert checking.keep_some(now=NOW + timedelta(minutes=1)) == 0
    assert checking.keep_some(now=NOW + timedelta(minutes=11)) == 1
    assert PlanCheck.objects.get().errors >= 1


def fails(plan):
    raise ZeroDivisionError
    yield


@pytest.fixture
def broken(monkeypatch):
    """COV004 fails."""
    rule = RULES["COV004"]
    monkeypatch.setitem(RULES, "COV004", replace(rule, check=fails))


def test_a_rule_that_fails_takes_no_other_down_and_is_an_error_itself(broken, window):
    found = checking.check(window.upgrade, now=NOW)

    (own,) = [one for one in found.errors if one.rule.id == "COV004"]
    assert (own.is_broken, str(own.place)) == (True, f"upgrade:{window.upgrade_id}")
    assert {one.rule.id for one in found.findings} > {"COV004"}


def test_a_rule_that_fails_opens_no_gate_and_stops_nothing_that_cannot_wait(broken, window):
    line, by_hand = factories.notice(window, step=factories.step(window)), factories.notice(window)
    at_once = factories.notice(window, kind=NoticeKind.CANCELLED)

    found = gate.blocking([line, by_hand, at_once], now=NOW)

    assert ["COV004" in [one.rule.id for one in found[each.pk]] for each in (line, by_hand, at_once)] == [
        True,
        True,
        False,
    ]


def test_a_rule_that_fails_can_be_waived_as_long_as_it_fails_so(broken, ben, window):
    (own,) = [one for one in checking.check(window.upgrade, now=NOW).errors if one.is_broken]
    waiving.waive(window.upgrade, own, reason="We looked ourselves.", by=ben, now=NOW)

    assert [one for one in checking.check(window.upgrade, now=NOW).errors if one.is_broken] == []


def test_one_plan_that_cannot_be_checked_keeps_no_other_waiting(window):
    other = factories.milestone(factories.upgrade("Another"))
    Upgrade.objects.filter(pk=window.upgrade_id).update(time_zone="Mars/Olympus")

    assert checking.keep_some(now=NOW) == 1
    assert [one.upgrade for one in PlanCheck.objects.all()] == [other.upgrade]


def test_the_command_says_with_3_that_it_could_not_check(window):
    Upgrade.objects.filter(pk=window.upgrade_id).update(time_zone="Mars/Olympus")

    with pytest.raises(CommandError) as raised:
        call_command("lint_plan", window.upgrade.slug)

    assert raised.value.returncode == 3


def test_a_finding_is_one_line_whatever_it_is_called(window):
    window.name = "Core\nswitch"
    window.save()

    lines = showing.as_text(checking.check(window.upgrade, now=NOW)).splitlines()

    assert all(one.startswith(f"{window.upgrade.slug}:") for one in lines[:-1])


def test_a_window_that_is_moved_back_is_a_new_state_for_calendars(window):
    was = Milestone.objects.get(pk=window.pk)
    with pghistory.context() as context:
        rescheduling.move(window, start=was.start + timedelta(days=1), end=was.end + timedelta(days=1))

    assert fixing.undo(context.id)

    back = Milestone.objects.get(pk=window.pk)
    assert (back.start, back.end, back.sequence) == (was.start, was.end, was.sequence + 2)


def test_an_approval_of_old_facts_does_not_come_back(ana, window):
    notice = factories.approved_notice(window, people=[factories.person()])
    window.start += timedelta(hours=1)
    window.save()
    with pghistory.context() as context:
        fixing.apply(window.upgrade, Fix("ask_again", "", {"notice": notice.pk}), by=ana, now=NOW)

    assert not fixing.undo(context.id)
    assert Notice.objects.get().state == NoticeState.IN_REVIEW
