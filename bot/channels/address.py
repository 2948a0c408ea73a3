"""Whose address a request came from."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from sanic import Request

Networks = tuple[IPv4Network | IPv6Network, ...]

# Some proxies write the port as well: 192.0.2.1:49152, [2001:db8::1]:49152.
_HOP = re.compile(r"\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")
_IPV6_NETWORK = 64  # of which one customer has all


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address lies in one of the networks; what is no address does not."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in networks)


def client_address(peer: str, forwarded: str, proxies: Networks) -> str:
    """The address of the client: the last one in X-Forwarded-For that is not a proxy of ours.

    Args:
        peer: the other end of the connection; only if it is a proxy of ours is the header read.
        forwarded: the header's value, empty if there is none.
        proxies: the proxies that are trusted.
    """
    address = peer
    for hop in reversed(forwarded.split(",")):
        parsed = _parse(hop) if is_within(address, proxies) else None
        if parsed is None:  # nobody to be trusted, or junk: what the proxy brings counts as its own
            break
        address = str(parsed)
    return address


def caller(request: Request, proxies: Networks) -> str:
    """Under which key the calls of a request's sender are counted."""
    forwarded = ",".join(request.headers.getall("x-forwarded-for", ()))
    return bucket(client_address(request.ip, forwarded, proxies))


def bucket(address: str) -> str:
    """What counts as one address: of IPv6 the network of a customer."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), _IPV6_NETWORK), strict=False))
    return str(parsed or address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if found := _HOP.fullmatch(text):
        text = found[1] or found[2]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    # On a socket for both, IPv4 looks like ::ffff:192.0.2.1.
    return getattr(parsed, "ipv4_mapped", None) or parsed
