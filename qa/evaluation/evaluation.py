"""The whole evaluation in order: collection -> index -> run -> measures -> result."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import load_embedder
from index.errors import CollectionError
from index.index import Index, Progress
from qa.confidence import THRESHOLD
from qa.evaluation import measures
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import Collection, load
from qa.evaluation.intervals import Column, Score, average, interval
from qa.evaluation.runs import Outcome, QueryField, check_field, run
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.settings import load as load_settings


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found, with all that is needed to repeat it.

    ``per_query`` maps measure to query_id to value. ``commit`` is None where the code does not run from a checkout.
    ``p50`` and ``p95`` are milliseconds of ``Pipeline.ask``, one question at a time.
    """

    measures: Mapping[str, Score]
    per_query: Mapping[str, Mapping[str, float]]
    collection: str
    collection_sha256: str
    documents: int
    queries: int
    settings: Mapping[str, Any]
    embedder: str
    embedder_sha256: str
    commit: str | None
    p50: float
    p95: float


def evaluate(
    folder: str | Path,
    index: Index | None = None,
    *,
    query_field: QueryField = "text",
    limit: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Result:
    """Measure what a user gets on a collection in BEIR's layout; ``limit`` takes its first queries only.

    The documents are those of ``index`` where one is given, else of the collection's ``corpus.jsonl``, whose index is
    made once and kept in the user's cache folder. Calls ``progress`` with "questions" besides the stages of adding.
    Raises CollectionError.
    """
    code = commit()  # before the run, during which the checkout may change
    settings = settings or load_settings()
    collection = _limited(load(folder, index), limit)
    check_field(collection.queries, query_field)
    with _opened(collection, index, settings, progress) as opened:
        embedder = opened.embedder  # loaded here, so that no question's time holds the loading
        pipeline = Pipeline(opened, settings)
        outcomes = list(run(pipeline, collection, collection.queries, query_field, progress))
        per_query, scores = _measured(collection, outcomes)
        p50, p95 = np.percentile([outcome.milliseconds for outcome in outcomes], [50, 95])
        return Result(
            measures=scores,
            per_query=per_query,
            collection=collection.name,
            collection_sha256=collection.sha256,
            documents=collection.documents,
            queries=len(collection.queries),
            settings=_settings(opened, settings, query_field, limit),
            embedder=embedder.name,
            embedder_sha256=embedder.sha256,
            commit=code,
            p50=float(p50),
            p95=float(p95),
        )


def to_json(result: Result) -> dict[str, Any]:
    """Return a result as JSON's own values."""
    return {
        "measures": {name: asdict(score) for name, score in result.measures.items()},
        "collection": {
            "name": result.collection,
            "documents": result.documents,
            "queries": result.queries,
            "sha256": result.collection_sha256,
        },
        "settings": dict(result.settings),
        "embedder": {"name": result.embedder, "sha256": result.embedder_sha256},
        "commit": result.commit,
        "ms_per_question": {"p50": result.p50, "p95": result.p95},
        "per_query": {name: dict(values) for name, values in result.per_query.items()},
    }


def commit(folder: Path = Path(__file__).parent) -> str | None:
    """Return the commit of the checkout that the code runs from, "-dirty" after it where files were changed.

    None where there is no checkout, or where git does not know this file: then it is someone else's.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
        return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def _limited(collection: Collection, limit: int | None) -> Collection:
    if limit is None:
        return collection
    if limit < 1:
        raise CollectionError(f"the number of queries must be 1 or more; it is {limit}")
    queries = collection.queries[:limit]
    kept = {query.query_id for query in queries}
    return replace(
        collection,
        queries=queries,
        qrels={query_id: docs for query_id, docs in collection.qrels.items() if query_id in kept},
        evidence={query_id: pieces for query_id, pieces in collection.evidence.items() if query_id in kept},
    )


@contextmanager
def _opened(
    collection: Collection, index: Index | None, settings: Settings, progress: Progress | None
) -> Iterator[Index]:
    """Open the cached index for as long as it is needed; leave one that was given as it is."""
    if index is not None:
        yield index
        return
    embedder = load_embedder(settings.model)
    made = cached_index(collection, embedder, tokens=settings.passage_tokens, progress=progress)
    try:
        yield made
    finally:
        made.close()


def _measured(collection: Collection, outcomes: Sequence[Outcome]) -> tuple[measures.PerQuery, dict[str, Score]]:
    rankings = {o.query.query_id: o.articles for o in outcomes}
    hits = {o.query.query_id: o.hits for o in outcomes}
    null = {o.query.query_id for o in outcomes if o.query.answerable is False}
    evidence = {query_id: pieces for query_id, pieces in collection.evidence.items() if query_id not in null}
    per_query = measures.of_articles(collection.qrels, rankings) if collection.qrels else {}
    per_query |= measures.of_evidence(evidence, hits) if evidence else {}
    per_query |= measures.of_answers(outcomes, evidence)
    scores = {name: interval(average, np.array(list(values.values()))) for name, values in per_query.items()}
    marked = [o for o in outcomes if o.query.answerable is not None]
    confidences = np.array([o.answer.confidence for o in marked], float)
    answerable = np.array([o.query.answerable for o in marked], bool)
    if answerable.any() and not answerable.all():
        pooled: dict[str, Callable[[Column, Column], float]] = {"AUROC": measures.auroc, "AURC": measures.aurc}
        scores |= {name: interval(statistic, confidences, answerable) for name, statistic in pooled.items()}
    return per_query, scores


def _settings(index: Index, settings: Settings, query_field: QueryField, limit: int | None) -> dict[str, Any]:
    return {
        "query_field": query_field,
        "limit": limit,
        "passage_tokens": index.passage_tokens,
        "weights": asdict(index.weights),
        "hits": settings.hits,
        "quotes": settings.quotes,
        "threshold": THRESHOLD if settings.threshold is None else settings.threshold,
    }
