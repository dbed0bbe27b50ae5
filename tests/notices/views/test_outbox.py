"""One page over everything that leaves the house."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import MessageState, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve
from tests import factories
from upgrades.enums import Impact, Phase

OUTBOX = "/outbox/"
SENT = {"state": MessageState.SENT, "sha256": b"x" * 32}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def one_of_each(ana, cai, now):
    """By tab."""
    tomorrow = now + timedelta(days=1)
    review = factories.notice(title="In review", people=[cai], author=ana, send_at=tomorrow)
    approve.submit(review, by=ana, now=now)
    sent = factories.released_notice(title="Sent", people=[cai], now=now)
    sent.messages.update(**SENT, sent_at=now)
    failed = factories.released_notice(title="Failed", people=[cai], now=now)
    failed.messages.update(state=MessageState.FAILED)
    return {
        "planned": factories.notice(title="Draft", people=[cai], author=ana, send_at=tomorrow),
        "approval": review,
        "scheduled": factories.approved_notice(title="Scheduled", people=[cai], now=now, send_at=tomorrow),
        "sending": factories.released_notice(title="Sending", people=[cai], now=now),
        "sent": sent,
        "failed": failed,
        "missed": factories.notice(title="Missed", state=NoticeState.MISSED),
        "cancelled": factories.notice(title="Cancelled", state=NoticeState.CANCELLED),
    }


def titles(response) -> list[str]:
    return [notice.title for notice in response.context["found"]]


def counts(response) -> dict[str, int]:
    return {tab["label"]: tab["count"] for tab in response.context["tabs"]}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        ("planned", ["Draft"]),
        ("approval", ["In review"]),
        ("scheduled", ["Scheduled"]),
        ("sending", ["Sending"]),
        ("sent", ["Failed", "Sent"]),
        ("trouble", ["Failed", "Missed"]),
        ("cancelled", ["Cancelled"]),
    ],
)
def test_every_state_has_its_tab(client, ana, one_of_each, tab, expected):
    client.force_login(ana)

    assert sorted(titles(client.get(OUTBOX, {"tab": tab}))) == expected


def test_the_tabs_count(client, ana, one_of_each):
    client.force_login(ana)

    assert counts(client.get(OUTBOX)) == {
        "Planned": 1,
        "Needs approval": 1,
        "Scheduled": 1,
        "Sending": 1,
        "Sent": 2,
        "Missed or failed": 2,
        "Cancelled": 1,
    }


def test_it_opens_where_something_moves(client, ana, one_of_each):
    client.force_login(ana)

    assert client.get(OUTBOX).context["tab"] == "sending"


def test_it_can_be_searched_and_filtered_by_upgrade(client, ana, one_of_each, now):
    other = factories.notice(title="Draft of another", author=ana, send_at=now)
    client.force_login(ana)

    searched = client.get(OUTBOX, {"tab": "planned", "q": "another"})
    filtered = client.get(OUTBOX, {"tab": "planned", "upgrade": other.upgrade_id})

    assert (titles(searched), titles(filtered)) == (["Draft of another"], ["Draft of another"])
    assert counts(searched)["Planned"] == 1


def test_a_filter_that_finds_nothing_differs_from_nothing(client, ana, one_of_each):
    client.force_login(ana)

    filtered = text_of(client.get(OUTBOX, {"tab": "cancelled", "q": "zzz"}))
    Notice.objects.filter(state=NoticeState.CANCELLED).delete()
    empty = text_of(client.get(OUTBOX, {"tab": "cancelled"}))

    assert "Clear filters" in filtered
    assert "Nothing was cancelled" in empty


def test_progress_is_live_only_while_something_goes_out(client, ana, one_of_each):
    client.force_login(ana)
    htmx = {"HX-Request": "true", "HX-Trigger": "rows"}

    moving = client.get(OUTBOX, {"tab": "sending"}, headers=htmx)
    still = client.get(OUTBOX, {"tab": "sent"}, headers=htmx)

    assert (moving.status_code, still.status_code) == (200, 286)
    assert "0 of 1 sent" in text_of(moving)
    assert 'hx-trigger="every 2s"' in text_of(moving)
    assert 'hx-trigger="every 2s"' not in text_of(still)


def test_several_are_approved_at_once_and_what_is_refused_is_told(client, ana, ben, one_of_each, cai, now):
    outage = factories.notice(
        factories.milestone(impact=Impact.OUTAGE), title="Outage", people=[cai], author=ben, send_at=now
    )
    approve.submit(outage, by=ben, now=now)
    client.force_login(ben)

    chosen = [one_of_each["approval"].pk, outage.pk, one_of_each["planned"].pk]
    page = client.post(reverse("outbox_approve"), {"pk": chosen}, follow=True)

    states = dict(Notice.objects.filter(pk__in=chosen).values_list("title", "state"))
    assert states == {
        "In review": NoticeState.APPROVED,
        "Outage": NoticeState.IN_REVIEW,
        "Draft": NoticeState.DRAFT,
    }
    assert "1 notice approved." in text_of(page)
    assert "Outage: Somebody else than its author has to approve it: it announces an outage." in text_of(page)


def test_only_what_one_may_approve_can_be_chosen(client, ana, ben, cai, now):
    notice = factories.notice(factories.milestone(impact=Impact.OUTAGE), people=[cai], author=ana)
    approve.submit(notice, by=ana, now=now)

    chosen = []
    for account in (ana, ben):
        client.force_login(account)
        chosen.append(f'name="pk" value="{notice.pk}"' in text_of(client.get(OUTBOX, {"tab": "approval"})))

    assert chosen == [False, True]


def test_what_is_paused_is_shown_as_paused(client, ana, cai, now):
    factories.approved_notice(people=[cai], now=now, send_at=now + timedelta(days=1), paused_at=now)
    client.force_login(ana)

    assert "paused, was to go out" in text_of(client.get(OUTBOX, {"tab": "scheduled"}))


def test_a_notice_by_hand_begins_with_its_upgrade(client, ana):
    running, over = factories.upgrade(), factories.upgrade(phase=Phase.COMPLETED)
    client.force_login(ana)

    assert reverse("notice_begin") in text_of(client.get(OUTBOX))
    page = text_of(client.get(reverse("notice_begin")))
    assert [reverse("notice_new", args=[one.slug]) in page for one in (running, over)] == [True, False]


def test_everything_can_be_stopped_and_started_again(client, ben, one_of_each):
    client.force_login(ben)

    client.post(reverse("outbox_pause"))
    paused = sorted(Notice.objects.exclude(paused_at=None).values_list("title", flat=True))
    page = text_of(client.get(OUTBOX))
    client.post(reverse("outbox_resume"))

    assert paused == ["Scheduled", "Sending"]
    assert "2 notices are paused and do not go out." in page
    assert not Notice.objects.exclude(paused_at=None).exists()


@pytest.mark.parametrize("name", ["outbox_approve", "outbox_pause", "outbox_resume"])
def test_a_reader_may_look_but_not_act(client, one_of_each, name):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    page = client.get(OUTBOX, {"tab": "approval"})
    response = client.post(reverse(name), {"pk": one_of_each["approval"].pk})

    assert (page.status_code, response.status_code) == (200, 403)
    assert "not available: This takes the role" in text_of(page)
    assert not Notice.objects.exclude(paused_at=None).exists()
    assert Notice.objects.get(pk=one_of_each["approval"].pk).state == NoticeState.IN_REVIEW


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("tab", ["sending", "sent", "planned"])
def test_it_asks_the_same_number_of_questions_however_much_there_is(
    client, ana, cai, now, django_assert_num_queries, number, tab
):
    for _ in range(number):
        factories.notice(people=[cai], author=ana, send_at=now)
        factories.released_notice(people=[cai, factories.person()], now=now)
        Message.objects.filter(notice=factories.released_notice(people=[cai], now=now)).update(**SENT, sent_at=now)
    client.force_login(ana)

    with django_assert_num_queries({"planned": 8, "sent": 9, "sending": 11}[tab]):
        client.get(OUTBOX, {"tab": tab})
