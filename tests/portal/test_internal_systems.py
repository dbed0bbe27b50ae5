"""Internal systems are named to insiders, and leak through no door."""

import re
from email import message_from_bytes, policy

import pytest
from django.urls import reverse

from accounts import tokens as access
from accounts.enums import TokenUse
from commsplan.lib import tokens
from notices import wording
from notices.channels import mime
from notices.enums import NoticeKind
from notices.models import Message
from notices.pipeline import render
from stakeholders.enums import Category, Channel
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
SECRET = "mail-01.internal.example"
WORDS = [
    {
        "language": "en",
        "level": "plain",
        "subject": "Mail{% if systems %}, {{ systems }}{% endif %}",
        "body": "Hello {{ first_name }}. {{ window }} {{ effect }} {{ systems }} [x](https://x.y/{{ systems }})",
    }
]


@pytest.fixture
def window():
    upgrade = factories.upgrade("Mail", slug="mail", services=[factories.service("Mail")], published_at=NOW)
    return factories.milestone(upgrade, systems=SECRET, change_reason="The vendor is late.")


@pytest.fixture
def eve():
    """A technical reader at a vendor."""
    return person("Eve", Category.VENDOR)


def person(name, category, **fields):
    one = factories.person(f"{name} Example", reader_level="technical", wants_invitations=True, **fields)
    factories.group(f"{name}s", people=[one], category=category)
    return one


def copies(window, *people, kind=NoticeKind.ANNOUNCEMENT, words=WORDS, **fields) -> list[Message]:
    notice = factories.released_notice(
        window, people=people, words=words, kind=kind, channels=[Channel.EMAIL, Channel.PORTAL], **fields
    )
    found = Message.objects.filter(notice=notice, channel=Channel.EMAIL).select_related("notice", "variant__revision")
    return list(found.order_by("person__name"))


def raw(envelope) -> str:
    """Every part of a mail, decoded."""
    mail = message_from_bytes(mime.build(envelope), policy=policy.default)
    parts = [part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts]).replace("\r\n ", "")


@pytest.mark.parametrize("category", [Category.STAFF, Category.IT, Category.MANAGEMENT])
def test_insiders_read_them(window, category):
    (message,) = copies(window, person("Cai", category))

    envelope = render.of_message(message)

    assert envelope.subject == f"Mail, {SECRET}"
    assert envelope.text.count(SECRET) == 3
    assert re.search(f"^Systems: +{SECRET}$", envelope.text, re.MULTILINE)


def test_the_card_names_them_to_technical_insiders_only(window):
    cai = person("Cai", Category.STAFF)
    cai.reader_level = "plain"
    cai.save()

    (message,) = copies(window, cai)

    assert "Systems:" not in render.of_message(message).text


@pytest.mark.parametrize("category", [Category.VENDOR, Category.CUSTOMER, Category.REGULATOR])
def test_outsiders_read_none_of_them(window, category):
    (message,) = copies(window, person("Eve", category))

    assert SECRET not in raw(render.of_message(message))
    assert render.of_message(message).subject == "Mail"


def test_who_is_in_no_group_is_an_outsider(window):
    (message,) = copies(window, factories.person("Fay", reader_level="technical"))

    assert SECRET not in raw(render.of_message(message))


def test_a_list_is_an_outsider_whatever_its_group(window):
    (message,) = copies(window, person("List", Category.IT, is_list=True))

    assert SECRET not in raw(render.of_message(message))


def test_who_became_an_insider_later_still_reads_what_was_sent(window, eve):
    (message,) = copies(window, eve)
    before = mime.build(render.of_message(message))
    factories.group("Staff", people=[eve], category=Category.STAFF)

    assert mime.build(render.of_message(message)) == before


def test_the_preview_tells_them_apart_too(window, eve):
    notice = factories.notice(window, words=WORDS)
    cai = person("Cai", Category.IT)

    assert SECRET in raw(render.preview(notice, person=cai, now=NOW))
    assert SECRET not in raw(render.preview(notice, person=eve, now=NOW))


@pytest.mark.parametrize("kind", [NoticeKind.CORRECTION, NoticeKind.CATCH_UP, NoticeKind.REMINDER])
def test_changes_name_none(window, eve, kind):
    rows = [
        {"fact": f"milestone:{window.pk}.{name}", "told": told, "now": now, "on": "2026-02-02", "by": "email"}
        for name, told, now in (("systems", "old.internal", SECRET), ("downtime", 5, 90))
    ]
    notice = factories.notice(window.upgrade if kind in ("correction", "catch_up") else window, kind=kind, words=WORDS)

    for reader in (eve, person("Cai", Category.IT)):
        said = raw(render.preview(notice, person=reader, told=rows, now=NOW))
        assert "old.internal" not in said
        assert "1 hour 30 minutes" in said
    assert SECRET not in raw(render.preview(notice, person=eve, told=rows, now=NOW))


def test_no_public_page_feed_or_calendar_names_them(client, window, eve):
    copies(window, eve)
    Milestone.objects.update(is_public=True)
    ana = factories.account("Ana")
    token = access.issue("Calendar", use=TokenUse.CALENDAR, by=ana, now=NOW)[1]
    doors = [
        reverse("status_index"),
        reverse("status_index_json"),
        *(reverse(name, args=["mail"]) for name in ("status", "status_json", "status_calendar", "status_feed")),
        reverse("calendar_feed_all", args=[token]),
        reverse("calendar_feed_upgrade", args=[token, "mail"]),
    ]

    for door in doors:
        response = client.get(door)
        assert response.status_code == 200, door
        said = response.content.decode().replace("\r\n ", "")
        assert window.name in said or window.upgrade.name in said, door
        assert SECRET not in said, door


def test_the_maintenance_file_names_none(client, window):
    client.force_login(factories.account("Ana"))

    said = client.get(reverse("upgrade_maintenance", args=["mail"])).content.decode().replace("\r\n ", "")

    assert window.name in said
    assert SECRET not in said


def test_the_personal_page_of_an_outsider_names_none(client, window, eve):
    eve_message, cai_message = sorted(
        copies(window, eve, person("Cai", Category.STAFF)), key=lambda one: one.person_id != eve.pk
    )

    def page(message):
        return client.get(reverse("personal", args=[tokens.make("message", message.pk)])).content.decode()

    assert SECRET not in page(eve_message)
    assert SECRET in page(cai_message)


def test_the_personal_page_of_a_correction_is_about_what_it_puts_right(client, window):
    cai = person("Cai", Category.STAFF)
    other = factories.milestone(window.upgrade, name="Second wave")
    (message,) = copies(window.upgrade, cai, kind=NoticeKind.CORRECTION, words=wording.of("correction"))
    row = {"fact": f"milestone:{other.pk}.downtime", "told": 5, "now": 90, "on": "2026-02-02", "by": "email"}
    message.notice.release = {**message.notice.release, "told": {"a": [row]}}
    message.notice.save()
    message.values = {**message.values, "told": "a"}
    message.save()

    page = client.get(reverse("personal", args=[tokens.make("message", message.pk)])).content.decode()

    assert "Second wave" in page
    assert f"{window.name}</" not in page
