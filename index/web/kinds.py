"""Kinds: what an address holds, told by its content; what a server says of it decides only what content cannot."""

import re
from typing import Literal

from index.articles import READERS
from index.errors import ArticleError
from index.web import bodies
from index.web.client import Response

Holds = Literal["html", "feed", "json feed", "sitemap", ".pdf", ".docx", ".odt", ".epub", ".md", ".txt"]

_HEAD = 4096  # bytes, in which the first element of a document is
_ROOTS: dict[str, Holds] = {
    "rss": "feed",
    "feed": "feed",
    "rdf": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
    "html": "html",
}
_HTML = ("text/html", "application/xhtml+xml")
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version\\?/')
_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
# Where each packed format says what it is.
_PACKED: tuple[tuple[Holds, bytes], ...] = (
    (".epub", b"mimetypeapplication/epub+zip"),
    (".odt", b"mimetypeapplication/vnd.oasis.opendocument.text"),
    (".docx", b"word/document.xml"),
)
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or sound"),
    (b"{\\rtf", "an RTF file"),
)
_INSTEAD = "save what it says as a web page, PDF or text"


def unpacked(response: Response) -> bytes:
    """Return what was fetched, taken out of the gzip file where it is one.

    Raises:
        ArticleError: that is damaged, or too large.
    """
    if not response.data.startswith(bodies.GZIP):
        return response.data
    address = str(response.address)
    return bodies.collected(bodies.unzipped([response.data], address), address)


def told(response: Response, data: bytes) -> Holds:
    """Tell what an address holds: a page, a feed, a sitemap, or a file of the format with this ending.

    Raises:
        ArticleError: nothing that Quoth reads.
    """
    holds = _told(data, response.type, response.address.path.lower())
    if holds is None or (holds.startswith(".") and holds not in READERS):
        what = next((name for start, name in _OTHERS if data.startswith(start)), response.type[:60] or "no text")
        raise ArticleError(str(response.address), f"holds {what}, which is not read from the web; {_INSTEAD}")
    return holds


def _told(data: bytes, said: str, path: str) -> Holds | None:
    if data.startswith(b"%PDF-") or (said == "application/pdf" and b"%PDF-" in data[:1024]):
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return next((ending for ending, mark in _PACKED if mark in data), None)
    if any(data.startswith(start) for start, _ in _OTHERS):
        return None
    head = _head(data)
    if head.startswith(b"{"):
        # Whoever writes the version last has not put it into the beginning.
        return "json feed" if _JSON_FEED.search(data) else None
    root = _TAG.search(head) if head.startswith(b"<") else None
    if root and (known := _ROOTS.get(root[1].decode().lower())):
        return known
    if said in _HTML or re.match(rb"<!doctype html|<(head|body|title|meta|link|script|div|p|h1|table)\b", head, re.I):
        return "html"
    if b"\0" in data[:_HEAD] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if said == "text/markdown" or (said in ("text/plain", "") and path.endswith((".md", ".markdown"))):
        return ".md"
    # Without a word on what it is it may be anything; text in another format is no article.
    return ".txt" if said in ("text/plain", "") else None


def _head(data: bytes) -> bytes:
    """Return the beginning of a document as ASCII, from its first element or letter on."""
    head = data[:_HEAD]
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "ignore").encode("ascii", "replace")
    return _COMMENT.sub(b"", head.removeprefix(b"\xef\xbb\xbf")).lstrip()
