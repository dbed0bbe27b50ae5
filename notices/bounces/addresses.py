"""Addresses in the words of servers."""

import re

LOCAL = r"""(?:"[^"\r\n@]{1,62}"|[^\s<>()\[\]:;,"@\\'`|=\x00-\x1f][^\s<>()\[\]:;,"@\\\x00-\x1f]{0,63})"""
LABEL = r"[^\W_](?:[\w-]{0,62}\w)?"
LAST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?![A-Za-z0-9_])|[^\W\d_\x00-\x7f]{1,62})"  # of one script
DOMAIN = rf"{LABEL}(?:\.{LABEL}){{0,20}}\.{LAST}"
ADDRESS = re.compile(rf"(?<![\w.+@-]){LOCAL}@{DOMAIN}(?![@A-Za-z0-9_])")
NO_SPACES = re.compile(r"^[\u0e00-\u0e7f\u2010-\u2060\u2e80-\uffef]+(?=[A-Za-z0-9])")  # scripts that put none before it
IN_HEADER = re.compile(r"""[^\s<>()\[\],;:"@]{1,200}@[^\s<>()\[\],;:"@]{1,253}""")
TYPED = re.compile(r"^\s*(?:rfc822|utf-8|smtp|x400|unknown|local|system|rfc822-utf8)\s*;\s*", re.I)
ONE_WORD = re.compile(r"[^\s@<>|/\\]{1,64}@[^\s@<>]{1,250}")
TYPE_BEFORE = re.compile(r"^(?:smtp|rfc822|mailto)[=:;]", re.I)
ESCAPED = re.compile(r"\\x\{([0-9a-f]{2,6})\}", re.I)  # RFC 6533
QUOTED_NAME = re.compile(r"""<?("(?:[^"\\\r\n]|\\.){1,64}"@[^\s@<>"]{1,250})>?(?:\s|$)""")
SOFT = re.compile(r"(rfc822;|smtp[:=]|mailto:)", re.I)

MACHINES = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|double-bounce|no-?reply|noreply|bounce[s]?[+=-].*|srs[01][=+-].*|prvs=.*|root|abuse|support"
    r"|helpdesk|service-?desk|mail\.delivery\.system|administrator|sysadmin)@",
    re.I,
)


def found_in(text: str) -> list[str]:
    """In the order of the text, each once."""
    return list(dict.fromkeys(tidy(match[0]) for match in ADDRESS.finditer(SOFT.sub(" ", text))))


def in_header(value: str) -> list[str]:
    """Also those of hosts without a dot, as our own may be."""
    return IN_HEADER.findall(value[:4_000])


def tidy(address: str) -> str:
    bare = TYPE_BEFORE.sub("", address.strip().strip("<>.,;:'").rstrip("."))
    return NO_SPACES.sub("", bare if '"@' in bare and bare.startswith('"') else bare.strip('"'))


def of_recipient(value: str) -> str:
    """Of a field as in "rfc822; <x@example.org>". Some servers write a command line there, or a comment behind."""
    bare = ESCAPED.sub(_of_code, TYPED.sub("", value).strip())
    if quoted := QUOTED_NAME.match(bare):
        return quoted[1]
    word = tidy(bare.partition(" ")[0])
    if re.fullmatch(rf"(?:{LOCAL}|=\?[\w?=+/-]{{1,60}})@{DOMAIN}", word):
        return word
    known = found_in(bare)
    return known[0] if known else word if ONE_WORD.fullmatch(word) else ""


def _of_code(match: re.Match) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 and chr(code).isprintable() else ""


def is_machine(address: str) -> bool:
    return bool(MACHINES.match(address))
