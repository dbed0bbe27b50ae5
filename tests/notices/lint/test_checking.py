"""Findings, waivers and fixes, on the rule that somebody says when it is done (COV004)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from notices.enums import NoticeKind
from notices.lint import checking, fixing, gate, waiving
from notices.models import PlanCheck, PlanStep
from tests import factories
from tests.factories import NOW


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
