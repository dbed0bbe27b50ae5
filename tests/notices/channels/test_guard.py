"""Addresses that people enter lead out of the house, never into it."""

import socket
from ipaddress import ip_address, ip_network

import pytest

from notices.channels import guard

INSIDE = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1"),
    *("224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "192.0.2.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
    *("2001:0:7f00:1::80ff:fffe", "::ffff:0:7f00:1", "::fffe:7f00:1", "3fff::1", "4000::1"),
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_open(address):
    assert not guard.is_open(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_open(address):
    assert guard.is_open(ip_address(address))


def test_the_operator_opens_networks_by_name_and_no_others(settings):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))

    for address in ("10.20.1.1", "::ffff:10.20.1.1", "64:ff9b::10.20.1.1", "fd12::1"):
        assert guard.is_open(ip_address(address))
    for address in ("10.21.0.1", "127.0.0.1", "169.254.169.254", "fd13::1"):
        assert not guard.is_open(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org", "//example.org/", "example.org", ""),
        *("https://", "https://user:password@example.org/", "https://@example.org/", "https://example.org:0/"),
        *("https://example.org:99999/", "https://example.org/\r\nHost: other", "https://exa mple.org/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest"),
        *(
            "http://example.org/",
            "https://example.org\\@127.0.0.1/",
            "https://[fe80::1%25eth0]/",
            "https://" + "a" * 2_000,
        ),
    ],
)
def test_what_is_no_address_of_ours_is_refused_with_a_sentence(url):
    with pytest.raises(ValueError, match=r"\w+ .*[\w/]\.?$"):
        guard.check_url(url)


def test_a_web_address_is_kept_as_it_is():
    assert guard.check_url("https://hooks.example.org:8443/a?b=c") == "https://hooks.example.org:8443/a?b=c"


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "0"])
def test_other_ways_to_write_an_address_lead_nowhere_else(host):
    with pytest.raises(guard.NotAllowed, match="private network"):
        guard.targets(host, 443)


def test_one_private_address_among_others_closes_the_name(monkeypatch):
    answers = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **how: answers)

    with pytest.raises(guard.NotAllowed):
        guard.targets("mixed.example.org", 443)


def test_unencrypted_only_within_the_operators_own_networks(settings, monkeypatch):
    settings.ALLOWED_PRIVATE_NETWORKS = (ip_network("10.20.0.0/16"),)
    address = ["10.20.0.5"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **how: [(socket.AF_INET, 1, 6, "", (address[0], 80))])

    assert guard.targets("chat.internal", 80, encrypted=False)[0].address == ("10.20.0.5", 80)
    address[0] = "1.1.1.1"
    with pytest.raises(guard.NotAllowed, match="https"):
        guard.targets("chat.example.org", 80, encrypted=False)
