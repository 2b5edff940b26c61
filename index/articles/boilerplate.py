"""Lines that are no part of an article: what calls away from it, repeats what is known of it, or only frames it.

A line is cut only where two things agree: how the page shows it (as a link, apart from the article) and what it says or
where it stands. A sentence is never cut for its words alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from index.articles.html_lines import LINKED, Shown, key
from index.articles.labels import ALONE, AROUND_DATES, BEFORE_LINKS, FAREWELL, LANGUAGES, OF_AUTHORS

_LINK = 0.9  # share of a line's letters from which on it is nothing but a link
_SENTENCE = 40  # letters
_PARAGRAPH = 120
_PART = 0.25  # share of the text from which on what the page names otherwise is its article after all
_EDGES = " \t\xa0\"'“”„«»‹›()[]{}<>*•·|–—-:：→►▶▸»>…."
_END = re.compile(r"""[.!?…。！？।؟]["'”’»)\]]*$""")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\S+\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_CONTACT = re.compile(
    r"(?:e-?mail:? )?[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?://)?(?:www\.)?(?:twitter|x|facebook|instagram|linkedin)\.com/\S+|@\w+",
    re.IGNORECASE,
)
_LONG = 500  # characters, which what is no article does not reach
_SHORT = 150
_LABEL = 30
_TITLE = 10  # letters
_DATES = 2
_WORD = re.compile(r"[^\W\d_]+")
_PREFIX = max(len(label.split()) for label in BEFORE_LINKS)


def cut(
    text: str,
    shown: Mapping[str, Shown],
    *,
    title: str | None,
    authors: Iterable[str] = (),
    language: str | None = None,
) -> str:
    """Return the text without the lines that are certainly no part of the article.

    ``shown`` is how the page shows its lines. Blank lines divide blocks and stay where blocks stay.
    """
    return _Page(text, shown, title, authors, language).text()


class _Page:
    """The lines of a text, and which of them go."""

    def __init__(
        self,
        text: str,
        shown: Mapping[str, Shown],
        title: str | None,
        authors: Iterable[str],
        language: str | None,
    ) -> None:
        self._blocks = [block.split("\n") for block in text.split("\n\n")]
        self._lines = [line for block in self._blocks for line in block]
        self._keys = [key(line) for line in self._lines]
        self._shown = [shown.get(name) for name in self._keys]
        self._title = key(title or "") if len(title or "") < _LONG else ""
        self._authors = tuple(name.casefold().split() for name in authors if name.strip())
        self._names = frozenset(word for name in self._authors for word in _WORD.findall(" ".join(name)))
        self._days = frozenset[str]().union(*map(_calendar, (*LANGUAGES, *([language] if language else ()))))
        self._gone = [not any(unicodedata.category(c)[0] in "LNPS" for c in line) for line in self._lines]

    def text(self) -> str:
        """Return what stays."""
        self._cut_apart()
        self._cut_calls()
        self._cut_edges()
        kept, at = [], 0
        for block in self._blocks:
            lines = [line for n, line in enumerate(block, at) if not self._gone[n]]
            at += len(block)
            if lines:
                kept.append("\n".join(lines))
        return "\n\n".join(kept)

    def _linked(self, n: int) -> float:
        found = self._shown[n]
        # An address that is written out says something to a reader who does not follow it.
        if found is None or (len(found.text) < _LONG and _ADDRESS.fullmatch(found.text)):
            return 0.0
        return found.linked

    def _is_prose(self, n: int) -> bool:
        if self._linked(n) >= LINKED or self._is_title(n):
            return False
        size = len(self._keys[n])
        return size >= _PARAGRAPH or (size >= _SENTENCE and _END.search(self._lines[n].rstrip()[-_LABEL:]) is not None)

    def _cut_apart(self) -> None:
        """Cut what stands in a part of the page that is named as something else, unless much of the text does."""
        sizes: dict[str, int] = {}
        for found, name in zip(self._shown, self._keys, strict=True):
            if found is not None and found.apart:
                sizes[found.apart] = sizes.get(found.apart, 0) + len(name)
        most = _PART * sum(map(len, self._keys))
        parts = {part for part, size in sizes.items() if size <= most}
        if sum(sizes[part] for part in parts) <= 2 * most:
            for n, found in enumerate(self._shown):
                if found is not None and found.apart in parts and not self._is_title(n):
                    self._gone[n] = True

    def _cut_calls(self) -> None:
        """Cut "Read more: ..." before a link, "See also" with the links below it, and "Advertisement"."""
        calling = False
        for n, line in enumerate(self._lines):
            if self._gone[n]:
                continue
            said = line.strip(_EDGES).casefold() if len(line) < _LONG else ""
            if (said in ALONE and self._is_alone(n)) or self._calls(n, said):
                self._gone[n] = True
            elif said in BEFORE_LINKS:
                calling = self._gone[n] = self._before_links(n)
            elif calling and self._linked(n) >= LINKED:
                self._gone[n] = True
            else:
                calling = False

    def _is_alone(self, n: int) -> bool:
        """Tell whether the page shows a line of its own, and not the heading of what follows."""
        found = self._shown[n]
        if found is None:
            return False
        after = self._after(n)
        return not found.heading or after is None or not self._is_prose(after)

    def _after(self, n: int) -> int | None:
        return next((m for m in range(n + 1, len(self._lines)) if not self._gone[m]), None)

    def _calls(self, n: int, said: str) -> bool:
        linked = self._linked(n)
        if linked < 0.5:
            return False
        words = said.split()
        for size in range(min(_PREFIX, len(words) - 1), 0, -1):
            label = " ".join(words[:size])
            if label.rstrip(_EDGES) in BEFORE_LINKS:
                marked = label[-1] in ":|–—-»>" or words[size] in ("|", "–", "—", "-", ":", "»", ">")
                return marked or (linked >= _LINK and size > 1)
        return False

    def _before_links(self, n: int) -> bool:
        """Tell whether links follow a label, on the page or in what was found of it, or nothing."""
        found, after = self._shown[n], self._after(n)
        return after is None or self._linked(after) >= LINKED or (found is not None and found.leads)

    def _cut_edges(self) -> None:
        """Cut links, farewells, and lines of names and dates, before the first sentence and after the last."""
        prose = [n for n, gone in enumerate(self._gone) if not gone and self._is_prose(n)]
        while len(prose) > 1 and (self._frames(prose[-1]) or self._is_of_author(prose[-1])):
            self._gone[prose.pop()] = True
        while len(prose) > 1 and self._frames(prose[0]):
            self._gone[prose.pop(0)] = True
        if not prose:
            return
        self._cut_edge(range(prose[0]))
        # Links that a sentence announces, or that have a heading of their own, are what the article lists.
        ends = range(prose[-1], len(self._lines))
        own = next((n for n in ends if self._announces(n)), len(self._lines))
        self._cut_edge(range(prose[-1] + 1, own))
        self._cut_edge(range(own, len(self._lines)), links=False)

    def _cut_edge(self, edge: range, *, links: bool = True) -> None:
        dates = [n for n in edge if not self._gone[n] and self._only_dates(n)]
        for n in edge:
            if not self._is_title(n) and (self._frames(n) or (links and self._leads_away(n))):
                self._gone[n] = True
        # A list of dates is what the article tells.
        for n in dates if len(dates) <= _DATES else ():
            self._gone[n] = True

    def _announces(self, n: int) -> bool:
        found = self._shown[n]
        heading = found is not None and found.heading and self._linked(n) < LINKED
        return not self._gone[n] and (heading or self._lines[n].rstrip().endswith(":"))

    def _leads_away(self, n: int) -> bool:
        """Tell whether a line is one of several links; one alone may belong to what is beside it."""
        if self._linked(n) < _LINK:
            return False
        return any(0 <= m < len(self._lines) and self._linked(m) >= _LINK for m in (n - 1, n + 1))

    def _frames(self, n: int) -> bool:
        """Tell whether a line at an edge of the article only says where to turn, or whose it is."""
        line = self._lines[n].strip()
        if len(line) >= _LONG:
            return False
        named = "@" in line and len(line) < _SHORT and not self._names.isdisjoint(_WORD.findall(line.casefold()))
        return bool(named or FAREWELL.search(line) or _CONTACT.fullmatch(line))

    def _is_of_author(self, n: int) -> bool:
        """Tell whether a line says who the author is: "Ines Aldan covers the coast."."""
        words = self._lines[n][:_LONG].casefold().split()
        return len(self._lines[n]) < _LONG and any(
            len(name) > 1 and words[: len(name)] == name and not OF_AUTHORS.isdisjoint(words[len(name) : len(name) + 1])
            for name in self._authors
        )

    def _is_title(self, n: int) -> bool:
        name, title = self._keys[n], self._title
        if not name or not title:
            return False
        # One of them may end in the name of the site.
        return (len(name) > _TITLE and name in title) or (len(name) < 2 * len(title) and title in name)

    def _only_dates(self, n: int) -> bool:
        """Tell whether a line names nothing but a date, the authors and words like "updated"."""
        found, line = self._shown[n], self._lines[n].casefold()
        if found is None or found.heading or len(line) >= _SHORT or self._is_title(n):
            return False
        words = _WORD.findall(line)
        named = not self._names.isdisjoint(words)
        if not named and not (any(c.isdigit() for c in line) and any(len(x) > 3 or x in self._days for x in words)):
            return False  # a time of day alone may be one that the article tells
        return all(word in AROUND_DATES or word in self._days or word in self._names for word in words)


@lru_cache(maxsize=64)
def _calendar(language: str) -> frozenset[str]:
    """Return the names of months and weekdays, in lower case."""
    try:
        locale = Locale.parse(language[:_TITLE].replace("_", "-").partition("-")[0])
    except (UnknownLocaleError, ValueError):
        return frozenset()
    names = [
        name
        for read in (get_month_names, get_day_names)
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for name in read(width, context, locale).values()
    ]
    return frozenset(word for name in names for word in _WORD.findall(name.casefold()))
