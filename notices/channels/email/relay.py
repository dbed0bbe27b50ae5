"""Which mail server takes our mail, and how it wants to be spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address
from time import monotonic
from typing import Any

import environ
from django.conf import settings

from notices.channels.base import ChannelDown
from notices.channels.email.wire import in_ascii

MAIN, FALLBACK = "main", "fallback"
COMMAND_SECONDS = 30
SLOWER_SECONDS = 3600  # then we try again whether it can do more


@dataclass(frozen=True)
class Relay:
    """A mail server as EMAIL_URL or EMAIL_FALLBACK_URL names it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    tls: bool = False
    certfile: str = ""
    keyfile: str = ""
    hello: str = ""
    timeout: float = 620  # for the answer to the final dot

    @property
    def patience(self) -> float:
        """Seconds for the answer to anything else."""
        return min(COMMAND_SECONDS, self.timeout)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def find(name: str = MAIN) -> Relay:
    config = _config(name)
    if not config.get("EMAIL_HOST"):
        variable = "EMAIL_URL" if name == MAIN else "EMAIL_FALLBACK_URL"
        raise ChannelDown(f"There is no mail server: set {variable}.")
    return Relay(
        host=config["EMAIL_HOST"],
        port=config.get("EMAIL_PORT") or 0,
        user=config.get("EMAIL_HOST_USER") or "",
        password=config.get("EMAIL_HOST_PASSWORD") or "",
        starttls=bool(config.get("EMAIL_USE_TLS")),
        tls=bool(config.get("EMAIL_USE_SSL")),
        certfile=config.get("EMAIL_SSL_CERTFILE") or "",
        keyfile=config.get("EMAIL_SSL_KEYFILE") or "",
        hello=_hello(settings.BASE_HOST),
        timeout=settings.EMAIL_TIMEOUT,
    )


def _hello(host: str) -> str:
    """As RFC 5321 wants it after EHLO: a name in ASCII, or an address in brackets."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return _name(host)
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def _name(host: str) -> str:
    try:
        return host if host.isascii() else in_ascii(host)
    except UnicodeError as error:
        raise ChannelDown(f"{host} is no name that a mail server understands: look at BASE_URL.") from error


PARTS = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL", "SSL_CERTFILE", "SSL_KEYFILE")


def _config(name: str) -> Mapping[str, Any]:
    if name == MAIN:
        return {f"EMAIL_{part}": getattr(settings, f"EMAIL_{part}", None) for part in PARTS}
    return environ.Env.email_url_config(settings.EMAIL_FALLBACK_URL) if settings.EMAIL_FALLBACK_URL else {}


# Servers that offer PIPELINING and get confused by it, for as long as this process remembers


class Pace(IntEnum):
    """How much leaves at once."""

    STEP_BY_STEP = 0  # one command
    ENVELOPES = 1  # an envelope, when the content before it was answered
    RIDING = 2  # an envelope, right behind the content before it


_slower: dict[tuple[str, int], tuple[Pace, float]] = {}  # until then


def pace(relay: Relay) -> Pace:
    slower, until = _slower.get((relay.host, relay.port), (Pace.RIDING, 0.0))
    return slower if monotonic() < until else Pace.RIDING


def slow_down(relay: Relay, to: Pace) -> None:
    """To the pace of what it understood: some servers refuse only what comes behind a content."""
    _slower[relay.host, relay.port] = min(to, pace(relay)), monotonic() + SLOWER_SECONDS


def trust_again(relay: Relay) -> None:
    _slower.pop((relay.host, relay.port), None)
