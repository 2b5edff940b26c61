"""The dense part: an immutable FAISS base over vectors, plus what changed since, searched exactly.

It holds the vectors of sentences under their rows in the catalog, and those of passages under theirs plus ``PASSAGES``.
The base holds every vector up to its generation; younger ones are kept in memory, and those of removed articles are
masked, until ``build`` writes a new base beside the old one and renames it into place.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.stores.local.catalog import Catalog
from index.types import Filter

FILE = "dense.faiss"
PASSAGES = 1 << 40  # tells a passage's row from a sentence's
MERGE_SHARE = 0.05
MERGE_ROWS = 20_000
SPLIT = 10_000  # vectors from which on a search is shared between two threads

_BESIDE = ThreadPoolExecutor(os.cpu_count(), "dense")

Ids = NDArray[np.int64]


class Dense:
    """The open dense part; ``refresh`` takes up what the catalog has gained and lost since."""

    def __init__(self, dimension: int, generation: int = 0, base: Any = None) -> None:
        """Search ``base``, which reflects ``generation``; without one everything is held in memory."""
        self._dimension = dimension
        self.generation = generation
        self._base: Any = _empty(dimension) if base is None else base
        self._ids: Ids = _ids(self._base)
        self._flat: Any = faiss.downcast_index(self._base.index)
        self._halves = _halves(self._flat)
        self._left_out: list[int] = []  # articles whose vectors were damaged when the base was built,
        self._unread: list[int] = []  # and those among the younger ones
        self._take([], np.zeros(0, np.int64))

    @classmethod
    def open(cls, folder: Path, dimension: int, generation: int) -> "Dense":
        """Open the base of ``folder``; generation 0 stands for none. Raises IndexDamaged where it cannot be read."""
        return cls(dimension, generation, _read(folder / FILE, dimension) if generation else None)

    @classmethod
    def build(cls, folder: Path, catalog: Catalog, dimension: int) -> tuple["Dense", str]:
        """Write a new base from the catalog; return it and the file's sha256."""
        base = _empty(dimension)
        generation = catalog.generation
        damaged = []
        for article, ids, vectors in _vectors(catalog, 0):
            if vectors is None:
                damaged.append(article)
            else:
                base.add_with_ids(vectors.astype(np.float32), ids)
        partial = folder / (FILE + ".new")
        faiss.write_index(base, str(partial))
        with partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        partial.replace(folder / FILE)
        dense = cls(dimension, generation, base)
        dense._left_out = damaged
        return dense, digest

    @property
    def live(self) -> int:
        """Return the number of vectors that a search can find."""
        return len(self._known)

    @property
    def damaged(self) -> list[int]:
        """Return the article rows that are left out because their vectors were damaged when they were read."""
        return [*self._left_out, *self._unread]

    def refresh(self, catalog: Catalog) -> None:
        """Load the vectors that are younger than the base, and mask those of articles that are gone."""
        young = list(_vectors(catalog, self.generation))
        self._unread = [article for article, _, vectors in young if vectors is None]
        held = [(ids, vectors) for _, ids, vectors in young if vectors is not None]
        self._take(held, _all_ids(catalog.rows_of(catalog.hidden()).values()))

    def _take(self, held: Sequence[tuple[Ids, NDArray[np.float16]]], hidden: Ids) -> None:
        """Hold these vectors beside the base, mask the ``hidden`` ones in it, and note where each id is found."""
        self._delta_ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in held)])
        self._delta = np.concatenate([np.zeros((0, self._dimension), np.float32), *(vectors for _, vectors in held)])
        # A restored article is in the base and, under its new generation, in the delta too: mask it in the base.
        self._open = ~np.isin(self._ids, np.concatenate([hidden, self._delta_ids]))
        ids_here = np.concatenate([self._ids[self._open], self._delta_ids])
        places = np.concatenate([np.flatnonzero(self._open), len(self._ids) + np.arange(len(self._delta_ids))])
        order = np.argsort(ids_here)
        self._known, self._places = ids_here[order], places[order]

    def due(self) -> bool:
        """Tell whether so much changed since the base that a new one should be written."""
        changed = len(self._delta_ids) + np.count_nonzero(~self._open)
        return bool(changed > MERGE_ROWS or changed > MERGE_SHARE * len(self._ids))

    def search(self, vector: NDArray[np.float32], k: int, catalog: Catalog, limits: Filter) -> list[tuple[int, float]]:
        """Return the ids of the ``k`` nearest vectors with their inner products, best first."""
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        admitted = np.ones(len(self._ids) + len(self._delta_ids), bool)
        if limits:
            places = self._find(_all_ids(catalog.rows_of(catalog.admitted(limits)).values()))
            admitted[:] = False
            admitted[places[places >= 0]] = True
        base, delta = np.split(admitted, [len(self._ids)])
        base &= self._open
        found: list[tuple[int, float]] = []
        if base.any():
            middle = len(base) // 2 if len(base) >= SPLIT else len(base)
            other = _BESIDE.submit(self._nearest, query, k, base, middle, len(base)) if middle < len(base) else None
            found += self._nearest(query, k, base, 0, middle)
            found += other.result() if other else []
        if delta.any():
            young = np.einsum("ij,j->i", self._delta[delta], query[0])
            found += zip(self._delta_ids[delta].tolist(), young.tolist(), strict=True)
        return sorted(found, key=lambda x: (-x[1], x[0]))[:k]

    def _nearest(
        self, query: NDArray[np.float32], k: int, admitted: NDArray[np.bool_], start: int, stop: int
    ) -> list[tuple[int, float]]:
        """Return the ids of the ``k`` nearest admitted vectors of a stretch of the base, with their inner products."""
        faiss.omp_set_num_threads(1)  # OpenMP's threads spin: where one must wait for a processor all take much longer
        inside = np.zeros(len(admitted), bool)
        inside[start:stop] = admitted[start:stop]
        if not inside.any():
            return []
        bits = np.packbits(inside, bitorder="little")
        selector = None if inside.all() else faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, places = self._flat.search(query, min(k, len(admitted)), params=parameters)
        return [(int(self._ids[p]), float(s)) for p, s in zip(places[0], scores[0], strict=True) if p >= 0]

    def vectors(self, ids: Ids) -> NDArray[np.float32]:
        """Return the vectors of these ids, in their order: shape (len(ids), dimension).

        One that is not here, because it was destroyed meanwhile or is damaged, is zeros: near to nothing.
        """
        rows = np.zeros((len(ids), self._dimension), np.float32)
        places = self._find(ids)
        old, young = (places >= 0) & (places < len(self._ids)), places >= len(self._ids)
        rows[old] = self._halves[places[old]]
        rows[young] = self._delta[places[young] - len(self._ids)]
        return rows

    def problems(self, catalog: Catalog) -> list[str]:
        """Return where base and delta together differ from the catalog."""
        live = _all_ids(catalog.rows_of(catalog.added_since(0)).values())
        missing, surplus = len(np.setdiff1d(live, self._known)), len(np.setdiff1d(self._known, live))
        found = [f"{missing} vectors of the catalog are missing"] if missing else []
        return found + ([f"{surplus} vectors are not in the catalog"] if surplus else [])

    def _find(self, ids: Ids) -> Ids:
        """Return the place of each id: in the base, or after its end in the delta; -1 for one that is not here."""
        if not len(self._known):
            return np.full(len(ids), -1, np.int64)
        at = np.minimum(np.searchsorted(self._known, ids), len(self._known) - 1)
        return np.where(self._known[at] == ids, self._places[at], -1)


def sha256(folder: Path) -> str:
    """Hash the base file of ``folder``."""
    with (folder / FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _vectors(catalog: Catalog, generation: int) -> Iterator[tuple[int, Ids, NDArray[np.float16] | None]]:
    """Yield every article younger than ``generation`` with its ids and vectors, None where these are damaged."""
    articles = catalog.added_since(generation)
    rows = catalog.rows_of(articles)
    for article in articles:
        ids = _all_ids([rows[article]] if article in rows else [])
        try:
            vectors = catalog.vectors(article)
        except IndexDamaged:
            vectors = np.zeros((0, 0), np.float16)
        yield article, ids, vectors if 0 < len(vectors) == len(ids) else None


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


def _empty(dimension: int) -> Any:
    # The vectors are float16 anyway: kept as that they are searched faster than as float32, and nothing is lost.
    halves = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    return faiss.IndexIDMap(halves)


def _ids(base: Any) -> Ids:
    return np.array(faiss.vector_to_array(base.id_map), np.int64) if base.ntotal else np.zeros(0, np.int64)


def _halves(flat: Any) -> NDArray[np.float16]:
    """Return FAISS's own memory of the vectors, which lasts as long as ``flat``."""
    if not flat.ntotal:
        return np.zeros((0, flat.d), np.float16)
    return np.asarray(faiss.rev_swig_ptr(flat.codes.data(), flat.codes.size()).view(np.float16).reshape(-1, flat.d))


def _read(path: Path, dimension: int) -> Any:
    try:
        base = faiss.read_index(str(path))
    except (OSError, RuntimeError, MemoryError) as error:
        raise IndexDamaged(f"{path} cannot be read ({error})") from error
    # What FAISS does not check itself it would later read past the end of.
    flat = faiss.downcast_index(base.index) if isinstance(base, faiss.IndexIDMap) else None
    if (
        not isinstance(flat, faiss.IndexScalarQuantizer)
        or not flat.is_trained
        or flat.sq.qtype != faiss.ScalarQuantizer.QT_fp16
        or {base.d, flat.d, flat.sq.d} != {dimension}
        or {flat.code_size, flat.sq.code_size} != {2 * dimension}
        or {base.metric_type, flat.metric_type} != {faiss.METRIC_INNER_PRODUCT}
        or {flat.ntotal, len(_ids(base)), flat.codes.size() / (2 * dimension)} != {base.ntotal}
    ):
        raise IndexDamaged(f"{path} does not hold half-precision vectors of {dimension} dimensions, one per id")
    return base
