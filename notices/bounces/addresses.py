"""Addresses in the words of servers."""

import re

LOCAL = r"""(?:"[^"\r\n@]{1,62}"|[^\s<>()\[\]:;,"@\\'`|=\x00-\x1f][^\s<>()\[\]:;,"@\\\x00-\x1f]{0,63})"""
DOMAIN = r"[^\W_](?:[\w-]{0,62}\w)?(?:\.[^\W_](?:[\w-]{0,62}\w)?){1,20}"
ADDRESS = re.compile(rf"(?<![\w.+@-]){LOCAL}@{DOMAIN}(?![@\w])")
IN_HEADER = re.compile(r"""[^\s<>()\[\],;:"@]{1,200}@[^\s<>()\[\],;:"@]{1,253}""")
TYPED = re.compile(r"^\s*(?:rfc822|utf-8|smtp|x400|unknown|local|system|rfc822-utf8)\s*;\s*", re.I)
SOFT = re.compile(r"(rfc822;|smtp:|mailto:)", re.I)

MACHINES = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|double-bounce|no-?reply|noreply|bounce[s]?[+=-].*|root|abuse|support"
    r"|helpdesk|mail\.delivery\.system|administrator|sysadmin)@",
    re.I,
)


def found_in(text: str) -> list[str]:
    """In the order of the text, each once."""
    return list(dict.fromkeys(tidy(match[0]) for match in ADDRESS.finditer(SOFT.sub(" ", text))))


def in_header(value: str) -> list[str]:
    """Also those of hosts without a dot, as our own may be."""
    return IN_HEADER.findall(value[:4_000])


def tidy(address: str) -> str:
    return address.strip().strip("<>.,;:'\"").rstrip(".")


def of_recipient(value: str) -> str:
    """Of a field as in "rfc822; <x@example.org>". Some servers write a command line there, or a comment behind."""
    bare = TYPED.sub("", value).strip()
    known = found_in(bare)
    if known:
        return known[0]
    word = tidy(bare.partition(" ")[0])
    return word if re.fullmatch(r"[^\s@<>|/\\]{1,64}@[^\s@<>]{1,250}", word) else ""


def is_machine(address: str) -> bool:
    return bool(MACHINES.match(address))
