"""Who gets what over channels other than mail, and who is counted where."""

import pytest

from notices import channels
from notices.enums import NoticeKind
from notices.pipeline import audience, outbox
from notices.pipeline.outlets import offered
from stakeholders import addresses
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

SMS, SLACK, EMAIL = Channel.SMS, Channel.SLACK, Channel.EMAIL


@pytest.fixture(autouse=True)
def they_send(monkeypatch):
    for channel in (SMS, SLACK):
        monkeypatch.setitem(channels.SENDERS, channel, channels.SENDERS.get(channel, object))


def rows(notice):
    found = notice.messages.order_by("person__name", "channel")
    return list(found.values_list("person__name", "channel", "state", "reason", "address"))


def skipped(people):
    return dict(people.values_list("name", "skip_reason"))


def test_each_is_written_to_where_they_have_an_address_and_nobody_twice_over_one_channel():
    ann = factories.person("Ann", email="ann@example.org")
    bob = factories.person("Bob", email="")
    cat = factories.person("Cat", email="cat@example.org")
    factories.address(bob, SMS, "+491701")
    factories.address(cat, SMS, "+491702")

    notice = factories.released_notice(people=[ann, bob, cat], channels=[EMAIL, SMS])

    assert rows(notice) == [
        ("Ann", "email", "queued", "", "ann@example.org"),
        ("Bob", "sms", "queued", "", "+491701"),
        ("Cat", "email", "queued", "", "cat@example.org"),
        ("Cat", "sms", "queued", "", "+491702"),
    ]


def test_whom_no_channel_of_the_notice_reaches_has_one_row_that_says_so():
    nobody = factories.person("Nobody", email="")

    by_both = factories.released_notice(people=[nobody], channels=[EMAIL, SMS])
    by_chat = factories.released_notice(people=[nobody], channels=[SLACK, SMS])
    by_room = factories.released_notice(people=[nobody], channels=[Channel.TEAMS, SMS])

    assert rows(by_both) == [("Nobody", "email", "skipped", "no address", "")]
    assert rows(by_chat) == [("Nobody", "slack", "skipped", "no address for Slack", "")]
    assert rows(by_room) == [("Nobody", "sms", "skipped", "no address for text messages", "")]
    assert skipped(audience.everybody(by_room)) == {"Nobody": "no address for text messages"}


def test_an_address_that_bounced_says_so_on_its_own_channel():
    ann = factories.person("Ann", email="ann@example.org", email_state=AddressState.BOUNCED)
    bob = factories.person("Bob", email="")
    factories.address(ann, SMS, "+1")
    factories.address(bob, SMS, "+2", state=AddressState.COMPLAINED)

    notice = factories.released_notice(people=[ann, bob], channels=[EMAIL, SMS])

    assert rows(notice) == [
        ("Ann", "email", "skipped", "address bounced", "ann@example.org"),
        ("Ann", "sms", "queued", "", "+1"),
        ("Bob", "sms", "skipped", "marked us as unwanted", "+2"),
    ]


def test_who_refuses_a_channel_gets_nothing_over_it_that_can_be_declined():
    ann = factories.person("Ann", email="", refused_channels=[SMS])
    factories.address(ann, SMS, "+1")

    news = factories.released_notice(people=[ann], channels=[SMS], kind=NoticeKind.NEWS)
    outage = factories.released_notice(people=[ann], channels=[SMS], kind=NoticeKind.OUTAGE)

    assert [row[2:4] for row in rows(news)] == [("skipped", "does not want text messages")]
    assert [row[2:4] for row in rows(outage)] == [("queued", "")]


def test_everybody_is_counted_once_and_reached_where_any_channel_reaches_them():
    ann = factories.person("Ann", email="ann@example.org", email_state=AddressState.BOUNCED)
    bob = factories.person("Bob", email="")
    cat = factories.person("Cat", email="")
    dan = factories.person("Dan", email="")
    factories.address(ann, SLACK, "ann")
    factories.address(bob, SLACK, "bob", state=AddressState.BOUNCED)
    factories.address(dan, SMS, "+4")
    notice = factories.notice(people=[ann, bob, cat, dan], channels=[EMAIL, SLACK])

    assert skipped(audience.everybody(notice)) == {
        "Ann": "",
        "Bob": "address bounced",
        "Cat": "no address",
        "Dan": "no address",
    }


def test_of_one_channel_everybody_is_its_recipients():
    ann, bob = factories.person("Ann"), factories.person("Bob", email="")
    notice = factories.notice(people=[ann, bob], channels=[EMAIL, Channel.PORTAL])

    assert skipped(audience.everybody(notice)) == skipped(audience.recipients(notice, channel=EMAIL))
    assert skipped(audience.everybody(notice)) == {"Ann": "", "Bob": "no address"}


def test_what_a_room_lets_in_with_is_known_to_those_who_send_alone():
    room = factories.person("#it-news", email="", is_list=True)
    factories.address(room, SLACK, "#it-news", secret="https://hooks.slack.example/T1/B2/secret")

    notice = factories.released_notice(people=[room], channels=[SLACK])

    message = notice.messages.get()
    assert message.address == "#it-news"
    assert "secret" not in str(message.values)
    assert addresses.secrets_of(SLACK, [room.pk]) == {room.pk: "https://hooks.slack.example/T1/B2/secret"}
    assert addresses.secrets_of(SMS, [room.pk]) == {}


@pytest.mark.parametrize(
    ("happens", "state", "reason"),
    [
        (lambda row: None, "sending", ""),
        (lambda row: row.delete(), "skipped", "no address for Slack"),
        (lambda row: Address.objects.update(state=AddressState.BOUNCED), "skipped", "address bounced"),
        (lambda row: Address.objects.update(state=AddressState.COMPLAINED), "skipped", "marked us as unwanted"),
        (lambda row: Address.objects.update(address="another"), "sending", ""),
        (
            lambda row: Address.objects.update(state=AddressState.BOUNCED, address="another"),
            "skipped",
            "address bounced",
        ),
    ],
    ids=["as it was", "removed since", "bounced since", "complained since", "another by now", "another that bounced"],
)
@pytest.mark.django_db(transaction=True)
def test_what_became_of_the_address_since_counts_at_the_last_moment(happens, state, reason):
    room = factories.person("Room", email="", is_list=True)
    row = factories.address(room, SLACK, "#it")
    notice = factories.released_notice(people=[room], channels=[SLACK])
    happens(row)

    outbox.claim(SLACK, limit=10, now=NOW)

    message = notice.messages.get()
    assert (message.state, message.reason) == (state, reason)
    if state == "sending":
        assert message.address == Address.objects.get().address


# What may be chosen


def test_mail_and_pages_may_be_chosen_and_another_channel_once_it_is_set_up():
    assert offered.channels() == [EMAIL, Channel.PORTAL, Channel.BANNER]

    factories.outlet(SLACK)
    factories.outlet(SMS, is_fallback=True)
    factories.outlet(Channel.MATRIX, config={}, per_hour=100)

    assert offered.channels() == [EMAIL, Channel.PORTAL, Channel.BANNER, SLACK]
    assert offered.sending() == [EMAIL, SLACK]
    assert dict(offered.choices([SMS])).keys() == {"email", "portal", "banner", "slack", "sms"}
    assert offered.not_set_up([SLACK, SMS, EMAIL]) == [SMS]


def test_a_channel_of_which_nothing_has_to_be_known_is_set_up_with_its_outlet():
    """Each room of Teams has an address of its own."""
    factories.outlet(Channel.TEAMS, config={})

    assert offered.channels() == [EMAIL, Channel.PORTAL, Channel.BANNER, Channel.TEAMS]


def test_of_a_person_those_channels_are_asked_about_that_the_register_knows():
    assert addresses.in_use() == [EMAIL]

    factories.address(factories.person(), SMS, "+1")

    assert addresses.in_use([Channel.TEAMS]) == [EMAIL, Channel.TEAMS, SMS]
