"""Dense and lexical candidates -> ranked hits; the one place where scores are put together, for every store.

Both legs propose passages; every proposed passage is then scored by both: BM25 as a share of the best BM25 found for
this question, the best cosine among its sentences, and the cosine of the mean of its sentence vectors. Scores are
added, not ranks: how far ahead a passage is says something (measured: see the table in ARCHITECTURE.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.stores.base import Boosts, Store
from index.types import Filter, Hit

DEPTH = 200  # sentences, and passages, that each leg proposes at least


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts; they sum to 1 so that scores stay within about 0..1."""

    lexical: float = 0.35
    best: float = 0.5
    mean: float = 0.15
    boosts: Boosts = Boosts()


def search(
    store: Store,
    vector: NDArray[np.float32],
    terms: Sequence[str],
    k: int,
    limits: Filter,
    weights: Weights,
) -> list[Hit]:
    """Return the ``k`` best passages for a question's vector and terms, rank 1 first, ties by passage_id."""
    depth = max(DEPTH, k)
    lexical = {s.row: s.score for s in store.lexical(terms, depth, limits, weights.boosts)}
    rows = list(dict.fromkeys([*lexical, *(s.row for s in store.dense(vector, depth, limits))]))
    if not rows:
        return []
    cosines, best, means = _dense_evidence(store.vectors(rows), vector)
    top = max(lexical.values(), default=0.0) or 1.0
    scores = {
        row: weights.lexical * lexical.get(row, 0.0) / top + weights.best * near + weights.mean * mean
        for row, near, mean in zip(rows, best, means, strict=True)
    }
    evidence = dict(zip(rows, cosines, strict=True))
    # All that tie with the last one are looked up, since only their ids can tell them apart.
    last = sorted(scores.values(), reverse=True)[:k][-1:]
    chosen = [row for row in rows if scores[row] >= last[0]]
    found = sorted(store.found(chosen), key=lambda f: (-scores[f.row], f.passage.passage_id))[:k]
    return [
        Hit(
            passage=f.passage,
            score=scores[f.row],
            rank=rank,
            title=f.title,
            text=f.text,
            cosines=tuple(map(float, evidence[f.row])),
            lexical=lexical.get(f.row, 0.0),
        )
        for rank, f in enumerate(found, 1)
    ]


def _dense_evidence(
    vectors: Sequence[NDArray[np.float32]], question: NDArray[np.float32]
) -> tuple[list[NDArray[np.float32]], list[float], list[float]]:
    """Return, for each passage, its sentences' cosines, the best of them, and the cosine of their mean vector."""
    rows = np.concatenate(vectors)
    starts = np.cumsum([0, *(len(part) for part in vectors[:-1])])
    # einsum, not @: two threads of BLAS beside those of FAISS take twice as long as one.
    cosines = np.einsum("ij,j->i", rows, question)
    sums = np.add.reduceat(rows, starts, axis=0)
    means = np.einsum("ij,j->i", sums, question) / np.maximum(np.linalg.norm(sums, axis=1), 1e-12)
    return np.split(cosines, starts[1:]), np.maximum.reduceat(cosines, starts).tolist(), means.tolist()
