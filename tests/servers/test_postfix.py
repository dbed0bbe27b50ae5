"""Against a real Postfix, set up as the world sets it up."""

import shutil
import subprocess
from contextlib import closing, contextmanager
from time import sleep

import pytest

from notices.channels.base import Accepted, AddressRefused, Later
from notices.channels.email import relay
from tests.servers.letters import MANY, accepted, down, handed_over, kinds, letter, letters, opened, said, with_patience
from tests.servers.postfix import Postfix, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


@pytest.fixture
def postfix(settings):
    @contextmanager
    def start(main=None, **how):
        with Postfix(main or {}, **how) as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
            yield server

    return start


@pytest.mark.parametrize("connections", [1, 4])
def test_all_arrive_once_and_as_they_are(postfix, connections):
    with postfix() as server:
        outcomes = handed_over(letters(), connections=connections)

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())
        assert "improper command pipelining" not in server.logged
        assert relay.pace(relay.find()) is relay.Pace.RIDING


REFUSED = {
    0: "550 5.1.1 User unknown in virtual mailbox table",
    1: "450 4.2.0 Mailbox busy",
    2: "554 5.7.1 Blocked by policy",
    3: "421 4.3.2 Go away for now",
}


def refusing(every=10, kinds=(0, 1, 2)):
    lines = [f"p{key}@example.org {REFUSED[key % every]}" for key in range(1, MANY + 1) if key % every in kinds]
    return {"access": "\n".join(lines) + "\n"}


RESTRICTED = "check_recipient_access texthash:{folder}/etc/access, permit_mynetworks, reject"


@pytest.mark.parametrize(
    ("delayed", "limit", "pipelining"), [("yes", "20", True), ("no", "1", True), ("yes", "1", False)]
)
def test_who_is_refused_is_refused_and_all_others_get_theirs(postfix, delayed, limit, pipelining):
    main = {
        "smtpd_recipient_restrictions": RESTRICTED,
        "smtpd_delay_reject": delayed,
        "smtpd_hard_error_limit": limit,
        "smtpd_error_sleep_time": "0",
    }
    if not pipelining:
        main["smtpd_discard_ehlo_keywords"] = "pipelining, chunking"
    with postfix(main, files=refusing()) as server:
        outcomes = handed_over(letters())

        gone = {key for key, one in outcomes.items() if isinstance(one, AddressRefused)}
        later = {key for key, one in outcomes.items() if not isinstance(one, Accepted) and not one.permanent}
        assert gone == {key for key in range(1, MANY + 1) if key % 10 == 0}
        assert {key: outcomes[key].permanent for key in range(1, MANY + 1) if key % 10 == 2} == dict.fromkeys(
            range(2, MANY + 1, 10), True
        )
        assert later == {key for key in range(1, MANY + 1) if key % 10 == 1}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(one for one in letters() if one.key % 10 > 2)
        assert relay.pace(relay.find()) is relay.Pace.RIDING


def test_errors_that_it_slows_down_for_slow_down_no_more_than_that(postfix):
    main = {"smtpd_recipient_restrictions": RESTRICTED, "smtpd_soft_error_limit": "3"}
    with postfix(main, files=refusing(kinds=(0,))) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY - MANY // 10, "AddressRefused": MANY // 10}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(one for one in letters() if one.key % 10)


def test_a_goodbye_to_some_recipients_costs_the_others_nothing(postfix):
    with postfix({"smtpd_recipient_restrictions": RESTRICTED}, files=refusing(20, (3,))) as server:
        outcomes = handed_over(letters())

        assert accepted(outcomes) == {key for key in range(1, MANY + 1) if key % 20 != 3}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(one for one in letters() if one.key % 20 != 3)


def test_too_much_mail_in_its_time_is_throttling_and_all_of_it_arrives(postfix):
    with postfix({"smtpd_client_message_rate_limit": str(MANY // 3)}) as server:
        first = handed_over(letters())
        throttled = {one.later for one in first.values() if not isinstance(one, Accepted)}
        assert throttled <= {Later.THROTTLED}  # a slow machine is never too fast

        left = [one for one in letters() if one.key not in accepted(first)]
        outcomes = with_patience(left, pause=2)

        assert kinds(first | outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


@pytest.mark.parametrize(
    "limit",
    [{"smtpd_client_connection_count_limit": "2"}, {"smtpd_client_connection_rate_limit": "2"}],
)
def test_fewer_connections_than_we_would_like_carry_everything(postfix, limit):
    with postfix(limit) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


@pytest.mark.parametrize("announces", [True, False])
def test_too_large_mails_are_refused_and_the_others_arrive(postfix, announces):
    """Without asking it, where it says how much it takes."""
    silent = {} if announces else {"smtpd_discard_ehlo_keywords": "size"}
    with postfix({"message_size_limit": "20000"} | silent) as server:
        outcomes = handed_over(letters())

        small = [one for one in letters() if len(one.content) <= 20000]
        assert MANY // 3 < len(small) < MANY
        assert accepted(outcomes) == {one.key for one in small}, said(outcomes)
        refused = [one for one in outcomes.values() if not isinstance(one, Accepted)]
        assert all(one.permanent and one.of_letter for one in refused), said(outcomes)
        assert ("5.3.4" in str(refused)) != announces
        assert ("takes 20,000 at most" in str(refused)) == announces
        server.arrived.assert_once_and_as_they_are(small)


def test_what_it_finds_in_a_content_is_that_letters_refusal_alone(postfix):
    checks = {"checks": "/^X-Key: [0-9]*7$/ REJECT 5.7.1 We do not like sevens\n/^X-Key: [0-9]*4$/ DISCARD\n"}
    with postfix({"header_checks": "regexp:{folder}/etc/checks"}, files=checks) as server:
        outcomes = handed_over(letters())

        assert accepted(outcomes) == {key for key in range(1, MANY + 1) if key % 10 != 7}
        assert set(said(outcomes)) == {"The mail server answered 550 5.7.1 We do not like sevens"}
        server.arrived.assert_once_and_as_they_are(one for one in letters() if one.key % 10 not in (4, 7))


@pytest.mark.parametrize("takes", ["yes", "no"])
def test_letters_of_all_alphabets_go_where_it_takes_them(postfix, takes):
    with postfix({"smtputf8_enable": takes}) as server:
        addresses = ["jörg@example.org", "用户@example.org", "plain@example.org"]
        parcels = [letter(key, one, "Mail stops.\n") for key, one in enumerate(addresses, 1)]
        outcomes = handed_over(parcels)

        assert accepted(outcomes) == ({1, 2, 3} if takes == "yes" else {3}), said(outcomes)
        assert all(one.permanent for one in outcomes.values() if not isinstance(one, Accepted))
        assert len(server.arrived.wait(len(accepted(outcomes)))) == len(accepted(outcomes))


STRICT = {
    "smtpd_helo_required": "yes",
    "smtpd_helo_restrictions": "reject_invalid_helo_hostname",
    "smtpd_data_restrictions": "reject_unauth_pipelining",
    "smtpd_client_restrictions": "reject_unauth_pipelining",
    "smtpd_end_of_data_restrictions": "reject_unauth_pipelining",
    "strict_rfc821_envelopes": "yes",
    "smtpd_forbid_bare_newline": "yes",
    "smtpd_forbid_unauth_pipelining": "yes",
    "smtpd_reject_unlisted_recipient": "yes",
}


@pytest.mark.parametrize(
    ("delayed", "pipelining", "host"),
    [("yes", True, "192.0.2.7"), ("no", True, "comms"), ("no", False, "[2001:db8::7]")],
)
def test_the_strictest_finds_nothing_wrong_with_us(postfix, settings, delayed, pipelining, host):
    settings.BASE_HOST = host
    discarded = {} if pipelining else {"smtpd_discard_ehlo_keywords": "pipelining"}
    with postfix(STRICT | discarded | {"smtpd_delay_reject": delayed}) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())
        assert "improper command pipelining" not in server.logged


GREYLISTS = r"""
import pathlib, sys, time
seen = pathlib.Path("{folder}/seen")
while True:
    asked = {}
    while (line := sys.stdin.readline().strip()):
        name, _, value = line.partition("=")
        asked[name] = value
    if not asked:
        break
    mark = seen / asked["recipient"].replace("/", "_")
    if mark.exists() and time.time() - mark.stat().st_mtime > 1:
        print("action=dunno\n", flush=True)
    else:
        mark.exists() or mark.touch()
        print("action=defer_if_permit 4.2.0 Greylisted, please come back in 2 seconds\n", flush=True)
"""


def test_greylisting_is_a_matter_of_coming_again(postfix):
    main = {
        "smtpd_recipient_restrictions": "check_policy_service unix:private/policy, permit_mynetworks, reject",
        "policy_time_limit": "300",
        "smtpd_error_sleep_time": "0",
    }
    policy = "policy unix - n n - 0 spawn user=nobody argv=/usr/bin/env python3 {folder}/etc/policy\n"
    with postfix(main, services=policy, files={"policy": GREYLISTS}) as server:
        (server.folder / "seen").mkdir()
        (server.folder / "seen").chmod(0o777)
        first = handed_over(letters())
        assert kinds(first) == {"ChannelError": MANY}
        assert {(one.later, one.wait, one.permanent) for one in first.values()} == {(Later.GREYLISTED, 2, False)}

        outcomes = with_patience(letters(), pause=1.5)

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


SCREENED = {
    "postscreen_access_list": "",
    "postscreen_cache_map": "btree:{folder}/data/postscreen",
    "postscreen_greet_action": "enforce",
    "postscreen_greet_wait": "3s",
    "postscreen_greet_banner": "$myhostname wait a moment",
}
DEEP = {
    "postscreen_bare_newline_enable": "yes",
    "postscreen_bare_newline_action": "enforce",
    "postscreen_non_smtp_command_enable": "yes",
    "postscreen_pipelining_enable": "yes",
    "postscreen_pipelining_action": "enforce",
}


def test_it_waits_until_it_is_greeted(postfix):
    with postfix(SCREENED, screened=True) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())
        assert "PREGREET" not in server.logged


def test_after_an_examination_of_the_protocol_all_arrives(postfix):
    with postfix(SCREENED | DEEP, screened=True) as server:
        first = handed_over(letters())
        outcomes = first | with_patience([one for one in letters() if one.key not in accepted(first)])

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())
        assert "COMMAND PIPELINING" not in server.logged
        assert len(accepted(first)) >= MANY - 50, said(first)


def test_a_restart_in_the_middle_loses_and_copies_nothing(postfix):
    with postfix({"smtpd_recipient_restrictions": "sleep 0, permit_mynetworks"}) as server:
        outcomes = handed_over(letters(MANY // 3))
        server.again()
        outcomes |= with_patience([one for one in letters() if one.key > MANY // 3])

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


def test_a_tarpit_takes_its_time_and_everything(postfix):
    with postfix({"smtpd_recipient_restrictions": "sleep 1, permit_mynetworks"}) as server:
        outcomes = handed_over(letters(12))

        assert kinds(outcomes) == {"Accepted": 12}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters(12))


# The way in


def test_a_server_that_wants_encryption_first_says_so_and_nothing_is_lost(postfix, certificate):
    key, cert = certificate
    main = {"smtpd_tls_cert_file": str(cert), "smtpd_tls_key_file": str(key), "smtpd_tls_security_level": "encrypt"}
    with postfix(main):
        assert "530 5.7.0 Must issue a STARTTLS command first" in down()


@pytest.mark.parametrize("delayed", ["yes", "no"])
def test_a_client_that_it_does_not_like_reads_why(postfix, delayed):
    main = {"smtpd_client_restrictions": "reject", "smtpd_delay_reject": delayed}
    with postfix(main):
        if delayed == "no":
            assert "554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied" in down()
        else:
            assert {one.permanent for one in handed_over(letters(5)).values()} == {True}


def test_a_connection_that_it_grew_tired_of_is_opened_again(postfix):
    with postfix({"smtpd_timeout": "1s"}) as server:
        with closing(opened(2)) as post:
            outcomes = {}
            for one in letters(6):
                post.put(one)
                while one.key not in outcomes:
                    outcomes |= {parcel.key: outcome for parcel, outcome in post.collect(1)}
                sleep(0.9 + one.key * 0.05)

        assert kinds(outcomes) == {"Accepted": 6}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters(6))


@pytest.fixture
def encrypted(certificate, monkeypatch):
    key, cert = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))

    def main(level="may"):
        return {
            "smtpd_tls_cert_file": "{folder}/etc/cert.pem",
            "smtpd_tls_key_file": "{folder}/etc/key.pem",
            "smtpd_tls_security_level": level,
        }

    return main, {"cert.pem": cert.read_text(), "key.pem": key.read_text()}


@pytest.mark.parametrize("how", ["starttls", "wrapped"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_encrypted_all_arrive_as_well(postfix, encrypted, settings, how, pipelining):
    main, files = encrypted
    discarded = {} if pipelining else {"smtpd_discard_ehlo_keywords": "pipelining"}
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = how == "starttls", how == "wrapped"
    with postfix(
        main("encrypt" if how == "starttls" else "may") | discarded, files=files, wrapped=how == "wrapped"
    ) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


def test_it_cannot_encrypt_what_we_want_encrypted(postfix, settings):
    settings.EMAIL_USE_TLS = True
    with postfix({"smtpd_tls_security_level": "none"}):
        assert "STARTTLS" in down()


def test_a_certificate_that_nobody_vouches_for(postfix, encrypted, settings, monkeypatch):
    main, files = encrypted
    settings.EMAIL_USE_TLS = True
    monkeypatch.delenv("SSL_CERT_FILE")
    with postfix(main(), files=files):
        assert "CERTIFICATE_VERIFY_FAILED" in down()


LOGIN = {
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_sasl_path": "smtpd",
    "cyrus_sasl_config_path": "{folder}/etc/sasl",
    "smtpd_sasl_local_domain": "example.org",
    "smtpd_sasl_security_options": "noanonymous",
    "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
    "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
}
SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {folder}/etc/sasldb\nmech_list: MECHANISM\n"
PASSWORD = "geheim & schön: 100 % ✓"
needs_sasl = pytest.mark.skipif(not shutil.which("saslpasswd2"), reason="There is no saslpasswd2: sasl2-bin.")


@pytest.fixture
def with_login(postfix, settings):
    @contextmanager
    def start(mechanism, main=None, **how):
        files = {"sasl/smtpd.conf": SASL.replace("MECHANISM", mechanism)} | how.pop("files", {})
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ana", PASSWORD
        with postfix(LOGIN | (main or {}), files=files, **how) as server:
            known = server.folder / "etc" / "sasldb"
            command = ["saslpasswd2", "-c", "-p", "-f", known, "-u", "example.org", "ana"]
            subprocess.run(command, input=PASSWORD.encode(), check=True)
            known.chmod(0o644)
            yield server

    return start


@needs_sasl
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "PLAIN LOGIN CRAM-MD5 DIGEST-MD5"])
def test_who_logs_in_may_send(with_login, mechanism):
    with with_login(mechanism) as server:
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


@needs_sasl
def test_a_login_only_when_encrypted(with_login, encrypted, settings):
    main, files = encrypted
    with with_login("PLAIN LOGIN", main() | {"smtpd_tls_auth_only": "yes"}, files=files) as server:
        assert "does not let us in" in down()

        settings.EMAIL_USE_TLS = True
        outcomes = handed_over(letters())

        assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
        server.arrived.assert_once_and_as_they_are(letters())


@needs_sasl
@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN LOGIN CRAM-MD5"])
def test_a_wrong_password_reads_as_such(with_login, settings, mechanism):
    with with_login(mechanism, {"smtpd_hard_error_limit": "1", "smtpd_error_sleep_time": "0"}):
        settings.EMAIL_HOST_PASSWORD = "wrong"

        assert "does not let us in: 535 5.7.8 Error: authentication failed" in down()


@needs_sasl
def test_who_does_not_log_in_where_it_is_wanted_is_told_so(with_login, settings):
    with with_login("PLAIN"):
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        outcomes = handed_over(letters(5))

        assert {one.permanent for one in outcomes.values()} == {True}
        assert all("Recipient address rejected: Access denied" in one for one in said(outcomes))
