"""Queries -> what a user gets for each: the passages and articles found, the answer, and the time it took."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from index.errors import CollectionError, QuestionError
from index.index import Progress
from index.types import Hit, Sentence
from qa.evaluation.collections import Collection, Query
from qa.evaluation.rows import Problems, few
from qa.pipeline import Pipeline
from qa.types import Answer, Turn
from qa.understanding import clean

ARTICLES = 100
"""How deep articles are ranked: the largest cutoff of the measures."""

PASSAGES = 1000
"""The most passages that are retrieved to rank that many articles."""

SHOWN = 10
"""How many passages the evidence measures look at."""

_FIRST = 200  # passages retrieved at first: nearly always enough, and much faster than 1,000

QueryField = Literal["text", "alone", "rewrite"]
"""What is asked: the text after the turns before it, without them, or its rewrite that needs none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one query came to.

    ``articles``, each once and best first, are ranked by their best passage; ``hits`` are the best 10 passages; both
    are empty for a query without judgements and evidence. ``sentences`` are the best 10 sentences with their texts,
    ranked before any are merged or declined. ``milliseconds`` is the time to the answer, earlier turns not counted.
    """

    query: Query
    articles: tuple[str, ...]
    hits: tuple[Hit, ...]
    answer: Answer
    sentences: tuple[tuple[Sentence, str], ...]
    milliseconds: float


def asked(query: Query, field: QueryField) -> tuple[str, tuple[str, ...]]:
    """Return the question as it is asked, and the user's turns before it where they count."""
    if field == "alone":
        return query.text, ()
    if field == "text":
        return query.text, query.earlier
    return query.rewrite or query.text, ()


def check_askable(queries: Sequence[Query], field: QueryField) -> None:
    """Raise CollectionError where ``field`` is not in these queries, and for texts that cannot be asked.

    A query without earlier turns needs no rewrite.
    """
    if field not in get_args(QueryField):
        raise CollectionError(f"the query field {field!r} is unknown; it is text, alone or rewrite")
    if field == "rewrite":
        _check_rewrites(queries)
    problems = Problems()
    for query in queries:
        question, earlier = asked(query, field)
        for text in (*earlier, question):
            try:
                clean(text)
            except QuestionError as error:
                problems.found.append(f"queries.jsonl: the query {query.query_id!r} cannot be asked: {error}")
    problems.raise_any()


def check_turns(queries: Sequence[Query]) -> None:
    """Raise CollectionError where no query is a later turn of a conversation."""
    if not any(query.earlier for query in queries):
        raise CollectionError(
            "no query of this collection has `user_turns` with a turn before its own, so that there are no later turns "
            "to measure apart; measure it without --turns, or add `user_turns` to queries.jsonl"
        )


def _check_rewrites(queries: Sequence[Query]) -> None:
    if not any(q.rewrite for q in queries):
        raise CollectionError("no query of this collection has a `rewrite`; use the query field text")
    missing = [q.query_id for q in queries if q.earlier and not q.rewrite]
    if missing:
        raise CollectionError(f"queries with earlier turns but without a `rewrite`: {few(missing)}; add it to them")


def run(
    pipeline: Pipeline,
    collection: Collection,
    queries: Sequence[Query],
    field: QueryField = "text",
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Yield the outcome of each query, in order; ``progress("questions", 1)`` is called after each."""
    for query in queries:
        question, earlier = asked(query, field)
        turns = conversation(pipeline, earlier)
        began = time.perf_counter()
        examined = pipeline.examine(question, turns)
        milliseconds = 1000 * (time.perf_counter() - began)
        needed = query.query_id in collection.qrels or query.query_id in collection.evidence
        hits = retrieve(pipeline, question, turns) if needed else []
        sentences = tuple((s, _text(pipeline, s)) for s in examined.sentences[:SHOWN] if needed)
        yield Outcome(query, ranking(hits), tuple(hits[:SHOWN]), examined.answer, sentences, milliseconds)
        if progress:
            progress("questions", 1)


def conversation(pipeline: Pipeline, questions: Sequence[str]) -> list[Turn]:
    """Ask questions one after the other, each after those before it."""
    turns: list[Turn] = []
    for question in questions:
        turns.append(Turn(question, pipeline.examine(question, tuple(turns)).answer))
    return turns


def retrieve(pipeline: Pipeline, question: str, turns: Sequence[Turn]) -> list[Hit]:
    """Return the best passages, as many as ranking 100 articles takes, at most 1,000."""
    hits = pipeline.retrieve(question, turns, k=_FIRST)
    if len(hits) == _FIRST and len(ranking(hits)) < ARTICLES:
        hits = pipeline.retrieve(question, turns, k=PASSAGES)
    return hits


def ranking(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the first 100 articles, each where its best passage stands; copies follow what they are copies of."""
    return tuple(dict.fromkeys(version.passage.doc_id for hit in hits for version in hit.versions))[:ARTICLES]


def _text(pipeline: Pipeline, sentence: Sentence) -> str:
    article = pipeline.index.article(sentence.doc_id)
    return article.text[sentence.start : sentence.end] if article else ""
