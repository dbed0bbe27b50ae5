"""A history that really happened."""

import io
from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from engagement.models import Telling
from notices.models import Message
from notices.pipeline import deliver
from notices.pipeline.coming_back import receipts
from notices.proof import writing
from stakeholders.enums import Channel
from tests import factories

WORDS = [
    {"language": "en", "level": "plain", "subject": "{{ services }} stop", "body": "Hello {{ name }}, {{ start }}."}
]


def story(mailserver, ana, ben, cai):
    """Ana writes, Ben approves, it goes out by SMTP. Cai confirms, Eli bounces at the door; Gil is a list; Hal hears it
    in a meeting."""
    now = timezone.now()
    upgrade = factories.upgrade("Mail migration", slug="mail", owner=ana, services=[factories.service("Mail")])
    start = now + timedelta(days=14)
    window = factories.milestone(upgrade, start=start, end=start + timedelta(hours=4), systems="mx-17.internal")
    eli = factories.person("Eli Ender", email="eli@example.org")
    fay = factories.person("Fay Farr", email="fay@example.org")
    gil = factories.person("Gilde", email="all@example.org", is_list=True)
    hal = factories.person("Hal Hart", email="hal@example.org")
    mailserver.refuse("RCPT", "550 5.1.1 <eli@example.org> unknown", to="eli@example.org")
    notice = factories.released_notice(window, people=[cai, eli, fay, gil], author=ana, by=ben, now=now, words=WORDS)
    deliver.drain(Channel.EMAIL)
    of = {one.person_id: one for one in Message.objects.select_related("person")}
    receipts.acknowledge(of[cai.pk], now=timezone.now())
    meeting = factories.engagement(upgrade, start=now - timedelta(days=1), host=ana)
    factories.participant(meeting, hal, attended=True)
    facts = {
        f"milestone:{window.pk}.start": window.start.isoformat(),
        f"milestone:{window.pk}.systems": "mx-17.internal",
    }
    telling = Telling.objects.create(
        engagement=meeting, facts=facts, at=meeting.end, recorded_by=ana, recorded_at=timezone.now()
    )
    return SimpleNamespace(
        upgrade=upgrade, window=window, notice=notice, telling=telling, meeting=meeting, messages=of,
        cai=cai, eli=eli, fay=fay, gil=gil, hal=hal, ana=ana, ben=ben, mailserver=mailserver,
    )  # fmt: skip


def pack_of(upgrade, *, names=True, now=None, by=None) -> bytes:
    writing.write(upgrade, file := io.BytesIO(), by=by, now=now or timezone.now(), names=names)
    return file.getvalue()


def save_later(row) -> None:
    """In a transaction of its own, as it would be: a test has one for everything, and its time is that of its start."""
    row.save()
    events = type(row).pgh_event_model.objects.filter(pgh_obj=row.pk)
    events.filter(pk=events.latest("pgh_id").pk).update(pgh_created_at=timezone.now())
