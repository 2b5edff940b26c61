"""Outcomes -> measures: of articles by ir_measures, of evidence, of quotations and of confidence.

Every measure but the last two is a value per query, averaged; the last two are of all queries together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG
from numpy.typing import NDArray
from scipy.stats import rankdata

from index.types import Hit, Sentence
from qa.evaluation.collections import Evidence, Query
from qa.evaluation.runs import SHOWN, Outcome
from qa.types import Answer

ARTICLE_MEASURES = (nDCG @ 10, R @ 1, R @ 5, R @ 10, R @ 100, RR @ 10)

Qrels = Mapping[str, Mapping[str, int]]
PerQuery = dict[str, dict[str, float]]
"""Measure -> query_id -> value."""

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


def scored(rankings: Mapping[str, Sequence[str]]) -> list[ScoredDoc]:
    """Return rankings as scores that fall strictly, so that no tool breaks ties in its own way."""
    return [
        ScoredDoc(query_id, doc_id, float(len(doc_ids) - place))
        for query_id, doc_ids in rankings.items()
        for place, doc_id in enumerate(doc_ids)
    ]


def of_articles(qrels: Qrels, rankings: Mapping[str, Sequence[str]]) -> PerQuery:
    """Return ir_measures' values, under its own names, of every judged query; one without a ranking counts 0."""
    judged = [Qrel(query_id, doc_id, r) for query_id, docs in qrels.items() for doc_id, r in docs.items()]
    run = scored({query_id: rankings.get(query_id, ()) for query_id in qrels})
    values: PerQuery = {str(measure): dict.fromkeys(qrels, 0.0) for measure in ARTICLE_MEASURES}
    for metric in ir_measures.iter_calc(list(ARTICLE_MEASURES), judged, run):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def of_evidence(evidence: Mapping[str, Sequence[Evidence]], hits: Mapping[str, Sequence[Hit]]) -> PerQuery:
    """Return MultiHop-RAG's measures for every query that has evidence; one without hits counts 0.

    A passage answers a piece of evidence when it holds all of it, see ``answered``. ``Hits@k``: whether one of the
    first k passages answers any. ``HitMRR@10``: 1 / rank of the first that does. ``EvidenceRecall@10``: share of the
    pieces that the first ten answer. ``AllEvidence@10``: whether that is all of them. Tang and Yang, "MultiHop-RAG:
    Benchmarking Retrieval-Augmented Generation for Multi-Hop Queries" (2024).
    """
    names = ("Hits@4", "Hits@10", "HitMRR@10", "EvidenceRecall@10", "AllEvidence@10")
    values: PerQuery = {name: {} for name in names}
    for query_id, pieces in evidence.items():
        found = answered(pieces, hits.get(query_id, ())[:SHOWN])
        ranks = np.flatnonzero(found.any(axis=0)) + 1
        recall = float(found.any(axis=1).mean())
        first = int(ranks[0]) if len(ranks) else 0
        row = (0 < first <= 4, first > 0, 1 / first if first else 0, recall, recall == 1)
        for name, value in zip(names, row, strict=True):
            values[name][query_id] = float(value)
    return values


def answered(pieces: Sequence[Evidence], hits: Sequence[Hit]) -> Flags:
    """Tell which passage holds which whole piece of evidence: shape (pieces, hits).

    One whose place the collection names must be there. Otherwise any occurrence counts, in any article and white
    space aside, as in MultiHop-RAG's own scorer.
    """
    texts = [_squeezed(hit.text) for hit in hits]
    found = np.zeros((len(pieces), len(hits)), bool)
    for i, piece in enumerate(pieces):
        quote = _squeezed(piece.quote)
        for j, hit in enumerate(hits):
            found[i, j] = _at_place(hit, piece) if piece.placed else quote in texts[j]
    return found


def of_answers(outcomes: Iterable[Outcome], evidence: Mapping[str, Sequence[Evidence]]) -> PerQuery:
    """Return what is shown, query by query.

    ``Declined``: whether nothing was quoted; the same of the answerable and the unanswerable queries alone.
    ``CharactersPerQuote`` and ``CharactersPerAnswer``, of answered queries. ``QuoteF1``, of queries with evidence.
    ``AnswerInQuote@1`` and ``@3``: whether one of the first k sentences, declined or not, holds the answer; of queries
    with evidence whose answer is not a mere yes or no.
    """
    shown = ("AnswerInQuote@1", "AnswerInQuote@3", "CharactersPerQuote", "CharactersPerAnswer", "QuoteF1")
    values: PerQuery = {name: {} for name in ("Declined", "DeclinedAnswerable", "DeclinedUnanswerable", *shown)}
    for outcome in outcomes:
        query, answer = outcome.query, outcome.answer
        declined = float(not answer.answered)
        values["Declined"][query.query_id] = declined
        if query.answerable is not None:
            kind = "DeclinedAnswerable" if query.answerable else "DeclinedUnanswerable"
            values[kind][query.query_id] = declined
        if answer.citations:
            lengths = [len(citation.quote) for citation in answer.citations]
            values["CharactersPerQuote"][query.query_id] = sum(lengths) / len(lengths)
            values["CharactersPerAnswer"][query.query_id] = float(sum(lengths))
        if query.query_id in evidence:
            values["QuoteF1"][query.query_id] = quote_f1(answer, evidence[query.query_id])
        if query.query_id in evidence and not {a.strip().casefold() for a in query.answers} & {"yes", "no"}:
            held = [holds_answer(s, text, query, evidence[query.query_id]) for s, text in outcome.sentences[:3]]
            values["AnswerInQuote@1"][query.query_id] = float(any(held[:1]))
            values["AnswerInQuote@3"][query.query_id] = float(any(held))
    return {name: per_query for name, per_query in values.items() if per_query}


def holds_answer(sentence: Sentence, text: str, query: Query, pieces: Sequence[Evidence]) -> bool:
    """Tell whether a sentence is of an article with evidence and overlaps that, or holds an answer, in any case."""
    own = [piece for piece in pieces if piece.doc_id == sentence.doc_id]
    spans = (span for piece in own for span in piece.spans)
    overlaps = any(start < sentence.end and sentence.start < end for start, end in spans)
    return overlaps or (bool(own) and any(a.casefold() in text.casefold() for a in query.answers if a.strip()))


def quote_f1(answer: Answer, pieces: Sequence[Evidence]) -> float:
    """Return F1, 0..1, of the characters quoted and the characters of the evidence; 0 for an answer without quotes.

    A piece of evidence that stands in several places counts where it overlaps the quotes most. A number that cites
    several articles counts as the one of them that overlaps the evidence most, since a reader reads it once.
    """
    quotes = [[_characters(x.doc_id, x.start, x.end) for x in (c, *c.also)] for c in answer.citations]
    everything = {place for versions in quotes for version in versions for place in version}
    gold: set[tuple[str, int]] = set()
    for piece in pieces:
        places = [_characters(piece.doc_id, start, end) for start, end in piece.spans]
        gold |= max(places, key=lambda place: len(place & everything))
    cited: set[tuple[str, int]] = set()
    for versions in quotes:
        cited |= max(versions, key=lambda version: len(version & gold))
    return 2 * len(cited & gold) / (len(cited) + len(gold))


def auroc(confidences: Floats, answerable: Flags) -> float:
    """Return the chance that an answerable query has more confidence than an unanswerable one, ties counting half.

    NaN when there is only one kind. Mann and Whitney's U from ranks: Hanley and McNeil, Radiology 143 (1982).
    """
    positive = int(answerable.sum())
    negative = len(answerable) - positive
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(confidences)
    return float((ranks[answerable].sum() - positive * (positive + 1) / 2) / (positive * negative))


def aurc(confidences: Floats, answerable: Flags) -> float:
    """Return the area under the risk-coverage curve, 0..1, lower is better: Geifman and others, ICLR 2019.

    Risk is the share of unanswerable queries among the n most confident, averaged over every n; where confidences
    tie, each of them counts as their average, so that no order of the queries matters.
    """
    _, group = np.unique(-confidences, return_inverse=True)
    wrong = np.bincount(group, weights=~answerable) / np.bincount(group)
    errors = np.cumsum(wrong[np.sort(group)])
    return float((errors / np.arange(1, len(errors) + 1)).mean())


def _at_place(hit: Hit, piece: Evidence) -> bool:
    start, end = piece.spans[0]
    return hit.passage.doc_id == piece.doc_id and hit.passage.start <= start and end <= hit.passage.end


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _characters(doc_id: str, start: int, end: int) -> set[tuple[str, int]]:
    return {(doc_id, i) for i in range(start, end)}
