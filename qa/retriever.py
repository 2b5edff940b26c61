"""What is searched for -> hits."""

from index.index import Index
from index.types import Filter, Hit
from qa.types import SearchedFor


def retrieve(index: Index, searched_for: SearchedFor, k: int) -> list[Hit]:
    """Return the ``k`` best passages, rank 1 first, within the sources and dates that were asked for."""
    limits = Filter(searched_for.sources, searched_for.since, searched_for.until)
    return index.search(searched_for.text, k, limits, context=" ".join(searched_for.carried))
