"""Whether everybody hears of it, and is heard (COV001, COV002, COV005, COV009 to COV011)."""

from datetime import timedelta

import pytest

from notices.enums import Edge, Medium, NoticeKind
from notices.models import Notice, PlanStep
from stakeholders.enums import Category
from stakeholders.models import Membership
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact
from upgrades.models import Milestone


@pytest.fixture
def staff(cai):
    return factories.group("Teaching", people=[cai])


@pytest.fixture
def window(staff):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


# COV001


def test_those_affected_who_hear_nothing_are_found_with_their_group(findings_of, window):
    found = findings_of("COV001", window.upgrade)

    assert [*found] == [at(window)]
    assert found[at(window)].sentence == (
        "“Move” starts on Mon 16 Mar 2026, 09:00 Europe/Berlin (CET), and 1 person whom it affects will not have heard "
        "of it: Teaching (1)."
    )


def test_whoever_is_announced_to_is_covered(findings_of, window, line):
    line(window)

    assert findings_of("COV001", window.upgrade) == {}


def test_a_status_page_alone_covers_nobody(findings_of, window, line):
    line(window, notice={"channels": ["portal"]})

    assert [*findings_of("COV001", window.upgrade)] == [at(window)]


def test_a_survey_or_a_notice_after_the_start_covers_nobody(findings_of, window, line):
    line(window, NoticeKind.SURVEY)
    line(window, NoticeKind.ANNOUNCEMENT, edge=Edge.END, offset=1)

    assert [*findings_of("COV001", window.upgrade)] == [at(window)]


def test_a_meeting_covers_those_who_are_in_it(findings_of, window, staff):
    factories.step(window, medium=Medium.MEETING, audience={"groups": [staff.pk]})

    assert findings_of("COV001", window.upgrade) == {}


def test_what_nobody_notices_needs_no_notice(findings_of, window):
    Milestone.objects.update(impact=Impact.NO_IMPACT)

    assert findings_of("COV001", window.upgrade) == {}


def test_the_first_window_speaks_for_the_later_ones(findings_of, window, line):
    factories.milestone(window.upgrade, name="Second", start=NOW + timedelta(days=16))
    line(window)

    assert findings_of("COV001", window.upgrade) == {}


def test_an_announcement_for_just_those_who_are_missing_mends_it(mend, window, line):
    heard = factories.group("Board", people=[factories.person()])
    window.upgrade.services.get().users.add(heard)
    line(window, audience={"groups": [heard.pk]})

    assert mend("COV001", window.upgrade, at(window)) == {}
    added = PlanStep.objects.latest("pk")
    assert added.audience == {"groups": [window.upgrade.services.get().users.get(name="Teaching").pk]}
    assert (added.offset, added.unit) == (-3, "business_days")


def test_an_announcement_of_a_window_that_is_near_goes_out_as_soon_as_it_can(mend, window):
    Milestone.objects.update(start=NOW + timedelta(hours=4), end=NOW + timedelta(hours=8))

    assert mend("COV001", window.upgrade, at(window)) == {}
    assert NOW < Notice.objects.get().send_at < NOW + timedelta(hours=4)


# COV002


def decider(window, who):
    one = factories.stakeholder(who, of=window.upgrade)
    factories.assessment(one, influence=90, interest=90)
    return one


def test_somebody_to_manage_closely_without_a_conversation_is_found_and_mended(findings_of, mend, window):
    one = decider(window, factories.person("Sam Sponsor"))

    assert [*findings_of("COV002", window.upgrade)] == [at(one)]
    assert mend("COV002", window.upgrade, at(one)) == {}


def test_somebody_with_a_meeting_in_the_plan_is_not(findings_of, window):
    person = factories.person("Sam Sponsor")
    decider(window, person)
    factories.step(window, medium=Medium.MEETING, audience={"people": [person.pk]})

    assert findings_of("COV002", window.upgrade) == {}


def test_somebody_with_little_influence_needs_no_conversation(findings_of, window):
    one = factories.stakeholder(factories.person(), of=window.upgrade)
    factories.assessment(one, influence=10, interest=90)

    assert findings_of("COV002", window.upgrade) == {}


# COV005


def test_a_plan_without_survey_and_review_is_found_and_mended(findings_of, mend, window):
    assert [*findings_of("COV005", window.upgrade)] == [at(window.upgrade)]
    assert mend("COV005", window.upgrade, at(window.upgrade)) == {}
    assert window.upgrade.surveys.get().title


def test_a_review_after_the_window_is_enough(findings_of, window):
    factories.step(window, medium=Medium.MEETING, edge=Edge.END, offset=20)

    assert findings_of("COV005", window.upgrade) == {}


def test_a_meeting_before_it_is_no_review(findings_of, window):
    factories.step(window, medium=Medium.MEETING)

    assert [*findings_of("COV005", window.upgrade)] == [at(window.upgrade)]


# COV009


@pytest.fixture
def announced(window):
    return factories.released_notice(window, audience={"affected": True})


def test_who_joined_after_the_announcement_is_found_and_gets_a_catch_up(findings_of, mend, window, staff, announced):
    late = factories.person("Lea Late", groups=[staff])

    found = findings_of("COV009", window.upgrade)

    assert found[at(window)].sentence.startswith("1 person came after “Move” on Mon 16 Mar 2026 had been announced")
    assert mend("COV009", window.upgrade, at(window)) == {}
    assert Notice.objects.latest("pk").audience == {"people": [late.pk]}


def test_who_got_the_announcement_is_not_late(findings_of, window, announced):
    assert findings_of("COV009", window.upgrade) == {}


def test_who_hears_by_a_reminder_in_time_is_not_late(findings_of, window, staff, announced, line):
    factories.person("Lea Late", groups=[staff])
    line(window, NoticeKind.REMINDER, offset=-3)

    assert findings_of("COV009", window.upgrade) == {}


def test_a_reminder_on_the_eve_comes_too_late_for_them(findings_of, window, staff, announced, line):
    factories.person("Lea Late", groups=[staff])
    line(window, NoticeKind.FINAL, offset=-1)

    assert [*findings_of("COV009", window.upgrade)] == [at(window)]


# COV010


def test_stakeholders_whom_nobody_looked_at_are_found_together(findings_of, window, cai):
    factories.stakeholder(cai, of=window.upgrade)
    old = factories.stakeholder(factories.person("Otto Old"), of=window.upgrade)
    factories.assessment(old, at=NOW - timedelta(days=91))

    found = findings_of("COV010", window.upgrade)

    assert [*found] == [at(window.upgrade)]
    assert "2 stakeholders should be looked at (1 never, 1 not for 90 days assessed)" in (
        found[at(window.upgrade)].sentence
    )


def test_stakeholders_who_were_looked_at_lately_are_not(findings_of, window, cai):
    factories.assessment(factories.stakeholder(cai, of=window.upgrade), at=NOW - timedelta(days=89))

    assert findings_of("COV010", window.upgrade) == {}


# COV011


@pytest.fixture
def vendor(window):
    group = factories.group("Carrier", people=[factories.person("Vera Vendor")], category=Category.VENDOR)
    factories.stakeholder(group, of=window.upgrade)
    return group


def test_a_vendor_whom_nothing_tells_is_found_and_mended(findings_of, mend, window, vendor, line):
    line(window)

    assert [*findings_of("COV011", window.upgrade)] == [at(vendor)]
    assert mend("COV011", window.upgrade, at(vendor)) == {}


def test_a_vendor_in_the_plan_is_not(findings_of, window, vendor, line):
    line(window, audience={"groups": [vendor.pk]})

    assert findings_of("COV011", window.upgrade) == {}


def test_a_vendor_without_people_needs_people(findings_of, window, vendor):
    Membership.objects.filter(group=vendor).delete()

    found = findings_of("COV011", window.upgrade)

    assert found[at(vendor)].fix.values == {"url": f"/groups/{vendor.pk}/"}


# Odd plans


def test_what_was_announced_long_ago_still_counts(findings_of, window):
    Milestone.objects.filter(pk=window.pk).update(impact=Impact.OUTAGE)
    long_ago = NOW - timedelta(days=200)
    factories.released_notice(window, audience={"affected": True}, now=long_ago)

    assert findings_of("COV001", window.upgrade) == {}
    assert findings_of("LEAD001", window.upgrade) == {}


def test_a_hall_is_no_conversation(findings_of, window, staff, ana):
    boss = factories.stakeholder(factories.person("Bea Boss"), of=window.upgrade)
    factories.assessment(boss, influence=90, interest=90)
    hall = factories.step(window, medium=Medium.TOWN_HALL, audience={"people": [boss.person_id]})

    assert [*findings_of("COV002", window.upgrade)] == [at(boss)]
    PlanStep.objects.filter(pk=hall.pk).update(medium=Medium.MEETING)
    assert findings_of("COV002", window.upgrade) == {}


def test_a_survey_that_was_cancelled_asks_nobody(findings_of, window, line):
    survey = factories.survey(window.upgrade)
    step = line(window, NoticeKind.SURVEY, edge=Edge.END, offset=3, notice={"survey": survey})

    assert findings_of("COV005", window.upgrade) == {}
    Notice.objects.filter(step=step).update(state="cancelled")
    assert [*findings_of("COV005", window.upgrade)] == [at(window.upgrade)]


def test_a_last_window_that_nobody_notices_hides_no_outage(findings_of, window):
    factories.milestone(window.upgrade, name="Quiet", kind="go_live", impact=0, start=NOW + timedelta(days=30))

    assert [*findings_of("COV005", window.upgrade)] == [at(window.upgrade)]


def test_an_announcement_is_for_a_whole_group_only_where_all_of_it_is_affected(mend, staff):
    here, there = factories.site("Here"), factories.site("There")
    factories.person("Far Fay", site=there, groups=[staff])
    near = factories.person("Near Ned", site=here, groups=[staff])
    upgrade = factories.upgrade("Switches", services=[factories.service("Net", users=[staff])])
    window = factories.milestone(upgrade, sites=[here])
    other = factories.person("Told Tom", site=here, groups=[staff])
    told = factories.step(window, medium=Medium.MEETING, audience={"people": [other.pk]})

    assert mend("COV001", upgrade, at(window)) == {}
    added = PlanStep.objects.filter(upgrade=upgrade).exclude(pk=told.pk).get()
    assert "groups" not in added.audience
    assert near.pk in added.audience["people"]
