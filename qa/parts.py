"""A question -> the parts that are searched for by themselves, and the limits that it names.

A question that names several things at once is near to none of them. It is taken apart source by source, each with the
clauses that speak of it, or, when it is long and names no source, clause by clause.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise, zip_longest

from index.stores.base import Facets
from index.terms import content_words
from index.types import Filter
from qa.dates import beside, dates
from qa.mentions import WROTE, Mention, listed, sources, without
from qa.types import Part

LONG = 18  # content words, from which on a question, or what it asks of one source, is taken apart by its clauses
CLAUSE = 5  # content words that a clause must have to stand for itself
MOST = 6  # parts

_BETWEEN = re.compile(
    r"[,;:]\s+(?:and |but |while |whereas )?|\s+(?:and|while|whereas|but|compared (?:to|with)|in contrast to|with)\s+",
    re.IGNORECASE,
)
_SAYS_WHERE = re.compile(  # "according to the" at either end of a question, ", as reported by"
    r"(?:^\W*|,?\s+)(?:according to|(?:as )?per|as (?:reported|published|written|described|told) (?:by|in))"
    r"\s+(?:an? |the )?[\"'‘“]?$",
    re.IGNORECASE,
)
_BLANK = re.compile(r" (?=[?!.,;:])")
_OWN = re.compile(r"^[\"'’”]?['’]s?\b")
_THE = re.compile(r"\bthe\s+[\"'‘“]?$", re.IGNORECASE)
_AFTER = re.compile(r"^[\"'’”]?,?\s*")
_OPENING = 4  # content words before the first source: with more, clauses stand before the source they belong to

Span = tuple[int, int]


def take_apart(text: str, limits: Filter, facets: Facets, today: date | None = None) -> tuple[tuple[Part, ...], Filter]:
    """Return the parts of a question, none when it is searched for as a whole, and the limits that it names itself.

    What the person who asks has limited is not read from the question as well. Where a mention may be no limit at all
    the last part is the whole question without it, and it is none of the limits.
    """
    there = sources(text, facets)
    named = [] if limits.sources else there
    times = [] if limits.since or limits.until else beside(text, dates(text, facets, today), there)
    if named or times:
        groups = _by_mention(text, named, times)
        mentions = [*named, *times]
        told = _sure(mentions)
        if [len(texts) for texts in groups.values()] == [1]:
            groups = {only: [_asked_within(text, told)] for only in groups}
        parts = _parts(groups, without(text, told) or text)
        whole = () if len(told) == len(mentions) else (Part(text),)
        return (*parts, *whole), _limits(list(groups), named, times)
    texts = _texts([text[start:end] for start, end in _clauses(text, ())])
    return (tuple(map(Part, texts)) if len(texts) > 1 else ()), Filter()


def _limits(filters: Sequence[Filter], named: Sequence[Mention], times: Sequence[Mention]) -> Filter:
    """Return what the whole question is limited to: all sources that it names where one is certain, and certain times.

    Where one source is certain the others that are named may be what is asked about, and then know most of it.
    """
    kept = tuple(dict.fromkeys(source for m in named for source in m.filter.sources))
    sure = [m.filter for m in times if m.certain]
    days = _around(filters if len(sure) == len(times) else sure) if sure else Filter()
    return Filter(kept if any(m.certain for m in named) else (), days.since, days.until)


def _around(filters: Sequence[Filter]) -> Filter:
    """Return a filter that admits what any of these admits, and perhaps more."""
    sources = dict.fromkeys(source for f in filters for source in f.sources) if all(f.sources for f in filters) else ()
    since, until = [f.since for f in filters], [f.until for f in filters]
    return Filter(
        tuple(sources),
        min(filter(None, since)) if all(since) else None,
        max(filter(None, until)) if all(until) else None,
    )


def _parts(groups: Mapping[Filter, Sequence[str]], whole: str) -> tuple[Part, ...]:
    """Return at most ``MOST`` parts: the first text within each filter before any second one.

    Filters for which there is no room share the last part.
    """
    filters = list(groups)
    if len(filters) > MOST:
        rest = Part(whole, _around(filters[MOST - 1 :]))
        return (*(Part(groups[f][0], f) for f in filters[: MOST - 1]), rest)
    turns = zip_longest(*([Part(text, f) for text in texts] for f, texts in groups.items()))
    return tuple(part for turn in turns for part in turn if part is not None)[:MOST]


def _by_mention(text: str, named: Sequence[Mention], times: Sequence[Mention]) -> dict[Filter, list[str]]:
    """Return what to search for within each source that a clause names, and each date where no source is named."""
    mentions = [*named, *times]
    told = _sure(mentions)
    heads = named or times
    clauses = _clauses(text, mentions)
    forward = len(content_words(text[: heads[0].start])) <= _OPENING
    owners = [i for i, clause in enumerate(clauses) if _within(heads, clause)]
    groups: dict[Filter, list[str]] = {}
    for i in owners:
        group = [c for j, c in enumerate(clauses) if _owner(j, owners, forward) == i]
        texts = _texts([_stripped(text, clause, told) for clause in group]) or [without(text, told)]
        own = _within(heads, clauses[i])
        days = [m for clause in group for m in _within(times, clause)] if named else []
        for head in own:
            for day in [m.filter for m in _days_of(head, own, days)] or [head.filter]:
                within = Filter(head.filter.sources, day.since, day.until)
                kept = groups.setdefault(within, [])
                kept += [each for each in texts if each not in kept]
    return groups


def _days_of(head: Mention, heads: Sequence[Mention], days: Sequence[Mention]) -> list[Mention]:
    """Return the dates that go with a source: those between it and the next, or the ones that all sources share."""
    following = min((other.start for other in heads if other.start > head.start), default=None)
    own = [day for day in days if head.start < day.start and (following is None or day.start < following)]
    shared = [day for day in days if day.start < heads[0].start] or [day for day in days if day.start > heads[-1].start]
    return own or shared


def _texts(clauses: Sequence[str]) -> list[str]:
    """Return what to search for: the clauses together, or each by itself where they are long; nothing without words."""
    together = " ".join(clauses)
    words = len(content_words(together))
    whole = [clause for clause in clauses if len(content_words(clause)) >= CLAUSE]
    if words >= LONG and len(whole) > 1:
        return whole[:MOST]
    return [together] if words else []


def _clauses(text: str, mentions: Sequence[Mention]) -> list[Span]:
    """Return the spans of the clauses; none is cut inside a mention, or inside a list of them."""
    lists = [
        (a.start, b.end) for a, b in pairwise(sorted(mentions, key=lambda m: m.start)) if listed(text[a.end : b.start])
    ]
    kept = [*((m.start, m.end) for m in mentions), *lists]
    cuts = [m.span() for m in _BETWEEN.finditer(text) if not any(a < m.end() and m.start() < b for a, b in kept)]
    edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _asked_within(text: str, told: Sequence[Mention]) -> str:
    """Return a question without these mentions, and without "according to" before them.

    "What did Wired write" becomes "what did it write", and "Wired's report" "its report".
    """
    for mention in sorted(told, key=lambda m: -m.start):
        before, after = text[: mention.start], text[mention.end :]
        if cut := _SAYS_WHERE.search(before):
            text = f"{before[: cut.start()]} {_AFTER.sub('', after)}"
        elif own := _OWN.match(after):
            text = f"{_THE.sub('', before)} its {after[own.end() :]}"
        else:
            text = f"{before} {'it' if WROTE.match(after) else ''} {after}"
    return _BLANK.sub("", " ".join(text.split()))


def _sure(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions that say where to look; the others may be what is looked for, and stay in the text."""
    return [mention for mention in mentions if mention.certain]


def _within(mentions: Sequence[Mention], clause: Span) -> list[Mention]:
    return [m for m in mentions if clause[0] <= m.start < clause[1]]


def _owner(clause: int, owners: Sequence[int], forward: bool) -> int:
    """Return which clause with a source a clause belongs to: itself, the last one before it, or the next."""
    before, after = [i for i in owners if i <= clause], [i for i in owners if i >= clause]
    if clause in owners:
        return clause
    return (before[-1] if before else after[0]) if forward else (after[0] if after else before[-1])


def _stripped(text: str, clause: Span, mentions: Sequence[Mention]) -> str:
    inside = _within(mentions, clause)
    moved = [Mention(m.start - clause[0], m.end - clause[0], m.filter, m.certain) for m in inside]
    return without(text[slice(*clause)], moved)
