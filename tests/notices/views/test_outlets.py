import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import secrets
from notices.enums import MessageState, OutletLogKind
from notices.models import DomainLimit, DomainTrouble, Outlet, OutletLog, Standstill
from notices.pipeline import limits, outlets
from notices.pipeline.deliver import refusing
from notices.pipeline.deliver.refusing import Refusal
from stakeholders.enums import Channel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgets():
    yield
    cache.delete(outlets.HALTED)


@pytest.fixture
def ada():
    return factories.account("Ada Admin", role=Role.ADMINISTRATOR)


@pytest.fixture
def client(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def outlet():
    return outlets.of(Channel.EMAIL)


LIMITS = {"connections": 8, "stop_after": 25}
ACTS = [
    ("outlets_stop", []),
    ("outlets_start", []),
    ("outlet_limits", ["email"]),
    ("outlet_set_up", ["matrix"]),
    ("outlet_stop", ["email"]),
    ("outlet_start", ["email"]),
    ("outlet_test", ["email"]),
    ("domain_limit_new", ["email"]),
]


def last(response):
    return str(next(iter(response.context["messages"])))


def seen(client, url):
    return client.get(url).context["form"]["seen"].value()


def stored(outlet):
    return Outlet.objects.get(pk=outlet.pk)


def test_everybody_may_look_and_sees_why_they_may_not_act(client, ana):
    client.force_login(ana)

    page = client.get(reverse("outlet", args=["email"])).content.decode()

    assert client.get(reverse("outlets")).status_code == 200
    assert "This takes the role Administrator." in page
    assert "Send a test" not in page


@pytest.mark.parametrize(("name", "args"), ACTS)
def test_only_administrators_act(client, ana, name, args):
    client.force_login(ana)

    assert client.post(reverse(name, args=args), {"reason": "No."}).status_code == 403
    assert Standstill.objects.count() == 0


def test_only_administrators_change_the_limit_of_a_domain(client, ana, outlet):
    limit = DomainLimit.objects.create(outlet=outlet, domain="example.org", per_hour=5)
    client.force_login(ana)

    answers = [client.post(reverse(f"domain_limit_{act}", args=[limit.pk])).status_code for act in ("edit", "delete")]

    assert answers == [403, 403]
    assert DomainLimit.objects.filter(pk=limit.pk).exists()


@pytest.mark.parametrize("slug", ["pigeon", "portal", "email-fallback", "sms-fallback"])
def test_what_is_no_outlet_has_no_page(client, slug):
    assert client.get(reverse("outlet", args=[slug])).status_code == 404


def test_the_fallback_has_a_page_once_it_is_named(client, settings):
    settings.EMAIL_FALLBACK_URL = "smtp://second.example:25"

    assert "EMAIL_FALLBACK_URL" in client.get(reverse("outlet", args=["email-fallback"])).content.decode()


def test_mail_and_its_fallback_name_each_their_own_server(client, outlet, settings):
    url = reverse("outlet", args=["email-fallback"])

    assert "none. EMAIL_FALLBACK_URL would name one." in client.get(reverse("outlet", args=["email"])).content.decode()

    settings.EMAIL_FALLBACK_URL = "smtp://other:secret@fallback.example:2525"
    assert (
        f'<a href="{url}">fallback.example:2525</a>' in client.get(reverse("outlet", args=["email"])).content.decode()
    )
    page = client.get(url).content.decode()
    assert "fallback.example:2525, as EMAIL_FALLBACK_URL names it" in page
    assert "None: the server of EMAIL_FALLBACK_URL" in page
    assert "secret" not in page.split("How it is set up")[1]


def test_a_channel_of_rooms_leads_to_its_first_room(client, ana):
    factories.outlet("mattermost")

    page = client.get(reverse("outlet", args=["mattermost"])).content.decode()

    assert "No room is told anything over it yet." in page
    assert f"{reverse('room_new')}?channel=mattermost" in page


def test_looking_stores_nothing(client):
    for url in (reverse("outlets"), reverse("outlet", args=["email"]), reverse("outlet", args=["matrix"])):
        client.get(url)

    assert Outlet.objects.count() == 0


def test_the_list_asks_as_many_queries_with_one_outlet_as_with_many(client, outlet):
    client.get(reverse("outlets"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("outlets"))
    for channel in (Channel.SMS, Channel.MATRIX, Channel.SLACK):
        limits.settle(limits.allow(factories.outlet(channel), 10), ages=[0, 0])
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("outlets"))

    assert len(many) == len(few) <= 11


def test_the_page_shows_what_leaves_against_the_limit(client, outlet):
    Outlet.objects.filter(pk=outlet.pk).update(per_minute=600)
    limits.settle(limits.allow(stored(outlet), 100), ages=[0.1] * 40)

    standing = client.get(reverse("outlet", args=["email"])).context["standing"]

    assert [bar.words for bar in standing.bars] == ["40 of 600 in the last minute"]
    assert (standing.minute, standing.hour, standing.state) == (40, 40, "works")


def test_limits_are_saved_and_noted(client, outlet):
    url = reverse("outlet_limits", args=["email"])

    client.post(url, {**LIMITS, "per_minute": 600, "seen": seen(client, url)})

    assert stored(outlet).per_minute == 600
    assert OutletLog.objects.get().detail == "Limits. Messages per minute: none → 600"


def test_two_editors_of_the_limits_get_a_conflict(client, outlet):
    url = reverse("outlet_limits", args=["email"])
    before = seen(client, url)
    client.post(url, {**LIMITS, "per_minute": 600, "seen": before})

    response = client.post(url, {**LIMITS, "per_minute": 50, "seen": before})

    assert [(clash.stored, clash.typed) for clash in response.context["form"].clashes] == [("600", "50")]
    assert stored(outlet).per_minute == 600


@pytest.mark.parametrize(
    "wrong", [{"per_second": 0}, {"connections": 0}, {"warm_up_start": 50}, {"warm_up_from": "2026-03-02"}]
)
def test_limits_that_make_no_sense_are_refused(client, outlet, wrong):
    url = reverse("outlet_limits", args=["email"])

    response = client.post(url, {**LIMITS, **wrong, "seen": seen(client, url)})

    assert response.status_code == 200
    assert response.context["form"].errors


def test_the_warm_up_is_drawn(client, outlet):
    Outlet.objects.filter(pk=outlet.pk).update(warm_up_from=factories.NOW.date(), warm_up_start=500, per_day=3000)

    days = client.get(reverse("outlet", args=["email"])).context["warm_up"]

    assert [day.limit for day in days] == [500, 1000, 2000, 3000]


def test_a_domain_gets_a_limit_and_loses_it_and_gets_it_back(client, outlet):
    url = reverse("domain_limit_new", args=["email"])
    client.post(url, {"domain": " @Example.ORG ", "per_minute": 30})
    limit = DomainLimit.objects.get()

    response = client.post(reverse("domain_limit_delete", args=[limit.pk]), follow=True)
    *_, message = response.context["messages"]
    gone = DomainLimit.objects.count()
    client.post(message.extra_tags.removeprefix("undo:"))

    assert (limit.domain, gone, DomainLimit.objects.get().per_minute) == ("example.org", 0, 30)


@pytest.mark.parametrize(
    "wrong", [{"domain": "nonsense"}, {"domain": "example.org"}, {"domain": "a b.org", "per_minute": 3}]
)
def test_a_domain_without_sense_or_limit_is_refused(client, outlet, wrong):
    response = client.post(reverse("domain_limit_new", args=["email"]), wrong)

    assert response.context["form"].errors
    assert DomainLimit.objects.count() == 0


def test_a_domain_is_limited_once(client, outlet):
    DomainLimit.objects.create(outlet=outlet, domain="example.org", per_hour=5)

    response = client.post(reverse("domain_limit_new", args=["email"]), {"domain": "example.org", "per_minute": 3})

    assert "There is already a limit for this domain." in str(response.context["form"].errors)


def test_two_editors_of_a_domain_get_a_conflict(client, outlet):
    limit = DomainLimit.objects.create(outlet=outlet, domain="example.org", per_hour=5)
    url = reverse("domain_limit_edit", args=[limit.pk])
    before = seen(client, url)
    client.post(url, {"domain": "example.org", "per_hour": 50, "seen": before})

    response = client.post(url, {"domain": "example.org", "per_hour": 7, "seen": before})

    assert response.context["form"].clashes
    assert DomainLimit.objects.get().per_hour == 50


def test_stopping_asks_why_and_can_be_undone(client, outlet):
    url = reverse("outlet_stop", args=["email"])
    client.post(url, {"reason": ""})
    before = stored(outlet).is_stopped

    response = client.post(url, {"reason": "The relay is on a list."}, follow=True)
    *_, message = response.context["messages"]
    said = client.get(reverse("home")).content.decode()
    client.post(message.extra_tags.removeprefix("undo:"))

    assert (before, "E-mail is stopped: The relay is on a list." in said) == (False, True)
    assert not stored(outlet).is_stopped
    assert "The relay is on a list." not in client.get(reverse("home")).content.decode()


def test_stop_everything_shows_on_every_page_until_it_is_started(client, ana):
    response = client.post(reverse("outlets_stop"), {"reason": "Wrong audience."}, follow=True)
    client.force_login(ana)
    during = client.get(reverse("people")).content.decode()
    client.force_login(factories.account("Ada Again", role=Role.ADMINISTRATOR))
    client.post(reverse("outlets_start"))

    assert last(response) == "Everything that sends is stopped."
    assert "Everything that sends is stopped: Wrong audience." in during
    assert "Wrong audience." not in client.get(reverse("people")).content.decode()


def test_the_banner_costs_no_query(client):
    client.get(reverse("glossary"))
    with CaptureQueriesContext(connection) as before:
        client.get(reverse("glossary"))
    client.post(reverse("outlets_stop"), {"reason": "Wrong audience."})
    client.get(reverse("glossary"))
    with CaptureQueriesContext(connection) as after:
        client.get(reverse("glossary"))

    assert len(after) == len(before)


def test_a_get_changes_nothing(client, outlet):
    for name, args in ACTS:
        client.get(reverse(name, args=args))

    assert (Standstill.objects.count(), stored(outlet).is_stopped, len(mail.outbox)) == (0, False, 0)


def matrix(**fields):
    return {"server": "https://matrix.example.org", "token": "a-secret-token", **fields}


def set_up(client, **fields):
    url = reverse("outlet_set_up", args=["matrix"])
    return client.post(url, {**matrix(**fields), "seen": seen(client, url)}, follow=True)


def test_a_channel_is_set_up_and_its_secret_is_never_shown(client):
    response = set_up(client)

    one = Outlet.objects.get(channel=Channel.MATRIX)
    pages = [response, client.get(reverse("outlet_set_up", args=["matrix"])), client.get(reverse("outlets"))]
    assert secrets.decrypt_values(one.secrets) == {"token": "a-secret-token"}
    assert b"a-secret-token" not in bytes(one.secrets)
    assert not any(b"a-secret-token" in page.content for page in pages)
    assert b"https://matrix.example.org" in response.content
    assert b"set, never shown" in response.content


def test_a_field_says_which_choices_call_for_it(client):
    form = client.get(reverse("outlet_set_up", args=["sms"])).context["form"]

    marks = {name: field.widget.attrs.get("data-only-values") for name, field in form.fields.items()}
    assert marks["url"] == "gateway"
    assert marks["account"] == "sinch twilio vonage"
    assert marks["provider"] is marks["token"] is None


def test_what_was_set_up_is_noted_from_and_to_without_the_secret(client):
    set_up(client)
    set_up(client, server="https://other.example.org", token="another-token")

    first, second = OutletLog.objects.order_by("pk").values_list("detail", flat=True)
    assert first == "Set-up. Homeserver: none → https://matrix.example.org; Access token: none → set"
    assert second == (
        "Set-up. Homeserver: https://matrix.example.org → https://other.example.org; Access token: set → another one"
    )


def test_what_nobody_has_tried_does_not_claim_to_work(client):
    set_up(client)
    url = reverse("outlet", args=["matrix"])

    assert client.get(url).context["standing"].state == "untried"
    assert f'href="{url}#test"' in client.get(reverse("outlets")).content.decode()
    one = Outlet.objects.get(channel=Channel.MATRIX)
    outlets.note(one, OutletLogKind.FAILED_TEST, at=timezone.now())
    assert client.get(url).context["standing"].state == "untried"
    outlets.note(one, OutletLogKind.TESTED, at=timezone.now())
    assert client.get(url).context["standing"].state == "works"


def test_what_a_message_has_left_over_works(client, cai):
    set_up(client)
    messages = factories.released_notice(people=[cai]).messages
    messages.update(channel=Channel.MATRIX, state=MessageState.SENT, sent_at=timezone.now(), sha256=b"x" * 32)

    assert client.get(reverse("outlet", args=["matrix"])).context["standing"].state == "works"


def test_a_fallback_that_took_over_is_tried(client, outlet, settings):
    settings.EMAIL_FALLBACK_URL = "smtp://127.0.0.1:1"
    url = reverse("outlet", args=["email-fallback"])

    assert client.get(url).context["standing"].state == "untried"
    outlets.note(outlet, OutletLogKind.FALLBACK, at=timezone.now())
    outlets.fallback_of(Channel.EMAIL)
    assert client.get(url).context["standing"].state == "works"


def test_a_secret_that_is_left_empty_stays(client):
    set_up(client)

    set_up(client, token="")

    one = Outlet.objects.get(channel=Channel.MATRIX)
    assert secrets.decrypt_values(one.secrets) == {"token": "a-secret-token"}


def test_a_secret_is_not_taken_along_to_another_server(client):
    set_up(client)

    response = set_up(client, server="https://other.example.org", token="")

    assert "token" in response.context["form"].errors
    assert Outlet.objects.get(channel=Channel.MATRIX).config["server"] == "https://matrix.example.org"


def test_what_is_missing_is_said_beside_its_field(client):
    response = set_up(client, token="")

    assert "token" in response.context["form"].errors
    assert Outlet.objects.count() == 0


def test_two_who_set_up_one_channel_get_a_conflict_without_the_secret(client):
    set_up(client)
    url = reverse("outlet_set_up", args=["matrix"])
    before = seen(client, url)
    set_up(client, server="https://other.example.org", token="another-token")

    response = client.post(url, matrix(server="https://third.example.org", token="hush-hush", seen=before))

    assert response.context["form"].clashes
    assert b"hush-hush" not in response.content
    assert Outlet.objects.get(channel=Channel.MATRIX).config["server"] == "https://other.example.org"


def test_the_limits_of_a_channel_that_is_not_set_up_cannot_be_changed(client):
    assert client.post(reverse("outlet_limits", args=["matrix"]), LIMITS).status_code == 404
    assert Outlet.objects.count() == 0


def test_a_test_to_nobody_is_refused_beside_the_field(client, outlet):
    response = client.post(reverse("outlet_test", args=["email"]), {"address": ""})

    assert response.status_code == 422
    assert "address" in response.context["test"].errors


def test_a_test_that_fails_says_so_and_is_noted(client, outlet, settings, ada):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    response = client.post(reverse("outlet_test", args=["email"]), {"address": "cai@example.org"}, follow=True)

    entry = OutletLog.objects.get()
    assert last(response).startswith("The test did not work.")
    assert (entry.kind, entry.by) == ("failed_test", ada)
    assert entry.detail.startswith("To cai@example.org: ")


def test_an_optional_secret_does_not_vanish_unsaid_when_the_server_changes(client):
    url = reverse("outlet_set_up", args=["slack"])
    client.post(url, {"token": "xoxb-1234567890", "server": "", "seen": seen(client, url)})
    before = Outlet.objects.get(channel=Channel.SLACK).config
    other = {"token": "", "server": "https://slack-gov.com/api/"}

    refused = client.post(url, {**other, "seen": seen(client, url)})
    said = refused.context["form"].errors["token"][0]

    assert said.endswith("Enter it again, or tick “Clear: Bot token”.")
    assert Outlet.objects.get(channel=Channel.SLACK).config == before
    client.post(url, {**other, "clear_token": "on", "seen": seen(client, url)})
    assert Outlet.objects.get(channel=Channel.SLACK).secrets is None


def test_ten_tests_in_ten_minutes_are_enough(client, outlet, monkeypatch, mailserver):
    cache.clear()
    answers = [client.post(reverse("outlet_test", args=["email"]), {"address": "a@example.org"}) for _ in range(11)]

    assert len(mailserver.mails) == 10
    assert "Wait ten minutes" in [str(one) for one in get_messages(answers[-1].wsgi_request)][-1]
    cache.clear()


def refused(outlet, domain="strict.example"):
    refusals = [Refusal(domain, "550 5.7.1 Policy.")] * outlet.stop_after
    refusing.told(outlet, refusals, now=timezone.now())


def test_a_domain_that_is_stopped_shows_and_is_started_again(client, outlet):
    refused(outlet)
    url = reverse("outlet", args=["email"])

    page, listed = client.get(url), client.get(reverse("outlets")).content.decode()
    response = client.post(reverse("domain_start", args=["email"]), {"domain": "strict.example"}, follow=True)

    assert page.context["standing"].state == "refused"
    assert "Nothing goes to strict.example" in page.content.decode()
    assert "550 5.7.1 Policy." in page.content.decode()
    assert "Nothing goes to strict.example." in listed
    assert last(response) == "Mail to strict.example goes out again."
    assert client.get(url).context["standing"].state == "untried"


def test_of_many_domains_that_are_stopped_a_few_are_named(client, outlet):
    stopped = [DomainTrouble(outlet=outlet, domain=f"{name}.example", stopped_at=timezone.now()) for name in "abcde"]
    DomainTrouble.objects.bulk_create(stopped)

    said = client.get(reverse("outlets")).content.decode()

    assert "Nothing goes to a.example, b.example, c.example and 2 more." in said
    outlets.remember_halted()
    everywhere = "Mail to a.example, b.example, c.example and 2 more is stopped: they refused everything for a while."
    assert outlets.halted() == [everywhere]


@pytest.mark.parametrize("number", [4, 60])
def test_of_many_stopped_domains_the_page_shows_three_and_folds_the_rest(client, outlet, number):
    names = [f"d{each:02}.example" for each in range(number)]
    stopped = [DomainTrouble(outlet=outlet, domain=name, errors=25, stopped_at=timezone.now()) for name in names]
    DomainTrouble.objects.bulk_create(stopped)

    said = client.get(reverse("outlet", args=["email"])).content.decode()

    before, folded = said.split("more domain", 1)
    assert before.count('<strong class="text-break">Nothing goes to d') == 3
    assert f"And {number - 3}" in before
    assert folded.count("Nothing goes to d") == min(number, 20) - 3
    assert ("40 more are not named here." in folded) is (number == 60)


def test_all_stopped_domains_are_started_at_once(client, outlet):
    refused(outlet, "strict.example")
    refused(outlet, "sterner.example")

    response = client.post(reverse("domains_start", args=["email"]), follow=True)

    assert last(response) == "Mail to 2 domains goes out again."
    assert not DomainTrouble.objects.exists()


def test_only_administrators_start_a_domain_again(client, ana, outlet):
    refused(outlet)
    client.force_login(ana)

    one = client.post(reverse("domain_start", args=["email"]), {"domain": "strict.example"})
    all_ = client.post(reverse("domains_start", args=["email"]))

    assert (one.status_code, all_.status_code, DomainTrouble.objects.count()) == (403, 403, 1)


def test_who_stops_the_first_outlet_reads_that_the_fallback_stops_with_it(client, outlet, settings, ana):
    settings.EMAIL_FALLBACK_URL = "smtp://second.example:25"
    outlets.fallback_of(Channel.EMAIL)

    before = client.get(reverse("outlet", args=["email"])).content.decode()
    outlets.stop(outlet, by=ana, now=timezone.now(), reason="No mail today.")
    fallback = client.get(reverse("outlet", args=["email-fallback"])).context["standing"]

    assert "not over its fallback either" in before
    assert (fallback.state, fallback.detail) == ("stopped", "E-mail is stopped: No mail today.")


def test_secrets_that_no_key_opens_are_said_with_what_to_do(client, settings):
    set_up(client)
    settings.SECRETS_KEYS = ["another key"]

    one = client.get(reverse("outlet", args=["matrix"])).context["standing"]

    assert one.state == "locked"
    assert "manage.py rotate_secrets" in one.detail
    settings.SECRETS_KEYS = ["another key", settings.SECRET_KEY]
    assert client.get(reverse("outlet", args=["matrix"])).context["standing"].state == "untried"


def test_what_waits_for_a_channel_that_nobody_has_set_up_is_said(client, cai):
    factories.released_notice(people=[cai]).messages.update(channel=Channel.SMS)

    page = client.get(reverse("outlets"))

    [one] = [one for one in page.context["standings"] if one.outlet.channel == Channel.SMS]
    assert (one.state, one.detail) == ("not_set_up", "1 wait. They end as failed unless it is set up.")
