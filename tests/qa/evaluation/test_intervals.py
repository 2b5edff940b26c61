"""Intervals: around the mean, the same every time, and as wide as theory says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.intervals import average, interval
from qa.evaluation.measures import auroc


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_the_mean_is_exact_and_the_ends_are_in_order(values: list[float]) -> None:
    """The mean is that of the values; the interval lies between the least and the greatest."""
    score = interval(average, np.array(values))
    assert score.mean == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= score.low <= score.high <= max(values) + 1e-9


def test_it_is_as_wide_as_theory_says() -> None:
    """For many values the ends lie about 1.96 standard errors from the mean."""
    values = np.random.default_rng(1).normal(size=400)
    score = interval(average, values)
    assert (score.high - score.low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)


def test_equal_values_give_equal_intervals() -> None:
    """Nothing changes from one time to the next."""
    values = np.arange(10.0)
    assert interval(average, values) == interval(average, values)


def test_columns_are_resampled_together() -> None:
    """A statistic of two columns keeps each query's values together; resamples of one kind are left out."""
    score = interval(auroc, np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False]))
    assert (score.mean, score.low, score.high) == (1, 1, 1)
