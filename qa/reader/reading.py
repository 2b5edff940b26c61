"""Hits -> what a reader makes of them: the passages in a better order, and the likeliest answer in each sentence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.languages import DEFAULT
from index.types import Hit
from qa.reader.base import Reader, Reading
from qa.reader.forms import is_question

DEPTH = 6  # passages that are read; further ones stand after them as they were
FIRST = 2  # of these, no others are read
FOUND = 2.0  # if an answer in them is so much likelier than none, as logits

# What the reader adds to a passage's score, at most, for a question and for a claim or keywords, which it has hardly
# learnt from; and how far from "no answer" it is nearly sure, as logits.
QUESTION, OTHER = 0.2, 0.12
SURE = 16.0

Readings = Mapping[str, Reading]


def read(
    reader: Reader | None, question: str, hits: Sequence[Hit], depth: int = DEPTH, *, first: int = FIRST
) -> Readings:
    """Return what the reader makes of the first hits, by passage_id; nothing without a reader.

    Hits in languages that it does not read are left out, as it finds no answers there (measured: it harms). Where the
    very ``first`` hold an answer, those after them are not read, which changes hardly an answer (see ARCHITECTURE.md).
    """
    if reader is None:
        return {}
    known = [hit for hit in hits[:depth] if _is_readable(reader, hit)]
    found: dict[str, Reading] = {}
    for part in (known[:first], known[first:]):
        best = [span for reading in found.values() if (span := reading.best())]
        if part and not any(span.score >= FOUND for span in best):
            made = reader.read(question, [(hit.title, hit.text) for hit in part])
            found |= {hit.passage.passage_id: reading for hit, reading in zip(part, made, strict=True)}
    return found


def _is_readable(reader: Reader, hit: Hit) -> bool:
    return reader.languages is None or (hit.known and (hit.language or DEFAULT) in reader.languages)


def rerank(question: str, hits: Sequence[Hit], readings: Readings) -> list[Hit]:
    """Return the hits that were read, best first by retrieval and reader together, and after them the others."""
    if not readings:
        return list(hits)
    weight = QUESTION if is_question(question) else OTHER
    scored = [replace(hit, score=hit.score + weight * sureness(_of(hit, readings))) for hit in hits]
    known = [hit for hit in scored if hit.passage.passage_id in readings]
    others = [hit for hit in scored if hit.passage.passage_id not in readings]
    known.sort(key=lambda hit: (-hit.score, hit.rank))
    return [hit.at(rank) for rank, hit in enumerate([*known, *others], 1)]


def sureness(score: float) -> float:
    """Return a difference of logits as -1 (surely no answer) to 1 (surely one)."""
    return math.tanh(score / SURE)


def _of(hit: Hit, readings: Readings) -> float:
    """Return how much likelier the best answer in a passage is than none; as good as none where it was not read."""
    reading = readings.get(hit.passage.passage_id)
    best = reading.best() if reading else None
    return best.score if best else -math.inf
