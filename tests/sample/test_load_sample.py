"""The sample organisation: what somebody finds who starts it for the first time."""

import hashlib
from datetime import timedelta
from io import StringIO

import pghistory
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Account
from feedback.models import Survey
from notices.channels import mime
from notices.enums import IncomingKind, MessageState, NoticeState
from notices.models import Alert, Incoming, Message, Notice, Outlet
from notices.operations import overview, readings, watching
from notices.operations.drawing import SPANS
from notices.pipeline import render, schedule
from notices.register import duplicates
from sample import loading
from sample.logins import LOGINS
from sample.models import Made
from stakeholders.enums import Channel
from stakeholders.models import Group, Person, Site
from tests import factories
from upgrades import collisions
from upgrades.enums import Phase, Status
from upgrades.models import Milestone, Service, Upgrade

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def college(django_db_setup, django_db_blocker):
    """Made once for all tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_sample()
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


def load_sample(*arguments) -> str:
    out = StringIO()
    call_command("load_sample", *arguments, stdout=out)
    return out.getvalue()


def test_northfield_college_is_as_large_as_it_says(college):
    counts = [model.objects.count() for model in (Person, Site, Service, Upgrade)]
    assert counts == [2_400, 6, 14, 4]
    assert Site.objects.aggregate(zones=Count("time_zone", distinct=True)) == {"zones": 3}
    assert set(Person.objects.values_list("language", flat=True)) == {"en", "de", "fr"}
    assert set(Group.objects.values_list("category", flat=True)) >= {"staff", "it", "management", "vendor", "regulator"}
    assert set(Account.objects.values_list("email", flat=True)) == {login.email for login in LOGINS}


def test_its_upgrades_are_in_different_phases_and_its_mail_is_out(college):
    now = Made.objects.get().at
    assert sorted(Upgrade.objects.values_list("phase", flat=True)) == ["completed", "planning", "planning", "under_way"]
    soon = Notice.objects.filter(state=NoticeState.APPROVED, send_at__range=(now, now + timedelta(minutes=1)))
    assert soon.count() == 1
    assert Notice.objects.needs_approval().exists()
    assert Message.objects.filter(state=MessageState.SENT).count() > 5_000
    assert not Message.objects.waiting().exists()
    assert Survey.objects.filter(upgrade__phase=Phase.COMPLETED, responses__isnull=False).exists()


def test_a_date_moved_so_that_many_believe_the_old_one(college):
    go_live = Milestone.objects.get(upgrade__slug="mail-migration", kind="go_live")
    told = Message.objects.filter(notice__milestone=go_live, state=MessageState.SENT)
    key, now = f"milestone:{go_live.pk}.start", go_live.start.isoformat()
    last_told = dict(told.order_by("sent_at").values_list("person_id", f"variant__revision__facts__{key}"))
    assert sum(start != now for start in last_told.values()) > 1_000
    assert sum(start == now for start in last_told.values()) > 10


def test_the_rollout_falls_into_the_examinations(college):
    ring = Milestone.objects.get(name__startswith="Ring 2")
    found = collisions.of_milestones(Milestone.objects.filter(pk=ring.pk))
    assert [(one.critical_days.name, one.is_hard) for one in found] == [("Final examinations", True)]


def test_nothing_is_missed_or_late_when_the_clock_starts(college):
    now = Made.objects.get().at

    schedule.refresh(now=now)
    schedule.mark_missed(now=now)

    kits_of_the_past = Q(milestone__status=Status.COMPLETED) & ~Q(waits_for="")
    lost = Notice.objects.filter(Q(state=NoticeState.MISSED) | Q(state=NoticeState.CANCELLED))
    assert list(lost.exclude(kits_of_the_past)) == []


def test_what_was_sent_is_shown_again_as_it_was(college):
    message = Message.objects.filter(state=MessageState.SENT).order_by("-pk").first()

    content = mime.build(render.of_message(message))
    assert hashlib.sha256(content).digest() == bytes(message.sha256)


def test_what_came_back_fits_to_the_messages_that_bounced(college):
    returned = Incoming.objects.filter(kind=IncomingKind.BOUNCE)
    bounced = Message.objects.filter(state=MessageState.BOUNCED)

    assert set(returned.values_list("message_id", flat=True)) == set(bounced.values_list("pk", flat=True))
    assert {one.address for one in returned} == {one.address for one in bounced}
    assert set(Incoming.objects.values_list("kind", flat=True)) >= {"bounce", "auto_reply", "delayed"}


def test_replies_by_machines_change_no_message(college):
    others = Message.objects.filter(incoming__kind__in=[IncomingKind.AUTO_REPLY, IncomingKind.DELAYED])

    assert set(others.values_list("state", flat=True)) == {MessageState.SENT}


def test_its_mail_has_limits_and_its_operation_a_course(college):
    now = Made.objects.get().at
    mail = Outlet.objects.get()
    seen = overview.of(span=SPANS["fortnight"], now=now, zone="UTC")
    sent = Message.objects.filter(sent_at__gte=now - readings.KEPT).count()

    assert (mail.channel, mail.domains.get().domain) == (Channel.EMAIL, "hea.example")
    assert mail.log.count() == 3
    assert seen.chart.lines[1].said != "Now 0, at most 0"
    assert abs(readings.totals(None, now=now)["sent"] - sent) < sent / 20


def test_the_course_of_its_operation_raises_no_alarm(college):
    now = Made.objects.get().at

    with transaction.atomic():
        watching.look(now=now)
        alarms = [one.key for one in Alert.objects.all()]
        transaction.set_rollback(True)

    assert alarms == []


def test_a_second_start_on_the_same_day_changes_nothing(college):
    before = Made.objects.get().pk

    said = load_sample()

    assert said == "The sample organisation is there already, made today.\n"
    assert Made.objects.get().pk == before


def test_on_another_day_it_is_made_anew_when_nobody_has_worked_in_it(college):
    yesterday(Made)
    began = timezone.now()

    assert load_sample().startswith("Made 2,400 people")
    assert Made.objects.get().at >= began


def test_on_another_day_work_is_kept(college):
    yesterday(Made)
    with pghistory.context(user=Account.objects.first().pk, url="/sites/new/"):
        factories.site("Mine")

    assert "which you have worked in" in load_sample()
    assert Site.objects.filter(name="Mine").exists()


def test_it_never_replaces_an_organisation_of_ones_own():
    factories.account()
    Made.objects.all().delete()

    with pytest.raises(CommandError, match="accounts that are not the sample's"):
        load_sample()


def test_fresh_replaces_everything():
    factories.account("Somebody Else", email="else@example.org")

    assert load_sample("--fresh").startswith("Made")
    assert not Account.objects.filter(email="else@example.org").exists()
    assert loading.made_at()


def yesterday(model):
    model.objects.update(at=timezone.now() - timedelta(days=1))


def test_few_of_them_are_there_twice_each_for_another_reason(college):
    found = duplicates.find(limit=10)

    assert [pair.why[0] for pair in found.pairs] == [
        "Same address, but for dots, capitals or a plus sign",
        "Same name, both in Library",
        "Same name, both in Library",
    ]
    assert found.pairs[1].why[1:] == ("Same phone",)
