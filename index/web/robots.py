"""robots.txt: what a site lets programs read, and at what pace (RFC 9309)."""

import re

from protego import Protego

AGENT = "Quoth"
"""The name that a robots.txt may have rules for."""

LONGEST = 500_000
"""The bytes of a robots.txt that are read; what comes after them is passed over (RFC 9309, 2.5)."""

_RULES = 2_000_000
_FOR = re.compile(r"\s*user.?agent", re.IGNORECASE)
_AGE = 10**9


class Robots:
    """The rules of one site.

    Where there are none for Quoth, everything may be read. ``shut`` says why nothing may, where the rules themselves
    cannot be had.
    """

    def __init__(self, text: str = "", shut: str = "") -> None:
        # Every rule is kept once for every program that it is for, and a file can have very many of both.
        lines = text.splitlines()
        agents = sum(bool(_FOR.match(start)) for start in lines)
        if agents * len(lines) > _RULES:
            text, shut = "", "has a robots.txt with more rules than can be kept; ask its owner for the text"
        self.shut = shut
        self._rules = Protego.parse(text)

    def allows(self, address: str) -> bool:
        """Tell whether an address may be read."""
        return self._rules.can_fetch(address, AGENT)

    @property
    def delay(self) -> float:
        """Return the seconds that the site wants between two requests, 0 where it does not say."""
        rate = self._rules.request_rate(AGENT)
        return max(self._rules.crawl_delay(AGENT) or 0.0, min(rate.seconds, _AGE) / rate.requests if rate else 0.0)
