"""A question -> the sources and dates of publication that it names.

Only names of sources that the collection has are looked for: whole, without the part after a dash or a bar ("FOX News"
for "FOX News - Health"), and without "The". A mention is certain when the question says that something was written
there or then ("according to The Verge", "the Wired article", "published in March 2023"). Otherwise the name may as well
be what the question is about.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from index.stores.base import Facets
from index.terms import MONTHS, fold
from index.types import Filter

RECENT_DAYS = 30  # "the latest news" is what was published so long before the newest article

_TELLS = (
    r"articles?|reports?|reported|reporting|reviews?|stor(?:y|ies)|coverage|pieces?|posts?|blogs?|guides?|analys[ei]s|"
    r"interviews?|editorials?|columns?|sa(?:ys|id|y)|writes?|wrote|written|claim(?:s|ed)?|suggest(?:s|ed)?|"
    r"state[sd]?|mention(?:s|ed)?|discuss(?:es|ed)?|describe[sd]?|note[sd]?|covered|publish(?:es|ed)|publication"
)
_BEFORE = re.compile(
    rf"\b(?:according to|as per|cited by|(?:{_TELLS})(?: \w+)? (?:by|in|from|of|on)|both|by)\s+"
    r"(?:an? |the |articles? )*[\"'‘“]?$",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"^[\"'’”]?(?:['’]s?)?\s+(?:\w+ ){{0,2}}?(?:{_TELLS})\b", re.IGNORECASE)
_CHAINED = re.compile(r"^[\"'’”]?(?:,| and| or|, and|, or) (?:the |both )?[\"'‘“]?$")
_MONTH = "|".join(name.capitalize() for name in MONTHS)
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<month>{_MONTH})\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{{4}})\b"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH}),?\s+(?P<year2>\d{{4}})\b"
)
_AFTER_DAY = re.compile(r"\b(?:after|since)\s+$", re.IGNORECASE)
_BEFORE_DAY = re.compile(r"\b(?:before|until|by|prior to)\s+$", re.IGNORECASE)
_PUBLISHED = re.compile(rf"\b(?:{_TELLS})\b", re.IGNORECASE)
_LATEST = re.compile(
    rf"\b(?:latest|newest|most recent)\s+(?:news\b|(?:\w+ )?(?:{_TELLS})\b|on\b|about\b|from\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """The span of a question that names sources or a time, and what it limits an article to."""

    start: int
    end: int
    filter: Filter
    certain: bool


def sources(text: str, facets: Facets) -> list[Mention]:
    """Return where the question names sources, in order."""
    pattern, known = _names(facets.sources)
    if pattern is None:
        return []
    found = [m for m in pattern.finditer(text) if any(c.isupper() for c in m[0])]
    certain = [bool(_BEFORE.search(text[: m.start()]) or _AFTER.search(text[m.end() :])) for m in found]
    for i in range(1, len(found)):
        if listed(text[found[i - 1].end() : found[i].start()]):  # what is said of one name of a list is said of all
            certain[i - 1] = certain[i] = certain[i - 1] or certain[i]
    return [
        Mention(m.start(), m.end(), Filter(known[_plain(m[0])]), sure) for m, sure in zip(found, certain, strict=True)
    ]


def dates(text: str, facets: Facets) -> list[Mention]:
    """Return where the question names a day or month in which articles may have been published, in order.

    A date is certain when something around it speaks of publishing. Dates outside the collection's are not mentions.
    """
    first, last = facets.first or "9999", facets.last or ""
    found = []
    for m in _DATE.finditer(text):
        span = _days(m)
        if span and span[0] <= last and span[1] >= first:
            before, after = text[max(m.start() - 80, 0) : m.start()], text[m.end() : m.end() + 20]
            begin = None if _BEFORE_DAY.search(before) else span[0]
            end = None if _AFTER_DAY.search(before) else span[1]
            certain = bool(_PUBLISHED.search(before + after))
            found.append(Mention(m.start(), m.end(), Filter((), begin, end), certain))
    latest = _LATEST.search(text)
    if latest and facets.last and not found:
        since = date.fromisoformat(facets.last) - timedelta(days=RECENT_DAYS)
        found.append(Mention(latest.start(), latest.end(), Filter((), since.isoformat()), certain=True))
    return found


def listed(between: str) -> bool:
    """Tell whether what stands between two mentions makes them items of one list, as "by The Verge and Wired" does."""
    return bool(_CHAINED.match(between))


def without(text: str, mentions: Iterable[Mention]) -> str:
    """Return the question without the words of these mentions."""
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return " ".join(text.split())


def _days(m: re.Match[str]) -> tuple[str, str] | None:
    """Return the first and the last day that a date names; None where there is no such day."""
    if m["iso"]:
        first = last = m["iso"]
    else:
        year, month = int(m["year"] or m["year2"]), MONTHS.index((m["month"] or m["month2"]).lower()) + 1
        day = m["day"] or m["day2"]
        days = (int(day), int(day)) if day else (1, calendar.monthrange(max(year, 1), month)[1])
        first, last = (f"{year:04}-{month:02}-{d:02}" for d in days)
    try:
        date.fromisoformat(first)
    except ValueError:
        return None
    return first, last


@lru_cache(maxsize=4)
def _names(known: tuple[str, ...]) -> tuple[re.Pattern[str] | None, dict[str, tuple[str, ...]]]:
    """Return a pattern of all names that the sources go by, the longest first, and the sources of each name."""
    found: dict[str, dict[str, None]] = {}
    shown: dict[str, None] = {}
    for source in known:
        head = re.split(r"\s+[-–—|]\s+|\s*\|\s*|:\s+", source)[0]
        for name in (
            source,
            head,
            re.sub(r"^the\s+", "", source, flags=re.I),
            re.sub(r"^the\s+", "", head, flags=re.I),
        ):
            if len(name) > 1:
                shown[name] = None
                found.setdefault(_plain(name), {})[source] = None
    if not shown:
        return None, {}
    names = sorted(shown, key=lambda name: -len(name))
    parts = (re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(name)) for name in names)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.I), {n: tuple(s) for n, s in found.items()}


def _plain(name: str) -> str:
    return " ".join(fold(name).split())
