"""What is searched for -> hits."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, zip_longest

from index.index import Index
from index.types import Filter, Hit
from qa.types import Part, SearchedFor


def retrieve(index: Index, searched_for: SearchedFor, k: int) -> list[Hit]:
    """Return the ``k`` best passages, rank 1 first, within the sources and dates that were asked for.

    A question that was taken apart is searched for part by part, each part leaning on the whole. The parts take turns,
    so that the first hits hold something for each of them, and the part with the best hit begins; what they leave open
    is filled from the search for the whole.
    """
    limits = Filter(searched_for.sources, searched_for.since, searched_for.until)
    carried = " ".join(searched_for.carried)
    if not searched_for.parts:
        return index.search(searched_for.text, k, limits, context=carried)
    whole = f"{searched_for.text} {carried}".strip()
    lists = [found for part in searched_for.parts if (found := _search(index, part, whole, limits, k))]
    lists.sort(key=lambda found: -found[0].score)
    hits = _distinct(chain(*zip_longest(*lists)), k)
    if len(hits) < k:
        hits = _distinct([*hits, *index.search(searched_for.text, k, limits, context=carried)], k)
    return hits


def _search(index: Index, part: Part, whole: str, limits: Filter, k: int) -> list[Hit]:
    """Return the passages for a part of a question, within its own limits and those of the whole."""
    own = part.filter
    within = Filter(own.sources or limits.sources, own.since or limits.since, own.until or limits.until)
    return index.search(part.text, k, within, context="" if part.text == whole else whole)


def _distinct(hits: Iterable[Hit | None], k: int) -> list[Hit]:
    """Return the first ``k`` distinct passages, ranked in this order."""
    first: dict[str, Hit] = {}
    for hit in hits:
        if hit is not None:
            first.setdefault(hit.passage.passage_id, hit)
    return [replace(hit, rank=rank) for rank, hit in enumerate([*first.values()][:k], 1)]
