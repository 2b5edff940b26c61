"""Fusion: scores as the formula says, ranks without gaps, the same from every store."""

from pathlib import Path

import numpy as np
import pytest

from index.fusion import Weights
from index.index import Index
from index.types import Article, Filter
from tests.toy import ToyEmbedder

TEXTS = {
    "ferry": "The ferry to the island left at noon. It carried forty people and a piano.",
    "bridge": "The bridge to the island was closed by the storm. Cars waited for six hours.",
    "market": "Fish prices rose on the market. The ferry brought no fish that day.",
    "school": "The school teaches music. A piano was given by the town.",
}


def articles() -> list[Article]:
    """Return four short articles with sources and dates."""
    return [
        Article(doc_id=name, title=name.title(), text=text, source="Port Gazette", published=f"2024-05-0{day}")
        for day, (name, text) in enumerate(TEXTS.items(), 1)
    ]


@pytest.fixture(params=["memory", "folder"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    """Return an index of the articles on either store."""
    embedder = ToyEmbedder()
    made = Index.in_memory(embedder) if request.param == "memory" else Index.create(tmp_path / "index", embedder)
    made.add(articles())
    return made


def test_the_score_is_the_formula(index: Index) -> None:
    """A hit's score is the weighted sum of BM25's share, the best cosine and the cosine of the mean."""
    question = "Who brought a piano with the ferry?"
    hits = index.search(question, 10)
    vector = index.embedder.encode_question(question)
    weights, top = Weights(), max(hit.lexical for hit in hits)
    for hit in hits:
        text = TEXTS[hit.passage.doc_id]
        rows = index.embedder.encode([text[s.start : s.end] for s in hit.passage.sentences])
        mean = rows.mean(axis=0)
        expected = (
            weights.lexical * hit.lexical / top
            + weights.best * float((rows @ vector).max())
            + weights.mean * float(mean @ vector / np.linalg.norm(mean))
        )
        assert hit.score == pytest.approx(expected, abs=2e-3)
        assert hit.text == text[hit.passage.start : hit.passage.end]


def test_ranks_count_from_one_and_scores_fall(index: Index) -> None:
    """Ranks are 1, 2, 3 ... and no score is higher than the one before it."""
    hits = index.search("the ferry to the island", 3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.passage.passage_id))


def test_a_question_of_function_words_is_found_by_vectors_alone(index: Index) -> None:
    """Without any term to look for the dense leg still ranks."""
    hits = index.search("what about that?", 2)
    assert len(hits) == 2
    assert all(hit.lexical == 0 for hit in hits)


def test_limits_bind_both_legs(index: Index) -> None:
    """Nothing outside the dates is found, however well it matches."""
    hits = index.search("ferry island piano", 10, Filter(since="2024-05-02", until="2024-05-03"))
    assert {hit.passage.doc_id for hit in hits} == {"bridge", "market"}


def test_nothing_is_found_in_an_empty_index() -> None:
    """An index without articles answers with no hits."""
    assert Index.in_memory(ToyEmbedder()).search("anything?", 5) == []
