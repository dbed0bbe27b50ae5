"""What chats and phones make of a letter."""

import json
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.channels import KINDS, Wrong, markdown, story, trying
from notices.channels.kind import Field
from notices.channels.mime import build
from notices.channels.sms import writing as sms
from stakeholders.enums import Channel
from tests.factories import NOW
from tests.notices.channels.letters import ANSWER, SHOUTS, STATUS, hostile, letter, long


def test_a_letter_is_read_in_blocks_rows_and_links():
    told = story.of(letter())

    assert told.subject == "Mail stops on Sunday"
    assert [block.text for block in told.blocks] == ["Hello Cai,", "mail stops."]
    assert told.rows[0] == story.Row("What", "Wave 1")
    assert told.links == (story.Link("Confirm that you have read this", ANSWER), story.Link("Status page", STATUS))
    assert told.url == ANSWER


def test_formatting_is_kept_and_scripts_are_not():
    html = (
        '<td class="words"><p>Hello <strong>you</strong> &amp; <em>all</em> <a href="https://example.org">there</a>'
        '<a href="javascript:alert(1)">no</a></p><h3>What to do</h3><ul><li>one<ul><li>two</li></ul></li></ul>'
        '<ol start="3"><li>three</li><li>four</li></ol><blockquote><p>said</p></blockquote>'
        "<pre><code>a  b\n c</code></pre><p></p></td>"
    )
    told = story.of(letter(html=html))

    assert [(block.kind, block.mark, block.text) for block in told.blocks] == [
        ("paragraph", "", "Hello you & all thereno"),
        ("heading", "", "What to do"),
        *[("item", "•", "one"), ("item", "  •", "two"), ("item", "3.", "three"), ("item", "4.", "four")],
        ("quote", "", "said"),
        ("code", "", "a  b\n c"),
    ]
    assert [(span.style, span.href) for span in told.blocks[0].spans if span.style or span.href] == [
        ("bold", ""),
        ("italic", ""),
        ("", "https://example.org"),
    ]


def test_without_html_the_plain_text_tells_it():
    told = story.of(letter(html=""))

    assert [block.text for block in told.blocks][:2] == ["Hello Cai,", "mail stops."]
    assert told.url == ANSWER
    assert "Northfield" not in "".join(block.text for block in told.blocks)


def test_a_link_that_stands_alone_is_no_paragraph():
    told = story.of(letter(html="", text="Mail waits.\n\nhttps://example.org/delivery\n"))

    assert [block.text for block in told.blocks] == ["Mail waits."]
    assert told.links == (story.Link("https://example.org/delivery", "https://example.org/delivery"),)


def test_a_link_in_a_sentence_stays_in_it():
    told = story.of(letter(html="", text="Look at https://example.org/delivery first."))

    assert [block.text for block in told.blocks] == ["Look at https://example.org/delivery first."]
    assert told.url == "https://example.org/delivery"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Sunday, 22:00 (CET)", r"Sunday, 22:00 \(CET\)"),
        ("*a* _b_ ~~c~~ `d`", "\\*a\\* \\_b\\_ \\~\\~\u200bc\\~\\~ \\`d\\`"),
        ("1. one\n2. two", "1\\. one\n2\\. two"),
        ("    code\n===", "code\n\u200b==="),
        (":smile: at 10:30", ":\u200bsmile: at 10:30"),
        ("~town @all", "\\~\u200btown @\u200ball"),
        (r"\\server\share\*", r"\\\server\share\\\*"),
        ("<b> &lt; &", "<b\\> &amp;lt; &"),
        ("See https://example.org/a_b-c_d.", "See https://example.org/a_b-c_d."),
        ("(https://example.org/@all)", r"\(https://example.org/%40all\)"),
    ],
)
def test_markdown_has_no_sign_that_formats_and_none_that_would_be_seen(text, written):
    assert markdown.escaped(text) == written


def test_a_webhook_has_its_words_facts_and_links_once():
    data = json.loads(KINDS[Channel.WEBHOOK].build(letter()))["data"]

    assert data["text"] == "Hello Cai,\n\nmail stops."
    assert [one["url"] for one in data["links"]] == [ANSWER, STATUS]


def test_what_nobody_sees_is_taken_out():
    told = story.of(hostile())

    assert not any(sign in told.subject for sign in "\u202e\x00")


@pytest.mark.parametrize("channel", [channel for channel in KINDS if channel not in (Channel.EMAIL, Channel.SMS)])
@given(words=st.lists(st.text(max_size=300), max_size=6), subject=st.text(max_size=300))
def test_any_text_becomes_json(channel, words, subject):
    written = json.loads(KINDS[channel].build(letter(subject, words=tuple(words))))

    assert isinstance(written, dict)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        *(("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2)),
        *(("ж" * 70, 1), ("ж" * 71, 2), ("🚀" * 35, 1), ("🚀" * 36, 2), ("ж" * 201, 3), ("ж" * 202, 4), ("", 1)),
    ],
)
def test_how_many_parts_a_text_message_has(text, parts):
    assert sms.parts(text) == parts


@pytest.mark.parametrize("make", [letter, hostile, long])
def test_a_text_message_has_at_most_three_parts_and_ends_with_the_link(make):
    text = sms.text_of(make())

    assert sms.parts(text) <= 3
    assert text.endswith(STATUS if make is hostile else ANSWER)


def test_a_text_message_begins_with_what_and_when():
    lines = sms.text_of(letter("Wi-Fi – “new” keys…")).split("\n")

    assert lines[:2] == ['Wi-Fi - "new" keys...', "Saturday 28 March 2026, 22:00 Europe/Berlin (CET)"]
    assert sms.parts("\n".join(lines)) <= 2  # in the small alphabet of phones


def test_a_number_is_kept_in_one_form():
    check = KINDS[Channel.SMS].address.check

    assert check("+49 (151) 234-567.89") == check("0049 151 23456789") == "+4915123456789"
    for wrong in ("0151 23456789", "+49", "+49abc", "+0123456789", "+1234567890123456", ""):
        with pytest.raises(ValueError, match="code of the country"):
            check(wrong)


@pytest.mark.parametrize(
    ("channel", "good", "bad"),
    [
        (Channel.MATRIX, "!AbC:example.org", ["AbC", "!", "#news", "!a b:c", "!a/../b:c"]),
        (Channel.SLACK, "C0ITNEWS", ["", " ", "x" * 300]),
        (Channel.TEAMS, "IT news", ["", "\n", "x" * 300]),
    ],
)
def test_what_an_address_looks_like(channel, good, bad):
    assert KINDS[channel].address.check(good) == good
    for one in bad:
        with pytest.raises(ValueError, match=r"\w"):
            KINDS[channel].address.check(one)


# Setting one up


def test_what_was_entered_is_told_apart_from_secrets():
    config, secrets = KINDS[Channel.SMS].entered(
        {"provider": "twilio", "account": " AC1 ", "sender": "+49151", "token": "t", "url": "ignored"}, kept={}
    )

    assert config == {"provider": "twilio", "account": "AC1", "sender": "+49151"}
    assert secrets == {"token": "t"}


def test_a_secret_that_is_left_empty_stays():
    values = {"server": "https://matrix.example.org", "token": ""}

    assert KINDS[Channel.MATRIX].entered(values, kept={"token": "old"})[1] == {"token": "old"}


def test_everything_wrong_is_said_at_once():
    with pytest.raises(Wrong) as caught:
        KINDS[Channel.MATRIX].entered({"server": "https://10.0.0.1/"}, kept={})

    assert set(caught.value.sentences) == {"server", "token"}


@pytest.mark.parametrize("channel", KINDS)
def test_every_kind_says_what_a_form_needs(channel):
    kind = KINDS[channel]
    fields: list[Field] = [*kind.fields, *([kind.address.secret] if kind.address.secret else [])]

    assert kind.label
    assert kind.summary
    assert kind.depends_on
    assert kind.address.of_people or kind.address.of_rooms
    assert all(field.label and (field.help or field.choices) for field in fields)
    assert len({field.name for field in fields}) == len(fields)
    assert all(not field.default for field in fields if field.is_secret)


def test_no_shout_is_left_out_of_the_tests():
    assert set(SHOUTS) <= {row.label for row in story.of(hostile()).rows} | {"\u202egnp.exe", "a\x00b"}


def a_test(address):
    return trying.letter(
        address=address,
        sender="a@example.org",
        bounce_to="a@example.org",
        message_id="<1@example.org>",
        url="https://plan.example.org",
        now=NOW,
    )


def test_a_test_by_mail_says_the_same_in_both_of_its_texts():
    mail = message_from_bytes(build(a_test("ada@example.org")), policy=default)

    for kind in ("plain", "html"):
        words = mail.get_body((kind,)).get_content()
        assert "CommsPlan can send over this channel." in words
        assert "https://plan.example.org" in words
    assert mail["X-CommsPlan-Test"] == "yes"


def test_a_webhook_can_tell_a_test_from_a_notice():
    test = a_test("Ticket system")
    kinds = [json.loads(KINDS[Channel.WEBHOOK].build(one))["type"] for one in (test, replace(test, extra={}))]

    assert kinds == ["test", "notice.sent"]


@pytest.mark.parametrize("channel", [one for one in KINDS if one not in (Channel.EMAIL, "provider")])
def test_links_that_leave_no_room_for_words_hold_nobody_up(channel):
    links = {f"Link {number}": f"https://comms.example.org/{'x' * 4_000}{number}" for number in range(9)}

    assert json.loads(KINDS[channel].build(letter(links=links)))


def test_what_has_no_room_at_all_is_left_out():
    assert [story.cut_sized("漢字", room, story.units) for room in (-1, 0, 1, 2)] == ["", "", "…", "漢字"]
