"""The names under which this server may be called: a page of another name must not reach it (DNS rebinding)."""

import re
from ipaddress import ip_address

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?")


def is_known(host: str, names: tuple[str, ...], here: str = "") -> bool:
    """Whether a Host header names this server: by a name from the settings, loopback, or the address it came to.

    Args:
        host: the header.
        names: names or addresses in lower case, without a port.
        here: the address at this end of the connection.
    """
    found = _HOST.fullmatch(host.lower())
    if not found:
        return False
    name = found[1] or found[2].removesuffix(".")
    if name == "localhost" or name in names:
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or name in (here, here.removeprefix("::ffff:"))


def is_own_origin(origin: str, host: str) -> bool:
    """Whether a page of this origin was served under this host."""
    return origin in (f"http://{host}", f"https://{host}")
