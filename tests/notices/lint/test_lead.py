"""Whether people hear of it early enough (LEAD001 to LEAD005)."""

from datetime import timedelta

import pytest

from notices.enums import Medium, NoticeKind, NoticeState
from notices.lint import lead_times
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.enums import Category
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, MilestoneKind
from upgrades.models import Milestone


@pytest.fixture
def window(cai):
    staff = factories.group("Teaching", people=[cai])
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"impact": Impact.NO_IMPACT}, "0 business days"),
        ({"impact": Impact.DEGRADED}, "3 business days"),
        ({"impact": Impact.OUTAGE}, "5 business days"),
        ({"impact": Impact.OUTAGE, "kind": MilestoneKind.GO_LIVE}, "10 business days"),
        ({"impact": Impact.DEGRADED, "action": "Save your work."}, "10 business days"),
    ],
)
def test_the_least_time_follows_the_impact(db, fields, said):
    assert lead_times.of(factories.milestone(**fields), []).said == said


def test_a_wave_at_one_site_needs_less(db):
    wave = factories.milestone(kind=MilestoneKind.GO_LIVE, impact=Impact.OUTAGE, sites=[factories.site()])

    assert lead_times.of(wave, []) == lead_times.AREA


def test_the_earliest_day_leaves_the_whole_time(db):
    place = schedule.Place.of(factories.upgrade())

    assert f"{lead_times.DEGRADED.earliest_day(NOW.date(), place):%a %d %b}" == "Fri 06 Mar"


# LEAD001


def test_a_first_notice_that_is_too_late_is_found_and_moved(findings_of, mend, window, line):
    step = line(window, offset=-2)

    found = findings_of("LEAD001", window.upgrade)

    assert found[at(window)].sentence == (
        "1 person first hears of “Move” on Mon 16 Mar 2026 by “Announcement” on Thu 12 Mar 2026; 3 business days are "
        "the least, because something works worse: by Wed 11 Mar 2026."
    )
    assert mend("LEAD001", window.upgrade, at(window)) == {}
    assert PlanStep.objects.get(pk=step.pk).offset == -3


def test_a_first_notice_on_the_last_day_is_early_enough(findings_of, window, line):
    line(window, offset=-3)

    assert findings_of("LEAD001", window.upgrade) == {}


def test_what_went_out_counts_with_its_own_time(findings_of, window, line):
    factories.released_notice(window, audience={"affected": True})
    line(window, NoticeKind.REMINDER, offset=-1)

    assert findings_of("LEAD001", window.upgrade) == {}


def test_whoever_hears_nothing_is_another_rule(findings_of, window):
    assert findings_of("LEAD001", window.upgrade) == {}


def test_where_it_is_too_late_a_later_window_is_proposed(findings_of, window, line):
    Milestone.objects.update(start=NOW + timedelta(days=2), end=NOW + timedelta(days=2, hours=1))
    line(Milestone.objects.get(), offset=-1)

    fix = findings_of("LEAD001", window.upgrade)[at(window)].fix

    assert (fix.act, fix.label) == ("open", "Move the window to Fri 6 Mar 2026 or later")


def test_a_late_notice_on_another_window_stays_and_an_earlier_one_is_added(mend, window, line):
    second = factories.milestone(window.upgrade, name="Second", start=NOW + timedelta(days=15))
    line(window, offset=-1)

    assert at(window) in mend("LEAD001", window.upgrade, at(second))
    assert PlanStep.objects.filter(milestone=second).count() == 1


# LEAD002


def to_do(window, *, days):
    Milestone.objects.update(action="Save your work.", action_deadline=NOW + timedelta(days=days))
    return Milestone.objects.get()


def test_a_deadline_that_leaves_too_little_time_is_found_and_moved(findings_of, mend, window, line):
    line(window, offset=-5)  # on Monday 9 March at nine
    to_do(window, days=9)  # on Wednesday 11 March at nine

    assert "that takes 3 business days" in findings_of("LEAD002", window.upgrade)[at(window)].sentence
    assert mend("LEAD002", window.upgrade, at(window)) == {}
    assert f"{Milestone.objects.get().action_deadline:%a %d %b %H:%M}" == "Thu 12 Mar 08:00"


def test_a_deadline_three_business_days_later_is_fine(findings_of, window, line):
    line(window, offset=-5)
    to_do(window, days=10)

    assert findings_of("LEAD002", window.upgrade) == {}


def test_a_deadline_that_cannot_move_leads_to_the_window(findings_of, window, line):
    line(window, offset=-2)
    to_do(window, days=11)

    assert findings_of("LEAD002", window.upgrade)[at(window)].fix.act == "open"


# LEAD003


def test_an_outage_without_a_last_reminder_is_found_and_mended(findings_of, mend, window, line):
    Milestone.objects.update(impact=Impact.OUTAGE)
    line(window)

    assert [*findings_of("LEAD003", window.upgrade)] == [at(window)]
    assert mend("LEAD003", window.upgrade, at(window)) == {}
    assert f"{Notice.objects.latest('pk').send_at:%a %d %b}" == "Fri 13 Mar"


def test_an_outage_with_one_on_the_last_business_day_is_not(findings_of, window, line):
    Milestone.objects.update(impact=Impact.OUTAGE)
    line(window, NoticeKind.FINAL, offset=-1)

    assert findings_of("LEAD003", window.upgrade) == {}


def test_what_only_works_worse_needs_no_last_reminder(findings_of, window, line):
    line(window)

    assert findings_of("LEAD003", window.upgrade) == {}


# LEAD004


@pytest.mark.parametrize("state", [NoticeState.DRAFT, NoticeState.IN_REVIEW, NoticeState.MISSED])
def test_what_missed_its_time_is_found_and_taken_out(findings_of, mend, window, line, state):
    step = line(window, offset=-12, notice={"state": state})

    assert [*findings_of("LEAD004", window.upgrade)] == [at(step)]
    assert mend("LEAD004", window.upgrade, at(step)) == {}


def test_what_has_gone_out_is_not(findings_of, window, line):
    factories.released_notice(step=factories.step(window, offset=-12), audience={"affected": True})

    assert findings_of("LEAD004", window.upgrade) == {}


def test_what_is_still_to_come_is_not(findings_of, window, line):
    line(window)

    assert findings_of("LEAD004", window.upgrade) == {}


def test_a_meeting_in_the_past_is_not(findings_of, window):
    factories.step(window, medium=Medium.MEETING, offset=-12)

    assert findings_of("LEAD004", window.upgrade) == {}


# LEAD005


@pytest.fixture
def vendor(window):
    group = factories.group("Carrier", people=[factories.person("Vera Vendor")], category=Category.VENDOR)
    factories.stakeholder(group, of=window.upgrade)
    return group


def test_a_vendor_who_hears_late_is_found_and_told_in_time(findings_of, mend, window, vendor, line):
    line(window, audience={"groups": [vendor.pk]}, offset=-5)

    assert "contracts ask for at least 7 business days" in findings_of("LEAD005", window.upgrade)[at(vendor)].sentence
    assert mend("LEAD005", window.upgrade, at(vendor)) == {}


def test_a_vendor_who_hears_in_time_is_not(findings_of, window, vendor, line):
    line(window, audience={"groups": [vendor.pk]}, offset=-7)

    assert findings_of("LEAD005", window.upgrade) == {}


def test_a_vendor_who_hears_nothing_is_another_rule(findings_of, window, vendor):
    assert findings_of("LEAD005", window.upgrade) == {}


def test_a_reminder_on_each_working_day_reminds_on_the_eve(findings_of, window, line):
    Milestone.objects.filter(pk=window.pk).update(impact=Impact.OUTAGE)
    assert at(window) in findings_of("LEAD003", window.upgrade)

    line(window, NoticeKind.REMINDER, trigger="cadence", weekdays=[0, 1, 2, 3, 4], offset=0)

    assert findings_of("LEAD003", window.upgrade) == {}
