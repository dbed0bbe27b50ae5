"""Whatever arrives costs little, and gets an answer."""

import random
import tomllib
from pathlib import Path

import pytest

from notices.bounces import Kind, read
from tests.fixtures import effort

FAMILIES = tomllib.loads((Path(__file__).parent / "families.toml").read_text())
NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(20_000)
)
WRAPPED = b"Content-Type: message/rfc822\r\n\r\n" * 50_000
HOSTILE = {
    "nothing": b"",
    "only blanks": b"\r\n\r\n \r\n",
    "zeros": b"\x00" * 5_000_000,
    "no end of a line": b"From: " + b"a" * 5_000_000,
    "at signs": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"a@" * 1_000_000,
    "addresses without end": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"a.b@c.d.e.f-" * 300_000,
    "brackets": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"<" * 2_000_000,
    "digits": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"5.5." * 500_000,
    "blanks in a line": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b" " * 3_000_000 + b"x",
    "dashes": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"- " * 1_500_000 + b"x",
    "tags": b"From: mailer-daemon@x.example\nSubject: failure notice\nContent-Type: text/html\n\n"
    + b"<style" * 400_000,
    "nested parts": NESTED,
    "wrapped messages": WRAPPED,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 100_000,
    "many recipients": b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
    + b"".join(b"Final-Recipient: rfc822;a%d@x.example\nAction: failed\n\n" % at for at in range(30_000)),
    "many headers": b"X-A: b\n" * 300_000,
    "one long folded header": b"To: a\n" + b" b\n" * 300_000,
    "encoded subject": b"From: mailer-daemon@x.example\nSubject: " + b"=?utf-8?q?=?" * 200_000 + b"\n\nx",
    "unknown charsets": b"From: a\nContent-Type: text/plain; charset=base64\n\nabc \xff\xfe",
    "utf-7": b"From: mailer-daemon@x.example\nContent-Type: text/plain; charset=utf-7\n\n+" + b"AAAA" * 500_000,
    "base64 that is none": b"From: a\nContent-Transfer-Encoding: base64\n\nA",
    "json": b"From: a\n\n" + b'{"notificationType":' + b"[" * 500_000,
    "json of another shape": b'From: a\n\n{"notificationType": "Bounce", "bounce": [1], "mail": 3}',
    "carriage returns": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"\r" * 2_000_000,
    "encoded words that are cut": b"From: =?utf-8?b?YW5hQHg?=\nSubject: =?utf-8?B?YW?= =?x?q?=F?=\n\nx",
    "one long line": b"From: mailer-daemon@x.example\nSubject: failure notice\n\nundeliverable " + b"user " * 19_000,
    "recipients in prose": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n"
    + b"Final-Recipient: rfc822;a@b.example\n" * 30_000,
    "escapes without end": b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\nFinal-Recipient: utf-8;" + b"\\x{110000}\\x{0A}" * 50_000,
    "twenty-five megabytes": b"From: mailer-daemon@x.example\nSubject: failure notice\n\n"
    + b"could not be " * 2_000_000,
    "complaint about nothing": b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/feedback-report\n\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_costs_little(raw):
    with effort.at_most(1):
        reports = read(raw)

    assert 1 <= len(reports) <= 200


def test_noise_is_something_else():
    noise = random.Random(7)

    kinds = {report.kind for _ in range(200) for report in read(noise.randbytes(600))}

    assert kinds == {Kind.OTHER}


@pytest.mark.parametrize("seed", range(8))
def test_a_mangled_mail_is_still_answered(seed):
    chance = random.Random(seed)
    whole = [family["mail"].lstrip().encode() for family in FAMILIES.values()]

    for raw in whole:
        other = chance.choice(whole)
        at, until = sorted(chance.randrange(len(raw)) for _ in range(2))
        noise = chance.choice([b"", b"\r", b"\n\n", chance.randbytes(40), other[: chance.randrange(len(other))]])
        assert read(raw[:at] + noise + raw[until:])


def test_a_report_cut_anywhere_is_still_read():
    whole = (
        b"From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n"
        b"Content-Type: multipart/report; boundary=b\n\n--b\n\n"
        b"<cai@north.example>: 550 5.1.1 User unknown\n--b\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: rfc822;cai@north.example\nAction: failed\nStatus: 5.1.1\n--b--\n"
    )

    assert all(len(read(whole[:cut])) == 1 for cut in range(len(whole)))
    assert read(whole)[0].address == read(whole[:-8])[0].address == "cai@north.example"
