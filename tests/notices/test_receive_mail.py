"""What a mail server pipes to us."""

import json
import os
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from notices.enums import MessageState
from notices.models import Incoming
from notices.pipeline import coming_back
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.coming_back.mails import dsn

ROOT = Path(__file__).parents[2]
PLAIN = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<cai@north.example>:\n550 5.1.1 User unknown\n"
NOWHERE = {"DATABASE_URL": "postgres://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1", "SECRET_KEY": "x" * 50}


def received(monkeypatch, raw: bytes, *arguments) -> list[str]:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(raw)))
    out = StringIO()
    call_command("receive_mail", *arguments, stdout=out)
    return out.getvalue().splitlines()


def piped(raw: bytes, *arguments, **environment):
    command = [sys.executable, str(ROOT / "manage.py"), "receive_mail", *arguments]
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(command, input=raw, capture_output=True, env=bare | environment, check=False, timeout=180)


def test_it_says_what_a_mail_says_without_a_database(monkeypatch):
    assert received(monkeypatch, PLAIN, "--dry-run") == ["bounce cai@north.example permanent 5.1.1"]


def test_it_says_so_to_programs(monkeypatch):
    (said,) = map(json.loads, received(monkeypatch, PLAIN, "--dry-run", "--json"))

    assert (said["kind"], said["address"], said["permanent"], said["status"], said["about"]) == (
        "bounce",
        "cai@north.example",
        True,
        "5.1.1",
        "address",
    )


def test_which_message_it_is_about_needs_no_database(monkeypatch, cai):
    message = factories.released_notice(people=[cai]).messages.get()

    (said,) = map(json.loads, received(monkeypatch, dsn(message), "--dry-run", "--json"))

    assert (said["message"], said["no_message"]) == (message.pk, "")


def test_it_says_why_it_names_no_message(monkeypatch, cai, settings):
    (said,) = map(json.loads, received(monkeypatch, PLAIN, "--dry-run", "--json"))
    assert said["message"] is None
    assert said["no_message"].startswith("It names none of our messages: neither an address bounce+…@")

    mail = dsn(factories.released_notice(people=[cai]).messages.get())
    settings.LINK_KEYS = ["another"]
    (said,) = map(json.loads, received(monkeypatch, mail, "--dry-run", "--json"))
    assert said["message"] is None
    assert said["no_message"].startswith("It names one of our messages, but our key did not sign that.")


@pytest.mark.parametrize("raw", [b"", b"\xff\x00\xfe", b"From: a\n\nhello"])
def test_garbage_is_something_else(monkeypatch, raw):
    assert received(monkeypatch, raw, "--dry-run") == ["other"]


def test_what_is_piped_is_taken_in(monkeypatch, cai):
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    message = notice.messages.get()

    received(monkeypatch, dsn(message))

    assert list(Incoming.objects.values_list("source", "message")) == [("pipe", message.pk)]
    assert notice.messages.get().state == MessageState.BOUNCED


def test_a_dry_run_starts_no_server_and_never_fails():
    done = piped(b"garbage", "--dry-run", "--json")

    assert (done.returncode, json.loads(done.stdout)["kind"]) == (0, "other")


def test_a_dry_run_knows_the_key_of_the_site_without_starting_it(tmp_path, cai):
    message = factories.released_notice(people=[cai]).messages.get()
    (tmp_path / "secret_key").write_text(settings.LINK_KEYS[0])

    done = piped(dsn(message), "--dry-run", "--json", DATA_DIR=str(tmp_path), BASE_URL=settings.BASE_URL)

    assert done.stderr == b""
    assert json.loads(done.stdout)["message"] == message.pk
    assert [one.name for one in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("asked", [["receive_mail", "--help"], ["help", "tick"], ["--version"], []])
def test_help_starts_no_server(tmp_path, asked):
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    command = [sys.executable, str(ROOT / "manage.py"), *asked]

    done = subprocess.run(
        command, capture_output=True, env=bare | {"DATA_DIR": str(tmp_path)}, check=False, timeout=180
    )

    assert (done.returncode, done.stdout != b"", list(tmp_path.iterdir())) == (0, True, [])


def test_the_mail_server_tries_again_when_the_database_is_away():
    done = piped(PLAIN, **NOWHERE)

    assert (done.returncode, done.stdout.split()[0]) == (75, b"bounce")


def test_the_mail_server_tries_again_when_we_are_not_set_up():
    assert piped(PLAIN, **NOWHERE | {"TIME_ZONE": "Nowhere/Atall"}).returncode == 75


HALVES = b"From: MAILER-DAEMON@x.example\nContent-Type: text/plain; charset=utf-7\nSubject: failure notice\n\n"
HALVES += b"<cai@north.example>:\n550 5.1.1 +2AA- unknown +3AA-\n"
SMUGGLED = b'{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
SMUGGLED += b'"cai@north.example\\u0000\\ud800","status":"5.1.1\\u0000","diagnosticCode":"\\udfff no \\u0000"}]}}'
SMUGGLED = b"From: no-reply@sns.amazonaws.com\nSubject: Amazon SES Email Event Notification\n\n" + SMUGGLED


@pytest.mark.parametrize("raw", [HALVES, SMUGGLED], ids=["halves of characters", "as JSON escapes them"])
def test_what_nothing_can_write_is_left_out(monkeypatch, raw, db):
    assert received(monkeypatch, raw)[0] == "bounce cai@north.example permanent 5.1.1"
    assert Incoming.objects.get().address == "cai@north.example"


def test_an_environment_that_knows_ascii_alone_is_told_as_well_as_it_can_be():
    raw = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<käthe@north.example>:\n550 5.1.1 no\n".encode()

    for_people = piped(raw, "--dry-run", PYTHONIOENCODING="ascii", **NOWHERE)
    for_programs = piped(raw, "--dry-run", "--json", PYTHONIOENCODING="ascii", **NOWHERE)

    assert (for_people.returncode, for_people.stdout) == (0, b"bounce k\\xe4the@north.example permanent 5.1.1\n")
    assert json.loads(for_programs.stdout)["address"] == "käthe@north.example"


def test_whatever_goes_wrong_the_mail_server_keeps_the_mail(monkeypatch, db):
    monkeypatch.setattr(coming_back, "take_in", lambda *_args, **_options: 1 / 0)

    with pytest.raises(SystemExit) as ended:
        received(monkeypatch, PLAIN)

    assert ended.value.code == 75


def test_it_goes_on_where_nobody_listens_any_more():
    command = [sys.executable, str(ROOT / "manage.py"), "receive_mail", "--dry-run"]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")} | NOWHERE
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        process.stdout.close()
        process.stdin.write(PLAIN)
        process.stdin.close()

        assert (process.wait(180), process.stderr.read()) == (0, b"")
