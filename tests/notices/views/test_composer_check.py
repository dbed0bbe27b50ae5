"""The check reads along in the composer, and one click mends what is safe to mend."""

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import NOW
from tests.notices.views.test_composer import form_of
from upgrades.enums import Impact


@pytest.fixture
def client(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def notice(db):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail")])
    window = factories.milestone(upgrade, impact=Impact.OUTAGE, downtime=240)
    words = [
        {"language": "en", "level": "plain", "subject": "{{ upgrade }}: {{ day }}", "body": "The cutover starts.\n"}
    ]
    return factories.notice(window, words=words, people=[factories.person()], send_at=NOW)


def typed(notice, body, **more):
    return form_of(notice, words=[notice.words[0] | {"body": body}], **more)


def remarks(response):
    return {remark.rule: remark for remark in response.context["preview"].proof.remarks}


def test_remarks_stand_beside_the_text(client, notice):
    response = client.get(reverse("notice_edit", args=[notice.pk]))

    found = remarks(response)["CNT005"]
    assert (found.before, found.quote, found.after) == ("The ", "cutover", " starts.")
    assert (found.part, found.line, found.column) == ("body", 1, 5)
    assert 'data-find="cutover" data-put="switch to the new system"' in response.content.decode()


def test_the_preview_reads_what_is_typed(client, notice):
    response = client.post(reverse("notice_preview", args=[notice.pk]), typed(notice, "We move your mail on TBD. " * 8))

    shown = response.content.decode()
    assert "reads like grade" in shown
    assert "aim for end users: 8" in shown
    assert "cutover" not in shown
    assert "“TBD” still has to be filled in." in shown


def test_a_remark_is_mended_without_javascript(client, notice):
    key = remarks(client.get(reverse("notice_edit", args=[notice.pk])))["CNT005"].key

    response = client.post(
        reverse("notice_edit", args=[notice.pk]), typed(notice, "The cutover starts.\n", act=f"mend:{key}")
    )

    notice.refresh_from_db()
    assert response.status_code == 302
    assert notice.words[0]["body"] == "The switch to the new system starts.\n"


def test_remarks_do_not_keep_anybody_from_saving(client, notice):
    client.post(reverse("notice_edit", args=[notice.pk]), typed(notice, "The rollback is on TBD.\n", act="save"))

    notice.refresh_from_db()
    assert notice.words[0]["body"] == "The rollback is on TBD.\n"


def test_the_page_of_the_notice_shows_the_grade(client, notice):
    notice.words[0]["body"] = "We move your mail to the new server on Sunday. You can not read it then. " * 3
    notice.save()

    response = client.get(reverse("notice", args=[notice.pk]))

    assert response.context["gauge"].grade < 4
    assert "reads like grade" in response.content.decode()
