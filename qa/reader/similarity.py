"""Hits -> sentences in order of how well they match the question, by vectors and words alone."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.index import Index
from index.terms import analyse
from index.types import Article, Hit, Sentence
from qa.confidence import Features

# Chosen on the same halves as the confidence; they lie on a plateau.
COSINE = 0.37
MATCHED = 0.20
TITLE = 0.07
BEFORE = 0.06
PASSAGE = 0.35
CONTEXT = 0.5

_ENDS = re.compile(r"[.!?…‽。｡！？؟।॥۔:]['\"”’»›“」』)\]）]*$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted, and its score, 0 to about 1.

    ``matched`` is the share of the question's idf mass that the sentence and its article's title hold.
    """

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


def candidates(index: Index, question: str, hits: Sequence[Hit], context: str = "") -> list[Candidate]:
    """Return the sentences of the hits, best first; the words of ``context`` count half as much as the question's.

    A sentence's score joins its cosine with the question, the share of the question's idf mass that it holds, what
    the title and the sentence before it add to that, and its passage's score. Headings and other fragments come after
    all whole sentences.
    """
    weights = {term: CONTEXT * weight for term, weight in idf(index, index.terms(context)).items()}
    weights |= idf(index, index.terms(question))
    mass = sum(weights.values()) or 1.0
    articles = {doc_id: index.article(doc_id) for doc_id in {hit.passage.doc_id for hit in hits}}
    titles = {a.doc_id: frozenset(analyse(a.title, a.language)) for a in articles.values() if a is not None}
    found = []
    for hit in hits:
        article = articles[hit.passage.doc_id]
        if article is None:
            continue
        title, before = titles[article.doc_id], frozenset[str]()
        for sentence, cosine in zip(hit.passage.sentences, hit.cosines, strict=True):
            terms = frozenset(analyse(article.text[sentence.start : sentence.end], article.language))
            matched = sum(weights.get(t, 0.0) for t in terms) / mass
            # The title says what a sentence is about even where the sentence does not repeat it.
            around = sum(weights.get(t, 0.0) for t in title - terms) / mass
            lead = sum(weights.get(t, 0.0) for t in before - terms - title) / mass
            score = COSINE * cosine + MATCHED * matched + TITLE * around + BEFORE * lead + PASSAGE * hit.score
            found.append(Candidate(article, sentence, score, cosine, matched + around, terms))
            before = terms
    return sorted(found, key=lambda c: (not whole(c.text), -c.score, c.sentence))


def features(ranked: Sequence[Candidate]) -> Features:
    """Return what the confidence is computed from; all 0 when nothing was found."""
    if not ranked:
        return Features(0.0, 0.0)
    return Features(max(max(c.cosine for c in ranked), 0.0), min(ranked[0].matched, 1.0))


def idf(index: Index, terms: Sequence[str]) -> dict[str, float]:
    """Return BM25's idf of each term; a term that no passage holds weighs the most."""
    total, counts = index.frequencies(terms)
    return {t: math.log(1 + (total - n + 0.5) / (n + 0.5)) for t, n in zip(terms, counts, strict=True)}


def whole(text: str) -> bool:
    """Tell whether a sentence ends like one, which headings, captions and list scraps do not."""
    return bool(_ENDS.search(text)) or len(text.split()) > 14
