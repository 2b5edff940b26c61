"""Retrieval with each of its parts switched off: what every part is worth, collection by collection.

    python -m qa.evaluation.ablation FOLDER... [--index INDEX] [--query-field rewrite] [--limit N]

Only judged queries that are not unanswerable are asked, and only retrieval is measured, so that a row takes as long as
searching. The first rows are the legs by themselves: fusion must not fall below the better one.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path

from index.embedding import load_embedder
from index.errors import QuothError
from index.fusion import Mixture, Weights
from index.index import Index
from index.types import Filter, Hit
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import Collection, Query, load
from qa.evaluation.measures import choose, of_articles, of_evidence
from qa.evaluation.runs import SHOWN, QueryField, asked, check_askable, conversation, ranking
from qa.pipeline import Pipeline
from qa.retriever import retrieve
from qa.settings import load as load_settings
from qa.types import Question, SearchedFor
from qa.understanding import understand

DEPTH = 100  # passages retrieved: enough for ten articles
MEASURES = ("nDCG@10", "R@1", "R@5", "Hits@4", "Hits@10", "HitMRR@10", "EvidenceRecall@10", "AllEvidence@10")

Find = Callable[[Index, SearchedFor], list[Hit]]


def variants() -> Iterator[tuple[str, Find]]:
    """Yield each row: its name, and how it finds passages."""
    full = Mixture()
    yield "BM25 alone", _by_bm25
    yield "best sentence alone", _finding(_only("sentence"), _whole)
    yield "passage vector alone", _finding(_only("passage"), _whole)
    yield "everything", _finding(full, _same)
    for part in fields(Weights):
        yield f"without {part.name}", _finding(_without(part.name), _same)
    yield "without weights for long questions", _finding(Mixture(full.short, full.short), _same)
    yield "without parts", _finding(full, _whole)
    yield "without named limits", _finding(full, _everywhere)


def measure(
    index: Index, collection: Collection, field: QueryField, limit: int | None = None
) -> Iterator[tuple[str, list[float]]]:
    """Yield each row's name and its measures, NaN where the collection has no evidence."""
    pipeline = Pipeline(index, load_settings(reader="none"))
    check_askable(collection.queries, field)
    queries = [q for q in collection.queries if q.answerable is not False and q.query_id in collection.qrels][:limit]
    wanted = {query.query_id for query in queries}
    qrels = {query_id: judged for query_id, judged in collection.qrels.items() if query_id in wanted}
    evidence = {query_id: pieces for query_id, pieces in collection.evidence.items() if query_id in wanted}
    searched = {query.query_id: _understood(pipeline, query, field) for query in queries}
    chosen = choose(())
    for name, find in variants():
        hits = {i: find(index, what) for i, what in searched.items()}
        found = of_articles(qrels, {i: ranking(h) for i, h in hits.items()}, chosen)
        if evidence:
            found |= of_evidence(evidence, {i: h[:SHOWN] for i, h in hits.items()}, chosen)
        yield name, [_mean(list(found.get(measure, {}).values())) for measure in MEASURES]


def _understood(pipeline: Pipeline, query: Query, field: QueryField) -> SearchedFor:
    question, earlier = asked(query, field)
    index = pipeline.index
    return understand(Question(question, conversation(pipeline, earlier)), index.facets(), says=index.says)


def _by_bm25(index: Index, what: SearchedFor) -> list[Hit]:
    """Return the passages that the lexical leg finds for the whole question, as it ranks them."""
    terms = dict.fromkeys(chain(*index.words(" ".join((what.text, *what.carried)))))
    ranked = index.store.lexical(list(terms), DEPTH, Filter())
    found = index.store.found([scored.row for scored in ranked])
    return [
        Hit(passage=f.passage, score=scored.score, rank=rank, title=f.title, text=f.text)
        for rank, (scored, f) in enumerate(zip(ranked, found, strict=True), 1)
    ]


def _finding(mixture: Mixture, change: Callable[[SearchedFor], SearchedFor]) -> Find:
    """Return how passages are found with other weights and a change in what is searched for."""

    def find(index: Index, what: SearchedFor) -> list[Hit]:
        index.weights = mixture
        return retrieve(index, change(what), DEPTH)

    return find


def _only(name: str) -> Mixture:
    one = Weights(**{part.name: float(part.name == name) for part in fields(Weights)})
    return Mixture(one, one)


def _without(name: str) -> Mixture:
    full = Mixture()
    return Mixture(replace(full.short, **{name: 0.0}), replace(full.long, **{name: 0.0}))


def _same(what: SearchedFor) -> SearchedFor:
    return what


def _whole(what: SearchedFor) -> SearchedFor:
    return replace(_everywhere(what), parts=())


def _everywhere(what: SearchedFor) -> SearchedFor:
    """Return the same without the limits that the question names; its clauses stay apart."""
    if not what.named and not any(part.filter for part in what.parts):
        return what
    return replace(understand(Question(what.text, everywhere=True)), terms=what.terms, carried=what.carried)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _write(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m qa.evaluation.ablation", description="Measure retrieval's parts.")
    parser.add_argument("folder", nargs="+", type=Path, help="a collection in BEIR's layout")
    parser.add_argument("--index", type=Path, help="the documents of the folders without corpus.jsonl")
    parser.add_argument("--query-field", choices=("text", "rewrite"), default="text")
    parser.add_argument("--limit", type=int, help="only the first so many judged queries")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        for folder in given.folder:
            own = (folder / "corpus.jsonl").exists()
            index = None if own or not given.index else Index.open(given.index, read_only=True)
            collection = load(folder, index)
            index = index or cached_index(collection, load_embedder(settings.model), tokens=settings.passage_tokens)
            _write(["", collection.name, f"{'':36}" + "".join(f"{name:>18}" for name in MEASURES)])
            for name, values in measure(index, collection, given.query_field, given.limit):
                _write([f"{name:36}" + "".join(f"{value:18.4f}" for value in values)])
            index.close()
    except QuothError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
