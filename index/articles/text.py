"""Plain text files: the text as it is."""

from collections.abc import Iterator
from pathlib import Path

from index.articles.base import Draft, content, decoded, shown


def read(path: Path) -> Iterator[Draft]:
    """Read one plain text file: decoded, without a byte order mark, lines ended by LF, nothing else changed.

    Raises:
        ArticleError: the file is not text, or too large.
    """
    given = shown(path)
    yield Draft(given=given, text=decoded(content(path), given))
