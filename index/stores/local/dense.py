"""The dense part: an immutable base over vectors in a file, plus what changed since, held in memory.

It holds the vectors of sentences under their rows in the catalog, and those of passages under theirs plus ``PASSAGES``.
The base holds every vector up to its generation; younger ones are kept beside it, and those of removed articles are
masked, until ``build`` writes a new base beside the old one and renames it into place.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.stores.local import segment
from index.stores.local.catalog import Catalog
from index.stores.local.segment import Halves, Ids, Segment
from index.types import Filter

FILE = "dense.faiss"
PASSAGES = 1 << 40  # tells a passage's row from a sentence's
MERGE_SHARE = 0.05
MERGE_ROWS = 20_000


class Dense:
    """The open dense part; ``refresh`` takes up what the catalog has gained and lost since."""

    def __init__(self, dimension: int, generation: int = 0, base: Segment | None = None) -> None:
        """Search ``base``, which reflects ``generation``; without one everything is held in memory."""
        self._dimension = dimension
        self.generation = generation
        self._base = base or Segment.empty(dimension)
        self._left_out: list[int] = []  # articles whose vectors were damaged when the base was built,
        self._unread: list[int] = []  # and those among the younger ones
        self._seen = generation
        self._begin()

    @classmethod
    def open(cls, folder: Path, dimension: int, generation: int) -> "Dense":
        """Open the base of ``folder``; generation 0 stands for none. Raises IndexDamaged where it cannot be read."""
        return cls(dimension, generation, Segment.read(folder / FILE, dimension) if generation else None)

    @classmethod
    def build(cls, folder: Path, catalog: Catalog, dimension: int) -> tuple["Dense", str]:
        """Write a new base from the catalog; return it and the file's sha256."""
        generation = catalog.generation
        damaged: list[int] = []

        def read() -> Iterator[tuple[int, Ids, Halves]]:
            for article, ids in _articles(catalog, 0):
                vectors = _vectors(catalog, article, len(ids))
                if vectors is None:
                    damaged.append(article)
                else:
                    yield article, ids, vectors

        partial = folder / (FILE + ".new")
        digest = Segment.write(partial, dimension, read(), _sample(catalog))
        partial.replace(folder / FILE)
        dense = cls.open(folder, dimension, generation)
        dense._left_out = damaged
        return dense, digest

    @property
    def live(self) -> int:
        """Return the number of vectors that a search can find."""
        return sum(int(np.count_nonzero(part.open)) for part in (self._base, self._young))

    @property
    def damaged(self) -> list[int]:
        """Return the article rows that are left out because their vectors were damaged when they were read."""
        return [*self._left_out, *self._unread]

    @property
    def method(self) -> str:
        """Say how the nearest vectors are found, and why."""
        limit = f"{segment.CODED:,}"
        if self._base.coded:
            return f"the codes of {self.live:,} vectors, and the nearest exactly, as there were {limit} or more"
        return f"all of {self.live:,} vectors exactly, as there were fewer than {limit}"

    def refresh(self, catalog: Catalog) -> None:
        """Load the vectors that the last refresh did not see, and mask those of articles that are gone since."""
        if catalog.purged > self._seen:
            self._begin()  # what was destroyed meanwhile is named nowhere any more
        seen = catalog.generation
        self._open(_all_ids(catalog.rows_of(catalog.removed_since(self._seen)).values()), False)
        new = []
        for article, ids in _articles(catalog, self._seen):
            if len(ids) and self._open(ids, True):
                continue  # it was removed and is restored
            vectors = _vectors(catalog, article, len(ids))
            if vectors is not None:
                new.append((ids, np.full(len(ids), article), vectors))
            elif article not in self._unread:
                self._unread.append(article)
        if new:
            self._young.add(*map(np.concatenate, zip(*new, strict=True)))
        self._seen = seen

    def due(self, catalog: Catalog) -> bool:
        """Tell whether so much changed since the base, seen or not, that a new one should be written."""
        coming = sum(len(ids) for _, ids in _articles(catalog, self._seen))
        going = len(_all_ids(catalog.rows_of(catalog.removed_since(self._seen)).values()))
        changed = len(self._young) + int(np.count_nonzero(~self._base.open)) + coming + going
        return changed > MERGE_ROWS or changed > MERGE_SHARE * len(self._base)

    def search(self, vector: NDArray[np.float32], k: int, catalog: Catalog, limits: Filter) -> list[tuple[int, float]]:
        """Return the ids of the ``k`` nearest vectors with their inner products, best first."""
        admitted = catalog.admitted(limits) if limits else None
        found = [
            hit
            for part in self._parts()
            for hit in part.search(vector, k, None if admitted is None else part.of(admitted))
        ]
        return sorted(found, key=lambda x: (-x[1], x[0]))[:k]

    def products(self, ids: Ids, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner products of ``vector`` with those of these ids, in their order: shape (len(ids),).

        That of one that is not here, because it was destroyed meanwhile or is damaged, is 0: near to nothing.
        """
        products = np.zeros(len(ids), np.float32)
        for part in self._parts():
            places = part.places(ids)
            here = np.flatnonzero(places >= 0)
            here = here[part.open[places[here]]]
            products[here] = part.products(places[here], vector)
        return products

    def problems(self, catalog: Catalog) -> list[str]:
        """Return where base and delta together differ from the catalog."""
        live = _all_ids(catalog.rows_of(catalog.added_since(0)).values())
        known = np.concatenate([part.ids() for part in self._parts()])
        missing, surplus = len(np.setdiff1d(live, known)), len(np.setdiff1d(known, live))
        found = [f"{missing} vectors of the catalog are missing"] if missing else []
        return found + ([f"{surplus} vectors are not in the catalog"] if surplus else [])

    def _parts(self) -> tuple[Segment, Segment]:
        return self._base, self._young

    def _begin(self) -> None:
        """Hold nothing beside the base, as if nothing had changed since."""
        self._young = Segment.empty(self._dimension)
        self._unread = []
        self._seen = self.generation

    def _open(self, ids: Ids, shown: bool) -> bool:
        """Mask these vectors, or show them again; tell whether they are all here."""
        here = 0
        for part in self._parts():
            places = part.places(ids)
            part.open[places[places >= 0]] = shown
            here += int(np.count_nonzero(places >= 0))
        return here == len(ids)


def sha256(folder: Path) -> str:
    """Hash the base file of ``folder``."""
    with (folder / FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sample(catalog: Catalog) -> Halves | None:
    """Return vectors of articles from all over the catalog, or None where it has so few that they need no codes."""
    if sum(catalog.counts()[1:]) < segment.CODED:
        return None
    articles, parts, held = list(_articles(catalog, 0)), [], 0
    for i in np.random.default_rng(0).permutation(len(articles)):
        vectors = _vectors(catalog, articles[i][0], len(articles[i][1]))
        if vectors is not None:
            parts.append(vectors)
            held += len(vectors)
        if held >= segment.SAMPLE:
            return np.concatenate(parts)
    return None  # nearly all are damaged


def _articles(catalog: Catalog, generation: int) -> Iterator[tuple[int, Ids]]:
    """Yield every article younger than ``generation`` with the ids of its vectors, none where its rows are damaged."""
    articles = catalog.added_since(generation)
    rows = catalog.rows_of(articles)
    for article in articles:
        yield article, _all_ids([rows[article]] if article in rows else [])


def _vectors(catalog: Catalog, article: int, count: int) -> Halves | None:
    """Return an article's vectors, or None where these are damaged, or not so many."""
    try:
        vectors = catalog.vectors(article)
    except IndexDamaged:
        return None
    return vectors if 0 < len(vectors) == count else None


def _all_ids(rows: Iterable[tuple[range, range]]) -> Ids:
    """Return the ids of the articles' sentences and passages, article by article in the order of their vectors."""
    ids = [
        part
        for sentences, passages in rows
        for part in (
            np.arange(sentences.start, sentences.stop),
            np.arange(passages.start + PASSAGES, passages.stop + PASSAGES),
        )
    ]
    return np.concatenate([np.zeros(0, np.int64), *ids])
