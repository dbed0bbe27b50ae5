from datetime import timedelta

import pytest

from accounts.enums import Role
from notices.enums import Medium, NoticeKind, Trigger, Unit
from notices.lint import fixing, loading
from notices.models import DeliveryRules, Notice
from notices.pipeline import schedule
from stakeholders.enums import Category, Channel
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, MilestoneKind
from upgrades.models import Strategy

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TUESDAY, FRIDAY = NOW + DAY, NOW + 4 * DAY
THIS_WEEK = "week:202610"


@pytest.fixture
def window():
    """Two weeks from now, on a Monday."""
    return factories.milestone(factories.upgrade("Mail"), impact=Impact.NO_IMPACT, kind=MilestoneKind.STEP)


@pytest.fixture
def staff(cai):
    return factories.group("Staff", people=[cai])


def push(on, staff, *, at=TUESDAY, title="News", **fields):
    fields = {"kind": NoticeKind.NEWS, "audience": {"groups": [staff.pk]}, "send_at": at, "title": title} | fields
    return factories.notice(on, **fields)


def pushes(on, staff, number, **fields):
    return [push(on, staff, title=f"News {index}", **fields) for index in range(number)]


# FAT001


def test_three_messages_a_week_are_borne(findings_of, window, staff):
    pushes(window, staff, 3)

    assert findings_of("FAT001", window.upgrade) == {}


def test_more_than_three_messages_a_week_are_too_many_whoever_sends_them(findings_of, window, staff):
    pushes(window, staff, 2)
    erp = factories.upgrade("ERP")
    factories.released_notice(factories.milestone(erp), audience={"groups": [staff.pk]}, title="Hello")
    push(erp, staff, at=FRIDAY, title="Training")

    found = findings_of("FAT001", window.upgrade)

    assert [*found] == [THIS_WEEK]
    assert found[THIS_WEEK].sentence == (
        "In the week of Mon 2 Mar 2026 1 person gets more messages than they bear: “News 0” and “News 1”; "
        "“Hello” and “Training” of “ERP”."
    )


def test_the_group_that_is_hit_most_is_named(findings_of, window, staff):
    factories.group("Choir", people=[factories.person(groups=[staff]), factories.person()])
    pushes(window, staff, 4)

    assert "2 people, most of them in “Staff”, get more" in findings_of("FAT001", window.upgrade)[THIS_WEEK].sentence


@pytest.mark.parametrize(
    ("fields", "is_counted"),
    [
        ({}, True),
        ({"channels": [Channel.PORTAL]}, False),
        ({"channels": [Channel.EMAIL, Channel.PORTAL]}, True),
        ({"state": "cancelled"}, False),
        ({"send_at": NOW + 7 * DAY}, False),
    ],
)
def test_what_comes_to_people_counts_in_its_week(findings_of, window, staff, fields, is_counted):
    pushes(window, staff, 3)
    push(window, staff, **fields)

    assert bool(findings_of("FAT001", window.upgrade)) is is_counted


def test_the_live_notices_of_a_window_count_as_one(findings_of, window, staff):
    pushes(window, staff, 2)
    for kind in (NoticeKind.STARTED, NoticeKind.PROGRESS, NoticeKind.COMPLETED):
        push(window, staff, kind=kind)

    assert findings_of("FAT001", window.upgrade) == {}


def test_a_cadence_counts_at_each_turn(findings_of, window, staff):
    window.start, window.end = NOW, NOW + 5 * DAY
    window.save()
    step = factories.step(window, trigger=Trigger.CADENCE, weekdays=[1, 2, 3, 4], audience={"groups": [staff.pk]})
    push(window, staff, step=step, send_at=schedule.due_at(step))

    assert [*findings_of("FAT001", window.upgrade)] == [THIS_WEEK]
    assert [*findings_of("FAT001", factories.upgrade())] == []

    other = factories.milestone(impact=Impact.NO_IMPACT)
    push(other, staff)
    assert [*findings_of("FAT001", other.upgrade)] == [THIS_WEEK]


def stake(upgrade, who, *, influence, interest, **fields):
    factories.assessment(factories.stakeholder(who, of=upgrade, **fields), influence=influence, interest=interest)


def test_those_to_monitor_bear_one_message_a_week(findings_of, window, staff):
    stake(window.upgrade, staff, influence=10, interest=10)
    pushes(window, staff, 2)

    assert [*findings_of("FAT001", window.upgrade)] == [THIS_WEEK]


def test_those_who_feel_it_are_kept_informed_whatever_their_quadrant(findings_of, window, staff):
    stake(window.upgrade, staff, influence=10, interest=10, impact_on_them=Impact.OUTAGE)
    pushes(window, staff, 3)

    assert findings_of("FAT001", window.upgrade) == {}


def test_the_highest_cap_of_all_quadrants_counts(findings_of, window, staff, cai):
    stake(window.upgrade, staff, influence=10, interest=10)
    stake(factories.upgrade(), cai, influence=90, interest=90)
    pushes(window, staff, 5)

    assert findings_of("FAT001", window.upgrade) == {}


def test_an_upgrade_may_have_a_mind_of_its_own(findings_of, window, staff):
    stake(window.upgrade, staff, influence=10, interest=90)
    Strategy.objects.create(upgrade=window.upgrade, quadrant="keep_informed", pushes_a_week=4)
    pushes(window, staff, 4)

    assert findings_of("FAT001", window.upgrade) == {}


@pytest.mark.parametrize("who", ["desk", "speaker", "contact", "other"])
def test_those_whom_others_ask_bear_five(findings_of, window, who):
    made = factories.person(account=factories.account(role=Role.DEPARTMENT_CONTACT) if who == "contact" else None)
    ordinary = factories.group(people=[] if who == "speaker" else [made], representatives=[made] * (who == "speaker"))
    if who == "desk":
        factories.group("Service Desk", category=Category.IT, people=[made])
    pushes(window, ordinary, 5)

    assert bool(findings_of("FAT001", window.upgrade)) is (who == "other")


def test_the_least_urgent_line_moves_to_a_week_with_room(ana, findings_of, window, staff):
    for number, kind in enumerate([NoticeKind.ACTION, NoticeKind.REMINDER, NoticeKind.FINAL, NoticeKind.ANNOUNCEMENT]):
        step = factories.step(window, offset=-3 - number % 2, audience={"groups": [staff.pk]}, name=kind.label)
        push(window, staff, kind=kind, step=step, send_at=schedule.due_at(step), title=kind.label)
    (found,) = findings_of("FAT001", window.upgrade).values()

    assert found.fix.label == "Move “Reminder” to the week before"
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    assert findings_of("FAT001", window.upgrade) == {}
    assert Notice.objects.get(kind=NoticeKind.REMINDER).step.offset == -9


def test_where_no_line_can_move_somebody_has_to_look(findings_of, window, staff):
    pushes(window, staff, 4)

    assert findings_of("FAT001", window.upgrade)[THIS_WEEK].fix.act == "open"


def test_a_waiver_lapses_when_one_more_message_comes(findings_of, window, staff):
    pushes(window, staff, 4)
    before = findings_of("FAT001", window.upgrade)[THIS_WEEK].digest
    factories.person(groups=[staff])
    assert findings_of("FAT001", window.upgrade)[THIS_WEEK].digest == before
    push(factories.upgrade(), staff)

    assert findings_of("FAT001", window.upgrade)[THIS_WEEK].digest != before


# FAT002


def windows(staff, days, *, impact=Impact.OUTAGE, **fields):
    """Each of an upgrade of its own."""
    made = []
    for number in days:
        upgrade = factories.upgrade(services=[factories.service(users=[staff])])
        start = NOW + number * DAY
        made.append(
            factories.milestone(upgrade, start=start, end=start + DAY / 6, impact=impact, name=f"W{number}", **fields)
        )
    return made


def test_three_windows_within_a_month_wear_a_group_out(findings_of, staff):
    first, *_ = windows(staff, [3, 10, 30])

    (found,) = findings_of("FAT002", first.upgrade).values()

    assert "is one of 3 windows within 30 days for “Staff”" in found.sentence
    assert "“W10” of “Upgrade" in found.sentence


@pytest.mark.parametrize(("days", "impact"), [([3, 10], Impact.OUTAGE), ([3, 10, 34], Impact.OUTAGE), ([3, 9, 12], 1)])
def test_fewer_or_rarer_windows_are_borne(findings_of, staff, days, impact):
    first, *_ = windows(staff, days, impact=impact)

    assert findings_of("FAT002", first.upgrade) == {}


def test_waves_at_different_sites_hit_different_people(findings_of):
    sites = [factories.site() for _ in range(3)]
    staff = factories.group(people=[factories.person(site=site) for site in sites])
    upgrade = factories.upgrade(services=[factories.service(users=[staff])])
    for number, site in enumerate(sites):
        factories.milestone(upgrade, sites=[site], start=NOW + (3 + number) * DAY, end=None)

    assert findings_of("FAT002", upgrade) == {}


# FAT003


def invitation(window, staff, *, questions, at=TUESDAY, **fields):
    survey = factories.survey(window.upgrade, questions=questions)
    return push(window, staff, at=at, kind=NoticeKind.SURVEY, survey=survey, **fields)


def test_a_second_full_survey_within_a_month_is_too_much(findings_of, window, staff):
    invitation(window, staff, questions=4, title="First")
    second = invitation(window, staff, questions=4, at=NOW + 20 * DAY, title="Second")

    found = findings_of("FAT003", window.upgrade)

    assert [*found] == [f"notice:{second.pk}"]
    assert "“Second” asks 1 person whom “First” asks on Tue 3 Mar 2026" in found[f"notice:{second.pk}"].sentence


@pytest.mark.parametrize(("questions", "days"), [(3, 20), (4, 40)])
def test_pulses_and_rare_surveys_are_fine(findings_of, window, staff, questions, days):
    invitation(window, staff, questions=4)
    invitation(window, staff, questions=questions, at=NOW + days * DAY)

    assert findings_of("FAT003", window.upgrade) == {}


def test_a_survey_of_more_than_ten_minutes_is_too_long(findings_of, window, staff):
    long, short = invitation(window, staff, questions=60), invitation(window, factories.group(), questions=20)

    assert [*findings_of("FAT003", window.upgrade)] == [f"survey:{long.survey_id}"]
    assert short.survey_id != long.survey_id


# FAT004


@pytest.mark.parametrize(("times", "how"), [(2, "fewer than 3"), (3, ""), (7, ""), (8, "more than 7")])
def test_what_matters_is_said_three_to_seven_times(findings_of, staff, times, how):
    window = factories.milestone(factories.upgrade(services=[factories.service(users=[staff])]))
    for number in range(times):
        medium = Medium.TRAINING if number == 0 else Medium.NOTICE
        step = factories.step(window, offset=-1 - number, medium=medium)
        if medium == Medium.NOTICE:
            push(window, staff, kind=NoticeKind.REMINDER, step=step, send_at=schedule.due_at(step))

    found = [one.sentence for one in findings_of("FAT004", window.upgrade).values()]

    assert [how in sentence for sentence in found] == ([True] if how else [])


# Loading


def test_the_number_of_queries_does_not_grow(window, staff, django_assert_max_num_queries, django_assert_num_queries):
    def more():
        erp = factories.milestone(factories.upgrade())
        stake(erp.upgrade, factories.group(people=[factories.person()]), influence=10, interest=10)
        step = factories.step(erp, trigger=Trigger.CADENCE, weekdays=[1])
        push(erp, staff, step=step)
        invitation(window, staff, questions=4)
        push(window, staff, step=factories.step(window, unit=Unit.MINUTES))

    more()
    loading.load(window.upgrade, now=NOW)  # what is asked once in the life of a process
    with django_assert_max_num_queries(100) as first:
        loading.load(window.upgrade, now=NOW)
    more()
    more()

    with django_assert_num_queries(len(first)):
        loading.load(window.upgrade, now=NOW)


def test_where_delivery_holds_back_what_is_too_much_the_finding_says_so(findings_of, window, staff):
    DeliveryRules.objects.create(pk=1, most_per_week=3)
    pushes(window, staff, 3)
    push(window, staff, title="Outage", kind=NoticeKind.OUTAGE)

    (found,) = findings_of("FAT001", window.upgrade).values()

    assert found.sentence.endswith(
        " The rules let 3 a week through; what is more waits for a digest. “Outage” cannot wait and comes all the same."
    )
