"""Questions about an index's articles -> training examples: passages as Quoth itself cuts and retrieves them.

``questions/`` holds those that were written for this, as collections that lack their articles; see its ``README.md``.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.index import Index
from index.types import Hit
from qa.reader.changes import carelessly, changed
from qa.reader.examples import Document, Example, holds, rows, without

_HITS = 12  # passages retrieved for a question
_HARD = 8  # of which the first so many may be taken as passages without the answer, the earlier the likelier
_WRONG = 3  # so many are, or one beside those of the article that an unanswerable question was asked of
_OF_SOURCE = 2  # passages of that article, at most
_CHANGED, _WITHOUT = (
    0.3,
    0.15,
)  # share of the answerable questions with a changed one, and without the answer's sentence
_TITLED = 0.9
_PHRASE = 60  # characters of an answer; of a longer one any part may be the answer

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about an article: where the answer and its evidence stand there, None where it has none."""

    text: str
    doc_id: str
    answer: Span | None = None
    evidence: Span | None = None


def asked(folder: Path) -> list[Asked]:
    """Read the questions of a collection in BEIR's layout; its evidence tells the ``answer`` as [start, end] too."""
    told = {row["query_id"]: row for row in rows(folder / "evidence.jsonl")}
    found = []
    for row in rows(folder / "queries.jsonl"):
        place = told.get(row["_id"])
        answer = (place["answer"][0], place["answer"][1]) if place else None
        evidence = (place["start"], place["end"]) if place else None
        found.append(Asked(row["text"], row["source_doc"], answer, evidence))
    return found


class Maker:
    """Makes the examples of questions about the articles of an index."""

    def __init__(self, index: Index, rng: random.Random) -> None:
        self._index, self._rng = index, rng
        self._passages: dict[str, list[tuple[int, Document]]] = {}

    def examples(self, questions: Iterable[Asked]) -> Iterator[list[Example]]:
        """Yield the examples of each question: the passage that answers it, where one does, and others that don't.

        That passage comes with other questions too, which it does not answer.
        """
        found = [(each, self._index.search(each.text, _HITS)) for each in questions]
        nearest: dict[tuple[str, int], list[str]] = {}  # unanswerable questions, by the passages they are nearest to
        for each, hits in found:
            for hit in self._source(each, hits) if each.answer is None else ():
                nearest.setdefault((each.doc_id, hit.passage.start), []).append(each.text)
        for each, hits in found:
            made = list(
                self._unanswerable(each, hits) if each.answer is None else self._answerable(each, hits, nearest)
            )
            if made:
                yield made

    def _answerable(
        self, asked: Asked, hits: list[Hit], nearest: dict[tuple[str, int], list[str]]
    ) -> Iterator[Example]:
        rng, (begin, stop) = self._rng, asked.answer or (0, 0)
        whole = [(at, d) for at, d in self._cut(asked.doc_id) if at <= begin and stop <= at + len(d.text)]
        if not whole:
            return
        at, passage = whole[0]
        title, span = passage.title if rng.random() < _TITLED else "", (begin - at, stop - at)
        question, phrase = carelessly(asked.text, rng), passage.text[slice(*span)]
        loose = len(phrase) > _PHRASE
        yield Example(question, title, passage.text, (span,), "answer", asked.doc_id, loose)
        wrong = [hit for hit in hits if not self._holds(hit, asked, "" if loose else phrase)]
        for hit in self._drawn(wrong, _WRONG):
            yield Example(question, hit.title if title else "", hit.text, (), "retrieved", hit.passage.doc_id)
        like = [hit.text for hit in wrong] or [""]
        if rng.random() < _CHANGED and (other := changed(asked.text, passage.text, like, rng)):
            yield Example(carelessly(other, rng), title, passage.text, (), "changed", asked.doc_id)
        if rng.random() < _WITHOUT and (text := without(passage, [span])):
            yield Example(question, title, text, (), "without", asked.doc_id)
        if others := nearest.get((asked.doc_id, at)):
            yield Example(carelessly(rng.choice(others), rng), title, passage.text, (), "unanswerable", asked.doc_id)

    def _unanswerable(self, asked: Asked, hits: list[Hit]) -> Iterator[Example]:
        question, titled = carelessly(asked.text, self._rng), self._rng.random() < _TITLED
        others = [hit for hit in hits if hit.passage.doc_id != asked.doc_id]
        for hit in [*self._source(asked, hits), *self._drawn(others, 1)]:
            yield Example(question, hit.title if titled else "", hit.text, (), "unanswerable", hit.passage.doc_id)

    def _source(self, asked: Asked, hits: list[Hit]) -> list[Hit]:
        """Return the nearest passages of the article that a question was asked of."""
        return [hit for hit in hits if hit.passage.doc_id == asked.doc_id][:_OF_SOURCE]

    def _drawn(self, hits: list[Hit], number: int) -> list[Hit]:
        """Return so many of the first hits, drawn with the odds 1 / (rank + 1)."""
        pool, drawn = hits[:_HARD], list[Hit]()
        odds = [1 / (place + 2) for place in range(len(pool))]
        while len(drawn) < min(number, len(pool)):
            (place,) = self._rng.choices(range(len(pool)), odds)
            drawn.append(pool[place])
            odds[place] = 0.0
        return drawn

    def _holds(self, hit: Hit, asked: Asked, phrase: str) -> bool:
        """Tell whether a passage holds the answer's words or touches its evidence."""
        begin, stop = asked.evidence or (0, 0)
        own = hit.passage.doc_id == asked.doc_id and hit.passage.start < stop and begin < hit.passage.end
        return own or holds(hit.text, [phrase])

    def _cut(self, doc_id: str) -> list[tuple[int, Document]]:
        """Return the passages of an article, each with its place there, and the sentences as offsets into it."""
        if doc_id not in self._passages:
            article = self._index.article(doc_id)
            passages = self._index.cut(article)[2] if article else ()
            self._passages[doc_id] = [
                (
                    passage.start,
                    Document(
                        passage.passage_id,
                        article.title,
                        article.text[passage.start : passage.end],
                        tuple((s.start - passage.start, s.end - passage.start) for s in passage.sentences),
                        doc_id,
                    ),
                )
                for passage in passages
                if article
            ]
        return self._passages[doc_id]
