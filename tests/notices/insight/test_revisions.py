"""Any two states of a notice can be compared."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notices.insight import revisions
from notices.pipeline import approve
from stakeholders.enums import Channel
from tests import factories


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def notice(ana, cai, now):
    milestone = factories.milestone(start=now + timedelta(days=9))
    return factories.notice(milestone, people=[cai], author=ana, send_at=now + timedelta(days=2))


def titles(notice, old, new):
    old, new = (revisions.state(notice, key) for key in (old, new))
    return {
        title: [one.title for one in changes] for title, changes in revisions.compare(old, new, zone="Europe/Berlin")
    }


def test_two_revisions_differ_in_words_facts_audience_and_channels(notice, ana, now):
    approve.freeze(notice, by=ana, now=now)
    notice.milestone.effect = "Phones are silent too."
    notice.milestone.save()
    words = [{**notice.words[0], "subject": "New"}]
    approve.save_draft(notice, by=ana, version=1, words=words, audience={"affected": True}, channels=[Channel.PORTAL])
    approve.freeze(notice, by=ana, now=now)

    found = titles(notice, "r1", "r2")

    assert found["Words"] == ["English: subject"]
    assert len(found["Facts"]) == 1
    assert found["Who is told"] == ["Audience", "Chosen one by one"]
    assert found["How"] == ["Channels"]


def test_the_notice_as_it_is_can_be_compared_with_a_revision(notice, ana, now):
    approve.freeze(notice, by=ana, now=now)

    assert titles(notice, "r1", "now") == {}
    assert revisions.default(revisions.choices(notice), notice) == ("r1", "now")


def test_what_somebody_saved_over_is_not_lost(notice, ana, ben):
    approve.save_draft(
        notice, by=ben, version=1, words=[{**notice.words[0], "body": "Ben's words"}], title="Ben's title"
    )
    approve.save_draft(
        notice, by=ana, version=2, words=[{**notice.words[0], "body": "Ana's words"}], title="Ana's title"
    )

    saved = next(choice for choice in revisions.choices(notice) if ben.name in choice.label)

    assert revisions.state(notice, saved.key).words[0]["body"] == "Ben's words"
    assert titles(notice, saved.key, "now") == {"Words": ["English: body"], "Settings": ["Title"]}


def test_there_is_nothing_of_another_notice(notice, ana, now):
    other = factories.notice(author=ana)
    revision = approve.freeze(other, by=ana, now=now)

    assert revisions.state(notice, f"r{revision.number}") is None
    assert [revisions.state(notice, key) for key in ("", "x", "r", "s1", "s999999999999999999999")] == [None] * 5
