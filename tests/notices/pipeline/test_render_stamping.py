"""What the worker sends is what previews, proofs and the page of a message show."""

import hashlib
import random
from collections import Counter
from email import policy
from email.parser import BytesHeaderParser
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from notices.channels import mime
from notices.channels.base import ChannelError
from notices.channels.email.wire import on_the_wire
from notices.enums import NoticeKind
from notices.pipeline import render
from notices.pipeline.render import CannotRender
from notices.pipeline.render.stamping import Shelf, Stamps
from stakeholders.enums import ReaderLevel
from tests.notices.pipeline.samples import CONCERN, ENGAGEMENT, FACTS, RELEASE, message

GREETING = "{{ first_name }}, {{ name }}: [here]({{ survey_link }}), {{ rsvp_link }}, {{ status_link }}.\n"
BODIES = {
    "latin": GREETING + "Hello {{ first_name }}, **{{ services }}**: {{ window }}.\n",
    "greek": GREETING + "Καλημέρα {{ name }}, δεν λειτουργεί. " * 40,
    "cyrillic": "Добрый день, {{ first_name }}! Почта не работает. " * 30 + GREETING,
    "starts personal": "{{ name }}",
    "about one in six": "Übergröße, Äpfel, Öl, {{ name }} {{ first_name }} " * 10,
    "dots and lines": ".\n\n..{{ name }}\n\n" + "x" * 300 + "{{ first_name }}=\n",
}
SUBJECTS = ["{{ services }}: {{ day }}", "For {{ first_name }}", "{{ name }}", "Prüfung für {{ name }} " * 4]
PERSONAL = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED, NoticeKind.MEETING_OFF]
FACTS_OF = {**dict.fromkeys(PERSONAL, FACTS | ENGAGEMENT), NoticeKind.ANSWER: FACTS | CONCERN}
TOLD = {"one": [{"fact": "milestone:7.start", "told": None, "now": "2026-03-28T21:00:00+00:00"}]}

letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NAMES = ["Cai Berg", "Jürgen Groß", "王小明", "محمد علي", 'O"Neill, <x@y>', "=?utf-8?q?x?=", "😀 Smile", "ü" * 250]
NAMES += [
    ".net team",
    "",
    "  ",
    "a\r\nBcc: eve@example.org",
    "a\0b",
    "x" * 90 + " y",
    "Zoë & Co.",
    "zqnameqz",
    "Ωμέγα Καλλιόπη " * 9,
]
ADDRESSES = ["cai@example.org", "cai@müller.example", "CAI+tag@sub.example.org", "o'neill@example.org", "x@[10.0.0.1]"]
ADDRESSES += ["", "cai", "müller@example.org", "a@b\r\nBcc: x@y.org", "a" * 64 + "@" + "b" * 180 + ".org", "a%b@c.org"]


@pytest.fixture(autouse=True)
def _fixed_links(settings):
    settings.LINK_KEYS = ["a key that never changes"]


def outcome(act):
    try:
        return act()
    except ChannelError as error:
        return "refused", error.permanent


def built(row):
    envelope = render.of_message(row)
    return envelope.bounce_to, envelope.address, mime.build(envelope)


def stamped(row, stamps):
    made = stamps.of(row)
    assert made.wire in (b"", on_the_wire(made.content))
    return tuple(made[:3])


def assert_the_same(row, stamps):
    assert outcome(lambda: stamped(row, stamps)) == outcome(lambda: built(row))


def test_of_a_usual_letter_it_is_known_how_it_travels():
    assert Stamps(Shelf()).of(message(kind="announcement", body=BODIES["dots and lines"])).wire


@given_settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from([*NoticeKind]),
    body=st.sampled_from([*BODIES]),
    subject=st.sampled_from(SUBJECTS),
    name=st.sampled_from(NAMES) | letters,
    address=st.sampled_from(ADDRESSES) | letters.map(lambda text: f"{text}@example.org"),
    language=st.sampled_from(["en", "de", "fr"]),
    wanted=st.sampled_from(["en", "de", "fr", "", "el"]),
    level=st.sampled_from([*ReaderLevel]),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "", "Nowhere/Known"]),
    flags=st.tuples(*[st.booleans()] * 6),
    pk=st.integers(1, 2**63 - 1),
    base=st.sampled_from(["https://comms.example.org", "https://a.very-long-name-of-a-host.at.example.org/with/path"]),
)
@example(
    *["meeting", "greek", SUBJECTS[1], NAMES[1], ADDRESSES[1], "de", "en", "plain", "", (0, 1, 0, 1, 0, 0)], 7, "h"
)
@example(*["announcement", "latin", SUBJECTS[2], "", ADDRESSES[0], "de", "en", "plain", "", (0, 1, 0, 1, 1, 0)], 7, "h")
def test_a_copy_has_the_bytes_of_the_message_that_pages_show(
    kind, body, subject, name, address, language, wanted, level, zone, flags, pk, base
):
    is_list, invite, survey, asks, outside, published = map(bool, flags)
    row = message(
        kind=kind,
        language=language,
        body=BODIES[body],
        subject=subject,
        facts=FACTS_OF.get(kind, FACTS),
        release=RELEASE | {"base_url": base, "published": published, "told": TOLD, "takes_objections": True},
        name=name,
        address=address,
        zone=zone,
        pk=pk,
        survey=survey,
        asks=asks,
        is_list=is_list,
        invite=invite,
        level=level,
        outside=outside,
    )
    row.values |= {"language": wanted, "told": "one", "thread": pk % 3 or None}

    assert_the_same(row, Stamps(SHELF_OF_THIS_TEST))
    assert_the_same(row, Stamps(SHELF_OF_THIS_TEST))  # once compiled, once found


SHELF_OF_THIS_TEST = Shelf()  # shared by all examples: one must not get the letter of another


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", BODIES)
def test_many_names_share_one_stamp(name, body):
    stamps = Stamps(Shelf())
    first = message(kind="meeting", body=BODIES[body], facts=FACTS | ENGAGEMENT, invite=True)
    stamps.of(first)

    for pk, who in enumerate([name, "Cai", name]):
        row = message(
            kind="meeting", body=BODIES[body], facts=FACTS | ENGAGEMENT, invite=True, name=who, pk=pk, address="x@y.org"
        )
        row.notice, row.variant = first.notice, first.variant
        assert_the_same(row, stamps)
    assert len(stamps.shelf.ready) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"release": RELEASE | {"date": "2026-03-03T08:00:00+00:00"}},
        {"release": RELEASE | {"base_url": "https://other.example.org"}},
        {"facts": FACTS | {"milestone:7.downtime": 90}},
        {"body": "Other words.\n"},
        {"subject": "Another subject"},
        {"asks": True},
        {"kind": "reminder"},
    ],
)
def test_equal_ids_do_not_make_equal_letters(other):
    """A restored database hands out the same ids again."""
    stamps = Stamps(Shelf())

    for options in ({}, other, {}):
        assert_the_same(message(**options), stamps)


def test_a_notice_that_is_read_again_is_looked_at_again():
    stamps, row = Stamps(Shelf()), message()
    stamps.of(row)
    row.notice.release = RELEASE | {"organisation": "Another one"}

    assert_the_same(row, stamps)


def test_readers_of_one_notice_get_their_own_letters():
    stamps, first = Stamps(Shelf()), message()

    for values in (
        {},
        {"zone": "Asia/Tokyo"},
        {"is_list": True},
        {"invite": True},
        {"outside": False},
        {"level": ReaderLevel.TECHNICAL, "outside": False},
        {"language": "fr"},
        {"told": "one"},
    ):
        row = message(**{"zone": "Europe/Berlin"} | values)
        row.values |= values
        row.notice, row.variant = first.notice, first.variant
        assert_the_same(row, stamps)


def test_readers_for_whom_it_reads_the_same_share_its_bytes():
    stamps, first = Stamps(Shelf()), message(level=ReaderLevel.PLAIN)
    for zone in ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"):
        row = message(zone=zone)
        row.notice, row.variant = first.notice, first.variant
        stamps.of(row)

    assert (len(stamps.shelf.digests), len(stamps.shelf.ready)) == (3, 1)


def test_memory_stays_within_its_bounds():
    stamps = Stamps(Shelf(most_bytes=200_000, most_readers=20))
    for number in range(60):
        assert_the_same(message(body=f"Notice {number} for {{{{ name }}}}.\n"), stamps)

    assert stamps.shelf.bytes == sum(one.stamp.size for one in stamps.shelf.ready.values()) <= 200_000
    assert len(stamps.shelf.digests) <= 20
    assert len(stamps.said) <= 64


def test_without_words_there_is_no_copy():
    row = message()
    row.variant = None

    with pytest.raises(CannotRender):
        Stamps(Shelf()).of(row)


def test_words_that_cannot_be_read_are_refused_for_good():
    with pytest.raises(CannotRender) as refused:
        Stamps(Shelf()).of(message(body="{{ nothing_known }}"))

    assert refused.value.permanent


def test_rows_need_not_be_model_objects():
    whole = message()
    row = SimpleNamespace(
        pk=1234, person_id=77, address=whole.address, values=whole.values, notice=whole.notice, variant=whole.variant
    )

    assert stamped(row, Stamps(Shelf())) == built(whole)


FRAGMENTS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "Bcc: e@x.org", ": ", "=?utf-8?q?=0D=0ABcc?=", "=0A"]
FRAGMENTS += ["<", ">", '"', "\\", ",", "@", "@x.org", "(", ")", ";", "--=_alternative", ".", "xn--", "zqnameqz"]
FRAGMENTS += ["a", "é", "😀", " ", "  ", "\t", "x" * 90, "\r\n\r\n", "\0to\0", "%s", "%(name)s", "{{ name }}"]
HEADERS = BytesHeaderParser(policy=policy.compat32)


def test_a_hundred_thousand_hostile_readers_add_no_header():
    """Names and addresses come from files of others, threads from the values of a row."""
    dice, stamps, row = random.Random(5322), Stamps(Shelf()), message(subject="For {{ name }}")
    expected, hashes = HEADERS.parsebytes(stamps.of(row).content).keys(), set()
    seen = Counter()
    for _ in range(100_000):
        evil = "".join(dice.choices(FRAGMENTS, k=dice.randint(1, 3)))
        row.address, row.values["name"], row.values["thread"] = "cai@example.org", "Cai", None
        match dice.randrange(3):
            case 0:
                row.values["name"] = evil
            case 1:
                row.address = evil
            case 2:
                row.values["thread"] = evil
        seen[judged(stamps, row, expected, hashes)] += 1

    assert seen.keys() == {"refused", "harmless"}
    assert min(seen.values()) > 10_000


def judged(stamps, row, expected, hashes) -> str:
    """Most heads come again and again: each is parsed back once."""
    try:
        content = stamps.of(row).content
    except ChannelError as error:
        return "refused" if error.permanent else "would be tried again"
    head = content[: content.index(b"\r\n\r\n")]
    digest = hashlib.md5(head).digest()
    if digest not in hashes:
        hashes.add(digest)
        assert HEADERS.parsebytes(head).keys() == expected
        assert head.replace(b"\r\n", b"").isascii()
        assert not {b"\r", b"\n", b"\0"} & {bytes([byte]) for byte in head.replace(b"\r\n", b"")}
    return "harmless"
