"""How likely it is that the first quotation answers: a logistic function of features that no collection scales.

With the reader fitted on halves of questions that it did not learn from, without it on halves of the demo questions, of
SQuAD 2's and of ClapNQ's, by ``python -m qa.evaluation.calibration``; see qa/evaluation/README.md. The thresholds with
the reader are chosen on both halves.
The margin to the next article was a feature once and got no weight, so it is gone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic function of features, and the confidence below which each strictness declines."""

    weights: tuple[float, ...]
    bias: float
    thresholds: Mapping[str, float]


WITH_READER = Fitted((3.421, 0.0, 4.249), -1.655, {"low": 0.28, "normal": 0.36, "high": 0.62})
WITHOUT_READER = Fitted((4.499, 1.635), -3.811, {"low": 0.31, "normal": 0.38, "high": 0.64})
# Of a question in parts no passage holds the whole answer, and the reader is unsure whatever they hold. Fitted on half
# of MultiHop-RAG's questions, of whose thresholds with nearly the best balanced accuracy "normal" is the highest and
# "low" the lowest; "high" declines all of that half that have no answer.
IN_PARTS = Fitted((3.613, 2.785), -3.053, {"low": 0.33, "normal": 0.38, "high": 0.45})
# Of German questions to a model of English, a half of them without the paragraph that answers: of XQuAD's they are
# 78 in a hundred answered at "normal", and 9 of the others. Three fifths as steep as what fits these best, since other
# questions without an answer are harder to tell.
BY_WORDS = Fitted((5.52,), -2.76, {"low": 0.31, "normal": 0.38, "high": 0.64})


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence for an answer.

    ``cosine``, 0..1: of the question and the sentence nearest to it; None where the embedding model does not know their
    languages. ``matched``, 0..1: share of the question's idf
    mass that the best sentence and its article's title hold. ``sureness``, -1..1: how sure the reader is that the
    answer stands in the best sentence; None without a reader. ``parts``: the question was taken apart.
    """

    cosine: float | None
    matched: float
    sureness: float | None = None
    parts: bool = False

    @property
    def fitted(self) -> Fitted:
        """Return the function that was fitted on features of this kind."""
        if self.cosine is None:
            return BY_WORDS
        if self.parts:
            return IN_PARTS
        return WITHOUT_READER if self.sureness is None else WITH_READER

    def as_tuple(self) -> tuple[float, ...]:
        """Return the features in the order of their weights."""
        return tuple(x for x in (self.cosine, self.matched, self.sureness) if x is not None)


def confidence(features: Features) -> float:
    """Return the probability, 0..1, that the first quotation answers the question."""
    fitted = features.fitted
    z = fitted.bias + sum(w * x for w, x in zip(fitted.weights, features.as_tuple(), strict=True))
    return 1 / (1 + math.exp(-z))
