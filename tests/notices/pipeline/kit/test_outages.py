"""An outage that nobody planned: everything in one go, from a service."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeState
from notices.models import Comment, Notice, PlanStep
from notices.pipeline import approve, kit
from notices.pipeline.kit import outages, using
from notices.pipeline.kit.buttons import BUTTONS
from stakeholders.enums import Channel
from tests import factories
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Upgrade

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ana():
    return factories.account("Ana Abel", time_zone="Europe/Berlin")


@pytest.fixture
def ben():
    return factories.account("Ben Brand", role=Role.APPROVER)


@pytest.fixture
def staff():
    return factories.group("Staff")


@pytest.fixture
def mail(staff):
    factories.person("Cai Berg", groups=[staff])
    return factories.service("Mail", users=[staff], carries=[Channel.EMAIL])


def outage(service, now, **fields) -> outages.Outage:
    return outages.Outage(
        **{
            "services": [service],
            "since": now - HOUR / 2,
            "until": now + HOUR,
            "effect": "You cannot read mail.",
            "workaround": "Please call.",
            "contact_name": "Service Desk",
            "contact_email": "help@example.org",
            "alone": "It is night.",
            **fields,
        }
    )


def test_one_report_makes_all_of_it(mail, staff, ana, now):
    upgrade, notice = outages.report(outage(mail, now), by=ana, now=now)

    window = upgrade.milestones.get()
    assert (upgrade.is_unplanned, upgrade.phase, upgrade.owner) == (True, Phase.UNDER_WAY, ana)
    assert (window.status, window.impact, list(window.services.all())) == (Status.IN_PROCESS, Impact.OUTAGE, [mail])
    assert [(one.group, one.impact_on_them) for one in upgrade.stakeholders.all()] == [(staff, Impact.OUTAGE)]
    assert upgrade.is_published
    assert notice.state == NoticeState.RELEASED
    assert [one.person.name for one in notice.messages.all()] == ["Cai Berg"]


def test_it_is_named_by_its_service_and_day(mail, ana):
    named = outage(mail, datetime(2026, 11, 23, 10, tzinfo=UTC))

    assert outages.name_of(named, zone="Europe/Berlin") == "Mail: outage on Mon 23 Nov 2026"


def test_sent_without_a_second_pair_of_eyes_is_written_down(mail, ana, now):
    _, notice = outages.report(outage(mail, now), by=ana, now=now)

    assert notice.reason == "Sent without a second pair of eyes by Ana Abel: It is night."
    assert Comment.objects.get(notice=notice).text == "Sent without a second pair of eyes: It is night."
    reasons = Notice.pgh_event_model.objects.filter(pgh_obj_id=notice.pk).values_list("reason", flat=True)
    assert any(reason.startswith("Sent without") for reason in reasons)


def test_without_a_reason_somebody_else_has_to_send_it(mail, ana, ben, now):
    _, notice = outages.report(outage(mail, now, alone=""), by=ana, now=now)

    assert (notice.state, notice.messages.count()) == (NoticeState.IN_REVIEW, 0)
    kit.approve_and_send(notice, revision=notice.revisions.last(), by=ben, now=now)
    assert notice.messages.count() == 1


def test_words_that_lie_ready_approved_need_nobody(mail, ana, ben, now):
    planned = factories.upgrade("New mail", services=[mail])
    on = factories.milestone(planned, start=now + timedelta(days=3))
    line = kit.lay(on, BUTTONS["outage"], by=ana, now=now)
    approve.approve(line, revision=line.revisions.get(), by=ben, now=now)

    upgrade, notice = outages.report(outage(mail, now, alone=""), during=planned, by=ana, now=now)

    assert upgrade == planned
    assert (notice.state, notice.approved_by, notice.reason) == (NoticeState.RELEASED, ben, "")
    assert kit.find(on, BUTTONS["outage"]) == line


def test_the_same_outage_is_reported_once(mail, ana, ben, now):
    outages.report(outage(mail, now), by=ana, now=now)

    with pytest.raises(outages.KnownAlready):
        outages.report(outage(mail, now), by=ben, now=now)

    assert Upgrade.objects.filter(is_unplanned=True).count() == 1


def test_its_kit_leads_to_the_end_and_to_a_review(mail, ana, ben, now):
    upgrade, _ = outages.report(outage(mail, now), by=ana, now=now)
    window = upgrade.milestones.get()
    line = kit.find(window, BUTTONS["complete"])
    assert line.state == NoticeState.IN_REVIEW

    done = using.Order(
        button=BUTTONS["complete"],
        kit=line.pk,
        seen=window.sequence,
        values={"status": Status.COMPLETED, "end": now, "outcome": "Old mails come later."},
        alone="It is night.",
    )
    notice = kit.use(window, done, by=ana, now=now)

    assert [one.person.name for one in notice.messages.all()] == ["Cai Berg"]
    assert PlanStep.objects.filter(milestone=window, name=using.REVIEW).count() == 1


def test_mail_does_not_arrive_while_it_is_what_fails(mail):
    assert outages.deaf([mail, factories.service("Wi-Fi")]) == [Channel.EMAIL]
