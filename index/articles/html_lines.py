"""What a web page shows, line by line: which of it is links, and which stands in parts that are no article by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from lxml.html import HtmlElement  # type: ignore[import-untyped]

LINKED = 0.6
"""The share of a line's letters from which on it is rather a link than text."""

# All others begin and end a line, "br" too.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small span strike"
    " strong sub sup time tt u var wbr".split()
)
_UNSEEN = frozenset("button head iframe noscript object option script select style svg template textarea".split())
_TITLES = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEADINGS = frozenset((*_TITLES, "dt"))
_WHOLE = frozenset(("html", "body", "main", "article"))
_APART = frozenset(("nav", "footer", "form", "aside", "figcaption"))
_ROLES = frozenset(("navigation", "complementary", "contentinfo", "dialog"))
# One of these is a whole word of a class or an id: of "newsletter-box" and "NewsletterBox", but not of "shareholders".
_NAMES = frozenset(
    """
    ads advert advertisement advertising advertorial breadcrumb breadcrumbs byline caption captions comment comments
    commentlist consent cookie cookies disqus gdpr morefrom nav navbar navigation newsletter newsletters outbrain
    paywall promo promos promoted pushdown readmore recirc recirculation recommendation recommendations recommended
    related relatedposts share sharebar sharedaddy sharing signup sponsor sponsored subscribe subscription taboola
    taglist tags
    """.split()
)
# Of these it takes one of each row.
_OTHERS = (
    frozenset(("latest", "more", "most", "other", "popular", "recent", "top", "trending")),
    frozenset(("articles", "headlines", "news", "posts", "read", "stories", "videos", "viewed")),
)
_BUBBLES = frozenset(("hovercard", "popover", "rollover", "tooltip", "tooltiptext"))
_NAME = 1000  # characters of a class or an id
_CARDS = 3  # so many neighbours, each with a heading that is a link ...
_CARD = 250  # ... and so many characters at most, lead to other pages


@dataclass(frozen=True, slots=True)
class Shown:
    """One line as the page shows it.

    ``linked`` is the share of its letters that are links, ``heading`` whether it is one, ``leads`` whether the next
    line is a link. ``apart`` names the part of the page around it that is no article by its name, and all parts of that
    name; "" where there is none.
    """

    text: str
    linked: float
    heading: bool
    apart: str
    leads: bool = False


_NOTHING = Shown("", 0.0, False, "")


def key(text: str) -> str:
    """Return a line's letters and digits, by which it is found whatever became of its spaces and marks."""
    return "".join(c for c in text.casefold() if c.isalnum())


def prune(tree: HtmlElement) -> None:
    """Take out what opens over a sentence only when it is pointed at, so that the sentence is whole."""
    bubbles = [x for x in tree.iter("span", "div") if not _BUBBLES.isdisjoint(_words((x.get("class") or "")[:_NAME]))]
    outer = set(bubbles)
    for element in bubbles:
        # The outer one holds the word that is pointed at, the inner one what then opens.
        if any(above in outer for above in element.iterancestors()):
            element.drop_tree()


def shown(tree: HtmlElement) -> dict[str, Shown]:
    """Return the lines of a page by their ``key``.

    Of lines that say the same the one that looks most like an article's counts.
    """
    found: dict[str, Shown] = {}
    for line, following in pairwise((*_Lines().of(tree), _NOTHING)):
        name = key(line.text)
        line = replace(line, leads=following.linked >= LINKED)
        if other := found.get(name):
            line = replace(
                line,
                linked=min(line.linked, other.linked),
                heading=line.heading or other.heading,
                apart=line.apart and other.apart,
                leads=line.leads or other.leads,
            )
        found[name] = line
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """What is around a piece of text."""

    linked: bool = False
    heading: bool = False
    table: bool = False
    apart: str = ""


class _Lines:
    """Goes through a page once and collects its lines."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._letters = self._linked = 0
        self._begun = _Place()

    def of(self, tree: HtmlElement) -> Iterator[Shown]:
        """Yield the lines of an element, in their order."""
        yield from self._inside(tree, _Place())
        yield from self._end()

    def _inside(self, element: HtmlElement, place: _Place) -> Iterator[Shown]:
        tag = element.tag
        if not isinstance(tag, str) or tag in _UNSEEN:
            return
        block = tag not in _INLINE
        if block:
            yield from self._end()
        place = self._entered(element, place)
        cards = _cards(element) if block else frozenset()
        beside = replace(place, apart=f"cards {_name(element)}") if cards else place
        self._add(element.text, place)
        for child in element:
            yield from self._inside(child, beside if child in cards else place)
            self._add(child.tail, place)
        if block:
            yield from self._end()

    @staticmethod
    def _entered(element: HtmlElement, place: _Place) -> _Place:
        table = place.table or element.tag == "table"
        if element.tag == "a":
            # What a table links is what it tells, and a place on the page itself, as headings have it, leads nowhere.
            href = element.get("href") or "#"
            place = replace(place, linked=not table and not href.startswith("#"))
        elif element.tag in _HEADINGS:
            place = replace(place, heading=True)
        elif table and not place.table:
            place = replace(place, table=True)
        return replace(place, apart=_name(element)) if _is_apart(element) else place

    def _add(self, text: str | None, place: _Place) -> None:
        if not text:
            return
        self._pieces.append(text)
        letters = sum(c.isalnum() for c in text)
        if letters and not self._letters:
            self._begun = place
        self._letters += letters
        self._linked += letters if place.linked else 0

    def _end(self) -> Iterator[Shown]:
        if self._letters:
            text = " ".join("".join(self._pieces).split())
            yield Shown(text, self._linked / self._letters, self._begun.heading, self._begun.apart)
        self._pieces, self._letters, self._linked = [], 0, 0


def _is_apart(element: HtmlElement) -> bool:
    if element.tag in _WHOLE or element.tag in _TITLES:
        return False
    if element.tag in _APART or element.get("role") in _ROLES or _says_apart(element.get("class") or ""):
        return True
    name = element.get("id") or ""
    if not _says_apart(name):
        return False
    # A section of an article may have its heading as its name: "Cookies", in an article on cookies.
    heading = next(element.iter(*_TITLES), None)
    return heading is None or key("".join(heading.itertext())) != key(name)


def _name(element: HtmlElement) -> str:
    return f"{element.tag} {element.get('class') or element.get('id') or ''}"


def _says_apart(name: str) -> bool:
    words = _words(name[:_NAME])
    return not _NAMES.isdisjoint(words) or not any(names.isdisjoint(words) for names in _OTHERS)


@lru_cache(maxsize=4096)
def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))


def _cards(element: HtmlElement) -> frozenset[HtmlElement]:
    """Return the children that each lead to another page: a link as heading and little beside it."""
    if len(element) < _CARDS:
        return frozenset()
    cards = [child for child in element if _is_card(child)]
    return frozenset(cards) if len(cards) >= _CARDS else frozenset()


def _is_card(element: HtmlElement) -> bool:
    if element.tag not in ("div", "li", "article", "section", "a"):
        return False
    heading = next(element.iter("h2", "h3", "h4", "h5"), None)
    if heading is None:
        return False
    linked = next(heading.iter("a"), None) is not None or next(heading.iterancestors("a"), None) is not None
    size = 0
    for text in element.itertext() if linked else ():
        size += len(text.strip())
        if size > _CARD:  # which is all of the page where such are inside of each other
            return False
    return linked
