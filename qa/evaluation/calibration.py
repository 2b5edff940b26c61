"""Fits the confidence: collections -> the weights and bias of qa/confidence.py, printed to be copied there.

    python -m qa.evaluation.calibration FOLDER... [--index INDEX] [--limit N]

Half of the queries, chosen by a hash of their id, is fitted; the other half tells how good the fit is. Every
collection weighs the same in total, however many queries it has.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from index.embedding import load_embedder
from index.errors import CollectionError, QuothError
from index.index import Index
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import load
from qa.evaluation.measures import auroc
from qa.evaluation.runs import conversation
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.settings import load as load_settings

RIDGE = 1e-4  # keeps the weights finite where the two kinds can be told apart without a mistake
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Examples:
    """Queries of one collection: features (n, d), whether each is answerable (n), and which are fitted (n)."""

    name: str
    features: Floats
    answerable: Flags
    fitted: Flags


@dataclass(frozen=True, slots=True)
class Fit:
    """A logistic function: confidence = 1 / (1 + exp(-(features @ weights + bias)))."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """Return confidences, 0..1, of features (n, d)."""
        return np.asarray(expit(features @ np.array(self.weights) + self.bias), float)


@dataclass(frozen=True, slots=True)
class Row:
    """What a threshold does: shares, 0..1, of all queries, of those answered, and of each kind of query."""

    threshold: float
    answered: float
    precision: float
    answerable_answered: float
    unanswerable_declined: float


def is_fitted(query_id: str) -> bool:
    """Tell which half a query is in: the fitted one where SHA-256 of its id is even."""
    return hashlib.sha256(query_id.encode()).digest()[-1] % 2 == 0


def examine(folder: Path, index: Index | None, settings: Settings, limit: int | None = None) -> Examples:
    """Ask a collection's queries that say whether they are answerable; raises CollectionError if none does."""
    collection = load(folder, index)
    queries = [q for q in collection.queries[:limit] if q.answerable is not None]
    if not queries:
        raise CollectionError(f"{folder}: no query says whether it is `answerable`; calibrate on other collections")
    opened = index or cached_index(collection, load_embedder(settings.model), tokens=settings.passage_tokens)
    pipeline = Pipeline(opened, settings)
    features = [pipeline.examine(q.text, conversation(pipeline, q.earlier))[1].as_tuple() for q in queries]
    if index is None:
        opened.close()
    return Examples(
        name=collection.name,
        features=np.array(features, float),
        answerable=np.array([q.answerable for q in queries], bool),
        fitted=np.array([is_fitted(q.query_id) for q in queries], bool),
    )


def fit(features: Floats, answerable: Flags, shares: Floats) -> Fit:
    """Return the logistic function with the least mean log loss, each query counting ``shares`` (they sum to 1).

    Raises CollectionError when all queries are of one kind.
    """
    if answerable.all() or not answerable.any():
        raise CollectionError("the queries to fit are all answerable, or none is; give a collection with both kinds")
    signs = np.where(answerable, 1.0, -1.0)
    design = np.hstack([features, np.ones((len(features), 1))])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margins = signs * (design @ parameters)
        slope = -design.T @ (shares * signs * expit(-margins))
        slope[:-1] += RIDGE * parameters[:-1]
        penalty = RIDGE / 2 * float(parameters[:-1] @ parameters[:-1])
        return float(shares @ np.logaddexp(0, -margins)) + penalty, slope

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="BFGS").x
    return Fit(tuple(float(x) for x in found[:-1]), float(found[-1]))


def fitted(examples: Sequence[Examples]) -> Fit:
    """Fit the chosen half of all collections, each with the same total share."""
    parts = [x for x in examples if x.fitted.any()]
    if not parts:
        raise CollectionError("no query fell into the half that is fitted; give more queries")
    features = np.concatenate([x.features[x.fitted] for x in parts])
    answerable = np.concatenate([x.answerable[x.fitted] for x in parts])
    return fit(features, answerable, _shares([int(x.fitted.sum()) for x in parts]))


def table(confidences: Floats, answerable: Flags, shares: Floats) -> list[Row]:
    """Return what each threshold does; a share of nothing is NaN."""
    rows = []
    for threshold in THRESHOLDS:
        answered = confidences >= threshold
        rows.append(
            Row(
                threshold,
                _share(answered, np.ones_like(answered), shares),
                _share(answerable, answered, shares),
                _share(answered, answerable, shares),
                _share(~answered, ~answerable, shares),
            )
        )
    return rows


def report(examples: Sequence[Examples], found: Fit) -> str:
    """Say what was fitted and how it does on the other half."""
    lines = [
        f"WEIGHTS = ({', '.join(f'{w:.3f}' for w in found.weights)})",
        f"BIAS = {found.bias:.3f}",
        "",
        "The half that was not fitted:",
    ]
    held = [(x.name, found(x.features[~x.fitted]), x.answerable[~x.fitted]) for x in examples if not x.fitted.all()]
    for name, confidences, answerable in held:
        area = auroc(confidences, answerable)
        lines.append(f"  {name}: {len(answerable)} queries, {answerable.mean():.3f} answerable, AUROC {area:.3f}")
    if held:
        shares = _shares([len(answerable) for _, _, answerable in held])
        rows = table(np.concatenate([x[1] for x in held]), np.concatenate([x[2] for x in held]), shares)
        lines += ["", "threshold  answered  precision  answerable answered  unanswerable declined"]
        lines += [
            f"{r.threshold:9.2f}  {r.answered:8.3f}  {r.precision:9.3f}  {r.answerable_answered:19.3f}  "
            f"{r.unanswerable_declined:21.3f}"
            for r in rows
        ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m qa.evaluation.calibration", description="Fit the confidence.")
    parser.add_argument("folder", nargs="+", type=Path, help="a collection in BEIR's layout")
    parser.add_argument("--index", type=Path, help="the documents of the folders without corpus.jsonl")
    parser.add_argument("--limit", type=int, help="only the first so many queries of each")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        index = Index.open(given.index, read_only=True) if given.index else None
        examples = [
            examine(folder, None if (folder / "corpus.jsonl").exists() else index, settings, given.limit)
            for folder in given.folder
        ]
        sys.stdout.write(report(examples, fitted(examples)))
    except QuothError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _shares(sizes: Sequence[int]) -> Floats:
    return np.concatenate([np.full(size, 1 / (size * len(sizes))) for size in sizes])


def _share(part: Flags, whole: Flags, shares: Floats) -> float:
    total = float(shares[whole].sum())
    return float(shares[part & whole].sum()) / total if total else float("nan")


if __name__ == "__main__":
    sys.exit(main())
