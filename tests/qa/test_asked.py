"""Questions about an index's articles to training examples."""

import json
import random
from pathlib import Path

import pytest

from index.index import Index
from qa.reader import asked as module
from qa.reader.asked import Asked, Maker, asked
from tests.toy import ToyEmbedder, article

QUESTIONS = Path(module.__file__).parent / "questions"
BRIDGE = (
    "The Hven Bridge was opened in 1932. It was built by Anna Berg, whom nobody at all had known before. "
    "Nobody paid a toll."
)
FERRY = "The ferry to Hven sank in 1931. It was built by Lars Holm. Forty people drowned."
WHO = Asked("Who built the Hven Bridge?", "bridge", (BRIDGE.index("Anna"), BRIDGE.index(",")), (36, 99))
WHY = Asked("Why did the Hven ferry sink?", "ferry")


@pytest.fixture
def index() -> Index:
    """Return two articles about Hven and thirty about nothing."""
    index = Index.in_memory(ToyEmbedder())
    index.add(
        [
            article("bridge", BRIDGE, title="Hven Bridge"),
            article("ferry", FERRY, title="Hven ferry"),
            *(article(f"d{n}", f"Nothing of the bridge number {n}.", title="Other") for n in range(30)),
        ]
    )
    return index


def test_a_question_comes_with_passages_that_do_not_answer_it(index: Index) -> None:
    """One passage holds the answer at its place; none of the others does, whatever was done to it or the question."""
    for seed in range(20):
        (made,) = Maker(index, random.Random(seed)).examples([WHO])
        first, *others = made
        assert [first.text[a:b] for a, b in first.answers] == ["Anna Berg"]
        assert not first.loose
        assert sum(example.kind == "retrieved" for example in others) == 3
        assert not any(example.answers for example in others)
        assert not any("Anna" in example.text for example in others if example.kind in ("retrieved", "without"))


def test_a_question_without_an_answer_comes_with_what_is_nearest(index: Index) -> None:
    """Its own article's passages are in it, and it goes with their questions too."""
    _, made = Maker(index, random.Random(1)).examples([WHO, WHY])
    assert {example.doc_id for example in made} > {"ferry"}
    assert not any(example.answers for example in made)
    own = Asked("Who paid for the Hven Bridge?", "bridge")
    group, _ = Maker(index, random.Random(1)).examples([WHO, own])
    assert {example.doc_id for example in group if example.kind == "unanswerable"} == {"bridge"}


def test_of_a_long_answer_any_part_may_be_it(index: Index) -> None:
    """What no passage holds as a whole makes no example."""
    long = Asked("How was it built?", "bridge", (36, BRIDGE.index(" Nobody")), (36, BRIDGE.index(" Nobody")))
    (made,) = Maker(index, random.Random(1)).examples([long])
    assert made[0].loose
    assert not list(Maker(index, random.Random(1)).examples([Asked("Who?", "bridge", (0, 5000), (0, 5000))]))


def test_questions_are_read_with_the_places_of_their_answers(tmp_path: Path) -> None:
    """They are collections in BEIR's layout whose evidence names the answer's place as well."""
    queries = [
        {"_id": "q1", "text": WHO.text, "answerable": True, "source_doc": "bridge"},
        {"_id": "q2", "text": WHY.text, "answerable": False, "source_doc": "ferry"},
    ]
    evidence = [{"query_id": "q1", "doc_id": "bridge", "start": 36, "end": 99, "answer": list(WHO.answer or ())}]
    for name, rows in (("queries", queries), ("evidence", evidence)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert asked(tmp_path) == [WHO, WHY]


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in QUESTIONS.rglob("queries.jsonl")),
    ids=lambda path: str(path.relative_to(QUESTIONS)),
)
def test_the_questions_that_come_with_it_are_whole(folder: Path) -> None:
    """Every question is asked once, and every answer stands in its evidence, in a document that is named."""
    own = (folder / "corpus.jsonl").exists()
    queries, evidence, documents = (
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("queries", "evidence", "corpus" if own else "documents")
    )
    sizes = {row["_id"] if own else row["doc_id"]: len(row["text"]) if own else row["characters"] for row in documents}
    answerable = {row["_id"] for row in queries if row["answerable"]}
    assert len({row["_id"] for row in queries}) == len(queries)
    assert {row["query_id"] for row in evidence} == answerable
    for row in evidence:
        start, end = row.get("answer", (row["start"], row["end"]))
        assert 0 <= row["start"] <= start < end <= row["end"] <= sizes[row["doc_id"]]
    assert {row["source_doc"] for row in queries if "source_doc" in row} <= sizes.keys()
