"""Web pages: their main text and what they say of themselves, found by trafilatura, without any network."""

import codecs
import re
import zlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import trafilatura
from lxml.html import HtmlElement  # type: ignore[import-untyped]
from trafilatura.settings import DEFAULT_CONFIG, Document

from index.articles import base
from index.articles.base import Draft, content, decoded, shown, too_large
from index.errors import ArticleError

_CHARSET = re.compile(
    rb"""<meta[^>]*charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]*encoding=["']([\w.:-]+)""", re.IGNORECASE
)
# Browsers read these names as the Windows code page, which has letters where ISO 8859-1 has control characters.
_WINDOWS = ("iso8859-1", "ascii")
# Two control characters that no parsed page can hold stand for the ends of blocks and of lines.
_BLOCK, _LINE = "\x1d", "\x1e"
_INLINE = ("hi", "ref", "del", "code")


def read(path: Path) -> Iterator[Draft]:
    """Read one page, gzipped or not: main text, title, site, address, date, authors and language.

    Navigation, advertisements and comments are left out. A blank line stands between blocks; the items of a
    list and the rows of a table (cells joined by " | ") have one line each.

    Raises:
        ArticleError: the page cannot be decoded, is no HTML, or has no main text.
    """
    given = shown(path)
    data = content(path)
    source = _decoded(_unzipped(data, given) if path.name.lower().endswith(".gz") else data, given)
    tree = trafilatura.load_html(source) if source.strip() else None
    if tree is None:
        raise ArticleError(given, "not an HTML page" if source.strip() else "empty: there is no text in it")
    language = tree.get("lang") or tree.get("xml:lang")
    try:
        page = _extracted(tree)
        text = _text(page.body) if page else ""
    except RecursionError as error:
        raise ArticleError(given, "its elements are nested too deeply") from error
    if page is None or not text:
        raise ArticleError(given, "no main text found on the page")
    fields = {
        "title": page.title,
        "url": page.url,
        "source": page.sitename or page.hostname,
        "published": page.date,
        "authors": page.author,
        "language": language,
    }
    yield Draft(given=given, text=text, fields=fields, found_in="page")


def _extracted(tree: HtmlElement) -> Document | None:
    config = deepcopy(DEFAULT_CONFIG)
    # By default a page under 250 characters goes to a fallback that breaks lines at every bold word.
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "1"
    page = trafilatura.bare_extraction(
        tree,
        include_comments=False,
        output_format="xml",
        with_metadata=True,
        # A date anywhere on the page is not the article's: only those marked as its own are looked at.
        date_extraction_params={"extensive_search": False, "original_date": True},
        config=config,
    )
    return page if isinstance(page, Document) else None


def _unzipped(data: bytes, given: str) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        page = unzip.decompress(data, base.LIMIT + 1)
    except zlib.error as error:
        raise ArticleError(given, f"not a gzip file: {error}") from error
    if len(page) > base.LIMIT:
        raise ArticleError(given, too_large())
    if not unzip.eof:
        raise ArticleError(given, "the gzip file is cut off")
    return page


def _decoded(data: bytes, given: str) -> str:
    """Decode by byte order mark, as UTF-8, or else by the encoding that the page declares."""
    try:
        return decoded(data, given)
    except ArticleError:
        name = _declared(data)
        if name is None or b"\0" in data:
            raise
    try:
        return data.decode(name)
    except (LookupError, UnicodeDecodeError) as error:
        raise ArticleError(given, f"neither UTF-8 nor {name}, the encoding it declares; convert it to UTF-8") from error


def _declared(data: bytes) -> str | None:
    """Return the codec of the encoding that a page declares, or None where it says nothing or UTF-8."""
    match = _CHARSET.search(data[:4096])
    try:
        name = codecs.lookup((match[1] or match[2]).decode("ascii")).name if match else "utf-8"
    except (LookupError, UnicodeDecodeError):
        return None
    return None if name == "utf-8" else "cp1252" if name in _WINDOWS else name


def _text(body: HtmlElement) -> str:
    joined = "".join(_pieces(body, ""))
    joined = re.sub(rf"\s*[{_BLOCK}{_LINE}]\s*", lambda run: "\n\n" if _BLOCK in run[0] else "\n", joined)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", joined)).strip()


def _pieces(element: HtmlElement, inside: str) -> Iterator[str]:
    """Yield the text in an element of trafilatura's tree and after it, with marks where blocks and lines end.

    ``inside`` is "cell" below a table's cell, else "item" below a list's item, else "".
    """
    tag = element.tag
    if tag == "lb":
        yield " " if inside == "cell" else "\n"
        yield (element.tail or "").lstrip()
        return
    if tag == "cell":
        mark = ""
        yield " | " if element.getprevious() is not None else ""
    elif inside == "cell":
        mark = " "
    else:
        mark = "" if tag in _INLINE else _LINE if inside or tag in ("item", "row") else _BLOCK
    yield mark
    yield element.text or ""
    for child in element:
        yield from _pieces(child, tag if tag == "cell" or (tag == "item" and not inside) else inside)
    yield mark
    yield element.tail or ""
