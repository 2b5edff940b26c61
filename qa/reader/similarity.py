"""Hits -> sentences in order of how well they match the question, by vectors and words alone."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.index import Index
from index.terms import analyse
from index.types import Article, Hit, Sentence
from qa.confidence import Features

COSINE = 0.45
MATCHED = 0.35
PASSAGE = 0.20

_ENDS = re.compile(r"[.!?…。！？؟।:;]['\"”’»“)\]]*$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted, with its place among its article's sentences and its score, 0 to about 1."""

    article: Article
    sentence: Sentence
    score: float
    cosine: float
    matched: float
    terms: frozenset[str]

    @property
    def text(self) -> str:
        """Return the sentence's text."""
        return self.article.text[self.sentence.start : self.sentence.end]


def candidates(index: Index, question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Return the sentences of the hits, best first.

    A sentence's score joins its cosine with the question, the share of the question's idf mass that it holds, and
    its passage's score. Headings and other fragments come after all whole sentences.
    """
    weights = idf(index, index.terms(question))
    mass = sum(weights.values()) or 1.0
    found = []
    for hit in hits:
        article = index.article(hit.passage.doc_id)
        if article is None:
            continue
        title = frozenset(analyse(article.title, article.language))
        for sentence, cosine in zip(hit.passage.sentences, hit.cosines, strict=True):
            terms = frozenset(analyse(article.text[sentence.start : sentence.end], article.language))
            matched = sum(weights.get(t, 0.0) for t in terms) / mass
            # The title says what a sentence is about even where the sentence does not repeat it.
            around = sum(weights.get(t, 0.0) for t in title - terms) / mass
            score = COSINE * cosine + MATCHED * (matched + 0.25 * around) + PASSAGE * hit.score
            found.append(Candidate(article, sentence, score, cosine, matched, terms))
    return sorted(found, key=lambda c: (not whole(c.text), -c.score, c.sentence))


def features(ranked: Sequence[Candidate]) -> Features:
    """Return what the confidence is computed from; all 0 when nothing was found."""
    if not ranked:
        return Features(0.0, 0.0, 0.0)
    first = ranked[0].article.doc_id
    best = max(c.cosine for c in ranked)
    here = max(c.cosine for c in ranked if c.article.doc_id == first)
    elsewhere = max((c.cosine for c in ranked if c.article.doc_id != first), default=0.0)
    return Features(max(best, 0.0), min(ranked[0].matched, 1.0), min(max(here - elsewhere, 0.0), 0.3))


def idf(index: Index, terms: Sequence[str]) -> dict[str, float]:
    """Return BM25's idf of each term; a term that no passage holds weighs the most."""
    total, counts = index.frequencies(terms)
    return {t: math.log(1 + (total - n + 0.5) / (n + 0.5)) for t, n in zip(terms, counts, strict=True)}


def whole(text: str) -> bool:
    """Tell whether a sentence ends like one, which headings, captions and list scraps do not."""
    return bool(_ENDS.search(text)) or len(text.split()) > 14
