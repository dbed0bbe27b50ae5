"""Addresses that people enter lead out of the house, never into it.

A name is resolved once, all its addresses are checked, and the connection goes to a checked address: a name that
resolves differently the second time gets nowhere. Networks of the operator are open as ALLOWED_PRIVATE_NETWORKS has it.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

IP = IPv4Address | IPv6Address

LONGEST_URL = 2_000
NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
CLOSED = [
    ip_network(network)
    for network in (
        *("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
        "168.63.129.16/32",  # of Azure: answers machines about themselves
        "3fff::/20",  # for examples
    )
]
NAT64 = ip_network("64:ff9b::/96")
UNICAST = ip_network("2000::/3")  # all of version 6 that is given out; what is elsewhere is local or translated


class NotAllowed(Exception):
    """An address that must not be reached from here. The sentence may be shown."""


@dataclass(frozen=True)
class Target:
    """Where to connect to: checked addresses, as sockets take them."""

    family: int
    address: tuple


def check_url(text: str) -> str:
    """For forms: whether it may be one of ours at all. Raises ValueError with a sentence."""
    if len(text) > LONGEST_URL:
        raise ValueError("This address is too long.")
    if NOT_IN_A_URL.search(text):
        raise ValueError("An address has no blanks and no control characters.")
    try:
        read(text)
    except NotAllowed as error:
        raise ValueError(str(error)) from error
    return text


def read(url: str) -> SplitResult:
    """Raises NotAllowed."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise NotAllowed("This is not a web address.") from error
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise NotAllowed("Enter an address that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("Leave out the name and the password: they have fields of their own.")
    if parts.scheme == "http" and not settings.ALLOWED_PRIVATE_NETWORKS:
        raise NotAllowed(
            "Enter an address that begins with https://. Unencrypted messages go only into networks of your own, those "
            "in ALLOWED_PRIVATE_NETWORKS."
        )
    check_literal(host)
    return parts


def check_literal(host: str) -> None:
    """An address in figures is judged at once, a name when it is resolved. Raises NotAllowed."""
    try:
        literal = ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_open(literal):
        raise NotAllowed(_closed(host))


def targets(host: str, port: int, *, encrypted: bool = True) -> list[Target]:
    """Resolves the name, once. Raises NotAllowed, and OSError when there is no such name."""
    try:
        name = host.encode("idna").decode() if not host.isascii() else host
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"There is no host {host}") from error
    resolved = [(ip_address(str(where[0]).partition("%")[0]), family, where) for family, _, _, _, where in found]
    if not all(is_open(one) for one, _, _ in resolved):
        raise NotAllowed(_closed(host))
    if not encrypted and not all(is_ours(one) for one, _, _ in resolved):
        raise NotAllowed(f"{host} must be reached over https.")
    return [Target(family, where) for _, family, where in resolved]


def is_open(address: IP) -> bool:
    """Out of the house, or allowed by name of its network."""
    return all(_is_public(one) or is_ours(one) for one in meant(address))


def is_ours(address: IP) -> bool:
    return any(_is_in(address, network) for network in settings.ALLOWED_PRIVATE_NETWORKS)


def meant(address: IP) -> list[IP]:
    """Addresses of version 6 that only wrap one of version 4 mean that one."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return list(address.teredo)
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def _is_public(address: IP) -> bool:
    is_given_out = address.version == 4 or address in UNICAST
    is_global = is_given_out and address.is_global and not address.is_multicast
    return is_global and not any(_is_in(address, network) for network in CLOSED)


def _is_in(address: IP, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network


def _closed(host: str) -> str:
    return (
        f"{host} is inside a private network. Whoever runs CommsPlan can open that: put the network into "
        "ALLOWED_PRIVATE_NETWORKS, such as 10.20.0.0/16, and start CommsPlan again."
    )
