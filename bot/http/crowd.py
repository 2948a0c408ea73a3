"""Who is connected: so many from one address, so many in all. Who has waited longest for itself makes room."""

import resource
from collections import OrderedDict, defaultdict
from typing import Protocol

from bot.channels.address import Networks, bucket, is_within

BY_ADDRESS = 1000
WHOLE = 4000
_FILES = 16_384  # more than all connections and stores need


class Member(Protocol):
    """A connection."""

    def is_busy(self) -> bool:
        """Whether it waits for this server, not for its client."""

    def leave(self) -> None:
        """Close at once."""


class Crowd:
    """The connections of this process by address; those of trusted proxies stand for many people.

    Args:
        files: how many files this process may open.
        proxies: whose connections are not counted by address.
    """

    def __init__(self, files: int, proxies: Networks = ()):
        self._proxies = proxies
        # Half of the files are for everything else; an address has a quarter of the rest.
        self._whole = min(WHOLE, files // 2)
        self._by_address = min(BY_ADDRESS, self._whole // 4)
        # Of each address the connections, the one that has been served longest ago first.
        self._members: defaultdict[str, OrderedDict[Member, None]] = defaultdict(OrderedDict)
        self._count = 0

    def join(self, member: Member, address: str) -> bool:
        """Take a connection in; whether there is room for it."""
        own = self._members[bucket(address)]
        if not is_within(address, self._proxies) and len(own) >= self._by_address and not _make_room(own):
            return False
        if self._count >= self._whole and not _make_room(max(self._members.values(), key=len)):
            return False
        own[member] = None
        self._count += 1
        return True

    def served(self, member: Member, address: str) -> None:
        """A request of this connection has been answered."""
        own = self._members[bucket(address)]
        if member in own:
            own.move_to_end(member)

    def part(self, member: Member, address: str) -> None:
        """The connection has ended."""
        key = bucket(address)
        if key in self._members and member in self._members[key]:
            del self._members[key][member]
            self._count -= 1
            if not self._members[key]:
                del self._members[key]


def _make_room(members: OrderedDict[Member, None]) -> bool:
    longest = next((member for member in members if not member.is_busy()), None)
    if longest:
        longest.leave()
    return longest is not None


def file_limit() -> int:
    """How many files this process may open, after it has been given as many as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (_FILES if limit == resource.RLIM_INFINITY else limit for limit in (soft, hard))
    wanted = max(soft, min(hard, _FILES))
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return wanted
