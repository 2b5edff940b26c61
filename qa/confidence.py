"""How likely it is that the articles hold an answer: a logistic function of features that no collection scales.

Fitted on halves of the demo questions, of SQuAD 2's, some of which were made to be nearly answerable, and of
ClapNQ's, by ``python -m qa.evaluation.calibration``; see qa/evaluation/README.md. The margin to the next article was a
third feature and got no weight, so it is gone.
"""

import math
from dataclasses import astuple, dataclass

WEIGHTS = (7.381, 2.683)
BIAS = -5.849
THRESHOLD = 0.39


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence for there being an answer, each in 0..1.

    ``cosine``: of the question and the sentence nearest to it. ``matched``: share of the question's idf mass that the
    best sentence and its article's title hold.
    """

    cosine: float
    matched: float

    def as_tuple(self) -> tuple[float, ...]:
        """Return the features in the order of ``WEIGHTS``."""
        return astuple(self)


def confidence(features: Features) -> float:
    """Return the probability, 0..1, that the first quotation answers the question."""
    z = BIAS + sum(w * x for w, x in zip(WEIGHTS, features.as_tuple(), strict=True))
    return 1 / (1 + math.exp(-z))
