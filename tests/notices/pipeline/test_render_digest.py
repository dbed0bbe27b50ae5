"""Several notices in one mail: nothing of any of them is lost."""

import pytest

from notices.channels import mime
from notices.enums import NoticeKind
from notices.models import Message
from notices.pipeline import render
from tests import factories
from tests.factories import NOW


@pytest.fixture
def messages(cai) -> list[Message]:
    for kind, subject in ((NoticeKind.PROGRESS, "Half of it is done"), (NoticeKind.ACTION, "Export your <contacts>")):
        words = [
            {
                "language": "en",
                "level": "plain",
                "subject": subject,
                "body": f"About it: {subject}. Dear {{{{ name }}}}.",
            }
        ]
        factories.released_notice(people=[cai], kind=kind, words=words, now=NOW)
    return list(Message.objects.select_related("notice", "variant__revision").order_by("pk"))


def test_one_alone_is_as_it_always_is(messages):
    assert render.of_messages(messages[:1]) == render.of_message(messages[0])


def test_a_digest_holds_all_of_each(messages):
    parts = [render.of_message(one) for one in messages]

    digest = render.of_messages(messages)

    assert digest.subject == "2 notices: Half of it is done and more"
    assert all(part.text in digest.text for part in parts)
    assert all(f"{number}. {part.subject}" in digest.text for number, part in enumerate(parts, 1))
    assert digest.html.count("<body") == digest.html.count("</html>") == 1
    assert digest.html.count("Dear Cai Carter.") == 2
    assert "Export your &lt;contacts&gt;" in digest.html
    assert (digest.message_id, digest.bounce_to) == (parts[0].message_id, parts[0].bounce_to)


def test_each_keeps_its_own_links(messages):
    links = [{line for line in render.of_message(one).text.split() if "/m/" in line} for one in messages]

    digest = render.of_messages(messages)

    assert links[0] != links[1]
    assert all(link in digest.text for each in links for link in each)


def test_who_may_not_leave_one_of_them_does_not_leave_all_by_one_click(messages):
    digest = render.of_messages(messages)

    assert (digest.one_click, digest.unsubscribe_mailto) == (False, "")
    assert "/preferences/" in digest.unsubscribe_url


def test_it_renders_again_to_the_same_bytes(messages):
    assert mime.build(render.of_messages(messages)) == mime.build(render.of_messages(messages))
