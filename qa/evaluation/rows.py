"""Rows of the files of a collection: JSON lines and qrels, every bad row named by file and line."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.articles.base import shown
from index.errors import CollectionError

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
    """Yield (``file:line``, query_id, doc_id, relevance) of a BEIR qrels file; its header may be missing."""
    for number, (where, line) in enumerate(_lines(path, problems)):
        fields = line.rstrip("\r\n").split("\t")
        if number == 0 and fields[-1].strip() == "score":
            continue
        if len(fields) != 3:
            problems.found.append(
                f"{where}: expected query-id, corpus-id and score between tabs; this row has {len(fields)} fields"
            )
        elif not fields[2].strip().removeprefix("-").isdecimal():
            problems.found.append(f"{where}: the score must be a whole number; it is {fields[2]!r}")
        else:
            yield where, fields[0], fields[1], int(fields[2])


def string(row: dict[str, object], key: str) -> str:
    """Return a string that must be there and hold more than white space; whole numbers serve as ids."""
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"`{key}` must be a string that is not empty; it is {value!r}")
    return value


def strings(row: dict[str, object], key: str) -> tuple[str, ...]:
    """Return a list of strings; () where there is none."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        raise RowError(f"`{key}` must be a list of strings; it is {value!r}")
    return tuple(value)


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
