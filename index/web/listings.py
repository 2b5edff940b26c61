"""Listings: what a feed or a sitemap says of its pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from index.errors import ArticleError
from index.web.addresses import Address, parse
from index.web.base import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page that is listed: ``fields`` is what the list says of it, ``content`` its whole text as HTML, or "".

    What has no page of its own (``is_linked``) has an address that only names it. ``changed`` is a date to order by.
    """

    address: str
    fields: Mapping[str, object]
    content: str = ""
    is_linked: bool = True
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The pages that are to be read, each once; ``note`` says what is left out, ``failed`` which parts failed."""

    entries: tuple[Entry, ...]
    note: str = ""
    failed: tuple[Visit, ...] = ()


MANY = 50_000
"""The most pages of one feed or sitemap that are looked at, as many as a sitemap may list."""


def listing(entries: list[Entry], base: Address, limit: int, more: str = "", failed: tuple[Visit, ...] = ()) -> Listing:
    """Make a listing of at most ``limit`` pages, whose addresses are as seen from ``base``.

    ``more`` says that there are others, which were not counted.
    """
    kept = _once(entries)
    note = more
    if len(kept) > limit:
        # The newest, where the list says which they are; a feed has them first.
        kept.sort(key=lambda entry: entry.changed, reverse=True)
        count = f"{len(kept):,} pages{' or more' if more or len(kept) >= MANY else ''}"
        note = f"it lists {count}, of which {limit:,} are read; a higher limit reads more"
    elif not kept:
        note = "it lists no pages; see whether it opens in a browser"
    # Taking addresses apart is most of the work, so it is done only for those that are wanted.
    kept = [absolute(entry, base) for entry in kept[:limit]]
    return Listing(entries=tuple(_once(kept)), note=note, failed=failed)


def _once(entries: list[Entry]) -> list[Entry]:
    """Return the first entry of each address."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.address, entry)
    return list(found.values())


def absolute(entry: Entry, base: Address) -> Entry:
    """Return an entry with its address as seen from ``base``; one that is none stays, and asking for it says why."""
    if not entry.is_linked:
        return entry
    try:
        return replace(entry, address=str(parse(entry.address, base)))
    except ArticleError as error:
        return replace(entry, address=error.given)
