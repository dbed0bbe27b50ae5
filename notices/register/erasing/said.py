"""Messages to them, and what they said or others said of them."""

import pgtrigger
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from engagement.enums import EngagementKind
from engagement.models import Engagement, Nomination, Participant
from feedback.enums import QuestionKind
from feedback.models import Concern, Objection, Question, Response
from notices.enums import OPEN, MessageState, NoticeKind
from notices.models import Call, Incoming, Message, Notice, Receipt, Revision, Variant
from notices.register.erasing.traces import NAME, Traces
from stakeholders.enums import SHOWN

REMOVED = "Removed on request."
REASON = "erased on request"


def empty_messages(keys: list[int]) -> None:
    messages = Message.objects.filter(person__in=keys)
    messages.filter(state__in=OPEN).update(state=MessageState.SKIPPED, lease_until=None)
    messages.update(address="", values={}, reason="", answer="")
    messages.filter(state=MessageState.SKIPPED).update(reason=REASON)
    receipts = Receipt.objects.filter(message__in=messages.values("pk"))
    receipts.update(detail="")
    with connection.cursor() as cursor:
        table = Receipt._meta.db_table
        cursor.execute(
            f"UPDATE {table} receipt SET event = 'erased-' || receipt.id FROM {Message._meta.db_table} message "  # noqa: S608
            "WHERE message.id = receipt.message_id AND message.person_id = ANY(%s) AND receipt.event <> ''",
            [keys],
        )


def empty_incoming(keys: list[int], traces: Traces) -> None:
    """What came back for them stays counted, without whose it was."""
    theirs = Q(message__person__in=keys)
    for email in traces.emails:
        theirs |= Q(address__iexact=email) | Q(detail__icontains=email)
    Incoming.objects.filter(theirs).update(address="", detail="")


def empty_concerns(keys: list[int]) -> None:
    """What is public is worded for everybody and stays."""
    events = Concern.pgh_event_model.objects  # type: ignore[attr-defined]
    every = list(Concern.objects.filter(person__in=keys).values_list("pk", flat=True))
    private = list(Concern.objects.filter(pk__in=every, is_public=False).values_list("pk", flat=True))
    Concern.objects.filter(pk__in=every).update(person=None, text=REMOVED)
    Concern.objects.filter(pk__in=private).exclude(answer="").update(answer=REMOVED)
    events.filter(pgh_obj__in=every).update(person=None, text=REMOVED)
    events.filter(pgh_obj__in=private).exclude(answer="").update(answer=REMOVED)
    said = Objection.objects.filter(concern__in=every)
    said.update(critical_name="")
    Objection.pgh_event_model.objects.filter(concern__in=every).update(critical_name="")  # type: ignore[attr-defined]
    _empty_words(Notice.objects.filter(concern__in=every))


def empty_calls(keys: list[int]) -> None:
    Call.objects.open().filter(person__in=keys).delete()
    Call.objects.filter(person__in=keys).update(outcome="")
    Call.pgh_event_model.objects.filter(person__in=keys).update(outcome="")  # type: ignore[attr-defined]
    others = Participant.objects.filter(engagement=OuterRef("pk")).exclude(person__in=keys)
    theirs = Engagement.objects.filter(kind=EngagementKind.CALL, participants__person__in=keys).exclude(Exists(others))
    alone = list(theirs.order_by().values_list("pk", flat=True))
    Engagement.objects.filter(pk__in=alone).update(notes="")
    Engagement.pgh_event_model.objects.filter(pgh_obj__in=alone).update(notes="")  # type: ignore[attr-defined]


def empty_letters(keys: list[int]) -> None:
    """What went to nobody else was written to them alone."""
    to_others = Message.objects.filter(notice=OuterRef("pk")).exclude(person__in=keys)
    to_them = Message.objects.filter(person__in=keys).values("notice")
    letters = Notice.objects.released().filter(pk__in=to_them).exclude(Exists(to_others))
    _empty_words(letters.exclude(channels__overlap=list(SHOWN)))


def _empty_words(notices: QuerySet[Notice]) -> None:
    """The notice, its state and its numbers stay."""
    keys = list(notices.values_list("pk", flat=True))
    if not keys:
        return
    with pgtrigger.ignore("notices.Variant:a_variant_never_changes", "notices.Revision:a_revision_never_changes"):
        Variant.objects.filter(revision__notice__in=keys).update(subject=REMOVED, body=REMOVED)
        Revision.objects.filter(notice__in=keys).update(facts={})
    events = Notice.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    for rows in (Notice.objects.filter(pk__in=keys), events):  # events last: the first makes some
        rows.update(words=[])
        rows.filter(concern__isnull=False).update(title=NoticeKind.ANSWER.label)
    Revision.pgh_event_model.objects.filter(notice__in=keys).update(facts={})  # type: ignore[attr-defined]


def empty_nominations(keys: list[int], traces: Traces) -> None:
    """By them: somebody said it. Of them: somebody was named."""
    events = Nomination.pgh_event_model.objects  # type: ignore[attr-defined]
    of_them = Q(person__in=keys)
    for email in traces.emails:
        of_them |= Q(email__iexact=email)
    named = list(Nomination.objects.filter(of_them).values_list("pk", flat=True))
    Nomination.objects.filter(pk__in=named).update(name=NAME, email="", why="", person=None)
    Nomination.objects.filter(by__in=keys).update(by=None)
    events.filter(of_them | Q(pgh_obj__in=named)).update(name=NAME, email="", why="", person=None)
    events.filter(by__in=keys).update(by=None)


def empty_answers(keys: list[int]) -> None:
    """Ratings stay, because results were read; texts and the link to the invitation go. Anonymous answers lead to
    nobody and stay as they are."""
    for response in Response.objects.filter(invitation__person__in=keys).order_by("pk"):
        texts = Question.objects.filter(survey=response.survey_id, kind__in=WRITTEN).values_list("key", flat=True)
        kept = {key: value for key, value in response.answers.items() if key not in set(texts)}
        Response.objects.filter(pk=response.pk).update(answers=kept, invitation=None)


WRITTEN = [QuestionKind.TEXT, QuestionKind.REFERRAL]
