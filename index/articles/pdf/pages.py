"""The pages of a PDF: their lines and where they stand, read by PDFium in a process of its own.

    python -P pages.py FILE

writes a JSON object a line: what the document says of itself, then each page's lines. It is a program because PDFium is
C++ and files can be made to keep it busy or to break it: a process can be limited, and ended. It imports nothing of
ours, so that it starts in a tenth of a second.
"""

import ctypes
import json
import math
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ctypes import byref, c_double, create_string_buffer
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2_raw as pdfium

MEMORY = 1_000_000_000  # bytes
SECONDS = 14  # of a processor
TEXT = 10_000_000  # characters
LINES = 200_000
_WRONG = {pdfium.FPDF_ERR_PASSWORD: "password", pdfium.FPDF_ERR_SECURITY: "security"}
_FIELDS = ("Title", "Author", "Creator", "Producer", "CreationDate")
_GAP = 1.2  # heights of a letter, from which on two pieces of a line stand apart
_QUARTER = math.pi / 2
_LEANING = 0.1  # radians from upright, from which on a line is a watermark
_HYPHEN = "\ufffe"
_LONGEST = 4000  # bytes of a value in UTF-16

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the page's lower left corner."""

Line = tuple[int, float, int, float, list[tuple[Box, str]]]
"""How many quarter turns clockwise it is from upright (-1: it leans), how high and how bold its letters are, how high
up they stand, and its pieces."""


def main(path: str) -> None:
    """Write what is in a file."""
    _limit()
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadDocument(path.encode("utf-8", "surrogateescape"), None)
    if not document:
        return _write({"wrong": _WRONG.get(pdfium.FPDF_GetLastError(), "format")})
    count = pdfium.FPDF_GetPageCount(document)
    _write({"pages": count, **_said(document)})
    length = drawn = 0
    for number in range(count):
        if time.process_time() > SECONDS:
            return _write({"wrong": "time", "read": number})
        lines = list(_page(document, number))
        drawn += len(lines)
        length += sum(len(text) for *_, pieces in lines for _, text in pieces)
        if length > TEXT or drawn > LINES:
            return _write({"wrong": "text", "read": number})
        _write({"lines": lines})
    return None


def _limit() -> None:
    with suppress(ImportError):  # Windows has no such limits; the reader ends this process in time
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS + 2, SECONDS + 2))


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _said(document: Any) -> dict[str, str]:
    """Return what a document says of itself."""
    said = {}
    for name in _FIELDS:
        buffer = create_string_buffer(_LONGEST)
        size = pdfium.FPDF_GetMetaText(document, name.encode(), buffer, _LONGEST)
        said[name] = buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "ignore") if size <= _LONGEST else ""
    language = (pdfium.FPDF_WCHAR * 100)()
    size = pdfium.FPDFCatalog_GetLanguage(document, language, 200)
    said["Language"] = bytes(language)[: max(size - 2, 0)].decode("utf-16-le", "ignore") if size <= 200 else ""
    return said


def _page(document: Any, number: int) -> Iterator[Line]:
    """Yield a page's lines as they come in the file."""
    page = pdfium.FPDF_LoadPage(document, number)
    text = pdfium.FPDFText_LoadPage(page) if page else None
    if text:
        yield from _lines(text)
        pdfium.FPDFText_ClosePage(text)
    if page:
        pdfium.FPDF_ClosePage(page)


def _lines(page: Any) -> Iterator[Line]:
    count = pdfium.FPDFText_CountChars(page)
    buffer = create_string_buffer(2 * count + 2)
    size = pdfium.FPDFText_GetText(page, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    start = 0
    # PDFium puts the mark in the place of a hyphen at a line's end, and does not end the line there.
    for line in re.split(f"(?<={_HYPHEN})|\r\n", _decoded(buffer.raw[: max(2 * size - 2, 0)])):
        if line.strip():
            first, last = (pdfium.FPDFText_GetCharIndexFromTextIndex(page, i) for i in (start, start + len(line) - 1))
            if 0 <= first <= last and (found := _line(page, line.replace(_HYPHEN, "-"), first, last)):
                yield found
        start += len(line) + (0 if line.endswith(_HYPHEN) else 2)


def _decoded(data: bytes) -> str:
    return data.decode("utf-16-le", "replace")


def _line(page: Any, line: str, first: int, last: int) -> Line | None:
    """Describe the line from the ``first`` to the ``last`` character of a page."""
    angle = pdfium.FPDFText_GetCharAngle(page, first)
    quarters = round(angle / _QUARTER)
    turns = quarters % 4 if abs(angle - quarters * _QUARTER) < _LEANING else -1
    # Three letters stand for all: one may be a bullet, a footnote's mark or of another font.
    sample = [min(first + _letter(line, len(line) * i // 4), last) for i in (1, 2, 3)]
    height = median(_height(page, i, turns) for i in sample)
    weight = min(pdfium.FPDFText_GetFontWeight(page, i) for i in sample)
    base = median(_base(page, i, turns) for i in sample)
    boxes = [_turned(box, turns) for box in _boxes(page, first, last)]
    if not boxes:
        return None
    apart = any(after[0] - before[2] > _GAP * height for before, after in pairwise(boxes))
    pieces = list(_pieces(page, first, last, turns, height)) if apart and turns == 0 else [(_around(boxes), line)]
    return turns, round(height, 1), weight, round(base, 1), pieces


def _letter(line: str, place: int) -> int:
    """Return where the next letter before a place is, or after it."""
    return max(len(line[: place + 1].rstrip()) - 1, len(line) - len(line.lstrip()))


def _height(page: Any, letter: int, turns: int) -> float:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(page, letter, byref(box))
    return float(box.right - box.left if turns % 2 else box.top - box.bottom)


def _base(page: Any, letter: int, turns: int) -> float:
    x, y = c_double(), c_double()
    pdfium.FPDFText_GetCharOrigin(page, letter, byref(x), byref(y))
    return _turned((x.value, y.value, x.value, y.value), turns)[1]


def _boxes(page: Any, first: int, last: int) -> Iterator[Box]:
    left, top, right, bottom = (c_double() for _ in range(4))
    for i in range(pdfium.FPDFText_CountRects(page, first, last - first + 1)):
        pdfium.FPDFText_GetRect(page, i, byref(left), byref(top), byref(right), byref(bottom))
        yield left.value, bottom.value, right.value, top.value


def _turned(box: Box, turns: int) -> Box:
    """Return a box as it stands on the page that is turned so that its text is upright."""
    left, bottom, right, top = box
    turned = {1: (-top, left, -bottom, right), 2: (-right, -top, -left, -bottom), 3: (bottom, -right, top, -left)}
    return turned.get(turns, box)


def _around(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return round(min(lefts), 1), round(min(bottoms), 1), round(max(rights), 1), round(max(tops), 1)


def _pieces(page: Any, first: int, last: int, turns: int, height: float) -> Iterator[tuple[Box, str]]:
    """Yield the parts of a line that stand apart, as the cells of a table do."""
    left, right, bottom, top = (c_double() for _ in range(4))
    text = ""
    boxes: list[Box] = []
    for i in range(first, last + 1):
        character = chr(pdfium.FPDFText_GetUnicode(page, i))
        pdfium.FPDFText_GetCharBox(page, i, byref(left), byref(right), byref(bottom), byref(top))
        if not character.isspace():
            if boxes and left.value - boxes[-1][2] > _GAP * height:
                yield _around(boxes), text
                text, boxes = "", []
            boxes.append((left.value, bottom.value, right.value, top.value))
        text += character
    if boxes:
        yield _around(boxes), text


if __name__ == "__main__":
    main(sys.argv[1])
