"""Fits the confidence: collections -> the weights and bias of qa/confidence.py, printed to be copied there.

    python -m qa.evaluation.calibration FOLDER... [--index INDEX] [--limit N]

Half of the queries, chosen by a hash of their id, is fitted; the other half tells how good the fit is. Every
collection weighs the same, however many queries it has, and so do its answerable and unanswerable ones. Each collection
has an intercept of its own while fitting, so that the weights tell questions apart, not collections; the bias is their
mean. The threshold is the lowest with nearly the best balanced accuracy in the mean of the collections.
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

SLACK = 0.01  # of balanced accuracy, given up for answering more
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
    features = [pipeline.examine(q.text, conversation(pipeline, q.earlier)).features.as_tuple() for q in queries]
    if index is None:
        opened.close()
    return Examples(
        name=collection.name,
        features=np.array(features, float),
        answerable=np.array([q.answerable for q in queries], bool),
        fitted=np.array([is_fitted(q.query_id) for q in queries], bool),
    )


def fit(parts: Sequence[tuple[Floats, Flags]]) -> Fit:
    """Return the logistic function with the least log loss over collections of (features (n, d), answerable (n)).

    Raises CollectionError when the queries of a collection are all of one kind.
    """
    if not parts or any(flags.all() or not flags.any() for _, flags in parts):
        raise CollectionError(
            "the queries to fit are all answerable, or none is; give collections with both kinds, or more queries"
        )
    features, answerable = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    shares = _shares([flags for _, flags in parts])
    own = np.repeat(np.eye(len(parts)), [len(flags) for _, flags in parts], axis=0)
    signs = np.where(answerable, 1.0, -1.0)
    design = np.hstack([features, own])
    size = features.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margins = signs * (design @ parameters)
        slope = -design.T @ (shares * signs * expit(-margins))
        slope[:size] += RIDGE * parameters[:size]
        penalty = RIDGE / 2 * float(parameters[:size] @ parameters[:size])
        return float(shares @ np.logaddexp(0, -margins)) + penalty, slope

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="BFGS").x
    return Fit(tuple(float(x) for x in found[:size]), float(found[size:].mean()))


def fitted(examples: Sequence[Examples]) -> Fit:
    """Fit the chosen half of all collections."""
    return fit([(x.features[x.fitted], x.answerable[x.fitted]) for x in examples])


def threshold(examples: Sequence[Examples], found: Fit) -> float:
    """Return the lowest threshold whose balanced accuracy on the fitted half is at most .01 below the best."""
    steps = np.arange(0.01, 1.0, 0.01)
    accuracy = np.zeros(len(steps))
    for x in examples:
        confidences, flags = found(x.features[x.fitted]), x.answerable[x.fitted]
        answered = confidences[None, :] >= steps[:, None]
        accuracy += answered[:, flags].mean(axis=1) + (~answered[:, ~flags]).mean(axis=1)
    accuracy /= 2 * len(examples)
    return round(float(steps[np.argmax(accuracy >= accuracy.max() - SLACK)]), 2)


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
        f"THRESHOLD = {threshold(examples, found):.2f}",
        "",
        "The half that was not fitted:",
    ]
    held = [(x.name, found(x.features[~x.fitted]), x.answerable[~x.fitted]) for x in examples if not x.fitted.all()]
    for name, confidences, answerable in held:
        area = auroc(confidences, answerable)
        lines.append(f"  {name}: {len(answerable)} queries, {answerable.mean():.3f} answerable, AUROC {area:.3f}")
    if held:
        shares = _shares([answerable for _, _, answerable in held])
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


def _shares(collections: Sequence[Flags]) -> Floats:
    """Weigh queries so that collections count the same, and within each its two kinds; all sum to 1."""
    return np.concatenate(
        [np.where(flags, 0.5 / max(flags.sum(), 1), 0.5 / max((~flags).sum(), 1)) for flags in collections]
    ) / len(collections)


def _share(part: Flags, whole: Flags, shares: Floats) -> float:
    total = float(shares[whole].sum())
    return float(shares[part & whole].sum()) / total if total else float("nan")


if __name__ == "__main__":
    sys.exit(main())
