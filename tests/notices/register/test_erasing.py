"""Erasure on request: afterwards nothing in any table leads to them, and what was counted stays counted."""

import json
from datetime import timedelta
from threading import Thread
from uuid import NAMESPACE_URL, uuid5

import pghistory
import pytest
from django.db import connection, transaction
from pghistory.models import Context

from directory.enums import ImportState, RowOutcome
from directory.models import Import, ImportRow
from engagement.enums import Rsvp, Source, Verdict
from engagement.models import Engagement, Nomination
from feedback.enums import Progress, QuestionKind
from feedback.models import Concern, Invitation, Question, Response
from notices.enums import MessageState, ReceiptKind
from notices.models import ApprovedAudience, Call, Message, Notice, Receipt
from notices.pipeline import outbox
from notices.pipeline.coming_back import receipts
from notices.pipeline.correcting import calls
from notices.register import erasing, merging
from notices.register.erasing import NotErasable
from stakeholders.enums import Channel, Tie, Topic
from stakeholders.models import Absence, Person, Relation
from tests import factories
from tests.factories import NOW
from upgrades.models import Stakeholder

WORDS = {
    "name": "Xaviera Quendlinger",
    "email": "xaviera.quendlinger@unique.example",
    "phone": "+49 170 99887766",
    "external_id": "HR-778899-X",
}
EARLIER = {
    "name": "Xaviera Zuckerfeld",
    "email": "x.zuckerfeld@unique.example",
    "external_id": "OLD-112233-Z",
}
SECRET = "hiddenphraseofhers"
TRACES = ("quendlinger", "zuckerfeld", "unique.example", "99887766", "778899", "112233", SECRET)


@pytest.fixture
def xaviera(db):
    """Somebody with an earlier name."""
    person = factories.person(**EARLIER)
    Person.objects.filter(pk=person.pk).update(**WORDS, department=SECRET, job_title=SECRET, tags=[SECRET])
    person.refresh_from_db()
    return person


def erase(person, ana):
    erasing.erase(person, reason=f"Asked for by letter. {WORDS['name']}", by=ana, now=NOW)
    person.refresh_from_db()


def everything_about(person, other, ana):
    """One of everything that can hold a name."""
    upgrade = factories.upgrade()
    twin = factories.person("Quendlinger, X", email="xq@unique.example", external_id="")
    with pghistory.context(url=f"/people/?q={WORDS['email']}"):
        merging.merge(person, twin, by=ana, now=NOW)
    group = factories.group(people=[person])
    person.opt_out(Topic.NEWS)
    days = {"start_on": NOW.date(), "end_on": NOW.date(), "note": SECRET}
    Absence.objects.create(person=person, deputy=other, **days)
    Absence.objects.create(person=other, deputy=person, start_on=NOW.date(), end_on=NOW.date())
    Relation.objects.create(person=person, tie=Tie.REPORTS_TO, to_person=other)
    Relation.objects.create(person=other, tie=Tie.REPORTS_TO, to_person=person)
    stake = factories.stakeholder(person, of=upgrade, note=SECRET)
    factories.assessment(stake, influence=90)
    sent = factories.released_notice(factories.milestone(upgrade), people=[person, other], now=NOW)
    claimed = outbox.claim(Channel.EMAIL, limit=9, now=NOW)
    for one in claimed:
        outbox.record(outbox.sent(one, digest=b"x" * 32, answer=f"250 <{one.address}> ok", now=NOW))
    message = sent.messages.get(person=person)
    receipts.acknowledge(message, now=NOW)
    receipts.bounce(message, permanent=False, detail=f"busy: {person.email}", event=f"dsn {person.email}", now=NOW)
    factories.released_notice(factories.milestone(upgrade), people=[person, other], now=NOW)
    letter = [{**factories.WORDS[0], "subject": "A word", "body": f"Dear {WORDS['name']}, about {SECRET}."}]
    factories.released_notice(upgrade, people=[person], words=letter, title=f"To {WORDS['name']}", now=NOW)
    waiting = factories.approved_notice(factories.milestone(upgrade), people=[person, other])
    engagement = factories.engagement(upgrade, title=f"Talk with {WORDS['name']}", notes=f"{WORDS['email']} was late")
    factories.participant(engagement, person, rsvp=Rsvp.NO, rsvp_at=NOW, remark=SECRET, attended=True)
    factories.follow_up(engagement, person=person, text=f"Call {WORDS['phone']}")
    for answer in ({}, {"answer": SECRET, "state": "answered", "answered_by": ana, "answered_at": NOW}):
        Concern.objects.create(upgrade=upgrade, person=person, text=SECRET, source=Source.PAGE, **answer)
    Nomination.objects.create(upgrade=upgrade, name="Somebody", by=person, source=Source.PAGE)
    named = {"name": WORDS["name"], "email": WORDS["email"], "why": SECRET, "source": Source.PAGE}
    Nomination.objects.create(upgrade=upgrade, **named)
    decided = {"verdict": Verdict.ACCEPTED, "decided_by": ana, "decided_at": NOW}
    Nomination.objects.create(upgrade=upgrade, person=person, by=other, **named, **decided)
    survey = factories.survey(upgrade, is_anonymous=False)
    Question.objects.create(survey=survey, key="why", kind=QuestionKind.TEXT, position=9, texts={"en": "Why?"})
    invitation = Invitation.objects.create(survey=survey, person=person, progress=Progress.FINISHED)
    Response.objects.create(survey=survey, invitation=invitation, answers={"question-1": 4, "why": SECRET})
    content = f"name,email\n{WORDS['name']},{WORDS['email']}\n".encode()
    made = {"file_name": "people.csv", "sha256": "0" * 64, "created_at": NOW}
    applied = Import.objects.create(**made, content=b"", state=ImportState.APPLIED, applied_at=NOW)
    ready = Import.objects.create(**made, content=content, state=ImportState.READY)
    for of, row in ((applied, {"person": person}), (ready, {})):
        values = {"name": WORDS["name"], "email": WORDS["email"], "department": SECRET}
        ImportRow.objects.create(of=of, number=2, outcome=RowOutcome.NEW, values=values, **row)
    return {"sent": sent, "waiting": waiting, "survey": survey, "group": group, "engagement": engagement}


def found_anywhere() -> list[str]:
    """Every column of every table that holds one of the traces."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(one)::text, one::text FROM "{table}" one')
            for texts in cursor.fetchall():
                said = " ".join(texts).lower()
                found += [f"{table}: {trace}" for trace in TRACES if trace in said or trace.encode().hex() in said]
    return sorted(set(found))


def counts(notice) -> dict:
    return {
        "messages": notice.messages.count(),
        "sent": notice.messages.told().count(),
        "hashes": sorted(bytes(one) for one in notice.messages.exclude(sha256=None).values_list("sha256", flat=True)),
        "receipts": sorted(Receipt.objects.filter(message__notice=notice).values_list("kind", flat=True)),
    }


def test_nothing_is_left_in_any_table_and_everything_is_counted_as_before(ana, cai, xaviera):
    made = everything_about(xaviera, cai, ana)
    assert {line.partition(":")[0] for line in found_anywhere()} >= {
        *("stakeholders_person", "stakeholders_personevent", "notices_message", "notices_receipt", "notices_variant"),
        *("engagement_nomination", "engagement_nominationevent", "engagement_participantevent", "feedback_response"),
        *("directory_import", "directory_importrow", "feedback_concernevent", "pghistory_context"),
    }
    before = {"sent": counts(made["sent"]), "survey": made["survey"].invitations.count()}
    before |= {"attended": made["engagement"].participants.attended().count(), "concerns": Concern.objects.count()}

    erase(xaviera, ana)

    assert found_anywhere() == []
    after = {"sent": counts(made["sent"]), "survey": made["survey"].invitations.count()}
    after |= {"attended": made["engagement"].participants.attended().count(), "concerns": Concern.objects.count()}
    assert after == before
    assert before["sent"]["sent"] == 2
    assert ReceiptKind.ACKNOWLEDGED in before["sent"]["receipts"]


def test_the_shell_says_that_it_was_erased_by_whom_and_why(ana, xaviera):
    erase(xaviera, ana)

    assert (xaviera.name, xaviera.erased_at, xaviera.is_archived) == (erasing.NAME, NOW, True)
    event = Person.pgh_event_model.objects.select_related("pgh_context").get(pgh_obj=xaviera)
    assert event.pgh_context.metadata["user"] == ana.pk
    assert event.pgh_context.metadata["reason"] == f"Asked for by letter. {erasing.NAME}"


def test_what_waits_does_not_go_out(ana, cai, xaviera):
    notice = factories.released_notice(people=[cai, xaviera])

    erase(xaviera, ana)

    assert [one.person_id for one in outbox.claim(Channel.EMAIL, limit=9, now=NOW)] == [cai.pk]
    message = notice.messages.get(person=xaviera)
    assert (message.state, message.reason, message.address) == (MessageState.SKIPPED, erasing.REASON, "")


def test_approval_stays_and_the_rest_of_the_audience_is_told(ana, cai, xaviera):
    notice = factories.approved_notice(people=[cai, xaviera], send_at=NOW)

    erase(xaviera, ana)

    notice = Notice.objects.get(pk=notice.pk)
    assert notice.audience == notice.approved_revision.audience == {"people": [cai.pk]}
    assert ApprovedAudience.objects.get(notice=notice).people == [cai.pk]
    assert outbox.fill(notice, now=NOW) == 1


def test_who_was_merged_into_them_is_erased_too(ana, cai, xaviera):
    merging.merge(cai, xaviera, by=ana, now=NOW)

    erase(cai, ana)

    xaviera.refresh_from_db()
    assert (xaviera.name, xaviera.erased_at, xaviera.merged_into) == (erasing.NAME, NOW, cai)
    assert found_anywhere() == []


def test_a_public_answer_stays_without_who_asked(ana, xaviera):
    concern = Concern.objects.create(
        upgrade=factories.upgrade(),
        person=xaviera,
        text=SECRET,
        public_wording=f"Why? {WORDS['name']}",
        source=Source.PAGE,
        state="answered",
        answer="Because.",
        is_public=True,
        answered_by=ana,
        answered_at=NOW,
    )

    erase(xaviera, ana)

    concern.refresh_from_db()
    assert (concern.person, concern.text) == (None, erasing.REMOVED)
    assert (concern.public_wording, concern.answer) == (f"Why? {erasing.NAME}", "Because.")


def test_ratings_stay_and_anonymous_answers_are_not_touched(ana, xaviera):
    open_one, hidden = factories.survey(is_anonymous=False), factories.survey(is_anonymous=True)
    invitation = Invitation.objects.create(survey=open_one, person=xaviera, progress=Progress.FINISHED)
    Response.objects.create(survey=open_one, invitation=invitation, answers={"question-1": 4})
    anonymous = Response.objects.create(survey=hidden, answers={"question-1": 2})
    before = list(Response.objects.filter(pk=anonymous.pk).values())

    erase(xaviera, ana)

    assert list(Response.objects.filter(survey=open_one).values_list("answers", "invitation")) == [
        ({"question-1": 4}, None)
    ]
    assert list(Response.objects.filter(pk=anonymous.pk).values()) == before


def test_a_short_name_is_not_taken_out_of_other_words(ana, cai):
    engagement = factories.engagement(title="Cai Carter and Cai Carterson", notes="Cai said so")

    erasing.erase(cai, reason="", by=ana, now=NOW)

    engagement.refresh_from_db()
    assert (engagement.title, engagement.notes) == (f"{erasing.NAME} and Cai Carterson", "Cai said so")


def test_an_act_that_names_them_keeps_its_author_and_what_undoes_it(ana, cai, xaviera):
    acts = {
        "by a directory": {"directory": f"Directory of {WORDS['name']}", "directory_token": 7, "user": None},
        "in bulk": {"user": ana.pk, "bulk": True, "url": f"/people/?q={WORDS['email']}"},
        "undoing": {"undoes": "5b0c7c2e-7d5f-4a39-9c54-0d7f0f3a1b11", "url": f"/people/{EARLIER['email']}/"},
        "of somebody else": {"user": ana.pk, "url": f"/people/?q={cai.email}", "import": 3},
    }
    for name, metadata in acts.items():
        Context.objects.create(pk=uuid5(NAMESPACE_URL, name), metadata=metadata)

    erase(xaviera, ana)

    left = {name: Context.objects.get(pk=uuid5(NAMESPACE_URL, name)).metadata for name in acts}
    assert left == {
        "by a directory": acts["by a directory"] | {"directory": f"Directory of {erasing.NAME}"},
        "in bulk": acts["in bulk"] | {"url": f"/people/?q={erasing.NAME}"},
        "undoing": acts["undoing"] | {"url": f"/people/{erasing.NAME}/"},
        "of somebody else": acts["of somebody else"],
    }


def test_a_bounce_that_comes_later_brings_nothing_back(ana, xaviera):
    message = factories.released_notice(people=[xaviera]).messages.get()
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)

    erase(xaviera, ana)
    receipts.bounce(Message.objects.get(), permanent=True, detail=f"unknown: {WORDS['email']}", now=NOW)

    assert found_anywhere() == []


def test_twice_and_shells_are_refused(ana, cai, dee):
    merging.merge(cai, dee, by=ana, now=NOW)
    with pytest.raises(NotErasable):
        erasing.erase(dee, reason="", by=ana, now=NOW)
    erasing.erase(cai, reason="", by=ana, now=NOW)

    with pytest.raises(NotErasable):
        erasing.erase(cai, reason="", by=ana, now=NOW)


def test_what_happens_is_counted_before(cai, dee):
    factories.released_notice(people=[cai])
    factories.stakeholder(cai, of=factories.upgrade())

    fates = {fate.words: (fate.number, fate.is_kept) for fate in erasing.what_happens(cai)}

    assert fates == {"Messages": (1, True), "Places in upgrades, with every assessment": (1, False)}
    assert not Stakeholder.objects.filter(person=dee).exists()


def test_a_workbook_that_nobody_has_looked_at_is_thrown_away_because_it_may_hold_them(ana, xaviera):
    made = {"sha256": "0" * 64, "created_at": NOW, "head": ["Name", "Mail"]}
    unread, read = (
        Import.objects.create(**made, file_name=name, content=b"PK\x03\x04\x00\xff", state=state)
        for name, state in (("unread.xlsx", ImportState.UPLOADED), ("read.xlsx", ImportState.READY))
    )
    undone = Import.objects.create(**made, file_name="x", content=b"", state=ImportState.UNDONE, applied_at=NOW)
    ImportRow.objects.create(of=read, number=2, outcome=RowOutcome.NEW, values={"name": "Somebody else"})
    ImportRow.objects.create(of=undone, number=2, outcome=RowOutcome.CHANGED, person=xaviera)

    erasing.erase(xaviera, reason="", by=ana, now=NOW)

    for one in (unread, read, undone):
        one.refresh_from_db()
    assert (unread.state, bytes(unread.content)) == ("failed", b"")
    assert (read.state, bytes(read.content)) == ("ready", b"PK\x03\x04\x00\xff")
    assert undone.state == "undone"


@pytest.mark.django_db(transaction=True)
def test_an_erasure_during_a_fill_leaves_no_address(ana, cai, xaviera):
    notice = factories.approved_notice(people=[cai, xaviera], send_at=NOW)
    Notice.objects.filter(pk=notice.pk).update(send_at=NOW - timedelta(minutes=1))

    def fill():
        try:
            outbox.fill(notice, now=NOW)
        finally:
            connection.close()

    thread = Thread(target=fill)
    with transaction.atomic():
        erasing.erase(xaviera, reason="", by=ana, now=NOW)
        thread.start()
        thread.join(timeout=0.5)
    thread.join(timeout=180)

    assert found_anywhere() == []
    assert json.dumps(list(notice.messages.filter(state="queued").values_list("person", flat=True))) == f"[{cai.pk}]"


def test_what_was_noted_of_a_call_goes_and_in_calls_with_others_only_the_name(db):
    cai, dee, ana = factories.person("Cai Cornelius Cole"), factories.person(), factories.account()
    for one, said in ((cai, "She moves to Rome."), (dee, "Cai Cornelius Cole tells her.")):
        call = Call.objects.create(upgrade=factories.upgrade(), person=one, why="no address", owner=ana, created_at=NOW)
        calls.done(call, by=ana, now=NOW, outcome=said)

    erasing.erase(cai, reason="asked", by=ana, now=NOW)

    outcomes = list(Call.objects.order_by("pk").values_list("outcome", flat=True))
    notes = list(Engagement.objects.order_by("pk").values_list("notes", flat=True))
    assert outcomes == notes == ["", f"{erasing.NAME} tells her."]
    assert {"She moves to Rome."}.isdisjoint(Engagement.pgh_event_model.objects.values_list("notes", flat=True))


def test_what_was_said_in_calls_goes_and_open_calls_are_closed_for_good(db):
    cai, ana = factories.person(), factories.account()
    made = {"person": cai, "why": "no address", "owner": ana, "created_at": NOW}
    done = Call.objects.create(
        upgrade=factories.upgrade(), outcome="She moves to Rome.", done_at=NOW, done_by=ana, **made
    )
    Call.objects.create(upgrade=factories.upgrade(), **made)

    erasing.erase(cai, reason="asked", by=ana, now=NOW)

    assert list(Call.objects.values_list("pk", "outcome")) == [(done.pk, "")]
    assert set(Call.pgh_event_model.objects.values_list("outcome", flat=True)) == {""}
