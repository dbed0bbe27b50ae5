from dataclasses import replace
from datetime import timedelta

import pytest

from notices import wording
from notices.enums import Event, Medium, NoticeKind, NoticeState, Trigger, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import planning
from notices.pipeline.planning import Line, NotPossible
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from upgrades.enums import Phase


@pytest.fixture
def milestone(db):
    return factories.milestone(start=NOW + timedelta(days=30))


def line(milestone, **fields) -> Line:
    defaults = {
        "name": "Reminder",
        "milestone": milestone,
        "offset": -5,
        "audience": {"affected": True},
        "kind": NoticeKind.REMINDER,
        "channels": [Channel.EMAIL],
    }
    return Line(**{**defaults, **fields})


def test_words_nobody_has_touched_follow_the_kind(milestone, ana):
    step = planning.add_step(milestone.upgrade, line(milestone), by=ana)

    planning.change_step(step, line(milestone, kind=NoticeKind.FINAL), by=ana, now=NOW)

    assert Notice.objects.get().words == wording.of(NoticeKind.FINAL)


def test_words_somebody_has_written_stay(milestone, ana):
    step = planning.add_step(milestone.upgrade, line(milestone), by=ana)
    Notice.objects.update(words=factories.WORDS)

    planning.change_step(step, line(milestone, kind=NoticeKind.FINAL), by=ana, now=NOW)

    notice = Notice.objects.get()
    assert (notice.kind, notice.words) == (NoticeKind.FINAL, factories.WORDS)


def test_a_new_name_takes_no_approval_away(milestone, ana):
    entry = line(milestone, name="Announcement", kind=NoticeKind.ANNOUNCEMENT)
    step = factories.step(milestone)
    notice = factories.approved_notice(step=step, audience=step.audience)

    planning.change_step(step, replace(entry, name="First word"), by=ana, now=NOW)

    notice.refresh_from_db()
    assert (notice.title, notice.state) == ("First word", NoticeState.APPROVED)


def test_a_step_moved_into_the_past_is_missed_not_sent(milestone, ana):
    step = factories.step(milestone, offset=-5)
    notice = factories.approved_notice(step=step, audience=step.audience)
    early = line(milestone, name="Announcement", kind=NoticeKind.ANNOUNCEMENT, offset=-60)

    planning.change_step(step, early, by=ana, now=NOW)

    notice.refresh_from_db()
    assert notice.state == NoticeState.MISSED


def test_a_notice_that_becomes_a_meeting_is_cancelled_and_back_again_has_a_draft(milestone, ana):
    step = planning.add_step(milestone.upgrade, line(milestone), by=ana)

    planning.change_step(step, line(milestone, medium=Medium.MEETING), by=ana, now=NOW)
    planning.change_step(step, line(milestone), by=ana, now=NOW)

    assert list(Notice.objects.order_by("pk").values_list("state", "step")) == [
        (NoticeState.CANCELLED, None),
        (NoticeState.DRAFT, step.pk),
    ]


def test_a_step_of_a_milestone_that_is_gone_does_not_come_back(milestone, ana):
    step = factories.step(milestone, medium=Medium.MEETING)
    pk = step.pk
    planning.delete_step(step, by=ana, now=NOW)
    milestone.delete()

    with pytest.raises(NotPossible, match="Its milestone is gone too"):
        planning.restore_step(milestone.upgrade, pk)


def test_a_step_of_another_upgrade_does_not_come_here(milestone, ana):
    step = factories.step(milestone, medium=Medium.MEETING)
    pk = step.pk
    planning.delete_step(step, by=ana, now=NOW)

    with pytest.raises(NotPossible, match="nothing to take back"):
        planning.restore_step(factories.upgrade(), pk)


def test_ticked_off_twice_keeps_who_was_first(milestone, ana, ben):
    step = factories.step(milestone, medium=Medium.MEETING)

    planning.tick_off(step, by=ana, now=NOW)
    planning.tick_off(step, by=ben, now=NOW + timedelta(days=1))

    step = PlanStep.objects.get()
    assert (step.done_by, step.done_at) == (ana, NOW)


def test_a_cancelled_upgrade_says_how_many_notices_it_stops(milestone, ana):
    factories.notice(milestone)
    factories.notice(milestone)
    factories.notice(milestone, kind=NoticeKind.CANCELLED)
    factories.notice(state=NoticeState.DRAFT)

    assert planning.change_phase(milestone.upgrade, phase=Phase.CANCELLED, by=ana, now=NOW) == 2
    assert Notice.objects.waiting().count() == 2


def test_what_waits_for_an_event_starts_with_the_words_for_it(milestone, ana):
    extended = {"trigger": Trigger.EVENT, "event": Event.EXTENDED, "offset": 0, "unit": Unit.MINUTES, "at": None}
    step = planning.add_step(milestone.upgrade, line(milestone, kind=NoticeKind.PROGRESS, **extended), by=ana, now=NOW)
    longer = wording.of(NoticeKind.PROGRESS, about=Event.EXTENDED)
    assert Notice.objects.get().words == longer != wording.of(NoticeKind.PROGRESS)

    planning.change_step(step, line(milestone, kind=NoticeKind.PROGRESS), by=ana, now=NOW)

    assert Notice.objects.get().words == wording.of(NoticeKind.PROGRESS)
