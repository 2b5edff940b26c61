"""The whole evaluation in order: collection -> index -> run -> measures -> result."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from index.articles.base import shown
from index.embedding import load_embedder
from index.errors import CollectionError
from index.index import Index, Progress
from qa.confidence import WITH_READER, WITHOUT_READER
from qa.evaluation import measures
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import Collection, Evidence, file_sha256, load
from qa.evaluation.details import asked, asked_of_run
from qa.evaluation.intervals import Score, average, interval
from qa.evaluation.measures import Chosen, PerQuery, check_of_articles, choose
from qa.evaluation.results import Measured, Named, Result, Times, Turns
from qa.evaluation.runs import Outcome, QueryField, check_askable, check_turns, run
from qa.evaluation.trec import check_ids, read_run, write_run
from qa.pipeline import Pipeline
from qa.reader.network import NONE
from qa.settings import Settings
from qa.settings import load as load_settings


def evaluate(
    folder: str | Path,
    index: Index | None = None,
    *,
    query_field: QueryField = "text",
    turns: bool = False,
    limit: int | None = None,
    extra: Iterable[str] = (),
    run_out: Path | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Result:
    """Measure what a user gets on a collection in BEIR's layout; ``limit`` takes its first queries only.

    The documents are those of ``index`` where one is given, else of the collection's ``corpus.jsonl``, whose index is
    made once and kept in the user's cache folder. With ``turns`` the first turns of conversations and the later ones
    are measured apart as well. ``extra`` names measures beside the default ones, see ``measures.choose``. ``run_out``
    is a file for the ranking of articles in TREC's format. Calls ``progress`` with "questions" besides the stages of
    adding. Raises CollectionError.
    """
    code = commit()  # before the run, during which the checkout may change
    chosen = choose(extra)
    settings = settings or load_settings()
    collection = _limited(load(folder, index), limit)
    check_askable(collection.queries, query_field)
    if turns:
        check_turns(collection.queries)
    if run_out is not None:
        check_ids(collection)
    with _opened(collection, index, settings, progress) as opened:
        embedder = opened.embedder  # loaded here, so that no question's time holds the loading
        pipeline = Pipeline(opened, settings)
        outcomes = list(run(pipeline, collection, collection.queries, query_field, progress))
        evidence = _evidence(collection)
        per_query = _per_query(collection, evidence, outcomes, chosen)
        if run_out is not None:
            write_run(run_out, _rankings(outcomes))
        p50, p95 = np.percentile([outcome.milliseconds for outcome in outcomes], [50, 95])
        return Result(
            measures=_means(per_query) | _pooled(outcomes),
            turns=_by_turn(per_query, outcomes) if turns else {},
            collection=_measured(collection),
            settings={"index": str(settings.index) if index is not None else None}
            | _settings(opened, settings, query_field, limit),
            embedder=Named(embedder.name, embedder.sha256),
            commit=code,
            ms_per_question=Times(float(p50), float(p95)),
            per_query=per_query,
            questions=tuple(asked(outcome, query_field, collection, evidence) for outcome in outcomes),
        )


def evaluate_run(
    folder: str | Path, file: Path, index: Index | None = None, *, limit: int | None = None, extra: Sequence[str] = ()
) -> Result:
    """Measure another system's ranking of documents, a run in TREC's format; nothing is embedded or searched.

    A judged query that is missing from the run counts 0. ``index``, ``limit`` and ``extra`` are those of ``evaluate``;
    only the measures of articles are computed. Raises CollectionError.
    """
    code, chosen, whole = commit(), choose(extra), load(folder, index)
    check_of_articles(extra)
    ranked, collection = read_run(file, whole), _limited(whole, limit)
    if not collection.qrels:
        raise CollectionError(f"{whole.name}: none of the queries has judgements or evidence to measure a run by")
    if not ranked.keys() & collection.qrels.keys():
        raise CollectionError(f"{shown(file)}: has none of the {len(collection.qrels):,} queries that are judged")
    rankings = {query_id: [doc_id for doc_id, _ in documents] for query_id, documents in ranked.items()}
    per_query = measures.of_articles(collection.qrels, rankings, chosen)
    evidence = _evidence(collection)
    return Result(
        measures=_means(per_query),
        collection=_measured(collection),
        settings={"limit": limit},
        embedder=None,
        commit=code,
        ms_per_question=None,
        run=Named(file.name, file_sha256(file)),
        per_query=per_query,
        questions=tuple(
            asked_of_run(query, ranked.get(query.query_id, ()), collection, evidence) for query in collection.queries
        ),
    )


def commit(folder: Path = Path(__file__).parent) -> str | None:
    """Return the commit of the checkout that the code runs from, "-dirty" after it where files were changed.

    None where there is no checkout, or where git does not know this file: then it is someone else's.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
        return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
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


def _measured(collection: Collection) -> Measured:
    return Measured(collection.name, collection.documents, len(collection.queries), collection.sha256)


def _evidence(collection: Collection) -> dict[str, tuple[Evidence, ...]]:
    """Return the evidence without that of queries that are not answerable: there is nothing to find for them."""
    null = {query.query_id for query in collection.queries if query.answerable is False}
    return {query_id: pieces for query_id, pieces in collection.evidence.items() if query_id not in null}


def _rankings(outcomes: Sequence[Outcome]) -> dict[str, tuple[str, ...]]:
    return {outcome.query.query_id: outcome.articles for outcome in outcomes}


def _per_query(
    collection: Collection, evidence: Mapping[str, Sequence[Evidence]], outcomes: Sequence[Outcome], chosen: Chosen
) -> PerQuery:
    hits = {outcome.query.query_id: outcome.hits for outcome in outcomes}
    values = measures.of_articles(collection.qrels, _rankings(outcomes), chosen) if collection.qrels else {}
    values |= measures.of_evidence(evidence, hits, chosen) if evidence else {}
    return values | measures.of_answers(outcomes, evidence, chosen)


def _means(per_query: PerQuery) -> dict[str, Score]:
    return {name: interval(average, np.array(list(values.values()))) for name, values in per_query.items()}


def _by_turn(per_query: PerQuery, outcomes: Sequence[Outcome]) -> dict[Turns, dict[str, Score]]:
    """Return the measures of the first turns of conversations and of the later ones."""
    found: dict[Turns, dict[str, Score]] = {}
    for name in get_args(Turns):
        own = [outcome for outcome in outcomes if bool(outcome.query.earlier) == (name == "later")]
        ids = {outcome.query.query_id for outcome in own}
        values = {measure: {i: x for i, x in each.items() if i in ids} for measure, each in per_query.items()}
        pooled = _pooled(own) if own else {}
        found[name] = _means({measure: each for measure, each in values.items() if each}) | pooled
    return found


def _pooled(outcomes: Sequence[Outcome]) -> dict[str, Score]:
    """Return the measures of all queries together, where there are answerable and unanswerable ones."""
    marked = [o for o in outcomes if o.query.answerable is not None]
    confidences = np.array([o.answer.confidence for o in marked], float)
    answerable = np.array([o.query.answerable for o in marked], bool)
    if answerable.all() or not answerable.any():
        return {}
    return {name: interval(statistic, confidences, answerable) for name, statistic in measures.POOLED.items()}


def _settings(index: Index, settings: Settings, query_field: QueryField, limit: int | None) -> dict[str, Any]:
    fitted = WITHOUT_READER if settings.reader == NONE else WITH_READER
    return {
        "query_field": query_field,
        "limit": limit,
        "passage_tokens": index.passage_tokens,
        "weights": asdict(index.weights),
        "hits": settings.hits,
        "quotes": settings.quotes,
        "reader": settings.reader,
        "threshold": fitted.thresholds[settings.strictness] if settings.threshold is None else settings.threshold,
    }
