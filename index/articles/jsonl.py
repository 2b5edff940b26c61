"""JSON lines: one article per row, as in BEIR's corpora and in our own export."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.articles import base
from index.articles.base import Draft, shown
from index.errors import ArticleError
from index.types import Refusal


def read(path: Path) -> Iterator[Draft | Refusal]:
    """Read a file's rows one by one: objects with ``_id``, ``text`` and any metadata, the latter also nested in
    ``metadata``. A text is kept character for character. A row that is refused is named by its line.

    Raises:
        ArticleError: the file is UTF-16 or UTF-32, so that no row could be read.
    """
    given = shown(path)
    first: dict[str, str] = {}
    with path.open("rb") as file:
        for number, row in enumerate(_rows(file, given), 1):
            where = f"{given}:{number}"
            try:
                draft = _draft(row, where) if row.strip() else None
            except ArticleError as error:
                yield Refusal(error.given, error.reason)
                continue
            if draft is None:
                continue
            earlier = first.setdefault(str(draft.row), where)
            yield draft if earlier == where else Refusal(where, f"the id {draft.row!r} was already used by {earlier}")


def _rows(file: BinaryIO, given: str) -> Iterator[bytes]:
    """Yield the lines; one that is over the limit is cut just after it, its rest skipped."""
    row = file.readline(base.LIMIT + 1)
    if row.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(given, "is UTF-16 or UTF-32; convert the file to UTF-8")
    row = row.removeprefix(b"\xef\xbb\xbf")
    while row:
        yield row
        while len(row) > base.LIMIT and not row.endswith(b"\n"):
            row = file.readline(base.LIMIT + 1)
        row = file.readline(base.LIMIT + 1)


def _draft(row: bytes, where: str) -> Draft:
    if len(row) > base.LIMIT:
        raise ArticleError(where, base.too_large())
    try:
        fields = json.loads(row.decode())
    except UnicodeDecodeError as error:
        raise ArticleError(where, f"not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(where, f"not valid JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleError(where, f"a row must be a JSON object with _id and text; this is a {type(fields).__name__}")
    row_id, text = fields.get("_id"), fields.get("text")
    if isinstance(row_id, int) and not isinstance(row_id, bool):
        row_id = str(row_id)
    if not isinstance(row_id, str) or not row_id:
        raise ArticleError(where, "the row has no _id; it must be a string that is not empty, or a whole number")
    if not isinstance(text, str):
        raise ArticleError(where, "the row has no text; it must be a string")
    nested = fields.get("metadata")
    if isinstance(nested, dict):
        fields = nested | {key: value for key, value in fields.items() if value not in (None, "", [])}
    return Draft(given=where, text=text, fields=fields, found_in="row", row=row_id)
