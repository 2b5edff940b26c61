"""A result -> the points of its curves: recall by depth, precision by recall, risk by coverage."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from qa.evaluation.results import Asked, Result
from qa.evaluation.runs import ARTICLES

LEVELS = tuple(level / 10 for level in range(11))
"""The recall levels of an 11-point curve."""

Point = tuple[float, float]


def recall_by_depth(result: Result) -> list[Point]:
    """Return (k, recall@k) for k = 1 .. 100: the share of a question's wanted articles, averaged over the questions.

    Empty where no question wants an article.
    """
    judged = list(_ranks(result.questions))
    return [
        (float(k), float(np.mean([bisect_right(ranks, k) / wanted for wanted, ranks in judged])))
        for k in range(1, ARTICLES + 1)
        if judged
    ]


def precision_by_recall(result: Result) -> list[Point]:
    """Return (recall, precision) at the recall levels 0, 0.1 .. 1, interpolated and averaged over the questions.

    Interpolated precision at a level is the highest at any recall not below it, 0 where the first 100 articles do not
    reach it. Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), chapter 8.4.
    """
    rows = [
        [max((i / rank for i, rank in enumerate(ranks, 1) if i / wanted >= level), default=0.0) for level in LEVELS]
        for wanted, ranks in _ranks(result.questions)
    ]
    return list(zip(LEVELS, map(float, np.mean(rows, axis=0)), strict=True)) if rows else []


def risk_by_coverage(asked: Sequence[Asked]) -> list[Point]:
    """Return (coverage, risk) for answering the n most confident of the questions, n = 1 .. all.

    Risk is the share of unanswerable ones among them; where confidences tie, each counts as their average. The mean
    risk is AURC: Geifman and others, ICLR 2019.
    """
    sure = np.array([-(question.confidence or 0) for question in asked])
    _, group = np.unique(sure, return_inverse=True)
    wrong = np.bincount(group, [not question.answerable for question in asked]) / np.bincount(group)
    counts = np.arange(1, len(asked) + 1)
    risks = wrong[np.sort(group)].cumsum() / counts
    return [(float(n / len(asked)), float(risk)) for n, risk in zip(counts, risks, strict=True)]


def _ranks(questions: Sequence[Asked]) -> Iterator[tuple[int, list[int]]]:
    """Yield, for every question that wants articles, how many and the sorted ranks of those among the first 100."""
    for question in questions:
        ranks = {wanted.doc_id: wanted.rank for wanted in question.wanted}
        if ranks:
            yield len(ranks), sorted(rank for rank in ranks.values() if rank is not None)
