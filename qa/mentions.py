"""A question -> the sources and dates of publication that it names.

Only names of sources that the collection has are looked for: whole, without the part after a dash or a bar ("FOX News"
for "FOX News - Health"), and without "The". A mention is certain when the question says that something was written
there or then ("according to The Verge", "the Wired article", "published in March 2023"). Otherwise the name or the day
may as well be what the question is about: "acquired by Yahoo", "said on 7 July 2023".
"""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from index.stores.base import Facets
from index.terms import MONTHS, content_words, fold
from index.types import Filter

RECENT_DAYS = 30  # "the latest news" is what was published so long before the newest article

_NOUN = (
    r"(?:articles?|reports?|reviews?|stor(?:y|ies)|coverage|pieces?|posts?|blogs?|guides?|analys[ei]s|interviews?|"
    r"editorials?|columns?|publications?)"
)
_WRITTEN = (
    r"(?:published|posted|written|reported|covered|mentioned|discussed|described|detailed|highlighted|noted|reviewed|"
    r"quoted|cited)"
)
_OPENING = r"(?:an? |the |both |articles? )*[\"'‘“]?$"
_BY = re.compile(
    rf"\b(?:according to|as per|sources? (?:including|such as|like)|{_WRITTEN} (?:\w+ )?(?:by|in|on|from)|"
    rf"{_NOUN} (?:\w+ )?(?:by|in|from))\s+{_OPENING}",
    re.IGNORECASE,
)
_DETERMINED = re.compile(r"(?:\b(?:the|an?|both|each|this|that|recent|latest)\s+[\"'‘“]?|[\"'‘“])$", re.IGNORECASE)
_ADJECTIVES = r"(?:(?!(?:the|an?|its?|his|her|their|this|that|any|no|to|of|on|in|for|and|or)\b)[\w-]+ ){0,2}?"
_OWN = re.compile(rf"^[\"'’”]?['’]s?[\"'’”]?\s+{_ADJECTIVES}{_NOUN}\b", re.IGNORECASE)  # Wired's latest report
_ITS = re.compile(rf"^[\"'’”]?\s+{_ADJECTIVES}{_NOUN}\b", re.IGNORECASE)  # the Wired report
_ARTICLE = re.compile(r"^\s+(?:articles?|stor(?:y|ies)|editorials?)\b", re.IGNORECASE)  # where "report" may be a verb
_WROTE = re.compile(r"^[\"'’”]?\s+(?:writes?|wrote|publish(?:es|ed)?)\b", re.IGNORECASE)
_CHAINED = re.compile(r"^[\"'’”]?(?:,| and| or|, and|, or) (?:the |both )?[\"'‘“]?$")

_MONTH = "|".join(name.capitalize() for name in MONTHS)
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<month>{_MONTH})\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{{4}})\b"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH}),?\s+(?P<year2>\d{{4}})\b"
)
_SIDE = re.compile(
    r"\b(?:(?P<after>after)|(?P<since>since)|(?P<before>before|prior to)|(?P<until>until|till|by))\s+$", re.I
)
_RANGE = re.compile(r"\b(?:between|from)\s+$", re.IGNORECASE)
_TO = re.compile(r"^\s*(?:and|to|until|till|through|[-–—])\s*$", re.IGNORECASE)
_AND = re.compile(r"^,?(?:\s+(?:and|but))?\s*$", re.IGNORECASE)
_WHEN = r"(?:on|in|of|from|after|since|before|prior to|until|till|by|between)"
_APPEARED = re.compile(
    rf"\b(?:{_WRITTEN}|{_NOUN}|appeared|dated|updated)(?:\s+{_WHEN})?\s+$",
    re.IGNORECASE,
)
_ON = re.compile(rf"^[\"'’”]?\s+{_WHEN}\s+$", re.IGNORECASE)
_OF_THAT_DAY = re.compile(rf"^(?:['’]s)?\s+{_NOUN}\b", re.IGNORECASE)
_LATEST = re.compile(
    rf"\b(?:latest|newest|most recent)\s+(?:news\b|(?:\w+ )?{_NOUN}\b|on\b|about\b|from\b)", re.IGNORECASE
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
    found = []
    for m in pattern.finditer(text):
        by = bool(_BY.search(text[: m.start()]))
        named = known.get(_plain(m[0]))
        # A source may be called Time, or Who.
        if named and _as_a_name(m[0], text) and (by or content_words(m[0])):
            found.append((m, named, by or _wrote(text, m)))
    certain = [sure for _, _, sure in found]
    for i in range(1, len(found)):
        if listed(text[found[i - 1][0].end() : found[i][0].start()]):  # what is said of one of a list is said of all
            certain[i - 1] = certain[i] = certain[i - 1] or certain[i]
    return [Mention(m.start(), m.end(), Filter(named), c) for (m, named, _), c in zip(found, certain, strict=True)]


def _as_a_name(name: str, text: str) -> bool:
    """Tell whether a match is written as names are; where everything is in capitals one word is not enough."""
    words = name.split()
    main = [word for word in words if word.lower() not in ("the", "of", "and", "for")] or words
    return all(not word[0].islower() for word in main) and (len(words) > 1 or not text.isupper())


def _wrote(text: str, m: re.Match[str]) -> bool:
    """Tell whether what follows a name says that the source wrote it."""
    before, after = text[: m.start()], text[m.end() :]
    determined = m[0].startswith("the ") or _DETERMINED.search(before)
    return any(pattern.match(after) for pattern in (_OWN, _WROTE, _ITS if determined else _ARTICLE))


def dates(text: str, facets: Facets) -> list[Mention]:
    """Return where the question names days or months in which articles may have been published, in order.

    A date is certain when the words beside it speak of publishing. A day or month outside the collection's dates is no
    mention: it will be one that articles tell of.
    """
    spans = [(m.start(), m.end(), days) for m in _DATE.finditer(text) if (days := _days(m))]
    found: list[Mention] = []
    for start, end, (first, last) in spans:
        if found and _TO.match(text[found[-1].end : start]) and _RANGE.search(text[: found[-1].start]):
            since, sure = found[-1].filter.since, found[-1].certain
            found[-1] = Mention(found[-1].start, end, Filter((), since, max(last, since or "")), sure)
            continue
        side = _SIDE.search(text[:start])
        limits = _from_side(side, first, last)
        certain = bool(_APPEARED.search(text[:start]) or _OF_THAT_DAY.match(text[end:]))
        if side and found and _AND.match(text[found[-1].end : side.start()]) and not _closed(found[-1].filter, limits):
            both = Filter((), found[-1].filter.since or limits.since, found[-1].filter.until or limits.until)
            found[-1] = Mention(found[-1].start, end, both, found[-1].certain or certain)
            continue
        found.append(Mention(start, end, limits, certain))
    found = [mention for mention in found if _may_be(mention.filter, facets)]
    latest = _LATEST.search(text)
    if latest and facets.last and not found:
        since = _moved(facets.last, -RECENT_DAYS)
        found.append(Mention(latest.start(), latest.end(), Filter((), since), certain=True))
    return found


def beside(text: str, times: Sequence[Mention], named: Sequence[Mention]) -> list[Mention]:
    """Return the dates, certain where they follow a certain source at once: "reported by Wired on 9 June 2023"."""
    ends = [mention.end for mention in named if mention.certain]
    sure = [any(end < time.start and _ON.match(text[end : time.start]) for end in ends) for time in times]
    return [replace(time, certain=time.certain or near) for time, near in zip(times, sure, strict=True)]


def _from_side(side: re.Match[str] | None, first: str, last: str) -> Filter:
    """Return what a date limits to, given the word before it: "after May 2023" is from the 1st of June on."""
    if side is None:
        return Filter((), first, last)
    if side["after"]:
        return Filter((), _moved(last, 1))
    if side["since"]:
        return Filter((), first)
    return Filter((), None, _moved(first, -1) if side["before"] else last)


def _closed(one: Filter, other: Filter) -> bool:
    """Tell whether two limits are not the two sides of one."""
    return bool((one.since and one.until) or (one.since and other.since) or (one.until and other.until))


def _may_be(limits: Filter, facets: Facets) -> bool:
    """Tell whether a time is one to look for in a collection: one with two ends must meet its dates."""
    if not facets.first or not facets.last:
        return False
    return not (limits.since and limits.until) or (limits.since <= facets.last and limits.until >= facets.first)


def _moved(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:  # the first or the last day that there is
        return day


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
