"""Word documents (DOCX): what a reader sees of their text, and the properties that they state."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.articles.base import Draft, shown
from index.articles.flow import Flow
from index.articles.package import Package, opened

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w:",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w:",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m:",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
}
# What was deleted or moved away, how it looked before, what a field is made of, what stands a second time for old
# programs, and ruby.
_UNSEEN = frozenset(
    ("w:del", "w:moveFrom", "w:pPrChange", "w:rPrChange", "w:instrText", "w:delInstrText", "mc:Fallback", "w:rt")
)
_SIGNS = {"w:tab": " ", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "\N{NON-BREAKING HYPHEN}", "w:ptab": " "}
_LINEAGE = 12  # styles that are based on one another; Word allows eleven
_OFF = ("0", "false", "off", "none")
# What python-docx writes into every document, whoever makes it and whenever.
_TEMPLATE = ("2013-12-23T23:15:00Z", "python-docx")


def read(path: Path) -> Iterator[Draft]:
    """Read one document: paragraphs, items of lists, tables, text boxes, and at the end its notes.

    A blank line stands between blocks; items and rows (cells joined by " | ") have one line each. What is hidden, what
    was deleted while changes were tracked, comments, running heads and the table of contents are left out.

    Raises:
        ArticleError: it is no such document, damaged, password-protected, or too much.
    """
    with opened(path, "Word document (.docx)", "[Content_Types].xml") as package:
        main = _main(package)
        styles = _Styles()
        package.tell(_beside(main, "styles.xml"), styles)
        flow = Flow()
        package.tell(main, _Body(flow, styles))
        for notes in ("footnotes.xml", "endnotes.xml"):
            package.tell(_beside(main, notes), _Body(flow, styles))
        text, _ = flow.text()
        fields = _properties(package)
    yield Draft(given=shown(path), text=text, fields=fields, found_in="document properties", heading=flow.heading)


def _main(package: Package) -> str:
    """Return the name of the part that holds the text."""
    tree = package.xml("_rels/.rels")
    for relation in [] if tree is None else tree:
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _beside(main: str, name: str) -> str:
    return posixpath.join(posixpath.dirname(main), name)


def _properties(package: Package) -> dict[str, object]:
    tree = package.xml("docProps/core.xml")
    stated = [] if tree is None else [child for child in tree if isinstance(child.tag, str)]
    found = {_short(child.tag): child.text for child in stated if child.text not in _TEMPLATE}
    return {
        "title": found.get("dc:title"),
        "authors": found.get("dc:creator"),
        "published": found.get("dcterms:created"),
        "language": found.get("dc:language"),
    }


def _short(tag: str) -> str:
    namespace, _, name = tag[1:].partition("}")
    return _PREFIXES.get(namespace, "") + name


def _is_on(attributes: dict[str, str]) -> bool:
    return _value(attributes).lower() not in _OFF


def _value(attributes: dict[str, str], name: str = "val") -> str:
    return next((value for key, value in attributes.items() if key.endswith("}" + name)), "")


class _Part:
    """A part's elements with short names; ``path`` are those that are open."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self._names: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = self._names.get(tag) or self._names.setdefault(tag, _short(tag))
        self.path.append(name)
        self.opened(name, attributes)

    def end(self, tag: str) -> None:
        """End an element."""
        self.closed(self.path.pop())

    def data(self, text: str) -> None:
        """Pass over text."""

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element's name and attributes."""

    def closed(self, name: str) -> None:
        """Take the name of an element that ends."""


class _Styles(_Part):
    """What the styles of a document say: which are hidden, lists, headings or contents."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self._based: dict[str, str] = {}
        self._hidden: set[str] = set()
        self._lists: dict[str, str] = {}
        self._style = ""

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take what a style says."""
        if name == "w:style":
            self._style = _value(attributes, "styleId")
        elif name == "w:name":
            self.names[self._style] = _value(attributes).casefold()
        elif name == "w:basedOn":
            self._based[self._style] = _value(attributes)
        elif name == "w:vanish" and _is_on(attributes):
            self._hidden.add(self._style)
        elif name == "w:numId":
            self._lists[self._style] = _value(attributes)

    def is_hidden(self, style: str) -> bool:
        """Tell whether text of a style is not shown."""
        return any(name in self._hidden for name in self._line(style))

    def list_of(self, style: str) -> str:
        """Return the list that paragraphs of a style are items of, or ""."""
        return next((self._lists[name] for name in self._line(style) if name in self._lists), "")

    def is_heading(self, style: str) -> bool:
        """Tell whether a style is that of headings, which may be numbered like items."""
        return any(self.names.get(name, "").startswith(("heading", "title")) for name in self._line(style))

    def is_contents(self, style: str) -> bool:
        """Tell whether a style is that of the lines of a table of contents."""
        return self.names.get(style, "").startswith("toc ")

    def _line(self, style: str) -> Iterator[str]:
        for _ in range(_LINEAGE):
            yield style
            style = self._based.get(style, "")
            if not style:
                return


@dataclass(slots=True)
class _Paragraph:
    """What is said of a paragraph before its text."""

    style: str = ""
    list: str | None = None
    level: str = "0"
    hidden: bool = False
    merged: bool = False  # the mark at its end was deleted, so that the next goes on in its line


class _Body(_Part):
    """The text of a part, as it goes into a flow."""

    def __init__(self, flow: Flow, styles: _Styles) -> None:
        super().__init__()
        self.flow = flow
        self.styles = styles
        self.unseen = 0  # elements that are open inside of one that is not shown, it included
        self.hidden = False  # the run
        self.paragraphs: list[_Paragraph] = []
        self.tables: list[int] = []
        self.count = 0  # of tables
        self.list: object = None  # that the last paragraph is an item of
        self.waiting = False  # a paragraph, for the next to go on in it

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        inside = self.path[-2] if len(self.path) > 1 else ""
        note = name in ("w:footnote", "w:endnote")
        if self.unseen or (name in _UNSEEN and inside != "w:rPr") or (note and _value(attributes, "type")):
            self.unseen += 1  # a note with a type is the line above the notes
        elif name == "w:p":
            if not self.waiting:
                self.flow.open_paragraph()
            self.waiting = False
            self.paragraphs.append(_Paragraph())
        elif name in ("w:txbxContent", "w:tc") or note:
            self._settle()
            self.flow.open_box()
        elif name == "w:tr":
            self.flow.open_row()
        elif name == "w:tbl":
            self._settle()
            self.count += 1
            self.tables.append(self.count)
        elif name == "w:r":
            self.hidden = False
        elif self.paragraphs:
            self._property(name, attributes, inside)

    def closed(self, name: str) -> None:
        """End an element."""
        if self.unseen:
            self.unseen -= 1
        elif name == "w:p":
            self._close_paragraph(self.paragraphs.pop())
        elif name in ("w:txbxContent", "w:tc", "w:footnote", "w:endnote", "w:body"):
            self._settle()
            if name == "w:txbxContent":
                self.flow.close_box()
            elif name == "w:tc":
                self.flow.close_cell()
            elif name != "w:body":
                self.flow.close_note()
        elif name == "w:tr":
            self.flow.close_row(("table", self.tables[-1] if self.tables else 0))
        elif name == "w:tbl":
            self.tables.pop()

    def data(self, text: str) -> None:
        """Take text, where it is shown."""
        if self.path[-1] in ("w:t", "m:t") and not self.unseen:
            self._write(text)

    def _write(self, text: str) -> None:
        if self.paragraphs and not (self.hidden or self.paragraphs[-1].hidden):
            self.flow.write(text)

    def _property(self, name: str, attributes: dict[str, str], inside: str) -> None:
        """Take what is said of a paragraph or a run, or a sign in it."""
        paragraph, outside = self.paragraphs[-1], self.path[-3]
        if name in _SIGNS and inside == "w:r":
            self._write(_SIGNS[name])
        elif name == "w:pStyle" and inside == "w:pPr":
            paragraph.style = _value(attributes)
            paragraph.hidden = self.styles.is_hidden(paragraph.style) or self.styles.is_contents(paragraph.style)
        elif name == "w:numId" and inside == "w:numPr":
            paragraph.list = _value(attributes)
        elif name == "w:ilvl" and inside == "w:numPr":
            paragraph.level = _value(attributes)
        elif inside == "w:rPr" and outside == "w:pPr":
            paragraph.merged |= name in ("w:del", "w:moveFrom")
        elif inside == "w:rPr" and outside == "w:r":
            self.hidden |= name == "w:vanish" and _is_on(attributes)
            self.hidden |= name == "w:rStyle" and self.styles.is_hidden(_value(attributes))

    def _close_paragraph(self, paragraph: _Paragraph) -> None:
        if paragraph.merged:
            self._settle()
            self.waiting = True
            return
        heading = self.styles.is_heading(paragraph.style)
        items = paragraph.list if paragraph.list is not None else self.styles.list_of(paragraph.style)
        if heading or items in ("", "0"):
            self.list = None
        elif self.list is None or paragraph.level == "0":  # a list inside of one goes on with it
            self.list = ("list", items)
        self.flow.close_paragraph(self.list, heading=heading)

    def _settle(self) -> None:
        """End the paragraph that waits for the next, as there is none."""
        if self.waiting:
            self.flow.close_paragraph()
        self.waiting = False
