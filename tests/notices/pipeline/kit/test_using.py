"""The break-glass kit: one click changes the plan and tells exactly those who were told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Role
from engagement import telling
from notices.enums import Event, Medium, MessageState, NoticeKind, NoticeState, Trigger
from notices.models import Comment, Message, Notice, PlanStep
from notices.pipeline import approve, kit, ledger, outbox, schedule
from notices.pipeline.kit import using
from notices.pipeline.kit.buttons import BUTTONS
from stakeholders.models import Absence, Person
from tests import factories
from upgrades.enums import Impact, Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ana():
    return factories.account("Ana Abel")


@pytest.fixture
def ben():
    return factories.account("Ben Brand", role=Role.APPROVER)


@pytest.fixture
def cai(group):
    return factories.person("Cai Berg", groups=[group])


@pytest.fixture
def group():
    return factories.group("Staff")


@pytest.fixture
def milestone(group, now) -> Milestone:
    mail = factories.service("Mail", users=[group])
    upgrade = factories.upgrade("New mail", services=[mail])
    return factories.milestone(upgrade, start=now + timedelta(days=3), impact=Impact.OUTAGE)


def tell(milestone: Milestone, *people: Person, at: datetime) -> Notice:
    notice = factories.released_notice(milestone, people=people, now=at)
    arrive(notice, at=at)
    return notice


def arrive(notice: Notice, *, at: datetime) -> None:
    Message.objects.filter(notice=notice, state=MessageState.QUEUED).update(
        state=MessageState.SENT, sent_at=at, sha256=b"0" * 32
    )


def ready(milestone: Milestone, key: str, *, by, approver, now) -> Notice:
    notice = kit.lay(milestone, BUTTONS[key], by=by, now=now)
    approve.approve(notice, revision=notice.revisions.get(), by=approver, now=now)
    notice.refresh_from_db()
    return notice


def order(notice: Notice, milestone: Milestone, key: str, alone: str = "", **values) -> using.Order:
    sequence = Milestone.objects.values_list("sequence", flat=True).get(pk=milestone.pk)
    return using.Order(
        button=BUTTONS[key], kit=notice.pk, seen=sequence, values=values, reason="The disks are late.", alone=alone
    )


def readers(notice: Notice) -> set[str]:
    return set(notice.messages.exclude(state=MessageState.SKIPPED).values_list("person__name", flat=True))


def postponed(milestone, *, hours):
    return {"start": milestone.start + hours * HOUR, "end": milestone.end + hours * HOUR}


def test_only_those_who_were_told_hear_it_not_the_whole_audience(milestone, group, cai, ana, ben, now):
    factories.person("Dee Dorn", groups=[group])  # in the audience, never told
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ben, now=now)

    assert notice.state == NoticeState.RELEASED
    assert readers(notice) == {"Cai Berg"}
    milestone.refresh_from_db()
    assert milestone.change_reason == "The disks are late."


def test_who_was_told_in_a_conversation_hears_it(milestone, group, ana, ben, now):
    meeting = factories.engagement(milestone.upgrade, start=now - 2 * HOUR, end=now - HOUR, milestone=milestone)
    eva = factories.person("Eva Ernst")
    factories.participant(meeting, eva, attended=True)
    telling.tell(meeting, [f"milestone:{milestone.pk}.start"], by=ana, now=now)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    assert readers(notice) == {"Eva Ernst"}


def test_what_bounced_told_nobody_and_what_is_on_its_way_did(milestone, cai, ana, ben, now):
    dee = factories.person("Dee Dorn")
    told = factories.released_notice(milestone, people=[cai, dee], now=now - HOUR)
    told.messages.filter(person=dee).update(state=MessageState.BOUNCED)

    assert kit.told_of(milestone, now=now) == [cai.pk]


def test_who_was_merged_hears_it_once(milestone, cai, ana, ben, now):
    twin = factories.person("C. Berg")
    tell(milestone, cai, twin, at=now - HOUR)
    Person.objects.filter(pk=twin.pk).update(merged_into=cai, archived_at=now)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    assert list(notice.messages.values_list("person", flat=True)) == [cai.pk]


def test_nobody_stands_in_for_those_who_were_told(milestone, cai, ana, ben, now):
    deputy = factories.person("Dirk Deputy")
    today = now.date()
    Absence.objects.create(
        person=cai, deputy=deputy, start_on=today - timedelta(days=2), end_on=today + timedelta(days=2)
    )
    told = tell(milestone, cai, at=now - HOUR)
    told.messages.filter(person=deputy).update(state=MessageState.BOUNCED)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    assert readers(notice) == {"Cai Berg"}


def test_afterwards_nobody_believes_anything_wrong(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    assert ledger.wrong(milestone.upgrade, now=now, on_the_way=True) == []
    arrive(notice, at=now)
    assert ledger.wrong(milestone.upgrade, now=now + HOUR) == []


def test_a_second_click_sends_nothing(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    first = order(line, milestone, "postpone", **postponed(milestone, hours=48))
    kit.use(milestone, first, by=ana, now=now)
    before = Message.objects.count()

    with pytest.raises(kit.Used, match="pressed this already"):
        kit.use(milestone, first, by=ben, now=now)

    assert Message.objects.count() == before


def test_whoever_saw_an_older_plan_is_told(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    cancel = ready(milestone, "cancel", by=ana, approver=ben, now=now)
    late = order(cancel, milestone, "cancel", status=Status.CANCELLED)
    kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    with pytest.raises(approve.Conflict, match="has changed since"):
        kit.use(milestone, late, by=ben, now=now)


def test_nothing_is_changed_where_nobody_was_told(milestone, ana, ben, now):
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    start = milestone.start

    with pytest.raises(approve.NotAllowed, match="Nobody has been told"):
        kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    milestone.refresh_from_db()
    assert milestone.start == start


def test_it_lies_ready_again_as_approved_and_can_be_used_three_times(milestone, cai, ana, ben, now):
    Milestone.objects.filter(pk=milestone.pk).update(status=Status.IN_PROCESS, start=now - HOUR, end=now + HOUR)
    milestone.refresh_from_db()
    tell(milestone, cai, at=now - HOUR / 2)
    ready(milestone, "extend", by=ana, approver=ben, now=now)

    sent = []
    for turn in (1, 2, 3):
        line = kit.find(milestone, BUTTONS["extend"])
        assert using.is_ready(line, now=now)
        at = now + timedelta(minutes=turn)
        notice = kit.use(milestone, order(line, milestone, "extend", end=now + (turn + 1) * HOUR), by=ana, now=at)
        arrive(notice, at=at)
        sent.append(notice)

    again = kit.find(milestone, BUTTONS["extend"])
    assert [readers(one) for one in sent] == [{"Cai Berg"}] * 3
    assert (again.approved_by, again.approved_at) == (ben, line.approved_at)
    assert again.words == sent[0].words


def test_what_lies_ready_again_does_not_go_out_by_itself(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)
    before = Message.objects.count()

    later = timezone.now()
    schedule.refresh(now=later)
    approve.refresh(now=later)
    schedule.mark_missed(now=later)
    outbox.fill_due(now=later)

    assert Message.objects.count() == before
    assert kit.find(milestone, BUTTONS["postpone"]).state == NoticeState.APPROVED


def test_what_else_waits_for_the_same_change_stays_silent(milestone, cai, ana, ben, now):
    """A roll-back cancels the milestone: the words for a cancellation do not go out as well."""
    tell(milestone, cai, at=now - HOUR)
    cancel = ready(milestone, "cancel", by=ana, approver=ben, now=now)
    line = ready(milestone, "roll_back", by=ana, approver=ben, now=now)

    values = {"status": Status.CANCELLED, "outcome": "Mail works as on Friday."}
    kit.use(milestone, order(line, milestone, "roll_back", **values), by=ana, now=now)

    cancel.refresh_from_db()
    assert (cancel.state, cancel.reason) == (NoticeState.CANCELLED, "“Ready if we go back” says it.")


def test_a_roll_back_says_what_people_have_now_and_asks_for_a_review(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "roll_back", by=ana, approver=ben, now=now)
    values = {"status": Status.CANCELLED, "outcome": "Mail works as on Friday."}
    asked = order(line, milestone, "roll_back", **values)

    letter = kit.rehearse(milestone, asked, reader=cai, now=now)
    kit.use(milestone, asked, by=ana, now=now)

    assert "Mail works as on Friday." in letter.text
    assert "The disks are late." in letter.text
    assert PlanStep.objects.get(milestone=milestone, name=using.REVIEW).medium == Medium.MEETING


def test_looking_at_the_letter_changes_nothing(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    sequence, start = milestone.sequence, milestone.start

    kit.rehearse(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), reader=cai, now=now)

    milestone.refresh_from_db()
    assert (milestone.sequence, milestone.start) == (sequence, start)


def test_unapproved_words_take_two_people(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = kit.lay(milestone, BUTTONS["postpone"], by=ana, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    assert (notice.state, notice.messages.count()) == (NoticeState.IN_REVIEW, 0)
    revision = notice.revisions.order_by("-number").first()
    with pytest.raises(approve.NotAllowed, match="Somebody else"):
        kit.approve_and_send(notice, revision=revision, by=ana, now=now)
    kit.approve_and_send(notice, revision=revision, by=ben, now=now)
    notice.refresh_from_db()
    assert (notice.state, readers(notice)) == (NoticeState.RELEASED, {"Cai Berg"})


def test_it_waits_for_the_second_pair_of_eyes_without_being_missed(milestone, cai, ana, now):
    tell(milestone, cai, at=now - HOUR)
    line = kit.lay(milestone, BUTTONS["postpone"], by=ana, now=now)
    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    later = timezone.now() + 3 * HOUR
    schedule.refresh(now=later)
    schedule.mark_missed(now=later)

    notice.refresh_from_db()
    assert notice.state == NoticeState.IN_REVIEW


def test_who_filled_in_the_facts_of_somebody_elses_draft_does_not_approve_them(milestone, cai, ana, now):
    tell(milestone, cai, at=now - HOUR)
    line = kit.lay(milestone, BUTTONS["postpone"], by=ana, now=now)
    chris = factories.account("Chris Claus")

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=chris, now=now)

    with pytest.raises(approve.NotAllowed, match="Somebody else"):
        kit.approve_and_send(notice, revision=notice.revisions.last(), by=chris, now=now)


def test_a_planned_upgrade_is_never_told_alone(milestone, cai, ana, now):
    tell(milestone, cai, at=now - HOUR)
    line = kit.lay(milestone, BUTTONS["postpone"], by=ana, now=now)
    alone = order(line, milestone, "postpone", alone="Nobody is there.", **postponed(milestone, hours=48))

    with pytest.raises(approve.NotAllowed, match="unplanned outage"):
        kit.use(milestone, alone, by=ana, now=now)

    assert not Comment.objects.exists()


def test_what_cannot_happen_cannot_be_pressed(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "extend", by=ana, approver=ben, now=now)

    with pytest.raises(approve.NotAllowed, match="has not begun"):
        kit.use(milestone, order(line, milestone, "extend", end=milestone.end + HOUR), by=ana, now=now)


def test_a_missing_line_is_laid_with_the_usual_words_and_submitted(milestone, ana, now):
    notice = kit.lay(milestone, BUTTONS["extend"], by=ana, now=now)

    assert (notice.kind, notice.step.event, notice.step.trigger) == (
        NoticeKind.PROGRESS,
        Event.EXTENDED,
        Trigger.EVENT,
    )
    assert notice.state == NoticeState.IN_REVIEW
    assert {one["language"] for one in notice.words} == {"en", "de", "fr"}
    assert kit.lay(milestone, BUTTONS["extend"], by=ana, now=now) == notice


def test_what_the_plan_says_when_it_is_done_is_said_once(milestone, cai, ana, ben, now):
    """The plan's own “completed”, at its time, is the one that goes out: earlier, to those who were told."""
    step = factories.step(milestone, name="Completed", edge="end", offset=0, unit="minutes")
    planned = factories.approved_notice(
        step=step, kind=NoticeKind.COMPLETED, title="Completed", author=ana, by=ben, send_at=milestone.end
    )
    tell(milestone, cai, at=now - HOUR)

    line = kit.find(milestone, BUTTONS["complete"])
    values = {"status": Status.COMPLETED, "outcome": "Old mails come later."}
    notice = kit.use(milestone, order(line, milestone, "complete", **values), by=ana, now=now)

    assert (line, notice, notice.step) == (planned, planned, step)
    assert readers(notice) == {"Cai Berg"}
    assert Notice.objects.filter(kind=NoticeKind.COMPLETED).count() == 1


def test_what_happens_once_is_on_its_line_again_after_the_second_pair_of_eyes(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = kit.lay(milestone, BUTTONS["cancel"], by=ana, now=now)
    step = line.step
    notice = kit.use(milestone, order(line, milestone, "cancel", status=Status.CANCELLED), by=ana, now=now)
    assert notice.step is None

    kit.approve_and_send(notice, revision=notice.revisions.order_by("-number").first(), by=ben, now=now)

    notice.refresh_from_db()
    assert (notice.step, notice.state) == (step, NoticeState.RELEASED)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_sends_and_the_other_is_told(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)
    asked = order(line, milestone, "postpone", **postponed(milestone, hours=48))

    def press(by) -> str:
        try:
            kit.use(milestone, asked, by=by, now=now)
        except kit.Used:
            return "told"
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(2) as two:
        assert sorted(two.map(press, [ana, ben])) == ["sent", "told"]

    assert line.messages.count() == 1
