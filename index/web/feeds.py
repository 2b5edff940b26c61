"""Feeds: RSS, Atom and JSON Feed, with what they say of each page.

They are read element by element with lxml; feedparser takes minutes for a megabyte that was made to take long.
"""

import hashlib
import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin

from lxml import etree  # type: ignore[import-untyped]

from index.articles.base import line
from index.errors import ArticleError
from index.web.addresses import Address
from index.web.client import Response
from index.web.elements import elements, forget, name, space, text
from index.web.listings import MANY, Entry, Listing, listing

_MOST = 10_000_000  # bytes
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# Other modules have titles and links too: of pictures, of episodes, of the whole feed.
_MODULES = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/", "http://purl.org/rss/1.0/modules/content/")
_DATES = ("published", "pubdate", "issued", "date", "created")  # the first of these; "updated" is no publication
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MAIL = re.compile(r"\S+@\S+\s*(?:\((.*)\))?")  # RSS: an address, and the name in brackets


def read(response: Response, data: bytes, limit: int, *, is_json: bool) -> Listing:
    """Return the pages that a feed lists.

    Raises:
        ArticleError: it cannot be read.
    """
    address = str(response.address)
    if len(data) > _MOST:
        raise ArticleError(address, f"is a feed of more than {_MOST // 1_000_000} MB; ask its site for a shorter one")
    entries = _json(data, response.address) if is_json else _xml(data, response.address, response.charset)
    return listing(list(islice(entries, MANY)), response.address, limit)


def _xml(data: bytes, feed: Address, charset: str | None) -> Iterator[Entry]:
    """Yield the entries of RSS and Atom."""
    language = ""
    depth = 0
    for event, element in elements(data, str(feed), charset):
        kind = name(element)
        if event == "start":
            depth += kind in ("item", "entry")
            language = language or element.get(_XML_LANG, "")
        elif kind in ("item", "entry"):
            depth -= 1
            if not depth:
                yield _entry(element, feed, language)
                forget(element)
        elif kind == "language" and not depth:
            language = text(element).strip()


def _entry(item: etree._Element, feed: Address, language: str) -> Entry:
    values: dict[str, str] = {}
    link = content = ""
    authors: list[str] = []
    known = (space(item), *_MODULES)
    for child in item:
        kind = name(child)
        if not kind or space(child) not in known:
            continue
        if kind == "link" and child.get("rel", "alternate") == "alternate":
            link = link or _from(child, (child.get("href") or text(child)).strip())
        elif kind == "encoded" or (kind == "content" and not child.get("src")):
            content = content or _content(child)
        elif kind in ("author", "creator"):
            authors += [text(part) for part in child if name(part) == "name"] or [_named(text(child).strip())]
        elif kind == "guid" and child.get("isPermaLink", "true").lower() == "true":
            values["permalink"] = text(child).strip()
        values.setdefault("id" if kind == "guid" else kind, text(child).strip())
    if not link and values.get("permalink", "").startswith("http"):
        link = values["permalink"]
    return Entry(
        address=link or _unlinked(feed, values.get("id") or values.get("title"), content),
        is_linked=bool(link),
        fields={
            "title": _plain(values.get("title", "")),
            "published": next((values[kind] for kind in _DATES if values.get(kind)), None),
            "authors": authors,
            "language": item.get(_XML_LANG) or language,
        },
        content=content,
    )


def _unlinked(feed: Address, named: object, content: str) -> str:
    """Return what names an entry without a page."""
    return f"{feed}#{line(named)[:500] or hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _from(element: etree._Element, given: str) -> str:
    """Return an address as seen from where its element says it is (xml:base)."""
    try:
        return urljoin(element.base, given) if given and element.base else given
    except ValueError:
        return given


def _content(element: etree._Element) -> str:
    """Return an entry's whole text as HTML."""
    kind = element.get("type", "html" if name(element) == "encoded" else "text")
    if kind in ("xhtml", "application/xhtml+xml"):
        return "".join(str(etree.tostring(child, encoding="unicode", method="html")) for child in element)
    return text(element) if "html" in kind else _as_html(text(element))


def _json(data: bytes, feed: Address) -> Iterator[Entry]:
    """Yield the entries of a JSON Feed (jsonfeed.org)."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArticleError(str(feed), "is a feed that is no JSON, or too deep; ask its site") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise ArticleError(str(feed), 'is a JSON Feed without its list of "items"; ask its site')
    for item in document["items"]:
        if not isinstance(item, dict):
            continue
        link = line(item.get("url")) or line(item.get("external_url"))
        written, plain = item.get("content_html"), item.get("content_text")
        people = item.get("authors") or [item.get("author")]
        yield Entry(
            address=link or _unlinked(feed, item.get("id") or item.get("title"), f"{written}{plain}"),
            is_linked=bool(link),
            fields={
                "title": line(item.get("title")),
                "published": item.get("date_published"),
                "authors": [person.get("name") for person in _list(people) if isinstance(person, dict)],
                "language": item.get("language") or document.get("language"),
            },
            content=written if isinstance(written, str) else _as_html(plain) if isinstance(plain, str) else "",
        )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _as_html(plain: str) -> str:
    blocks = re.split(r"\n[ \t]*\n", plain)
    return "".join(f"<p>{html.escape(block)}</p>" for block in blocks if block.strip())


def _plain(title: str) -> str:
    """Return a title as plain text: feeds write it as HTML or as text, and do not always say which."""
    return line(html.unescape(_TAG.sub("", title)))


def _named(author: str) -> str:
    mail = _MAIL.fullmatch(author)
    return (mail[1] or "") if mail else author
