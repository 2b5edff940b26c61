"""Curves: they agree with the measures, with a textbook's example, and rise or fall as they must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.curves import LEVELS, precision_by_recall, recall_by_depth, risk_by_coverage
from qa.evaluation.measures import aurc, of_articles
from tests.qa.evaluation.results import question, result, wanted

ranks = st.lists(st.none() | st.integers(1, 100), min_size=1, max_size=6, unique_by=lambda rank: rank or object())


@given(st.lists(ranks, min_size=1, max_size=5))
def test_recall_is_that_of_the_measures(queries: list[list[int | None]]) -> None:
    """At each depth that is measured the curve has the measure's mean, and it never falls."""
    qrels = {f"q{i}": {f"d{j}": 1 for j in range(len(own))} for i, own in enumerate(queries)}
    rankings = {
        f"q{i}": [f"d{own.index(rank)}" if rank in own else f"other{rank}" for rank in range(1, 101)]
        for i, own in enumerate(queries)
    }
    asked = [
        question(f"q{i}", wanted=tuple(wanted(f"d{j}", rank) for j, rank in enumerate(own)))
        for i, own in enumerate(queries)
    ]
    curve = dict(recall_by_depth(result(*asked)))
    values = of_articles(qrels, rankings)
    for k in (1, 5, 10, 100):
        assert curve[k] == pytest.approx(np.mean(list(values[f"R@{k}"].values())), abs=1e-9)
    assert sorted(curve.values()) == list(curve.values())


def test_an_article_counts_once() -> None:
    """Two quotes of an article are one wanted article; questions that want none are left out."""
    asked = (question("q1", wanted=(wanted("a", 2, "one"), wanted("a", 2, "two"), wanted("b", None))), question("q2"))
    curve = recall_by_depth(result(*asked))
    assert curve[:2] == [(1, 0), (2, 0.5)]
    assert curve[-1] == (100, 0.5)
    assert recall_by_depth(result(question("q1"))) == precision_by_recall(result(question("q1"))) == []


def test_precision_is_interpolated() -> None:
    """The precision at a level of recall is the highest at any recall not below it."""
    asked = question("q1", wanted=tuple(wanted(f"d{rank}", rank) for rank in (1, 3, 4, 10)))
    curve = precision_by_recall(result(asked))
    assert [recall for recall, _ in curve] == list(LEVELS)
    assert [precision for _, precision in curve] == [1, 1, 1, 0.75, 0.75, 0.75, 0.75, 0.75, 0.4, 0.4, 0.4]


def test_recall_that_is_not_reached_has_no_precision() -> None:
    """A question of which half is never found counts 0 above the level 0.5; questions weigh the same."""
    half = question("q1", wanted=(wanted("a", 1), wanted("b", None)))
    all_ = question("q2", wanted=(wanted("a", 2),))
    curve = dict(precision_by_recall(result(half, all_)))
    assert (curve[0.5], curve[0.6]) == (0.75, 0.25)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), min_size=1, max_size=20))
def test_the_mean_risk_is_aurc(rows: list[tuple[float, bool]]) -> None:
    """The curve's mean is AURC, its end the share of unanswerable questions, in whatever order they come."""
    asked = [question(f"q{i}", confidence=sure, answerable=known) for i, (sure, known) in enumerate(rows)]
    curve = risk_by_coverage(asked)
    sure, known = (np.array(column) for column in zip(*rows, strict=True))
    assert np.mean([risk for _, risk in curve]) == pytest.approx(aurc(sure, known))
    assert curve[-1] == pytest.approx((1, 1 - known.mean()))
    assert risk_by_coverage(asked[::-1]) == curve
