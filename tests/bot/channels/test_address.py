"""Whose address counts, however proxies write it and whoever else writes into the header."""

import pytest

from bot.channels.address import bucket, client_address, is_within
from bot.settings import read


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),
        ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        # Junk would be a fresh allowance each time.
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1,", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1.1", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1:x", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 1.1.1.1", "1.1.1.1"),
        # With a port, as some proxies write.
        ("10.0.0.1", "1.1.1.1:49152", "1.1.1.1"),
        ("10.0.0.1", "[2001:db8::1]:49152", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        # On a socket for both kinds.
        ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("::ffff:10.0.0.1", "1.1.1.1, ::ffff:10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"),
    ],
)
def test_only_named_proxies_say_where_a_request_came_from(peer: str, forwarded: str, client: str) -> None:
    proxies = read({"YIBAO_TRUSTED_PROXIES": "10.0.0.0/8, fd00::1"}).trusted_proxies
    assert client_address(peer, forwarded, proxies) == client
    assert not is_within("nonsense", proxies)


def test_a_customer_of_ipv6_is_one() -> None:
    assert bucket("2001:db8:0:1::1") == bucket("2001:db8:0:1:ffff::2") != bucket("2001:db8:0:2::1")
    assert bucket("::ffff:1.1.1.1") == bucket("1.1.1.1") != bucket("1.1.1.2")
    assert bucket("fe80::1%eth0") == bucket("fe80::2%eth1")
    assert bucket("") == ""
