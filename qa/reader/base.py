"""What every reader promises: a question and passages in, the places that may answer it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

LONGEST = 30  # tokens of a short answer

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a passage, as code-point offsets into its text, and how much more likely than "no answer here" the
    reader finds it: a difference of logits, above 0 where it would rather answer."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Reading:
    """What a reader made of one passage: logits, each of a token of the passage.

    ``offsets`` (n, 2) are the tokens' code-point offsets in the passage's text; ``starts`` and ``ends`` (n) tell how
    well an answer begins and ends there, and ``null`` how well there is none, all on one scale.
    """

    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats
    null: float

    def best(self, start: int = 0, end: int | None = None) -> Span | None:
        """Return the likeliest answer among the tokens between two offsets; None where there is no token."""
        stop = self.offsets[-1, 1] if end is None and len(self.offsets) else end
        inside = np.flatnonzero((self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= (stop or 0)))
        if not len(inside):
            return None
        first, last = int(inside[0]), int(inside[-1]) + 1
        scores = self._scores[first:last].copy()
        lengths = np.arange(LONGEST)
        scores[np.arange(first, last)[:, None] + lengths >= last] = -np.inf
        at, length = divmod(int(scores.argmax()), LONGEST)
        begins, ends = first + at, first + at + length
        return Span(int(self.offsets[begins, 0]), int(self.offsets[ends, 1]), float(scores[at, length]) - self.null)

    @cached_property
    def _scores(self) -> Floats:
        """Return the logit of each answer: row its first token, column its length less 1."""
        ends = np.concatenate([self.ends, np.full(LONGEST, -np.inf, np.float32)])
        following = np.lib.stride_tricks.sliding_window_view(ends, LONGEST)[: len(self.starts)]
        return np.asarray(self.starts[:, None] + following, np.float32)


class Reader(Protocol):
    """What the pipeline needs of a reader."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Return the languages that it reads, as ISO 639-1 codes; None for all."""

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return the reading of each passage, given as its article's title and its own text."""
