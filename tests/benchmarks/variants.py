"""Many articles made of few: each real one again and again, with other names and numbers in its sentences.

A name is swapped for another of the collection that is as long, and a digit for another, so that every sentence keeps
its place. The vectors of a variant are not computed: to each of the real ones is added what such a swap really changed
in the vector of some other sentence, which was embedded both ways. How long and how odd these changes are is thereby
as it would be; where they lead to is not.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder, windows
from index.index import _rows
from index.stores.base import Record
from index.stores.local.catalog import Catalog
from index.types import Passage

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Changes:
    """What swapping names and numbers did to vectors, as rows to add: those of sentences, and those of passages."""

    sentences: NDArray[np.float32]
    passages: NDArray[np.float32]


def real(catalog: Catalog) -> Iterator[Record]:
    """Yield the articles of a catalog as they were added."""
    for row in catalog.added_since(0):
        article, passages, _ = catalog.live(row)
        yield Record(article, tuple(catalog.sentences_of(row)), tuple(passages.values()), catalog.vectors(row))


def names(catalog: Catalog) -> dict[int, list[str]]:
    """Return the names in the first 2,000 articles of a catalog by their lengths, often those that are named often."""
    found: dict[int, list[str]] = defaultdict(list)
    for record in islice(real(catalog), 2000):
        for name in _NAME.findall(record.article.text):
            found[len(name)].append(name)
    return found


def swapped(text: str, known: dict[int, list[str]], chance: random.Random) -> str:
    """Return a text with other names and numbers of the same lengths."""
    text = _NAME.sub(lambda match: chance.choice(known.get(len(match[0])) or [match[0]]), text)
    return _DIGIT.sub(lambda match: chance.choice("0123456789"), text)


def changes(catalog: Catalog, embedder: Embedder, known: dict[int, list[str]], sentences: int) -> Changes:
    """Embed variants of real articles, so many sentences in all, and return how their vectors differ."""
    chance, records, held = random.Random(0), [], 0
    rows = catalog.added_since(0)
    for row in chance.sample(rows, len(rows)):
        article, passages, _ = catalog.live(row)
        other = replace(article, text=swapped(article.text, known, chance))
        if other.text != article.text:
            records.append((other, tuple(passages.values()), catalog.vectors(row).astype(np.float32)))
            held += article_sentences(records[-1][1])
        if held >= sentences:
            break
    differences: list[list[NDArray[np.float32]]] = [[], []]
    for other, passages_, before in records:
        made = _rows(embedder.encode_passages(windows(other, passages_))).astype(np.float32)
        count = article_sentences(passages_)
        for part, rows_ in zip(differences, (slice(count), slice(count, None)), strict=True):
            part.append(made[rows_] - before[rows_])
    return Changes(*map(np.concatenate, differences))


def article_sentences(passages: Sequence[Passage]) -> int:
    """Return the number of sentences in an article's passages."""
    return sum(len(passage.sentences) for passage in passages)


def variant(record: Record, number: int, known: dict[int, list[str]], changed: Changes) -> Record:
    """Return the variant of this number of an article; the same number always gives the same one."""
    chance = random.Random(f"{record.article.doc_id} {number}")
    generator = np.random.default_rng(chance.getrandbits(64))
    doc_id = f"{record.article.doc_id}~{number}"
    article = replace(
        record.article, doc_id=doc_id, origin=f"id:{doc_id}", text=swapped(record.article.text, known, chance)
    )
    count = len(record.sentences)
    vectors = record.vectors.astype(np.float32)
    vectors[:count] += changed.sentences[generator.integers(len(changed.sentences), size=count)]
    vectors[count:] += changed.passages[generator.integers(len(changed.passages), size=len(vectors) - count)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sentences = tuple(replace(sentence, doc_id=doc_id) for sentence in record.sentences)
    at = {(sentence.start, sentence.end): sentence for sentence in sentences}
    passages = tuple(
        replace(
            passage,
            doc_id=doc_id,
            passage_id=f"{doc_id}#{i}",
            sentences=tuple(at[sentence.start, sentence.end] for sentence in passage.sentences),
        )
        for i, passage in enumerate(record.passages)
    )
    return Record(article, sentences, passages, vectors.astype(np.float16))
