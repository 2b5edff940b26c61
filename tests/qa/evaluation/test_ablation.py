"""Retrieval with each of its parts switched off."""

import math
from pathlib import Path

from index.index import Index
from qa.evaluation.ablation import MEASURES, measure, variants
from qa.evaluation.collections import load


def test_every_row_measures_the_same_queries(harbour: Path, index: Index) -> None:
    """Each row has a value between 0 and 1 of every measure, and the row of everything is not below the weakest leg."""
    rows = dict(measure(index, load(harbour, index), "text"))
    assert list(rows) == [name for name, _ in variants()]
    assert all(math.isnan(value) or 0 <= value <= 1 for values in rows.values() for value in values)
    first = MEASURES.index("nDCG@10")
    assert rows["everything"][first] >= min(values[first] for values in rows.values())
