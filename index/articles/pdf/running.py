"""Running heads and feet: lines that recur at the same place of pages that are near to each other."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from index.articles.pdf.lines import Line

_LEVELS = 3  # lines at the top and at the bottom of a page that may be a running head or foot
_NEARBY = 4  # pages before and after one, among which it is looked for
_OFTEN = 3  # pages of these that must have it; two if it has a number that goes with theirs
_FEW = 6  # pages of a document in which two are enough
_PLACE = 4.0  # points between two places that are the same
_NUMBER = re.compile(r"\W*(?:\d+(?:\s*(?:/|of)\s*\d+)?|[ivxlcdm]{1,7})\W*", re.IGNORECASE)
# What browsers print at the edges of pages, by which it is known also where there is but one.
_ADDRESS = re.compile(r"(?:(?:https?|file)://\S+\s+\d+/\d+|\d+/\d+\s+(?:https?|file)://\S+)")
_MOMENT = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}, \d{1,2}[:.]\d{2}")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Level:
    """A line at the edge of a page: what of it is the same on every page ("" if too little), and where it stands."""

    key: str
    page: int
    base: float
    ahead: frozenset[int]  # how many pages its numbers are ahead of the page's own
    lines: tuple[Line, ...]


def without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without running heads, running feet and page numbers.

    Numbers in them may differ from page to page. Looked at from the edge of a page inwards, up to the first line that
    does not recur.
    """
    often = 2 if len(pages) <= _FEW else _OFTEN
    dropped: set[int] = set()
    for top in (True, False):
        edges = [_levels(page, number, top=top) for number, page in enumerate(pages)]
        places: dict[str, list[_Level]] = defaultdict(list)
        for level in chain.from_iterable(edges):
            places[level.key].append(level)
        for edge in edges:
            for level in edge:
                if not _printed(level, top) and not (level.key and _recurs(level, places[level.key], often)):
                    break
                dropped.update(map(id, level.lines))
    return [[line for line in page if id(line) not in dropped] for page in pages]


def _levels(page: Sequence[Line], number: int, *, top: bool) -> list[_Level]:
    """Return the outermost lines of a page, from the edge inwards."""
    levels: list[list[Line]] = []
    for line in sorted(page, key=lambda line: -line.base if top else line.base):
        if levels and line.level(levels[-1][0]):
            levels[-1].append(line)
        elif len(levels) == _LEVELS:
            break
        else:
            levels.append([line])
    return [_level(lines, number) for lines in levels]


def _level(lines: Sequence[Line], page: int) -> _Level:
    text = " ".join(line.text for line in lines)
    words = " ".join(sorted(_DIGITS.sub(" ", text).casefold().split())) if any(c.isalpha() for c in text) else ""
    ahead = frozenset(int(digits) - page for digits in _DIGITS.findall(text) if len(digits) < 6)
    return _Level("#" if _NUMBER.fullmatch(text) else words, page, lines[0].base, ahead, tuple(lines))


def _printed(level: _Level, top: bool) -> bool:
    text = " ".join(line.text for line in level.lines)
    return bool(_MOMENT.search(text) if top else _ADDRESS.fullmatch(text))


def _recurs(level: _Level, places: Sequence[_Level], often: int) -> bool:
    """Tell whether enough pages near to a line's own have it at the same place."""
    first = bisect_left(places, level.page - _NEARBY, key=lambda other: other.page)
    last = bisect_right(places, level.page + _NEARBY, key=lambda other: other.page)
    near = [other for other in places[first:last] if abs(other.base - level.base) <= _PLACE]
    return len(near) >= often or any(other.ahead & level.ahead for other in near if other is not level)
