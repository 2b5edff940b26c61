"""A toy embedder that a person can compute, and toy articles."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import Window
from index.types import Article
from qa.reader.base import Reading

_WORD = re.compile(r"\S+")


class ToyEmbedder:
    """Each word adds one to a column chosen by its letters; rows are scaled to length 1; a token is a word."""

    name = "toy"
    languages: frozenset[str] | None = None

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.sha256 = f"{dimension:064x}"

    def encode_passages(self, passages: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Return each passage's row, of its title's words and its own, and each sentence's, of its own words alone."""
        return [
            self.encode([f"{p.title}. {p.text}" if p.title else p.text, *(p.text[start:end] for start, end in p.spans)])
            for p in passages
        ]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % self.dimension] += 1
            row[0] += 0.01  # so that a text without words has a direction too
            row /= np.linalg.norm(row)
        return rows

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question."""
        return np.asarray(self.encode([text])[0], np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words of each text."""
        return [len(_WORD.findall(text)) for text in texts]

    def token_ends(self, text: str) -> list[int]:
        """Return the offset at which each word ends."""
        return [match.end() for match in _WORD.finditer(text)]


class CountingEmbedder(ToyEmbedder):
    """A toy embedder that remembers every passage it was given."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.encoded: list[Window] = []

    def encode_passages(self, passages: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Return the rows of each passage."""
        self.encoded += passages
        return super().encode_passages(passages)


def article(doc_id: str, text: str | None = None, **fields: str) -> Article:
    """Make an article; without a text, one of three sentences that only it holds."""
    default = f"The {doc_id} report came first. It named {doc_id} twice. Then {doc_id} ended."
    known = {
        "doc_id": doc_id,
        "title": f"On {doc_id}",
        "text": default if text is None else text,
        "origin": f"/articles/{doc_id}.txt",
    }
    return Article(**{**known, **fields})  # type: ignore[arg-type]


class ToyReader:
    """Finds the answers that it was given, word by word, and is sure of nothing else."""

    languages: frozenset[str] | None = None

    def __init__(self, *answers: str, sure: float = 10.0) -> None:
        self.answers = answers
        self.sure = sure
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return readings in which the given answers have ``sure`` and all else less than nothing.

        An answer "who: Anna" is one to questions that begin so, any case.
        """
        self.asked.append(question)
        own = [answer.rpartition(": ") for answer in self.answers]
        fitting = [answer for word, _, answer in own if question.lower().startswith(word)]
        return [self._reading(text, fitting) for _, text in passages]

    def _reading(self, text: str, answers: Sequence[str]) -> Reading:
        words = [match.span() for match in re.finditer(r"\w+", text)]
        places = [text.find(answer) for answer in answers]
        spans = [(at, at + len(answer)) for at, answer in zip(places, answers, strict=True) if at >= 0]
        starts = [self.sure / 2 if any(w[0] == s[0] for s in spans) else -abs(self.sure) / 2 for w in words]
        ends = [self.sure / 2 if any(w[1] == s[1] for s in spans) else -abs(self.sure) / 2 for w in words]
        offsets = np.array(words, np.int64).reshape(-1, 2)
        return Reading(offsets, np.array(starts, np.float32), np.array(ends, np.float32), 0.0)
