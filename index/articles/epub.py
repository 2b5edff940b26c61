"""Books (EPUB): the text of their chapters in order, one article a book, with the chapters as its places."""

import posixpath
import re
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path
from urllib.parse import unquote, urldefrag

from lxml import etree  # type: ignore[import-untyped]

from index.articles import charset, html
from index.articles.base import Draft, line, shown
from index.articles.flow import Flow
from index.articles.package import Package, opened
from index.errors import ArticleError
from index.types import Locator

_CONTAINER = "META-INF/container.xml"
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "fieldset",
        ),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "dl")
_UNSEEN = frozenset(
    ("head", "script", "style", "svg", "math", "rt", "rp", "template", "audio", "video", "object", "iframe")
)
# The number of a note, or of a page in print, and the way back from a note.
_MARKS = {"noteref", "pagebreak", "doc-noteref", "doc-pagebreak", "backlink", "doc-backlink"}
_NUMBER = re.compile(r"[\[(]?\d{1,3}[\])]?|[*†‡§↩]+\ufe0e?")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_KEPT = (b"amp", b"lt", b"gt", b"quot", b"apos")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_WHITE = re.compile(r"[ \t\r\n\f]+")
_TYPE = "{http://www.idpf.org/2007/ops}type"
_CHAPTER = 9_000_000  # bytes; in more, the parser leaves out the rest
_TAGS = 1_000_000  # of a whole book; what is more takes too long


def read(path: Path) -> Iterator[Draft]:
    """Read one book: its chapters in the order in which they are read, as its package says.

    A blank line stands between blocks; items of lists and rows of tables (cells joined by " | ") have one line each.
    The table of contents names the chapters; without one, their headings do. The book's pictures, the contents
    themselves and the marks of notes are left out; notes stand where the book has them.

    Raises:
        ArticleError: it is no book, damaged, encrypted by whoever sells it, or too much.
    """
    with opened(path, "book (.epub)", _CONTAINER) as package:
        book = _Book(package)
        text, locators = book.text()
        fields = book.properties()
    yield Draft(given=shown(path), text=text, fields=fields, found_in="document properties", locators=locators)


class _Book:
    """What the package of a book says: its properties, its chapters and their names."""

    def __init__(self, package: Package) -> None:
        self.package = package
        container = package.xml(_CONTAINER)
        roots = [] if container is None else _all(container, "rootfile")
        self.place = roots[0].get("full-path", "") if roots else ""
        tree = package.xml(self.place)
        if tree is None:
            raise ArticleError(package.given, "damaged: the part that lists its chapters is missing; download it again")
        self.tree = tree
        self.items = {item.get("id"): item for item in _all(tree, "item")}

    def properties(self) -> dict[str, object]:
        """Return the title, the authors, the publisher, the day of publication and the language."""
        stated: dict[str, list[etree._Element]] = {}
        for element in self.tree.iter("{http://purl.org/dc/elements/1.1/}*"):
            stated.setdefault(_name(element), []).append(element)
        dates = {_attribute(date, "event"): date.text for date in reversed(stated.get("date", []))}
        roles = {
            meta.get("refines", "").removeprefix("#"): meta.text
            for meta in _all(self.tree, "meta")
            if meta.get("property") == "role"
        }
        authors = [
            person.text
            for person in stated.get("creator", [])
            if (_attribute(person, "role") or roles.get(person.get("id")) or "aut") == "aut"
        ]
        first = {name: elements[0].text for name, elements in stated.items()}
        return {
            "title": first.get("title"),
            "authors": authors,
            "source": first.get("publisher"),
            "published": dates.get("publication") or dates.get(""),
            "language": first.get("language"),
        }

    def text(self) -> tuple[str, tuple[Locator, ...]]:
        """Return the text of all chapters and where each begins."""
        flow = Flow()
        named = self._contents()
        locked = self._locked()
        tags = number = 0
        for name in self._chapters():
            if name in locked:
                raise ArticleError(self.package.given, "encrypted by whoever sells it (DRM); use a copy that is not")
            data = self.package.part(name)
            if data is None:
                continue
            tags += data.count(b"<")
            if tags > _TAGS:
                raise self.package.too_much()
            tree = self._tree(data)
            if tree is None:
                continue
            number += 1
            marks = dict(named.get(name, {}))
            if not named:
                heading = next((_words(element) for element in tree.iter() if _name(element) in _HEADINGS), "")
                marks = {"": f"ch. {number} {heading}".strip()}
            try:
                _Chapter(flow, marks).write(tree)
            except RecursionError as error:
                raise self.package.too_much() from error
        return flow.text()

    def _chapters(self) -> list[str]:
        """Return the parts that are read one after the other, each once."""
        found = []
        for reference in _all(self.tree, "itemref"):
            item = self.items.get(reference.get("idref"))
            if item is None or reference.get("linear") == "no" or item.get("media-type") not in _PAGES:
                continue
            if "nav" not in item.get("properties", "").split():
                found.append(_resolved(self.place, item.get("href", ""))[0])
        return list(dict.fromkeys(found))

    def _contents(self) -> dict[str, dict[str, str]]:
        """Return the labels of the table of contents, by part and by the place in it."""
        found: dict[str, dict[str, str]] = {}
        for place, href, label in self._entries():
            name, fragment = _resolved(place, href)
            if label:
                found.setdefault(name, {})[fragment] = label
        return found

    def _entries(self) -> Iterator[tuple[str, str, str]]:
        """Yield where the table of contents lies, to what an entry of it leads, and its label."""
        for item in self.items.values():
            place = _resolved(self.place, item.get("href", ""))[0]
            if "nav" in item.get("properties", "").split():
                data = self.package.part(place)
                tree = None if data is None else self._tree(data)
                tables = [] if tree is None else _all(tree, "nav")
                chosen = [nav for nav in tables if "toc" in nav.get(_TYPE, "").split()] or tables
                for link in [] if not chosen else _all(chosen[0], "a"):
                    yield place, link.get("href", ""), _words(link)
                return
        for item in self.items.values():
            if item.get("media-type") == "application/x-dtbncx+xml":
                place = _resolved(self.place, item.get("href", ""))[0]
                tree = self.package.xml(place)
                for point in [] if tree is None else _all(tree, "navPoint"):
                    labels = [_words(child) for child in point if _name(child) == "navlabel"]
                    places = [child.get("src", "") for child in point if _name(child) == "content"]
                    yield place, "".join(places[:1]), "".join(labels[:1])

    def _locked(self) -> frozenset[str]:
        tree = self.package.xml("META-INF/encryption.xml")
        return frozenset(unquote(x.get("URI", "")) for x in ([] if tree is None else _all(tree, "CipherReference")))

    def _tree(self, data: bytes) -> etree._Element | None:
        """Return a chapter as a tree, or None where nothing is in it; entities of its own are left out."""
        if len(data) > _CHAPTER:
            raise self.package.too_much()
        data = _NAMED.sub(_numbered, data)
        try:
            return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except (etree.XMLSyntaxError, ValueError):
            source, _ = charset.text(data, self.package.given)
            return html.parsed(source, self.package.given) if source.strip() else None


def _all(tree: etree._Element, name: str) -> list[etree._Element]:
    return list(tree.iter("{*}" + name))


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _words(element: etree._Element) -> str:
    return line("".join(element.itertext()))


def _resolved(place: str, address: str) -> tuple[str, str]:
    """Return the name of the part that an address in the part ``place`` leads to, and the place in it."""
    address, fragment = urldefrag(address)
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(address))), unquote(fragment)


def _numbered(entity: re.Match[bytes]) -> bytes:
    """Return a named character of HTML by its number, as XML knows it."""
    if entity[1] in _KEPT:
        return entity[0]
    return "".join(f"&#{ord(c)};" for c in html5.get(f"{entity[1].decode()};", "")).encode() or entity[0]


class _Chapter:
    """One chapter, as it goes into a flow; ``marks`` are the labels of its places by their ids, "" its beginning."""

    def __init__(self, flow: Flow, marks: dict[str, str]) -> None:
        self.flow = flow
        self.marks = marks
        self.rows = 0  # that are open
        self.group: object = None  # what the paragraph that is open belongs to

    def write(self, tree: etree._Element) -> None:
        """Write all that is shown."""
        if label := self.marks.pop("", ""):
            self.flow.mark(label)
        self.flow.open_paragraph()
        self._element(next(iter(_all(tree, "body")), tree), kept=False)
        self.flow.close_paragraph()

    def _element(self, element: etree._Element, *, kept: bool) -> None:
        name = _name(element)
        if not _is_shown(element, name):
            return
        if name == "br":
            self.flow.write("\n")
        elif name == "tr":
            self._cut()
            self.flow.open_row()
            self.rows += 1
            self._inside(element, kept=False)
            self.rows -= 1
            table = next((parent for parent in element.iterancestors("{*}table")), None)
            self.flow.close_row(table)
        elif name in ("td", "th") and self.rows:
            self.flow.open_box()
            self.flow.open_paragraph()
            self._inside(element, kept=False)
            self.flow.close_paragraph()
            self.flow.close_cell()
        elif name in _BLOCKS:
            self._cut()
            outer = self.group
            self.group = element if name in _LISTS and outer is None else outer
            self._inside(element, kept=kept or name == "pre")
            self._cut(heading=name in _HEADINGS, kept=kept or name == "pre")
            self.group = outer
        else:
            self._inside(element, kept=kept)

    def _inside(self, element: etree._Element, *, kept: bool) -> None:
        """Write what stands in an element: its text, and its children with the text after each."""
        for place in (element.get("id"), element.get("name")):
            if place and (label := self.marks.pop(place, "")):
                self.flow.mark(label)
        self._write(element.text, kept=kept)
        for child in element:
            self._element(child, kept=kept)
            self._write(child.tail, kept=kept)

    def _write(self, text: str | None, *, kept: bool) -> None:
        if text:
            self.flow.write(text if kept else _WHITE.sub(" ", text))

    def _cut(self, *, heading: bool = False, kept: bool = False) -> None:
        """End the paragraph that is open and begin another."""
        self.flow.close_paragraph(self.group, heading=heading, kept=kept)
        self.flow.open_paragraph()


def _is_shown(element: etree._Element, name: str) -> bool:
    if not name or name in _UNSEEN or name == "nav" or element.get("hidden") is not None:
        return False
    if name == "a" and "#" in element.get("href", "") and _is_mark(element):
        return False
    kinds = {*element.get(_TYPE, "").split(), *element.get("role", "").split()}
    return not kinds & _MARKS and not _HIDDEN.search(element.get("style", ""))


def _is_mark(link: etree._Element) -> bool:
    """Tell whether a link is the number of a note: raised, or right behind a word; or the way back from one."""
    words = _words(link)
    if not _NUMBER.fullmatch(words):
        return False
    if "↩" in words or _all(link, "sup") or any(_name(outer) == "sup" for outer in link.iterancestors()):
        return True
    before = link.getprevious().tail if link.getprevious() is not None else link.getparent().text
    return bool(before) and (before[-1].isalpha() or before[-1] in ".,;:!?”’»)")
