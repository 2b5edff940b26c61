"""Results made by hand, for what is drawn from them."""

from dataclasses import replace
from typing import Any

import numpy as np

from qa.evaluation.intervals import average, interval
from qa.evaluation.results import Asked, Found, Measured, Named, Result, Times, Wanted

QUESTION = Asked(
    query_id="q1",
    text="When did the harbour open?",
    type=None,
    answerable=None,
    answered=None,
    confidence=None,
    milliseconds=None,
    wanted=(),
    found=(),
)


def question(query_id: str, **values: Any) -> Asked:
    """Return a question of which nothing is known but what is given."""
    return replace(QUESTION, query_id=query_id, **values)


def wanted(doc_id: str, rank: int | None, quote: str | None = None, title: str = "The harbour") -> Wanted:
    """Return a wanted document."""
    return Wanted(doc_id=doc_id, title=title, quote=quote, rank=rank)


def found(rank: int = 1, title: str = "The fair", text: str = "The fair opens.", relevant: bool = False) -> Found:
    """Return a passage that was found."""
    return Found(passage_id="d#1", doc_id="d", title=title, text=text, score=0.5, rank=rank, relevant=relevant)


def result(*questions: Asked, per_query: dict[str, dict[str, float]] | None = None, **values: Any) -> Result:
    """Return a result of these questions and values, its means computed."""
    per_query = per_query or {}
    parts: dict[str, Any] = {
        "measures": {name: interval(average, np.array(list(own.values()))) for name, own in per_query.items()},
        "collection": Measured("harbour", 5, len(questions), "ab" * 32),
        "settings": {"query_field": "text", "limit": None, "threshold": 0.46},
        "embedder": None,
        "commit": None,
        "ms_per_question": None,
        "per_query": per_query,
        "questions": questions,
    }
    return Result(**(parts | values))


def full(number: int = 40) -> Result:
    """Return a result that has everything: types, answerable questions and others, times, an embedder."""
    generator = np.random.default_rng(7)
    questions = [
        question(
            f"q{i}",
            type=("what", "when", "who")[i % 3],
            answerable=i % 4 > 0,
            answered=bool(i % 3),
            confidence=float(generator.random()),
            milliseconds=float(20 + 10 * generator.random()),
            wanted=(wanted("a", i % 7 + 1, "It opened."), wanted("b", None)) if i % 4 else (),
            found=(found(1), found(2, relevant=True)),
        )
        for i in range(number)
    ]
    ids = [asked.query_id for asked in questions if asked.answerable]
    per_query = {
        "nDCG@10": {query_id: float(generator.random()) for query_id in ids},
        "Declined": {asked.query_id: float(not asked.answered) for asked in questions},
        "CharactersPerAnswer": {query_id: 100 + 50 * float(generator.random()) for query_id in ids},
    }
    embedder = Named("toy", "cd" * 32)
    return result(*questions, per_query=per_query, embedder=embedder, commit="ef" * 20, ms_per_question=Times(25, 29))
