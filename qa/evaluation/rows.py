"""Rows of the files of a collection: JSON lines, qrels and runs, every bad row named by file and line."""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index.articles.base import shown
from index.errors import CollectionError

MOST_RELEVANT = 1_000_000  # the scorer takes memory for every grade up to the highest

_DIGITS = 20  # of a score, zeros before it too: Python refuses to read thousands
_SHOWN = 5  # problems or names in one message


class RowError(Exception):
    """What is wrong with one row; caught where the row is read, so that all bad rows are reported together."""


@dataclass(slots=True)
class Problems:
    """What is wrong with a collection, gathered so that one error names it all."""

    found: list[str] = field(default_factory=list)

    def raise_any(self) -> None:
        """Raise CollectionError when anything was found; the first few are spelled out, the rest counted."""
        if self.found:
            more = len(self.found) - _SHOWN
            lines = [*self.found[:_SHOWN], *([f"and {more} more like these"] if more > 0 else [])]
            raise CollectionError("\n".join(lines))


def json_rows(path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (``file:line``, row) of a JSON lines file; blank lines are skipped."""
    for where, line in _lines(path, problems):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.found.append(f"{where}: not valid JSON: {error}")
            continue
        if isinstance(row, dict):
            yield where, row
        else:
            problems.found.append(f"{where}: a row must be a JSON object; this is a {type(row).__name__}")


def qrel_rows(path: Path, problems: Problems) -> Iterator[tuple[str, str, str, int]]:
    """Yield (``file:line``, query_id, doc_id, relevance) of BEIR's or TREC's qrels, told apart by their columns.

    BEIR's are query, document and relevance between tabs, under a header that may be missing; TREC's are query,
    iteration (never used), document and relevance between any white space.
    """
    for number, (where, line) in enumerate(_lines(path, problems)):
        fields, words = line.rstrip("\r\n").split("\t"), line.split()
        if number == 0 and len(fields) == 3 and fields[-1].strip() == "score":
            continue
        if len(fields) == 3:
            query_id, doc_id, relevance = fields
        elif len(words) == 4:
            query_id, _, doc_id, relevance = words
        else:
            problems.found.append(
                f"{where}: expected query-id, corpus-id and score between tabs, or TREC's four columns; "
                f"this row has {len(fields)} between tabs and {len(words)} between white space"
            )
            continue
        if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", relevance):
            problems.found.append(f"{where}: the score must be a whole number; it is {relevance[:40]!r}")
        elif len(relevance.strip()) > _DIGITS or abs(int(relevance)) > MOST_RELEVANT:
            problems.found.append(f"{where}: the score must be at most {MOST_RELEVANT:,}; it is {relevance[:40]!r}")
        else:
            yield where, query_id, doc_id, int(relevance)


def run_rows(path: Path, problems: Problems) -> Iterator[tuple[str, str, str, float]]:
    """Yield (``file:line``, query_id, doc_id, score) of a run in TREC's six columns."""
    for where, line in _lines(path, problems):
        words = line.split()
        if len(words) != 6:
            problems.found.append(
                f"{where}: expected six columns (query Q0 document rank score tag); this row has {len(words)}"
            )
            continue
        try:
            score = float(words[4])
        except ValueError:
            score = math.nan
        if math.isfinite(score):
            yield where, words[0], words[2], score
        else:
            problems.found.append(f"{where}: the score must be a number; it is {words[4]!r}")


def check_filled(found: Collection[object], path: Path) -> None:
    """Raise CollectionError when nothing was found in a file."""
    if not found:
        raise CollectionError(f"{shown(path)}: is empty; it needs at least one row")


def check_known(path: Path, kind: Literal["queries", "documents"], named: Iterable[str], known: Iterable[str]) -> None:
    """Raise CollectionError when a file names queries or documents that the collection does not have."""
    unknown = sorted(set(named) - set(known))
    if unknown:
        place = "queries.jsonl" if kind == "queries" else "the corpus (or the index that was given)"
        raise CollectionError(f"{shown(path)}: names {kind} that are not in {place}: {few(unknown)}")


def string(row: dict[str, object], key: str) -> str:
    """Return a string that must be there and hold more than white space."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"`{key}` must be a string that is not empty; it is {value!r}")
    return _encodable(value, key)


def identifier(row: dict[str, object], key: str) -> str:
    """Return an id: a string as ``string`` does, or a whole number as one."""
    value = row.get(key)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else string(row, key)


def optional(row: dict[str, object], key: str) -> str | None:
    """Return a string as ``string`` does; None where the row has none."""
    return None if row.get(key) is None else string(row, key)


def strings(row: dict[str, object], key: str) -> tuple[str, ...]:
    """Return a list of strings; () where there is none."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        raise RowError(f"`{key}` must be a list of strings; it is {value!r}")
    return tuple(_encodable(each, key) for each in value)


def flag(row: dict[str, object], key: str) -> bool | None:
    """Return true or false; None where the row does not say."""
    value = row.get(key)
    if value is not None and not isinstance(value, bool):
        raise RowError(f"`{key}` must be true or false; it is {value!r}")
    return value


def offset(row: dict[str, object], key: str) -> int | None:
    """Return a code-point offset, 0 or more; None where there is none."""
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise RowError(f"`{key}` must be an offset, a whole number of 0 or more; it is {value!r}")
    return value


def few(names: Sequence[str]) -> str:
    """Return how many there are, and the first few of them, for a message."""
    rest = ", ..." if len(names) > _SHOWN else ""
    return f"{len(names)} ({', '.join(names[:_SHOWN])}{rest})"


def _encodable(value: str, key: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RowError(f"`{key}` holds half a character (a lone surrogate): {value[:80]!r}") from None
    return value


def _lines(path: Path, problems: Problems) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{shown(path)}:{number}"
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                problems.found.append(f"{where}: not UTF-8 at byte {error.start}; convert the file to UTF-8")
                continue
            if text.strip():
                yield where, text
