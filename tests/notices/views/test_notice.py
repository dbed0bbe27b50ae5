"""The page of one notice, and what one does there."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import MessageState, NoticeKind, NoticeState, ReceiptKind
from notices.insight import acts, progress
from notices.models import Message, Notice, Receipt
from notices.pipeline import approve, outbox, outlets
from notices.pipeline.byhand import recall
from stakeholders.models import Absence
from tests import factories
from upgrades.enums import Impact


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def reader(db):
    return factories.account("Rea Reader", role=Role.READER)


@pytest.fixture
def draft(ana, cai, now):
    return factories.notice(people=[cai], author=ana, send_at=now + timedelta(days=1))


@pytest.fixture
def in_review(draft, ana, now):
    approve.submit(draft, by=ana, now=now)
    return draft


def released(now, people, **fields):
    return factories.released_notice(people=people, now=now, **fields)


def address(name, notice):
    return reverse(name, args=[notice.pk])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def labels(notice, account):
    now_so_far = progress.of_one(notice, now=timezone.now())
    return {act.name: act.why_not for act in acts.of(notice, account, now_so_far)}


# What one sees


def test_the_page_says_at_a_glance_what_happens_next(client, ana, draft):
    client.force_login(ana)

    page = text_of(client.get(draft.get_absolute_url()))

    assert "This is a draft. Nobody has been told yet." in page
    assert "<dt>Get it</dt><dd>1</dd>" in page


def test_while_everything_is_stopped_it_does_not_claim_to_go_out(client, ana, cai, now):
    notice = released(now, [cai])
    client.force_login(ana)
    outlets.stop_everything(by=ana, now=now, reason="Wrong words")

    seen = client.get(notice.get_absolute_url())

    assert "Everything that sends is stopped. What has not left yet waits until somebody starts it" in text_of(seen)
    assert (seen.context["progress"].tone, seen.context["progress"].rest) == ("warn", "stopped")


def test_a_stopped_channel_holds_back_what_goes_over_it_alone(client, ana, cai, now):
    notice = released(now, [cai])
    client.force_login(ana)
    outlets.stop(outlets.of("email"), by=ana, now=now, reason="Moves house")

    assert "E-mail is stopped. What has not left yet" in text_of(client.get(notice.get_absolute_url()))

    Notice.objects.filter(pk=notice.pk).update(channels=["email", "sms"])
    factories.outlet("sms")
    assert "It is going out now." in text_of(client.get(notice.get_absolute_url()))


def test_the_page_says_who_is_skipped_and_why(client, ana, cai, now):
    people = [cai, factories.person(email=""), factories.person(email_state="bounced"), factories.person(email="")]
    notice = factories.notice(people=people, author=ana, send_at=now)
    client.force_login(ana)

    page = text_of(client.get(notice.get_absolute_url()))

    assert "<dt>Get it</dt><dd>1</dd>" in page
    assert "<dt>Skipped: no address</dt><dd>2</dd>" in page
    assert "<dt>Skipped: address bounced</dt><dd>1</dd>" in page


def test_the_page_says_which_language_is_missing(client, ana, now):
    notice = factories.notice(people=[factories.person(language="fr")], author=ana, send_at=now)
    client.force_login(ana)

    assert "1 person reads Français, which is missing." in text_of(client.get(notice.get_absolute_url()))


def test_the_page_says_how_the_audience_changed_since_the_approval(client, ana, cai, now):
    leaver = factories.person()
    group = factories.group(people=[cai, leaver])
    notice = factories.approved_notice(audience={"groups": [group.pk]}, now=now, send_at=now + timedelta(days=1))
    group.memberships.filter(person=leaver).delete()
    for _ in range(3):
        factories.person(groups=[group])
    client.force_login(ana)

    page = text_of(client.get(notice.get_absolute_url()))

    assert "Approved for 2; goes to 4: three joined, one left." in page


def test_progress_is_in_words_and_the_page_asks_again_until_it_is_over(client, ana, now):
    people = [factories.person() for _ in range(4)]
    notice = released(now - timedelta(seconds=60), people)
    first, second, *_ = notice.messages.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    Message.objects.filter(pk=second.pk).update(state=MessageState.FAILED)
    client.force_login(ana)

    running = client.get(address("notice_progress", notice))
    notice.messages.waiting().update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    over = client.get(address("notice_progress", notice))

    assert (running.status_code, over.status_code) == (200, 286)
    assert "1 of 4 sent, 1 failed" in text_of(running)
    assert 'hx-trigger="every 2s"' in text_of(running)
    assert 'hx-trigger="every 2s"' not in text_of(over)
    assert 'hx-swap-oob="true"' in text_of(over)


def test_the_page_says_how_many_acknowledged(client, ana, cai, now):
    notice = released(now, [cai, factories.person()], asks_acknowledgement=True)
    notice.messages.update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    Receipt.objects.create(message=notice.messages.get(person=cai), kind=ReceiptKind.ACKNOWLEDGED, at=now)
    client.force_login(ana)

    assert "1 of 2 acknowledged" in text_of(client.get(notice.get_absolute_url()))


def test_progress_is_announced_at_steps_of_a_quarter_only(client, ana, now):
    notice = released(now, [factories.person() for _ in range(4)])
    first = notice.messages.order_by("pk").first()
    Message.objects.filter(pk=first.pk).update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    client.force_login(ana)
    url = address("notice_progress", notice)

    assert 'data-announce="1 of 4 sent"' in text_of(client.get(url, {"said": "0"}))
    assert "data-announce" not in text_of(client.get(url, {"said": "25"}))


def test_the_frame_may_style_itself_and_nothing_else(client, ana, draft):
    client.force_login(ana)

    response = client.get(address("notice_frame", draft))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "Hello Cai" in text_of(response)


def test_broken_words_are_a_sentence_not_an_error(client, ana, cai, now):
    words = [{"language": "en", "level": "plain", "subject": "{{ nonsense }}", "body": "x"}]
    notice = factories.notice(people=[cai], words=words, author=ana, send_at=now)
    client.force_login(ana)

    page = client.get(notice.get_absolute_url())

    assert page.status_code == 200
    assert "nonsense" in text_of(page)


def test_a_notice_without_words_has_a_page(client, ana, now):
    notice = factories.notice(people=[], words=[], author=ana, send_at=None, channels=[])
    client.force_login(ana)

    assert "No words yet" in text_of(client.get(notice.get_absolute_url()))


# Who may do what


def test_a_reader_sees_the_acts_with_the_reason_why_not(reader, draft):
    assert labels(draft, reader) == {
        "notice_edit": "This takes the role Administrator or Communications manager.",
        "notice_submit": "This takes the role Administrator or Communications manager.",
        "notice_trial": "This takes the role Administrator or Communications manager.",
        "notice_cancel": "This takes the role Administrator or Communications manager.",
    }


@pytest.mark.parametrize(
    "name",
    [
        "notice_submit",
        "notice_approve",
        "notice_send_back",
        "notice_schedule",
        "notice_send",
        "notice_cancel",
        "notice_pause",
        "notice_resume",
        "notice_retry",
        "notice_trial",
    ],
)
def test_a_reader_may_not_act(client, reader, draft, name):
    client.force_login(reader)

    response = client.post(address(name, draft))

    draft.refresh_from_db()
    assert (response.status_code, draft.state) == (403, NoticeState.DRAFT)


@pytest.mark.parametrize("name", ["notice_submit", "notice_pause", "notice_resume", "notice_trial"])
def test_a_link_that_is_followed_changes_nothing(client, ana, draft, name):
    client.force_login(ana)

    assert client.get(address(name, draft)).status_code == 405


def test_each_state_offers_what_makes_sense(ana, ben, in_review, cai, now):
    approved = factories.approved_notice(people=[cai], now=now, send_at=now + timedelta(days=1))

    assert list(labels(in_review, ben)) == ["notice_approve", "notice_edit", "notice_trial", "notice_cancel"]
    assert list(labels(approved, ana)) == [
        "notice_pause",
        "notice_edit",
        "notice_send",
        "notice_trial",
        "notice_cancel",
    ]


def test_the_author_of_an_outage_notice_reads_why_somebody_else_approves(ana, cai, now):
    milestone = factories.milestone(impact=Impact.OUTAGE)
    notice = factories.notice(milestone, people=[cai], author=ana, send_at=now + timedelta(days=1))
    approve.submit(notice, by=ana, now=now)

    assert labels(notice, ana)["notice_approve"] == (
        "You wrote on it, and somebody else has to approve it: it announces an outage."
    )


def test_the_approval_card_says_in_words_why_this_account_may_not(client, reader, ana, cai, now):
    milestone = factories.milestone(impact=Impact.OUTAGE)
    notice = factories.notice(milestone, people=[cai], author=ana, send_at=now + timedelta(days=1))
    approve.submit(notice, by=ana, now=now)

    said = []
    for account in (ana, reader):
        client.force_login(account)
        said.append(client.get(notice.get_absolute_url()).context["why_not_approved"])

    assert said[0] == "You wrote on it, and somebody else has to approve it: it announces an outage."
    assert said[1].startswith("This takes the role ")
    assert f'<p class="text-secondary mt-2 mb-0">{said[1]}</p>' in text_of(client.get(notice.get_absolute_url()))


def test_the_head_and_the_mail_below_are_of_the_same_reader(client, ana, now):
    first, second = factories.person("Alma First"), factories.person("Zoe Second")
    notice = released(now, [first, second])
    sent = notice.messages.filter(person=second)
    sent.update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    client.force_login(ana)

    assert client.get(notice.get_absolute_url()).context["seen_by"] == second


def test_a_paused_notice_does_not_claim_to_go_out(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], now=now, send_at=now + timedelta(days=1), paused_at=now)
    client.force_login(ana)

    page = text_of(client.get(notice.get_absolute_url()))

    assert "<dt>Paused, was to go out</dt>" in page
    assert "<dt>Goes out</dt>" not in page


def test_a_draft_is_named_as_one_to_who_would_approve_it(client, ben, draft):
    client.force_login(ben)

    page = text_of(client.get(reverse("notice_approve", args=[draft.pk]), follow=True))

    assert "It does not wait for approval: it is a draft." in page


# What one does


def test_submit_and_approve(client, ana, ben, draft):
    client.force_login(ana)
    client.post(address("notice_submit", draft))
    revision = draft.revisions.get()
    client.force_login(ben)

    client.post(address("notice_approve", draft), {"revision": revision.pk})

    draft.refresh_from_db()
    assert (draft.state, draft.approved_by, draft.approved_revision) == (NoticeState.APPROVED, ben, revision)


def test_approving_what_has_changed_meanwhile_is_refused(client, ana, ben, in_review, now):
    old = in_review.revisions.get()
    approve.save_draft(in_review, by=ana, version=in_review.version, title="New", words=in_review.words)
    words = [{**in_review.words[0], "body": "Something else."}]
    approve.save_draft(in_review, by=ana, version=in_review.version, words=words)
    approve.submit(in_review, by=ana, now=now)
    client.force_login(ben)

    page = client.post(address("notice_approve", in_review), {"revision": old.pk}, follow=True)

    in_review.refresh_from_db()
    assert in_review.state == NoticeState.IN_REVIEW
    assert "It has changed since you opened it." in text_of(page)


def test_sending_back_needs_a_comment_and_keeps_it(client, ben, in_review):
    client.force_login(ben)
    url = address("notice_send_back", in_review)

    empty = client.post(url, {"reason": ""})
    client.post(url, {"reason": "The deadline is missing."})

    in_review.refresh_from_db()
    assert empty.status_code == 422
    assert (in_review.state, in_review.reason) == (NoticeState.DRAFT, "The deadline is missing.")


def test_the_question_before_approval_names_number_channels_time_and_first_readers(client, ben, in_review):
    client.force_login(ben)

    page = text_of(client.get(address("notice_approve", in_review)))

    assert "1 person" in page
    assert "E-mail" in page
    assert "<dt>First of all</dt><dd>Cai Carter</dd>" in page
    assert "UTC" in page
    assert "Europe/Berlin" in page


def test_many_readers_and_a_sunday_are_warned_of(client, ben, ana, cai, now, monkeypatch):
    sunday = timezone.datetime(2026, 3, 1, 10, tzinfo=now.tzinfo)
    notice = factories.notice(people=[cai, factories.person()], author=ana, send_at=sunday)
    approve.submit(notice, by=ana, now=now)
    monkeypatch.setattr("notices.insight.reach.MANY", 1)
    client.force_login(ben)

    page = text_of(client.get(address("notice_approve", notice)))

    assert "This goes to more than 1 people." in page
    assert "That is outside working hours at the place of the upgrade." in page


def test_a_notice_that_needs_no_approval_is_scheduled(client, ana, cai, now):
    notice = factories.notice(people=[cai], author=ana, needs_approval=False, send_at=now + timedelta(days=1))
    client.force_login(ana)

    client.post(address("notice_schedule", notice))

    notice.refresh_from_db()
    assert notice.state == NoticeState.APPROVED


def test_send_now_does_not_wait_for_the_time(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], kind=NoticeKind.PROGRESS, now=now, send_at=now + timedelta(days=3))
    client.force_login(ana)

    client.post(address("notice_send", notice))
    outbox.fill_due(now=timezone.now() + recall.HOLD)

    notice.refresh_from_db()
    assert notice.state == NoticeState.RELEASED
    assert [message.person for message in notice.messages.all()] == [cai]


def test_for_five_minutes_one_can_recall_it(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], now=now, send_at=now + timedelta(days=3))
    client.force_login(ana)

    client.post(address("notice_send", notice))
    banner = client.get(reverse("outbox_leaving"), {"notice": notice.pk})
    client.post(address("notice_recall", notice))

    notice.refresh_from_db()
    assert "4 min 59 s" in text_of(banner) or "5 min 0 s" in text_of(banner)
    assert (notice.state, notice.send_at) == (NoticeState.IN_REVIEW, now + timedelta(days=3))
    assert client.get(reverse("outbox_leaving")).status_code == 286


def test_a_reader_sees_what_leaves_and_recalls_nothing(client, cai, reader, now):
    notice = factories.approved_notice(people=[cai], now=now, send_at=now + timedelta(minutes=2))
    client.force_login(reader)

    assert "It goes out in" in text_of(client.get(address("notice", notice)))
    assert client.post(address("notice_recall", notice)).status_code == 403


def test_only_what_cannot_wait_goes_out_without_the_wait(client, ana, cai, now):
    sent = []
    for kind in (NoticeKind.OUTAGE, NoticeKind.ANNOUNCEMENT):
        notice = factories.approved_notice(people=[cai], kind=kind, now=now, send_at=now + timedelta(days=3))
        client.force_login(ana)
        page = text_of(client.get(address("notice_send", notice)))
        client.post(address("notice_send", notice), {"at_once": "yes"})
        notice.refresh_from_db()
        sent.append(("Without the wait" in page, notice.state))

    assert sent == [(True, NoticeState.RELEASED), (False, NoticeState.APPROVED)]


def test_a_missed_notice_goes_out_by_a_persons_word(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], kind=NoticeKind.PROGRESS, now=now, send_at=now + timedelta(days=3))
    type(notice).objects.filter(pk=notice.pk).update(state=NoticeState.MISSED)
    client.force_login(ana)

    client.post(address("notice_send", notice))
    outbox.fill_due(now=timezone.now() + recall.HOLD)

    notice.refresh_from_db()
    assert notice.state == NoticeState.RELEASED


def test_cancelling_keeps_the_reason(client, ana, draft):
    client.force_login(ana)

    client.post(address("notice_cancel", draft), {"reason": "Not needed."})

    draft.refresh_from_db()
    assert (draft.state, draft.reason) == (NoticeState.CANCELLED, "Not needed.")


def test_pause_and_resume(client, ana, cai, now):
    notice = released(now, [cai])
    client.force_login(ana)

    client.post(address("notice_pause", notice))
    notice.refresh_from_db()
    paused = notice.is_paused
    client.post(address("notice_resume", notice))

    notice.refresh_from_db()
    assert (paused, notice.is_paused) == (True, False)


def test_retry_takes_the_failed_only(client, ana, cai, now):
    notice = released(now, [cai, factories.person()])
    failed, bounced = notice.messages.order_by("pk")
    Message.objects.filter(pk=failed.pk).update(state=MessageState.FAILED, attempts=3)
    Message.objects.filter(pk=bounced.pk).update(state=MessageState.BOUNCED)
    client.force_login(ana)

    page = text_of(client.get(address("notice_retry", notice)))
    client.post(address("notice_retry", notice))

    assert "1 message has failed" in page
    assert "may have arrived" not in page
    states = list(notice.messages.order_by("pk").values_list("state", "attempts"))
    assert states == [(MessageState.QUEUED, 0), (MessageState.BOUNCED, 0)]


@pytest.fixture
def half_doubtful(cai, now):
    """Two were refused; of a third one nobody knows."""
    notice = released(now, [cai, factories.person(), factories.person("Doubt")])
    notice.messages.update(state=MessageState.FAILED, reason="554 No")
    notice.messages.filter(person__name="Doubt").update(answer="No answer.", reason="Given up (it may have arrived)")
    return notice


@pytest.mark.parametrize(
    ("chosen", "left", "said"),
    [
        ({}, ["Doubt"], "2 are tried again. 1 may have arrived already and is left out."),
        ({"with_doubtful": "yes"}, [], "3 are tried again."),
    ],
)
def test_who_tries_again_sees_what_may_have_arrived_and_can_leave_it_out(
    client, ana, half_doubtful, chosen, left, said
):
    client.force_login(ana)
    url = address("notice_retry", half_doubtful)

    page = text_of(client.get(url))
    done = client.post(url, chosen, follow=True)

    assert "1 of them may have arrived already" in page
    assert "Try the other 2" in page
    assert "Try all 3 again" in page
    failed = half_doubtful.messages.filter(state=MessageState.FAILED)
    assert list(failed.values_list("person__name", flat=True)) == left
    assert said in text_of(done)


def test_what_may_have_arrived_can_be_found(client, ana, half_doubtful):
    client.force_login(ana)

    found = client.get(address("notice_people", half_doubtful), {"state": "doubtful"})

    assert [message.person.name for message in found.context["messages_page"]] == ["Doubt"]


def test_what_came_too_late_is_not_offered_for_another_try(ana, cai, now):
    notice = released(now, [cai])
    notice.messages.update(state=MessageState.MISSED)

    assert "notice_retry" not in labels(notice, ana)


# The lists


def test_before_it_goes_out_the_list_shows_everybody_and_why_not(client, ana, cai, now):
    notice = factories.notice(people=[cai, factories.person("Nobody", email="")], author=ana, send_at=now)
    client.force_login(ana)
    url = address("notice_people", notice)

    everybody = client.get(url)
    skipped = client.get(url, {"reason": "skipped"})

    assert [person.name for person in everybody.context["people"]] == ["Cai Carter", "Nobody"]
    assert [person.name for person in skipped.context["people"]] == ["Nobody"]
    assert "No address" in text_of(skipped)


def test_results_can_be_filtered_by_state_and_acknowledgement(client, ana, cai, now):
    other = factories.person("Other Person")
    notice = released(now, [cai, other], asks_acknowledgement=True)
    message = notice.messages.get(person=cai)
    Receipt.objects.create(message=message, kind=ReceiptKind.ACKNOWLEDGED, at=now)
    Message.objects.filter(notice=notice, person=other).update(state=MessageState.FAILED, reason="no")
    client.force_login(ana)
    url = address("notice_people", notice)

    failed = client.get(url, {"state": "failed"})
    acknowledged = client.get(url, {"answer": "acknowledged"})
    searched = client.get(url, {"q": "oth"})

    assert [one.person for one in failed.context["messages_page"]] == [other]
    assert [one.person for one in acknowledged.context["messages_page"]] == [cai]
    assert [one.person for one in searched.context["messages_page"]] == [other]


def test_results_come_as_a_table_for_spreadsheets(client, ana, cai, now):
    trickster = factories.person("=cmd()")
    notice = released(now, [cai, trickster])
    client.force_login(ana)

    response = client.get(address("notice_people", notice), {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "Name,Channel,E-mail address,State,Reason,Attempts,Sent (UTC),Acknowledged",
        f"'=cmd(),E-mail,{trickster.email},Queued,,0,,no",
        "Cai Carter,E-mail,cai@example.org,Queued,,0,,no",
    ]


def test_the_history_shows_what_changed_between_revisions(client, ana, in_review, now):
    words = [{**in_review.words[0], "body": in_review.words[0]["body"].replace("will not be", "is never")}]
    approve.save_draft(in_review, by=ana, version=in_review.version, words=words)
    approve.submit(in_review, by=ana, now=now)
    client.force_login(ana)

    page = text_of(client.get(address("notice_history", in_review)))

    assert "Revision 2" in page
    assert "<del>will not be </del><ins>is never </ins>" in page


def test_the_history_says_who_did_what(client, ana, ben, draft):
    client.force_login(ana)
    client.post(address("notice_submit", draft))
    client.force_login(ben)
    client.post(address("notice_send_back", draft), {"reason": "Too long."})

    story = client.get(address("notice_history", draft)).context["story"]

    assert [(item["title"], item["who"]) for item in story] == [
        ("Back to draft", "Ben Brand"),
        ("Submitted for approval", "Ana Abel"),
        ("Drafted", ""),
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_ask_the_same_number_of_questions_however_long_they_are(
    client, ana, now, django_assert_num_queries, number
):
    notice = released(now, [factories.person() for _ in range(number)], author=ana)
    waiting = factories.notice(people=[factories.person() for _ in range(number)], author=ana, send_at=now)
    client.force_login(ana)

    with django_assert_num_queries(9):
        client.get(address("notice_people", notice))
    with django_assert_num_queries(7):
        client.get(address("notice_people", waiting))


# The test to oneself


def test_a_test_goes_to_oneself_and_is_no_telling(client, ana, draft, mailserver):
    client.force_login(ana)

    client.post(address("notice_trial", draft))

    (mail,) = mailserver.mails
    caught = message_from_bytes(mail.content, policy=default)
    assert (mail.recipient, caught["To"]) == ("ana@example.org", "Ana Abel <ana@example.org>")
    assert caught["Subject"].startswith("[Test] ")
    assert caught["List-Unsubscribe"] is None
    assert Message.objects.count() == 0


def test_a_test_that_cannot_be_sent_says_so(client, ana, draft, settings):
    settings.EMAIL_HOST = ""
    client.force_login(ana)

    page = client.post(address("notice_trial", draft), follow=True)

    assert "There is no mail server: set EMAIL_URL." in text_of(page)


@pytest.mark.parametrize("revision", ["", "<b>", "²", "a\x00", "9" * 5000])
def test_a_damaged_approval_is_refused_with_a_sentence(client, ana, ben, revision):
    notice = factories.notice(author=ana)
    approve.submit(notice, by=ana, now=timezone.now())
    client.force_login(ben)

    response = client.post(reverse("notice_approve", args=[notice.pk]), {"revision": revision}, follow=True)

    assert "changed since you opened it" in response.content.decode()
    notice.refresh_from_db()
    assert notice.state == NoticeState.IN_REVIEW


# Who stands in on the day on which it really goes out


@pytest.mark.parametrize("late", [False, True])
def test_before_it_is_sent_now_the_pages_name_who_stands_in_today(client, ana, cai, now, late):
    dot = factories.person("Dot")
    today = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    Absence.objects.create(person=cai, deputy=dot, start_on=today, end_on=today)
    days = timedelta(days=-2 if late else 2)
    notice = factories.approved_notice(
        people=[cai], kind=NoticeKind.PROGRESS, author=ana, now=now + days, send_at=now + days
    )
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.MISSED if late else NoticeState.APPROVED)
    client.force_login(ana)

    asked = client.get(f"/notices/{notice.pk}/send/").context
    shown = client.get(f"/notices/{notice.pk}/").context["reach"]
    client.post(f"/notices/{notice.pk}/send/")
    outbox.fill_due(now=timezone.now() + recall.HOLD)

    assert (asked["reach"].goes_to, asked["first_five"]) == (2, [cai, dot])
    assert shown.goes_to == (2 if late else 1)
    assert {message.person for message in notice.messages.all()} == {cai, dot}
