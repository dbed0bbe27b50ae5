from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from commsplan.lib import clock
from feedback.enums import SurveyState
from feedback.models import Invitation
from notices.enums import MessageState, NoticeKind, NoticeState
from notices.models import Message, Notice, Variant
from notices.pipeline import approve, audience, outbox, schedule
from notices.pipeline.approve import NotAllowed
from notices.pipeline.outbox import sweeping
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Membership, Person
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Milestone, Upgrade

EMAIL = Channel.EMAIL


def words(*texts):
    return [
        {"language": language, "level": level, "subject": f"{language} {level}", "body": "Mail stops."}
        for language, level in texts
    ]


def states(notice):
    return dict(notice.messages.values_list("person__name", "state"))


def claim(limit=100, now=NOW):
    return outbox.claim(EMAIL, limit=limit, now=now)


# Filling


def test_cai_gets_a_message_and_dee_opted_out(cai, dee):
    notice = factories.released_notice(people=[cai, dee], kind=NoticeKind.PROGRESS)

    assert list(notice.messages.order_by("person__name").values_list("person__name", "state", "reason")) == [
        ("Cai Carter", "queued", ""),
        ("Dee Dorn", "skipped", "opted out: progress and completion of work that was announced"),
    ]


def test_nobody_can_opt_out_of_an_announcement(cai, dee):
    notice = factories.released_notice(people=[cai, dee], kind=NoticeKind.ANNOUNCEMENT)

    assert states(notice) == {"Cai Carter": "queued", "Dee Dorn": "queued"}


def test_fill_twice_writes_once(cai):
    notice = factories.approved_notice(people=[cai])

    assert [outbox.fill(notice, now=NOW) for _ in range(2)] == [1, 0]

    assert Message.objects.count() == 1


def test_a_filled_notice_is_released_with_the_addresses_of_the_moment(cai):
    notice = factories.released_notice(people=[cai])

    assert (notice.state, notice.released_at) == (NoticeState.RELEASED, NOW)
    assert notice.release["base_url"] == "http://testserver"
    assert notice.release["date"] == "2026-03-02T08:00:00+00:00"


def test_a_message_keeps_what_is_personal(cai):
    cai.time_zone, cai.wants_invitations = "Europe/Paris", True
    cai.save()

    message = factories.released_notice(people=[cai]).messages.get()

    assert message.address == "cai@example.org"
    assert message.values == {
        "name": "Cai Carter",
        "zone": "Europe/Paris",
        "invite": True,
        "is_list": False,
        "language": "en",
        "level": "plain",
        "outside": True,
        "invitation": None,
    }


@pytest.mark.parametrize(
    ("language", "level", "expected"),
    [
        ("de", "technical", "de technical"),
        ("de", "plain", "de plain"),
        ("fr", "plain", "fr technical"),  # the language matters more than the level
        ("es", "technical", "en technical"),
        ("es", "plain", "en plain"),
    ],
)
def test_everybody_gets_the_words_that_fit_best(cai, language, level, expected):
    Person.objects.filter(pk=cai.pk).update(language=language, reader_level=level)
    texts = words(("fr", "technical"), ("en", "technical"), ("de", "technical"), ("de", "plain"), ("en", "plain"))

    message = factories.released_notice(people=[cai], words=texts).messages.get()

    assert message.variant.subject == expected


def test_without_english_words_everybody_gets_some(cai):
    message = factories.released_notice(people=[cai], words=words(("de", "plain"))).messages.get()

    assert message.variant.subject == "de plain"


def test_a_survey_invites_those_who_get_it_and_no_list(cai, dee):
    everyone = factories.person("All staff", is_list=True)
    survey = factories.survey()
    notice = factories.released_notice(people=[cai, dee, everyone], kind=NoticeKind.SURVEY, survey=survey)

    invitation = Invitation.objects.get()
    assert (invitation.person, invitation.survey) == (cai, survey)
    values = dict(notice.messages.values_list("person__name", "values__invitation"))
    assert values == {"Cai Carter": invitation.pk, "All staff": None, "Dee Dorn": None}


def test_a_survey_that_was_closed_early_invites_nobody_and_says_so(cai):
    survey = factories.survey()
    notice = factories.approved_notice(people=[cai], kind=NoticeKind.SURVEY, survey=survey)
    type(survey).objects.update(state=SurveyState.CLOSED)

    assert outbox.fill_due(now=notice.send_at) == 0

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count(), Invitation.objects.count()) == (NoticeState.APPROVED, 0, 0)
    assert notice.reason == "Its survey takes no answers any more by then."


def test_a_notice_to_nobody_is_released_without_messages(db):
    notice = factories.released_notice(people=[])

    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 0)


def test_a_notice_on_the_status_page_alone_makes_no_messages(cai):
    notice = factories.released_notice(people=[cai], channels=[Channel.PORTAL])

    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 0)


def test_the_audience_is_the_approved_one_resolved_at_the_last_moment(cai):
    group = factories.group(people=[cai])
    notice = factories.approved_notice(audience={"groups": [group.pk]})
    joined = factories.person(groups=[group])

    outbox.fill(notice, now=NOW)

    assert set(notice.messages.values_list("person", flat=True)) == {cai.pk, joined.pk}
    assert notice.approved_size == 1


def test_preview_and_fill_agree_on_who(cai, dee):
    bounced = factories.person(email_state=AddressState.BOUNCED)
    nowhere = factories.person(email="")
    notice = factories.approved_notice(people=[cai, dee, bounced, nowhere], kind=NoticeKind.NEWS)
    expected = {person.pk: person.skip_reason for person in audience.recipients(notice, channel=EMAIL)}

    outbox.fill(notice, now=NOW)

    assert dict(notice.messages.values_list("person", "reason")) == expected
    assert expected == {
        cai.pk: "",
        dee.pk: "opted out: newsletters and summaries",
        bounced.pk: "address bounced",
        nowhere.pk: "no address",
    }


def test_old_facts_never_leave(cai):
    notice = factories.approved_notice(people=[cai])
    Milestone.objects.update(start=NOW + timedelta(days=20), end=NOW + timedelta(days=21))

    assert outbox.fill(notice, now=NOW) == 0

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.APPROVED, 0)


def test_fill_asks_the_same_for_one_and_for_three(db, django_assert_num_queries):
    for count in (1, 3):
        notice = factories.approved_notice(people=[factories.person() for _ in range(count)])
        with django_assert_num_queries(25):  # eight ask what anybody was told before
            assert outbox.fill(notice, now=NOW) == count


def test_what_its_author_approved_alone_does_not_go_to_a_crowd_that_joined_since(db):
    staff, ana = factories.group(people=[factories.person()]), factories.account()
    window = factories.milestone(impact=Impact.DEGRADED)
    notice = factories.notice(window, audience={"groups": [staff.pk]}, author=ana)
    approve.approve(notice, revision=approve.submit(notice, by=ana, now=NOW), by=ana, now=NOW)
    joined = Person.objects.bulk_create([Person(name=f"P{i}", email=f"p{i}@example.org") for i in range(approve.MANY)])
    Membership.objects.bulk_create([Membership(group=staff, person=one) for one in joined])

    with pytest.raises(NotAllowed, match="Somebody else than its author"):
        outbox.fill(notice, now=NOW)

    assert not notice.messages.exists()


def test_one_notice_that_fails_stops_no_other(cai):
    broken, _ = (factories.approved_notice(people=[cai], send_at=NOW) for _ in range(2))
    Notice.objects.filter(pk=broken.pk).update(channels=[EMAIL])
    Variant.objects.filter(revision=broken.approved_revision).delete()

    assert outbox.fill_due(now=NOW) == 1

    broken.refresh_from_db()
    assert broken.state == NoticeState.APPROVED
    assert broken.reason.startswith("It could not be released:")


def test_what_is_not_due_or_paused_is_not_filled(cai, ana):
    paused = factories.approved_notice(people=[cai], send_at=NOW)
    factories.approved_notice(people=[cai], send_at=NOW + timedelta(seconds=1))
    outbox.pause(paused, by=ana, now=NOW)

    assert outbox.fill_due(now=NOW) == 0


def test_what_was_too_late_when_it_came_does_not_slip_in_behind_the_stage_that_looks_for_it(cai):
    late = factories.approved_notice(people=[cai], send_at=NOW - timedelta(hours=2))

    assert outbox.fill_due(now=NOW) == 0
    assert schedule.mark_missed(now=NOW) == 1

    late.refresh_from_db()
    assert (late.state, late.messages.count()) == (NoticeState.MISSED, 0)


# Claiming


def test_a_claim_is_a_numbered_lease(cai):
    factories.released_notice(people=[cai])

    claimed = claim()[0]

    message = Message.objects.get()
    assert (message.state, message.attempts) == (MessageState.SENDING, 1)
    assert timedelta(0) < message.lease_until - clock.of_database() < outbox.LEASE
    assert (claimed.pk, claimed.attempts, claimed.may_leave()) == (message.pk, 1, True)
    assert claim() == []


def test_nothing_is_claimed_before_its_time(cai):
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.DEFERRED, not_before=NOW + timedelta(seconds=1))

    assert claim() == []
    assert len(claim(now=NOW + timedelta(seconds=1))) == 1


def test_the_urgent_goes_first_whatever_was_queued_before(db):
    news = factories.released_notice(people=[factories.person() for _ in range(3)], kind=NoticeKind.NEWS)
    usual = factories.released_notice(people=[factories.person() for _ in range(3)])
    outage = factories.released_notice(people=[factories.person() for _ in range(2)], kind=NoticeKind.OUTAGE)

    claimed = claim(limit=4) + claim(limit=4)

    assert [message.notice for message in claimed] == [outage] * 2 + [usual] * 3 + [news] * 3


def test_paused_waits_and_resumed_goes_on(cai, ben):
    notice = factories.released_notice(people=[cai])

    outbox.pause(notice, by=ben, now=NOW)
    assert claim() == []
    assert notice.pause_reason == "Paused by Ben Brand."

    outbox.resume(notice, by=ben, now=NOW)
    assert len(claim()) == 1


def test_pausing_twice_is_refused_with_a_sentence(cai, ben):
    notice = factories.released_notice(people=[cai])
    outbox.pause(notice, by=ben, now=NOW)

    with pytest.raises(NotAllowed, match="paused already"):
        outbox.pause(notice, by=ben, now=NOW)


def test_many_paused_messages_in_front_are_never_looked_at(db):
    paused = factories.released_notice(people=[factories.person() for _ in range(3)])
    multiply(paused.messages.first(), 3_000)
    outbox.pause(paused, by=None, now=NOW)
    other = factories.released_notice(people=[factories.person()])
    params = {"channel": EMAIL, "limit": 10, "now": NOW, "lease": outbox.LEASE, **outbox.CLAIM_VALUES}

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_message, notices_notice, stakeholders_person")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {outbox.CLAIM}", params)
        plan = cursor.fetchone()[0][0]["Plan"]

    assert max(touched(plan)) <= 2  # rows of notices_message, by any one step
    assert other.messages.get().state == MessageState.SENDING


def multiply(message, count):
    """The same message to many people who are made for it, past the triggers of the history."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO stakeholders_person (name, email, email_state, phone, external_id, department, job_title,"
            " time_zone, language, reader_level, wants_invitations, is_list, created_at, tags, works_on,"
            " preferred_channel, refused_channels, own_choices)"
            " SELECT 'Person', 'many' || n || '@example.org', 'working', '', '', '', '', 'UTC', 'en', 'plain', false,"
            " false, now(), '{}', '{}', '', '{}', '{}' FROM generate_series(1, %s) AS n",
            [count],
        )
        cursor.execute(
            "INSERT INTO notices_message (notice_id, variant_id, person_id, channel, state, address, values,"
            " not_before, created_at, attempts, priority)"
            " SELECT notice_id, variant_id, person.id, channel, 'queued', person.email, values, not_before,"
            " notices_message.created_at, 0, 0 FROM notices_message, stakeholders_person person"
            " WHERE notices_message.id = %s AND person.email LIKE 'many%%'",
            [message.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def touched(node):
    if node.get("Relation Name") == "notices_message":
        yield node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    for child in node.get("Plans", []):
        yield from touched(child)


def change(what, cai, notice):
    if what == "archived":
        cai.archive(now=NOW)
    elif what == "opted out":
        cai.opt_out("progress")
    elif what == "bounced":
        Person.objects.update(email_state=AddressState.BOUNCED)
    elif what == "complained":
        Person.objects.update(email_state=AddressState.COMPLAINED)
    elif what == "upgrade cancelled":
        Upgrade.objects.update(phase=Phase.CANCELLED)
    elif what == "milestone cancelled":
        Milestone.objects.update(status=Status.CANCELLED)
    elif what == "expired":
        Notice.objects.update(expires_at=NOW)
    elif what == "notice cancelled":
        Notice.objects.update(state=NoticeState.CANCELLED, reason="No longer needed.")


@pytest.mark.parametrize(
    ("what", "state", "reason"),
    [
        ("archived", "skipped", "no longer active"),
        ("opted out", "skipped", "opted out: progress and completion of work that was announced"),
        ("bounced", "skipped", "address bounced"),
        ("complained", "skipped", "marked our mail as unwanted"),
        ("upgrade cancelled", "skipped", "the upgrade was cancelled"),
        ("milestone cancelled", "skipped", "the milestone was cancelled"),
        ("expired", "missed", "too late to be useful"),
        ("notice cancelled", "cancelled", "No longer needed."),
    ],
)
def test_what_changed_since_the_fill_is_seen_at_the_last_moment(cai, what, state, reason):
    notice = factories.released_notice(people=[cai], kind=NoticeKind.COMPLETED)

    change(what, cai, notice)

    assert claim() == []
    assert list(notice.messages.values_list("state", "reason", "attempts")) == [(state, reason, 0)]


def test_an_announcement_is_not_sent_after_its_window(cai):
    notice = factories.released_notice(people=[cai])
    end = notice.milestone.end

    assert claim(now=end) == []
    assert states(notice) == {"Cai Carter": "missed"}


def test_the_news_of_a_cancellation_is_sent_although_all_is_cancelled(cai):
    factories.released_notice(people=[cai], kind=NoticeKind.CANCELLED)
    change("upgrade cancelled", cai, None)
    change("milestone cancelled", cai, None)

    assert len(claim()) == 1


def test_what_waits_goes_to_the_address_of_today_and_its_row_says_so(cai):
    notice = factories.released_notice(people=[cai])
    Person.objects.update(email="cai.carter@example.org")

    assert [message.address for message in claim()] == ["cai.carter@example.org"]
    assert notice.messages.get().address == "cai.carter@example.org"


def test_what_was_deferred_goes_to_the_address_of_today(cai):
    notice = factories.released_notice(people=[cai])
    [message] = claim()
    outbox.record(outbox.later(message, until=NOW, reason="greylisted"))
    Person.objects.update(email="cai.carter@example.org")

    assert [message.address for message in claim()] == ["cai.carter@example.org"]
    assert notice.messages.get().attempts == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": "cai.carter@example.org", "email_state": AddressState.BOUNCED}, "address bounced"),
        ({"email": ""}, "no address"),
    ],
)
def test_where_the_address_of_today_does_not_work_nothing_goes_to_the_old_one(cai, change, reason):
    notice = factories.released_notice(people=[cai])
    Person.objects.update(**change)

    assert claim() == []
    message = notice.messages.get()
    assert (message.state, message.reason, message.address) == ("skipped", reason, "cai@example.org")


def test_who_is_in_hand_and_moves_is_not_written_to_at_the_old_address(cai, dee):
    factories.released_notice(people=[cai, dee])
    claimed = claim(limit=2)
    Person.objects.filter(pk=cai.pk).update(email="cai.carter@example.org")

    outbox.hold(claimed, now=NOW)

    assert {one.address: one.may_leave() for one in claimed} == {"cai@example.org": False, dee.email: True}
    outbox.give_back(claimed)
    assert {one.address for one in claim(limit=2)} == {"cai.carter@example.org", dee.email}


def test_claiming_goes_on_past_those_that_are_skipped(db):
    people = [factories.person() for _ in range(5)]
    factories.released_notice(people=people)
    for person in people[:4]:
        person.archive(now=NOW)

    assert [message.person_id for message in claim(limit=2)] == [people[4].pk]


def test_a_claim_asks_the_same_for_one_and_for_three(db, django_assert_num_queries):
    for count in (1, 3):
        factories.released_notice(people=[factories.person() for _ in range(count)])
        with django_assert_num_queries(13):  # savepoint, claim, release; what to render; whether it is still so
            assert len(claim()) == count


# Given back, swept


def test_what_was_not_touched_was_no_attempt(cai):
    factories.released_notice(people=[cai])

    outbox.give_back(claim(), reason="The mail server cannot be reached.")

    message = Message.objects.get()
    assert (message.state, message.attempts, message.lease_until) == (MessageState.QUEUED, 0, None)
    assert message.reason == "The mail server cannot be reached."


def test_a_late_worker_changes_nothing(cai):
    factories.released_notice(people=[cai])
    late = claim()[0]
    factories.leases_end()
    outbox.sweep()
    after = NOW + outbox.LEASE
    outbox.claim_suspects(EMAIL, limit=1, now=after)

    outbox.give_back([late])
    assert not outbox.record(outbox.sent(late, digest=b"x" * 32, answer="", now=after))
    assert not outbox.record(outbox.later(late, until=after, reason=""))
    assert not outbox.record(outbox.failed(late, reason=""))
    assert outbox.hold([late], now=after) == [late]
    assert not late.may_leave()

    message = Message.objects.get()
    assert (message.state, message.attempts) == (MessageState.SENDING, 2)


def test_sweep_takes_back_only_what_nobody_holds_any_more(cai):
    factories.released_notice(people=[cai])
    message = claim()[0]

    assert outbox.sweep() == 0
    factories.leases_end()
    outbox.hold([message], now=NOW)
    assert outbox.sweep() == 0
    factories.leases_end()
    assert outbox.sweep() == 1

    assert Message.objects.get().state == MessageState.QUEUED


def test_what_never_comes_back_is_set_aside(cai):
    factories.released_notice(people=[cai])
    claim()
    Message.objects.update(attempts=outbox.MOST_ATTEMPTS)

    factories.leases_end()
    outbox.sweep()

    message = Message.objects.get()
    assert (message.state, message.reason) == (MessageState.FAILED, sweeping.NEVER_BACK)


# A person's word


def test_a_missed_notice_goes_out_when_a_person_says_so(cai, ben):
    notice = factories.approved_notice(people=[cai], kind=NoticeKind.PROGRESS)
    later = notice.send_at + timedelta(hours=2)
    schedule.mark_missed(now=later)

    assert outbox.fill_due(now=later) == 0
    assert outbox.send_now(notice, by=ben, now=later) == 1

    assert (notice.state, notice.released_at) == (NoticeState.RELEASED, later)


def test_a_scheduled_notice_can_go_out_before_its_time(cai, ben):
    notice = factories.approved_notice(people=[cai])

    assert outbox.send_now(notice, by=ben, now=NOW) == 1


def test_a_missed_notice_that_nobody_approved_needs_somebody_who_may(cai, ana, ben):
    milestone = factories.milestone(action="Save your work.")
    notice = factories.notice(milestone, people=[cai], author=ana, state=NoticeState.MISSED)

    with pytest.raises(NotAllowed, match="Somebody else than its author has to approve it: people have to do someth"):
        outbox.send_now(notice, by=ana, now=NOW)
    assert outbox.send_now(notice, by=ben, now=NOW) == 1

    assert (notice.approved_by, notice.approved_revision.number) == (ben, 1)


def test_a_missed_notice_goes_out_with_the_facts_of_today(cai, ben):
    notice = factories.approved_notice(people=[cai])
    Notice.objects.update(state=NoticeState.MISSED)
    Milestone.objects.update(effect="Mail will be slow.")

    outbox.send_now(notice, by=ben, now=NOW)

    facts = notice.approved_revision.facts
    assert facts[f"milestone:{notice.milestone_id}.effect"] == "Mail will be slow."
    assert notice.messages.get().variant.revision == notice.approved_revision


@pytest.mark.parametrize("state", [NoticeState.DRAFT, NoticeState.IN_REVIEW, NoticeState.CANCELLED])
def test_what_is_neither_scheduled_nor_missed_cannot_be_sent_now(db, ben, state):
    notice = factories.notice(state=state)

    with pytest.raises(NotAllowed, match="Only what is scheduled or was missed can be sent now"):
        outbox.send_now(notice, by=ben, now=NOW)


def test_retrying_starts_from_the_first_attempt(cai, ben):
    notice = factories.released_notice(people=[cai, factories.person()])
    notice.messages.filter(person=cai).update(state=MessageState.FAILED, attempts=30, reason="554 no")

    assert outbox.retry_failed(notice, by=ben, now=NOW) == 1

    assert list(notice.messages.values_list("state", "attempts", "reason")) == [("queued", 0, "")] * 2


def test_cancelling_a_notice_cancels_what_has_not_left(cai, ana):
    notice = factories.released_notice(people=[cai, factories.person()])
    held = claim(limit=1)

    approve.cancel(notice, by=ana, reason="The date is wrong.", now=NOW)
    outbox.give_back(held)

    assert claim() == []
    assert list(notice.messages.values_list("state", "reason")) == [("cancelled", "The date is wrong.")] * 2


# Many at once


def run_at_once(*works):
    failures = []

    def run(work):
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_ten_fills_at_once_release_it_once(transactional_db):
    notice = factories.approved_notice(people=[factories.person() for _ in range(20)])
    made = []

    run_at_once(*[lambda: made.append(outbox.fill(notice, now=NOW))] * 10)

    assert sorted(made) == [0] * 9 + [20]
    assert Message.objects.count() == 20


def claims_of_four_workers(take):
    factories.released_notice(people=[factories.person() for _ in range(40)])
    claimed = []

    def work():
        while rows := take():
            claimed.extend(message.pk for message in rows)

    run_at_once(*[work] * 4)
    return sorted(claimed)


def test_four_workers_take_forty_messages_each_once(transactional_db):
    claimed = claims_of_four_workers(lambda: outbox.claim(EMAIL, limit=3, now=NOW))

    assert claimed == sorted(Message.objects.values_list("pk", flat=True))


def test_without_the_lock_they_would_take_some_twice(transactional_db):
    """Shows that the test above can fail."""
    unlocked = outbox.CLAIM.replace("FOR UPDATE SKIP LOCKED", "")

    def take():
        params = {"channel": EMAIL, "limit": 3, "now": NOW, "lease": outbox.LEASE, **outbox.CLAIM_VALUES}
        return list(Message.objects.raw(unlocked.replace("SELECT * FROM taken", "SELECT id FROM taken"), params))

    assert len(claims_of_four_workers(take)) > 40
