"""What all of the web part shares: sources, visits, and what a server said of a version."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from index.types import Article

Kind = Literal["page", "feed", "sitemap"]
Outcome = Literal["fetched", "unchanged", "gone", "refused"]

PAGES = 1000
"""The most pages that are read of one feed or sitemap, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version it sent: its ETag and Last-Modified headers, to be sent back as they are."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One address that was looked at.

    ``address`` is how the source lists it, under which ``known`` has it the next time. Where it was fetched, ``item``
    is its article and ``origin`` that article's (the canonical URL); else ``reason`` is a sentence that says what
    was the matter: it is "gone" only where the server says so (404 or 410), and "refused" for all other causes, of
    which many pass.
    """

    address: str
    outcome: Outcome
    validators: Validators = field(default_factory=Validators)
    item: Article | None = None
    origin: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An address that was told apart by what stands there, and the visits to its pages, which happen while iterating.

    ``pages`` is how many visits there will be. ``note`` is a sentence on what is left out ("it lists 10,000 pages, of
    which ..."), or "". Where the address itself cannot be read, the one visit is to it, and says why.
    """

    address: str
    kind: Kind
    pages: int
    visits: Iterator[Visit]
    note: str = ""
