"""The text of a document as it is put together: paragraphs, items of lists, rows of tables, notes, and marks."""

import re
from dataclasses import dataclass, field

from index.types import Locator

_SPACES = re.compile(r"[ \t\r\f\v]+")
_EDGES = re.compile(r" ?\n ?")


@dataclass(slots=True)
class _Block:
    """Some text; what follows with the same ``group`` stands in the next line, else after a blank one."""

    text: str
    group: object = None
    marks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Paragraph:
    pieces: list[str] = field(default_factory=list)
    boxes: list[_Block] = field(default_factory=list)


class Flow:
    """A document's text, written from its beginning to its end.

    What is opened must be closed; what stands in a box in the middle of a paragraph comes after it.
    """

    def __init__(self) -> None:
        self.heading: str | None = None
        self._stack: list[list[_Block]] = [[]]
        self._rows: list[list[str]] = []
        self._paragraphs: list[_Paragraph] = []
        self._notes: list[_Block] = []
        self._marks: list[str] = []

    def mark(self, label: str) -> None:
        """Name the place where the next block begins."""
        self._marks.append(label)

    def open_paragraph(self) -> None:
        """Begin a paragraph, perhaps inside of another's box."""
        self._paragraphs.append(_Paragraph())

    def write(self, text: str) -> None:
        """Add to the paragraph that is open; what stands outside of one is no text."""
        if self._paragraphs:
            self._paragraphs[-1].pieces.append(text)

    def close_paragraph(self, group: object = None, *, heading: bool = False, kept: bool = False) -> None:
        """End a paragraph; ``kept`` is one whose layout stays as it is."""
        paragraph = self._paragraphs.pop()
        text = "".join(paragraph.pieces)
        text = text.strip("\n") if kept else _EDGES.sub("\n", _SPACES.sub(" ", text)).strip()
        if text.strip():
            self._stack[-1].append(_Block(text, group, self._marks))
            self._marks = []
            if heading and self.heading is None:
                self.heading = " ".join(text.split())
        self._stack[-1] += paragraph.boxes

    def open_box(self) -> None:
        """Begin a text box, a cell or a note."""
        self._stack.append([])

    def close_box(self) -> None:
        """End a text box: it comes after the paragraph that it is anchored in."""
        (self._paragraphs[-1].boxes if self._paragraphs else self._stack[-2]).extend(self._stack.pop())

    def close_note(self) -> None:
        """End a note: it comes after all else."""
        self._notes += self._stack.pop()

    def open_row(self) -> None:
        """Begin a row of a table."""
        self._rows.append([])

    def close_cell(self) -> None:
        """End a cell, which is one line of its row."""
        blocks = self._stack.pop()
        self._marks = [mark for block in blocks for mark in block.marks] + self._marks
        if self._rows:
            self._rows[-1].append(" ".join(block.text.replace("\n", " ") for block in blocks))

    def close_row(self, table: object) -> None:
        """End a row of ``table``."""
        cells = self._rows.pop()
        if any(cells):
            self._stack[-1].append(_Block(" | ".join(cells).strip(), table, self._marks))
            self._marks = []

    def text(self) -> tuple[str, tuple[Locator, ...]]:
        """Return all text, notes at its end, and the places that were marked."""
        parts: list[str] = []
        locators = []
        length = 0
        last: object = None
        for block in self._stack[0] + self._notes:
            gap = "" if not parts else "\n" if block.group is not None and block.group == last else "\n\n"
            length += len(gap)
            locators += [Locator(length, label) for label in block.marks[-1:]]
            parts += [gap, block.text]
            length += len(block.text)
            last = block.group
        return "".join(parts), tuple(locators)
