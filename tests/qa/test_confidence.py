"""Confidence: a probability that rises with the evidence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.confidence import BY_WORDS, IN_PARTS, WITH_READER, WITHOUT_READER, Features, confidence
from qa.reader.similarity import features

SHARE = st.floats(0, 1)
COSINE = st.one_of(st.none(), SHARE)
SURE = st.one_of(st.none(), st.floats(-1, 1))


@given(COSINE, SHARE, SURE, SHARE)
def test_confidence_is_a_probability_that_rises_with_the_evidence(
    cosine: float | None, matched: float, sure: float | None, more: float
) -> None:
    """It lies between 0 and 1, and a nearer, better matched or surer sentence never lowers it."""
    evidence = Features(cosine, matched, None if cosine is None else sure)
    low = confidence(evidence)
    assert 0 < low < 1
    if cosine is not None:
        assert confidence(replace(evidence, cosine=max(cosine, more))) >= low
    assert confidence(replace(evidence, matched=max(matched, more))) >= low
    if evidence.sureness is not None and sure is not None:
        assert confidence(replace(evidence, sureness=max(sure, more))) >= low


@pytest.mark.parametrize("sure", [None, 1.0])
def test_the_fit_has_a_weight_for_each_feature(sure: float | None) -> None:
    """Weights and features go together one to one, and thresholds rise with the strictness."""
    best, worst = Features(1, 1, sure), Features(0, 0, sure and -sure)
    fitted = best.fitted
    assert fitted is (WITHOUT_READER if sure is None else WITH_READER)
    assert len(fitted.weights) == len(best.as_tuple())
    low, normal, high = (fitted.thresholds[name] for name in ("low", "normal", "high"))
    assert confidence(worst) < low <= normal <= high < confidence(best)


def test_where_the_model_knows_no_language_words_decide() -> None:
    """Without a cosine the share of the question that is matched decides, by a function of its own."""
    best, worst = Features(None, 1), Features(None, 0)
    assert best.fitted is BY_WORDS
    assert len(BY_WORDS.weights) == len(best.as_tuple()) == 1
    low, normal, high = (BY_WORDS.thresholds[name] for name in ("low", "normal", "high"))
    assert confidence(worst) < low <= normal <= high < confidence(best)


def test_a_question_in_parts_is_judged_without_the_reader() -> None:
    """No passage holds the whole answer, so that the reader is unsure of each; parts have a function of their own."""
    best, worst = Features(1, 1, parts=True), Features(0, 0, parts=True)
    assert best.fitted is IN_PARTS
    assert len(IN_PARTS.weights) == len(best.as_tuple())
    low, normal, high = (IN_PARTS.thresholds[name] for name in ("low", "normal", "high"))
    assert confidence(worst) < low <= normal <= high < confidence(best)


def test_nothing_found_is_no_evidence() -> None:
    """Without sentences every feature is 0, and that is declined."""
    assert features([]) == Features(0, 0)
    assert features([], read=True) == Features(0, 0, -1)
    assert features([], read=True, parts=True) == Features(0, 0, parts=True)
    for nothing in (features([]), features([], read=True), features([], parts=True)):
        assert confidence(nothing) < nothing.fitted.thresholds["low"]
