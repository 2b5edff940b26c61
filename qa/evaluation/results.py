"""What an evaluation found: the result, the file it is kept in, and reading it back.

The file is the dataclasses below as JSON, so that a result read back equals the one that was written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from index.articles.base import shown
from index.errors import CollectionError
from qa.evaluation.intervals import Finite, Score

EXCERPT = 300  # characters of a passage or quote that a result keeps

Turns = Literal["first", "later"]
"""The turns of conversations: those with nothing before them, and all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage that was found for a question; ``relevant`` where it is of a judged article or holds evidence.

    ``text`` is at most 300 characters of it. A run of another system ranks whole documents: then ``passage_id`` is
    the document's.
    """

    passage_id: str
    doc_id: str
    title: str
    text: str
    score: float
    rank: int
    relevant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document judged relevant to a question, its quote where there is evidence (at most 300 characters of it).

    ``rank`` is where the document stands among the first 100, None where it does not.
    """

    doc_id: str
    title: str
    quote: str | None
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question and what it came to: ``found`` are the best 5 passages.

    ``type`` and ``answerable`` are the collection's, None where it does not say. ``answered``, ``confidence``
    (0..1) and ``milliseconds`` are None for a run of another system.
    """

    query_id: str
    text: str
    type: str | None
    answerable: bool | None
    answered: bool | None
    confidence: Finite | None
    milliseconds: float | None
    wanted: tuple[Wanted, ...]
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What was measured on, or with, by name and hash."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The collection that was measured on: how many documents and queries it has, and its hash."""

    name: str
    documents: int
    queries: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of ``Pipeline.ask``, one question at a time: the median and the 95th percentile."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an evaluation found, with all that is needed to repeat it.

    ``turns`` holds the measures of first and of later turns apart, nothing where that was not asked for. ``per_query``
    maps measure to query_id to value. ``run`` names the file of another system's run; then there is no embedder and no
    time. ``commit`` is None where the code does not run from a checkout.
    """

    measures: Mapping[str, Score]
    turns: Mapping[Turns, Mapping[str, Score]] = field(default_factory=dict)
    collection: Measured
    settings: Mapping[str, Any]
    embedder: Named | None
    commit: str | None
    ms_per_question: Times | None
    run: Named | None = None
    per_query: Mapping[str, Mapping[str, Finite]]
    questions: tuple[Asked, ...]


_RESULT = TypeAdapter(Result)


def to_json(result: Result) -> dict[str, Any]:
    """Return a result as JSON's own values."""
    values: dict[str, Any] = _RESULT.dump_python(result, mode="json")
    return values


def save(result: Result, path: Path) -> None:
    """Write a result to a file, whole or not at all; to what is no file, a pipe say, as it comes."""
    content, path = _RESULT.dump_json(result), path.resolve()  # a link stays one
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def read(path: Path) -> Result:
    """Read a result back; raises CollectionError for a file that is none."""
    try:
        return _RESULT.validate_json(path.read_bytes())
    except OSError as error:
        raise CollectionError(
            f"{shown(path)}: cannot be read ({error}); give a file of `quoth evaluate --out`"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise CollectionError(
            f"{shown(path)}: is no result of `quoth evaluate --out`: {place}: {first['msg']}; measure again"
        ) from error
