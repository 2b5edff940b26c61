"""How likely it is that the articles hold an answer: a logistic function of features that no collection scales.

The weights come from ``python -m qa.evaluation.calibration``, which prints them; see qa/evaluation/README.md.
"""

import math
from dataclasses import astuple, dataclass

WEIGHTS = (6.0, 3.0, 2.0)
BIAS = -4.5
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence for there being an answer, each in 0..1.

    ``cosine``: of the question and the sentence nearest to it. ``matched``: share of the question's idf that the
    chosen sentence holds. ``margin``: how much nearer the best article's sentence is than the next article's.
    """

    cosine: float
    matched: float
    margin: float

    def as_tuple(self) -> tuple[float, ...]:
        """Return the features in the order of ``WEIGHTS``."""
        return astuple(self)


def confidence(features: Features) -> float:
    """Return the probability, 0..1, that the first quotation answers the question."""
    z = BIAS + sum(w * x for w, x in zip(WEIGHTS, features.as_tuple(), strict=True))
    return 1 / (1 + math.exp(-z))
