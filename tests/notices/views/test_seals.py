"""An approval is of what the approver saw: the words, what else was saved, and the time."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.enums import NoticeKind, NoticeState
from notices.models import Notice, PlanStep
from notices.pipeline import approve, planning, schedule
from tests import factories


@pytest.fixture
def waiting(ana):
    """Of a plan step, submitted by Ana."""
    step = factories.step(factories.milestone(start=timezone.now() + timedelta(days=30)))
    fields = {"title": step.name, "audience": step.audience, "send_at": schedule.due_at(step)}
    made = factories.notice(step=step, author=ana, **fields)
    approve.submit(made, by=ana, now=timezone.now())
    factories.waive_errors(made.upgrade, by=ana)
    return made


def shown(client, address):
    """What the page hands back when one clicks."""
    found = re.findall(r'name="(revision|seal)" value="([^"]*)"', client.get(address).content.decode())
    return {name: [value for other, value in found if other == name] for name, _ in found}


def page_of(notice, name):
    return {
        "notice_approve": lambda: reverse(name, args=[notice.pk]),
        "plan_approve": lambda: reverse(name, args=[notice.upgrade.slug]),
        "outbox_approve": lambda: f"{reverse('outbox')}?tab=approval",
    }[name]()


def click(client, notice, name, typed):
    address = reverse(name) if name == "outbox_approve" else page_of(notice, name)
    client.post(address, typed | {"pk": notice.pk})
    return Notice.objects.get(pk=notice.pk).state


PAGES = ("notice_approve", "plan_approve", "outbox_approve")


@pytest.mark.parametrize("name", PAGES)
def test_what_is_as_it_was_seen_is_approved(client, ben, waiting, name):
    client.force_login(ben)

    assert click(client, waiting, name, shown(client, page_of(waiting, name))) == NoticeState.APPROVED


@pytest.mark.parametrize("name", PAGES)
def test_what_got_another_time_since_the_page_was_opened_is_not_approved(client, ana, ben, waiting, name):
    client.force_login(ben)
    typed = shown(client, page_of(waiting, name))

    step = PlanStep.objects.get(pk=waiting.step_id)
    planning.change_step(step, replace(planning.line_of(step), offset=-2), by=ana, now=timezone.now())
    factories.waive_errors(waiting.upgrade, by=ana)

    assert click(client, waiting, name, typed) == NoticeState.IN_REVIEW
    assert click(client, waiting, name, shown(client, page_of(waiting, name))) == NoticeState.APPROVED


@pytest.mark.parametrize("name", PAGES)
def test_another_survey_with_the_same_words_is_not_approved_unseen(client, ana, ben, cai, name):
    milestone = factories.milestone(start=timezone.now() + timedelta(days=30))
    one, other = factories.survey(milestone.upgrade), factories.survey(milestone.upgrade, title="Other")
    fields = {"kind": NoticeKind.SURVEY, "send_at": timezone.now() + timedelta(days=2), "people": [cai]}
    notice = factories.notice(milestone, author=ana, survey=one, **fields)
    revision = approve.submit(notice, by=ana, now=timezone.now())
    factories.waive_errors(notice.upgrade, by=ana)
    client.force_login(ben)
    typed = shown(client, page_of(notice, name))

    saved = approve.save_draft(notice, by=ana, version=notice.version, survey=other)

    assert approve.submit(saved, by=ana, now=timezone.now()) == revision
    assert click(client, notice, name, typed) == NoticeState.IN_REVIEW


def test_what_was_submitted_after_the_page_was_opened_is_not_approved_with_the_rest(client, ana, ben, cai, waiting):
    client.force_login(ben)
    typed = shown(client, page_of(waiting, "plan_approve"))
    late = factories.notice(waiting.milestone, author=ana, people=[cai], send_at=timezone.now() + timedelta(days=2))
    approve.submit(late, by=ana, now=timezone.now())
    factories.waive_errors(waiting.upgrade, by=ana)

    assert click(client, waiting, "plan_approve", typed) == NoticeState.APPROVED
    late.refresh_from_db()
    assert late.state == NoticeState.IN_REVIEW
