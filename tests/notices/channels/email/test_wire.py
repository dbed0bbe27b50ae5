from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.channels.base import ChannelError, Parcel
from notices.channels.email import wire
from notices.channels.email.replies import LONGEST_REPLY, Garbled, Replies, Reply

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


@given(lines=st.lists(st.sampled_from([b".", b"..", b"", b"a", b"\r", b"\n", b".\r\n", b"\n.\r\nMAIL FROM:<x@y>"])))
def test_no_content_ends_the_message_early(lines):
    data = wire.on_the_wire(b"\r\n".join(lines))

    assert data.index(b"\r\n.\r\n" if data != b".\r\n" else b".\r\n") + 5 >= len(data)
    assert data.count(b"\r\n") == data.count(b"\r") == data.count(b"\n")


@given(lines=st.lists(st.sampled_from([b".", b"..", b"", b"a", b".b", b"c."])))
def test_the_server_reads_what_was_written(lines):
    content = b"".join(line + b"\r\n" for line in lines) or b"\r\n"

    received = wire.on_the_wire(content).removesuffix(b".\r\n").split(b"\r\n")[:-1]

    assert b"".join(line.removeprefix(b".") + b"\r\n" for line in received) == content


def parcel(address="cai@example.org", sender="bounce@example.org", content=b"x"):
    return Parcel(1, sender, address, content)


@pytest.mark.parametrize(
    ("one", "offers", "mail"),
    [
        (parcel(), (), "MAIL FROM:<bounce@example.org>\r\n"),
        (parcel(), ("size", "8bitmime", "smtputf8"), "MAIL FROM:<bounce@example.org> SIZE=1\r\n"),
        (parcel(content=b"\xe4"), ("8bitmime",), "MAIL FROM:<bounce@example.org> BODY=8BITMIME\r\n"),
        (parcel(content=b"\xe4"), (), "MAIL FROM:<bounce@example.org>\r\n"),
        (parcel(sender="bounce@bücher.example"), (), "MAIL FROM:<bounce@xn--bcher-kva.example>\r\n"),
        (parcel("jörg@example.org"), ("smtputf8",), "MAIL FROM:<bounce@example.org> SMTPUTF8\r\n"),
    ],
)
def test_the_server_hears_what_it_has_to_know(one, offers, mail):
    assert wire.envelope(one, offers)[0].decode() == mail


@pytest.mark.parametrize(
    "one", [parcel("jörg@example.org"), parcel("cai@" + "ü" * 80 + ".example"), parcel(sender="jörg@example.org")]
)
def test_what_cannot_be_said_is_refused_for_good(one):
    with pytest.raises(ChannelError) as raised:
        wire.envelope(one, ())
    assert raised.value.permanent


@given(address=st.text(max_size=12).map(lambda text: f"a{text}@example.org"))
def test_no_address_adds_a_line(address):
    try:
        lines = b"".join(wire.envelope(parcel(address), ("smtputf8",)))
    except ChannelError:
        return
    assert lines.count(b"\n") == lines.count(b"\r") == lines.count(b"\r\n") == 2
    assert lines.count(b"\x00") == 0


@st.composite
def said(draw):
    """Some replies, and how they look on the wire."""
    replies = draw(st.lists(st.tuples(st.integers(200, 599), st.lists(TEXT, max_size=3)), max_size=6))
    data = b""
    for code, lines in replies:
        data += b"".join(f"{code}-{line}\r\n".encode() for line in lines[:-1])
        data += f"{code} {lines[-1]}\r\n".encode() if lines else f"{code}\r\n".encode()
    return [code for code, _ in replies], data


@given(said=said(), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_replies_are_the_same_wherever_they_are_cut(said, cuts):
    codes, data = said
    at_once, in_pieces = Replies().feed(data), Replies()

    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found = [reply for begin, end in pairwise(places) for reply in in_pieces.feed(data[begin:end])]

    assert found == at_once
    assert [reply.code for reply in found] == codes
    assert not any(chr(unprintable) in reply.text for reply in found for unprintable in range(32))


@given(data=st.binary(max_size=200))
def test_whatever_comes_is_replies_or_garbled(data):
    try:
        found = Replies().feed(data)
    except Garbled as error:
        found = error.args[1]
    assert all(200 <= reply.code <= 599 for reply in found)


@pytest.mark.parametrize("data", [b"250-x\r\n" * LONGEST_REPLY, b"250 " + b"x" * (LONGEST_REPLY + 1)])
@pytest.mark.parametrize("step", [1000, 10**9])
def test_a_reply_without_end_is_not_collected(data, step):
    replies = Replies()

    with pytest.raises(Garbled, match="without end"):
        any(replies.feed(data[place : place + step]) for place in range(0, len(data), step))


def test_what_came_before_the_garbage_counts():
    with pytest.raises(Garbled) as raised:
        Replies().feed(b"250 yes\r\n\x00\r\n250 no\r\n")
    assert raised.value.args[1] == [Reply(250, "yes")]
