"""Each server in its own words."""

import tomllib
from pathlib import Path

import pytest

from notices.bounces import read

FAMILIES = tomllib.loads((Path(__file__).parent / "families.toml").read_text())
ANSWER = {True: "yes", False: "no", None: ""}


def seen(raw: bytes) -> list[list[str]]:
    return [
        [str(report.kind), report.address, ANSWER[report.is_permanent], report.status, str(report.about)]
        for report in read(raw)
    ]


def bytes_of(name: str) -> bytes:
    return FAMILIES[name]["mail"].lstrip().encode()


@pytest.mark.parametrize("name", FAMILIES)
def test_each_server_is_understood(name):
    assert seen(bytes_of(name)) == FAMILIES[name]["expect"]


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\r\r\n"], ids=repr)
@pytest.mark.parametrize("name", FAMILIES)
def test_ends_of_lines_make_no_difference(name, end):
    assert seen(bytes_of(name).replace(b"\n", end)) == FAMILIES[name]["expect"]


def test_an_address_that_forwards_is_named_beside_the_one_that_failed():
    report = read(bytes_of("forwarded_elsewhere"))[0]

    assert report.original == FAMILIES["forwarded_elsewhere"]["original"]


def test_who_was_written_to_is_named_beside_whom_it_was_expanded_to():
    report = read(
        b"From: MAILER-DAEMON@mx.north.example\nTo: ana@plan.example\nSubject: Returned mail: User unknown\n\n"
        b"   ----- The following addresses had permanent fatal errors -----\n"
        b"cai@mail.north.example\n    (expanded from: <team@north.example>)\n"
    )[0]

    assert (report.address, report.original) == ("cai@mail.north.example", "team@north.example")


def test_the_message_that_came_back_is_known_by_its_id():
    assert [read(bytes_of(name))[0].message_ids for name in ("qmail", "postfix", "feedback")] == [
        ("m1@plan.example",),
        ("m2@plan.example",),
        ("m5@plan.example",),
    ]


def test_an_opt_out_is_told_from_a_complaint():
    assert [read(bytes_of(name))[0].is_opt_out for name in ("feedback", "feedback_opt_out")] == [False, True]


def test_only_what_is_about_the_address_gives_it_up():
    given_up = {name for name in FAMILIES for report in read(bytes_of(name)) if report.is_about_the_address}

    assert "qmail" in given_up
    assert not given_up & {"barracuda", "yahoo_full", "kddi", "forwarded_elsewhere", "feedback", "opensmtpd_only"}
