"""The web: pages, feeds and sitemaps in, articles out, by a client that goes nowhere it should not.

    with Client() as client:
        source = visit("https://example.org/feed", client)
        for visit_ in source.visits:  # source.kind is "feed", source.pages says how many there will be
            ...  # a Visit: its article, or a sentence that says why there is none

Nothing raises for what is out there: whatever cannot be read becomes a visit that says why, and the rest goes on.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from index.web.base import PAGES, Kind, Source, Validators, Visit
from index.web.client import Client
from index.web.visits import Tour

__all__ = ["PAGES", "Client", "Kind", "Source", "Validators", "Visit", "is_address", "visit"]

_NOTHING: Mapping[str, Validators] = MappingProxyType({})


def is_address(given: str) -> bool:
    """Tell whether something that was given to ``quoth add`` is an address on the web, and no path."""
    return given.lower().startswith(("http://", "https://"))


def visit(
    address: str,
    client: Client,
    *,
    known: Mapping[str, Validators] = _NOTHING,
    prefix: str = "",
    kind: Kind | None = None,
    limit: int = PAGES,
    thorough: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Source:
    """Look at an address, tell what is there, and return it with the visits to its pages.

    The address (and the parts of a sitemap) are fetched at once, the pages while ``Source.visits`` is iterated.
    ``known`` holds the validators of addresses (``Visit.address``) that were visited before: what has not changed since
    is "unchanged" and costs next to nothing. Pages of a sitemap that are known and no longer listed are visited
    too, so that what is gone is found; what a feed no longer lists has only grown old.
    ``kind`` is what the address was before, if it was visited before. ``limit`` is the most pages that are read of a
    feed or sitemap. Unless ``thorough``, a feed that has not changed since is one "unchanged" visit, to the feed
    itself, and its pages are left alone. The last visit of a list is to the list: "fetched", without an article.
    ``progress`` is told how many pages are listed so far while a sitemap of many parts is read.
    ``prefix`` and "-" are put before every ``doc_id``.
    """
    tour = Tour(client=client, known=known, prefix=prefix, kind=kind, limit=limit, thorough=thorough, progress=progress)
    return tour.source(address)
