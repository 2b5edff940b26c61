"""What a reader hands out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.types import Hit, Passage
from qa.reader.base import LONGEST, Reading
from qa.reader.reading import DEPTH, FIRST, FOUND, read, rerank
from tests.toy import ToyReader

HITS = [
    Hit(Passage(f"a#{i}", "a", 0, 9, ()), score=1.0 - i / 10, rank=i + 1, title="", text=f"The {word} ferry.")
    for i, word in enumerate("first second third fourth fifth sixth seventh eighth".split())
]
OFFSETS = np.array([(0, 3), (4, 9), (10, 12), (12, 13)])


def reading(starts: list[float], ends: list[float], null: float = 0.0) -> Reading:
    """Make a reading of the four tokens of "The ferry is."."""
    return Reading(OFFSETS, np.array(starts, np.float32), np.array(ends, np.float32), null)


def test_the_best_span_has_the_highest_sum() -> None:
    """Start and end are chosen together, and the score is what they have above "no answer"."""
    found = reading([1, 5, 0, 0], [0, 4, 3, 0], null=2).best()
    assert found is not None
    assert (found.start, found.end, found.score) == (4, 9, 7)


def test_an_answer_never_ends_before_it_begins() -> None:
    """The likeliest end stands before the likeliest start: they are not joined."""
    found = reading([0, 0, 0, 9], [9, 0, 0, 1]).best()
    assert found is not None
    assert (found.start, found.end, found.score) == (12, 13, 10)


def test_a_part_of_the_passage_has_its_own_best_span() -> None:
    """Only tokens that lie within the offsets count."""
    found = reading([9, 1, 2, 0], [9, 1, 0, 5]).best(4, 12)
    assert found is not None
    assert (found.start, found.end, found.score) == (4, 9, 2)
    assert reading([1, 1, 1, 1], [1, 1, 1, 1]).best(5, 9) is None


@pytest.mark.parametrize(
    ("answer", "sure", "passages"),
    [("first", FOUND, FIRST), ("second", FOUND, FIRST), ("second", FOUND - 0.1, DEPTH), ("third", FOUND, DEPTH)],
)
def test_an_answer_in_the_first_passages_is_enough(answer: str, sure: float, passages: int) -> None:
    """Where the first passages hold an answer no others are read; otherwise all are, each once."""
    found = read(ToyReader(answer, sure=sure), "Which ferry?", HITS)
    assert [*found] == [hit.passage.passage_id for hit in HITS[:passages]]


def test_passages_that_were_read_come_first() -> None:
    """What was read is ranked by both scores, what was not stays behind it as it was, and ranks have no gaps."""
    ranked = rerank("Which other ferry?", HITS, read(ToyReader("third", sure=40), "Which other ferry?", HITS, 3))
    assert ranked[0].passage == HITS[2].passage
    assert [hit.score for hit in ranked[:3]] == sorted((hit.score for hit in ranked[:3]), reverse=True)
    assert [hit.passage for hit in ranked[3:]] == [hit.passage for hit in HITS[3:]]
    assert [hit.rank for hit in ranked] == [*range(1, len(HITS) + 1)]


def test_nothing_to_read_has_no_span() -> None:
    """A passage without tokens holds no answer."""
    empty = np.zeros(0, np.float32)
    assert Reading(np.zeros((0, 2), np.int64), empty, empty, 0.0).best() is None


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(*[arrays(np.float32, n, elements=st.integers(-50, 50))] * 2)))
def test_best_is_the_best_of_all(logits: tuple[np.ndarray, np.ndarray]) -> None:
    """No span of at most 30 tokens scores higher than the one returned."""
    starts, ends = logits
    offsets = np.array([(i, i + 1) for i in range(len(starts))])
    found = Reading(offsets, starts, ends, 1.5).best()
    spans = ((i, j) for i in range(len(starts)) for j in range(i, min(len(starts), i + LONGEST)))
    assert found is not None
    assert found.score == max(float(starts[i] + ends[j]) for i, j in spans) - 1.5
    assert found.score == float(starts[found.start] + ends[found.end - 1]) - 1.5
