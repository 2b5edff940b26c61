"""How often somebody may do something, and how much at once: counted in memory, and forgotten when it is over."""

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import limits
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

_PREFIX = 64  # bits of an IPv6 address that one household has for itself


class Rate:
    """A rate such as "60/minute" that everybody has for themselves; "" is any number."""

    def __init__(self, rate: str) -> None:
        self._rate = limits.parse(rate) if rate else None
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def __str__(self) -> str:
        return str(self._rate)

    def count(self, who: str) -> int:
        """Count one more for somebody, and return 0; where that is too many, the seconds to wait instead."""
        return 0 if self._rate is None or self._limiter.hit(self._rate, who) else self._left(self._rate, who)

    def wait(self, who: str) -> int:
        """Return the seconds that somebody must wait, without counting anything."""
        return 0 if self._rate is None or self._limiter.test(self._rate, who) else self._left(self._rate, who)

    def _left(self, rate: limits.RateLimitItem, who: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(rate, who).reset_time - time.time()))


UNLIMITED = Rate("")


class Places:
    """How many places in a line somebody may have at the same time; None is any number."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def taken(self, who: str) -> Iterator[bool]:
        """Take a place for somebody during the block; False where they have as many as they may."""
        with self._lock:
            free = self._most is None or self._taken[who] < self._most
            if free:
                self._taken[who] += 1
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._taken[who] -= 1
                    self._taken += Counter()  # forgets who has none


def address(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a request came from, that of IPv4 where it stands in one of IPv6."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def client(scope: Scope) -> str:
    """Return what stands for whoever asks: an address, of IPv6 the network that is given to one household."""
    found = address(scope)
    if found is None:
        return str(scope["client"][0]) if scope.get("client") else ""
    return str(ipaddress.ip_network((found, _PREFIX), strict=False) if found.version == 6 else found)
