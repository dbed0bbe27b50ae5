"""What people do in a hurry: they press again, press another button, take another way, report what is known."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeKind, NoticeState
from notices.models import Notice
from notices.pipeline import approve, kit
from notices.pipeline.correcting import proposing
from notices.pipeline.kit import outages
from notices.pipeline.kit.buttons import BUTTONS
from portal import status
from stakeholders.enums import Topic
from tests import factories
from tests.notices.pipeline.kit.test_outages import outage
from tests.notices.pipeline.kit.test_using import order, postponed, readers, ready, tell
from upgrades import rescheduling
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Milestone, Upgrade

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ana():
    return factories.account("Ana Abel")


@pytest.fixture
def ben():
    return factories.account("Ben Brand", role=Role.APPROVER)


@pytest.fixture
def group():
    return factories.group("Staff")


@pytest.fixture
def cai(group):
    return factories.person("Cai Berg", groups=[group])


@pytest.fixture
def milestone(group, now) -> Milestone:
    upgrade = factories.upgrade("New mail", services=[factories.service("Mail", users=[group])])
    return factories.milestone(upgrade, start=now + timedelta(days=3), impact=Impact.OUTAGE)


def laid(milestone, key, *, by, now):
    return kit.lay(milestone, BUTTONS[key], by=by, now=now)


def corrections(upgrade):
    return list(Notice.objects.filter(upgrade=upgrade, kind=NoticeKind.CORRECTION).exclude(state=NoticeState.CANCELLED))


def test_while_it_waits_for_somebody_else_nobody_gets_a_correction_of_the_same(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = laid(milestone, "postpone", by=ana, now=now)
    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    proposing.keep(now=now + 2 * HOUR)

    assert notice.state == NoticeState.IN_REVIEW
    assert corrections(milestone.upgrade) == []


def test_once_it_is_called_off_they_get_the_correction(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = laid(milestone, "postpone", by=ana, now=now)
    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    approve.cancel(notice, by=ana, reason="", now=now)
    proposing.keep(now=now + 2 * HOUR)

    assert [one.audience for one in corrections(milestone.upgrade)] == [{"people": [cai.pk]}]


def test_what_is_approved_on_its_own_page_can_still_be_sent(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = laid(milestone, "postpone", by=ana, now=now)
    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)
    approve.approve(notice, revision=notice.revisions.latest("number"), by=ben, now=now)

    kit.approve_and_send(notice, revision=notice.revisions.latest("number"), by=ben, now=now)

    assert readers(notice) == {"Cai Berg"}


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_words_that_were_approved_for_something_else_are_not_sent(milestone, cai, ana, now, is_elsewhere):
    tell(milestone, cai, at=now - HOUR)
    other = factories.milestone(milestone.upgrade, name="Other", start=now + timedelta(days=5))
    line = laid(other, "postpone", by=ana, now=now) if is_elsewhere else laid(milestone, "cancel", by=ana, now=now)

    with pytest.raises(kit.Used, match="no longer in the plan"):
        kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    line.refresh_from_db()
    assert (line.audience, line.is_waiting) == ({"affected": True}, True)


def test_another_press_takes_the_place_of_what_still_waits(milestone, cai, ana, ben, now):
    tell(milestone, cai, at=now - HOUR)
    line = laid(milestone, "postpone", by=ana, now=now)
    first = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)
    milestone.refresh_from_db()
    line = laid(milestone, "cancel", by=ana, now=now)
    second = kit.use(milestone, order(line, milestone, "cancel", status=Status.CANCELLED), by=ana, now=now)

    first.refresh_from_db()
    assert (first.state, second.state) == (NoticeState.CANCELLED, NoticeState.IN_REVIEW)


def test_only_what_waits_in_the_kit_is_sent_from_it(milestone, cai, ana, ben, now):
    audience = {"people": [cai.pk]}
    later = now + 48 * HOUR
    planned = factories.notice(milestone.upgrade, milestone=milestone, send_at=later, author=ana, audience=audience)
    revision = approve.submit(planned, by=ana, now=now)

    with pytest.raises(approve.NotAllowed, match="It does not wait in the kit any more"):
        kit.approve_and_send(planned, revision=revision, by=ben, now=now)


def test_an_outage_during_a_window_whose_words_lie_ready_is_news(milestone, cai, ana, ben, now):
    mail = milestone.upgrade.services.get()
    milestone.services.set([mail])
    ready(milestone, "outage", by=ana, approver=ben, now=now)
    Milestone.objects.filter(pk=milestone.pk).update(status=Status.IN_PROCESS)

    upgrade, _ = outages.report(outage(mail, now), during=milestone.upgrade, by=ana, now=now)

    assert upgrade == milestone.upgrade


def test_an_outage_whose_upgrade_was_called_off_can_come_again(cai, group, ana, now):
    mail = factories.service("Mail", users=[group])
    upgrade, _ = outages.report(outage(mail, now), by=ana, now=now)
    Upgrade.objects.filter(pk=upgrade.pk).update(phase=Phase.CANCELLED)

    again, _ = outages.report(outage(mail, now), by=ana, now=now)

    assert again != upgrade


def test_what_is_not_for_the_status_page_is_not_on_it(milestone, cai, ana, ben, now):
    mail = milestone.upgrade.services.get()
    milestone.upgrade.publish(now=now)

    upgrade, _ = outages.report(outage(mail, now, is_public=False), during=milestone.upgrade, by=ana, now=now)

    page = status.upgrade_page(upgrade, reader=status.Reader("en"), now=now)
    assert [one.name for one in page.windows] == ["Go-live"]
    assert page.updates == []


def test_a_hidden_window_keeps_its_kit_off_the_status_page(milestone, cai, ana, ben, now):
    Milestone.objects.filter(pk=milestone.pk).update(is_public=False)
    milestone.refresh_from_db()
    milestone.upgrade.publish(now=now)
    tell(milestone, cai, at=now - HOUR)
    line = ready(milestone, "postpone", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "postpone", **postponed(milestone, hours=48)), by=ana, now=now)

    page = status.upgrade_page(Upgrade.objects.get(pk=milestone.upgrade_id), reader=status.Reader("en"), now=now)
    assert readers(notice) == {"Cai Berg"}
    assert notice.pk not in [one.pk for one in page.updates]


def test_an_outage_of_a_service_without_users_is_told_to_the_public_alone(ana, now):
    wifi = factories.service("Wi-Fi <script>alert(1)</script> 日本語 {{ name }}")

    upgrade, notice = outages.report(outage(wifi, now), by=ana, now=now)

    page = status.upgrade_page(upgrade, reader=status.Reader("en"), now=now)
    assert notice.messages.count() == 0
    assert ["<script" in one.html for one in page.updates] == [False]


def test_who_wants_no_progress_is_put_right_instead(milestone, cai, ana, ben, now):
    dee = factories.person("Dee Dorn")
    tell(milestone, cai, dee, at=now - HOUR)
    dee.opt_outs.create(topic=Topic.PROGRESS)
    rescheduling.change(milestone, status=Status.IN_PROCESS)
    line = ready(milestone, "extend", by=ana, approver=ben, now=now)

    notice = kit.use(milestone, order(line, milestone, "extend", end=milestone.end + 2 * HOUR), by=ana, now=now)
    proposing.keep(now=now + 2 * HOUR)

    assert readers(notice) == {"Cai Berg"}
    assert [one.audience for one in corrections(milestone.upgrade)] == [{"people": [dee.pk]}]


@pytest.mark.parametrize("key", ["postpone", "extend", "complete"])
def test_what_is_off_as_a_whole_does_not_go_on(milestone, now, key):
    Milestone.objects.filter(pk=milestone.pk).update(status=Status.IN_PROCESS)
    Upgrade.objects.filter(pk=milestone.upgrade_id).update(phase=Phase.CANCELLED)
    window = Milestone.objects.select_related("upgrade").get(pk=milestone.pk)

    assert BUTTONS[key].why_not(window, now=now) == "The upgrade is cancelled."
    assert BUTTONS["roll_back"].why_not(window, now=now) == ""
