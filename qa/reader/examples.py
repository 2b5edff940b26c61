"""Evaluation collections -> training examples: questions with a passage that answers them, or with one that doesn't.

A passage without the answer is one of: a retrieved one that holds none of the known answers; the right one without the
sentence that answers; the right one with a question of which a name, a number or a word was changed; or one that a
person wrote an unanswerable question about.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.sentences import split
from qa.reader.changes import carelessly, changed

NEAREST = 20  # documents retrieved for a question
_HARD = 10  # of which the first so many are passages without the answer
_NEAR = 200  # characters between an answer and the place that is marked, at most
_TITLED = 0.75  # share of the examples that have their article's title

Span = tuple[int, int]
Mix = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage, and the spans of the passage that answer; none when it doesn't.

    ``loose`` answers are whole sentences, any part of which may be the answer.
    """

    question: str
    title: str
    text: str
    answers: tuple[Span, ...] = ()
    kind: str = "answer"
    doc_id: str = ""
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A passage of a collection and the spans of its sentences; ``group`` is the article that it is of."""

    doc_id: str
    title: str
    text: str
    sentences: tuple[Span, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, where it is answered, by doc_id, and the document that it was asked of if that does not answer."""

    text: str
    answers: tuple[str, ...]
    spans: Mapping[str, tuple[Span, ...]]
    source: str | None
    loose: bool
    answerable: bool

    def documents(self) -> tuple[str, ...]:
        """Return the ids of the documents that it was asked of."""
        return tuple(dict.fromkeys([*self.spans, *([self.source] if self.source else [])]))


class Collection:
    """The documents and questions of a folder in BEIR's layout; titles are left out where they are all alike."""

    def __init__(self, folder: Path, *, titled: bool = True) -> None:
        self.documents: dict[str, Document] = {}
        for row in rows(folder / "corpus.jsonl"):
            sentences = tuple((s.start, s.end) for s in split(row["_id"], row["text"]))
            title = row.get("title", "")
            self.documents[row["_id"]] = Document(
                row["_id"], title if titled else "", row["text"], sentences, title or row["_id"]
            )
        evidence: dict[str, list[dict[str, Any]]] = {}
        for row in rows(folder / "evidence.jsonl"):
            evidence.setdefault(row["query_id"], []).append(row)
        self.queries = [self._query(row, evidence.get(row["_id"], [])) for row in rows(folder / "queries.jsonl")]
        self.nearest = self._retrieved()

    def folds(self, number: int) -> dict[str, int]:
        """Deal the articles that questions are asked of to so many folds; return the fold of each of their documents.

        The article with most questions is dealt first, each to the fold with the fewest questions so far.
        """
        asked: dict[str, int] = {}
        for query in self.queries:
            for doc_id in query.documents():
                if doc_id in self.documents:
                    group = self.documents[doc_id].group
                    asked[group] = asked.get(group, 0) + 1
        sizes, dealt = [0] * number, dict[str, int]()
        for group in sorted(asked, key=lambda g: (-asked[g], g)):
            dealt[group] = sizes.index(min(sizes))
            sizes[dealt[group]] += asked[group]
        return {d.doc_id: dealt[d.group] for d in self.documents.values() if d.group in dealt}

    def _query(self, row: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]]) -> Query:
        answers = tuple(row.get("answers") or ())
        spans: dict[str, tuple[Span, ...]] = {}
        loose = False
        for item in evidence:
            document = self.documents[item["doc_id"]]
            start = item["start"] if "start" in item else document.text.find(item["quote"])
            if start < 0:
                continue
            marked = (start, start + len(item["quote"]))
            found = [near for answer in answers if (near := _nearest(document.text, answer, marked))]
            sentence = item.get("end") is not None or "start" not in item  # what is marked holds the answer
            loose = loose or (sentence and not found)
            if not found or (not sentence and marked not in found):
                found.append(marked)
            spans[item["doc_id"]] = spans.get(item["doc_id"], ()) + tuple(dict.fromkeys(found))
        return Query(row["text"], answers, spans, row.get("source_doc"), loose, row.get("answerable", True))

    def _retrieved(self) -> list[list[str]]:
        """Return each question's nearest documents by tf-idf, titles counted, best first."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        ids = list(self.documents)
        depth = min(NEAREST, len(ids) - 1)
        model = TfidfVectorizer(sublinear_tf=True, stop_words="english", ngram_range=(1, 2))
        matrix = model.fit_transform([f"{d.title}. {d.text}" for d in self.documents.values()])
        nearest: list[list[str]] = []
        for first in range(0, len(self.queries), 512):
            scores = (model.transform([q.text for q in self.queries[first : first + 512]]) @ matrix.T).toarray()
            best = np.argpartition(-scores, depth, axis=1)[:, :depth]
            order = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), 1)
            nearest += [[ids[i] for i in row] for row in order]
        return nearest


def examples(
    collection: Collection,
    rng: random.Random,
    mix: Mix,
    *,
    short: float,
    keep: Callable[[Document], bool] = lambda document: True,
) -> Iterator[Example]:
    """Yield the examples of a collection; ``mix`` holds how many of each kind are made of a question, in the mean.

    So large a share as ``short`` is cut to a few sentences. Documents that are not kept are in no example.
    """
    maker = _Maker(collection, rng, mix, short, keep)
    for query, nearest in zip(collection.queries, collection.nearest, strict=True):
        yield from maker.of(query, nearest)


@dataclass(frozen=True, slots=True)
class _Maker:
    collection: Collection
    rng: random.Random
    mix: Mix
    short: float
    keep: Callable[[Document], bool]

    def of(self, query: Query, nearest: Sequence[str]) -> Iterator[Example]:
        """Yield the examples of one question."""
        documents, asked = self.collection.documents, query.documents()
        if not asked or not all(d in documents and self.keep(documents[d]) for d in asked):
            return
        near = [documents[d] for d in nearest if self.keep(documents[d])]
        like = [d.text for d in near[:8] if d.doc_id != asked[0]] or [""]
        for doc_id, spans in query.spans.items():
            yield from self._answerable(query, documents[doc_id], spans, like)
        if not query.answerable and self.rng.random() < self.mix.get("unanswerable", 0):
            yield self._example(query, documents[asked[0]], kind="unanswerable")
        times = int(self.mix["retrieved"]) + (self.rng.random() < self.mix["retrieved"] % 1)
        wrong = [d for d in near[:_HARD] if d.doc_id not in asked and not holds(d.text, query.answers)]
        for document in self.rng.sample(wrong, min(times, len(wrong))):
            yield self._example(query, document, kind="retrieved")

    def _answerable(
        self, query: Query, document: Document, spans: Sequence[Span], like: Sequence[str]
    ) -> Iterator[Example]:
        rng, mix = self.rng, self.mix
        if rng.random() < mix["answer"]:
            yield self._example(query, document, spans)
        if rng.random() < mix["changed"] and (other := changed(query.text, document.text, like, rng)):
            made = self._example(query, document, spans)
            yield replace(made, question=carelessly(other, rng), answers=(), kind="changed")
        if rng.random() < mix["without"] and (text := without(document, spans)):
            question, title = carelessly(query.text, rng), document.title if rng.random() < _TITLED else ""
            yield Example(question, title, text, kind="without", doc_id=document.doc_id)

    def _example(self, query: Query, document: Document, spans: Sequence[Span] = (), kind: str = "answer") -> Example:
        text, inside = document.text, tuple(spans)
        if self.rng.random() < self.short:
            text, inside = window(document, spans, self.rng.randrange(250, 650), self.rng)
        title = document.title if self.rng.random() < _TITLED else ""
        return Example(carelessly(query.text, self.rng), title, text, inside, kind, document.doc_id, query.loose)


def without(document: Document, spans: Sequence[Span]) -> str | None:
    """Return the document's text without the sentences that these spans touch; None when too little is left."""
    kept = [s for s in document.sentences if not any(s[0] < end and start < s[1] for start, end in spans)]
    if len(kept) < 2 or len(kept) == len(document.sentences):
        return None
    return " ".join(document.text[start:end] for start, end in kept)


def window(
    document: Document, spans: Sequence[Span], characters: int, rng: random.Random
) -> tuple[str, tuple[Span, ...]]:
    """Return consecutive sentences of a document, about so many characters, that hold the first span; and the spans
    that they hold wholly, as offsets into them."""
    sentences = document.sentences
    if not sentences or sentences[-1][1] - sentences[0][0] <= characters:
        return document.text, tuple(spans)
    if spans:
        held = [i for i, s in enumerate(sentences) if s[0] < spans[0][1] and spans[0][0] < s[1]] or [0]
        first, last = held[0], held[-1]
    else:
        first = last = rng.randrange(len(sentences))
    while sides := [
        i
        for i in (first - 1, last + 1)
        if 0 <= i < len(sentences)
        and max(sentences[last][1], sentences[i][1]) - min(sentences[first][0], sentences[i][0]) <= characters
    ]:
        side = rng.choice(sides)
        first, last = min(first, side), max(last, side)
    begin, stop = sentences[first][0], sentences[last][1]
    return document.text[begin:stop], tuple((a - begin, b - begin) for a, b in spans if begin <= a and b <= stop)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _nearest(text: str, answer: str, marked: Span) -> Span | None:
    """Return where an answer stands nearest to the place that is marked, if it stands near it."""
    places = [m.start() for m in re.finditer(re.escape(answer), text)] if answer else []
    places = [place for place in places if marked[0] - _NEAR <= place <= marked[1] + _NEAR]
    if not places:
        return None
    start = min(places, key=lambda place: abs(place - marked[0]))
    return start, start + len(answer)


def holds(text: str, answers: Sequence[str]) -> bool:
    """Tell whether a text has the words of one of these answers."""
    folded = text.casefold()
    return any(answer and answer.casefold() in folded for answer in answers)
