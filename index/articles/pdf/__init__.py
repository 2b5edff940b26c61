"""PDF documents: their text in reading order, without running heads, each page with its number."""

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from index.articles.base import Draft, shown
from index.articles.pdf.layout import Paragraph, paragraphs
from index.articles.pdf.lines import Line
from index.errors import ArticleError
from index.types import Locator

_PROGRAM = Path(__file__).with_name("pages.py")
_SECONDS = 60  # until its process is ended, whatever else the machine does; its own limit counts its own work
_TAIL = 1_000_000  # bytes, in which the mark is that a file ends with
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_LEADER = re.compile(r"(?<!\s)\s*(?:\.[ ]?|…[ ]?|_){4,}\s*")
_ENOUGH = 20  # letters of a line that tell which way it is written
_HEAVIER = 60  # of a font's weight, from which on it is bold beside another
_HEADING = 1.15  # times the height of the text's letters
_FILE = re.compile(
    r"\.(?:docx?|dotx?|odt|rtf|pdf|tex|dvi|indd|qxp|qxd|pptx?|xlsx?|html?|txt|pages|ps|eps)$", re.IGNORECASE
)
_PROGRAMS = re.compile(r"^(?:Microsoft (?:Word|PowerPoint|Excel)|Slide|Print) ?- ", re.IGNORECASE)
_NAMELESS = frozenset(
    "untitled,title,document,document1,powerpoint presentation,layout 1,no title,none,unknown".split(",")
)
_NOBODY = frozenset("unknown,administrator,admin,user,root,owner,anonymous,author,none".split(","))
_CREATED = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_PRINTED = re.compile(r"mozilla|chrom|firefox|safari|edge", re.IGNORECASE)
_OCR = "run OCR on it first"
_WRONG = {
    "password": "is protected by a password; save it without one",
    "security": "is protected in a way that Quoth does not read; save it without protection",
    "format": "not a PDF document, or too damaged to be read; open it elsewhere and save it again",
}


def read(path: Path) -> Iterator[Draft]:
    """Read one document.

    A paragraph is one line, also across columns and pages; a blank line stands between paragraphs; the items of a list
    and the rows of a table (cells joined by " | ") have one line each. The title is the document's own if it is one
    that somebody would give, else what is written largest on the first page. The day on which it was made is taken for
    that of its publication, unless it was printed from a browser.

    Raises:
        ArticleError: it is protected, cut off or damaged, has no text, or takes too long.
    """
    given = shown(path)
    said, pages = _pages(path, given)
    if not pages:
        raise ArticleError(given, "has no pages; open it elsewhere and save it again")
    found = paragraphs(pages)
    text, locators = _text(found)
    if not text.strip():
        what = "nothing but heads and feet, so its pages are" if any(pages) else "no text: its pages are"
        raise ArticleError(given, f"has {what} pictures; {_OCR}")
    if _unreadable(text):
        raise ArticleError(given, f"its fonts do not say which letters they show; {_OCR}")
    author = said["Author"].strip()
    fields = {
        "title": _title(said["Title"]),
        "authors": author if author.casefold() not in _NOBODY else "",
        "published": _created(said),
        "language": said["Language"],
    }
    yield Draft(
        given=given,
        text=text,
        fields=fields,
        found_in="PDF creation date",
        heading=_heading(found),
        locators=locators,
    )


def _pages(path: Path, given: str) -> tuple[Mapping[str, str], list[list[Line]]]:
    """Have a file read by a process of its own; return what it says of itself, and its pages."""
    command = [sys.executable, "-P", str(_PROGRAM), str(path)]
    try:
        ran = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ArticleError(given, f"was not read within {_SECONDS} seconds; split it") from error
    rows = ran.stdout.splitlines()
    if not rows or ran.returncode:
        _check_whole(path, given)
        raise ArticleError(given, "is too much for a PDF reader, or made to break it; print it to PDF again")
    said, pages = json.loads(rows[0]), []
    for row in map(json.loads, rows[1:]):
        if "wrong" in row:
            limit = "takes too long to read" if row["wrong"] == "time" else "has too much text"
            done = f"{row['read']:,} of {said['pages']:,} pages could be read"
            raise ArticleError(given, f"{limit}: {done}; split it")
        pages.append(row["lines"])
    if "wrong" in said:
        if said["wrong"] == "format":
            _check_whole(path, given)
        raise ArticleError(given, _WRONG[said["wrong"]])
    _check_whole(path, given)
    return said, _lines(pages)


def _check_whole(path: Path, given: str) -> None:
    """Refuse a file whose end is missing, which PDFium repairs as well as it can."""
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(path.stat().st_size - _TAIL, 0))
        tail = file.read()
    if not head:
        raise ArticleError(given, "empty: there is no text in it")
    if b"%PDF-" in head and (b"%%EOF" not in tail or b" obj" in tail[tail.rfind(b"%%EOF") :]):
        raise ArticleError(given, "is cut off: its end is missing; fetch it again")


def _lines(pages: Sequence[Sequence[Any]]) -> list[list[Line]]:
    """Return the lines that stand as most of them do, the way up, so that stamps and watermarks are left out."""
    ways: Counter[int] = Counter()
    weights: Counter[int] = Counter()
    for page in pages:
        for turns, _, weight, _, pieces in page:
            length = sum(len(text) for _, text in pieces)
            weights[weight] += length
            ways[turns] += length
    usual = weights.most_common(1)[0][0] if weights else 0
    kept = []
    for page in pages:
        here: Counter[int] = Counter()
        for turns, _, _, _, pieces in page:
            here[turns] += sum(len(text) for _, text in pieces)
        way = max(here, key=lambda turns: (here[turns], turns >= 0), default=0)
        kept.append(
            [
                Line(cleaned, box[0], box[2], base, height, weight >= usual + _HEAVIER, cleaned.count("\t") + 1)
                for turns, height, weight, base, pieces in page
                if turns == way
                for box, text in pieces
                if (cleaned := _clean(text)).strip()
            ]
        )
    return [_mirrored(page) for page in kept]


def _clean(text: str) -> str:
    """Return text without ligatures and control characters, and with a tab for a leader of dots."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zs") else c for c in text.translate(_LIGATURES))
    return _LEADER.sub("\t", kept.strip())


def _mirrored(page: list[Line]) -> list[Line]:
    """Return a page that is written from right to left as if it were written from left to right."""
    letters = Counter(unicodedata.bidirectional(c) for line in page for c in line.text[:_ENOUGH])
    if letters["R"] + letters["AL"] <= letters["L"]:
        return page
    return [replace(line, left=-line.right, right=-line.left) for line in page]


def _text(found: Sequence[Paragraph]) -> tuple[str, tuple[Locator, ...]]:
    """Put paragraphs together, and note where each page begins."""
    parts: list[str] = []
    locators: list[Locator] = []
    length, current = 0, 0
    for paragraph in found:
        if parts:
            parts.append("\n\n")
            length += 2
        for page, text in paragraph.pieces:
            if page != current:
                start = length + len(text) - len(text.lstrip())
                locators.append(Locator(start, f"p. {page}", f"#page={page}"))
                current = page
            parts.append(text)
            length += len(text)
    return "".join(parts), tuple(locators)


def _unreadable(text: str) -> bool:
    """Tell whether a third of a text is no letters that anybody could read."""
    visible = [c for c in text[:100_000] if not c.isspace()]
    return sum(unicodedata.category(c) in ("Co", "Cn", "Cs") or c == "\ufffd" for c in visible) > len(visible) / 3


def _heading(found: Sequence[Paragraph]) -> str | None:
    """Return what is written largest on the first page, if it is larger than the text."""
    heights: Counter[float] = Counter()
    for paragraph in found:
        heights[paragraph.height] += sum(len(text) for _, text in paragraph.pieces)
    first = [p for p in found if p.pieces[0][0] == 1 and sum(c.isalpha() for _, text in p.pieces for c in text) > 2]
    if not first:
        return None
    largest = max(first, key=lambda p: p.height)
    title = " ".join("".join(text for _, text in largest.pieces).split())
    return title if largest.height > _HEADING * heights.most_common(1)[0][0] and len(title) < 300 else None


def _title(written: str) -> str:
    """Return a document's title for itself, unless it is a file's name or what a program puts there."""
    title = _PROGRAMS.sub("", " ".join(written.split()))
    usable = sum(c.isalpha() for c in title) > 2 and title.casefold() not in _NAMELESS and not _FILE.search(title)
    return title if usable else ""


def _created(said: Mapping[str, str]) -> date | None:
    """Return the day on which a document was made; when a page was printed from a browser says nothing of it."""
    match = _CREATED.match(said["CreationDate"])
    if match is None or _PRINTED.search(said["Creator"]):
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None
