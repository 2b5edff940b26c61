"""A question -> the days, months and spans between them in which articles may have been published.

A mention is certain when the words beside it speak of publishing ("published before May 2023", "the Wired report of 7
July 2023"). Otherwise the time may as well be when something happened: "said on 7 July 2023".
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from index.stores.base import Facets
from index.terms import MONTHS
from index.types import Filter
from qa.mentions import NOUN, Mention

RECENT_DAYS = 30  # "the latest news" is what was published so long before the newest article

_MONTH = rf"(?:{'|'.join(MONTHS)}|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
_TH = r"(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<month>{_MONTH})\s+(?:(?P<day>\d{{1,2}}){_TH},?\s+)?(?P<year>\d{{4}})\b"
    rf"|\b(?P<day2>\d{{1,2}}){_TH}\s+(?:of\s+)?(?P<month2>{_MONTH}),?\s+(?P<year2>\d{{4}})\b",
    re.IGNORECASE,
)
"""A day or a month of a year."""

_NAMED = re.compile(
    rf"\b(?:(?P<iso>\d{{4}}-\d\d-\d\d)\b"
    rf"|(?:(?P<month>{_MONTH})(?!\w)(?:\s+(?P<day>\d{{1,2}}){_TH}\b)?"
    rf"|(?P<day2>\d{{1,2}}){_TH}\s+(?:of\s+)?(?P<month2>{_MONTH})(?!\w))(?:,?\s+(?P<year>\d{{4}})\b)?)",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"\b(?:(?P<until>no later than|(?:on|before) or (?:on|before)|up to|until|till|by)"
    r"|(?P<since>(?:on|after) or (?:on|after)|not before|no earlier than|since)"
    r"|(?P<after>after|later than)|(?P<before>before|prior to|earlier than))\s+$",
    re.IGNORECASE,
)
_TO_WORD = r"(?:and|to|until|till|through|[-–—])"
_RANGE = re.compile(r"\b(?:between|from)\s+$", re.IGNORECASE)
_TO = re.compile(rf"^\s*{_TO_WORD}\s*$", re.IGNORECASE)
_FIRST_END = re.compile(  # "from May 3 to", "between 3 and", "May 3–": the rest of the date stands at the other end
    rf"(?:\b(?:between|from)\s+(?:(?P<month>{_MONTH})(?:\s+(?P<day>\d{{1,2}}){_TH})?|(?P<day2>\d{{1,2}})"
    rf"{_TH}(?:\s+(?P<month2>{_MONTH}))?)\s*{_TO_WORD}|\b(?P<day3>\d{{1,2}})\s*[-–—])\s*$",
    re.IGNORECASE,
)
_AND = re.compile(r"^,?(?:\s+(?:and|but))?\s*$", re.IGNORECASE)
_ALSO = re.compile(r"^,?\s+(?:and|or)\s+(?:(?:in|on|of|from)\s+)?$", re.IGNORECASE)
_WHEN = (
    r"(?:(?:on|during|in(?: early| late)?|of|from|after|since|before|prior to|until|till|by|between|up to|"
    r"no later than|later than|earlier than|not before|no earlier than|on or (?:after|before)|(?:after|before) or on)"
    r"\s+(?:the\s+)?(?:\w+day,?\s+)?)?"
)
_OUT = r"(?:published|posted|written|reported|covered|appeared|dated)"
_APPEARED = re.compile(
    rf"\b(?:(?:what|{NOUN}(?: that)?)(?: \w+)?(?: (?:was|were|is|are|has been|have been))? {_OUT}"
    rf"|(?:the|an?|any|which|what) (?:{NOUN})|articles|coverage|stories)\s+{_WHEN}$",
    re.IGNORECASE,
)
_THERE = re.compile(rf"\b{_OUT}\s+{_WHEN}$", re.IGNORECASE)
_ON = re.compile(rf"^[\"'’”]?(?:['’]s)?(?:\s+(?:\w+ )?{NOUN})?\s+{_WHEN}$", re.IGNORECASE)
_OF_THAT_DAY = re.compile(r"^(?:['’]s)?\s+(?:articles?|stor(?:y|ies)|reports?|coverage|editorials?)\b", re.IGNORECASE)
_LATEST = re.compile(
    r"\b(?:(?:latest|newest|most recent)"
    r"(?=\s+(?:news|articles|stories|coverage)(?:[?,.]|\s+(?:on|about|from|of|in|regarding)\b|$))"
    r"|(?<=the )latest(?=\s+(?:on|about)\b))",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
_RELATIVE = re.compile(  # "today's market" is the present one
    rf"\b(?:today(?!['’]s\s+(?!(?:[\w-]+\s+){{0,2}}(?:{NOUN}|news|headlines|papers?)\b))"
    r"|yesterday|this (?:morning|week|month|year)|last (?:night|week|month|year)"
    r"|(?:in|over|during) the (?:last|past) (?:(?:\d{1,3}|two|three|few) )?(?:days?|weeks?|months?))\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:the )?(?:last|past) (?:(\d{1,3}|two|three|few) )?(day|week|month)s?|(\d{1,3}) (day|week|month)s? ago"
)
_LENGTH = {"day": 1, "week": 7, "month": 30}
_MANY = {"two": 2, "three": 3, "few": 3}


def dates(text: str, facets: Facets, today: date | None = None) -> list[Mention]:
    """Return where the question names days or months in which articles may have been published, in order.

    A date is certain when the words beside it speak of publishing. A day or month outside the collection's dates is no
    mention: it will be one that articles tell of. "Yesterday" is the day before ``today``, or in an archive, to which
    nothing was added for a month, the day before its newest article.
    """
    found: list[Mention] = []
    for m in DATE.finditer(text):
        if days := _days(m):
            _take(found, text, m, *days)
    found = [mention for mention in found if _may_be(mention.filter, facets)]
    latest = _LATEST.search(text)
    if latest and facets.last and not found and not _YEAR.search(text):
        since = _moved(facets.last, -RECENT_DAYS)
        found.append(Mention(latest.start(), latest.end(), Filter((), since), certain=True))
    if facets.last and not found and (relative := _RELATIVE.search(text)):
        present = today or date.today()
        now = _now(facets, present)
        begun = ago(relative[0], now)
        # In an archive "today" may be the day of its newest article, or mean nowadays.
        certain = not re.search("month|year" if now == present else "month|year|today", relative[0], re.IGNORECASE)
        found.append(Mention(relative.start(), relative.end(), Filter((), begun), certain))
    return found


def names(text: str, day: str) -> bool:
    """Tell whether a text names a day or month, with its year or without any; every text does if ``day`` is neither.

    Of "July 11 and 12" and "July 11-12" only the first day is read.
    """
    wanted = DATE.fullmatch(day)
    days = _days(wanted) if wanted else None
    if not days:
        return True
    year, month, first = map(int, days[0].split("-"))
    for m in _NAMED.finditer(text):
        if m["iso"]:
            if days[0] <= m["iso"] <= days[1]:
                return True
            continue
        name, told = m["month"] or m["month2"], int(m["day"] or m["day2"] or 0)
        if not name[0].isupper() or _month(name) != month or (m["year"] and int(m["year"]) != year):
            continue
        if days[0] != days[1] or told == first:
            return True
    return False


def _now(facets: Facets, today: date) -> date:
    """Return the day that "yesterday" comes before: today, in an archive the day of its newest article."""
    newest = date.fromisoformat(facets.last[:10]) if facets.last else today
    return newest if newest < today - timedelta(days=RECENT_DAYS) else today


def ago(words: str, today: date) -> str | None:
    """Return the first of the days that words name, ISO 8601: "monday" is the last one, "last week" began on its own.

    Returns None for words that name no day.
    """
    words = " ".join(words.lower().split())
    for preposition in ("in ", "over ", "during "):
        words = words.removeprefix(preposition)
    if m := DATE.fullmatch(words):
        days = _days(m)
        return days[0] if days else None
    if _YEAR.fullmatch(words):
        return f"{words}-01-01"
    if m := _SPAN.fullmatch(words):
        number, unit = m[1] or m[3] or "1", m[2] or m[4]
        # "Last week" and "last month" are those of the calendar; "the last two weeks" are counted.
        if m[1] or m[3] or unit == "day" or words.startswith(("the ", "past ")):
            return _moved(today.isoformat(), -_LENGTH[unit] * (_MANY.get(number) or int(number)))
    weekday = words.removeprefix("last ")
    if weekday in _WEEKDAYS:
        return _moved(today.isoformat(), -((today.weekday() - _WEEKDAYS.index(weekday)) % 7 or 7))
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    known = {
        "today": today,
        "this morning": today,
        "yesterday": today - timedelta(days=1),
        "last night": today - timedelta(days=1),
        "this week": monday,
        "last week": monday - timedelta(days=7),
        "this month": first,
        "last month": (first - timedelta(days=1)).replace(day=1),
        "this year": today.replace(month=1, day=1),
        "last year": today.replace(year=max(today.year - 1, 1), month=1, day=1),
    }
    return known[words].isoformat() if words in known else None


def _take(found: list[Mention], text: str, m: re.Match[str], first: str, last: str) -> None:
    """Add a date to those found before it, or join it to the one that it makes a span with."""
    start, end = m.span()
    before = found[-1] if found else None
    if before and _TO.match(text[before.end : start]) and _RANGE.search(text[: before.start]):
        days = sorted((before.filter.since or first, before.filter.until or first, first, last))
        found[-1] = Mention(before.start, end, Filter((), days[0], days[-1]), before.certain)
        return
    if (opening := _FIRST_END.search(text[:start])) and (begin := _first_end(opening, first)):
        start, first = opening.start(), min(begin, first)
    side = _SIDE.search(text[:start])
    limits = _from_side(side, first, last)
    certain = bool(_APPEARED.search(text[:start]) or _OF_THAT_DAY.match(text[end:]))
    if side and before and _AND.match(text[before.end : side.start()]) and not _closed(before.filter, limits):
        both = Filter((), before.filter.since or limits.since, before.filter.until or limits.until)
        found[-1] = Mention(before.start, end, both, before.certain or certain)
        return
    if before and _ALSO.match(text[before.end : start]):
        certain = certain or before.certain
    found.append(Mention(start, end, limits, certain))


def beside(text: str, times: Sequence[Mention], named: Sequence[Mention]) -> list[Mention]:
    """Return the dates, certain also where a certain source published then: "reported by Wired on 9 June 2023"."""
    ends = [mention.end for mention in named if mention.certain]

    def near(time: Mention) -> bool:
        there = [end for end in ends if end < time.start]
        return any(_ON.match(text[end : time.start]) for end in there) or bool(
            there and _THERE.search(text[: time.start])
        )

    return [replace(time, certain=time.certain or near(time)) for time in times]


def _from_side(side: re.Match[str] | None, first: str, last: str) -> Filter:
    """Return what a date limits to, given the words before it: "after May 2023" is from the 1st of June on."""
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


def _first_end(opening: re.Match[str], other: str) -> str | None:
    """Return the day that the first end of a span names, what it leaves out taken from the other end."""
    name, day = opening["month"] or opening["month2"], opening["day"] or opening["day2"] or opening["day3"]
    month = _month(name) if name else int(other[5:7])
    try:
        return date(int(other[:4]), month, int(day or 1)).isoformat()
    except ValueError:
        return None


def _month(name: str) -> int:
    return next(i for i, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _days(m: re.Match[str]) -> tuple[str, str] | None:
    """Return the first and the last day that a date names; None where there is no such day."""
    if m["iso"]:
        first = last = m["iso"]
    else:
        year, month = int(m["year"] or m["year2"]), _month(m["month"] or m["month2"])
        day = m["day"] or m["day2"]
        days = (int(day), int(day)) if day else (1, calendar.monthrange(max(year, 1), month)[1])
        first, last = (f"{year:04}-{month:02}-{d:02}" for d in days)
    try:
        date.fromisoformat(first)
    except ValueError:
        return None
    return first, last
