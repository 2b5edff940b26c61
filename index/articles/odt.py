"""Text documents of LibreOffice and others (ODT): what a reader sees of their text, and the properties they state."""

from collections.abc import Iterator
from pathlib import Path

from index.articles.base import Draft, shown
from index.articles.flow import Flow
from index.articles.package import Package, opened

_PREFIXES = {
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office:",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text:",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table:",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw:",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style:",
    "urn:oasis:names:tc:opendocument:xmlns:meta:1.0": "meta:",
    "http://purl.org/dc/elements/1.1/": "dc:",
}
# What was deleted, comments, marks of notes, indexes made of the text, forms, formulas, hidden fields and ruby.
_UNSEEN = frozenset(
    (
        *("text:tracked-changes", "office:annotation", "text:note-citation", "office:forms", "draw:object"),
        *("text:table-of-content", "text:alphabetical-index", "text:illustration-index", "text:table-index"),
        *("text:object-index", "text:user-index", "text:hidden-text", "text:ruby-text", "text:sequence-decls"),
        *("svg:title", "svg:desc", "text:variable-decls", "text:user-field-decls"),
    )
)
_PARAGRAPHS = ("text:p", "text:h")
_BOXES = ("draw:text-box", "table:table-cell", "text:note-body")


def read(path: Path) -> Iterator[Draft]:
    """Read one document: paragraphs, items of lists, tables, text boxes, and at the end its notes.

    A blank line stands between blocks; items and rows (cells joined by " | ") have one line each. What is hidden, what
    was deleted while changes were recorded, comments, running heads and indexes are left out.

    Raises:
        ArticleError: it is no such document, damaged, password-protected, or too much.
    """
    with opened(path, "text document (.odt)", "content.xml") as package:
        if b"encryption-data" in (package.part("META-INF/manifest.xml") or b""):
            raise package.protected()
        flow = Flow()
        package.tell("content.xml", _Body(flow))
        text, _ = flow.text()
        fields = _properties(package)
    yield Draft(given=shown(path), text=text, fields=fields, found_in="document properties", heading=flow.heading)


def _properties(package: Package) -> dict[str, object]:
    tree = package.xml("meta.xml")
    found = {_short(child.tag): child.text for child in tree.iter("{*}*")} if tree is not None else {}
    return {
        "title": found.get("dc:title"),
        "authors": found.get("meta:initial-creator") or found.get("dc:creator"),
        "published": found.get("meta:creation-date"),
        "language": found.get("dc:language"),
    }


def _short(name: str) -> str:
    namespace, _, local = name[1:].partition("}")
    return _PREFIXES.get(namespace, "svg:" if "svg" in namespace else "") + local


class _Body:
    """The text of the document, as it goes into a flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.path: list[str] = []
        self.unseen = 0  # elements that are open inside of one that is not shown, it included
        self.items: list[int] = []  # the outermost list of the one that is open, a list in a box for itself
        self.tables: list[int] = []
        self.count = 0  # of lists and tables
        self.hidden: set[str] = set()  # styles
        self._style = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = _short(tag)
        self.path.append(name)
        if self.unseen or name in _UNSEEN or self._is_hidden(name, attributes):
            self.unseen += 1
        elif name == "style:style":
            self._style = _value(attributes, "name")
        elif name == "style:text-properties" and _value(attributes, "display") == "none":
            self.hidden.add(self._style)
        elif name in _PARAGRAPHS:
            self.flow.open_paragraph()
        elif name in _BOXES:
            self.flow.open_box()
            self.items.append(0)
        elif name == "table:table":
            self.count += 1
            self.tables.append(self.count)
        elif name == "table:table-row":
            self.flow.open_row()
        elif name == "text:list":
            self.count += 1
            self.items.append(self.items[-1] if self.items and self.items[-1] else self.count)
        else:
            self._sign(name, attributes)

    def end(self, tag: str) -> None:
        """End an element."""
        name = self.path.pop()
        hidden = bool(self.unseen)
        if self.unseen:
            self.unseen -= 1
        elif name in _PARAGRAPHS:
            listed = self.items[-1] if self.items else 0
            self.flow.close_paragraph(
                ("list", listed) if listed and name == "text:p" else None, heading=name == "text:h"
            )
        elif name == "draw:text-box":
            self.flow.close_box()
        elif name == "text:note-body":
            self.flow.close_note()
        elif name == "table:table-cell":
            self.flow.close_cell()
        elif name == "table:table-row":
            self.flow.close_row(("table", self.tables[-1] if self.tables else 0))
        elif name == "table:table":
            self.tables.pop()
        elif name == "text:list":
            self.items.pop()
        if name in _BOXES and not hidden:
            self.items.pop()

    def data(self, text: str) -> None:
        """Take text, where it is shown and stands in a paragraph."""
        if not self.unseen and any(name in _PARAGRAPHS for name in reversed(self.path)):
            self.flow.write(" ".join(text.split("\n")))

    def _sign(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("text:s", "text:tab"):
            self.flow.write(" ")
        elif name == "text:line-break":
            self.flow.write("\n")

    def _is_hidden(self, name: str, attributes: dict[str, str]) -> bool:
        if name == "text:section":
            return _value(attributes, "display") == "none"
        if name == "text:hidden-paragraph":
            return _value(attributes, "is-hidden") == "true"
        return name in ("text:span", *_PARAGRAPHS) and _value(attributes, "style-name") in self.hidden


def _value(attributes: dict[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if key.endswith("}" + name)), "")
