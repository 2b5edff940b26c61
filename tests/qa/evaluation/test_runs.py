"""Runs: what is asked, how deep is retrieved, how articles are ranked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from index.errors import CollectionError
from index.index import Index
from index.types import Filter, Hit, Passage
from qa.evaluation.collections import Query, load
from qa.evaluation.runs import asked, check_askable, ranking, retrieve, run
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Turn


def hit(doc_id: str, rank: int) -> Hit:
    """Return a hit in an article."""
    return Hit(Passage(f"{doc_id}#0", doc_id, 0, 1, ()), 1 / rank, rank, "", "")


class Repeating:
    """Stands for a pipeline whose collection has ``passages`` passages, ``per`` in each article."""

    def __init__(self, passages: int, per: int) -> None:
        self.passages, self.per = passages, per
        self.depths: list[int] = []

    def retrieve(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, k: int = 10
    ) -> list[Hit]:
        """Return the first ``k`` of them."""
        self.depths.append(k)
        return [hit(f"d{i // self.per}", i + 1) for i in range(min(k, self.passages))]


@pytest.mark.parametrize(
    ("passages", "per", "depths", "articles"),
    [(5000, 1, [200], 100), (150, 3, [200], 50), (5000, 4, [200, 1000], 100), (5000, 50, [200, 1000], 20)],
)
def test_retrieval_is_as_deep_as_needed(passages: int, per: int, depths: list[int], articles: int) -> None:
    """Passages are retrieved until 100 articles, 1,000 passages or the collection's end."""
    pipeline = Repeating(passages, per)
    hits = retrieve(cast(Pipeline, pipeline), "Why?", ())
    assert pipeline.depths == depths
    assert len(ranking(hits)) == articles


def test_an_article_stands_where_its_best_passage_does() -> None:
    """Each article is ranked once, by its best passage."""
    assert ranking([hit("b", 1), hit("a", 2), hit("b", 3), hit("c", 4)]) == ("b", "a", "c")


def test_every_query_is_asked(harbour: Path, index: Index) -> None:
    """Each query gets an answer and a time; only those with judgements or evidence a ranking."""
    collection = load(harbour, index)
    calls: list[tuple[str, int]] = []
    pipeline = Pipeline(index, Settings())
    outcomes = list(
        run(pipeline, collection, collection.queries, progress=lambda stage, count: calls.append((stage, count)))
    )
    assert [outcome.query for outcome in outcomes] == list(collection.queries)
    assert calls == [("questions", 1)] * 6
    assert all(outcome.milliseconds > 0 for outcome in outcomes)
    assert [bool(outcome.articles) for outcome in outcomes] == [True] * 4 + [False] * 2
    assert [bool(outcome.hits) for outcome in outcomes] == [True] * 4 + [False] * 2
    assert outcomes[0].articles[0] == "light"


def test_earlier_turns_are_asked_first(harbour: Path, index: Index) -> None:
    """A second turn is understood with the first one; its rewrite needs no turns."""
    collection = load(harbour, index)
    pipeline = Pipeline(index, Settings())
    follow_up = [query for query in collection.queries if query.earlier]
    (outcome,) = run(pipeline, collection, follow_up)
    assert outcome.answer.question == "Does it sail at dusk?"
    assert outcome.answer.searched_for.text == "Does the ferry to Skell Island sail at dusk?"
    (outcome,) = run(pipeline, collection, follow_up, "alone")
    assert outcome.answer.searched_for.text == outcome.answer.question == "Does it sail at dusk?"
    (outcome,) = run(pipeline, collection, follow_up, "rewrite")
    assert outcome.answer.question == "Does the ferry to Skell Island sail at dusk?"
    assert not outcome.answer.searched_for.carried


def test_a_query_without_turns_is_its_own_rewrite() -> None:
    """Where nothing came before and there is no rewrite, the text is asked."""
    assert asked(Query(query_id="q", text="Why?"), "rewrite") == ("Why?", ())


def test_what_cannot_be_asked_is_named() -> None:
    """Questions and turns that are too long or empty are named before anything is asked, unless they are not asked."""
    queries = [
        Query(query_id="q1", text="Who?" * 400, rewrite="Who left?"),
        Query(query_id="q2", text="\u200b"),
        Query(query_id="q3", text="Why?", earlier=("\u200b",), rewrite="Why did he leave?"),
    ]
    with pytest.raises(CollectionError, match=r"(?s)'q1' cannot .*1,600 characters.*'q2' cannot .*empty.*'q3' cannot"):
        check_askable(queries, "text")
    check_askable([queries[0], queries[2]], "rewrite")


def test_rewrites_must_exist(harbour: Path) -> None:
    """Asking for rewrites that a collection lacks is an error that says which queries lack them."""
    queries = load(harbour).queries
    check_askable(queries, "rewrite")
    with pytest.raises(CollectionError, match="no query"):
        check_askable(queries[:2], "rewrite")
    lacking = replace(queries[2], query_id="q7", rewrite=None)
    with pytest.raises(CollectionError, match=r"1 \(q7\)"):
        check_askable([*queries, lacking], "rewrite")
    with pytest.raises(CollectionError, match="unknown"):
        check_askable(queries, "title")  # type: ignore[arg-type]
