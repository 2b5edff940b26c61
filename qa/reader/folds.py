"""A reader to measure on questions of its training: each is read by weights that were made without its article."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.errors import ModelError
from qa.reader.base import Reader, Reading

QUESTIONS = "folds.json"
"""Maps each question to the fold whose articles it was asked of; fold N's weights were trained without those."""


class Folded:
    """Reads each question with the reader of its fold; questions of no fold with the first."""

    def __init__(self, readers: Sequence[Reader], folds: Mapping[str, int]) -> None:
        self._readers = readers
        self._folds = folds

    @property
    def languages(self) -> frozenset[str] | None:
        """Return the languages that the readers read."""
        return self._readers[0].languages

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return the reading of each passage by the reader that was trained without the question's article."""
        return self._readers[self._folds.get(question, 0)].read(question, passages)


def questions(folder: Path) -> dict[str, int]:
    """Read which fold each question is of; raises ModelError where that cannot be read."""
    path = folder / QUESTIONS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(question): int(fold) for question, fold in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the reader {folder} is a folder without a {QUESTIONS} that can be read ({error}); give a weights file, "
            "or a folder that `python -m qa.reader.train DATA FOLDER --teacher MPNET --fold N` has filled"
        ) from error
