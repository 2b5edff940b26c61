"""Fits the confidence: collections -> the weights, bias and thresholds of qa/confidence.py, printed to be copied there.

    python -m qa.evaluation.calibration FOLDER... [--index INDEX] [--limit N] [--reader NAME] [--parts]

Half of the queries, chosen by a hash of their id, is fitted; the other half tells how good the fit is. It takes two
steps. The weights tell answerable queries from the others, in collections that have both: every collection weighs the
same, however many queries it has, and so do its two kinds, and each has an intercept of its own, so that the weights
tell questions apart, not collections. Then one factor and one bias for all make the result the probability that the
first sentence answers (Platt, 1999), every query weighing the same. The threshold is the lowest with nearly the best
balanced accuracy, over all queries, in the mean of the collections; a stricter one declines nine of ten queries without
an answer, a laxer one answers nine of ten with one.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
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
from qa.confidence import IN_PARTS, WITH_READER, WITHOUT_READER
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import Evidence, Query, load
from qa.evaluation.measures import auroc, holds_answer
from qa.evaluation.runs import conversation
from qa.pipeline import Examination, Pipeline
from qa.settings import Settings
from qa.settings import load as load_settings

MOST = 0.9  # share of a kind of query that a strictness is to treat rightly
SLACK = 0.025  # of balanced accuracy, given up for answering more: it hardly falls over a third of the scale
RIDGE = 1e-4  # keeps the weights finite where the two kinds can be told apart without a mistake
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Examples:
    """Queries of one collection: features (n, d), and of each whether it is answerable, whether its first sentence
    answers it, and whether it is fitted (each n)."""

    name: str
    features: Floats
    answerable: Flags
    right: Flags
    fitted: Flags

    @property
    def mixed(self) -> bool:
        """Tell whether both halves have answerable queries and others."""
        return all(
            0 < flags.sum() < len(flags) for flags in (self.answerable[self.fitted], self.answerable[~self.fitted])
        )


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
    """What a threshold does: shares, 0..1, of all queries, of those answered (``precision``: answerable;
    ``first_right``: the first sentence answers), and of each kind of query."""

    threshold: float
    answered: float
    precision: float
    first_right: float
    answerable_answered: float
    unanswerable_declined: float


def is_fitted(query_id: str) -> bool:
    """Tell which half a query is in: the fitted one where SHA-256 of its id is even."""
    return hashlib.sha256(query_id.encode()).digest()[-1] % 2 == 0


def examine(
    folder: Path, index: Index | None, settings: Settings, limit: int | None = None, *, parts: bool = False
) -> Examples:
    """Ask a collection's queries that say whether they are answerable, and keep those that are taken apart, or the
    others; raises CollectionError if there are none."""
    collection = load(folder, index)
    queries = [q for q in collection.queries[:limit] if q.answerable is not None]
    if not queries:
        raise CollectionError(f"{folder}: no query says whether it is `answerable`; calibrate on other collections")
    opened = index or cached_index(collection, load_embedder(settings.model), tokens=settings.passage_tokens)
    pipeline = Pipeline(opened, settings)
    asked = [(q, pipeline.examine(q.text, conversation(pipeline, q.earlier))) for q in queries]
    # Others, as those in a language that the model does not know, have other features and a function of their own.
    wanted = IN_PARTS if parts else WITH_READER if pipeline.reader else WITHOUT_READER
    asked = [(q, x) for q, x in asked if x.features.fitted is wanted]
    if not asked:
        raise CollectionError(f"{folder}: no query is {'taken apart' if parts else 'judged as a whole'}")
    right = [_is_right(opened, x, q, collection.evidence) for q, x in asked]
    if index is None:
        opened.close()
    return Examples(
        name=collection.name,
        features=np.array([x.features.as_tuple() for _, x in asked], float),
        answerable=np.array([q.answerable for q, _ in asked], bool),
        right=np.array(right, bool),
        fitted=np.array([is_fitted(q.query_id) for q, _ in asked], bool),
    )


def _is_right(index: Index, examined: Examination, query: Query, evidence: Mapping[str, Sequence[Evidence]]) -> bool:
    """Tell whether the first sentence answers a query; evidence of an unanswerable one is of something else."""
    if not query.answerable or not examined.sentences:
        return False
    first = examined.sentences[0]
    article = index.article(first.doc_id)
    text = article.text[first.start : first.end] if article else ""
    return holds_answer(first, text, query, evidence.get(query.query_id, ()))


def fit(parts: Sequence[tuple[Floats, Flags]]) -> Fit:
    """Return the logistic function with the least log loss over collections of (features (n, d), answerable (n)).

    No weight is negative: more evidence never makes an answer less likely. Raises CollectionError when the queries of a
    collection are all of one kind.
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

    bounds = [(0, None)] * size + [(None, None)] * len(parts)
    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Fit(tuple(float(x) for x in found[:size]), float(found[size:].mean()))


def scaled(found: Fit, parts: Sequence[tuple[Floats, Flags]]) -> Fit:
    """Return the function times a factor and plus a bias: those with the least log loss over the queries of collections
    of (features (n, d), right (n))."""
    margins = np.concatenate([features @ np.array(found.weights) + found.bias for features, _ in parts])
    signs = np.where(np.concatenate([right for _, right in parts]), 1.0, -1.0)

    def loss(parameters: Floats) -> float:
        return float(np.logaddexp(0, -signs * (parameters[0] * margins + parameters[1])).mean())

    factor, bias = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return Fit(tuple(float(factor * w) for w in found.weights), float(factor * found.bias + bias))


def fitted(examples: Sequence[Examples]) -> Fit:
    """Fit the chosen half of all collections."""
    found = fit([(x.features[x.fitted], x.answerable[x.fitted]) for x in examples if x.mixed])
    return scaled(found, [(x.features[x.fitted], x.right[x.fitted]) for x in examples])


def calibration_error(confidences: Floats, right: Flags, bins: int = 10) -> float:
    """Return the expected calibration error, 0..1, over bins of equal width: Guo and others, ICML 2017."""
    bin_ = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs(float(confidences[bin_ == b].mean() - right[bin_ == b].mean())) * (bin_ == b).mean() for b in set(bin_)]
    return float(sum(gaps))


def thresholds(examples: Sequence[Examples], found: Fit) -> dict[str, float]:
    """Return the threshold of each strictness, chosen on all queries, in the mean of the collections.

    ``normal``: the lowest whose balanced accuracy is at most .025 below the best. ``low`` and ``high``: at most that,
    and at least, where 9 of 10 answerable queries are answered, and 9 of 10 of the others declined.
    """
    steps = np.arange(0.01, 1.0, 0.01)
    kept, declined = np.zeros(len(steps)), np.zeros(len(steps))
    mixed = [x for x in examples if x.mixed]
    for x in mixed:
        confidences, flags = found(x.features), x.answerable
        answered = confidences[None, :] >= steps[:, None]
        kept += answered[:, flags].mean(axis=1) / len(mixed)
        declined += (~answered[:, ~flags]).mean(axis=1) / len(mixed)
    accuracy = (kept + declined) / 2
    normal = int(np.argmax(accuracy >= accuracy.max() - SLACK))
    low = min(normal, max(int((kept >= MOST).sum()) - 1, 0))
    high = max(normal, int(np.argmax(declined >= MOST)) if (declined >= MOST).any() else len(steps) - 1)
    return {name: round(float(steps[i]), 2) for name, i in (("low", low), ("normal", normal), ("high", high))}


def table(
    confidences: Floats, answerable: Flags, right: Flags, shares: Floats, steps: Sequence[float] = THRESHOLDS
) -> list[Row]:
    """Return what each threshold does; a share of nothing is NaN."""
    rows = []
    for threshold in steps:
        answered = confidences >= threshold
        rows.append(
            Row(
                threshold,
                _share(answered, np.ones_like(answered), shares),
                _share(answerable, answered, shares),
                _share(right, answered, shares),
                _share(answered, answerable, shares),
                _share(~answered, ~answerable, shares),
            )
        )
    return rows


def report(examples: Sequence[Examples], found: Fit) -> str:
    """Say what was fitted and how it does on the other half."""
    weights = ", ".join(f"{w:.3f}" for w in found.weights)
    lines = [
        f"Fitted(({weights}), {found.bias:.3f}, {thresholds(examples, found)})",
        "",
        "The half that the weights were not fitted on:",
    ]
    held = [x for x in examples if not x.fitted.all()]
    for x in held:
        own, answerable, right = found(x.features[~x.fitted]), x.answerable[~x.fitted], x.right[~x.fitted]
        lines.append(
            f"  {x.name}: {len(own)} queries, {answerable.mean():.3f} answerable, first sentence right "
            f"{right.mean():.3f}, AUROC {auroc(own, answerable):.3f}, "
            f"calibration error {calibration_error(own, right):.3f}"
        )
    if held:
        everything = [found(x.features[~x.fitted]) for x in held]
        right = np.concatenate([x.right[~x.fitted] for x in held])
        lines.append(f"  all: calibration error {calibration_error(np.concatenate(everything), right):.3f}")
    if mixed := [x for x in held if x.mixed]:
        shares = _shares([x.answerable[~x.fitted] for x in mixed])
        confidences = np.concatenate([found(x.features[~x.fitted]) for x in mixed])
        answerable = np.concatenate([x.answerable[~x.fitted] for x in mixed])
        right = np.concatenate([x.right[~x.fitted] for x in mixed])
        steps = sorted({*THRESHOLDS, *thresholds(examples, found).values()})
        lines += ["", "threshold  answered  precision  first right  answerable answered  unanswerable declined"]
        lines += [
            f"{r.threshold:9.2f}  {r.answered:8.3f}  {r.precision:9.3f}  {r.first_right:11.3f}  "
            f"{r.answerable_answered:19.3f}  {r.unanswerable_declined:21.3f}"
            for r in table(confidences, answerable, right, shares, steps)
        ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m qa.evaluation.calibration", description="Fit the confidence.")
    parser.add_argument("folder", nargs="+", type=Path, help="a collection in BEIR's layout")
    parser.add_argument("--index", type=Path, help="the documents of the folders without corpus.jsonl")
    parser.add_argument("--limit", type=int, help="only the first so many queries of each")
    parser.add_argument("--reader", help="fold weights of the reader, for collections that it was trained on; or none")
    parser.add_argument("--parts", action="store_true", help="fit the questions that are taken apart, not the others")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings(reader=given.reader)
        index = Index.open(given.index, read_only=True) if given.index else None
        examples = [
            examine(
                folder,
                None if (folder / "corpus.jsonl").exists() else index,
                settings,
                given.limit,
                parts=given.parts,
            )
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
