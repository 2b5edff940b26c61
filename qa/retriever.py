"""What is searched for -> hits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from index.index import Index
from index.types import Filter, Hit
from qa.leaning import weight
from qa.types import Part, SearchedFor

COPIED = 0.9  # Jaccard similarity of two passages' words, from which on they say the same
_MARGIN = 10  # passages retrieved at first beyond those that are wanted, as copies make room
_COMPARED = 20  # best hits of which copies are looked for: the later ones are only counted

_DIGIT = re.compile(r"\d")


def retrieve(index: Index, searched_for: SearchedFor, k: int) -> list[Hit]:
    """Return the ``k`` best passages, rank 1 first, within the sources and dates that were asked for.

    A question that was taken apart is searched for part by part, each part leaning on the whole. The parts take turns,
    so that the first hits hold something for each of them, and the part with the best hit begins; what they leave open
    is filled from the search for the whole. Passages that are near-duplicates of a better one are its copies.
    """
    depth = k + _MARGIN
    while True:
        found = _found(index, searched_for, depth)
        hits = _collapsed(found, k)
        if len(hits) == k or len(found) < depth:
            return hits
        depth *= 4


def in_turn(lists: Sequence[list[Hit]]) -> list[Hit]:
    """Return the distinct hits of several searches, which take turns."""
    return [hit.at(rank) for rank, hit in enumerate(_distinct(chain(*zip_longest(*lists)), sum(map(len, lists))), 1)]


def _found(index: Index, searched_for: SearchedFor, k: int) -> list[Hit]:
    limits = Filter(searched_for.sources, searched_for.since, searched_for.until)
    text, carried = searched_for.asks, " ".join(searched_for.carried)
    if not searched_for.parts and not carried:
        return index.search(text, k, limits)
    if not searched_for.parts:
        # A vector of both together knows what they mean together; one of each by itself finds less.
        return index.search(text, k, limits, context=f"{carried} {text}", weight=weight(index.says(text)))
    whole = f"{text} {carried}".strip()
    parts = [part if searched_for.several else replace(part, text=text) for part in searched_for.parts]
    lists = [found for part in parts if (found := _search(index, part, whole, limits, k))]
    lists.sort(key=lambda found: -found[0].score)
    hits = _distinct(chain(*zip_longest(*lists)), k)
    if len(hits) < k:
        hits = _distinct([*hits, *index.search(text, k, limits, context=carried)], k)
    return hits


def _search(index: Index, part: Part, whole: str, limits: Filter, k: int) -> list[Hit]:
    """Return the passages for a part of a question, within its own limits and those of the whole."""
    own = part.filter
    within = Filter(own.sources or limits.sources, own.since or limits.since, own.until or limits.until)
    return index.search(part.text, k, within, context="" if part.text == whole else whole)


def _distinct(hits: Iterable[Hit | None], k: int) -> list[Hit]:
    """Return the first ``k`` distinct passages, in this order."""
    first: dict[str, Hit] = {}
    for hit in hits:
        if hit is not None:
            first.setdefault(hit.passage.passage_id, hit)
    return [*first.values()][:k]


def _collapsed(hits: Iterable[Hit], k: int) -> list[Hit]:
    """Return the first ``k`` hits that are no copies of better ones, ranked in this order, each with its copies."""
    kept: list[Hit] = []
    words: list[frozenset[str]] = []
    copies: dict[int, list[Hit]] = {}
    for hit in hits:
        own = frozenset(hit.text.casefold().split())
        original = next((i for i, other in enumerate(words) if _copied(own, other)), None)
        if original is not None:
            copies.setdefault(original, []).append(replace(hit, rank=original + 1))
        elif len(kept) < k:
            kept.append(hit)
            if len(words) < _COMPARED:
                words.append(own)
    return [replace(hit, rank=i + 1, copies=tuple(copies.get(i, ()))) for i, hit in enumerate(kept)]


def _copied(a: frozenset[str], b: frozenset[str]) -> bool:
    """Tell whether two passages' words are nearly the same, and their numbers are the same."""
    if min(len(a), len(b)) < COPIED * max(len(a), len(b)):
        return False
    common = len(a & b)
    return common >= COPIED * (len(a) + len(b) - common) and not _DIGIT.search(" ".join(a ^ b))
