from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.enums import Role
from feedback.enums import SurveyState
from notices.enums import MessageState, NoticeKind, NoticeState
from notices.insight import approval
from notices.models import Notice, Revision
from notices.pipeline import approve, outbox, planning
from notices.pipeline.approve import Conflict, NotAllowed
from notices.pipeline.planning import waves
from tests import factories
from tests.factories import NOW, WORDS
from tests.notices.pipeline.test_outbox import run_at_once
from upgrades.enums import Impact, Status
from upgrades.models import Milestone, Service, Upgrade


def submitted(**fields):
    notice = factories.notice(**fields)
    return notice, approve.submit(notice, by=notice.author, now=NOW)


def reload(notice):
    return Notice.objects.select_related("approved_revision").get(pk=notice.pk)


# Freezing


def test_a_revision_freezes_words_facts_audience_and_channels(ana, cai):
    milestone = factories.milestone(services=[factories.service("Mail")], effect="No mail.")
    notice = factories.notice(milestone, people=[cai], author=ana)

    revision = approve.freeze(notice, by=ana, now=NOW)

    assert (revision.number, revision.author, revision.created_at) == (1, ana, NOW)
    assert (revision.audience, revision.channels) == ({"people": [cai.pk]}, ["email"])
    assert revision.facts[f"milestone:{milestone.pk}.effect"] == "No mail."
    assert list(revision.variants.values("language", "level", "subject", "body")) == WORDS


def test_freezing_twice_makes_one_revision(ana):
    notice = factories.notice()

    assert approve.freeze(notice, by=ana, now=NOW) == approve.freeze(notice, by=ana, now=NOW + timedelta(hours=1))


def test_other_words_are_another_revision(ana):
    notice, _ = submitted()

    approve.save_draft(notice, by=ana, version=1, words=[{**WORDS[0], "subject": "Other"}])

    assert approve.freeze(notice, by=ana, now=NOW).number == 2


@pytest.mark.parametrize("table", ["revision", "variant"])
def test_neither_revisions_nor_variants_ever_change(ana, table):
    approve.freeze(factories.notice(), by=ana, now=NOW)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE notices_{table} SET id = id")


# From draft to approved


def test_ben_approves_what_ana_wrote(ana, ben, cai):
    notice, revision = submitted(author=ana, people=[cai])

    approve.approve(notice, revision=revision, by=ben, now=NOW)

    notice = reload(notice)
    assert (notice.state, notice.approved_revision, notice.approved_by) == (NoticeState.APPROVED, revision, ben)
    assert (notice.approved_at, notice.approved_size) == (NOW, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"send_at": None}, "It has no time yet"),
        ({"channels": []}, "It has no channel yet"),
        ({"words": []}, "There are no words yet"),
        ({"words": [{**WORDS[0], "body": " "}]}, "The text is empty"),
        ({"words": [{**WORDS[0], "body": "{{ nonsense }}"}]}, "There is no placeholder “nonsense”"),
        ({"state": NoticeState.APPROVED}, "Only a draft can be submitted"),
    ],
)
def test_what_is_not_complete_cannot_be_submitted(ana, fields, sentence):
    notice = factories.approved_notice() if fields.get("state") else factories.notice(**fields)

    with pytest.raises(NotAllowed, match=sentence):
        approve.submit(notice, by=ana, now=NOW)


@pytest.mark.parametrize(
    ("survey", "sentence"),
    [
        ({"questions": 0}, "Its survey has no questions yet."),
        ({"state": SurveyState.CLOSED}, "Its survey takes no answers any more by then."),
        ({"closes_at": NOW + timedelta(minutes=59)}, "Its survey takes no answers any more by then."),
    ],
)
def test_nobody_is_asked_what_cannot_be_answered(ana, survey, sentence):
    notice = factories.notice(kind=NoticeKind.SURVEY, survey=factories.survey(**survey))

    with pytest.raises(NotAllowed, match=sentence):
        approve.submit(notice, by=ana, now=NOW)


def test_what_needs_no_approval_is_scheduled_by_its_author(ana):
    notice = factories.notice(author=ana, needs_approval=False)

    approve.schedule(notice, by=ana, now=NOW)

    notice = reload(notice)
    assert (notice.state, notice.approved_by) == (NoticeState.APPROVED, ana)


def test_what_needs_approval_cannot_be_scheduled(ana):
    with pytest.raises(NotAllowed, match="It needs approval"):
        approve.schedule(factories.notice(), by=ana, now=NOW)


def test_a_reader_does_not_approve(db):
    notice, revision = submitted()

    with pytest.raises(NotAllowed, match="Your role does not approve notices"):
        approve.approve(notice, revision=revision, by=factories.account(role=None), now=NOW)


@pytest.mark.parametrize(
    ("milestone", "why"),
    [
        ({"impact": Impact.OUTAGE}, "it announces an outage"),
        ({"action": "Save your work."}, "people have to do something"),
    ],
)
def test_its_author_does_not_approve_alone_what_hurts(ana, ben, milestone, why):
    notice = factories.notice(factories.milestone(**milestone), author=ana)
    revision = approve.submit(notice, by=ana, now=NOW)

    with pytest.raises(NotAllowed, match=f"Somebody else than its author has to approve it: {why}"):
        approve.approve(notice, revision=revision, by=ana, now=NOW)
    approve.approve(notice, revision=revision, by=ben, now=NOW)

    assert reload(notice).approved_by == ben


def test_its_author_does_not_approve_alone_what_goes_to_many(ana, monkeypatch):
    monkeypatch.setattr(approve.who_may, "MANY", 2)
    notice, revision = submitted(author=ana, people=[factories.person() for _ in range(3)])

    with pytest.raises(NotAllowed, match="it goes to more than 2 people"):
        approve.approve(notice, revision=revision, by=ana, now=NOW)


def test_its_author_may_approve_what_is_harmless(ana):
    notice, revision = submitted(author=ana)

    approve.approve(notice, revision=revision, by=ana, now=NOW)

    assert reload(notice).approved_by == ana


def test_whoever_wrote_the_words_last_is_an_author_too(ana, ben):
    notice = factories.notice(factories.milestone(impact=Impact.OUTAGE), author=ana)
    approve.save_draft(notice, by=ben, version=1, title="Mail moves")
    revision = approve.submit(notice, by=ana, now=NOW)

    for author in (ana, ben):
        with pytest.raises(NotAllowed, match="Somebody else"):
            approve.approve(notice, revision=revision, by=author, now=NOW)


def test_approval_binds_to_the_revision_that_was_seen(ana, ben):
    notice, seen = submitted(author=ana)
    approve.save_draft(notice, by=ana, version=1, words=[{**WORDS[0], "body": "Something else."}])
    approve.submit(notice, by=ana, now=NOW)

    for revision in (seen, None):
        with pytest.raises(NotAllowed, match="It has changed since you opened it"):
            approve.approve(notice, revision=revision, by=ben, now=NOW)


def test_nobody_approves_facts_that_have_just_changed(ben):
    notice, revision = submitted()
    Milestone.objects.update(effect="Something else.")

    with pytest.raises(NotAllowed, match="The plan has just changed"):
        approve.approve(notice, revision=revision, by=ben, now=NOW)


def test_of_two_who_approve_at_once_one_is_first(transactional_db):
    notice, revision = submitted()
    approvers = [factories.account(f"Approver {number}") for number in range(4)]
    refused = []

    def work(by):
        try:
            approve.approve(notice, revision=revision, by=by, now=NOW)
        except NotAllowed as error:
            refused.append(str(error))

    run_at_once(*[lambda by=by: work(by) for by in approvers])

    assert refused == ["It does not wait for approval any more. It is scheduled."] * 3
    assert reload(notice).approved_by in approvers


def test_sent_back_is_a_draft_with_the_reason(ben):
    notice, _ = submitted()

    approve.send_back(notice, by=ben, reason="Say when mail works again.")

    notice = reload(notice)
    assert (notice.state, notice.reason) == (NoticeState.DRAFT, "Say when mail works again.")


# Cancelling


def test_a_waiting_notice_can_be_cancelled_once(ana):
    notice = factories.approved_notice()

    approve.cancel(notice, by=ana, reason="", now=NOW)

    assert (reload(notice).state, reload(notice).reason) == (NoticeState.CANCELLED, "Cancelled by Ana Abel.")
    with pytest.raises(NotAllowed, match="It is cancelled already"):
        approve.cancel(notice, by=ana, reason="", now=NOW)


def test_what_has_gone_out_to_everybody_cannot_be_cancelled(ana, cai):
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"")

    with pytest.raises(NotAllowed, match="It has gone out to everybody"):
        approve.cancel(notice, by=ana, reason="", now=NOW)


# Editing


def test_of_two_who_save_the_second_is_told(ana, ben):
    notice, same = (lambda made: (made, Notice.objects.get(pk=made.pk)))(factories.notice())

    approve.save_draft(notice, by=ana, version=1, title="Ana's")

    with pytest.raises(Conflict, match="Somebody else has saved"):
        approve.save_draft(same, by=ben, version=1, title="Ben's")
    assert (reload(notice).title, reload(notice).version) == ("Ana's", 2)


def test_an_edit_of_what_was_approved_makes_it_a_draft(ana):
    notice = factories.approved_notice()

    approve.save_draft(notice, by=ana, version=notice.version, title="Mail moves")

    notice = reload(notice)
    assert (notice.state, notice.approved_revision, notice.approved_by) == (NoticeState.DRAFT, None, None)


def test_what_was_missed_stays_missed_until_it_has_a_new_time(ana):
    notice = factories.notice(state=NoticeState.MISSED)

    approve.save_draft(notice, by=ana, version=1, title="Other")
    assert notice.state == NoticeState.MISSED

    approve.save_draft(notice, by=ana, version=2, send_at=NOW + timedelta(days=1))
    assert notice.state == NoticeState.DRAFT


def test_what_has_gone_out_cannot_be_edited(ana, cai):
    notice = factories.released_notice(people=[cai])

    with pytest.raises(NotAllowed, match="It is released and cannot be changed any more"):
        approve.save_draft(notice, by=ana, version=notice.version, title="Other")


# When the plan changes


@pytest.mark.parametrize("waiting", [NoticeState.IN_REVIEW, NoticeState.APPROVED])
def test_a_changed_fact_makes_a_new_revision_that_waits_for_approval(db, waiting):
    notice = factories.approved_notice() if waiting == NoticeState.APPROVED else submitted()[0]
    Milestone.objects.update(start=NOW + timedelta(days=15), end=NOW + timedelta(days=16), action="Log out.")

    assert approve.refresh(now=NOW) == 1
    assert approve.refresh(now=NOW) == 0

    notice = reload(notice)
    assert (notice.state, notice.approved_revision, notice.revisions.count()) == (NoticeState.IN_REVIEW, None, 2)
    assert notice.reason == "The plan has changed: action, end, start. Please approve the new version."


def test_what_needs_no_approval_goes_out_with_the_new_facts(cai):
    notice = factories.approved_notice(needs_approval=False, people=[cai])
    Milestone.objects.update(effect="Mail will be slow.")

    approve.refresh(now=NOW)
    outbox.fill(notice, now=NOW)

    facts = notice.messages.get().variant.revision.facts
    assert facts[f"milestone:{notice.milestone_id}.effect"] == "Mail will be slow."


@pytest.mark.parametrize("change", ["status", "risk"])
def test_what_a_notice_does_not_say_may_change(db, change):
    factories.approved_notice()
    if change == "status":
        Milestone.objects.update(status=Status.IN_PROCESS)
    else:
        Upgrade.objects.update(risk="Somebody might break in.")

    assert approve.refresh(now=NOW) == 0


def test_what_its_words_print_may_not(db):
    factories.approved_notice(words=[{**WORDS[0], "body": "Because: {{ why }}"}])
    Upgrade.objects.update(why="It breaks every week.")

    assert approve.refresh(now=NOW) == 1


def test_a_renamed_service_is_a_changed_fact(db):
    upgrade = factories.upgrade(services=[factories.service("Mail")])
    factories.approved_notice(factories.milestone(upgrade))
    Service.objects.filter(name="Mail").update(name="E-mail")

    assert approve.refresh(now=NOW) == 1


def test_refresh_asks_the_same_for_one_and_for_three(db, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(6 if Notice.objects.exists() else 1):
            approve.refresh(now=NOW)
        for _ in range(3):
            factories.approved_notice()
    with django_assert_num_queries(6):
        approve.refresh(now=NOW)


# What the database itself refuses


def test_an_approval_has_what_who_and_when(ben):
    notice = factories.notice()

    with pytest.raises(IntegrityError, match="an_approval_has_what_who_and_when"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(approved_by=ben)


def test_what_is_scheduled_is_approved_and_has_a_time(db):
    notice = factories.notice()

    with pytest.raises(IntegrityError, match="what_is_scheduled_is_approved_and_has_a_time"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.APPROVED)


def test_revisions_are_numbered_once(ana):
    revision = approve.freeze(factories.notice(), by=ana, now=NOW)

    with pytest.raises(IntegrityError, match="revisions_are_numbered_once"), transaction.atomic():
        Revision.objects.create(
            notice=revision.notice, number=1, facts={}, audience={}, channels=[], author=ana, created_at=NOW
        )


def test_a_colleague_who_saves_once_does_not_let_the_author_approve(ana, ben):
    ada = factories.account("Ada", role=Role.ADMINISTRATOR)
    notice = factories.notice(factories.milestone(impact=Impact.OUTAGE), author=ana)
    approve.save_draft(notice, by=ada, version=notice.version, words=notice.words)
    revision = approve.submit(notice, by=ada, now=NOW)

    for writer in (ana, ada):
        with pytest.raises(NotAllowed, match="Somebody else than its author"):
            approve.approve(notice, revision=revision, by=writer, now=NOW)
    approve.approve(notice, revision=revision, by=ben, now=NOW)

    assert reload(notice).approved_by == ben


@pytest.mark.parametrize("milestone", [{"impact": Impact.OUTAGE}, {"action": "Save your work."}])
def test_a_mail_with_consequences_needs_approval_whatever_its_plan_says(ana, milestone):
    notice = factories.notice(factories.milestone(**milestone), author=ana, needs_approval=False)

    with pytest.raises(NotAllowed, match="It needs approval"):
        approve.schedule(notice, by=ana, now=NOW)


def test_a_line_on_the_status_page_alone_may_go_without(ana):
    outage = factories.milestone(impact=Impact.OUTAGE)
    notice = factories.notice(outage, author=ana, needs_approval=False, channels=["portal"])

    approve.schedule(notice, by=ana, now=NOW)

    assert reload(notice).state == NoticeState.APPROVED


def test_what_becomes_an_outage_after_it_was_scheduled_needs_approval(ana):
    milestone = factories.milestone(impact=Impact.DEGRADED)
    notice = factories.notice(milestone, author=ana, needs_approval=False)
    approve.schedule(notice, by=ana, now=NOW)
    Milestone.objects.update(impact=Impact.OUTAGE)

    approve.refresh(now=NOW)

    assert reload(notice).state == NoticeState.IN_REVIEW


def test_what_asks_for_answers_does_not_go_out_without_its_survey(db):
    notice = factories.notice(kind=NoticeKind.SURVEY)

    with pytest.raises(NotAllowed, match="It asks for answers, and has no survey yet"):
        approve.submit(notice, by=notice.author, now=NOW)


# The ways around four eyes


def outage(**fields):
    return factories.milestone(impact=Impact.OUTAGE, start=NOW + timedelta(days=30), **fields)


def test_who_chose_the_time_of_an_outage_notice_does_not_approve_it(ana, ben):
    step = factories.step(outage())
    notice = factories.approved_notice(step=step, title=step.name, audience=step.audience, author=ana, by=ben)

    planning.change_step(step, replace(planning.line_of(step), offset=-3), by=ben, now=NOW)

    row = reload(notice)
    assert (row.state, row.approved_by) == (NoticeState.IN_REVIEW, None)
    with pytest.raises(NotAllowed, match="Somebody else than its author"):
        approve.approve(row, revision=row.revisions.last(), by=ben, now=NOW)
    approve.approve(row, revision=row.revisions.last(), by=factories.account("Cleo"), now=NOW)


def test_a_notice_without_approval_keeps_its_schedule_with_another_time(ana):
    step = factories.step(factories.milestone(impact=Impact.DEGRADED, start=NOW + timedelta(days=30)))
    notice = factories.approved_notice(
        step=step, title=step.name, audience=step.audience, author=ana, needs_approval=False
    )

    planning.change_step(step, replace(planning.line_of(step), offset=-3), by=ana, now=NOW)

    assert reload(notice).state == NoticeState.APPROVED


def test_the_writer_of_a_notice_does_not_approve_its_copy_for_the_next_wave(ana, ben):
    milestone = outage()
    step = factories.step(milestone)
    factories.notice(step=step, title=step.name, audience=step.audience, author=ana)
    later = timedelta(days=7)

    window = waves.Window(name="Wave 2", start=milestone.start + later, end=milestone.start + 2 * later)
    made = waves.add(milestone.upgrade, window, like=milestone, by=ben)
    copy = Notice.objects.get(milestone=made)

    assert approve.writers(copy) == {ana.pk, ben.pk}


def test_the_writer_of_an_earlier_turn_does_not_approve_the_next(ana, ben):
    step = factories.step(outage())
    first = factories.notice(step=step, title=step.name, author=ben)
    Notice.objects.filter(pk=first.pk).update(step=None, occurrence_of=step)
    second = factories.notice(step=step, title=step.name, author=ana)

    assert approve.writers(second) == {ana.pk, ben.pk}
    approve.submit(second, by=ana, now=NOW)
    assert list(approval.own([second], by=ben, now=NOW)) == [second.pk]


def test_an_approver_who_lowers_the_impact_approves_nothing_for_later(ana, ben):
    """Whoever raises it again takes the approval away."""
    milestone = outage()
    notice = factories.notice(milestone, author=ben)
    Milestone.objects.filter(pk=milestone.pk).update(impact=Impact.DEGRADED)
    approve.approve(reload(notice), revision=approve.submit(notice, by=ben, now=NOW), by=ben, now=NOW)

    Milestone.objects.filter(pk=milestone.pk).update(impact=Impact.OUTAGE)
    approve.refresh(now=NOW)

    assert reload(notice).state == NoticeState.IN_REVIEW


def test_who_changes_the_time_while_it_is_reviewed_does_not_approve_it(ana):
    eve, step = factories.account("Eve"), factories.step(outage())
    notice = factories.notice(step=step, title=step.name, audience=step.audience, author=ana)
    revision = approve.submit(notice, by=ana, now=NOW)

    planning.change_step(step, replace(planning.line_of(step), offset=-3), by=eve, now=NOW)

    assert reload(notice).state == NoticeState.IN_REVIEW
    with pytest.raises(NotAllowed, match="Somebody else than its author"):
        approve.approve(notice, revision=revision, by=eve, now=NOW)
