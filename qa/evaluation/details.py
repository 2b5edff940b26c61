"""Outcomes and runs -> what a result keeps of every question: what was wanted and what was found."""

from collections.abc import Mapping, Sequence

import numpy as np

from qa.evaluation.collections import Collection, Evidence, Query
from qa.evaluation.measures import answered
from qa.evaluation.results import EXCERPT, Asked, Found, Wanted
from qa.evaluation.runs import Outcome, QueryField
from qa.evaluation.runs import asked as asked_text
from qa.evaluation.trec import Ranked

FOUND = 5
"""How many passages are kept."""

Pieces = Mapping[str, Sequence[Evidence]]


def asked(outcome: Outcome, field: QueryField, collection: Collection, evidence: Pieces) -> Asked:
    """Return what a result keeps of a question that Quoth was asked.

    Where nothing is judged, the passages are those beside its answer: fewer than 5 when it was declined.
    """
    query, answer = outcome.query, outcome.answer
    hits = (outcome.hits or answer.hits)[:FOUND]
    holding = set(np.flatnonzero(answered(evidence.get(query.query_id, ()), hits).any(axis=0)))
    relevant = _relevant(query, collection)
    return Asked(
        query_id=query.query_id,
        text=asked_text(query, field)[0],
        type=query.type,
        answerable=query.answerable,
        answered=answer.answered,
        confidence=answer.confidence,
        milliseconds=outcome.milliseconds,
        wanted=_wanted(query, outcome.articles, collection, evidence),
        found=tuple(
            Found(
                passage_id=hit.passage.passage_id,
                doc_id=hit.passage.doc_id,
                title=hit.title,
                text=hit.text[:EXCERPT],
                score=float(hit.score),
                rank=hit.rank,
                relevant=i in holding or any(version.passage.doc_id in relevant for version in hit.versions),
            )
            for i, hit in enumerate(hits)
        ),
    )


def asked_of_run(query: Query, ranked: Ranked, collection: Collection, evidence: Pieces) -> Asked:
    """Return what a result keeps of a question that another system ranked documents for."""
    relevant = _relevant(query, collection)
    return Asked(
        query_id=query.query_id,
        text=query.text,
        type=query.type,
        answerable=query.answerable,
        answered=None,
        confidence=None,
        milliseconds=None,
        wanted=_wanted(query, [doc_id for doc_id, _ in ranked], collection, evidence),
        found=tuple(
            Found(
                passage_id=doc_id,
                doc_id=doc_id,
                title=_title(doc_id, collection),
                text=article.text[:EXCERPT] if (article := collection.article(doc_id)) else "",
                score=score,
                rank=rank,
                relevant=doc_id in relevant,
            )
            for rank, (doc_id, score) in enumerate(ranked[:FOUND], 1)
        ),
    )


def _wanted(query: Query, articles: Sequence[str], collection: Collection, evidence: Pieces) -> tuple[Wanted, ...]:
    """Return a row for each quote, and one for each relevant document without a quote, the most relevant first."""
    relevant = _relevant(query, collection)
    quotes: dict[str, list[str | None]] = {doc_id: [] for doc_id in sorted(relevant, key=lambda d: -relevant[d])}
    for piece in evidence.get(query.query_id, ()):
        quotes.setdefault(piece.doc_id, []).append(piece.quote[:EXCERPT])
    ranks = {doc_id: rank for rank, doc_id in enumerate(articles, 1)}
    return tuple(
        Wanted(doc_id=doc_id, title=_title(doc_id, collection), quote=quote, rank=ranks.get(doc_id))
        for doc_id, own in quotes.items()
        for quote in own or [None]
    )


def _relevant(query: Query, collection: Collection) -> dict[str, int]:
    judged = collection.qrels.get(query.query_id, {})
    return {doc_id: relevance for doc_id, relevance in judged.items() if relevance > 0}


def _title(doc_id: str, collection: Collection) -> str:
    article = collection.article(doc_id)
    return article.title if article else ""
