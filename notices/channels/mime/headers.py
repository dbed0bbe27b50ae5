"""Header values: checked, in ASCII, folded."""

import re
from binascii import b2a_base64
from email.utils import parseaddr
from functools import lru_cache

from notices.channels.base import ChannelError

UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
PLAIN_WORDS = re.compile(r"[ -~]*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[^@\s<>]+@\[[0-9a-fA-F:.]+\]"
)
UNUSUAL = re.compile(rb"[^A-Za-z0-9!*+/ -]")  # in an encoded word
LINE = 76
WORD = 56  # of an encoded word, without what is around it


def safe(value: str) -> str:
    if UNSAFE.search(value):
        raise ChannelError("A header holds a line break or a control character.", permanent=True)
    return value


def links(*targets: str) -> str:
    return ",\r\n ".join(f"<{safe(target)}>" for target in targets if target)


@lru_cache(maxsize=64)
def parsed(mailbox: str) -> tuple[str, str]:
    return parseaddr(safe(mailbox))


def mailbox(name: str, address: str) -> str:
    address = wire_address(safe(address))
    if not name:
        return address
    phrase = _phrase(safe(name))
    gap = " " if len(phrase) + len(address) < LINE - 16 else "\r\n "
    return f"{phrase}{gap}<{address}>"


def wire_address(address: str) -> str:
    """In ASCII, as SMTP without extensions wants it."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            address = f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError as error:
            raise ChannelError(f"“{address}” is not a mail address.", permanent=True) from error
    if not ADDRESS.fullmatch(address) or ".." in address or len(address) > 254:
        raise ChannelError(f"“{address}” is not a mail address.", permanent=True)
    return address


def _phrase(name: str) -> str:
    """A display name: as it is, in quotes, or encoded."""
    if not _is_plain(name):
        return _encoded_words(name)
    if ATOMS.fullmatch(name) and name == name.strip() and "=?" not in name:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def words(text: str, lead: str) -> str:
    """Unstructured text, folded at its spaces."""
    safe(text)
    if not _is_plain(text) or text != text.strip() or "  " in text:
        return _encoded_words(text)
    lines, room = [""], LINE - len(lead)
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = LINE
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _is_plain(text: str) -> bool:
    return bool(PLAIN_WORDS.fullmatch(text)) and "=?" not in text and max(map(len, text.split(" "))) < LINE - 10


@lru_cache(maxsize=4096)
def _encoded_words(text: str) -> str:
    """RFC 2047, in the encoding that is shorter. A character is never cut in two."""
    data = text.encode()
    unusual = len(UNUSUAL.findall(data))
    encode, kind = (_in_q, "q") if unusual * 6 < len(data) else (_in_base64, "b")
    is_short = (len(data) * 4 / 3 if kind == "b" else len(data) + 2 * unusual) < WORD - 1
    chunks = [data] if is_short else _chunks(text, kind)
    return "\r\n ".join([f"=?utf-8?{kind}?{encode(chunk)}?=" for chunk in chunks])


def _chunks(text: str, kind: str) -> list[bytes]:
    """Each is at most 60 characters long when encoded."""
    chunks, chunk, room = [], b"", 0.0
    for character in text:
        data = character.encode()
        cost = len(data) * 4 / 3 if kind == "b" else len(data) + 2 * len(UNUSUAL.findall(data))
        if room + cost > WORD:
            chunks.append(chunk)
            chunk, room = b"", 0.0
        chunk, room = chunk + data, room + cost
    return [*chunks, chunk]


def _in_q(data: bytes) -> str:
    return UNUSUAL.sub(lambda found: b"=%02X" % found[0][0], data).replace(b" ", b"_").decode()


def _in_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
