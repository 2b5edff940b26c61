"""Two results of the same questions -> what changed, how sure that is, and where it changed most."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import monte_carlo_test

from index.errors import CollectionError, MeasureError
from qa.evaluation import measures
from qa.evaluation.intervals import Column, Score, average, interval
from qa.evaluation.meanings import meaning
from qa.evaluation.measures import Floats
from qa.evaluation.results import Asked, Found, Result
from qa.evaluation.rows import few

LEVEL = 0.05
"""The p below which a difference is significant."""

_FIRST = "nDCG@10"  # what queries are ordered by, where both results have it
_TOP = 3  # passages shown of each result
_RESAMPLES = 9999
_BATCH = 500  # resamples drawn at once, to keep memory small
_SEED = 20230712


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a measure changed from A to B: B - A in the mean of the queries that have it in both results.

    ``a`` and ``b`` are the means of those queries alone. ``p`` is None for AUROC and AURC, which are of all queries
    together.
    """

    measure: str
    a: float
    b: float
    difference: Score
    p: float | None
    lower_is_better: bool

    @property
    def significant(self) -> bool:
        """Tell whether p is below .05; without p, whether the interval leaves out 0."""
        if self.p is not None:
            return self.p < LEVEL
        return not self.difference.low <= 0 <= self.difference.high

    @property
    def regressed(self) -> bool:
        """Tell whether B is significantly worse than A."""
        return self.significant and (self.difference.mean > 0) == self.lower_is_better


@dataclass(frozen=True, slots=True)
class Change:
    """A query whose value changed from ``a`` to ``b``, with the best 3 passages before and after."""

    query_id: str
    text: str
    a: float
    b: float
    before: tuple[Found, ...]
    after: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from result ``a`` to result ``b``, by name.

    ``better`` and ``worse`` are the queries whose value of the measure ``by`` changed most, the greatest change first.
    """

    a: str
    b: str
    by: str
    differences: tuple[Difference, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]

    def regressed(self, measure: str) -> bool:
        """Tell whether B is significantly worse in a measure.

        Raises MeasureError where the measure was not compared, and where neither its high nor its low end is good.
        """
        found = {difference.measure: difference for difference in self.differences}
        if measure not in found:
            raise MeasureError(f"the measure {measure!r} is not in both results; there are {', '.join(found)}")
        if meaning(measure).better is None:
            raise MeasureError(f"the measure {measure!r} has no better end, so it cannot become worse; name another")
        return found[measure].regressed


def compare(a: Result, b: Result, by: str | None = None, shown: int = 10) -> Comparison:
    """Compare two results, with at most ``shown`` queries in each direction by the measure ``by`` (nDCG@10).

    The interval of a difference is the paired bootstrap's. p is that of the paired randomization test, two-sided: the
    share of 9,999 random choices of signs for which the differences of the queries come to a mean as far from 0; it is
    not corrected for the number of measures. Smucker, Allan and Carterette, CIKM 2007. Raises CollectionError for
    results of different collections, queries or query fields, and MeasureError for a measure ``by`` that no query has
    in both.
    """
    _check_alike(a, b)
    shared = [name for name in a.per_query if set(a.per_query[name]) & set(b.per_query.get(name, ()))]
    if not shared:
        raise MeasureError("no measure has values of the same queries in both results")
    by = by or (_FIRST if _FIRST in shared else shared[0])
    if by not in shared:
        raise MeasureError(f"queries cannot be ordered by {by!r}; the measures in both are {', '.join(shared)}")
    changes = _changes(a, b, by)
    better = sorted((x for x in changes if x[0] > 0), key=lambda x: -x[0])[:shown]
    worse = sorted((x for x in changes if x[0] < 0), key=lambda x: x[0])[:shown]
    return Comparison(
        a=_name(a),
        b=_name(b),
        by=by,
        differences=(*(_difference(name, a.per_query[name], b.per_query[name]) for name in shared), *_pooled(a, b)),
        better=tuple(change for _, change in better),
        worse=tuple(change for _, change in worse),
    )


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON's own values, with whether each difference is significant."""
    differences = [{**asdict(d), "significant": d.significant} for d in comparison.differences]
    return {**asdict(comparison), "differences": differences}


def _check_alike(a: Result, b: Result) -> None:
    if a.collection.sha256 != b.collection.sha256:
        one, other = (
            f"{x.name} ({x.documents:,} documents, {x.queries:,} queries, sha256 {x.sha256[:12]})"
            for x in (a.collection, b.collection)
        )
        raise CollectionError(f"A was measured on {one}, B on {other}; only results of the same files compare")
    ours, theirs = ({question.query_id for question in x.questions} for x in (a, b))
    if ours != theirs:
        only = [
            f"only {name} has {few(sorted(ids))}" for name, ids in (("A", ours - theirs), ("B", theirs - ours)) if ids
        ]
        raise CollectionError(
            f"A and B are of different queries: {'; '.join(only)}; measure both with the same --limit"
        )
    # What another system was asked for its run is not known.
    fields = [str(x.settings["query_field"]) for x in (a, b) if "query_field" in x.settings]
    if len(set(fields)) > 1:
        raise CollectionError(f"A was asked the query field {fields[0]}, B {fields[1]}; measure both with the same one")


def _name(result: Result) -> str:
    """Return what was measured, as a person would tell two results apart."""
    if result.run is not None:
        return f"run {result.run.name}"
    made = result.embedder.name if result.embedder else "Quoth"
    return f"{made}, commit {result.commit[:9]}" if result.commit else made


def _difference(measure: str, a: Mapping[str, float], b: Mapping[str, float]) -> Difference:
    both = [query_id for query_id in a if query_id in b]
    before, after = (np.array([values[query_id] for query_id in both]) for values in (a, b))
    change = after - before
    return Difference(
        measure=measure,
        a=average(before),
        b=average(after),
        difference=interval(average, change),
        p=_randomized(change),
        lower_is_better=_lower_is_better(measure),
    )


def _randomized(differences: Floats) -> float:
    """Return p; queries that did not change are left out, since their sign does not matter."""
    changed = differences[differences != 0]
    if not len(changed):
        return 1.0
    generator = np.random.default_rng(_SEED)
    # SciPy's permutation_test with permutation_type="samples" is the same test, and takes ten times as long.
    found = monte_carlo_test(
        changed,
        rvs=lambda size: changed * generator.choice((-1, 1), size),
        statistic=lambda values, axis: values.mean(axis=axis),
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
    )
    return float(found.pvalue)


def _pooled(a: Result, b: Result) -> list[Difference]:
    """Compare the measures that are of all queries together."""
    rows = [
        (before.confidence, after.confidence, before.answerable)
        for before, after in _pairs(a, b)
        if None not in (before.confidence, after.confidence, before.answerable)
    ]
    both_kinds = {answerable for *_, answerable in rows} == {True, False}
    names = [name for name in measures.POOLED if both_kinds and name in a.measures and name in b.measures]
    return [_pooled_difference(name, *map(np.array, zip(*rows, strict=True))) for name in names]


def _pooled_difference(measure: str, before: Column, after: Column, answerable: Column) -> Difference:
    statistic = measures.POOLED[measure]

    def change(before: Column, after: Column, answerable: Column) -> float:
        return statistic(after, answerable) - statistic(before, answerable)

    return Difference(
        measure=measure,
        a=statistic(before, answerable),
        b=statistic(after, answerable),
        difference=interval(change, before, after, answerable),
        p=None,
        lower_is_better=_lower_is_better(measure),
    )


def _changes(a: Result, b: Result, by: str) -> list[tuple[float, Change]]:
    """Return the gain and the change of every query that both have a value for."""
    before, after = a.per_query[by], b.per_query[by]
    sign = -1 if _lower_is_better(by) else 1
    return [
        (
            sign * (after[asked.query_id] - before[asked.query_id]),
            Change(
                query_id=asked.query_id,
                text=asked.text,
                a=before[asked.query_id],
                b=after[asked.query_id],
                before=asked.found[:_TOP],
                after=again.found[:_TOP],
            ),
        )
        for asked, again in _pairs(a, b)
        if asked.query_id in before and asked.query_id in after
    ]


def _pairs(a: Result, b: Result) -> list[tuple[Asked, Asked]]:
    theirs = {question.query_id: question for question in b.questions}
    return [(question, theirs[question.query_id]) for question in a.questions]


def _lower_is_better(measure: str) -> bool:
    return meaning(measure).better == "lower"
