"""Each chat against a server that refuses what the real one refuses, and against the real one where its credentials are
in the environment (CONTRACT_<CHANNEL>_…)."""

import json
import os
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

import pytest

from notices.channels import KINDS, trying
from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, ChannelError, Later, Parcel
from notices.channels.webhook.sending import Sender as WebhookSender
from stakeholders.enums import Channel
from tests.fixtures import services
from tests.fixtures.webserver import Response, WebServer
from tests.notices.channels.letters import ANSWER, STATUS, hostile, letter, long

KEY = "a key that only the two of us know"
ROOM_GONE = "gone"


@dataclass(frozen=True)
class Case:
    """How to get in at a fake. `where` and `gone`: (address, path of the secret)."""

    service: Callable
    where: tuple[str, str]
    gone: tuple[str, str]
    secrets: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)
    config: dict = field(default_factory=dict)
    repeatable: bool = False


CASES = {
    Channel.TEAMS: Case(
        services.Teams,
        ("IT news", f"{services.Teams.path}?api-version=2016&sig=good"),
        ("IT news", "/workflows/other/triggers/manual/paths/invoke?sig=good"),
    ),
    "slack webhook": Case(services.Slack, ("#it", "/services/T0/B0/x"), ("#it", "/services/gone")),
    "slack bot": Case(
        services.Slack,
        ("C0ITNEWS", ""),
        ("C0NOWHERE", ""),
        secrets={"token": "xoxb-good-token-1"},
        wrong={"token": "xoxb-other-token"},
        config={"server": "{}"},
    ),
    Channel.MATTERMOST: Case(services.Mattermost, ("Town", "/hooks/good"), ("Town", "/hooks/gone")),
    Channel.MATRIX: Case(
        services.Matrix,
        ("!news:example.org", ""),
        ("#nowhere:example.org", ""),
        secrets={"token": "good"},
        wrong={"token": "bad"},
        config={"server": "{}"},
        repeatable=True,
    ),
    Channel.GOOGLE_CHAT: Case(
        services.GoogleChat,
        ("IT", "/v1/spaces/AAA/messages?key=k&token=good"),
        ("IT", "/v1/spaces/GONE/messages?key=k&token=good"),
    ),
    Channel.WEBHOOK: Case(
        services.Receiver, ("Tickets", "/hook"), ("Tickets", "/elsewhere"), secrets={"key": KEY}, repeatable=True
    ),
    Channel.SMS: Case(
        services.Gateway,
        ("+4915123456789", ""),
        ("not a number", ""),
        secrets={"token": "good"},
        wrong={"token": "bad"},
        config={"provider": "gateway", "url": "{}/send", "sender": "Northfield"},
    ),
}


@dataclass
class Met:
    """A channel, its service, and the way in."""

    name: str
    case: Case
    server: WebServer

    @property
    def kind(self):
        return KINDS[str(self.name).partition(" ")[0]]

    @property
    def service(self):
        return self.server.answer

    def access(self, secrets=None) -> Access:
        config = {name: value.replace("{}", self.server.url) for name, value in self.case.config.items()}
        return Access(config, self.case.secrets if secrets is None else secrets)

    def parcel(self, envelope=None, *, where=None, key=7) -> Parcel:
        address, path = where or self.case.where
        content = self.kind.build(envelope or letter())
        return Parcel(key, "", address, content, secret=f"{self.server.url}{path}" if path else "")

    def send(self, parcel=None, *, access=None):
        """Through a post, as delivery does it."""
        with closing(self.kind.open(access or self.access())) as post:
            post.put(parcel or self.parcel())
            ((_, outcome),) = post.collect(10)
            return outcome


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture(params=CASES, ids=str)
def met(request):
    case = CASES[request.param]
    with WebServer(case.service()) as server:
        yield Met(request.param, case, server)


def test_a_letter_is_taken(met):
    assert isinstance(met.send(), Accepted)

    (request,) = met.server.requests
    if met.name != Channel.SMS:
        assert met.service is not None
        text = json.dumps(request.json, ensure_ascii=False)
        assert "Saturday 28 March 2026, 22:00 Europe/Berlin (CET)" in text.replace("\\\\", "").replace("\\", "")
        assert ANSWER in text
        assert STATUS in text
    assert "mail stops" in json.dumps(request.json).lower()


@pytest.mark.parametrize("write", [hostile, long], ids=["hostile", "long"])
def test_whatever_people_write_is_taken(met, write):
    """The service itself refuses what is too long or is not what it documents."""
    assert isinstance(met.send(met.parcel(write())), Accepted)


def test_nothing_that_people_write_calls_anybody(met):
    met.send(met.parcel(hostile()))

    content = met.server.requests[0].json
    if met.kind.channel == Channel.TEAMS:
        (attachment,) = content["attachments"]
        assert set(found(attachment, ("type",))) <= set(services.CARD)  # a TextBlock would be Markdown
        assert set(attachment["content"]["msteams"]) == {"width"}  # who is mentioned would stand there
    if met.kind.channel == Channel.SLACK:
        assert not re.search("<[!@#]", content["text"])
        assert not content.get("link_names")
        kinds = {run["type"] for run in found_in(content, "elements") if not run["type"].startswith("rich_text_")}
        assert kinds == {"text", "button"}  # who is mentioned would be a run of another kind
    if met.kind.channel == Channel.MATTERMOST:
        assert "@\u200bchannel" in content["text"]
        assert not re.search(r"@(channel|here|all|everyone)", content["text"])
    if met.kind.channel == Channel.MATRIX:
        assert content["m.mentions"] == {}
        assert "<script" not in content["formatted_body"]
    if met.kind.channel == Channel.GOOGLE_CHAT:
        assert "text" not in content
        texts = [content["fallbackText"], *found(content["cardsV2"][0]["card"]["sections"], ("text",))]
        assert not any("<script" in text for text in texts if isinstance(text, str))
        assert "<users/" not in content["fallbackText"]


def test_links_lead_to_the_web_alone(met):
    met.send(met.parcel(letter(links={"Open": "javascript:alert(1)", "Status page": STATUS})))

    content = met.server.requests[0].json
    assert "javascript:" not in json.dumps(content if met.name != Channel.WEBHOOK else content["data"]["links"])


def found_in(value, name):
    return [one for many in found(value, (name,)) for one in many]


SIGNS = "*bold* **bold** _it_ __it__ ~s~ ~~s~~ `code` ```code``` > said - one * two 1. three # head :smile: &lt;b&gt;"


def test_what_people_write_arrives_as_they_wrote_it_in_slack(at):
    met = at("slack bot")
    met.send(met.parcel(letter(SIGNS, words=(SIGNS,), rows={"What": SIGNS}, links={})))

    content = met.server.requests[0].json
    header, words = content["blocks"]
    assert header["text"] == {"type": "plain_text", "text": SIGNS, "emoji": False}
    (section,) = words["elements"]
    assert [run["text"] for run in section["elements"]] == ["What: ", SIGNS, "\n\n", SIGNS]
    assert [run.get("style") for run in section["elements"]] == [{"bold": True}, None, None, None]
    assert content["mrkdwn"] is False


def test_what_was_formatted_is_formatted_in_slack(at):
    html = (
        '<td class="words"><h3>Prepare</h3><p>Save <strong>all</strong> at <a href="https://example.org">home</a></p>'
        "<ul><li>one<ul><li>two</li></ul></li></ul><ol start='3'><li>three</li><li>four</li></ol>"
        "<blockquote>said</blockquote><pre>a  b</pre><p>Thanks</p></td>"
    )
    met = at("slack bot")
    met.send(met.parcel(letter(html=html)))

    text = {"type": "text"}
    section, bullet, inner, numbers, quote, code, last = met.service.posted[0]["blocks"][1]["elements"]
    assert section["elements"] == [
        text | {"text": "Prepare", "style": {"bold": True}},
        text | {"text": "\n\n"},
        text | {"text": "Save "},
        text | {"text": "all", "style": {"bold": True}},
        text | {"text": " at "},
        {"type": "link", "url": "https://example.org", "text": "home"},
    ]
    assert (bullet["style"], bullet["indent"], inner["indent"]) == ("bullet", 0, 1)
    assert (numbers["style"], numbers["offset"], len(numbers["elements"])) == ("ordered", 2, 2)
    assert (quote["type"], code["type"]) == ("rich_text_quote", "rich_text_preformatted")
    assert last["elements"] == [text | {"text": "\n"}, text | {"text": "Thanks"}]


def test_no_sign_is_formatting_in_google_chat(at):
    met = at(Channel.GOOGLE_CHAT)
    met.send(met.parcel(letter("*bold*", words=("<b>'*bold*'</b>",), rows={}, links={})))

    content = met.server.requests[0].json
    assert "text" not in content  # would be read as Markdown
    assert content["fallbackText"] == "*bold*"
    (widget,) = content["cardsV2"][0]["card"]["sections"][0]["widgets"]
    assert widget["textParagraph"]["text"] == "&lt;b&gt;'*bold*'&lt;/b&gt;"


def found(value, names):
    if isinstance(value, dict):
        for name, one in value.items():
            if name in names:
                yield one
            yield from found(one, names)
    elif isinstance(value, list):
        for one in value:
            yield from found(one, names)


def test_too_fast_is_told_with_the_time_to_wait(met):
    met.server.next = [Response(429, b"", {"Retry-After": "17"})]

    error = met.send()
    assert (error.permanent, error.unknown, error.later, error.wait) == (False, False, Later.THROTTLED, 17)


def test_a_service_in_trouble_is_tried_again(met):
    met.server.next = [Response(503, b"later")]

    error = met.send()
    assert type(error) is ChannelError
    assert (error.permanent, error.unknown) == (False, False)


def test_no_answer_leaves_it_unknown_unless_the_service_knows_a_repeated_one(met):
    met.server.next = [Response(drop=True)]

    error = met.send()
    assert (error.permanent, error.unknown) == (False, not met.case.repeatable)


def test_a_room_that_is_gone_is_no_address_any_more(met):
    assert isinstance(met.send(met.parcel(where=met.case.gone)), AddressRefused)


def test_a_refused_letter_is_refused_for_good(met):
    met.server.next = [Response(400, b"no")]

    error = met.send()
    assert error.permanent
    assert not isinstance(error, AddressRefused)


def test_a_key_that_does_not_fit_takes_the_channel_down(met):
    if not met.case.wrong:
        met.server.next = [Response(403, b"no")]  # the door of one room: the others may be open
        assert met.send().permanent
        return
    with closing(met.kind.open(met.access(met.case.wrong))) as post:
        post.put(met.parcel())
        with pytest.raises(ChannelDown):
            post.collect(10)


def test_a_server_that_is_away(met):
    met.server.stop()
    with closing(met.kind.open(met.access())) as post:
        post.put(met.parcel())
        try:
            ((_, error),) = post.collect(10)
        except ChannelDown as down:
            error = down

    assert (error.permanent, error.unknown) == (False, False)
    assert "token=" not in str(error)
    assert "sig=" not in str(error)


def test_what_became_somebody_elses_does_not_leave(met):
    parcel = replace(met.parcel(), may_leave=iter([True, False]).__next__)

    assert isinstance(met.send(parcel), ChannelError)
    assert [one for one in met.server.requests if one.method != "GET"] == []


def test_private_networks_are_closed_to_it(met, settings):
    settings.ALLOWED_PRIVATE_NETWORKS = ()
    with closing(met.kind.open(met.access())) as post:
        post.put(met.parcel())
        try:
            ((_, error),) = post.collect(10)
        except ChannelDown as down:
            error = down

    assert isinstance(error, ChannelError)
    assert met.server.requests == []


def test_the_same_letter_is_the_same_bytes(met):
    assert met.kind.build(letter()) == met.kind.build(letter())


def test_a_test_names_its_link_once(met):
    address, _ = met.case.where
    envelope = trying.letter(
        address=address, sender="a@example.org", bounce_to="", message_id="<t@x>", url=STATUS, now=letter().date
    )
    met.send(met.parcel(envelope))

    (request,) = [one for one in met.server.requests if one.method != "GET"]
    content = request.json
    if met.kind.channel == Channel.MATRIX:  # the same words twice: as plain text, and as HTML
        assert [content[name].count(STATUS) for name in ("body", "formatted_body")] == [1, 1]
    else:
        assert json.dumps(content).count(STATUS) == 1


def test_it_can_be_tried_out(met):
    address, path = met.case.where
    envelope = trying.letter(
        address=address, sender="a@example.org", bounce_to="", message_id="<t@x>", url=STATUS, now=letter().date
    )
    secret = f"{met.server.url}{path}" if path else ""

    assert isinstance(trying.try_out(met.kind, met.access(), envelope, secret=secret), Accepted)
    assert isinstance(
        trying.try_out(
            met.kind,
            met.access(),
            replace(envelope, address=met.case.gone[0]),
            secret=f"{met.server.url}{met.case.gone[1]}" if path else "",
        ),
        AddressRefused,
    )


# What is particular to each


@pytest.fixture
def at(request):
    """A way to one of them: at(Channel.MATRIX)."""
    servers = []

    def enter(name):
        case = CASES[name]
        servers.append(WebServer(case.service()).__enter__())
        return Met(name, case, servers[-1])

    yield enter
    for server in servers:
        server.__exit__()


def test_matrix_posts_a_repeated_message_once(at):
    met = at(Channel.MATRIX)
    first, again, other = met.send(), met.send(), met.send(met.parcel(key=8))

    assert first.detail == again.detail != other.detail
    assert len(met.service.events) == 2


def test_matrix_finds_a_room_by_its_address(at):
    met = at(Channel.MATRIX)

    assert isinstance(met.send(met.parcel(where=("#news:example.org", ""))), Accepted)
    assert [request.method for request in met.server.requests] == ["GET", "PUT"]


def test_matrix_says_how_long_to_wait_in_its_own_way(at):
    met = at(Channel.MATRIX)
    met.server.next = [Response.of({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_500}, 429)]

    assert met.send().wait == 2.5


def test_matrix_rooms_that_do_not_let_the_account_in_are_not_the_whole_channel(at):
    met = at(Channel.MATRIX)

    error = met.send(met.parcel(where=("!other:example.org", "")))
    assert (type(error), error.permanent) == (ChannelError, True)


@pytest.mark.parametrize(
    ("error", "kind", "permanent"),
    [
        *(("is_archived", AddressRefused, True), ("channel_not_found", AddressRefused, True)),
        *(("token_revoked", ChannelDown, False), ("missing_scope", ChannelDown, False)),
        *(("not_in_channel", ChannelError, True), ("msg_too_long", ChannelError, True)),
        *(("ratelimited", ChannelError, False), ("internal_error", ChannelError, False)),
    ],
)
def test_slack_says_what_is_wrong_in_a_word(at, error, kind, permanent):
    met = at("slack bot")
    met.server.next = [Response.of({"ok": False, "error": error})]
    with closing(met.kind.open(met.access())) as post:
        post.put(met.parcel())
        try:
            ((_, outcome),) = post.collect(10)
        except ChannelDown as down:
            outcome = down

    assert (type(outcome), outcome.permanent) == (kind, permanent)


def test_slack_needs_a_way_into_a_room(at):
    met = at("slack bot")

    assert "webhook" in str(met.send(met.parcel(where=("#it-news", ""))))


def test_retired_addresses_of_teams_are_refused_in_a_sentence():
    check = KINDS[Channel.TEAMS].address.secret.check
    for url in (
        *(
            "https://northfield.webhook.office.com/webhookb2/x@y/IncomingWebhook/z",
            "https://outlook.office.com/webhook/x",
        ),
        "https://OUTLOOK.office365.com/webhook/x",
    ):
        with pytest.raises(ValueError, match="switched these addresses off"):
            check(url)
    assert check("https://prod-1.westeurope.logic.azure.com/workflows/x?sig=y")


def test_a_webhook_keeps_its_id_and_signs_each_try_anew(at):
    met = at(Channel.WEBHOOK)
    clock = iter([1_000_000.0, 1_000_400.0])
    sender = WebhookSender(met.access(), clock=lambda: next(clock))
    for now in (1_000_000.0, 1_000_400.0):
        met.service.now = now
        sender.send(met.parcel())
    sender.close()

    ids, times, signatures = (
        {request.headers[f"webhook-{name}"] for request in met.server.requests}
        for name in ("id", "timestamp", "signature")
    )
    assert (ids, len(times), len(signatures)) == ({"message-7"}, 2, 2)
    assert len(met.service.taken) == 1


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_that_repeats_the_address_of_a_room_does_not_show_it(at, status):
    met = at(Channel.WEBHOOK)
    parcel = replace(met.parcel(), secret=f"{met.server.url}/hooks/hush-hush-token?key=very-secret")
    met.server.next = [Response(status=status, body=b"You asked for /hooks/hush-hush-token?key=very-secret here.")]

    outcome = met.send(parcel)
    said = outcome.detail if isinstance(outcome, Accepted) else str(outcome)

    assert "You asked for" in said
    assert "hush" not in said
    assert "very" not in said


def test_a_webhook_that_is_played_again_later_is_too_old(at):
    met = at(Channel.WEBHOOK)
    met.send()
    met.service.now = met.service.now or 4_000_000_000

    assert met.server.respond(met.server.requests[0]).status == 400


def test_a_webhook_that_was_changed_on_the_way_is_refused(at):
    met = at(Channel.WEBHOOK)
    met.send()
    (request,) = met.server.requests

    assert met.server.respond(replace(request, body=request.body.replace(b"Sunday", b"Monday"))).status == 401


def test_one_upgrade_has_one_thread_in_google_chat(at):
    met = at(Channel.GOOGLE_CHAT)
    met.send()
    met.send(met.parcel(letter("Mail stops later")))

    assert {message["thread"]["threadKey"] for message in met.service.posted} == {"commsplan-upgrade5.person77"}


@pytest.mark.parametrize("channel", [channel for channel in KINDS if channel != Channel.EMAIL])
def test_the_real_service_takes_it_too(channel, settings):
    """CONTRACT_SLACK_ADDRESS, CONTRACT_SLACK_SECRET and, for each field of the outlet, CONTRACT_SLACK_TOKEN."""
    prefix = f"CONTRACT_{channel.upper()}_"
    given = {name.removeprefix(prefix).lower(): value for name, value in os.environ.items() if name.startswith(prefix)}
    if not given:
        pytest.skip(f"{prefix}ADDRESS and so on are not set")
    settings.ALLOWED_PRIVATE_NETWORKS = ()
    kind = KINDS[channel]
    config, secrets = kind.entered(given, kept={})
    parcel = Parcel(7, "", given["address"], kind.build(letter()), secret=given.get("secret", ""))

    with closing(kind.open(Access(config, secrets))) as post:
        post.put(parcel)
        ((_, outcome),) = post.collect(60)
    assert isinstance(outcome, Accepted)
