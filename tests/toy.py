"""A toy embedder that a person can compute: each word adds one to a column chosen by its letters."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\S+")


class ToyEmbedder:
    """Hashed bags of words, scaled to length 1; a token is a word."""

    name = "toy"

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.sha256 = f"{dimension:064x}"

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
        return self.encode([text])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words of each text."""
        return [len(_WORD.findall(text)) for text in texts]

    def token_ends(self, text: str) -> list[int]:
        """Return the offset at which each word ends."""
        return [match.end() for match in _WORD.finditer(text)]
