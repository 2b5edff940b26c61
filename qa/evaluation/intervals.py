"""Values -> a mean, or another statistic, with its 95% interval."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

RESAMPLES = 1000
_SEED = 20230711
_BLOCK = 100  # resamples drawn at once, to keep memory small

Column = NDArray[Any]
Finite = Annotated[float, Field(ge=-1e12, le=1e12)]
"""A value of a measure: results that hold NaN or the like are refused when they are read."""


@dataclass(frozen=True, slots=True)
class Score:
    """A measure over all queries and the ends of its 95% interval."""

    mean: Finite
    low: Finite
    high: Finite


def interval(statistic: Callable[..., float], *columns: Column) -> Score:
    """Return ``statistic(*columns)`` and its interval: the percentile bootstrap over queries, of 1,000 resamples.

    The columns hold one value per query and are resampled together, with a fixed seed, so that equal values give
    equal intervals. Resamples for which the statistic is not defined (NaN) are left out. Efron and Tibshirani, An
    Introduction to the Bootstrap (1993), chapter 13.
    """
    size = len(columns[0])
    generator = np.random.default_rng(_SEED)
    values: list[float] = []
    for _ in range(RESAMPLES // _BLOCK):
        for rows in generator.integers(size, size=(_BLOCK, size)):
            values.append(statistic(*(column[rows] for column in columns)))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Score(float(statistic(*columns)), float(low), float(high))


def average(values: Column) -> float:
    """Return the mean."""
    return float(values.mean())
