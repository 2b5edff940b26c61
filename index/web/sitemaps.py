"""Sitemaps, and indexes of sitemaps (sitemaps.org), gzipped or not."""

import re
from collections import deque
from collections.abc import Callable

from index.errors import ArticleError
from index.web.addresses import Address
from index.web.base import Visit
from index.web.client import Client, Response
from index.web.elements import elements, forget, name, text
from index.web.kinds import told, unpacked
from index.web.listings import MANY, Entry, Listing, absolute, listing

_DAY = re.compile(r"\d{4}-\d\d(-\d\d|$)")
_PARTS = 100  # of an index that are fetched


def read(
    response: Response, data: bytes, client: Client, limit: int, progress: Callable[[int], None] | None
) -> Listing:
    """Return the pages that a sitemap lists, and those of its parts until there are enough.

    Raises:
        ArticleError: it cannot be read.
    """
    pages, parts = _listed(data, response.address)
    failed: list[Visit] = []
    seen = {str(response.address)}
    tried = 0
    # The parts that changed last have the newest pages.
    waiting = deque(sorted(parts, key=lambda part: part.changed, reverse=True))
    while waiting and len(pages) < limit and tried < _PARTS:
        part = absolute(waiting.popleft(), response.address).address
        if part in seen:
            continue
        seen.add(part)
        tried += 1
        try:
            more, within = _fetched(part, client)
        except ArticleError as error:
            failed.append(Visit(address=part, outcome="refused", reason=error.reason))
            continue
        pages += more
        waiting += within
        if progress is not None:
            progress(len(pages))
    note = ""
    if waiting:
        advice = "a higher limit reads more" if len(pages) >= limit else "add the others by their own addresses"
        note = f"its sitemaps are not all read ({len(waiting):,} left out); {advice}"
    return listing(pages, response.address, limit, note, tuple(failed))


def _fetched(address: str, client: Client) -> tuple[list[Entry], list[Entry]]:
    response = client.get(address)
    if response.status != 200:
        raise ArticleError(address, f"is not there any more (it answered {response.status}); ask its site")
    data = unpacked(response)
    if told(response, data) != "sitemap":
        raise ArticleError(address, "is listed as a sitemap and is none; ask its site")
    return _listed(data, response.address)


def _listed(data: bytes, address: Address) -> tuple[list[Entry], list[Entry]]:
    """Return the pages and the sitemaps that a sitemap lists."""
    found: dict[str, list[Entry]] = {"url": [], "sitemap": []}
    for event, element in elements(data, str(address)):
        if event == "start" or name(element) not in found:
            continue
        values = {name(child): text(child).strip() for child in element}
        if values.get("loc"):
            changed = values.get("lastmod", "")
            entry = Entry(address=values["loc"], fields={}, changed=changed if _DAY.match(changed) else "")
            found[name(element)].append(entry)
            if len(found["url"]) + len(found["sitemap"]) >= MANY:
                break
        forget(element)
    return found["url"], found["sitemap"]
