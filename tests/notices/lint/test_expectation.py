"""Whether what people were told still holds (EXP001 to EXP003)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.models import Telling
from notices.enums import MessageState, NoticeKind
from notices.lint import checking, loading
from notices.models import CorrectionRule, Message, Notice
from notices.register import merging
from tests import factories
from tests.factories import NOW
from upgrades import facts
from upgrades.enums import Impact, Status
from upgrades.models import Milestone, Upgrade


@pytest.fixture
def staff(cai):
    return factories.group("Teaching", people=[cai])


@pytest.fixture
def window(staff):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def fresh(window) -> Upgrade:
    return Upgrade.objects.get(pk=window.upgrade_id)


def got_through(notice, state=MessageState.SENT):
    Message.objects.filter(notice=notice).update(state=state, sent_at=NOW, sha256=b"1" * 32)
    return notice


def announced(window, **fields):
    return got_through(factories.released_notice(window, **{"audience": {"affected": True}, **fields}))


def move(**by):
    one = Milestone.objects.order_by("pk").first()
    Milestone.objects.filter(pk=one.pk).update(start=one.start + timedelta(**by), end=one.end + timedelta(**by))


# EXP001


def test_who_was_told_another_day_is_found_and_corrected(findings_of, mend, window, cai):
    announced(window)
    move(days=1)

    found = findings_of("EXP001", fresh(window))

    assert found[at(window)].sentence == (
        "1 person was told something else about “Move” (when it starts: Mon 16 Mar 2026, 09:00 Europe/Berlin (CET), by "
        "now Tue 17 Mar 2026, 09:00 Europe/Berlin (CET); when it ends), and no notice to come tells them in time."
    )
    assert mend("EXP001", fresh(window), at(window)) == {}
    correction = Notice.objects.latest("pk")
    assert (correction.kind, correction.audience) == (NoticeKind.CORRECTION, {"people": [cai.pk]})


def test_ten_minutes_later_do_not_matter(findings_of, window):
    announced(window)
    move(minutes=10)

    assert findings_of("EXP001", fresh(window)) == {}


def test_ten_minutes_later_matter_where_the_rule_for_corrections_says_so(findings_of, window, ana):
    announced(window)
    CorrectionRule.objects.create(upgrade=window.upgrade, author=ana, start_minutes=10)
    move(minutes=10)

    assert at(window) in findings_of("EXP001", fresh(window))


def test_who_was_told_under_another_record_is_found_too(findings_of, window, staff, cai, ana):
    announced(window)
    twin = factories.person("Cai Twin", groups=[staff])
    merging.merge(twin, cai, by=ana, now=NOW)
    move(days=1)

    assert findings_of("EXP001", fresh(window))[at(window)].sentence.startswith("1 person was told something else")


def test_whom_the_mail_did_not_reach_believes_nothing_wrong(findings_of, window):
    got_through(announced(window), MessageState.BOUNCED)
    move(days=1)

    assert findings_of("EXP001", fresh(window)) == {}


def test_who_was_told_again_is_right(findings_of, window):
    announced(window)
    move(days=1)
    later = Milestone.objects.get()
    announced(later, now=NOW + timedelta(minutes=1), send_at=NOW + timedelta(minutes=1))

    assert findings_of("EXP001", fresh(window)) == {}


def test_who_was_corrected_about_two_windows_is_right(findings_of, window, cai):
    second = factories.milestone(
        window.upgrade, name="Second", start=window.start + timedelta(days=2), end=window.end + timedelta(days=2)
    )
    announced(window)
    announced(second)
    for one in (window, second):
        Milestone.objects.filter(pk=one.pk).update(start=one.start + timedelta(days=1), end=one.end + timedelta(days=1))
    assert len(findings_of("EXP001", fresh(window))) == 2
    words = [{"language": "en", "level": "plain", "subject": "It has changed", "body": "Hello,\n\n{{ changes }}\n"}]

    got_through(factories.released_notice(fresh(window), kind=NoticeKind.CORRECTION, people=[cai], words=words))

    assert findings_of("EXP001", fresh(window)) == {}


def test_who_hears_by_a_notice_to_come_is_left_to_it(findings_of, window, line):
    announced(window)
    move(days=1)
    line(Milestone.objects.get(), NoticeKind.REMINDER, offset=-3)

    assert findings_of("EXP001", fresh(window)) == {}


def test_a_notice_after_the_old_date_comes_too_late(findings_of, window, line):
    announced(window)
    move(days=7)
    line(Milestone.objects.get(), NoticeKind.REMINDER, offset=-1)

    assert [*findings_of("EXP001", fresh(window))] == [at(window)]


def test_a_conversation_tells_as_well(findings_of, window):
    there = factories.person("Mia Meeting")
    factories.stakeholder(there, of=window.upgrade, impact_on_them=Impact.OUTAGE)
    meeting = factories.engagement(window.upgrade, people=[there], start=NOW - timedelta(days=1))
    meeting.participants.update(attended=True)
    Telling.objects.create(
        engagement=meeting,
        facts={f"milestone:{window.pk}.start": facts.of_milestone(window)[f"milestone:{window.pk}.start"]},
        at=NOW - timedelta(hours=20),
        recorded_by=factories.account(),
        recorded_at=NOW,
    )
    move(days=1)

    assert "1 person was told" in findings_of("EXP001", fresh(window))[at(window)].sentence


def test_a_window_that_is_cancelled_is_told_to_those_who_expect_it(findings_of, mend, window):
    announced(window)
    Milestone.objects.update(status=Status.CANCELLED)

    assert (
        "whether it takes place: confirmed, by now cancelled"
        in findings_of("EXP001", fresh(window))[at(window)].sentence
    )
    assert mend("EXP001", fresh(window), at(window)) == {}
    assert Notice.objects.latest("pk").kind == NoticeKind.CORRECTION


def test_another_contact_is_told_to_those_who_know_the_old_one(findings_of, mend, window):
    announced(window)
    Upgrade.objects.update(contact_email="new@example.org")

    assert "whom to ask: help@example.org, by now new@example.org" in (
        findings_of("EXP001", fresh(window))[at(window.upgrade)].sentence
    )
    assert mend("EXP001", fresh(window), at(window.upgrade)) == {}


def queries(window) -> int:
    with CaptureQueriesContext(connection) as seen:
        checking.run(loading.load(fresh(window), now=NOW))
    return len(seen)


def test_many_tellings_and_people_take_no_more_queries(window, staff):
    announced(window)
    once = queries(window)
    for number in range(3):
        announced(window, title=f"Again {number}")
        factories.person(groups=[staff])

    assert queries(window) == once


# EXP002


def tentative(window):
    Milestone.objects.update(status=Status.TENTATIVE)
    announced(Milestone.objects.get(), kind=NoticeKind.SAVE_THE_DATE)
    Milestone.objects.update(status=Status.CONFIRMED)


def test_who_heard_perhaps_and_nothing_since_is_found_and_told(findings_of, mend, window):
    tentative(window)

    assert [*findings_of("EXP002", fresh(window))] == [at(window)]
    assert mend("EXP002", fresh(window), at(window)) == {}


def test_who_hears_it_by_a_notice_to_come_is_not(findings_of, window, line):
    tentative(window)
    line(window)

    assert findings_of("EXP002", fresh(window)) == {}


def test_who_was_announced_a_date_takes_it_as_final(findings_of, window):
    Milestone.objects.update(status=Status.TENTATIVE)
    announced(Milestone.objects.get())
    Milestone.objects.update(status=Status.CONFIRMED)

    assert findings_of("EXP002", fresh(window)) == {}


# EXP003


def rival(window, **fields):
    upgrade = factories.upgrade("Storage", services=[*window.upgrade.services.all()])
    return factories.milestone(upgrade, name="Disks", **fields)


def test_two_upgrades_that_say_different_things_of_the_same_hours_are_found(findings_of, window):
    rival(window, impact=Impact.OUTAGE)

    assert findings_of("EXP003", fresh(window))[at(window)].sentence == (
        "“Move” and “Disks” of “Storage” are about Mail in the same hours of Mon 16 Mar 2026, and differ in impact."
    )


def test_two_that_say_the_same_are_not(findings_of, window):
    rival(window)

    assert findings_of("EXP003", fresh(window)) == {}


def test_two_on_different_days_are_not(findings_of, window):
    rival(window, impact=Impact.OUTAGE, start=NOW + timedelta(days=15))

    assert findings_of("EXP003", fresh(window)) == {}


def test_two_about_different_services_are_not(findings_of, window):
    other = rival(window, impact=Impact.OUTAGE)
    other.services.set([factories.service("Disks")])

    assert findings_of("EXP003", fresh(window)) == {}
