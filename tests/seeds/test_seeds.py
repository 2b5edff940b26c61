"""The demo collection: articles that are fit to be shown, and questions that agree with them."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import seeds
from index.articles import markdown
from index.errors import CollectionError
from tests.seeds.build_questions import article_texts, built, doc_id, evidence_rows

ARTICLES = sorted(seeds.articles().glob("*.md"))
TEXTS = article_texts(seeds.articles())
WRITTEN = yaml.safe_load((seeds.questions() / "questions.yaml").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, Any]]:
    """Read one of the questions' JSONL files."""
    return [json.loads(line) for line in (seeds.questions() / name).read_text(encoding="utf-8").splitlines()]


QUERIES = rows("queries.jsonl")
EVIDENCE = rows("evidence.jsonl")
QRELS = [x.split("\t") for x in (seeds.questions() / "qrels/test.tsv").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_length(path: Path) -> None:
    """An article has between 250 and 700 words."""
    assert 250 <= len(TEXTS[path.stem].split()) <= 700


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_front_matter(path: Path) -> None:
    """An article names its title, an ISO date, our desk as its source and its language, and nothing else."""
    fields = next(markdown.read(path)).fields
    assert set(fields) == {"title", "published", "source", "language"}
    assert fields["title"]
    assert date.fromisoformat(str(fields["published"])).year in (2023, 2024)
    assert (fields["source"], fields["language"]) == ("Quoth demo desk", "en")


def test_titles_differ() -> None:
    """No two articles have the same title or text."""
    titles = {str(next(markdown.read(path)).fields["title"]) for path in ARTICLES}
    assert len(titles) == len(set(TEXTS.values())) == len(ARTICLES) >= 14


def test_up_to_date() -> None:
    """The files in BEIR's layout are what the builder makes of the questions as written."""
    for name, content in built(WRITTEN, TEXTS).items():
        assert (seeds.questions() / name).read_text(encoding="utf-8") == content, f"run the builder: {name} is stale"


def test_numbers() -> None:
    """There are 50 answerable questions of one turn, 20 without an answer and 10 pairs of turns, at least."""
    second = [q for q in QUERIES if "user_turns" in q]
    firsts = {q["user_turns"][0] for q in second}
    single = [q for q in QUERIES if q["answerable"] and "user_turns" not in q and q["text"] not in firsts]
    assert len(QUERIES) >= 80
    assert len(single) >= 50
    assert sum(not q["answerable"] for q in QUERIES) >= 20
    assert len(second) >= 10


def test_ids_and_texts_differ() -> None:
    """No id and no question occurs twice."""
    assert max(Counter(q["_id"] for q in QUERIES).values()) == 1
    assert max(Counter(q.get("rewrite", q["text"]).casefold() for q in QUERIES).values()) == 1


def test_evidence_is_verbatim() -> None:
    """Each piece of evidence is the span of the article's text that its offsets name."""
    texts = {doc_id(path.name): TEXTS[path.stem] for path in ARTICLES}
    for row in EVIDENCE:
        assert row["quote"] == texts[row["doc_id"]][row["start"] : row["end"]], row


def test_evidence_for_answerable_only() -> None:
    """The questions with evidence, those in the qrels and those marked answerable are the same."""
    answerable = {q["_id"] for q in QUERIES if q["answerable"]}
    assert QRELS[0] == ["query-id", "corpus-id", "score"]
    assert {row["query_id"] for row in EVIDENCE} == answerable
    assert {query for query, _, _ in QRELS[1:]} == answerable
    assert {(row["query_id"], row["doc_id"]) for row in EVIDENCE} == {(query, doc) for query, doc, _ in QRELS[1:]}


def test_answers_occur_in_evidence() -> None:
    """Each short answer occurs in the evidence, and each piece of evidence lies in an article; yes and no apart."""
    for query in QUERIES:
        quotes = [row["quote"] for row in EVIDENCE if row["query_id"] == query["_id"]]
        if query["type"] == "yes-no":
            assert query["answers"] in (["yes"], ["no"])
        else:
            assert bool(query["answers"]) == query["answerable"]
            assert all(any(answer in quote for quote in quotes) for answer in query["answers"]), query


def test_second_turns() -> None:
    """A second turn ends with its own text and says the same alone in other words."""
    texts = {q["text"] for q in QUERIES}
    for query in QUERIES:
        if "user_turns" in query:
            first, last = query["user_turns"]
            assert first in texts
            assert last == query["text"] != query["rewrite"]


def test_wrong_quotation() -> None:
    """A quotation that is not in its article is an error that names the question."""
    wrong = [{"id": "q1", "evidence": [{"article": "bucharest-2008", "quote": "Nobody said this."}]}]
    with pytest.raises(CollectionError, match=r"q1.*occurs 0 times"):
        evidence_rows(wrong, TEXTS)


def test_examples() -> None:
    """The six example questions differ, end with a question mark and are answered by the articles."""
    answerable = {q["text"] for q in QUERIES if q["answerable"]}
    assert len(set(seeds.EXAMPLES)) == len(seeds.EXAMPLES) == 6
    assert all(example.endswith("?") for example in seeds.EXAMPLES)
    assert set(seeds.EXAMPLES) <= answerable
