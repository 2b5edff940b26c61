"""A toy embedder that a person can compute, and toy articles."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import Window
from index.types import Article

_WORD = re.compile(r"\S+")


class ToyEmbedder:
    """Each word adds one to a column chosen by its letters; rows are scaled to length 1; a token is a word."""

    name = "toy"

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
