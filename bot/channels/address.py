"""Whose address a request came from."""

from ipaddress import IPv4Network, IPv6Network, ip_address

Networks = tuple[IPv4Network | IPv6Network, ...]


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address lies in one of the networks; what is no address does not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def client_address(peer: str, forwarded: str, proxies: Networks) -> str:
    """The address of the client: the last one in X-Forwarded-For that is not a proxy of ours.

    Args:
        peer: the other end of the connection; only if it is a proxy of ours is the header read.
        forwarded: the header's value, empty if there is none.
        proxies: the proxies that are trusted.
    """
    address = peer
    for hop in reversed(forwarded.split(",")):
        if not is_within(address, proxies) or not hop.strip():
            break
        address = hop.strip()
    return address
