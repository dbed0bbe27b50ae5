import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notices.channels import mime
from notices.channels.base import CalendarPart, ChannelError, Envelope

ENVELOPE = Envelope(
    key=7,
    address="cai@example.org",
    name="Cai Berg",
    language="en",
    subject="Mail stops on Sunday",
    text="Hello Cai,\n\nmail stops.\n",
    html="<p>Hello Cai</p>\n",
    sender='"Maria Lang, College" <comms@example.org>',
    reply_to='"Maria Lang" <maria@example.org>',
    bounce_to="bounce+7.abc@example.org",
    message_id="<m7@example.org>",
    thread_id="<upgrade5.person77@example.org>",
    list_id="<mail.example.org>",
    date=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    feedback_id="42:news:5:commsplan",
    unsubscribe_url="https://example.org/unsubscribe/x/",
    unsubscribe_mailto="mailto:maria@example.org?subject=no%20more",
    one_click=True,
)
EVERY_FIELD = [
    *(
        "name",
        "address",
        "subject",
        "sender",
        "reply_to",
        "message_id",
        "thread_id",
        "list_id",
        "feedback_id",
        "language",
    ),
    *("language", "unsubscribe_url", "unsubscribe_mailto"),
]
FILE = CalendarPart(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
CONTROL = [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"]


def parsed(envelope: Envelope):
    return message_from_bytes(mime.build(envelope), policy=policy.default)


def contents(envelope: Envelope) -> list[tuple[str, str]]:
    parts = (part for part in parsed(envelope).walk() if not part.is_multipart())
    return [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in parts]


def test_the_headers_are_complete_and_right():
    assert [(name, str(value)) for name, value in parsed(ENVELOPE).items()] == [
        ("From", '"Maria Lang, College" <comms@example.org>'),
        ("Reply-To", "Maria Lang <maria@example.org>"),
        ("To", "Cai Berg <cai@example.org>"),
        ("Subject", "Mail stops on Sunday"),
        ("Date", "Mon, 02 Mar 2026 08:00:00 +0000"),
        ("Message-ID", "<m7@example.org>"),
        ("In-Reply-To", "<upgrade5.person77@example.org>"),
        ("References", "<upgrade5.person77@example.org>"),
        ("List-Id", "<mail.example.org>"),
        ("List-Unsubscribe", "<https://example.org/unsubscribe/x/>, <mailto:maria@example.org?subject=no%20more>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Feedback-ID", "42:news:5:commsplan"),
        ("Content-Language", "en"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'multipart/alternative; boundary="=_alternative"'),
    ]


def test_what_must_be_told_has_no_one_click():
    mail = parsed(replace(ENVELOPE, one_click=False, unsubscribe_mailto=""))

    assert mail["List-Unsubscribe"] == "<https://example.org/unsubscribe/x/>"
    assert mail["List-Unsubscribe-Post"] is None


def test_a_list_has_no_unsubscribe_header():
    mail = parsed(replace(ENVELOPE, one_click=False, unsubscribe_url="", unsubscribe_mailto=""))

    assert mail["List-Unsubscribe"] is None


def test_without_a_window_there_are_two_alternatives():
    assert contents(ENVELOPE) == [("text/plain", ENVELOPE.text), ("text/html", ENVELOPE.html)]


def test_information_is_a_file_without_a_method():
    mail = parsed(replace(ENVELOPE, calendars=(FILE,)))
    body, file = mail.iter_parts()

    assert (mail.get_content_type(), body.get_content_type()) == ("multipart/mixed", "multipart/alternative")
    assert [part.get_content_type() for part in body.iter_parts()] == ["text/plain", "text/html"]
    assert (file.get_content_type(), file.get_param("method"), file.get_filename()) == (
        "text/calendar",
        None,
        "event.ics",
    )
    assert file.get_content_disposition() == "attachment"


def test_an_invitation_is_an_alternative_and_a_file():
    mail = parsed(replace(ENVELOPE, calendars=(replace(FILE, method="REQUEST"),)))
    body, file = mail.iter_parts()
    invitation = list(body.iter_parts())[2]

    assert (invitation.get_content_type(), invitation.get_param("method")) == ("text/calendar", "REQUEST")
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "event.ics")
    assert invitation.get_payload(decode=True) == file.get_payload(decode=True) == FILE.data


def test_a_message_is_the_same_bytes_each_time():
    envelope = replace(ENVELOPE, subject="Prüfung " * 20, calendars=(FILE,))

    assert mime.build(envelope) == mime.build(envelope)


def test_pieces_are_the_same_text_as_the_whole():
    pieces = ("Hello " * 40, "Zoë.", "\n", ".", "", " \n" + "x " * 300, "end ")
    envelope = replace(ENVELOPE, text=mime.Pieces.of(pieces))

    assert envelope.text == "".join(pieces)
    assert contents(envelope)[0] == ("text/plain", "".join(pieces))


def test_languages_with_other_letters_travel_shorter():
    mail = parsed(replace(ENVELOPE, text="Καλημέρα " * 50, html="<p>Hello</p>"))

    assert [part["Content-Transfer-Encoding"] for part in mail.iter_parts()] == ["base64", "quoted-printable"]


@pytest.mark.parametrize("field", EVERY_FIELD)
@pytest.mark.parametrize("evil", ["\r\nBcc: eve@example.org", "\nX: y", "\r", "\0", "\u2028"])
def test_no_value_breaks_out_of_its_header(field, evil):
    with pytest.raises(ChannelError) as refused:
        mime.build(replace(ENVELOPE, **{field: getattr(ENVELOPE, field) + evil}))

    assert refused.value.permanent


def test_extra_headers_are_checked_too():
    for extra in ({"X-Test\r\nBcc": "x"}, {"X-Test": "x\r\n y"}, {"X-Test": "x\ny"}):
        with pytest.raises(ChannelError):
            mime.build(replace(ENVELOPE, extra=extra))


@pytest.mark.parametrize(
    "address",
    [
        *("", "cai", "cai@", "@x.org", "a b@x.org", "a@b@c", "<a@b.c>", "a,b@x.org", "a@-x.org", "a..b@x.org"),
        *("x" * 65 + "@x.org", "müller@x.org", "a@" + "x" * 300 + ".org"),
    ],
)
def test_what_is_no_address_is_refused_for_good(address):
    with pytest.raises(ChannelError) as refused:
        mime.build(replace(ENVELOPE, address=address))

    assert refused.value.permanent


def test_domains_in_other_letters_are_written_for_the_wire():
    assert parsed(replace(ENVELOPE, address="cai@müller.example"))["To"] == "Cai Berg <cai@xn--mller-kva.example>"


def test_text_that_is_no_unicode_is_refused_for_good():
    with pytest.raises(ChannelError) as refused:
        mime.build(replace(ENVELOPE, text="\ud800"))

    assert refused.value.permanent


letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROL), max_size=300)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(name=letters.filter(lambda name: len(name.encode()) < 40), subject=letters.filter(str.strip))
@example(name='a"b\\c, <d@e.f>', subject="=?utf-8?q?looks_encoded?=")
@example(name=" spaces ", subject="two  spaces and " + "y" * 2000)
@example(name="ü" * 15, subject="😀" * 100)
def test_every_name_and_subject_comes_back_as_it_was(name, subject):
    raw = mime.build(replace(ENVELOPE, name=name, subject=subject))
    mail = message_from_bytes(raw, policy=policy.default)

    assert_on_the_wire(raw)
    assert squeezed(mail["Subject"]) == squeezed(subject)
    [address] = mail["To"].addresses
    assert (squeezed(address.display_name), address.addr_spec) == (squeezed(name), "cai@example.org")
    assert len(mail.keys()) == 17


def test_a_long_name_comes_back_as_it_was():
    """Python's own reader of addresses puts spaces between the parts of an encoded name; decode_header does not."""
    name = "Zoë-" * 60
    raw = mime.build(replace(ENVELOPE, name=name))
    words = message_from_bytes(raw, policy=policy.compat32)["To"].partition("<")[0].split()

    assert_on_the_wire(raw)
    assert max(map(len, words)) <= 75
    assert str(make_header(decode_header("\n ".join(words)))) == name


@settings(max_examples=300, deadline=None, derandomize=True)
@given(body=st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
@example(body=".\n..\n.hidden\n\n.")
@example(body="x" * 5000 + " \n \nFrom me\n--=_alternative--\n")
@example(body="=\r\n\t \r\n")
def test_every_body_comes_back_as_it_was(body):
    raw = mime.build(replace(ENVELOPE, text=body, html=body))
    mail = message_from_bytes(raw, policy=policy.default)

    assert_on_the_wire(raw)
    for part in mail.iter_parts():
        assert part.get_payload(decode=True).decode().replace("\r\n", "\n") == lines(body)


FRAGMENTS = [
    *("\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "Bcc: e@x.org", ": ", "=?utf-8?q?=0D=0ABcc?=", "=0A", "%0a"),
    *("<", ">", '"', "\\", ",", "@", "@x.org", "(", ")", ";", "[1.2.3.4]", "--=_alternative", ".", "xn--"),
    *("a", "é", "😀", " ", "  ", "\t", "x" * 90),
]
FIELDS = ["name", "address", "subject", "sender", "reply_to", "list_id", "unsubscribe_url", "feedback_id", "language"]


def test_a_hundred_thousand_hostile_values_add_no_header():
    dice = random.Random(5322)
    outcomes = Counter(outcome_of(dice) for _ in range(100_000))

    assert outcomes.keys() == {"refused", "harmless"}
    assert min(outcomes.values()) > 10_000


def outcome_of(dice: random.Random) -> str:
    value = "".join(dice.choices(FRAGMENTS, k=dice.randint(1, 3)))
    try:
        raw = mime.build(replace(ENVELOPE, **{dice.choice(FIELDS): value}))
    except ChannelError as error:
        return "refused" if error.permanent else "would be tried again"
    assert_on_the_wire(raw)
    found = HEADERS.parsebytes(raw).keys()
    return "harmless" if set(found) <= EXPECTED and len(found) == len(set(found)) else f"broken by {value!r}"


HEADERS = BytesHeaderParser(policy=policy.compat32)
EXPECTED = set(HEADERS.parsebytes(mime.build(ENVELOPE)).keys())


def assert_on_the_wire(raw: bytes) -> None:
    """CRLF and nothing else ends a line, lines are short, and headers are ASCII."""
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


def squeezed(text: str) -> str:
    return " ".join(text.split())


def lines(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\r", "\n")


def test_several_windows_are_a_file_each():
    mail = parsed(replace(ENVELOPE, calendars=(FILE, replace(FILE, data=b"second"))))
    _, *files = mail.iter_parts()

    assert [(file.get_filename(), file.get_payload(decode=True)) for file in files] == [
        ("event.ics", FILE.data),
        ("2-event.ics", b"second"),
    ]


def test_several_invitations_keep_a_method_each():
    one, other = replace(FILE, method="REQUEST"), replace(FILE, method="CANCEL", data=b"second")
    mail = parsed(replace(ENVELOPE, calendars=(one, other)))
    body, *files = mail.iter_parts()

    assert [part.get_param("method") for part in body.iter_parts()][2:] == ["REQUEST"]
    assert [(part.get_content_type(), part.get_param("method")) for part in files] == [
        ("application/ics", None),
        ("text/calendar", "CANCEL"),
        ("application/ics", None),
    ]
