"""Tables in text, as CSV and TSV: one article a row, known by the names of the columns."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from index.articles import charset
from index.articles.base import Draft, line, shown
from index.errors import ArticleError
from index.types import Refusal

_TEXT = ("text", "body", "content")
_ID = ("_id", "id")
_DATE = ("published", "published_at", "date")
_KNOWN = {*_TEXT, *_ID, *_DATE, "title", "url", "source", "author", "authors", "language", "lang"}
_DELIMITERS = ",;\t|"
_LONGEST = 16_000_000  # characters of a row, of which the parser needs many times as many bytes
_SHOWN = 12  # columns


def read(path: Path) -> Iterator[Draft | Refusal]:
    """Read a table's rows one by one; the first row names the columns, whose delimiter is found out from it.

    Without a column of ids, a row is known by its address, else its title, else its text, and from the second of the
    same on also by their order: edited elsewhere or moved, it replaces its article. A row that is refused is named by
    its line.

    Raises:
        ArticleError: the file is not text, in no certain encoding, or has no column of texts, or a row does not end.
    """
    given = shown(path)
    with path.open("rb") as file:
        codec, encoding = charset.of(file, given)
        file.seek(0)
        lines = _Lines(TextIOWrapper(file, codec, newline=""), given)
        delimiter, names = _columns(lines)
        # The parser's own limit is one for the whole process; that of a row is lower.
        csv.field_size_limit(2 * _LONGEST)
        table = _Table(names, given, charset.said(encoding))
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.taken = 0
            where = f"{given}:{lines.number + 1}"
            try:
                cells = next(rows, None)
                if cells is None:
                    return
                if any(cell.strip() for cell in cells):
                    yield table.draft(cells, where)
            except csv.Error as error:
                reason = f"not a row of a table: {error}; write a quotation mark inside of a field twice"
                yield Refusal(where, reason)
            except ArticleError as error:
                if lines.taken > _LONGEST:
                    raise
                yield Refusal(error.given, error.reason)


class _Lines:
    """The lines of a table, counted; ``taken`` are the characters of the row that is being read."""

    def __init__(self, file: TextIO, given: str) -> None:
        self.file = file
        self.given = given
        self.number = self.taken = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        where = f"{self.given}:{self.number + 1}"
        try:
            found = self.file.readline(_LONGEST + 1)
        except UnicodeDecodeError as error:
            self.taken = _LONGEST + 1
            raise ArticleError(where, "in another encoding than the lines before it; save the file as UTF-8") from error
        if not found:
            raise StopIteration
        self.number += 1
        self.taken += len(found)
        if self.taken > _LONGEST:
            reason = f"a row of more than {_LONGEST:,} characters; close the quotation mark in it, or use JSON Lines"
            raise ArticleError(where, reason)
        return found


class _Table:
    """The rows of one file and what was seen of them."""

    def __init__(self, names: Sequence[str], given: str, note: str) -> None:
        self.names = names
        self.note = note
        self.columns = {name.strip().casefold(): i for i, name in reversed(list(enumerate(names)))}
        self.text = next((self.columns[name] for name in _TEXT if name in self.columns), None)
        self.id = next((self.columns[name] for name in _ID if name in self.columns), None)
        self.first: dict[str, str] = {}
        self.parts: Counter[bytes] = Counter()
        if self.text is None:
            found = ", ".join(repr(line(name)[:40]) for name in names[:_SHOWN]) + (", ..." if names[_SHOWN:] else "")
            reason = f"no column holds the text: its first row names {found}; call one of them text, body or content"
            raise ArticleError(given, reason)

    def draft(self, cells: Sequence[str], where: str) -> Draft:
        """Return the article of a row.

        Raises:
            ArticleError: it has more or fewer fields than there are columns, no text, no id, or one that was used.
        """
        if len(cells) != len(self.names):
            reason = f"{len(cells):,} fields for {len(self.names):,} columns; put quotation marks around a field with "
            raise ArticleError(where, reason + "delimiters or line breaks in it")
        if any("\0" in cell for cell in cells):
            raise ArticleError(where, "holds NUL bytes, which are not text; remove them")
        text = cells[self.text or 0].replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise ArticleError(where, f"no text in the column {self.names[self.text or 0].strip()!r}; write it there")
        fields = {name: cells[i] for name, i in self.columns.items() if cells[i].strip()}
        row = self._row(cells[self.id].strip(), where) if self.id is not None else None
        dated = next((self.names[self.columns[name]].strip() for name in _DATE if name in fields), "")
        part = self._part(fields, text) if row is None else None
        note, self.note = self.note, ""  # once is enough
        return Draft(given=where, text=text, fields=fields, found_in=f"column {dated}", row=row, part=part, note=note)

    def _row(self, row: str, where: str) -> str:
        if not row:
            raise ArticleError(where, "the row has no id; give it its own, or leave out the column of ids")
        earlier = self.first.setdefault(row, where)
        if earlier != where:
            raise ArticleError(where, f"the id {row!r:.80} was already used by {earlier}; give each row its own")
        return row

    def _part(self, fields: Mapping[str, str], text: str) -> str:
        words = fields.get("url") or fields.get("title") or text
        digest = hashlib.sha256(words.strip().encode("utf-8", "surrogatepass")).digest()[:8]
        self.parts[digest] += 1
        number = self.parts[digest]
        return digest.hex() if number == 1 else f"{digest.hex()}-{number}"


def _columns(lines: _Lines) -> tuple[str, list[str]]:
    """Return the delimiter that makes the most known columns of the first line, and the names of all."""
    first = next((found for found in lines if found.strip()), "")
    if first.lower().startswith("sep="):  # for Excel
        first = next(lines, "")
    if not first:
        raise ArticleError(lines.given, "empty: there is no text in it")
    if "\0" in first:
        raise ArticleError(lines.given, "holds NUL bytes, so it is binary data and not text; save it as UTF-8")
    ways = []
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([first], delimiter=delimiter))
        except csv.Error:  # a field that is longer than any name
            continue
        ways.append((len({name.strip().casefold() for name in names} & _KNOWN), len(names), delimiter, names))
    if not ways:
        raise ArticleError(lines.given, "its first row is no list of names of columns; begin with one")
    _, _, delimiter, names = max(ways, key=lambda way: way[:2])
    return delimiter, names
