"""From lines on pages to paragraphs: reading order, and where a line goes on with the one before it."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index.articles.pdf.lines import Line
from index.articles.pdf.running import without_running
from index.articles.pdf.words import Words

_COLUMN = 4  # lines that a column has at least
_DISORDER = 0.15  # share of lines after which the eye would have to go back
_SPACED = 1.3  # times the usual distance of two lines, from which on there is space between them
_INDENT = 0.6  # heights of a letter
_APART = 1.2  # heights of a letter between the cells of a table
_LOOSE = 0.15  # heights of a letter between two words
_FEW = 4  # lines
_NEAR = 30  # points
_SHORT = 0.5  # of a column's width
_TERMINAL = re.compile(r"[.!?…:]['\"”’»)\]]*$")
_BULLET = re.compile(r"[•‣◦▪■●∙·–—*]\s*(?=\S)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s+(?=\S)")


@dataclass(slots=True)
class Paragraph:
    """What is read in one go: the number of a page (from 1) and what of the text stands on it, again and again.

    ``ended`` tells whether the last line looks like the end of a paragraph.
    """

    pieces: list[tuple[int, str]]
    height: float
    bold: bool
    ended: bool = False


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Return what the pages hold, in the order in which it is read, without running heads and feet."""
    kept = [list(_rows(ordered(page))) for page in without_running(pages)]
    words = Words(line.text for page in kept for line in page)
    pitches = _pitches(kept)
    found: list[Paragraph] = []
    for number, page in enumerate(kept, 1):
        above: Line | None = None
        edges = _edges(page)
        for lines in _runs(page, pitches):
            run = _Run(lines, edges)
            begins = above is None or lines[0].base > above.base  # a page or a column
            run.read(number, found, words, run.continued(found) if begins else None)
            above = lines[-1]
    return found


def ordered(lines: Sequence[Line]) -> list[Line]:
    """Return a page's lines in reading order.

    That is the order in which they come in the file, unless the eye would have to go back and forth: then columns are
    looked for and read one after the other.
    """
    pairs = list(pairwise(lines))
    many = max(_DISORDER * len(pairs), 2)
    up = sum(a.over(b) and b.base > a.base + a.height for a, b in pairs)
    across = sum(a.level(b) and not a.over(b) for a, b in pairs)
    return _columns(lines) if up > many or (across > many and _gutter(lines)) else list(lines)


def _columns(lines: Sequence[Line]) -> list[Line]:
    """Return lines column by column; what is wider than a column stands between those above and those below it."""
    down = sorted(lines, key=lambda line: (-line.base, line.left))
    gutter = _gutter(down)
    if gutter is None:
        return [line for level in _levels(down) for line in sorted(level, key=lambda line: line.left)]
    found: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in down:
        if line.left < gutter < line.right:
            found += [*_columns(left), *_columns(right), line]
            left, right = [], []
        else:
            (left if line.right <= gutter else right).append(line)
    return [*found, *_columns(left), *_columns(right)]


def _levels(down: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines that stand on the same height."""
    level: list[Line] = []
    for line in down:
        if level and not line.level(level[0]):
            yield level
            level = []
        level.append(line)
    if level:
        yield level


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where the space between two columns is, or None if there is none.

    A column has lines of some width, or a table would be read column by column.
    """
    if len(lines) < 2 * _COLUMN:
        return None
    width = max(line.right for line in lines) - min(line.left for line in lines)
    starts = Counter(round(line.left) for line in lines)
    best: tuple[float, float] | None = None
    for start in (start for start, count in starts.most_common(10) if count >= _COLUMN // 2):
        gutter = start - 1.5
        left = [line for line in lines if line.right <= gutter]
        right = [line for line in lines if line.left >= gutter]
        crossing = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < _COLUMN or crossing > len(lines) / 4:
            continue
        if any(median(line.right - line.left for line in side) < 0.2 * width for side in (left, right)):
            continue
        best = min(filter(None, (best, (crossing, gutter))))
    return None if best is None else best[1]


def _rows(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield whole lines: what follows on the same height is a cell of a table if it stands apart, else more of it."""
    whole: Line | None = None
    for line in lines:
        if whole is None or not line.level(whole) or line.left < whole.right - 0.5 * line.height:
            if whole:
                yield whole
            whole = line
            continue
        gap = line.left - whole.right
        apart = gap > _APART * line.height
        mark = "\t" if apart else " " if gap > _LOOSE * line.height else ""
        text = whole.text.rstrip() + mark + line.text.lstrip() if mark else whole.text + line.text
        height = max(whole.height, line.height)  # whose other part may be below the line
        whole = replace(whole, text=text, right=line.right, height=height, cells=whole.cells + apart)
    if whole:
        yield whole


def _pitches(pages: Sequence[Sequence[Line]]) -> dict[int, float]:
    """Return the usual distance of two lines for each height of letters, rounded.

    Where paragraphs are short, space between them is as common as that between lines: the lower quarter tells.
    """
    distances: dict[int, list[float]] = {}
    for page in pages:
        for a, b in pairwise(page):
            if a.over(b) and a.like(b.height, b.bold) and 0 < a.base - b.base < 3 * b.height:
                distances.setdefault(round(b.height), []).append(a.base - b.base)
    return {height: sorted(found)[len(found) // 4] for height, found in distances.items()}


def _runs(lines: Sequence[Line], pitches: dict[int, float]) -> Iterator[list[Line]]:
    """Yield lines that stand straight below one another, look alike and have no space between them."""
    run: list[Line] = []
    for line in lines:
        if run:
            last = run[-1]
            pitch = pitches.get(round(line.height), 1.4 * line.height)
            below = last.over(line) and 0 < last.base - line.base < _SPACED * pitch
            if not (below and last.like(line.height, line.bold)):
                yield run
                run = []
        run.append(line)
    if run:
        yield run


class _Run:
    """Lines straight below one another that look alike: where they begin as a rule, and where they have to end."""

    def __init__(self, lines: Sequence[Line], edges: Mapping[int, float]) -> None:
        self.lines = lines
        self.height = lines[0].height
        starts = Counter(round(line.left) for line in lines)
        self.base = min(starts, key=lambda left: (-starts[left], left))
        self.rows = Counter(line.cells for line in lines)
        own = _edge(lines)
        # A list begins further to the right than the text of its column, and ends where that does.
        common = max(edges.get(_place(self.base) - i, own) for i in range(3))
        # A few lines, or such as are much shorter than the others of their column, do not tell where they have to end.
        telling = len(lines) > _FEW and own - self.base > _SHORT * (common - self.base)
        self.margin = own if telling else max(own, common)

    def read(self, number: int, found: list[Paragraph], words: Words, current: Paragraph | None) -> None:
        """Add the lines to the paragraphs that were found, the first of them to ``current`` if that goes on here."""
        item: Line | None = None
        before: Line | None = None
        for line in self.lines:
            text = self._cells(line)
            listed = self._is_item(line, before, item)
            how = self._how(before, line, item, listed)
            if current is None or not how:
                current = Paragraph([(number, text)], line.height, line.bold)
                found.append(current)
            elif how == "\n":
                current.pieces.append((number, "\n" + text))
            else:
                page, last = current.pieces[-1]
                last, text = words.joined(last, text)
                current.pieces[-1] = page, last
                current.pieces.append((number, text))
            item = line if listed else item if how else None
            before = line
        if current is not None and before is not None:
            short = len(self.lines) == 1 or self.margin - before.right > 2 * self.height
            current.ended = short or bool(_TERMINAL.search(before.text))

    def continued(self, found: Sequence[Paragraph]) -> Paragraph | None:
        """Return the paragraph of an earlier column or page that goes on here, past footnotes."""
        first = self.lines[0]
        for paragraph in reversed(found[-4:]):
            if first.like(paragraph.height, paragraph.bold):
                begins = self._is_item(first, None, None) or first.left > self.base + _INDENT * self.height
                goes_on = first.text[:1].islower() or not paragraph.ended
                return paragraph if goes_on and not begins and first.cells == 1 else None
            if paragraph.height > first.height:
                return None
        return None

    def _how(self, before: Line | None, line: Line, item: Line | None, listed: bool) -> str:
        """Tell how a line follows on the one before it: " " in the same sentence, "\n" below it, "" apart from it.

        The first goes on with what its run goes on with. ``item`` began the item of a list that the one before it
        belongs to, and ``listed`` tells whether this one begins another.
        """
        if before is None:
            return " "
        if listed:
            return "\n" if item else ""
        if line.cells > 1 or before.cells > 1:
            return "\n" if line.cells > 1 and before.cells > 1 else ""
        ends, small = bool(_TERMINAL.search(before.text)), line.text[:1].islower()
        word = line.text.split(maxsplit=1)[0]
        room = (line.right - line.left) * (len(word) + 1) / max(len(line.text), 1)
        if before.right + room < self.margin - 0.5 * self.height:  # the next word would have fitted
            return "" if ends and not small else "\n"
        if item is not None and line.left > item.left:
            return " "
        indent = abs(line.left - self.base) > _INDENT * self.height and abs(line.left - before.left) > 1
        return "" if indent and ends else " "

    def _is_item(self, line: Line, before: Line | None, item: Line | None) -> bool:
        """Tell whether a line begins an item of a list; a number may stand at the begin of any line by chance."""
        if _BULLET.match(line.text):
            return True
        expected = before is None or _TERMINAL.search(before.text) or item or before.right < self.margin - self.height
        return bool(_NUMBER.match(line.text) and expected)

    def _cells(self, line: Line) -> str:
        """Return a line's text, with marks between cells where other lines have as many."""
        table = line.cells > 2 or (line.cells > 1 and self.rows[line.cells] > 1)
        return line.text.strip().replace("\t", " | " if table else " ")


def _place(left: float) -> int:
    """Return a number that lines have in common that begin near to each other."""
    return round(left / _NEAR)


def _edges(page: Sequence[Line]) -> dict[int, float]:
    """Return where lines have to end, for each place where they begin."""
    columns: dict[int, list[Line]] = {}
    for line in page:
        if line.cells == 1:
            columns.setdefault(_place(line.left), []).append(line)
    return {place: _edge(lines) for place, lines in columns.items()}


def _edge(lines: Sequence[Line]) -> float:
    """Return where lines have to end: the farthest place that a quarter of them come near to."""
    ends = sorted(line.right for line in lines)
    near, enough = 2 * lines[0].height, max(len(lines) / 4, 2)
    reached = (end for end in reversed(ends) if bisect_right(ends, end) - bisect_left(ends, end - near) >= enough)
    return next(reached, ends[-1])
