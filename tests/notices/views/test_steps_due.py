"""What makes a step due, from the form to the rows of the plan."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.enums import Clock, Event, Medium, NoticeKind, NoticeState, Sender, Trigger, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import approve, planning, schedule
from notices.pipeline.planning import Line, NotPossible
from stakeholders.enums import Channel
from tests import factories
from tests.notices.views.test_plan import at, plan_of, typed
from upgrades.enums import Status


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def milestone(db):
    start = timezone.now() + timedelta(days=40)
    return factories.milestone(start=start, end=start + timedelta(days=28))


@pytest.fixture
def decision(milestone):
    return factories.step(milestone, name="Go/no-go decision", medium=Medium.DECISION)


def add(client, milestone, **fields):
    return client.post(reverse("step_new", args=[milestone.upgrade.slug]), typed(milestone, **fields))


def words(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


CADENCE = {
    "trigger": Trigger.CADENCE,
    "weekdays": ["4"],
    "every_weeks": "1",
    "at": "16:00",
    "kind": NoticeKind.PROGRESS,
}
EVENT = {"trigger": Trigger.EVENT, "event": Event.CANCELLED, "delay": "0", "kind": NoticeKind.CANCELLED}


def test_every_friday_is_added_and_said_with_its_next_time(signed_in, milestone):
    add(signed_in, milestone, **CADENCE)

    step = PlanStep.objects.get()
    assert (step.trigger, step.weekdays, step.at, step.offset) == (Trigger.CADENCE, [4], time(16), 0)
    assert step.notice.send_at == schedule.turns(step)[0]
    assert "Every Friday, 16:00, while it is in process" in words(signed_in.get(plan_of(milestone.upgrade)))


def test_a_cadence_needs_a_day_and_a_time(signed_in, milestone):
    page = add(signed_in, milestone, **CADENCE | {"weekdays": [], "at": ""})

    assert page.context["form"].errors == {
        "weekdays": ["Choose at least one day of the week."],
        "at": ["Give a time of day."],
    }


def test_a_kit_waits_and_says_for_what(signed_in, milestone):
    add(signed_in, milestone, **EVENT)

    notice = Notice.objects.get()
    assert (notice.waits_for, notice.send_at, notice.step.unit) == (Event.CANCELLED, None, Unit.MINUTES)
    assert "When it is cancelled" in words(signed_in.get(plan_of(milestone.upgrade)))
    assert "When it is cancelled" in words(signed_in.get(notice.get_absolute_url()))


def test_an_event_has_to_be_chosen(signed_in, milestone):
    page = add(signed_in, milestone, **EVENT | {"event": ""})

    assert page.context["form"].errors == {"event": ["Say what has to happen."]}


def test_what_is_cancelled_takes_a_kind_that_is_still_true(signed_in, milestone):
    page = add(signed_in, milestone, **EVENT | {"kind": NoticeKind.REMINDER})

    assert list(page.context["form"].errors) == ["kind"]


def test_what_does_not_belong_to_the_choice_does_not_count(signed_in, milestone):
    add(signed_in, milestone, trigger=Trigger.OFFSET, weekdays=["1"], event=Event.STARTED, every_weeks="99", delay="x")
    add(signed_in, milestone, **CADENCE | {"count": "", "event": Event.STARTED})
    add(signed_in, milestone, **EVENT | {"count": "-1", "weekdays": ["3"], "at": "nine"})

    found = PlanStep.objects.order_by("pk").values_list("trigger", "weekdays", "event", "offset")
    assert list(found) == [("offset", [], "", -5), ("cadence", [4], "", 0), ("event", [], "cancelled", 0)]


@pytest.mark.parametrize("fields", [CADENCE, EVENT])
def test_what_people_do_is_on_a_day(signed_in, milestone, fields):
    page = add(signed_in, milestone, **fields | {"medium": Medium.POSTER})

    assert list(page.context["form"].errors) == ["trigger"]


def test_nine_where_each_reader_is_shows_so_everywhere(signed_in, milestone):
    add(signed_in, milestone, clock=Clock.READER)
    schedule.refresh(now=timezone.now())

    notice = Notice.objects.get()
    assert (notice.local_at, notice.step.clock) == (time(9), Clock.READER)
    assert "09:00, where each reader is" in words(signed_in.get(plan_of(milestone.upgrade)))
    assert "09:00, where each reader is" in words(signed_in.get(notice.get_absolute_url()))
    assert "5 business days before the start of Go-live, 09:00 where each reader is" in words(
        signed_in.get(plan_of(milestone.upgrade))
    )


def test_minutes_are_the_same_everywhere(signed_in, milestone):
    page = add(signed_in, milestone, clock=Clock.READER, unit=Unit.MINUTES)

    assert list(page.context["form"].errors) == ["clock"]


def test_a_step_waits_for_a_decision_and_says_so(signed_in, milestone, decision):
    add(signed_in, milestone, after=str(decision.pk))

    assert "waits for “Go/no-go decision”" in words(signed_in.get(plan_of(milestone.upgrade)))


def test_a_poster_or_another_plan_is_no_decision(signed_in, milestone):
    poster = factories.step(milestone, name="Poster", medium=Medium.POSTER)
    elsewhere = factories.step(name="Elsewhere", medium=Medium.DECISION)

    for one in (poster, elsewhere):
        page = add(signed_in, milestone, after=str(one.pk))
        assert list(page.context["form"].errors) == ["after"]


def line(milestone, **fields) -> Line:
    defaults = {"name": "Reminder", "milestone": milestone, "offset": -5, "audience": {"affected": True}}
    return Line(**defaults | {"kind": NoticeKind.REMINDER, "channels": [Channel.EMAIL]} | fields)


def test_no_step_waits_for_itself_by_way_of_others(milestone, decision, ana):
    meeting = line(milestone, medium=Medium.MEETING, after=decision)
    second = planning.add_step(milestone.upgrade, meeting, by=ana)

    with pytest.raises(NotPossible, match="does not wait for it"):
        planning.change_step(
            decision, line(milestone, medium=Medium.DECISION, after=second), by=ana, now=timezone.now()
        )


def test_a_mail_comes_from_the_contact_or_the_sponsor(signed_in, milestone):
    page = add(signed_in, milestone, sender=Sender.MANAGER)
    add(signed_in, milestone, sender=Sender.SPONSOR)

    assert list(page.context["form"].errors) == ["sender"]
    assert PlanStep.objects.get().sender == Sender.SPONSOR


def test_the_form_shows_what_is_stored_and_saves_it_as_it_was(signed_in, milestone, decision, ben):
    values = CADENCE | {
        "after": str(decision.pk),
        "owner": str(ben.pk),
        "sender": Sender.SPONSOR,
        "clock": Clock.READER,
    }
    add(signed_in, milestone, **values)
    step = PlanStep.objects.get(trigger=Trigger.CADENCE)
    before = PlanStep.objects.filter(pk=step.pk).values().get()

    form = signed_in.get(at(step, "step_edit")).context["form"]
    data = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in data.items() if value not in (None, False, "")}
    response = signed_in.post(at(step, "step_edit"), sent | {"seen": form["seen"].value()})

    assert response.status_code == 302
    assert PlanStep.objects.filter(pk=step.pk).values().get() == before


def test_another_sender_or_event_needs_a_new_approval(milestone, ana):
    kit = line(milestone, trigger=Trigger.EVENT, event=Event.ON_WORD, unit=Unit.MINUTES, at=None, offset=0)
    step = planning.add_step(milestone.upgrade, kit, by=ana)
    Notice.objects.update(needs_approval=False)
    notice = Notice.objects.get()
    approve.schedule(notice, by=ana, now=timezone.now())

    other = line(milestone, trigger=Trigger.EVENT, event=Event.STARTED, unit=Unit.MINUTES, at=None, offset=0)
    planning.change_step(step, other, by=ana, now=timezone.now())

    notice.refresh_from_db()
    assert (notice.state, notice.waits_for) == (NoticeState.DRAFT, Event.STARTED)


def test_a_decision_that_is_taken_out_comes_back_with_all_that_waits_for_it(milestone, decision, ana):
    waiting = planning.add_step(milestone.upgrade, line(milestone, after=decision), by=ana)
    turn = factories.notice(milestone, occurrence_of=decision)
    pk = decision.pk

    planning.delete_step(decision, by=ana, now=timezone.now())
    assert PlanStep.objects.get(pk=waiting.pk).after is None
    planning.restore_step(milestone.upgrade, pk)

    turn.refresh_from_db()
    assert (PlanStep.objects.get(pk=waiting.pk).after_id, turn.occurrence_of_id) == (pk, pk)


def test_a_kit_for_a_word_is_sent_after_it_is_confirmed(client, milestone, cai):
    sender = factories.account("Sam Sender", role="administrator")
    client.force_login(sender)
    step = factories.step(milestone, trigger=Trigger.EVENT, event=Event.ON_WORD, unit=Unit.MINUTES, offset=0)
    notice = factories.approved_notice(
        step=step, people=[cai], send_at=None, waits_for=Event.ON_WORD, kind=NoticeKind.OUTAGE, now=timezone.now()
    )

    page = client.get(notice.get_absolute_url())
    assert "It goes out when somebody presses “Send now”." in words(page)
    assert "Send it now?" in words(client.get(reverse("notice_send", args=[notice.pk])))
    client.post(reverse("notice_send", args=[notice.pk]), {"at_once": "1"})

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 1)


@pytest.mark.parametrize("url", ["home", "outbox"])
def test_pages_of_all_upgrades_cope_with_what_has_no_time(signed_in, milestone, url):
    add(signed_in, milestone, **EVENT)
    milestone.status = Status.CONFIRMED
    milestone.start = timezone.now() + timedelta(days=2)
    milestone.save()

    assert signed_in.get(reverse(url)).status_code == 200


@pytest.mark.parametrize("name", ["upgrade", "upgrade_timeline", "upgrade_stakeholders", "upgrade_plan"])
def test_pages_of_the_upgrade_cope_with_what_has_no_time(signed_in, milestone, name):
    add(signed_in, milestone, **EVENT)
    add(signed_in, milestone, **CADENCE)
    factories.stakeholder(factories.group(), of=milestone.upgrade)

    assert signed_in.get(reverse(name, args=[milestone.upgrade.slug])).status_code == 200


# People who pass it on


@pytest.fixture
def cascade(milestone, cai, dee):
    return factories.step(
        milestone, name="Talk to your team", medium=Medium.CASCADE, audience={"people": [cai.pk, dee.pk]}
    )


def test_managers_are_ticked_off_one_by_one_and_can_be_taken_back(signed_in, cascade, cai):
    slug = cascade.upgrade.slug
    signed_in.post(reverse("step_pass_on", args=[slug, cascade.pk, cai.pk]))
    page = signed_in.get(at(cascade, "step_cascade"))
    assert "1 of 2 have passed it on" in words(page)
    assert [bool(one.passed_at) for one in page.context["people"]] == [True, False]

    signed_in.post(reverse("step_not_passed_on", args=[slug, cascade.pk, cai.pk]))

    assert "0 of 2 have passed it on" in words(signed_in.get(at(cascade, "step_cascade")))


def test_somebody_who_only_reads_cannot_tick_off(client, cascade, cai):
    client.force_login(factories.account(role="reader"))

    url = reverse("step_pass_on", args=[cascade.upgrade.slug, cascade.pk, cai.pk])
    assert client.post(url).status_code == 403
    assert "step_pass_on" not in client.get(at(cascade, "step_cascade")).content.decode()


def test_a_poster_has_no_such_page(signed_in, milestone):
    poster = factories.step(milestone, medium=Medium.POSTER)

    assert signed_in.get(at(poster, "step_cascade")).status_code == 404


def test_a_list_of_managers_takes_as_many_queries_with_one_as_with_three(
    signed_in, milestone, django_assert_num_queries
):
    one = factories.step(milestone, medium=Medium.CASCADE, audience={"people": [factories.person().pk]})
    three = factories.step(
        milestone, medium=Medium.CASCADE, audience={"people": [factories.person().pk for _ in range(3)]}
    )
    signed_in.get(at(one, "step_cascade"))
    with django_assert_num_queries(8):
        signed_in.get(at(one, "step_cascade"))

    with django_assert_num_queries(8):
        signed_in.get(at(three, "step_cascade"))


def test_a_town_hall_can_be_planned(signed_in, milestone):
    hall = factories.step(milestone, name="All hands", medium=Medium.TOWN_HALL)

    form = signed_in.get(at(hall, "step_meeting")).context["form"]

    assert form.initial["kind"] == "town_hall"
