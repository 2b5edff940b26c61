"""Dense and lexical candidates -> ranked hits; the one place where scores are put together, for every store.

Both legs propose passages; every proposed passage is then scored by five kinds of evidence, each between 0 and about 1
whatever the collection, and a weighted sum ranks them: how near the question's vector is to the passage's and to its
best sentence's, and how much of the question its words hold. Scores are added, not ranks: how far ahead a passage is
says something (measured: see the tables in qa/evaluation/README.md).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.stores.base import Found, Store
from index.terms import analyse, term_hashes
from index.types import Filter, Hit

DEPTH = 100  # vectors, and passages by terms, that each leg proposes at least
SHORT_TERMS = 8
LONG_TERMS = 24
OTHER = 0.8  # what a passage counts that is in another language than the question
LEAST_SPREAD = 0.02  # so that evidence which hardly any candidate has does not decide
_SEPARATOR = np.zeros(1, np.uint32)

Floats = NDArray[np.floating[Any]]
Word = tuple[str, ...]
"""A word of a question, as the stems that it may have: one, but where a collection has several languages."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: a unit vector, words with their weights, and pairs of words that follow one another.

    ``unread`` are the languages of articles of which the vector says little, as the model knows them or the question's
    too badly; ``other`` those that are none of the question's, which count less where some are unread.
    """

    vector: Floats
    words: Mapping[Word, float]
    pairs: Mapping[tuple[Word, Word], float]
    unread: frozenset[str | None] = frozenset()
    other: frozenset[str | None] = frozenset()


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts; they sum to 1, so that scores stay within about 0..1.

    ``sentence`` and ``passage``: the cosine of the question with the best sentence's vector and with the passage's.
    ``coverage``: the share of the question's idf mass that the passage holds, its title included; ``together``: the
    most of it that one sentence holds, the title included; ``pairs``: idf mass of the question's neighbouring terms
    that are neighbours in the passage too (the sequential dependence of Metzler and Croft, SIGIR 2005).
    """

    sentence: float
    passage: float
    coverage: float
    together: float
    pairs: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """The weights for short questions, of at most ``SHORT_TERMS`` terms, and for long ones; in between, both.

    The vector of a long question blends all that it asks for, and no passage as a whole is near to it. ``unread`` are
    those for passages in the languages that a query names so.
    """

    short: Weights = Weights(sentence=0.285, passage=0.433, coverage=0.096, together=0.118, pairs=0.068)
    long: Weights = Weights(sentence=0.37, passage=0.0, coverage=0.24, together=0.30, pairs=0.09)
    unread: Weights = Weights(sentence=0.15, passage=0.05, coverage=0.31, together=0.36, pairs=0.13)

    def at(self, terms: int) -> Weights:
        """Return the weights for a question of so many terms."""
        share = min(max((terms - SHORT_TERMS) / (LONG_TERMS - SHORT_TERMS), 0.0), 1.0)
        names = (field.name for field in fields(Weights))
        return Weights(**{n: (1 - share) * getattr(self.short, n) + share * getattr(self.long, n) for n in names})


def search(store: Store, query: Query, k: int, limits: Filter, mixture: Mixture) -> list[Hit]:
    """Return the ``k`` best passages for a query, rank 1 first, ties by passage_id."""
    rows, first = _candidates(store, query, k, limits)
    if not rows:
        return []
    given = store.evidence(rows, query.vector)
    passage, sentence = _dense_evidence([each.products for each in given])
    coverage, together, pairs = _lexical_evidence([each.terms for each in given], query, idf(store, query.words))
    evidence = np.stack([sentence, passage, coverage, together, pairs])
    scores = np.einsum("i,ij->j", spread_out(mixture.at(len(query.words)), evidence[:, :first]), evidence)
    if query.unread:
        by_words = np.einsum("i,ij->j", spread_out(mixture.unread, evidence[:, :first]), evidence)
        scores = np.where([each.language in query.unread for each in given], by_words, scores)
        scores *= np.where([each.language in query.other for each in given], OTHER, 1.0).astype(np.float32)
    # All that tie with the last one are looked up, since only their ids can tell them apart.
    last = np.sort(scores)[-min(k, len(rows))]
    place = {row: i for i, row in enumerate(rows) if scores[i] >= last}
    found = store.found(list(place))
    found.sort(key=lambda f: (-scores[place[f.row]], f.passage.passage_id))
    return [
        Hit(
            passage=f.passage,
            score=float(scores[place[f.row]]),
            rank=rank,
            title=f.title,
            text=f.text,
            cosines=_cosines(given[place[f.row]].products, f),
            terms=_sets(given[place[f.row]].terms, f),
            language=f.language,
            known=f.language not in query.unread,
        )
        for rank, f in enumerate(found[:k], 1)
    ]


def spread_out(weights: Weights, evidence: Floats) -> Floats:
    """Return the weights divided by how far their evidence spreads over the candidates, and by their sum.

    ``evidence``: shape (kinds, candidates), in the order of ``Weights``. What tells the candidates of this question
    apart thereby counts the same whatever the question: a rare name that few hold is worth as much as a paraphrase
    that only a vector sees.
    """
    scaled = np.array(astuple(weights)) / (evidence.std(axis=1) + LEAST_SPREAD)
    return np.asarray(scaled / scaled.sum(), np.float32)


def _cosines(products: NDArray[np.float32], found: Found) -> tuple[float, ...]:
    """Return the cosines of a passage's sentences: zeros where the index has lost which they are."""
    sentences = len(found.passage.sentences)
    return tuple(products[1:].tolist()) if len(products) == 1 + sentences else (0.0,) * sentences


def _sets(terms: NDArray[np.uint32], found: Found) -> tuple[frozenset[int], ...]:
    """Return the set of the title's terms and of each sentence's; ``terms`` are as in ``Evidence``."""
    flat, ends = terms.tolist(), [*np.flatnonzero(terms == 0).tolist(), len(terms)]
    sentences = found.passage.sentences
    if len(ends) == 1 + len(sentences):
        starts = [0, *(end + 1 for end in ends[:-1])]
        return tuple(frozenset(flat[start:end]) for start, end in zip(starts, ends, strict=True))
    # What the index holds of them is damaged.
    begin = found.passage.start
    texts = [found.title, *(found.text[s.start - begin : s.end - begin] for s in sentences)]
    return tuple(frozenset(term_hashes(analyse(text, found.language)).tolist()) for text in texts)


def _candidates(store: Store, query: Query, k: int, limits: Filter) -> tuple[list[int], int]:
    """Return the passages that the legs propose, ``k`` at least where there are so many.

    The number beside them tells how many of them, the first, would be proposed whatever ``k`` is.
    """
    stems = _stems(query.words)

    def proposed(depth: int) -> dict[int, None]:
        legs = store.lexical(stems, depth, limits), store.dense(query.vector, depth, limits)
        return dict.fromkeys(scored.row for scored in chain(*legs))

    rows = proposed(DEPTH)
    first, found, depth = len(rows), 0, max(2 * DEPTH, k)
    while found < len(rows) < k:  # a passage has many vectors: the nearest may be of a few
        found = len(rows)
        rows |= proposed(depth)
        depth *= 4
    return list(rows), first


def idf(store: Store, words: Iterable[Word]) -> dict[Word, float]:
    """Return BM25's idf of each word, by its most frequent stem; a word that no passage holds weighs the most."""
    words = list(words)
    if not words:
        return {}
    stems = _stems(words)
    total, counts = store.frequencies(stems)
    count = dict(zip(stems, counts, strict=True))
    most = {word: max(count[stem] for stem in word) for word in words}
    return {word: _idf(total, n) for word, n in most.items()}


def rarest(store: Store) -> float:
    """Return the idf of a word that one passage alone holds."""
    return _idf(max(store.frequencies([])[0], 1), 1)


def _idf(total: int, count: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _stems(words: Iterable[Word]) -> list[str]:
    return list(dict.fromkeys(chain(*words)))


def _dense_evidence(products: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return the cosine of each passage and of its best sentence; ``products`` are as in ``Evidence``."""
    starts = np.cumsum([0, *map(len, products[:-1])])
    cosines = np.concatenate(products)
    own = cosines[starts]
    cosines[starts] = -1.0
    return own, np.maximum.reduceat(cosines, starts)


def _lexical_evidence(
    terms: Sequence[NDArray[np.uint32]], query: Query, idf: Mapping[Word, float]
) -> tuple[Floats, Floats, Floats]:
    """Return, for each passage, its coverage, the best coverage by one sentence, and its pairs; see ``Weights``.

    ``terms`` are as in ``Evidence``.
    """
    words = list(query.words)
    mass = np.array([query.words[word] * idf[word] for word in words], np.float32)
    total = float(mass.sum())
    if not total:
        nothing = np.zeros(len(terms), np.float32)
        return nothing, nothing, nothing
    # A separator after each passage: its title's terms, then those of each sentence, are segments that end with one.
    flat = np.concatenate([piece for part in terms for piece in (part, _SEPARATOR)])
    ends = np.flatnonzero(flat == 0)
    last = np.cumsum([len(part) + 1 for part in terms]) - 1
    firsts = np.searchsorted(ends, np.append(0, last[:-1] + 1))  # the segments that are titles
    lengths = np.diff(np.append(firsts, len(ends)))
    stems = _stems(words)
    hashes = term_hashes(stems)
    order = np.argsort(hashes)
    near = order[np.minimum(np.searchsorted(hashes, flat, sorter=order), len(stems) - 1)]
    at = np.flatnonzero(hashes[near] == flat)
    stem = near[at]
    held = np.zeros((len(ends), len(stems)), bool)
    held[np.searchsorted(ends, at), stem] = True
    columns = [stems.index(each) for word in words for each in word]  # a word is held where one of its stems is
    holds = np.logical_or.reduceat(held[:, columns], np.cumsum([0, *map(len, words[:-1])]), axis=1)
    coverage = np.einsum("ij,j->i", np.logical_or.reduceat(holds, firsts), mass) / total
    sentences = holds | np.repeat(holds[firsts], lengths, axis=0)
    sentences[firsts] = False
    together = np.maximum.reduceat(np.einsum("ij,j->i", sentences, mass), firsts) / total
    passages = np.searchsorted(last, at)
    return coverage, together, _pairs(at, stem, passages, len(terms), query, idf) / total


def _pairs(
    at: NDArray[np.int64],
    stem: NDArray[np.int64],
    passages: NDArray[np.int64],
    count: int,
    query: Query,
    idf: Mapping[Word, float],
) -> Floats:
    """Return the idf mass of the query's pairs in each passage; ``at`` are the places where its stems stand."""
    number = {name: i for i, name in enumerate(_stems(query.words))}
    if not query.pairs or len(at) < 2:
        return np.zeros(count, np.float32)
    near = at[1:] == at[:-1] + 1
    held = np.zeros((count, len(number), len(number)), bool)
    held[passages[:-1][near], stem[:-1][near], stem[1:][near]] = True
    holds = [
        held[np.ix_(range(count), *([number[s] for s in word] for word in pair))].any(axis=(1, 2))
        for pair in query.pairs
    ]
    mass = [weight * (idf[first] + idf[second]) / 2 for (first, second), weight in query.pairs.items()]
    return np.asarray(np.einsum("ji,j->i", holds, np.array(mass, np.float32)))
