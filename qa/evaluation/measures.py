"""Outcomes -> measures: of articles by ir_measures, of evidence, of quotations and of confidence.

Every measure but the last two is a value per query, averaged; the last two are of all queries together.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
from ir_measures import Qrel, ScoredDoc
from numpy.typing import NDArray
from scipy.stats import rankdata

from index.errors import MeasureError
from index.types import Hit, Sentence
from qa.evaluation.collections import Evidence, Query, squeezed
from qa.evaluation.runs import ARTICLES, SHOWN, Outcome
from qa.types import Answer

DEFAULT = (
    *("nDCG@10", "R@1", "R@5", "R@10", "R@100", "RR@10"),
    *("Hits@4", "Hits@10", "HitMRR@10", "EvidenceRecall@10", "AllEvidence@10"),
    *("AnswerInQuote@1", "AnswerInQuote@3"),
)
"""The measures with a cutoff that are always computed."""

ALWAYS = (
    *("Declined", "DeclinedAnswerable", "DeclinedUnanswerable", "CharactersPerQuote", "CharactersPerAnswer"),
    *("QuotePrecision", "QuoteRecall", "QuoteF1", "AUROC", "AURC"),
)
"""Those without one."""

_EVIDENCE = ("Hits", "HitMRR", "EvidenceRecall", "AllEvidence")
_ANSWER = "AnswerInQuote"
YES_NO = frozenset({"yes", "no"})
# The others of ir_measures' scorers need Perl or packages that are not installed.
_SCORERS = (ir_measures.pytrec_eval, ir_measures.msmarco, ir_measures.judged)

Qrels = Mapping[str, Mapping[str, int]]
PerQuery = dict[str, dict[str, float]]
"""Measure -> query_id -> value."""

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Measures to compute: ir_measures' of articles, and (name, cutoff) of passages with evidence and of sentences."""

    articles: tuple[Any, ...]
    evidence: tuple[tuple[str, int], ...]
    answers: tuple[int, ...]


def choose(names: Iterable[str] = ()) -> Chosen:
    """Return the default measures and those named: ir_measures' by its names, ours at a cutoff of at most 10.

    Raises MeasureError for a name that is unknown, and for a cutoff deeper than is ranked: 100 articles, 10
    passages or sentences. A measure without a cutoff sees 100 articles.
    """
    articles: dict[str, Any] = {}
    own: dict[tuple[str, int], None] = {}
    for name in (*DEFAULT, *names):
        kind, _, cutoff = name.partition("@")
        if kind in (*_EVIDENCE, _ANSWER):
            own[kind, _cutoff(name, cutoff)] = None
        elif name not in ALWAYS:
            measure = _of_ir_measures(name)
            articles[str(measure)] = measure
    return Chosen(
        articles=tuple(articles.values()),
        evidence=tuple((kind, k) for kind, k in own if kind != _ANSWER),
        answers=tuple(k for kind, k in own if kind == _ANSWER),
    )


def check_of_articles(names: Iterable[str]) -> None:
    """Raise MeasureError for measures of passages and answers, which a run of another system does not have."""
    others = [name for name in names if name.partition("@")[0] in (*_EVIDENCE, _ANSWER, *ALWAYS)]
    if others:
        raise MeasureError(f"a run ranks documents, so it has no {', '.join(others)}; name measures of ir_measures")


def _cutoff(name: str, cutoff: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", cutoff) or int(cutoff) > SHOWN:
        raise MeasureError(f"the measure {name!r} needs a cutoff from 1 to {SHOWN}, as in Hits@5")
    return int(cutoff)


def _of_ir_measures(name: str) -> Any:
    try:
        measure = ir_measures.parse_measure(name)
        known = any(scorer.supports(measure) for scorer in _SCORERS)
    except (NameError, ValueError, AssertionError, SyntaxError, TypeError):  # what it raises, by kind of mistake
        known = False
    if not known:
        raise MeasureError(
            f"the measure {name!r} is unknown; give one of ir_measures, such as nDCG@20, P@5 or AP, or of "
            f"{', '.join(f'{kind}@k' for kind in (*_EVIDENCE, _ANSWER))}"
        )
    if measure.params.get("rel", 1) < 1:
        raise MeasureError(f"the measure {name!r} counts documents that are not relevant; give a `rel` of 1 or more")
    if not 1 <= measure.params.get("cutoff", 1) <= ARTICLES:
        raise MeasureError(f"the measure {name!r} needs a cutoff from 1 to {ARTICLES}: no more articles are ranked")
    return measure


def scored(rankings: Mapping[str, Sequence[str]]) -> list[ScoredDoc]:
    """Return rankings as scores that fall strictly, so that no tool breaks ties in its own way."""
    return [
        ScoredDoc(query_id, doc_id, float(len(doc_ids) - place))
        for query_id, doc_ids in rankings.items()
        for place, doc_id in enumerate(doc_ids)
    ]


def of_articles(qrels: Qrels, rankings: Mapping[str, Sequence[str]], chosen: Chosen | None = None) -> PerQuery:
    """Return ir_measures' values, under its own names, of every judged query; one without a ranking counts 0.

    The formulas are ir_measures' (https://ir-measur.es), which takes them from trec_eval. nDCG@k: the sum over the
    first k of (relevance / log2(1 + rank)), divided by that of the best ranking; Järvelin and Kekäläinen, ACM TOIS 20
    (2002). R@k: relevant articles among the first k / relevant articles. RR@k: 1 / rank of the first relevant article,
    0 after the k-th.
    """
    wanted = (chosen or choose()).articles
    judged = [Qrel(query_id, doc_id, r) for query_id, docs in qrels.items() for doc_id, r in docs.items()]
    run = scored({query_id: rankings.get(query_id, ()) for query_id in qrels})
    values: PerQuery = {str(measure): dict.fromkeys(qrels, 0.0) for measure in wanted}
    for metric in ir_measures.iter_calc(list(wanted), judged, run):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def of_evidence(
    evidence: Mapping[str, Sequence[Evidence]], hits: Mapping[str, Sequence[Hit]], chosen: Chosen | None = None
) -> PerQuery:
    """Return MultiHop-RAG's measures for every query that has evidence; one without hits counts 0.

    A passage answers a piece of evidence when it holds all of it, see ``answered``. ``Hits@k``: whether one of the
    first k passages answers any. ``HitMRR@k``: 1 / rank of the first that does, 0 after the k-th.
    ``EvidenceRecall@k``: pieces that the first k answer / pieces. ``AllEvidence@k``: whether that is all of them. Tang
    and Yang, "MultiHop-RAG: Benchmarking Retrieval-Augmented Generation for Multi-Hop Queries" (2024).
    """
    wanted = (chosen or choose()).evidence
    values: PerQuery = {f"{name}@{k}": {} for name, k in wanted}
    for query_id, pieces in evidence.items():
        found = answered(pieces, hits.get(query_id, ())[:SHOWN])
        ranks = np.flatnonzero(found.any(axis=0)) + 1
        for name, k in wanted:
            first = next((int(rank) for rank in ranks if rank <= k), 0)
            recall = float(found[:, :k].any(axis=1).mean())
            value = {
                "Hits": first > 0,
                "HitMRR": 1 / first if first else 0,
                "EvidenceRecall": recall,
                "AllEvidence": recall == 1,
            }
            values[f"{name}@{k}"][query_id] = float(value[name])
    return values


def answered(pieces: Sequence[Evidence], hits: Sequence[Hit]) -> Flags:
    """Tell which passage holds which whole piece of evidence: shape (pieces, hits).

    One whose place the collection names must be there. Otherwise any occurrence counts, in any article and white
    space aside, as in MultiHop-RAG's own scorer. A passage stands for its copies.
    """
    texts = ["\n".join(squeezed(version.text) for version in hit.versions) for hit in hits]
    found = np.zeros((len(pieces), len(hits)), bool)
    for i, piece in enumerate(pieces):
        quote = squeezed(piece.quote)
        for j, hit in enumerate(hits):
            found[i, j] = any(_at_place(x, piece) for x in hit.versions) if piece.placed else quote in texts[j]
    return found


def of_answers(
    outcomes: Iterable[Outcome], evidence: Mapping[str, Sequence[Evidence]], chosen: Chosen | None = None
) -> PerQuery:
    """Return what is shown, query by query.

    ``Declined``: whether nothing was quoted; the same of the answerable and the unanswerable queries alone.
    ``CharactersPerQuote`` and ``CharactersPerAnswer``, of answered queries. ``QuotePrecision``, ``QuoteRecall`` and
    ``QuoteF1``: see ``Overlap``. ``AnswerInQuote@k``: whether one of the first k sentences, declined or not, holds the
    answer; of queries with evidence whose answer is not a mere yes or no.
    """
    cutoffs = (chosen or choose()).answers
    names = ("Declined", "DeclinedAnswerable", "DeclinedUnanswerable", *(f"{_ANSWER}@{k}" for k in cutoffs))
    shown = ("CharactersPerQuote", "CharactersPerAnswer", "QuotePrecision", "QuoteRecall", "QuoteF1")
    values: PerQuery = {name: {} for name in (*names, *shown)}
    for outcome in outcomes:
        query, answer = outcome.query, outcome.answer
        pieces = evidence.get(query.query_id, ())
        row = {"Declined": float(not answer.answered)}
        if query.answerable is not None:
            row["DeclinedAnswerable" if query.answerable else "DeclinedUnanswerable"] = row["Declined"]
        if answer.citations:
            lengths = [len(citation.quote) for citation in answer.citations]
            row["CharactersPerQuote"] = sum(lengths) / len(lengths)
            row["CharactersPerAnswer"] = float(sum(lengths))
        if pieces:
            row |= overlap(answer, pieces).measures()
        if pieces and not {a.strip().casefold() for a in query.answers} & YES_NO:
            held = [holds_answer(sentence, text, query, pieces) for sentence, text in outcome.sentences]
            row |= {f"{_ANSWER}@{k}": float(any(held[:k])) for k in cutoffs}
        for name, value in row.items():
            values[name][query.query_id] = value
    return {name: per_query for name, per_query in values.items() if per_query}


def holds_answer(sentence: Sentence, text: str, query: Query, pieces: Sequence[Evidence]) -> bool:
    """Tell whether a sentence is of an article with evidence and overlaps that, or holds an answer, in any case."""
    own = [piece for piece in pieces if piece.doc_id == sentence.doc_id]
    spans = (span for piece in own for span in piece.spans)
    overlaps = any(start < sentence.end and sentence.start < end for start, end in spans)
    told = {a.casefold() for a in query.answers if a.strip()} - YES_NO  # no sentence holds a "no"
    return overlaps or (bool(own) and any(answer in text.casefold() for answer in told))


@dataclass(frozen=True, slots=True)
class Overlap:
    """Numbers of characters: those quoted, those of the evidence, and those of both."""

    quoted: int
    evidence: int
    both: int

    def measures(self) -> dict[str, float]:
        """Return the measures of a query's quotations, 0..1, after SQuAD's F1 of words.

        ``QuotePrecision`` = both / quoted, left out where nothing is quoted, so that its mean is over the answered
        queries only. ``QuoteRecall`` = both / evidence and ``QuoteF1`` = 2 both / (quoted + evidence), 0 where nothing
        is quoted. Rajpurkar and others, EMNLP 2016, section 6.1.
        """
        precision = {"QuotePrecision": self.both / self.quoted} if self.quoted else {}
        return precision | {
            "QuoteRecall": self.both / self.evidence,
            "QuoteF1": 2 * self.both / (self.quoted + self.evidence),
        }


def overlap(answer: Answer, pieces: Sequence[Evidence]) -> Overlap:
    """Count the characters that an answer quotes, those of the evidence, and those of both.

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
    return Overlap(len(cited), len(gold), len(cited & gold))


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


POOLED: Mapping[str, Callable[[Floats, Flags], float]] = {"AUROC": auroc, "AURC": aurc}
"""The measures of all queries together."""


def _at_place(hit: Hit, piece: Evidence) -> bool:
    start, end = piece.spans[0]
    return hit.passage.doc_id == piece.doc_id and hit.passage.start <= start and end <= hit.passage.end


def _characters(doc_id: str, start: int, end: int) -> set[tuple[str, int]]:
    return {(doc_id, i) for i in range(start, end)}
