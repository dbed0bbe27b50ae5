"""The pages of the check: who may, what a click does, and that it can be taken back."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pghistory
import pytest
from django.db import connection
from django.urls import reverse

from feedback.models import Question, Survey
from notices.enums import NoticeKind, NoticeState, Unit
from notices.lint import fixing
from notices.models import Notice, PlanStep, Waiver
from notices.pipeline import approve
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

RULE = "COV004"


@pytest.fixture
def window(db, time_machine=None):
    return factories.milestone(start=factories.NOW.replace(year=2099), end=factories.NOW.replace(year=2099, hour=20))


@pytest.fixture
def place(window):
    return f"milestone:{window.pk}"


def url(name, window, *more):
    return reverse(name, args=[window.upgrade.slug, *more])


def test_the_page_names_what_is_wrong_and_offers_a_fix(client, ana, window, place):
    client.force_login(ana)

    page = client.get(url("upgrade_check", window)).content.decode()

    assert "Nobody is told that it is done" in page
    assert url("check_fix", window, RULE, place) in page


def test_beside_the_plan_only_the_fragment(client, ana, window):
    client.force_login(ana)

    page = client.get(f"{url('upgrade_check', window)}?beside=1", headers={"HX-Request": "true"}).content.decode()

    assert 'id="check-beside"' in page
    assert "<html" not in page


def test_the_preview_changes_nothing(client, ana, window, place):
    client.force_login(ana)

    page = client.get(url("check_fix", window, RULE, place)).content.decode()

    assert "not in the plan" in page
    assert not PlanStep.objects.exists()


def test_a_fix_and_its_undo(client, ana, window, place):
    client.force_login(ana)

    done = client.post(url("check_fix", window, RULE, place))
    made = (PlanStep.objects.count(), Notice.objects.count())
    *_, tags = [message.extra_tags for message in done.wsgi_request._messages]
    client.post(tags.removeprefix("undo:"))

    assert made == (1, 1)
    assert (PlanStep.objects.count(), Notice.objects.count()) == (0, 0)


def test_what_was_mended_meanwhile_needs_no_fix(client, ana, window, place):
    client.force_login(ana)
    client.post(url("check_fix", window, RULE, place))

    client.post(url("check_fix", window, RULE, place))

    assert PlanStep.objects.count() == 1


def test_a_reader_may_look_and_not_mend(client, window, place):
    client.force_login(factories.account("Rea Reader", role=None))

    assert client.get(url("upgrade_check", window)).status_code == 200
    assert client.post(url("check_fix", window, RULE, place)).status_code == 403
    assert client.post(url("check_waive", window, RULE, place), {"reason": "So"}).status_code == 403
    assert not PlanStep.objects.exists()


def waive(client, window, place, reason="They are called."):
    address = url("check_waive", window, RULE, place)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', client.get(address).content.decode())[1]
    return client.post(address, {"reason": reason, "digest": digest})


def test_a_waiver_says_who_and_why_and_can_be_taken_back(client, ben, window, place):
    client.force_login(ben)

    waive(client, window, place)
    shown = client.get(url("upgrade_check", window)).content.decode()
    client.post(url("check_unwaive", window, RULE, place))

    assert "They are called." in shown
    assert not Waiver.objects.exists()


def test_a_waiver_without_a_reason_is_none(client, ben, window, place):
    client.force_login(ben)

    page = waive(client, window, place, reason=" ")

    assert "This field is required" in page.content.decode()
    assert not Waiver.objects.exists()


def test_a_waiver_of_something_else_than_was_read_is_none(client, ben, window, place):
    client.force_login(ben)

    page = client.post(url("check_waive", window, RULE, place), {"reason": "So it is", "digest": "0" * 64})

    assert not Waiver.objects.exists()
    assert re.search(r"<textarea[^>]*>\s*So it is</textarea>", page.content.decode())


@pytest.fixture
def submitted(ana, window):
    """A line of the plan that waits for approval."""
    notice = factories.notice(window, step=factories.step(window), author=ana, kind=NoticeKind.ANNOUNCEMENT)
    approve.submit(notice, by=ana, now=NOW)
    return notice


def state(notice):
    return Notice.objects.get(pk=notice.pk).state


def approved(client, notice):
    revision = notice.revisions.get().pk
    return client.post(reverse("notice_approve", args=[notice.pk]), {"revision": revision}, follow=True)


def test_an_error_blocks_approval(client, ben, submitted):
    client.force_login(ben)

    page = approved(client, submitted).content.decode()
    client.post(reverse("plan_approve", args=[submitted.upgrade.slug]))
    client.post(reverse("outbox_approve"), {"pk": submitted.pk, "notices": submitted.pk})

    assert state(submitted) == NoticeState.IN_REVIEW
    assert "The check of the plan has an error" in page


def test_waived_it_no_longer_does(client, ben, submitted):
    client.force_login(ben)
    report = json.loads(client.get(reverse("lint_json", args=[submitted.upgrade.slug])).content)
    for one in report["findings"]:
        address = reverse(
            "check_waive",
            args=[submitted.upgrade.slug, one["rule"], f"{one['place']['kind']}:{one['place']['id']}"],
        )
        digest = re.search(r'name="digest" value="([0-9a-f]+)"', client.get(address).content.decode())[1]
        client.post(address, {"reason": "We know.", "digest": digest})

    approved(client, submitted)

    assert state(submitted) == NoticeState.APPROVED


def test_the_json_has_every_finding(client, ana, window, place):
    client.force_login(ana)

    report = client.get(reverse("lint_json", args=[window.upgrade.slug])).json()

    found = {(one["rule"], f"{one['place']['kind']}:{one['place']['id']}") for one in report["findings"]}
    assert (RULE, place) in found
    assert report["counts"]["error"] == sum(one["severity"] == "error" for one in report["findings"])


def test_programs_without_a_token_are_told_so(client, window):
    answer = client.get(reverse("lint_json", args=[window.upgrade.slug]))

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="CommsPlan"')


# Twice, by two people, and back


def fix(client, window, rule, place, **data):
    """The address of its undo."""
    done = client.post(url("check_fix", window, rule, place), data)
    *_, (said, tags) = [(str(message), message.extra_tags) for message in done.wsgi_request._messages]
    assert tags.startswith("undo:"), said
    return tags.removeprefix("undo:")


def test_a_survey_that_a_fix_made_goes_with_its_undo(client, ana, window):
    client.force_login(ana)

    back = fix(client, window, "COV005", f"upgrade:{window.upgrade_id}")
    made = (Survey.objects.count(), Question.objects.count() > 0, PlanStep.objects.count())
    client.post(back)

    assert made == (1, True, 2)
    assert (Survey.objects.count(), Question.objects.count(), PlanStep.objects.count()) == (0, 0, 0)
    assert Notice.objects.count() == 0


def test_an_undo_is_whole_or_not_at_all(client, ana, window):
    """The line was taken out, and somebody has given its notice another name since."""
    step = factories.step(window, unit=Unit.MINUTES, offset=-50_000_000)
    notice = factories.notice(step=step)
    client.force_login(ana)

    back = fix(client, window, "LEAD004", f"planstep:{step.pk}")
    with pghistory.context():
        Notice.objects.filter(pk=notice.pk).update(title="Not needed")
    client.post(back)

    assert not PlanStep.objects.exists()
    assert state(notice) == NoticeState.CANCELLED


def test_a_line_that_was_taken_out_comes_back_as_it_was(client, ana, window):
    step = factories.step(window, unit=Unit.MINUTES, offset=-50_000_000)
    notice = factories.notice(step=step)
    before = Notice.objects.filter(pk=notice.pk).values().get()
    client.force_login(ana)

    client.post(fix(client, window, "LEAD004", f"planstep:{step.pk}"))

    assert PlanStep.objects.get() == step
    assert Notice.objects.filter(pk=notice.pk).values().get() == before | {"version": 2}


def test_a_fix_that_would_do_something_else_by_now_is_shown_again(client, ana, window, place):
    client.force_login(ana)

    page = client.post(url("check_fix", window, RULE, place), {"seen": "0" * 64}, follow=True)

    assert "The plan has changed since you opened this page" in page.content.decode()
    assert page.redirect_chain[-1][0] == url("check_fix", window, RULE, place)
    assert not PlanStep.objects.exists()


def test_a_fix_does_what_was_shown(client, ana, window, place):
    client.force_login(ana)

    shown = client.get(url("check_fix", window, RULE, place)).content.decode()
    client.post(url("check_fix", window, RULE, place), {"seen": re.search(r'name="seen" value="(\w+)"', shown)[1]})

    assert PlanStep.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_click_at_once_mend_it_once(ana, window, place):
    def click(_):
        try:
            return fixing.mend(window.upgrade, rule=RULE, place=place, seen="", by=ana, now=NOW)
        except fixing.NotFound:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(click, range(2))]

    assert sorted(map(bool, done)) == [False, True]
    assert PlanStep.objects.count() == 1


def test_what_people_call_things_is_no_markup(client, ana, window, place):
    Milestone.objects.filter(pk=window.pk).update(name="<script>alert(1)</script>\u202e“x” & co")
    client.force_login(ana)

    pages = [client.get(url("upgrade_check", window)), client.get(url("check_fix", window, RULE, place))]

    assert all(b"<script>alert" not in page.content for page in pages)
    assert all(b"&lt;script&gt;alert" in page.content for page in pages)
