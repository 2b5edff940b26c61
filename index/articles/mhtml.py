"""Web pages that a browser saved as one file with all that they show (MHTML, RFC 2557)."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from index.articles import html
from index.articles.base import Draft, content, shown
from index.errors import ArticleError

_LARGEST = 50_000_000  # bytes
_LINES = 700_000
_LISTS = 20
_HEADERS = re.compile(rb"\s*[!-9;-~]+[ \t]*:")
_INSTEAD = "save the page as .html"


def read(path: Path) -> Iterator[Draft]:
    """Read the page itself; pictures, styles and frames beside it are passed over.

    Raises:
        ArticleError: as ``html.page`` does, or the file is too large or holds no page.
    """
    given = shown(path)
    message = _message(content(path), given)
    part = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    data = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(data, bytes):
        raise ArticleError(given, f"there is no web page in it; {_INSTEAD}")
    address = str(message.get("Snapshot-Content-Location") or part.get("Content-Location") or "").strip()
    yield html.page(data, given, address or None, part.get_content_charset())


def _message(data: bytes, given: str) -> Message:
    if len(data) > _LARGEST or max(data.count(b"\n"), data.count(b"\r")) > _LINES:
        raise ArticleError(given, f"has more than {_LARGEST // 1_000_000} MB or {_LINES:,} lines; {_INSTEAD}")
    # A saved page has one list of parts; Python's parser looks for the ends of all lists in every line.
    if data.lower().count(b"multipart/") > _LISTS or not _HEADERS.match(data):
        raise ArticleError(given, f"not a page saved as MHTML; {_INSTEAD}")
    return message_from_bytes(data)
