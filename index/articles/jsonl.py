"""JSON lines: one article per row, as in BEIR's corpora and in our own export."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from index.articles import base
from index.articles.base import Draft, line, shown
from index.errors import ArticleError
from index.types import Article, Locator, Refusal


def written(article: Article) -> str:
    """Return an article as a row, without a line break, from which ``read`` makes the same article again."""
    row = {
        "_id": article.doc_id,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "source": article.source,
        "published": article.published,
        "published_from": article.published_from,
        "language": article.language,
        "authors": article.authors,
        "locators": [asdict(locator) for locator in article.locators],
        # Read as any other row's it would be another article, whose id is taken, wherever this one is known.
        "_origin": article.origin,
    }
    return json.dumps({name: value for name, value in row.items() if value not in ((), [])}, ensure_ascii=False)


def read(path: Path) -> Iterator[Draft | Refusal]:
    """Read a file's rows one by one: objects with ``_id``, ``text`` and any metadata, the latter also nested in
    ``metadata``. A text is kept character for character. A row that is refused is named by its line.

    Rows that ``written`` made also have ``locators``, ``published_from`` and ``_origin``.

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
            yield draft if earlier == where else Refusal(where, _used(draft, earlier))


def _used(draft: Draft, earlier: str) -> str:
    return f"the id {draft.row!r:.80} was already used by {earlier}; give each row its own"


def _rows(file: BinaryIO, given: str) -> Iterator[bytes]:
    """Yield the lines; one that is over the limit is cut just after it, its rest skipped.

    What is written to the file after it was opened is left out, or a log could be read for ever.
    """
    size = os.fstat(file.fileno()).st_size
    row = file.readline(base.LIMIT + 1)
    if row.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(given, "is UTF-16 or UTF-32; convert the file to UTF-8")
    row = row.removeprefix(b"\xef\xbb\xbf")
    while row:
        yield row
        while len(row) > base.LIMIT and not row.endswith(b"\n"):
            row = file.readline(base.LIMIT + 1)
        row = file.readline(base.LIMIT + 1) if file.tell() < size else b""


def _draft(row: bytes, where: str) -> Draft:
    if len(row) > base.LIMIT:
        raise ArticleError(where, base.too_large())
    try:
        fields = json.loads(row.decode())
    except UnicodeDecodeError as error:
        raise ArticleError(where, f"not UTF-8 at byte {error.start}; convert the file to UTF-8") from error
    except json.JSONDecodeError as error:
        raise ArticleError(where, f"not valid JSON: {error}; each line must be one JSON object") from error
    except RecursionError as error:
        raise ArticleError(where, "JSON that is nested too deeply; a row has _id, text and flat metadata") from error
    except ValueError as error:
        raise ArticleError(where, "JSON with a number of too many digits; write it as a string") from error
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
    origin = fields.get("_origin")
    return Draft(
        given=where,
        text=text,
        fields=fields,
        found_in=line(fields.get("published_from")) if "published_from" in fields else "row",
        row=row_id,
        origin=origin if isinstance(origin, str) and origin else None,
        locators=_locators(fields.get("locators"), len(text)),
    )


def _locators(value: object, length: int) -> tuple[Locator, ...]:
    """Return the locators that a row has, in order; what cannot be used is left out, as with other metadata."""
    found = []
    for item in value if isinstance(value, list) else ():
        start, label = (item.get("start"), line(item.get("label"))) if isinstance(item, dict) else (None, "")
        if not isinstance(start, int) or isinstance(start, bool) or not 0 <= start <= length or not label:
            continue
        fragment = item.get("fragment")
        usable = isinstance(fragment, str) and re.fullmatch(r"#[!-~]+", fragment)
        found.append(Locator(start, label, fragment if usable else ""))
    return tuple(sorted(found, key=lambda locator: locator.start))
