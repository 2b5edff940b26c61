"""The dense part: an immutable FAISS base over sentence vectors, plus what changed since, searched exactly.

FAISS ids are the catalog's sentence rows. The base holds every sentence up to its generation; younger ones are
kept in memory, and those of removed articles are masked, until ``build`` writes a new base beside the old one and
renames it into place.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.stores.local.catalog import Catalog
from index.types import Filter

FILE = "dense.faiss"
MERGE_SHARE = 0.05
MERGE_ROWS = 20_000

Ids = NDArray[np.int64]


class Dense:
    """The open dense part; ``refresh`` takes up what the catalog has gained and lost since."""

    def __init__(self, dimension: int, generation: int = 0, base: Any = None) -> None:
        """Search ``base``, which reflects ``generation``; without one everything is held in memory."""
        self._dimension = dimension
        self.generation = generation
        self._base: Any = _empty(dimension) if base is None else base
        self._ids: Ids = _ids(self._base)
        self._delta = np.zeros((0, dimension), np.float32)
        self._delta_ids: Ids = np.zeros(0, np.int64)
        self._masked: Ids = np.zeros(0, np.int64)
        self._left_out: list[int] = []  # articles whose vectors were damaged when the base was built,
        self._unread: list[int] = []  # and those among the younger ones

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
        for article in catalog.added_since(0):
            try:
                vectors = catalog.vectors(article)[1:]
            except IndexDamaged:
                damaged.append(article)
                continue
            base.add_with_ids(vectors.astype(np.float32), catalog.sentence_rows([article]))
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
    def rows(self) -> int:
        """Return the number of sentences in the base."""
        return int(self._base.ntotal)

    @property
    def live(self) -> int:
        """Return the number of sentences that a search can find."""
        return len(self._ids) + len(self._delta_ids) - len(np.intersect1d(self._masked, self._ids))

    @property
    def damaged(self) -> list[int]:
        """Return the article rows that are left out because their vectors were damaged when they were read."""
        return [*self._left_out, *self._unread]

    def refresh(self, catalog: Catalog) -> None:
        """Load the sentences that are younger than the base, and mask those of articles that are gone."""
        ids, rows, self._unread = [], [], []
        for article in catalog.added_since(self.generation):
            try:
                rows.append(catalog.vectors(article)[1:].astype(np.float32))
            except IndexDamaged:
                self._unread.append(article)
                continue
            ids.append(catalog.sentence_rows([article]))
        self._delta_ids = np.concatenate([np.zeros(0, np.int64), *ids])
        self._delta = np.concatenate([np.zeros((0, self._dimension), np.float32), *rows])
        # A restored article is in the base and, under its new generation, in the delta too: mask it in the base.
        hidden = catalog.sentence_rows(catalog.hidden())
        self._masked = np.union1d(hidden, np.intersect1d(self._delta_ids, self._ids, assume_unique=True))

    def due(self) -> bool:
        """Tell whether so much changed since the base that a new one should be written."""
        changed = len(self._delta_ids) + len(np.intersect1d(self._masked, self._ids, assume_unique=True))
        return changed > MERGE_ROWS or changed > MERGE_SHARE * self.rows

    def search(self, vector: NDArray[np.float32], k: int, catalog: Catalog, limits: Filter) -> list[tuple[int, float]]:
        """Return the ``k`` nearest sentence rows with their inner products, best first."""
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        allowed = catalog.sentence_rows(catalog.admitted(limits)) if limits else None
        found: list[tuple[int, float]] = []
        if self.rows:
            parameters = faiss.SearchParameters(sel=self._selector(allowed))  # type: ignore[call-arg]
            scores, ids = self._base.search(query, min(k, self.rows), params=parameters)
            found += [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        if len(self._delta_ids):
            scores = self._delta @ query[0]
            keep = np.isin(self._delta_ids, allowed) if allowed is not None else np.ones(len(scores), bool)
            found += [(int(i), float(s)) for i, s in zip(self._delta_ids[keep], scores[keep], strict=True)]
        return sorted(found, key=lambda x: (-x[1], x[0]))[:k]

    def vectors(self, ids: Ids) -> NDArray[np.float32]:
        """Return the vectors of these sentence rows, in their order: shape (len(ids), dimension).

        A row that is not here, because it was destroyed meanwhile or is damaged, is zeros: near to nothing.
        """
        rows = np.zeros((len(ids), self._dimension), np.float32)
        young = np.isin(ids, self._delta_ids)
        order = np.argsort(self._delta_ids)
        rows[young] = self._delta[order[np.searchsorted(self._delta_ids, ids[young], sorter=order)]]
        old = ~young & np.isin(ids, self._ids)
        if old.any():
            rows[old] = self._base.reconstruct_batch(ids[old])
        return rows

    def problems(self, catalog: Catalog) -> list[str]:
        """Return where base and delta together differ from the catalog's sentences."""
        live = catalog.sentence_rows(catalog.added_since(0))
        here = np.setdiff1d(np.union1d(self._ids, self._delta_ids), self._masked)
        missing = np.setdiff1d(live, np.union1d(here, self._delta_ids))
        surplus = np.setdiff1d(here, live)
        found = [f"{len(missing)} sentences of the catalog are missing"] if len(missing) else []
        return found + ([f"{len(surplus)} sentences are not in the catalog"] if len(surplus) else [])

    def _selector(self, allowed: Ids | None) -> Any:
        if allowed is not None:
            return faiss.IDSelectorBatch(np.setdiff1d(allowed, self._masked, assume_unique=True))
        if len(self._masked):
            return faiss.IDSelectorNot(faiss.IDSelectorBatch(self._masked))
        return None


def sha256(folder: Path) -> str:
    """Hash the base file of ``folder``."""
    with (folder / FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _empty(dimension: int) -> Any:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _ids(base: Any) -> Ids:
    return np.array(faiss.vector_to_array(base.id_map), np.int64) if base.ntotal else np.zeros(0, np.int64)


def _read(path: Path, dimension: int) -> Any:
    try:
        base = faiss.read_index(str(path))
    except (OSError, RuntimeError, MemoryError) as error:
        raise IndexDamaged(f"{path} cannot be read ({error})") from error
    # What FAISS does not check itself it would later read past the end of.
    flat = faiss.downcast_index(base.index) if isinstance(base, faiss.IndexIDMap2) else None
    if (
        not isinstance(flat, faiss.IndexFlat)
        or {base.d, flat.d} != {dimension}
        or {base.metric_type, flat.metric_type} != {faiss.METRIC_INNER_PRODUCT}
        or {flat.ntotal, len(_ids(base)), flat.codes.size() // (4 * dimension)} != {base.ntotal}
    ):
        raise IndexDamaged(f"{path} does not hold a flat index of {dimension} dimensions, one row per id")
    return base
