"""Confidence: a probability that rises with the evidence."""

from hypothesis import given
from hypothesis import strategies as st

from qa.confidence import BIAS, THRESHOLD, WEIGHTS, Features, confidence
from qa.reader.similarity import features

SHARE = st.floats(0, 1)


@given(SHARE, SHARE, SHARE)
def test_confidence_is_a_probability_that_rises_with_the_evidence(cosine: float, matched: float, more: float) -> None:
    """It lies between 0 and 1, and a nearer or better matched sentence never lowers it."""
    low = confidence(Features(cosine, matched))
    assert 0 < low < 1
    assert confidence(Features(max(cosine, more), matched)) >= low
    assert confidence(Features(cosine, max(matched, more))) >= low


def test_the_fit_has_a_weight_for_each_feature() -> None:
    """Weights and features go together one to one."""
    assert len(WEIGHTS) == len(Features(0, 0).as_tuple())
    assert confidence(Features(0, 0)) < THRESHOLD < confidence(Features(1, 1)), BIAS


def test_nothing_found_is_no_evidence() -> None:
    """Without sentences every feature is 0, and that is declined."""
    assert features([]) == Features(0, 0)
    assert confidence(features([])) < THRESHOLD
