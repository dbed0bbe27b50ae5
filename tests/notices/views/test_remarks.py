"""Remarks about a notice: for those who write and approve, never for those who are told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeState
from notices.models import Comment
from notices.pipeline import approve, outbox, render
from tests import factories


@pytest.fixture
def in_review(ana, cai):
    notice = factories.notice(author=ana, people=[cai], send_at=timezone.now() + timedelta(days=2))
    approve.submit(notice, by=ana, now=timezone.now())
    return notice


def text_of(response):
    return " ".join(response.content.decode().split())


def remark(client, notice, text="When does mail work again?", **values):
    return client.post(reverse("remark_write", args=[notice.pk]), {"text": text, **values}, follow=True)


def test_a_remark_says_on_which_version_it_was_made(client, ana, ben, in_review):
    client.force_login(ben)

    page = text_of(remark(client, in_review))
    approve.save_draft(in_review, by=ana, version=1, words=[{**in_review.words[0], "subject": "Other"}])
    approve.submit(in_review, by=ana, now=timezone.now())
    later = text_of(client.get(reverse("notice_approve", args=[in_review.pk])))

    assert "When does mail work again?" in page
    assert ("on version 1</span>" in page, "on version 1 of 2</span>" in later) == (True, True)
    assert "Nobody has settled it yet." in later


def test_it_is_settled_and_opened_again(client, ana, ben, in_review):
    client.force_login(ben)
    remark(client, in_review)
    comment = Comment.objects.get()

    client.post(reverse("remark_resolve", args=[comment.pk]))
    comment.refresh_from_db()
    settled = (comment.resolved_by, in_review.open_remarks)
    client.post(reverse("remark_reopen", args=[comment.pk]))
    comment.refresh_from_db()

    assert settled == (ben, 0)
    assert (comment.resolved_by, comment.resolved_at, in_review.open_remarks) == (None, None, 1)


def test_who_sends_back_says_why_and_the_words_stay(client, ben, in_review):
    client.force_login(ben)

    without = client.post(reverse("notice_send_back", args=[in_review.pk]), {"reason": " "})
    client.post(reverse("notice_send_back", args=[in_review.pk]), {"reason": "Say when it ends."})

    in_review.refresh_from_db()
    comment = Comment.objects.get()
    assert without.status_code == 422
    assert (in_review.state, in_review.reason) == (NoticeState.DRAFT, "Say when it ends.")
    assert (comment.text, comment.by, comment.revision.number) == ("Say when it ends.", ben, 1)


def test_a_notice_that_nobody_can_send_back_gets_no_remark(client, ben, in_review):
    approve.approve(in_review, revision=in_review.revisions.get(), by=ben, now=timezone.now())
    client.force_login(ben)

    client.post(reverse("notice_send_back", args=[in_review.pk]), {"reason": "Too late."})

    assert not Comment.objects.exists()


def test_its_author_sees_it_at_home_and_while_writing(client, ana, ben, in_review):
    Comment.objects.create(notice=in_review, text="Shorter.", by=ben, at=timezone.now())
    client.force_login(ana)

    assert "1 remark on it." in text_of(client.get("/"))
    assert "There is a remark" in text_of(client.get(reverse("notice_edit", args=[in_review.pk])))
    client.force_login(ben)
    assert "1 remark on it." not in text_of(client.get("/"))


def test_readers_read_and_write_none(client, in_review):
    client.force_login(factories.account("Rea", role=Role.READER))

    page = text_of(remark(client, in_review))

    assert ("Your role reads remarks" in page, "Your remark</label>" in page) == (True, False)
    assert not Comment.objects.exists()


def test_nobody_who_is_told_reads_a_remark(ana, ben, in_review):
    Comment.objects.create(notice=in_review, text="Secret thought.", by=ben, at=timezone.now())
    approve.approve(in_review, revision=in_review.revisions.get(), by=ben, now=timezone.now())
    in_review.refresh_from_db()
    outbox.fill(in_review, now=in_review.send_at)

    letter = render.of_message(in_review.messages.select_related("variant__revision", "notice").get())

    assert "Secret" not in letter.html + letter.text + letter.subject


@pytest.mark.parametrize("number", [1, 3])
def test_many_remarks_take_no_more_queries(client, ana, ben, in_review, number, django_assert_max_num_queries):
    for turn in range(number):
        Comment.objects.create(notice=in_review, text=f"{turn}", by=ben, at=timezone.now())
    client.force_login(ana)
    client.get(in_review.get_absolute_url())

    with django_assert_max_num_queries(60) as queries:
        client.get(in_review.get_absolute_url())

    assert sum("notices_comment" in query["sql"] for query in queries.captured_queries) == 1
