"""Plain text files: the text as it is."""

from collections.abc import Iterator
from pathlib import Path

from index.articles import charset
from index.articles.base import Draft, content, shown


def read(path: Path) -> Iterator[Draft]:
    """Read one plain text file: decoded, without a byte order mark, lines ended by LF, nothing else changed.

    Raises:
        ArticleError: the file is not text, in no certain encoding, or too large.
    """
    given = shown(path)
    text, note = charset.text(content(path), given)
    yield Draft(given=given, text=text, note=note)
