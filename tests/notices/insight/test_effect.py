"""What an approval changes, against the plan as it was approved last."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from notices.enums import NoticeKind
from notices.insight import effect, since
from notices.lint import checking
from notices.models import DeliveryRules, Notice
from notices.pipeline import approve, planning
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from upgrades import rescheduling


def reload(notice):
    return Notice.objects.select_related("upgrade", "milestone__upgrade", "step", "survey").get(pk=notice.pk)


def effect_of(notice):
    notice = reload(notice)
    return effect.of(notice, checking.check(notice.upgrade, now=NOW), now=NOW)


def test_a_first_approval_is_compared_with_a_plan_without_it(ana, cai):
    notice = factories.notice(author=ana, people=[cai])

    found = effect_of(notice)

    assert (found.is_first, found.before.people, found.after.people) == (True, 0, 1)
    assert (found.before.messages, found.after.messages, found.after.channels) == (0, 1, ["email"])


def test_more_people_and_channels_show_before_and_after(ana, ben, cai):
    notice = factories.approved_notice(author=ana, by=ben, people=[cai])
    dan = factories.person("Dan")
    approve.save_draft(notice, by=ana, version=1, audience={"people": [cai.pk, dan.pk]}, channels=["email", "portal"])

    found = effect_of(notice)

    assert (found.before.people, found.after.people) == (1, 2)
    assert (found.before.channels, found.after.channels) == (["email"], ["email", "portal"])


def test_the_load_of_that_week_counts_the_others(ana, cai):
    for turn in range(3):
        factories.notice(author=ana, people=[cai], title=f"Other {turn}")
    notice = factories.notice(author=ana, people=[cai])

    found = effect_of(notice)

    assert (found.after.each, found.after.over) == (4.0, 1)


def test_what_comes_to_phones_alone_is_load_too_and_a_notice_over_two_channels_counts_once(ana, cai):
    factories.outlet(Channel.SMS)
    factories.address(cai, Channel.SMS, "+4915123456789")
    for channels in ([Channel.SMS], [Channel.EMAIL, Channel.SMS], [Channel.PORTAL]):
        factories.notice(author=ana, people=[cai], channels=channels)
    notice = factories.notice(author=ana, people=[cai])

    found = effect_of(notice)

    assert (found.after.each, found.after.over) == (3.0, 0)


@pytest.mark.django_db(transaction=True)
def test_it_names_the_findings_that_come_and_go(ana, ben):
    service = factories.service(users=[factories.group(people=[factories.person()])])
    milestone = factories.milestone(services=[service], start=NOW + timedelta(days=30))
    step = factories.step(milestone, offset=-15)
    notice = factories.approved_notice(
        step=step, title=step.name, audience=step.audience, author=ana, by=ben, send_at=NOW + timedelta(days=9)
    )
    line = planning.line_of(step)
    planning.change_step(step, replace(line, offset=-1), by=ana, now=NOW)

    gained = {one.rule.id for one in effect_of(notice).gained}
    again = reload(notice)
    before = {one.rule.id for one in effect._findings_before(again, effect.as_approved(again), now=NOW)}
    now = {one.rule.id for one in checking.check(milestone.upgrade, now=NOW).findings}

    assert gained
    assert gained == now - before


def test_an_approver_reads_the_difference_as_it_is_printed(ana, ben, cai):
    milestone = factories.milestone(name="Go-live")
    words = [{"language": "en", "level": "plain", "subject": "Mail", "body": "It starts on {{ start }}."}]
    notice = factories.approved_notice(milestone, author=ana, by=ben, people=[cai], words=words)
    rescheduling.move(milestone, start=milestone.start + timedelta(days=1), end=None)
    approve.refresh(now=NOW)

    found = since.last_approval(reload(notice), on=None)

    letter = next(one for one in found.rendered if one.title.endswith("letter"))
    assert found.words == []
    assert {piece.how for piece in letter.pieces} >= {"added", "removed"}
    assert "{{" not in "".join(piece.text for piece in letter.pieces)


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_questions_does_not_grow(ana, ben, cai, number, django_assert_max_num_queries):
    notice = factories.approved_notice(author=ana, by=ben, people=[cai])
    for turn in range(number):
        factories.notice(notice.upgrade, people=[factories.person()], author=ana, title=f"{turn}")
    notice = reload(notice)
    report = checking.check(notice.upgrade, now=NOW)

    with django_assert_max_num_queries(60):
        effect.of(notice, report, now=NOW)


def test_it_says_for_how_many_it_waits_because_of_quiet_hours_and_the_cap(ana, ben, cai):
    DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7), quiet_weekends=False, most_per_week=1)
    night = datetime(2026, 3, 10, 22, tzinfo=UTC)
    fay = factories.person("Fay", time_zone="Pacific/Auckland")
    notice = factories.notice(people=[cai, fay], author=ana, kind=NoticeKind.PROGRESS, send_at=night)

    found = effect_of(notice)

    assert (found.before.held, found.after.held, found.cap) == (0, 1, 1)
