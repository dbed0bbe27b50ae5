"""The personal page marks what changed since this person was told, and only what the public may know."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from commsplan.lib import tokens
from notices.models import Message
from tests import factories
from tests.notices.pipeline.ledger.telling import tell
from upgrades import rescheduling
from upgrades.models import Milestone

DAY = timedelta(days=1)
MARK = "Changed since you were told"


@pytest.fixture
def window(db):
    now = timezone.now()
    upgrade = factories.upgrade("Mail migration", slug="mail", published_at=now)
    start = now + 14 * DAY
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + DAY, status="confirmed")


def page(client, message):
    return client.get(reverse("personal", args=[tokens.make("message", message.pk)])).content.decode()


def test_whoever_was_told_the_old_date_sees_both_and_who_was_corrected_sees_no_mark(client, window):
    cai, dee = factories.person("Cai"), factories.person("Dee")
    tell(window, [cai, dee], at=timezone.now() - 2 * DAY)
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    tell(window, [dee], at=timezone.now() - DAY)

    old = page(client, Message.objects.filter(person=cai).get())
    new = page(client, Message.objects.filter(person=dee).order_by("pk")[0])

    assert MARK in old
    assert MARK not in new


def test_what_the_public_may_not_know_is_not_shown(client, window):
    cai = factories.person("Cai")
    tell(window, [cai], at=timezone.now() - DAY)
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    message = Message.objects.get()
    assert MARK in page(client, message)

    Milestone.objects.filter(pk=window.pk).update(is_public=False)

    assert MARK not in page(client, message)
