"""The demo collection: articles on NATO's summit in Vilnius in July 2023, and questions with evidence.

The folders are read in place, from a checkout or an installed copy; see README.md beside this file.
"""

from importlib.resources import files
from pathlib import Path

EXAMPLES: tuple[str, ...] = (
    "When did Finland join NATO?",
    "Where will the next NATO summit take place?",
    "Why did Hungary block the NATO-Ukraine Commission?",
    "Why was Macedonia not invited in 2008?",
    "Which ally spends the biggest part of its economy on defence?",
    "Does NATO regard China as an adversary?",
)
"""Questions that the articles answer, for a visitor who does not know yet what to ask."""


def articles() -> Path:
    """Return the folder that holds the articles: Markdown files with front matter."""
    return Path(str(files(__name__) / "articles"))


def questions() -> Path:
    """Return the folder that holds the questions in BEIR's layout, without a corpus of its own."""
    return Path(str(files(__name__) / "questions"))


def conversations() -> Path:
    """Return the folder that holds conversations of two or three turns, in the same layout as the questions."""
    return Path(str(files(__name__) / "conversations"))
