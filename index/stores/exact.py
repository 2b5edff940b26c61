"""The reference store: everything in memory, NumPy inner products and plain BM25.

It is what the other stores are tested against, on ids and on scores, and what tests use for speed.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from index.duplicates import Sketch
from index.errors import IndexDamaged
from index.stores.base import (
    BOOSTS,
    GONE,
    HISTORY,
    K1,
    UNDO_SECONDS,
    B,
    Boosts,
    Change,
    Entry,
    Evidence,
    Facets,
    Found,
    Record,
    Removed,
    Scored,
    from_iso,
    to_iso,
)
from index.terms import Fields, passage_terms
from index.types import Article, Filter, Passage

FIELDS = ("body", "title", "source", "date")


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    record: Record
    passage: Passage
    vectors: NDArray[np.float32]  # the passage's, then one row per sentence
    fields: Fields


@dataclass(slots=True)
class _Story:
    sketch: Sketch
    number: int


@dataclass(frozen=True, slots=True)
class _Removal:
    rows: list[_Row]
    at: float
    number: int  # of the write that removed it


class ExactStore:
    """A store in memory, exact in both searches."""

    writable = True
    generation = 0  # memory counts no changes

    def __init__(self) -> None:
        self._rows: dict[str, list[_Row]] = {}
        self._removed: dict[str, _Removal] = {}
        self._changed: dict[str, float] = {}  # when what is or was last under a doc_id was written or restored
        self._changes: list[tuple[float, Change]] = []
        self._stories: dict[str, _Story] = {}
        self._next = 1

    @contextmanager
    def writing(self, progress: Callable[[int, int], None] | None = None) -> Iterator[None]:
        """Do nothing before or after: every write is seen at once."""
        yield

    def write(self, records: Sequence[Record]) -> None:
        """Add the records, each in place of the article with its doc_id."""
        at, replaced = time.time(), 0
        for record in records:
            rows = []
            terms = passage_terms(record.article, record.passages)
            own, sentences = record.vectors[len(record.sentences) :], iter(record.vectors)
            for passage, fields, vector in zip(record.passages, terms, own, strict=True):
                vectors = np.array([vector, *islice(sentences, len(passage.sentences))], np.float32)
                rows.append(_Row(self._next, record, passage, vectors, fields))
                self._next += 1
            replaced += record.article.doc_id in self._rows
            self._rows[record.article.doc_id] = rows
            self._place(record.article.doc_id)
            self._changed[record.article.doc_id] = at
        self._record(at, added=len(records) - replaced, replaced=replaced)

    def remove(self, doc_ids: Sequence[str], *, now: bool = False) -> None:
        """Hide the articles; ``now`` forgets them, and all that were removed before."""
        at, gone = time.time(), [doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id in self._rows]
        for doc_id in gone:
            self._removed[doc_id] = _Removal(self._rows.pop(doc_id), at, len(self._changes))
            del self._stories[doc_id]
        if now:
            self._removed.clear()
        self._record(at, removed=len(gone))

    def restore(self, doc_ids: Sequence[str]) -> list[str]:
        """Bring back articles that were removed."""
        at, restorable = time.time(), self._restorable()
        found = [doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id in restorable]
        for doc_id in found:
            self._rows[doc_id] = self._removed.pop(doc_id).rows
            self._place(doc_id)
            self._changed[doc_id] = at
        self._record(at, restored=len(found))
        return found

    def removed(self) -> list[Removed]:
        """Return the articles that can be restored, the last removed first."""
        in_order = sorted(self._restorable().items(), key=lambda x: (-x[1].number, x[0]))
        return [Removed(self._entry(r.rows), to_iso(int(r.at) + UNDO_SECONDS)) for _, r in in_order]

    def changes(self, since: str | None = None) -> list[Change]:
        """Return the last changes, the latest first."""
        first = from_iso(since) if since else 0.0
        return [change for at, change in reversed(self._changes) if at >= first][:HISTORY]

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None."""
        rows = self._rows.get(doc_id)
        return rows[0].record.article if rows else None

    def entries(self) -> Iterator[Entry]:
        """Yield every article, without its text."""
        yield from (self._entry(self._rows[doc_id]) for doc_id in sorted(self._rows))

    def known(self) -> dict[str, tuple[str, str]]:
        """Return origin -> (doc_id, sha256)."""
        articles = [rows[0].record.article for rows in self._rows.values()]
        return {a.origin: (a.doc_id, a.sha256) for a in articles}

    def named(self, origin: str) -> tuple[str, str] | None:
        """Return the doc_id and the hash of the article of an origin, or None."""
        return self.known().get(origin)

    def origin(self, doc_id: str) -> str | None:
        """Return the origin of an article, or None."""
        return next((origin for origin, (known, _) in self.known().items() if known == doc_id), None)

    def copies(self, doc_id: str, limit: int) -> list[str]:
        """Return the ids of the first copies of an article."""
        own = self._stories.get(doc_id)
        found = [other for other, story in self._stories.items() if own and story.number == own.number]
        dates = {other: self._rows[other][0].record.article.published for other in found}
        found.sort(key=lambda other: (dates[other] is None, dates[other] or "", self._rows[other][0].row))
        return [other for other in found if other != doc_id][:limit]

    def copied(self) -> int:
        """Return the number of articles that are copies of others."""
        return len(self._stories) - len({story.number for story in self._stories.values()})

    def facets(self) -> Facets:
        """Return the languages, sources and dates of the articles."""
        articles = [rows[0].record.article for rows in self._rows.values()]
        days = sorted(a.published[:10] for a in articles if a.published)
        return Facets(
            tuple(sorted({a.language for a in articles}, key=str)),
            tuple(sorted({a.source for a in articles if a.source})),
            days[0] if days else None,
            days[-1] if days else None,
        )

    def languages(self) -> list[tuple[str | None, int]]:
        """Return each language and its number of articles."""
        counts = Counter(rows[0].record.article.language for rows in self._rows.values())
        return sorted(counts.items(), key=lambda x: (-x[1], x[0] or ""))

    def dense(self, vector: NDArray[np.float32], k: int, limits: Filter) -> list[Scored]:
        """Return the passages of the ``k`` nearest vectors."""
        scored = [
            (float(score), row.row)
            for row in self._live(limits)
            for score in row.vectors @ np.asarray(vector, np.float32)
        ]
        best: dict[int, float] = {}
        for score, row in sorted(scored, key=lambda x: (-x[0], x[1]))[:k]:
            best.setdefault(row, score)
        return [Scored(row, score) for row, score in best.items()]

    def lexical(self, terms: Sequence[str], k: int, limits: Filter, boosts: Boosts = BOOSTS) -> list[Scored]:
        """Return the ``k`` best passages by BM25."""
        weights = {"body": 1.0, "title": boosts.title, "source": boosts.source, "date": boosts.date}
        rows = list(self._live(Filter()))
        totals: dict[int, float] = {}
        for field in FIELDS:
            documents = {row.row: getattr(row.fields, field) for row in rows}
            for row, score in bm25(documents, terms).items():
                totals[row] = totals.get(row, 0.0) + weights[field] * score
        admitted = {row.row for row in self._live(limits)}
        scored = [Scored(row, score) for row, score in totals.items() if row in admitted and score > 0]
        return sorted(scored, key=lambda s: (-s.score, s.row))[:k]

    def found(self, rows: Sequence[int]) -> list[Found]:
        """Return the passages of these rows."""
        by_row = self._by_row()
        found = []
        for row in (by_row[row] for row in rows if row in by_row):
            article, place = row.record.article, row.passage
            text = article.text[place.start : place.end]
            found.append(Found(row.row, place, article.title, text, article.language))
        return found

    def evidence(self, rows: Sequence[int], vector: NDArray[np.float32]) -> list[Evidence]:
        """Return the evidence for each passage."""
        held, asked = self._by_row(), np.asarray(vector, np.float32)
        passages = [held.get(row) for row in rows]
        return [
            Evidence(row.vectors @ asked, row.fields.hashes(), row.record.article.language) if row else GONE
            for row in passages
        ]

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those with each term."""
        bodies = [set(row.fields.body) for row in self._live(Filter())]
        return len(bodies), [sum(term in body for body in bodies) for term in terms]

    def method(self) -> str:
        """Say how the nearest vectors are looked for."""
        return "all vectors exactly"

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of articles, sentences and passages."""
        rows = list(self._live(Filter()))
        return len(self._rows), sum(len(r.passage.sentences) for r in rows), len(rows)

    def place(self) -> tuple[str, int, int]:
        """Return nothing: memory has no folder."""
        return "", 0, self.generation

    def problems(self) -> Iterator[str]:
        """Yield nothing: memory is not checked against itself."""
        return iter(())

    def damaged(self) -> list[tuple[int, Article, tuple[Passage, ...]]]:
        """Return nothing: memory is not checked against itself."""
        return []

    def mend(self, row: int, vectors: NDArray[np.float16]) -> None:
        """Refuse: nothing in memory is ever found damaged."""
        raise IndexDamaged(f"article row {row} is in memory and cannot be mended; add the article again")

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _entry(self, rows: list[_Row]) -> Entry:
        a, sentences = rows[0].record.article, len(rows[0].record.sentences)
        changed = to_iso(self._changed[a.doc_id])
        return Entry(a.doc_id, a.title, a.url, a.source, a.published, a.language, sentences, len(a.text), changed)

    def _place(self, doc_id: str) -> None:
        """Find the story of an article; stories that it holds together become one."""
        first = self._rows[doc_id][0]
        self._stories.pop(doc_id, None)
        sketch, number = Sketch(first.record.article.text), first.row
        bands = set(sketch.bands)
        near = [story for story in self._stories.values() if not bands.isdisjoint(story.sketch.bands)]
        same = {story.number for story in near if story.sketch.copies(sketch)}
        for story in self._stories.values():
            if story.number in same:
                story.number = min(*same, number)
        self._stories[doc_id] = _Story(sketch, min(*same, number) if same else number)

    def _restorable(self) -> dict[str, _Removal]:
        oldest = time.time() - UNDO_SECONDS
        return {d: r for d, r in self._removed.items() if r.at > oldest and d not in self._rows}

    def _record(self, at: float, *, added: int = 0, replaced: int = 0, removed: int = 0, restored: int = 0) -> None:
        """Remember what a write did, and forget for good what was removed too long ago."""
        if added or replaced or removed or restored:
            self._changes.append((at, Change(to_iso(at), added, replaced, removed, restored)))
        self._removed = {d: r for d, r in self._removed.items() if r.at > at - UNDO_SECONDS}
        self._changed = {d: when for d, when in self._changed.items() if d in self._rows or d in self._removed}

    def _live(self, limits: Filter) -> Iterator[_Row]:
        for rows in self._rows.values():
            article = rows[0].record.article if rows else None
            if article is not None and (not limits or limits.admits(article.source, article.published)):
                yield from rows

    def _by_row(self) -> dict[int, _Row]:
        return {row.row: row for rows in self._rows.values() for row in rows}


def bm25(documents: dict[int, Sequence[str]], terms: Sequence[str]) -> dict[int, float]:
    """Score documents by BM25 as Tantivy computes it: k1 1.2, b .75, one-byte field lengths, float32.

    Robertson & Zaragoza, The Probabilistic Relevance Framework (2009), with Lucene's idf,
    ln(1 + (N - n + .5) / (n + .5)), and its lossy field lengths.
    """
    counts = {row: Counter(document) for row, document in documents.items()}
    total = sum(len(document) for document in documents.values())
    average = np.float32(total) / np.float32(len(documents)) if documents else np.float32(1)
    scores: dict[int, float] = {}
    for term in dict.fromkeys(terms):
        matches = [(row, counter[term]) for row, counter in counts.items() if counter[term]]
        n = len(matches)
        idf = np.float32(math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)))
        for row, frequency in matches:
            length = np.float32(stored_length(len(documents[row])))
            norm = np.float32(K1) * (1 - np.float32(B) + np.float32(B) * length / average)
            tf = np.float32(frequency) / (np.float32(frequency) + norm)
            scores[row] = scores.get(row, 0.0) + float(idf * np.float32(1 + K1) * tf)
    return scores


def stored_length(length: int) -> int:
    """Return the field length that one byte keeps: exact to 40, then four significant bits (Lucene's SmallFloat)."""
    return max(v for v in _LENGTHS if v <= length)


def _lengths() -> tuple[int, ...]:
    exact = list(range(24))
    coarse = []
    for code in range(256 - 24):
        bits, shift = code & 7, (code >> 3) - 1
        coarse.append(24 + (bits if shift == -1 else (bits | 8) << shift))
    values = exact + coarse
    assert all(a < b for a, b in pairwise(values))
    return tuple(values)


_LENGTHS = _lengths()
