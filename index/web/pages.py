"""Pages: what was fetched, read by the reader of its format, as an article that knows where it came from."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from index.articles import READERS, html
from index.articles.base import Draft, build, line
from index.articles.dates import iso
from index.errors import ArticleError
from index.types import Article, Refusal
from index.web.addresses import Address, parse, same_host
from index.web.client import Response
from index.web.kinds import Holds
from index.web.listings import Entry

_HEAD = 500_000  # bytes of a page, in which its head is


def read(response: Response, data: bytes, holds: Holds, *, prefix: str = "", entry: Entry | None = None) -> Article:
    """Make an article of what was fetched; what it does not say of itself is taken from the feed's entry.

    Its origin and URL are the canonical address if the page names one of its own site, else where it was found.

    Raises:
        ArticleError: it cannot be read.
    """
    address = response.address
    if holds == "html":
        draft = html.page(data, str(address), str(address), response.charset)
        address = _canonical(data, address)
    else:
        draft = _file(response, data, holds)
    return _built(draft, address, str(address), prefix, entry)


def from_entry(entry: Entry, feed: Address, *, prefix: str = "", note: str = "") -> Article:
    """Make an article of what a feed itself holds of a page; ``note`` says why.

    Raises:
        ArticleError: it cannot be read, or is no more than a feed may say of another's page.
    """
    address = parse(entry.address) if entry.is_linked else feed
    # Whoever writes a feed could otherwise put words into the mouth of any site.
    if not same_host(address, feed):
        raise ArticleError(entry.address, f"is on another site than its feed ({feed.host}), which cannot speak for it")
    page = f"<html><body><article>{entry.content}</article></body></html>".encode("utf-8", "replace")
    draft = replace(html.page(page, entry.address, str(address)), note=note)
    return _built(draft, address, entry.address, prefix, entry)


def _built(draft: Draft, address: Address, origin: str, prefix: str, entry: Entry | None) -> Article:
    fields: dict[str, object] = {**draft.fields, "url": str(address)}
    said: Mapping[str, object] = entry.fields if entry else {}
    for name in ("title", "authors", "language"):
        fields[name] = fields.get(name) or (None if name == "title" and draft.heading else said.get(name))
    fields["source"] = fields.get("source") or address.host
    found_in = draft.found_in
    if iso(fields.get("published")) is None and iso(said.get("published")) is not None:
        fields["published"], found_in = said["published"], "feed"
    draft = replace(draft, fields=fields, found_in=found_in)
    return build(draft, stem=address.host + address.path, origin=origin, prefix=prefix)


def _file(response: Response, data: bytes, ending: str) -> Draft:
    """Read a file of another format, which its reader wants on the disk."""
    given = str(response.address)
    if ending in (".txt", ".md") and response.charset:
        data = _as_utf8(data, response.charset)
    with tempfile.TemporaryDirectory(prefix="quoth-") as folder:
        path = Path(folder, f"page{ending}")
        path.write_bytes(data)
        found = list(islice(READERS[ending](path), 2))
    if len(found) == 1 and isinstance(found[0], Refusal):
        raise ArticleError(given, found[0].reason)
    if len(found) != 1 or not isinstance(found[0], Draft):
        raise ArticleError(given, "holds no article, or several; fetch the file yourself and add it")
    return replace(found[0], given=given, row=None, part=None, origin=None)


def _as_utf8(data: bytes, charset: str) -> bytes:
    """Return text in UTF-8 if it is what its server says; else its reader has to find out."""
    try:
        return data.decode(charset).encode()
    except (LookupError, UnicodeError):
        return data


def _canonical(data: bytes, address: Address) -> Address:
    """Return the address that a page calls its own, if that is on the same site; else where it was found."""
    parser = etree.HTMLPullParser(events=("start",), tag="link", recover=True, no_network=True)
    try:
        parser.feed(data[:_HEAD])
        links = [link for _, link in parser.read_events() if "canonical" in (link.get("rel") or "").lower().split()]
        own = parse(line(links[0].get("href")), address) if links else address
    except (ArticleError, etree.LxmlError):
        return address
    # Some sites call their front page the canonical address of all others.
    is_front = own.target == "/" and address.target != "/"
    return own if same_host(own, address) and not is_front else address
