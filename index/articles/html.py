"""Web pages: their main text and what they say of themselves, found by trafilatura, without any network."""

import codecs
import logging
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura
from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement, HTMLParser, document_fromstring  # type: ignore[import-untyped]
from trafilatura.settings import DEFAULT_CONFIG, Document

from index.articles import base, boilerplate, html_dates, html_lines
from index.articles.base import Draft, content, decoded, shown, too_large
from index.errors import ArticleError

_CHARSET = re.compile(
    rb"""<meta[^>]*charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]*encoding=["']([\w.:-]+)""", re.IGNORECASE
)
_SAVED = re.compile(
    r"<!--\s{0,9}(?:saved from url=\(\d{1,9}\)|Page saved with SingleFile\s{1,9}url: )(https?://[^\s>]+)"
)
_BEGINNING = 4096  # characters
# Browsers read these names as the Windows code page, which has letters where ISO 8859-1 has control characters.
_WINDOWS = ("iso8859-1", "ascii")
# Two control characters that no parsed page can hold stand for the ends of blocks and of lines.
_BLOCK, _LINE = "\x1d", "\x1e"
_INLINE = ("hi", "ref", "del", "code")
# What is more than this takes minutes.
_DEEPEST = 250
_STEPS = 4_000_000  # from elements to those around them, all together
_ATTRIBUTES = 1000
_ELEMENTS = 50_000
_TEXT = 10_000_000  # characters
_PIECE = 1 << 14  # bytes
_LARGE = 10_000_000  # bytes, from which on lxml leaves out the rest unless it is told not to
_INSTEAD = "save its text as .txt"

# What is wrong with a page is said by its refusal; without a handler Python would write these lines to the terminal.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("htmldate").addHandler(logging.NullHandler())


def read(path: Path) -> Iterator[Draft]:
    """Read one page, gzipped or not; see ``page``.

    Raises:
        ArticleError: as ``page`` does, or the file cannot be unzipped or is too large.
    """
    given = shown(path)
    data = content(path)
    yield page(_unzipped(data, given) if path.name.lower().endswith(".gz") else data, given)


def page(data: bytes, given: str, address: str | None = None, charset: str | None = None) -> Draft:
    """Read the bytes of one page: main text, title, site, address, date, authors and language.

    ``address`` is where the page was fetched, and its own where it names none; ``charset`` is the encoding that came
    with it, tried where the bytes are not UTF-8. Navigation, advertisements, comments and what calls away from the
    article are left out. A blank line stands between blocks; the items of a list and the rows of a table (cells joined
    by " | ") have one line each. The date is the one that the page or its address marks as that of publication.

    Raises:
        ArticleError: the page cannot be decoded, is no HTML, is too much for an HTML page, or has no main text.
    """
    source = _decoded(data, given, charset)
    tree = parsed(source, given) if source.strip() else None
    if tree is None:
        empty = "empty: there is no text in it"
        raise ArticleError(given, f"not an HTML page; {_INSTEAD}" if source.strip() else empty)
    language = tree.get("lang") or tree.get("xml:lang")
    try:
        html_lines.prune(tree)
        lines = html_lines.shown(tree)
        found = _extracted(tree)
        text = _text(found.body) if found else ""
    except RecursionError as error:
        raise ArticleError(given, f"its elements are nested too deeply; {_INSTEAD}") from error
    if found is None or not text:
        raise ArticleError(given, f"no main text found on the page; if there is one, {_INSTEAD}")
    own = found.url if re.match(r"https?://", found.url or "") else None
    url = own or address or _saved_from(source)
    published, found_in = html_dates.published(tree, url)
    fields = {
        "title": found.title,
        "url": url,
        "source": found.sitename or found.hostname or (_host(url) if url else None),
        "published": published,
        "authors": found.author,
        "language": language,
    }
    authors = (found.author or "").split(";")
    text = boilerplate.cut(text, lines, title=found.title, authors=authors, language=language) or text
    return Draft(given=given, text=text, fields=fields, found_in=found_in)


def _saved_from(source: str) -> str | None:
    """Return the address that a browser, or SingleFile, wrote into the page it saved."""
    match = _SAVED.search(source[:_BEGINNING])
    return match[1] if match else None


def _host(url: str) -> str | None:
    with suppress(ValueError):
        return urlsplit(url).hostname
    return None


class _Shape:
    """What lxml tells while it reads a page without keeping it, until it is too much."""

    def __init__(self, given: str) -> None:
        self._given = given
        self._depth = self._elements = self._steps = self._text = 0
        self._in = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Count an element that begins."""
        self._depth += 1
        self._elements += 1
        self._steps += self._depth
        self._in = tag
        if self._depth > _DEEPEST:
            raise ArticleError(self._given, f"its elements are nested more than {_DEEPEST} deep; {_INSTEAD}")
        if self._steps > _STEPS:
            raise ArticleError(self._given, f"too many of its elements are nested deeply; {_INSTEAD}")
        if self._elements > _ELEMENTS:
            raise ArticleError(self._given, f"it has more than {_ELEMENTS:,} elements; split it, or {_INSTEAD}")
        if len(attributes) > _ATTRIBUTES:
            raise ArticleError(self._given, f"an element has more than {_ATTRIBUTES:,} attributes; {_INSTEAD}")

    def end(self, tag: str) -> None:
        """Count an element that ends."""
        self._depth -= 1
        self._in = ""

    def data(self, text: str) -> None:
        """Count a piece of text that people read."""
        self._text += 0 if self._in in ("script", "style") else len(text)
        if self._text > _TEXT:
            raise ArticleError(self._given, f"it has more than {_TEXT:,} characters of text; split it, or {_INSTEAD}")

    def close(self) -> None:
        """Have nothing to return."""


def parsed(source: str, given: str) -> HtmlElement | None:
    """Parse a page; raises ArticleError where it is too much to be taken apart."""
    data = source.encode("utf-8", "surrogatepass")
    options = {"encoding": "utf-8", "remove_comments": True, "remove_pis": True, "huge_tree": True}
    counting = etree.HTMLParser(target=_Shape(given), **options)
    with suppress(etree.LxmlError):  # whatever is wrong with it otherwise is found when it is parsed
        for start in range(0, len(data), _PIECE):  # lxml raises what its target does at the end of a piece
            counting.feed(data[start : start + _PIECE])
        counting.close()
    if len(data) < _LARGE:
        tree = trafilatura.load_html(source)
        if tree is None or tree.tag == "html":
            return tree
    # Also a page that is one element alone: what is to be left out of it cannot be its root.
    with suppress(etree.LxmlError):
        return document_fromstring(data, parser=HTMLParser(collect_ids=False, default_doctype=False, **options))
    return None


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
        raise ArticleError(given, f"not a gzip file ({error}); fetch it again, or drop .gz from its name") from error
    if len(page) > base.LIMIT:
        raise ArticleError(given, too_large())
    if not unzip.eof:
        raise ArticleError(given, "the gzip file is cut off; fetch it again")
    return page


def _decoded(data: bytes, given: str, charset: str | None) -> str:
    """Decode by byte order mark, as UTF-8, or else by the encoding that came with the page or that it declares."""
    try:
        return decoded(data, given)
    except ArticleError:
        name = (_codec(charset) if charset else None) or _declared(data)
        if name is None or b"\0" in data:
            raise
    try:
        return data.decode(name)
    except (LookupError, UnicodeDecodeError) as error:
        raise ArticleError(given, f"neither UTF-8 nor {name}, the encoding it declares; convert it to UTF-8") from error


def _declared(data: bytes) -> str | None:
    """Return the codec of the encoding that a page declares, or None where it says nothing or UTF-8."""
    match = _CHARSET.search(data[:4096])
    return _codec((match[1] or match[2]).decode("latin-1")) if match else None


def _codec(charset: str) -> str | None:
    """Return the codec of an encoding's name as browsers read it, or None for UTF-8 and what is no encoding."""
    try:
        name = codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        return None
    return None if name == "utf-8" else "cp1252" if name in _WINDOWS else name


def _text(body: HtmlElement) -> str:
    joined = "".join(_pieces(body, ""))
    # Each of these begins where a run of white space does; from inside of a long one the search would take for ever.
    joined = re.sub(rf"(?<!\s)\s*[{_BLOCK}{_LINE}]\s*", lambda run: "\n\n" if _BLOCK in run[0] else "\n", joined)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<![ \t])[ \t]+\n", "\n", joined)).strip()


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
    within = tag if tag == "cell" or (tag == "item" and not inside) else inside
    yield mark
    yield _spaced(element.text, within)
    for child in element:
        yield from _pieces(child, within)
    yield mark
    yield (element.tail or "").strip() if tag == "cell" else _spaced(element.tail, inside)


def _spaced(text: str | None, inside: str) -> str:
    # The lines of a page's source are no lines of a table.
    return re.sub(r"\s+", " ", text or "") if inside == "cell" else text or ""
