"""Addresses beside mail, and rooms that many people read."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import secrets
from notices import channels
from notices.channels.base import Accepted, ChannelError
from notices.channels.kind import Field, Kind, Place
from notices.models import Outlet
from notices.register import merging
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address, Person
from tests import factories

pytestmark = pytest.mark.django_db

SECRET = "https://hooks.example/T1/zebrafinch"


def number(text):
    if not text.startswith("+"):
        raise ValueError("Begin with + and the code of the country.")
    return text.replace(" ", "")


def https(text):
    if not text.startswith("https://"):
        raise ValueError("That is no address of a webhook.")
    return text


class Post:
    """Takes one parcel and answers as it was told to."""

    def __init__(self, access, put, answer):
        self.access, self.parcels, self.answer = access, put, answer

    def put(self, parcel):
        self.parcels.append(parcel)

    def collect(self, seconds):
        return [(self.parcels[-1], self.answer[0])]

    def close(self):
        pass


@pytest.fixture
def posted():
    return []


@pytest.fixture
def answer():
    return [Accepted("ok")]


@pytest.fixture(autouse=True)
def kinds(monkeypatch, posted, answer):
    def kind(channel, place):
        opens = lambda access: Post(access, posted, answer)  # noqa: E731
        return Kind(channel, "Sends.", place, lambda envelope: envelope.text.encode(), opens)

    sms = kind(Channel.SMS, Place("Number", "With the country.", "+49 170 1", of_people=True, check=number))
    hook = Field("webhook", "Webhook address", is_secret=True, check=https)
    slack = kind(Channel.SLACK, Place("Name of the room", "", "#it", of_rooms=True, secret=hook))
    for one in (sms, slack):
        monkeypatch.setitem(channels.KINDS, one.channel, one)
        monkeypatch.setitem(channels.SENDERS, one.channel, one)
        factories.outlet(one.channel)


@pytest.fixture
def ana(client):
    account = factories.account("Ana Abel", role=Role.COMMUNICATIONS_MANAGER)
    client.force_login(account)
    return client


def test_a_number_is_checked_kept_and_taken_away_again(ana):
    cai = factories.person("Cai")
    url = reverse("person_addresses", args=[cai.pk])

    seen = ana.get(url).context["form"].initial["seen"]
    refused = ana.post(url, {"seen": seen, "sms": "0170"})
    assert "Begin with + and the code of the country." in refused.content.decode()
    assert cai.addresses.count() == 0

    ana.post(url, {"seen": seen, "sms": "+49 170 1"})
    assert list(cai.addresses.values_list("channel", "address")) == [("sms", "+491701")]

    seen = ana.get(url).context["form"].initial["seen"]
    ana.post(url, {"seen": seen, "sms": ""})
    assert cai.addresses.count() == 0


def test_a_number_that_bounced_is_tried_again_once_it_is_another_one(ana):
    cai = factories.person("Cai")
    factories.address(cai, "sms", "+1", state=AddressState.BOUNCED)
    url = reverse("person_addresses", args=[cai.pk])

    def save(text):
        ana.post(url, {"seen": ana.get(url).context["form"].initial["seen"], "sms": text})
        return cai.addresses.get().state

    assert save("+1") == AddressState.BOUNCED
    assert save("+2") == AddressState.WORKING


def test_two_who_edit_one_person_see_each_other(ana):
    cai = factories.person("Cai")
    url = reverse("person_addresses", args=[cai.pk])
    seen = ana.get(url).context["form"].initial["seen"]
    factories.address(cai, "sms", "+5")

    page = ana.post(url, {"seen": seen, "sms": "+6"}).content.decode()

    assert "Somebody else saved this" in page
    assert cai.addresses.get().address == "+5"


def room(ana, **fields):
    values = {"name": "#it-news", "address": "#it-news", "secret": SECRET, "language": "en", "time_zone": "UTC"}
    return ana.post(reverse("room_new") + "?channel=slack", values | {"reader_level": "plain"} | fields)


def test_a_room_is_a_list_that_is_told_what_its_groups_are_told(ana):
    it = factories.group("IT")

    room(ana, groups=[it.name])

    made = Person.objects.get(name="#it-news")
    assert (made.is_list, made.email, list(made.groups.all())) == (True, "", [it])
    address = made.addresses.get()
    assert secrets.decrypt(address.secret) == SECRET
    assert SECRET.encode() not in bytes(address.secret)


def test_a_room_that_is_reached_by_a_secret_needs_no_second_name(ana):
    room(ana, address="")

    assert Person.objects.get(name="#it-news").addresses.get().address == "#it-news"


def test_a_secret_is_never_shown_again(ana):
    room(ana)
    made = Person.objects.get(name="#it-news")
    edit = reverse("room_edit", args=[made.pk])

    pages = [reverse("rooms"), edit, made.get_absolute_url(), reverse("history", args=["person", made.pk])]
    shown = [ana.get(url).content.decode() for url in pages]
    shown.append(room(ana, name="").content.decode())
    shown.append(ana.post(edit, {"seen": "other", "name": "x", "address": "x", "secret": SECRET}).content.decode())

    assert not [page for page in shown if "zebrafinch" in page]


def test_an_empty_secret_keeps_the_one_that_is_stored(ana):
    room(ana)
    made = Person.objects.get(name="#it-news")
    Address.objects.update(state=AddressState.BOUNCED)
    edit = reverse("room_edit", args=[made.pk])

    def save(**fields):
        seen = ana.get(edit).context["form"].initial["seen"]
        values = {"seen": seen, "name": "#news", "address": "#it-news", "language": "de", "time_zone": "UTC"}
        ana.post(edit, values | {"reader_level": "plain"} | fields)
        stored = made.addresses.get()
        return secrets.decrypt(stored.secret), stored.state

    assert save() == (SECRET, AddressState.BOUNCED)
    assert save(secret="https://hooks.example/other") == ("https://hooks.example/other", AddressState.WORKING)
    made.refresh_from_db()
    assert (made.name, made.language) == ("#news", "de")


def test_without_a_secret_there_is_no_room(ana):
    assert "This field is required." in room(ana, secret="").content.decode()
    assert "That is no address of a webhook." in room(ana, secret="hello").content.decode()
    assert not Person.objects.exists()


def test_a_test_knocks_at_the_room_and_is_no_telling(ana, posted):
    room(ana)
    made = Person.objects.get(name="#it-news")

    page = ana.post(reverse("room_test", args=[made.pk]), follow=True).content.decode()

    assert "A test message went to #it-news. The other side says: ok" in page
    assert [(one.address, one.secret) for one in posted] == [("#it-news", SECRET)]
    assert b"Nobody needs to do anything." in posted[0].content
    assert made.messages.count() == 0


def test_a_test_says_why_it_did_not_work(ana, answer):
    room(ana)
    answer[:] = [ChannelError("There is no such room.", permanent=True)]

    page = ana.post(reverse("room_test", args=[Person.objects.get().pk]), follow=True).content.decode()

    assert "The test message did not get to #it-news: There is no such room." in page


def test_ten_tests_of_rooms_in_ten_minutes_are_enough(ana, posted):
    cache.clear()
    room(ana)
    pk = Person.objects.get(is_list=True).pk

    for _ in range(12):
        ana.post(reverse("room_test", args=[pk]))

    assert len(posted) == 10
    cache.clear()


def test_an_archived_room_is_told_nothing_and_comes_back(ana):
    room(ana)
    made = Person.objects.get()

    ana.post(reverse("room_archive", args=[made.pk]))
    made.refresh_from_db()
    assert made.is_archived

    ana.post(reverse("person_restore", args=[made.pk]))
    made.refresh_from_db()
    assert not made.is_archived


def test_without_a_channel_the_page_says_what_to_do(ana):
    Outlet.objects.all().delete()

    page = ana.get(reverse("rooms")).content.decode()

    assert "No chat is set up yet" in page
    assert f'href="{reverse("outlets")}">Open Delivery' in page


def test_readers_see_rooms_and_change_nothing(client):
    client.force_login(factories.account("Rui", role=Role.READER))
    cai = factories.person("Cai", is_list=True, email="")
    factories.address(cai, "slack", "#it", secret=SECRET)

    assert "#it" in client.get(reverse("rooms")).content.decode()
    for name in ("room_test", "room_archive"):
        assert client.post(reverse(name, args=[cai.pk])).status_code == 403
    for name in ("room_edit", "person_addresses"):
        assert client.get(reverse(name, args=[cai.pk])).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(ana, number, django_assert_num_queries):
    for name in range(number):
        one = factories.person(f"Room {name}", is_list=True, email="", groups=[factories.group()])
        factories.address(one, "slack", f"#{name}")
    ana.get(reverse("rooms"))

    with django_assert_num_queries(8):
        ana.get(reverse("rooms"))


def test_merged_people_keep_the_address_of_each_channel_once():
    kept, gone = factories.person("Cai"), factories.person("Cai")
    factories.address(kept, "sms", "+1")
    factories.address(gone, "sms", "+2")
    factories.address(gone, "slack", "@cai")

    merging.merge(kept, gone, by=factories.account(), now=timezone.now())

    assert sorted(kept.addresses.values_list("channel", "address")) == [("slack", "@cai"), ("sms", "+1")]
    assert gone.addresses.count() == 0


def test_a_new_room_has_the_clock_of_most_people(ana):
    factories.person(site=factories.site(time_zone="America/New_York"))

    page = ana.get(reverse("room_new") + "?channel=slack")

    assert page.context["form"]["time_zone"].value() == "America/New_York"
