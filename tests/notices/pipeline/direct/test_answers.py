"""Who raised something reads the answer, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engagement.enums import Source
from feedback.enums import ConcernState
from feedback.models import Concern
from notices.enums import NoticeKind, NoticeState
from notices.pipeline import deliver
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct import answers
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW


@pytest.fixture
def concern(ana, cai):
    return Concern.objects.create(
        upgrade=factories.upgrade("Mail migration"),
        person=cai,
        text="Does **my** phone\nkeep working?",
        source=Source.PAGE,
        state=ConcernState.ANSWERED,
        answer="Yes. See https://example.org/phones.",
        answered_by=ana,
        answered_at=NOW,
    )


def test_the_answer_quotes_the_question(mailserver, concern, ana):
    notice = answers.send(concern, by=ana, now=timezone.now())
    deliver.drain(Channel.EMAIL)

    (mail,) = mailserver.mails
    assert (notice.kind, notice.state, mail.recipient) == (NoticeKind.ANSWER, NoticeState.RELEASED, "cai@example.org")
    text = mail.content.decode()
    assert "> Does **my** phone\r\n> keep working?" in text
    assert "https://example.org/phones" in text
    assert "Content-Type: text/calendar" not in text


def test_the_same_answer_goes_out_once_and_a_better_one_again(concern, ana):
    first = answers.send(concern, by=ana, now=NOW)

    assert answers.send(concern, by=ana, now=NOW + timedelta(hours=1)) == first
    concern.answer = "Yes, all phones."
    concern.save()
    assert answers.send(concern, by=ana, now=NOW) != first


def test_a_merged_person_is_answered_where_they_are_now(concern, ana, cai, dee):
    cai.merged_into, cai.archived_at = dee, NOW
    cai.save()

    assert answers.send(concern, by=ana, now=NOW).messages.get().person == dee


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"person": None}, "Nobody knows who asked this"),
        ({"answer": "", "state": ConcernState.OPEN}, "There is no answer yet"),
    ],
)
def test_what_cannot_be_answered_says_why(concern, ana, change, why):
    Concern.objects.filter(pk=concern.pk).update(**change)

    with pytest.raises(NotAllowed, match=why):
        answers.send(concern, by=ana, now=NOW)


def test_who_has_no_address_cannot_be_answered_by_mail(concern, ana, cai):
    cai.email = ""
    cai.save()

    with pytest.raises(NotAllowed, match="Cai Carter cannot be reached by mail"):
        answers.send(concern, by=ana, now=NOW)
