"""What every store promises, in one protocol; one test suite holds them all to it.

A store keeps articles with their sentences, passages, vectors and terms, and finds passages by vector and by
terms. It names passages by ``row``, an integer that is never given twice. Both searches see the same articles.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Article, Filter, Passage, Sentence

# Tantivy's constants, which every store shares.
K1 = 1.2
B = 0.75

UNDO_SECONDS = 600.0  # for which a removed article can be restored
HISTORY = 1000  # changes that are told at most


@dataclass(frozen=True, slots=True)
class Record:
    """An article as a store keeps it; ``vectors`` is float16: one row per sentence, then one per passage."""

    article: Article
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list: everything but its text.

    ``changed`` is when it was last added, replaced or restored, as ``Change.at``; None where that is not known.
    """

    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    language: str | None
    sentences: int
    characters: int
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one committed write did, in numbers of articles; ``at`` is ISO 8601, UTC, as in 2026-11-25T09:12:03Z."""

    at: str
    added: int
    replaced: int
    removed: int
    restored: int


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed article that can be restored until ``until`` (as ``Change.at``); any write after that destroys it."""

    entry: Entry
    until: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's row and the score that one search gave it."""

    row: int
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells how well a passage fits a question.

    ``products``, float32, shape (1 + sentences,): the inner products of the question's vector with the passage's own
    and with its sentences'; two zeros where the index has lost which these are. ``terms``, uint32: the hashes of its
    terms in order of the text, its title's, 0, a sentence's, 0, ...; see ``terms.term_hashes``. ``language`` is its
    article's.
    """

    products: NDArray[np.float32]
    terms: NDArray[np.uint32]
    language: str | None = None


GONE = Evidence(np.zeros(2, np.float32), np.zeros(0, np.uint32))
"""That for a passage which is not there any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage by its row, with its article's title and language and its text."""

    row: int
    passage: Passage
    title: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Boosts:
    """What a match in each lexical field is worth, the passage's own text being 1."""

    title: float = 0.5
    source: float = 0.5
    date: float = 0.5


BOOSTS = Boosts()


@dataclass(frozen=True, slots=True)
class Facets:
    """What articles can be told apart by: their distinct languages and sources, and the first and last day published.

    Languages may hold None; days are ISO 8601, None where no article has a date.
    """

    languages: tuple[str | None, ...] = ()
    sources: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None


class Store(Protocol):
    """A place that keeps records and finds passages."""

    @property
    def writable(self) -> bool:
        """Tell whether articles can be added."""

    @property
    def generation(self) -> int:
        """Return the number of changes committed so far; asked for with every question, so at no cost."""

    def writing(self, progress: Callable[[int, int], None] | None = None) -> AbstractContextManager[None]:
        """Be the one writer until the context ends; searches see the writes at the latest then."""

    def write(self, records: Sequence[Record]) -> None:
        """Add the records, each in place of the article with its doc_id, in one transaction."""

    def remove(self, doc_ids: Sequence[str], *, now: bool = False) -> None:
        """Hide the articles from every search at once.

        ``now`` also destroys their texts and vectors, and those of all articles removed before.
        """

    def restore(self, doc_ids: Sequence[str]) -> list[str]:
        """Bring back those of the articles that ``removed`` lists, and return their ids in the order given."""

    def removed(self) -> list[Removed]:
        """Return the articles that were removed less than ``UNDO_SECONDS`` ago, the last one first.

        Not those that were destroyed since or whose doc_id was added again, and not what a replaced article was before.
        """

    def changes(self, since: str | None = None) -> list[Change]:
        """Return the last writes that changed an article, the latest first, ``HISTORY`` at most.

        ``since`` is an ISO 8601 time, inclusive, in UTC unless it says otherwise; raises ValueError when it is none.
        """

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None when the store has none of that id."""

    def entries(self) -> Iterator[Entry]:
        """Yield every article, without its text, in order of doc_id."""

    def known(self) -> dict[str, tuple[str, str]]:
        """Return origin -> (doc_id, sha256) of every article."""

    def named(self, origin: str) -> tuple[str, str] | None:
        """Return the doc_id and the hash of the article of an origin, or None: what ``add`` need not read again."""

    def origin(self, doc_id: str) -> str | None:
        """Return the origin of an article, or None where there is none of that id."""

    def copies(self, doc_id: str, limit: int) -> list[str]:
        """Return the ids of the first ``limit`` articles that are copies of one, or it of them; see ``duplicates``.

        The earliest published comes first, those without a date last. Copies of copies are among them; none where
        there is no article of that id.
        """

    def copied(self) -> int:
        """Return the number of articles that would go if one were left of each that is there more than once."""

    def facets(self) -> Facets:
        """Return the languages, sources and dates of the articles; asked for with every question, so at no cost."""

    def languages(self) -> list[tuple[str | None, int]]:
        """Return each language and its number of articles, those with most first; None where it is not known."""

    def dense(self, vector: NDArray[np.float32], k: int, limits: Filter) -> list[Scored]:
        """Return the passages that the ``k`` vectors nearest to ``vector`` belong to, best first.

        Both are searched, those of sentences and those of passages; a passage scores its best inner product.
        """

    def lexical(self, terms: Sequence[str], k: int, limits: Filter, boosts: Boosts = BOOSTS) -> list[Scored]:
        """Return the ``k`` best passages by BM25 over body, title, source and date, best first."""

    def found(self, rows: Sequence[int]) -> list[Found]:
        """Return the passages of these rows, in their order, leaving out any that were removed meanwhile."""

    def evidence(self, rows: Sequence[int], vector: NDArray[np.float32]) -> list[Evidence]:
        """Return the evidence for each passage, ``vector`` being the question's.

        It is ``GONE`` for one that was removed meanwhile; where vectors are damaged, their products are zeros.
        """

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those with each term in their body."""

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of articles, sentences and passages."""

    def place(self) -> tuple[str, int, int]:
        """Return the folder ("" for none), its size in bytes and the generation."""

    def method(self) -> str:
        """Say how the nearest vectors are looked for, and why so."""

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the store, a line each; nothing when all is well."""

    def damaged(self) -> list[tuple[int, Article, tuple[Passage, ...]]]:
        """Return the articles whose vectors were found damaged, each with its row and its passages."""

    def mend(self, row: int, vectors: NDArray[np.float16]) -> None:
        """Replace the vectors of a damaged article; ``vectors`` as in ``Record``."""

    def close(self) -> None:
        """Release what the store holds open."""


def to_iso(at: float) -> str:
    """Return a Unix time as ISO 8601, UTC, in whole seconds, rounded down."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(given: str) -> float:
    """Return the Unix time of an ISO 8601 time or date, in UTC unless it says otherwise; raises ValueError."""
    moment = datetime.fromisoformat(given)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
