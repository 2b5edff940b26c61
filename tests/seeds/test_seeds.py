"""The demo collection: articles that are fit to be shown, and questions and conversations that agree with them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import seeds
from index.articles import markdown
from index.errors import CollectionError
from tests.seeds.build_questions import (
    Row,
    all_turns,
    article_texts,
    built,
    doc_id,
    evidence_rows,
    read_conversations,
    read_questions,
)

ARTICLES = sorted(seeds.articles().glob("*.md"))
TEXTS = article_texts(seeds.articles())


@dataclass(frozen=True)
class Collection:
    """Questions or turns as they were written, and what lies in the files made of them."""

    folder: Path
    written: Sequence[Row]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Read one of the JSONL files."""
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="utf-8").splitlines()]

    @property
    def queries(self) -> list[dict[str, Any]]:
        """Read the queries."""
        return self.rows("queries.jsonl")

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Read the evidence."""
        return self.rows("evidence.jsonl")

    @property
    def qrels(self) -> list[list[str]]:
        """Read the judgements, the header first."""
        lines = (self.folder / "qrels/test.tsv").read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]


QUESTIONS = Collection(seeds.questions(), read_questions())
CONVERSATIONS = Collection(seeds.conversations(), read_conversations())
QUERIES = QUESTIONS.queries
TURNS = CONVERSATIONS.queries
LAST_TURNS = [turn for turn in TURNS if turn["type"] != "question"]

of_both = pytest.mark.parametrize("collection", [QUESTIONS, CONVERSATIONS], ids=lambda value: value.folder.name)


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


@of_both
def test_up_to_date(collection: Collection) -> None:
    """The files in BEIR's layout are what the builder makes of the questions and conversations as written."""
    for name, content in built(collection.written, TEXTS).items():
        assert (collection.folder / name).read_text(encoding="utf-8") == content, f"run the builder: {name} is stale"


def test_numbers() -> None:
    """There are 50 answerable questions of one turn, 20 without an answer and 10 pairs of turns, at least."""
    second = [q for q in QUERIES if "user_turns" in q]
    firsts = {q["user_turns"][0] for q in second}
    single = [q for q in QUERIES if q["answerable"] and "user_turns" not in q and q["text"] not in firsts]
    assert len(QUERIES) >= 80
    assert len(single) >= 50
    assert sum(not q["answerable"] for q in QUERIES) >= 20
    assert len(second) >= 10


@of_both
def test_ids_and_texts_differ(collection: Collection) -> None:
    """No id and no question occurs twice."""
    assert max(Counter(q["_id"] for q in collection.queries).values()) == 1
    assert max(Counter(q.get("rewrite", q["text"]).casefold() for q in collection.queries).values()) == 1


@of_both
def test_evidence_is_verbatim(collection: Collection) -> None:
    """Each piece of evidence is the span of the article's text that its offsets name, and stands there only."""
    texts = {doc_id(path.name): TEXTS[path.stem] for path in ARTICLES}
    for row in collection.evidence:
        assert row["quote"] == texts[row["doc_id"]][row["start"] : row["end"]], row
        assert texts[row["doc_id"]].count(row["quote"]) == 1, row


@of_both
def test_evidence_for_answerable_only(collection: Collection) -> None:
    """The questions with evidence, those in the qrels and those marked answerable are the same."""
    answerable = {q["_id"] for q in collection.queries if q["answerable"]}
    header, *judged = collection.qrels
    assert header == ["query-id", "corpus-id", "score"]
    assert {row["query_id"] for row in collection.evidence} == answerable
    assert {query for query, _, _ in judged} == answerable
    assert {(row["query_id"], row["doc_id"]) for row in collection.evidence} == {
        (query, doc) for query, doc, _ in judged
    }


@of_both
def test_answers_occur_in_evidence(collection: Collection) -> None:
    """Each short answer occurs in the evidence of its question; yes and no apart."""
    for query in collection.queries:
        quotes = [row["quote"] for row in collection.evidence if row["query_id"] == query["_id"]]
        if query["type"] == "yes-no":
            assert query["answers"] in (["yes"], ["no"])
        else:
            assert all(any(answer in quote for quote in quotes) for answer in query["answers"]), query


def test_short_answers() -> None:
    """A question has a short answer if and only if the articles answer it."""
    for query in QUERIES:
        assert query["type"] == "yes-no" or bool(query["answers"]) == query["answerable"], query


def test_second_turns() -> None:
    """A second turn ends with its own text and says the same alone in other words."""
    texts = {q["text"] for q in QUERIES}
    for query in QUERIES:
        if "user_turns" in query:
            first, last = query["user_turns"]
            assert first in texts
            assert last == query["text"] != query["rewrite"]


def test_kinds_of_conversations() -> None:
    """There are 40 conversations, of which 25 end in a follow-up, 10 in a change of topic and 5 in a reference."""
    assert Counter(turn["type"] for turn in LAST_TURNS) == {"follow-up": 25, "topic-change": 10, "reference": 5}
    assert {turn["turn"] for turn in LAST_TURNS} == {2, 3}


def test_unanswered_turns() -> None:
    """Three turns are not answered by the articles, and all of them are follow-ups."""
    assert [turn["type"] for turn in TURNS if not turn["answerable"]] == ["follow-up"] * 3


def test_turns_of_a_conversation() -> None:
    """A turn holds the texts of the turns before it and its own, and only the last has the conversation's kind."""
    conversations: dict[str, list[dict[str, Any]]] = {}
    for turn in TURNS:
        conversations.setdefault(turn["_id"].rpartition("-")[0], []).append(turn)
    assert len(conversations) == 40
    for turns in conversations.values():
        texts = [turn["text"] for turn in turns]
        assert [turn["user_turns"] for turn in turns] == [texts[: n + 1] for n in range(len(turns))]
        assert [turn["turn"] for turn in turns] == list(range(1, len(turns) + 1))
        assert [turn["type"] == "question" for turn in turns] == [True] * (len(turns) - 1) + [False]


def test_rewrites() -> None:
    """First turns and changes of topic stand alone as they are; follow-ups and references do not."""
    for turn in TURNS:
        alone = turn["rewrite"] == turn["text"]
        if turn["type"] != "question":
            assert alone == (turn["type"] == "topic-change"), turn
        assert alone or turn["turn"] > 1, turn


def test_all_turns() -> None:
    """The turns of a conversation become questions whose ids end in their numbers."""
    written = [{"id": "c1", "type": "follow-up", "turns": [{"text": "a"}, {"text": "b", "rewrite": "c"}]}]
    assert all_turns(written) == [
        {"id": "c1-1", "type": "question", "text": "a", "user_turns": ["a"], "rewrite": "a", "turn": 1},
        {"id": "c1-2", "type": "follow-up", "text": "b", "user_turns": ["a", "b"], "rewrite": "c", "turn": 2},
    ]


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
