from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import time
from notices.enums import Edge, Medium, NoticeKind, NoticeState, Unit
from notices.insight import lines
from notices.models import Notice, PlanStep
from notices.pipeline import approve
from tests import factories
from upgrades import rescheduling
from upgrades.enums import Impact


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def milestone(db):
    return factories.milestone(start=timezone.now() + timedelta(days=40))


def plan_of(upgrade, **query):
    return reverse("upgrade_plan", args=[upgrade.slug], query=query)


def at(step, name):
    return reverse(name, args=[step.upgrade.slug, step.pk])


def planned(milestone, **fields):
    """A step with its draft."""
    step = factories.step(milestone, **fields)
    return factories.notice(step=step, title=step.name, audience=step.audience)


def typed(on, **fields):
    return {
        "name": "Reminder",
        "medium": Medium.NOTICE,
        "kind": NoticeKind.REMINDER,
        "count": "5",
        "unit": Unit.BUSINESS_DAYS,
        "direction": "before",
        "edge": Edge.START,
        "milestone": str(on.pk),
        "at": "09:00",
        "affected": "on",
        "channels": ["email"],
        "needs_approval": "on",
        **fields,
    }


# The table


def test_steps_stand_under_their_milestones_in_the_order_of_time(signed_in, milestone):
    later = factories.milestone(milestone.upgrade, name="Clean-up", start=milestone.start + timedelta(days=30))
    factories.step(later, name="Thanks")
    factories.step(milestone, name="Reminder", offset=-5)
    factories.step(milestone, name="Announcement", offset=-10)
    factories.notice(milestone, title="By hand", send_at=milestone.start)

    sections = signed_in.get(plan_of(milestone.upgrade)).context["sections"]

    assert [(section.milestone.name, [line.name for line in section.lines]) for section in sections] == [
        ("Go-live", ["Announcement", "Reminder", "By hand"]),
        ("Clean-up", ["Thanks"]),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"offset": -10}, "10 business days before the start of Go-live"),
        ({"offset": 1, "edge": Edge.END}, "1 business day after the end of Go-live"),
        ({"offset": -30, "unit": Unit.CALENDAR_DAYS}, "30 days before the start of Go-live"),
        ({"offset": 0}, "On the day of the start of Go-live"),
        ({"offset": -120, "unit": Unit.MINUTES}, "2 hours before the start of Go-live"),
        ({"offset": 0, "unit": Unit.MINUTES, "edge": Edge.END}, "At the end of Go-live"),
    ],
)
def test_when_is_said_in_words(db, milestone, fields, words):
    assert lines.in_words(factories.step(milestone, **fields)) == words


def test_what_is_done_or_out_stays_where_it_was_when_the_date_moves(signed_in, ana, milestone):
    out = factories.released_notice(milestone, people=[factories.person()])
    out.step = factories.step(milestone, name="Out", offset=-34, unit=Unit.CALENDAR_DAYS)
    out.save()
    factories.step(milestone, name="Ticked", offset=-34, unit=Unit.CALENDAR_DAYS, done_at=timezone.now(), done_by=ana)
    factories.step(milestone, name="Open", offset=-34, unit=Unit.CALENDAR_DAYS)
    before = {line.step.name: line.due for line in lines.of(milestone.upgrade, now=timezone.now())}
    then = time.short_day(milestone.start.astimezone(ZoneInfo(milestone.upgrade.time_zone)).date())

    milestone.start, milestone.end = milestone.start + timedelta(days=7), milestone.end + timedelta(days=7)
    milestone.save()
    moved = milestone.events.filter(start=milestone.start)
    moved.update(pgh_created_at=timezone.now() + timedelta(minutes=1))  # a test is one moment for the database

    after = {line.step.name: line for line in lines.of(milestone.upgrade, now=timezone.now())}
    assert {name for name, line in after.items() if line.due == before[name]} == {"Out", "Ticked"}
    words = "34 days before the start of Go-live"
    assert {name: line.relative for name, line in after.items()} == {
        "Out": f"{words}, then planned for {then}",
        "Ticked": f"{words}, then planned for {then}",
        "Open": words,
    }


def test_an_audience_is_a_sentence_with_its_size(signed_in, milestone):
    people = [factories.person(), factories.person()]
    group = factories.group("Service desk", people=people)
    planned(milestone, audience={"groups": [group.pk]})

    [line] = signed_in.get(plan_of(milestone.upgrade)).context["lines"]

    assert (line.audience, line.size) == ("Service desk", 2)


@pytest.mark.parametrize("number", [1, 3])
def test_the_plan_takes_thirteen_queries(signed_in, milestone, number, django_assert_num_queries):
    for _ in range(number):
        group = factories.group(people=[factories.person()])
        planned(milestone, audience={"groups": [group.pk]})
        factories.step(milestone, medium=Medium.MEETING, audience={"affected": True})
        factories.released_notice(milestone, people=[factories.person()])

    with django_assert_num_queries(13):
        signed_in.get(plan_of(milestone.upgrade))


def test_a_reader_sees_the_plan_and_no_acts(client, milestone):
    step = planned(milestone).step
    client.force_login(factories.account("Rita Reader", role=Role.READER))

    page = client.get(plan_of(milestone.upgrade)).content.decode()

    assert step.name in page
    assert at(step, "step_edit") not in page
    assert at(step, "step_delete") not in page


def test_only_what_this_account_may_approve_is_offered(client, ana, ben, milestone):
    outage = factories.milestone(milestone.upgrade, impact=Impact.OUTAGE, start=milestone.start)
    for on, author in ((outage, ana), (outage, ben), (milestone, ana)):
        approve.submit(factories.notice(on, author=author), by=author, now=timezone.now())
    colleague = factories.notice(outage, author=ben)
    Notice.objects.filter(pk=colleague.pk).update(author=ana)
    Notice.objects.filter(pk=colleague.pk).update(author=ben)
    approve.submit(colleague, by=ben, now=timezone.now())

    offered = []
    for account in (ana, ben, factories.account("Rita Reader", role=Role.READER)):
        client.force_login(account)
        offered.append(client.get(plan_of(milestone.upgrade)).context["approvable"])

    assert offered == [2, 2, 0]


def test_no_button_approves_nothing(signed_in, ana, milestone):
    outage = factories.milestone(milestone.upgrade, impact=Impact.OUTAGE, start=milestone.start)
    approve.submit(factories.notice(outage, author=ana), by=ana, now=timezone.now())

    page = signed_in.get(plan_of(milestone.upgrade)).content.decode()

    assert reverse("plan_approve", args=[milestone.upgrade.slug]) not in page


def test_a_notice_by_hand_begins_here_and_a_reader_reads_why_not(client, ana, milestone):
    new = f'href="{reverse("notice_new", args=[milestone.upgrade.slug])}"'
    pages = [plan_of(milestone.upgrade), milestone.upgrade.get_absolute_url()]

    client.force_login(ana)
    assert [new in client.get(page).content.decode() for page in pages] == [True, True]
    client.force_login(factories.account("Rita Reader", role=Role.READER))
    assert [new in client.get(page).content.decode() for page in pages] == [False, False]
    assert "New notice<span" in client.get(pages[0]).content.decode()


# After a move


def test_after_a_move_every_unsent_notice_is_listed_from_and_to(signed_in, milestone):
    moving = planned(milestone, name="Announcement", offset=-10)
    gone = planned(milestone, name="Save the date", offset=-20)
    Notice.objects.filter(pk=gone.pk).update(state=NoticeState.MISSED)
    other = factories.milestone(milestone.upgrade, start=milestone.start)
    planned(other, name="Of another milestone")
    before = lines.of(milestone.upgrade, now=timezone.now())
    rescheduling.move(milestone, start=milestone.start + timedelta(days=7), end=milestone.end + timedelta(days=7))

    moved = signed_in.get(plan_of(milestone.upgrade, moved=milestone.pk)).context["moved"]

    was = {line.name: line.due for line in before}
    assert [(shift.line.notice, shift.before) for shift in moved["shifts"]] == [
        (gone, was["Save the date"]),
        (moving, was["Announcement"]),
    ]
    assert [shift.after for shift in moved["shifts"]] == [
        lines.of(milestone.upgrade, now=timezone.now())[at].due for at in (0, 1)
    ]


def test_what_was_in_the_past_before_the_move_and_still_is_is_not_listed(signed_in, milestone):
    planned(milestone, offset=-80)
    rescheduling.move(milestone, start=milestone.start + timedelta(days=1), end=milestone.end + timedelta(days=1))

    assert signed_in.get(plan_of(milestone.upgrade, moved=milestone.pk)).context["moved"]["shifts"] == []


def test_what_a_move_puts_into_the_past_is_said(signed_in, milestone):
    planned(milestone, offset=-10)
    soon = timezone.now() + timedelta(days=2)
    rescheduling.move(milestone, start=soon, end=soon + timedelta(hours=2))

    page = signed_in.get(plan_of(milestone.upgrade, moved=milestone.pk)).content.decode()

    assert "One notice is in the past now" in page


@pytest.mark.parametrize("moved", ["", "none", "999999", "1' or 1"])
def test_nonsense_about_a_move_shows_the_plain_plan(signed_in, milestone, moved):
    assert signed_in.get(plan_of(milestone.upgrade, moved=moved)).context["moved"] is None


# Steps


def test_a_new_step_makes_its_draft(signed_in, ana, milestone):
    answer = signed_in.post(reverse("step_new", args=[milestone.upgrade.slug]), typed(milestone))

    step = PlanStep.objects.get()
    assert answer.url == f"{plan_of(milestone.upgrade)}#step-{step.pk}"
    assert (step.offset, step.edge, step.audience) == (-5, Edge.START, {"affected": True})
    notice = step.notice
    assert (notice.title, notice.kind, notice.state, notice.author) == ("Reminder", "reminder", "draft", ana)
    assert (notice.audience, notice.channels) == ({"affected": True}, ["email"])
    assert [words["language"] for words in notice.words] == ["en", "de", "fr"]


def test_a_step_may_be_for_one_room_alone(signed_in, milestone):
    room = factories.person(name="#it-news", email="", is_list=True)

    signed_in.post(
        reverse("step_new", args=[milestone.upgrade.slug]), typed(milestone, affected="", **{"people-add": room.name})
    )

    assert PlanStep.objects.get().audience == {"people": [room.pk]}


def test_a_meeting_makes_no_notice(signed_in, milestone):
    signed_in.post(reverse("step_new", args=[milestone.upgrade.slug]), typed(milestone, medium=Medium.MEETING))

    assert (PlanStep.objects.count(), Notice.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"at": ""}, "at"),
        ({"affected": ""}, "affected"),
        ({"channels": []}, "channels"),
        ({"kind": NoticeKind.SURVEY}, "survey"),
        ({"not_answered": "on"}, "survey"),
        ({"milestone": "0"}, "milestone"),
        ({"count": "-1"}, "count"),
    ],
)
def test_a_step_is_checked(signed_in, milestone, fields, field):
    page = signed_in.post(reverse("step_new", args=[milestone.upgrade.slug]), typed(milestone, **fields))

    assert list(page.context["form"].errors) == [field]
    assert PlanStep.objects.count() == 0


def test_minutes_need_no_time_of_day(signed_in, milestone):
    fields = typed(milestone, unit=Unit.MINUTES, count="30", direction="after", edge=Edge.END, at="09:00")

    signed_in.post(reverse("step_new", args=[milestone.upgrade.slug]), fields)

    step = PlanStep.objects.get()
    assert (step.offset, step.at) == (30, None)


def change(client, step, fields):
    """What the page posts that shows the step as it is now."""
    seen = client.get(at(step, "step_edit")).context["form"]["seen"].value()
    return client.post(at(step, "step_edit"), fields | {"seen": seen})


def test_step_and_notice_stay_in_agreement(signed_in, milestone):
    step = planned(milestone, name="Announcement").step
    group = factories.group()
    fields = typed(
        milestone, name="Early word", kind=NoticeKind.SAVE_THE_DATE, affected="", groups=[group.pk], count="20"
    )

    change(signed_in, step, fields)

    step.refresh_from_db()
    notice = Notice.objects.get()
    assert (step.name, notice.title) == ("Early word", "Early word")
    assert step.audience == notice.audience == {"groups": [group.pk]}
    assert notice.kind == NoticeKind.SAVE_THE_DATE
    assert notice.send_at == lines.of(step.upgrade, now=timezone.now())[0].due


def test_the_form_comes_back_as_it_was_saved(signed_in, milestone):
    step = planned(milestone, offset=3, edge=Edge.END, audience={"quadrants": ["monitor"]}).step

    form = signed_in.get(at(step, "step_edit")).context["form"]

    shown = {name: form[name].value() for name in ("count", "direction", "edge", "quadrants", "kind")}
    assert shown == {
        "count": 3, "direction": "after", "edge": "end", "quadrants": ["monitor"], "kind": "announcement",
    }  # fmt: skip


def test_another_time_asks_again_and_another_audience_makes_it_a_draft(signed_in, milestone, ben):
    step = factories.step(milestone, offset=-10)
    notice = factories.approved_notice(step=step, audience=step.audience, title=step.name, now=timezone.now())
    same = {"name": step.name, "kind": NoticeKind.ANNOUNCEMENT}

    change(signed_in, step, typed(milestone, **same, count="9"))
    after_another_time = Notice.objects.get(pk=notice.pk).state
    change(signed_in, step, typed(milestone, **same, count="9", representatives_only="on"))

    assert (after_another_time, Notice.objects.get(pk=notice.pk).state) == (NoticeState.IN_REVIEW, NoticeState.DRAFT)


def test_two_who_edit_one_step_overwrite_nothing(signed_in, milestone):
    step = planned(milestone, name="Announcement").step
    seen = signed_in.get(at(step, "step_edit")).context["form"]["seen"].value()
    change(signed_in, step, typed(milestone, name="First", kind=NoticeKind.ANNOUNCEMENT))

    response = signed_in.post(
        at(step, "step_edit"), typed(milestone, name="Second", kind=NoticeKind.ANNOUNCEMENT) | {"seen": seen}
    )

    assert PlanStep.objects.get().name == "First"
    assert ("First", "Second") in [(one.stored, one.typed) for one in response.context["form"].clashes]
    assert "Somebody else saved this" in response.content.decode()


def test_the_step_of_a_sent_notice_is_history(signed_in, milestone, cai):
    step = factories.step(milestone)
    factories.released_notice(step=step, people=[cai])

    page = change(signed_in, step, typed(milestone, name="Too late")).content.decode()

    assert "its step is history" in page
    assert PlanStep.objects.get().name == "Announcement"


# Out of the plan, and back


def test_a_step_taken_out_cancels_its_notice_and_undo_brings_both_back(signed_in, milestone, ben):
    step = factories.step(milestone)
    notice = factories.approved_notice(step=step, audience=step.audience, now=timezone.now(), by=ben)
    revision = notice.approved_revision

    page = signed_in.post(at(step, "step_delete"), follow=True).content.decode()

    taken = Notice.objects.get(pk=notice.pk)
    assert PlanStep.objects.count() == 0
    assert (taken.state, taken.step, taken.reason) == ("cancelled", None, "Its step was taken out of the plan.")
    assert f'action="{at(step, "step_restore")}"' in page

    signed_in.post(at(step, "step_restore"))

    back = Notice.objects.get(pk=notice.pk)
    assert PlanStep.objects.get() == step
    assert (back.state, back.step, back.approved_revision, back.approved_by) == ("approved", step, revision, ben)


def test_undo_twice_brings_back_once(signed_in, milestone):
    step = planned(milestone).step
    signed_in.post(at(step, "step_delete"))

    signed_in.post(at(step, "step_restore"))
    page = signed_in.post(at(step, "step_restore"), follow=True).content.decode()

    assert PlanStep.objects.count() == 1
    assert "There is nothing to take back." in page


def test_what_has_gone_out_stays_when_its_step_goes(signed_in, milestone, cai):
    step = factories.step(milestone)
    notice = factories.released_notice(step=step, people=[cai])

    signed_in.post(at(step, "step_delete"))

    assert Notice.objects.get(pk=notice.pk).state == NoticeState.RELEASED


def test_a_meeting_is_ticked_off_by_somebody_and_opened_again(signed_in, ana, milestone):
    step = factories.step(milestone, medium=Medium.MEETING)

    signed_in.post(at(step, "step_tick"))
    done = PlanStep.objects.get()
    signed_in.post(at(step, "step_untick"))

    assert (done.done_by, done.done_at is not None) == (ana, True)
    assert PlanStep.objects.get().done_at is None


def test_a_notice_is_not_ticked_off(signed_in, milestone):
    step = planned(milestone).step

    signed_in.post(at(step, "step_tick"))

    assert PlanStep.objects.get().done_at is None


@pytest.mark.parametrize("name", ["step_delete", "step_restore", "step_tick", "step_untick", "step_edit"])
def test_a_reader_changes_no_step(client, milestone, name):
    step = factories.step(milestone, medium=Medium.MEETING)
    client.force_login(factories.account("Rita Reader", role=Role.READER))

    assert client.post(at(step, name)).status_code == 403
    assert PlanStep.objects.filter(done_at=None).count() == 1


@pytest.mark.parametrize("name", ["step_delete", "step_restore", "step_tick", "step_untick", "plan_submit"])
def test_following_a_link_changes_nothing(signed_in, milestone, name):
    step = planned(milestone).step
    args = [milestone.upgrade.slug] if name == "plan_submit" else [milestone.upgrade.slug, step.pk]

    assert signed_in.get(reverse(name, args=args)).status_code == 405


# All at once


def test_all_drafts_are_submitted_and_those_that_cannot_say_why(signed_in, ana, milestone):
    planned(milestone, name="Good")
    wordless = planned(milestone, name="Wordless")
    Notice.objects.filter(pk=wordless.pk).update(words=[])
    free = planned(milestone, name="Free")
    Notice.objects.filter(pk=free.pk).update(needs_approval=False)
    factories.waive_errors(milestone.upgrade, by=ana, now=timezone.now())

    page = signed_in.post(reverse("plan_submit", args=[milestone.upgrade.slug]), follow=True)

    states = dict(Notice.objects.values_list("title", "state"))
    assert states == {"Good": "in_review", "Wordless": "draft", "Free": "approved"}
    [refused] = page.context["outcome"]["refused"]
    assert (page.context["outcome"]["done"], [one["title"] for one in refused["notices"]]) == (2, ["Wordless"])
    assert "There are no words yet." in refused["reason"]


def test_the_outcome_is_told_once(signed_in, milestone):
    planned(milestone)
    signed_in.post(reverse("plan_submit", args=[milestone.upgrade.slug]), follow=True)

    assert signed_in.get(plan_of(milestone.upgrade)).context["outcome"] is None


def test_nobody_approves_alone_what_takes_four_eyes(signed_in, ana, milestone, ben):
    outage = factories.milestone(milestone.upgrade, impact=Impact.OUTAGE, start=milestone.start)
    for on, author in ((outage, ana), (outage, ben), (milestone, ana)):
        made = factories.notice(on, author=author, title=f"{on.impact} by {author}")
        approve.submit(made, by=author, now=timezone.now())

    page = signed_in.post(reverse("plan_approve", args=[milestone.upgrade.slug]), follow=True)

    assert dict(Notice.objects.values_list("title", "state")) == {
        f"{Impact.OUTAGE} by {ana}": "in_review",
        f"{Impact.OUTAGE} by {ben}": "approved",
        f"{Impact.DEGRADED} by {ana}": "approved",
    }
    assert [group["reason"] for group in page.context["outcome"]["refused"]] == [
        "Somebody else than its author has to approve it: it announces an outage."
    ]
