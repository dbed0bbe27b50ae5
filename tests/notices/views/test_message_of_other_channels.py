"""What a message of another channel looks like."""

import json

import pytest
from django.urls import reverse

from accounts.enums import Role
from notices import channels
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(monkeypatch):
    monkeypatch.setitem(channels.SENDERS, "slack", channels.KINDS["slack"])
    cai = factories.person("Cai", email="")
    factories.address(cai, "slack", "U024BE7LH")
    return factories.released_notice(people=[cai], channels=["slack"]).messages.get()


@pytest.fixture
def ana(client):
    client.force_login(factories.account("Ana", role=Role.ADMINISTRATOR))
    return client


def test_it_is_shown_as_that_channel_sends_it(ana, message):
    page = ana.get(reverse("message", args=[message.pk]))

    assert json.loads(page.context["text"])["blocks"]
    assert [tab["label"] for tab in page.context["tabs"]] == ["As it is sent", "The words in full"]
    assert "Headers and source" not in page.content.decode()


def test_links_of_one_person_stay_hidden_there_too(ana, message):
    page = ana.get(reverse("message", args=[message.pk])).content.decode()
    raw = ana.get(reverse("message_download", args=[message.pk]))

    links = [part.split("/")[0] for part in raw.content.decode().split("/m/")[1:]]
    assert links
    assert not [link for link in links if link in page]
    assert raw["Content-Disposition"] == f'attachment; filename="message-{message.pk}.txt"'


def test_a_preview_shows_each_channel_of_the_notice(ana, monkeypatch):
    monkeypatch.setitem(channels.SENDERS, "slack", channels.KINDS["slack"])
    factories.outlet("slack")
    notice = factories.notice(people=[factories.person()], channels=["email", "slack"])

    page = ana.get(reverse("notice_edit", args=[notice.pk]), {"look": "slack"})

    assert page.context["looks"]["slack"] == "Slack"
    assert '"blocks"' in page.context["sent"].replace("&quot;", '"')
    assert "{" not in page.context["text"]
    assert "See the status page: http" in page.context["text"]
