"""Comparisons: what a person computes, and refusals of what cannot be compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import CollectionError, MeasureError
from qa.evaluation.comparison import Difference, compare, to_json
from qa.evaluation.intervals import Score
from qa.evaluation.measures import aurc, auroc
from qa.evaluation.results import Asked, Found, Measured, Named, Result


def result(per_query: Mapping[str, Sequence[float]], sure: Sequence[float] = (), **fields: object) -> Result:
    """Return a result of as many queries as there are values; the even ones are answerable."""
    size = max((len(values) for values in per_query.values()), default=len(sure))
    names = [f"q{i}" for i in range(size)]
    made = Result(
        measures=dict.fromkeys([*per_query, *(["AUROC", "AURC"] if sure else [])], Score(0, 0, 0)),
        collection=Measured("harbour", 5, size, "aa"),
        settings={"query_field": "text"},
        embedder=Named("toy", "bb"),
        commit="0123456789abcdef",
        ms_per_question=None,
        per_query={name: dict(zip(names, values, strict=False)) for name, values in per_query.items()},
        questions=tuple(
            Asked(
                query_id=name,
                text=f"What of {name}?",
                type=None,
                answerable=i % 2 == 0,
                answered=True,
                confidence=sure[i] if sure else None,
                milliseconds=None,
                wanted=(),
                found=tuple(found(f"d{rank}", rank) for rank in range(1, 6)),
            )
            for i, name in enumerate(names)
        ),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def found(doc_id: str, rank: int) -> Found:
    """Return a passage that was found."""
    return Found(passage_id=f"{doc_id}#0", doc_id=doc_id, title="", text="", score=1.0, rank=rank, relevant=False)


def by_name(a: Result, b: Result) -> dict[str, Difference]:
    """Return the differences by measure."""
    return {difference.measure: difference for difference in compare(a, b).differences}


def test_differences_by_hand() -> None:
    """The difference is B - A in the mean of the queries that both have; p is over choices of signs."""
    differences = by_name(result({"R@1": [0, 0.5, 1, 0], "P@5": [1]}), result({"R@1": [1, 1, 1], "AP": [1, 0, 1, 0]}))
    assert list(differences) == ["R@1"]
    found = differences["R@1"]
    assert (found.a, found.b, found.difference.mean) == (0.5, 1, 0.5)
    assert found.difference.low <= 0.5 <= found.difference.high
    assert found.p == pytest.approx(0.5, abs=0.03)  # of the signs of 1 and .5 two choices in four are as far from 0


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=6))
def test_p_counts_signs(changes: list[float]) -> None:
    """For few queries p is near the share of all choices of signs whose sum is as far from 0."""
    found = by_name(result({"R@1": [0.0] * len(changes)}), result({"R@1": changes}))["R@1"]
    sums = [abs(np.dot(signs, changes)) for signs in product((-1, 1), repeat=len(changes))]
    assert found.p == pytest.approx(np.mean([total >= abs(sum(changes)) - 1e-12 for total in sums]), abs=0.04)


def test_nothing_changed_is_nothing_found() -> None:
    """Equal results differ by 0 with p 1, and no query is better or worse."""
    one = result({"nDCG@10": [0.1, 0.7, 1], "AP": [0, 1, 0]}, [0.1, 0.4, 0.9])
    comparison = compare(one, one)
    assert all(
        (x.difference, x.significant, x.regressed) == (Score(0, 0, 0), False, False) for x in comparison.differences
    )
    assert [x.p for x in comparison.differences] == [1, 1, None, None]
    assert (comparison.better, comparison.worse) == ((), ())


def test_a_great_change_is_significant() -> None:
    """Thirty queries that all changed alike are no chance, and the same result comes out every time."""
    a, b = result({"R@1": [0.0] * 30}), result({"R@1": [0.5] * 29 + [0.0]})
    found = by_name(a, b)["R@1"]
    assert found.p is not None
    assert found.p < 0.001
    assert (found.significant, found.regressed) == (True, False)
    assert by_name(b, a)["R@1"].regressed
    assert compare(a, b) == compare(a, b)


def test_p_is_about_what_theory_says() -> None:
    """For many queries p is near that of the normal distribution: 1.96 standard errors from 0 are .05."""
    changes = np.random.default_rng(3).normal(size=200)
    changes = changes - changes.mean()
    changes += 1.96 * np.sqrt((changes**2).mean() / 200)
    found = by_name(result({"R@1": [0.0] * 200}), result({"R@1": changes.tolist()}))["R@1"]
    assert found.p == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(("measure", "lower"), [("R@1", False), ("DeclinedAnswerable", True), ("AURC", True)])
def test_the_better_end_is_known(measure: str, lower: bool) -> None:
    """A rise is a regression where lower is better, a fall where higher is."""
    rise, fall = Score(0.1, 0.05, 0.2), Score(-0.1, -0.2, -0.05)
    for change in (rise, fall):
        for p in (0.01, None):
            difference = Difference(measure, 0, 0, change, p, lower)
            assert difference.regressed == ((change is rise) == lower)
    assert not Difference(measure, 0, 0, rise, 0.06, lower).significant
    assert not Difference(measure, 0, 0, Score(0.1, -0.1, 0.2), None, lower).significant
    a, b = (result({"DeclinedAnswerable": [x] * 4, "R@1": [x] * 4}, [0.5] * 4) for x in (0, 1))
    assert by_name(a, b)[measure].lower_is_better is lower


def test_queries_are_ordered_by_their_change() -> None:
    """The queries that gained most come first, then those that lost most, with the best three passages of each."""
    a, b = result({"AP": [0, 0, 0.5, 1, 1]}), result({"AP": [0.2, 1, 0.5, 0, 0.9]})
    comparison = compare(a, b)
    assert comparison.by == "AP"
    assert [(x.query_id, x.a, x.b) for x in comparison.better] == [("q1", 0, 1), ("q0", 0, 0.2)]
    assert [x.query_id for x in comparison.worse] == ["q3", "q4"]
    assert [hit.rank for hit in comparison.better[0].before] == [1, 2, 3]
    assert [x.query_id for x in compare(a, b, shown=1).better] == ["q1"]


def test_the_order_knows_the_better_end() -> None:
    """Where lower is better, the queries whose value fell are the better ones; nDCG@10 is what orders by default."""
    values = {"DeclinedAnswerable": [0, 1], "nDCG@10": [0, 1]}
    a, b = result(values), result({name: row[::-1] for name, row in values.items()})
    assert [x.query_id for x in compare(a, b, "DeclinedAnswerable").better] == ["q1"]
    assert compare(a, b).by == "nDCG@10"
    assert [x.query_id for x in compare(a, b).better] == ["q0"]


def test_confidence_is_compared() -> None:
    """AUROC and AURC are computed anew from both results' confidences, without p."""
    ours, theirs = [0.1, 0.2, 0.9, 0.4, 0.5, 0.3], [0.9, 0.2, 0.8, 0.3, 0.7, 0.1]
    differences = by_name(result({"AP": [1] * 6}, ours), result({"AP": [1] * 6}, theirs))
    answerable = np.array([True, False] * 3)
    for name, statistic in (("AUROC", auroc), ("AURC", aurc)):
        found = differences[name]
        assert (found.a, found.b) == (statistic(np.array(ours), answerable), statistic(np.array(theirs), answerable))
        assert found.difference.mean == found.b - found.a
        assert found.p is None


def test_results_must_be_alike() -> None:
    """Other files, other queries and another query field are refused, saying what differs; a run has no field."""
    one = result({"AP": [1, 0]})
    other = Measured("pier", 7, 2, "cc")
    with pytest.raises(CollectionError, match=r"A was measured on harbour .*, B on pier \(7 documents"):
        compare(one, replace(one, collection=other))
    with pytest.raises(CollectionError, match=r"only B has 1 \(q2\); .*--limit"):
        compare(one, result({"AP": [1, 0, 1]}, collection=one.collection))
    with pytest.raises(CollectionError, match="query field text, B rewrite"):
        compare(one, replace(one, settings={"query_field": "rewrite"}))
    run = replace(one, settings={}, embedder=None, run=Named("other.trec", "dd"))
    assert (compare(one, run).a, compare(one, run).b) == ("toy, commit 012345678", "run other.trec")


def test_measures_must_be_there() -> None:
    """A measure that is not in both results, or has no better end, is refused by name."""
    one = result({"AP": [1, 0], "Declined": [0, 1]})
    with pytest.raises(MeasureError, match=r"'R@1'; the measures in both are AP, Declined"):
        compare(one, one, "R@1")
    comparison = compare(one, one)
    assert not comparison.regressed("AP")
    with pytest.raises(MeasureError, match="'R@1' is not in both"):
        comparison.regressed("R@1")
    with pytest.raises(MeasureError, match="'Declined' has no better end"):
        comparison.regressed("Declined")


def test_a_comparison_is_json() -> None:
    """A comparison is JSON's own values, with what is significant said."""
    written = json.loads(json.dumps(to_json(compare(result({"R@1": [0.0] * 9}), result({"R@1": [1.0] * 9})))))
    assert set(written) == {"a", "b", "by", "differences", "better", "worse"}
    (difference,) = written["differences"]
    assert difference["significant"] is True
    assert difference["p"] == pytest.approx(2 / 2**9, abs=0.003)
    assert written["better"][0]["before"][0]["doc_id"] == "d1"
