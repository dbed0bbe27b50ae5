"""An upgrade laid out from a template, saved as a template and laid out again has the same plan."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices import wording
from notices.enums import Medium, NoticeKind, NoticeState, Trigger
from notices.models import Notice, PlanStep
from notices.pipeline import planning, templates
from notices.pipeline.templates.shape import TemplateMilestone, TemplateStep
from tests import factories
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Upgrade

STARTS = datetime(2026, 9, 12, 20, tzinfo=UTC)  # a Saturday
OF_STEP = (
    *("name", "medium", "trigger", "edge", "offset", "unit", "at", "clock", "weekdays", "every_weeks", "event"),
    *("sender", "audience", "objective"),
)
OF_NOTICE = ("kind", "channels", "words", "asks_acknowledgement", "needs_approval", "send_at", "waits_for")


def windows(number=1, *, sites=()):
    return [
        planning.Window(f"Wave {at}", STARTS + timedelta(weeks=at), STARTS + timedelta(weeks=at, hours=6), sites)
        for at in range(number)
    ]


def laid_out(ana, template, number=1, **fields) -> Upgrade:
    values = {"country": "DE", "subdivision": "BE", "time_zone": "Europe/Berlin", "contact_name": "Desk"}
    return planning.create_upgrade(
        by=ana, template=template, windows=windows(number), **{"name": "New mail", "contact_email": "d@example.org"}
        | values | fields,
    )  # fmt: skip


def as_rows(upgrade) -> list:
    """The plan without keys: its steps, where they hang, what they wait for, and their notices."""
    steps = upgrade.steps.select_related("milestone", "after", "notice__survey").order_by("pk")
    return [
        [getattr(step, name) for name in OF_STEP]
        + [step.milestone.name, step.milestone.start, step.after and step.after.name]
        + ([getattr(step.notice, name) for name in OF_NOTICE] if step.medium == Medium.NOTICE else [])
        + ([step.notice.survey.title] if step.medium == Medium.NOTICE and step.notice.survey else [])
        for step in steps
    ]


def again(ana, upgrade, number=1) -> Upgrade:
    drawn = templates.saving.of(upgrade)
    assert drawn.left_out == []
    read = templates.files.from_toml(templates.files.to_toml(drawn.template), key="again")
    return laid_out(ana, read, number)


@pytest.mark.parametrize("key", [template.key for template in templates.known.shipped()])
@pytest.mark.parametrize("number", [1, 3])
def test_a_shipped_template_comes_back_from_its_upgrade(ana, key, number):
    factories.group("Service desk", people=[factories.person()])
    first = laid_out(ana, templates.known.find(key), number)

    second = again(ana, first, number)

    assert as_rows(second) == as_rows(first)
    assert templates.saving.of(first).template.has_waves is (number > 1)


def offsets():
    return st.builds(lambda count, unit: f"{count}{unit}", st.integers(-60, 60), st.sampled_from(["", "d", "m"]))


def clocks():
    return st.times().map(lambda at: f"{at:%H:%M}")


@st.composite
def steps(draw):
    """Any step that a template may hold; the first one is a decision that others wait for."""
    number = draw(st.integers(0, 999))
    when = draw(
        st.one_of(
            st.fixed_dictionaries({"offset": offsets(), "edge": st.sampled_from(["start", "end"])}),
            st.fixed_dictionaries(
                {
                    "weekdays": st.lists(st.sampled_from(templates.shape.WEEKDAYS), min_size=1, unique=True).map(
                        lambda days: tuple(sorted(days, key=templates.shape.WEEKDAYS.index))
                    ),
                    "every_weeks": st.integers(1, 4),
                }
            ),
            st.fixed_dictionaries({"event": st.sampled_from(["started", "slipped", "cancelled", "on_word"])}),
        )
    )
    exact = when.get("offset", "0m" if "event" in when else "").endswith("m")
    clock = {} if exact else {"at": draw(clocks()), "clock": draw(st.sampled_from(["place", "reader"]))}
    common = {
        "name": f"Step {number}",
        "on": draw(st.sampled_from(["first", "each", "last", "Rehearsal"])),
        "audience": draw(
            st.sampled_from([{"affected": True}, {"quadrants": ["manage_closely"]}, {"named": ["Board"]}])
        ),
        "sender": draw(st.sampled_from(["contact", "sponsor", "manager"])),
        "objective": draw(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)).strip(),
    }
    if draw(st.booleans()):
        return TemplateStep(medium=draw(st.sampled_from(["meeting", "training", "poster"])), **common, **when, **clock)
    return TemplateStep(
        kind=draw(st.sampled_from(["reminder", "announcement", "final"])),
        channels=draw(st.sampled_from([("email",), ("portal",), ("email", "portal")])),
        after=draw(st.sampled_from(["", "Go/no-go"])),
        acknowledge=draw(st.booleans()),
        approval=draw(st.booleans()),
        **common, **when, **clock,
    )  # fmt: skip


@given(
    drawn=st.lists(steps(), max_size=8, unique_by=lambda step: step.name),
    number=st.integers(1, 3),
    rehearsal=st.tuples(offsets(), clocks()),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_plan_comes_back(ana, drawn, number, rehearsal):
    factories.Group.objects.get_or_create(name="Board")
    offset, at = rehearsal
    template = templates.shape.PlanTemplate(
        key="any",
        name="Any",
        has_waves=True,
        milestones=(TemplateMilestone("Rehearsal", offset, at),),
        steps=(TemplateStep("Go/no-go", medium="decision", offset="-3", audience={"affected": True}), *drawn),
    )
    first = laid_out(ana, template, number)

    assert as_rows(again(ana, first, number)) == as_rows(first)


# What is not taken


def test_single_people_are_left_out_and_it_says_so(ana):
    milestone = factories.milestone(kind=MilestoneKind.GO_LIVE)
    person, group = factories.person(), factories.group("Board")
    both = factories.step(milestone, name="Both", audience={"groups": [group.pk], "people": [person.pk]})
    alone = factories.step(milestone, name="Alone", audience={"people": [person.pk]})
    for step in (both, alone):
        factories.notice(step=step, kind=NoticeKind.REMINDER, audience=step.audience)

    drawn = templates.saving.of(milestone.upgrade)

    assert [(step.name, step.audience) for step in drawn.template.steps] == [("Both", {"named": ["Board"]})]
    assert drawn.left_out == [
        "“Both” also goes to single people. They are left out: a template names groups only.",
        "“Alone” also goes to single people. They are left out: a template names groups only.",
        "“Alone” is left out: it goes to single people only.",
    ]


def test_words_of_its_own_come_along_without_the_names_of_the_old_upgrade(ana):
    upgrade = factories.upgrade("New mail", contact_name="Hannah Reid", services=[factories.service("Mail")])
    step = factories.step(factories.milestone(upgrade, kind=MilestoneKind.GO_LIVE))
    words = [
        {
            "language": "en",
            "level": "plain",
            "subject": "New mail is near",
            "body": "{{ first_name }}, Mail moves. Ask Hannah Reid. {% if why != '' %}Mail{% endif %}",
        }
    ]
    factories.notice(step=step, words=words)

    [step] = templates.saving.of(upgrade).template.steps

    assert [dict(one) for one in step.words] == [
        {
            "language": "en",
            "level": "plain",
            "subject": "{{ upgrade }} is near",
            "body": "{{ first_name }}, {{ services }} moves. Ask {{ contact_name }}. "
            "{% if why != '' %}{{ services }}{% endif %}",
        }
    ]


@pytest.mark.parametrize("said", ["on 13 May", "on 2026-05-13", "at 18:00", "am 3. März"])
def test_words_with_a_date_are_left_out_and_it_says_so(ana, said):
    step = factories.step(factories.milestone(kind=MilestoneKind.GO_LIVE), name="Reminder")
    factories.notice(step=step, words=[factories.WORDS[0] | {"body": f"Mail stops {said}."}])

    drawn = templates.saving.of(step.upgrade)

    assert [step.words for step in drawn.template.steps] == [()]
    assert drawn.left_out == [
        "The words of “Reminder” name a date or a time, so the usual ones of its kind stand in for them."
    ]


def test_usual_words_are_not_repeated(ana):
    step = factories.step(factories.milestone(kind=MilestoneKind.GO_LIVE))
    factories.notice(step=step, words=wording.of(NoticeKind.ANNOUNCEMENT))

    [step] = templates.saving.of(step.upgrade).template.steps

    assert step.words == ()


def test_a_step_of_one_wave_in_the_middle_is_left_out_and_it_says_so(ana):
    upgrade = laid_out(ana, templates.known.find("switch_replacement"), 3)
    middle = upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE).order_by("start")[1]
    factories.step(middle, name="Only here", medium=Medium.MEETING)
    PlanStep.objects.filter(milestone=middle, name="Reminder").update(offset=-6)

    drawn = templates.saving.of(upgrade)

    assert drawn.left_out == [
        "“Reminder” is on 2 of 3 windows. In the template it is for each of them.",
        "“Reminder” is left out: it belongs to 1 of 3 windows alone.",
        "“Only here” is left out: it belongs to 1 of 3 windows alone.",
    ]
    assert [step.offset for step in drawn.template.steps if step.name == "Reminder"] == ["-5"]


def test_a_cancelled_wave_does_not_count(ana):
    template = templates.known.find("switch_replacement")
    upgrade = laid_out(ana, template, 3)
    upgrade.milestones.filter(name="Wave 1").update(status=Status.CANCELLED)

    assert len(templates.saving.of(upgrade).template.steps) == len(template.steps)


def test_changed_questions_are_left_out_and_it_says_so(ana):
    upgrade = laid_out(ana, templates.known.find("planned_maintenance"))
    survey = upgrade.surveys.get()
    survey.questions.order_by("position").last().delete()

    drawn = templates.saving.of(upgrade)

    assert [step.survey for step in drawn.template.steps if step.survey] == ["pulse"]
    assert drawn.left_out == [
        f"The questions of “{survey.title}” are left out: a new upgrade starts with the set “How did it go with …?”."
    ]


# How a template is laid out


def test_the_last_reminder_waits_for_the_decision_of_its_own_wave(ana):
    upgrade = laid_out(ana, templates.known.find("os_rollout"), 2)

    final = upgrade.steps.filter(name="Final reminder").select_related("after").order_by("pk")
    assert [(step.after.name, step.after.milestone_id == step.milestone_id) for step in final] == [
        ("Go/no-go", True)
    ] * 2


def test_the_kit_lies_ready_and_has_no_time(ana):
    laid_out(ana, templates.known.find("planned_maintenance"))

    ready = Notice.objects.exclude(waits_for="").order_by("pk")
    assert [(notice.waits_for, notice.kind, notice.send_at, notice.state) for notice in ready] == [
        ("slipped", NoticeKind.POSTPONED, None, NoticeState.DRAFT),
        ("cancelled", NoticeKind.CANCELLED, None, NoticeState.DRAFT),
        ("extended", NoticeKind.PROGRESS, None, NoticeState.DRAFT),
        ("on_word", NoticeKind.ROLLED_BACK, None, NoticeState.DRAFT),
        ("on_word", NoticeKind.OUTAGE, None, NoticeState.DRAFT),
    ]
    assert ready[2].words == wording.of(NoticeKind.PROGRESS, about="extended")


def test_daily_fixes_hang_on_a_milestone_that_lasts_a_week(ana):
    upgrade = laid_out(ana, templates.known.find("erp_upgrade"))

    step = upgrade.steps.get(trigger=Trigger.CADENCE)
    assert (step.weekdays, step.milestone.name, (step.milestone.end - step.milestone.start).days) == (
        [0, 1, 2, 3, 4],
        "Hypercare",
        4,
    )


def test_a_further_milestone_is_at_the_sites_of_all_windows(ana):
    north, south = factories.site("North"), factories.site("South")
    both = [*windows(1, sites=[north]), planning.Window("Wave 2", STARTS + timedelta(weeks=9), None, [south])]
    everywhere = [*windows(1, sites=[north]), planning.Window("Wave 2", STARTS + timedelta(weeks=9), None)]

    def sites_of(chosen):
        upgrade = planning.create_upgrade(
            by=ana, template=templates.known.find("switch_replacement"), windows=chosen, name="Switches",
            contact_name="Desk", contact_email="d@example.org",
        )  # fmt: skip
        return {site.name for site in upgrade.milestones.get(name="All waves done").sites.all()}

    assert sites_of(both) == {"North", "South"}
    assert sites_of(everywhere) == set()


@pytest.mark.parametrize(
    ("groups", "rule"),
    [(["Service desk"], {"groups": True}), ([], {"categories": ["it"]})],
)  # fmt: skip
def test_categories_stand_in_for_a_group_that_is_not_there(db, groups, rule):
    made = [factories.group(name).pk for name in groups]

    found = planning.audience_here({"named": ["Service desk"], "otherwise": ["it"]})

    assert found == ({"groups": made} if made else rule)
