"""Collections to training examples."""

import json
import random
from pathlib import Path

import pytest

from qa.reader.changes import changed, names_in
from qa.reader.examples import Collection, Document, examples, without

BRIDGE = "The Hven Bridge was opened in 1932. It was built by Anna Berg. Nobody paid a toll."
FERRY = "The ferry to Hven sank in 1931. It was built by Lars Holm. Forty people drowned."
ALL = {"answer": 1.0, "changed": 1.0, "without": 1.0, "retrieved": 1.0, "unanswerable": 1.0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a collection of two documents, a question with an answer and one without."""
    queries: list[dict[str, object]] = [
        {"_id": "q1", "text": "Who built the Hven Bridge in 1932?", "answers": ["Anna Berg"], "answerable": True},
        {"_id": "q2", "text": "Who sank the Hven ferry?", "answers": [], "answerable": False, "source_doc": "ferry"},
    ]
    others: list[dict[str, object]] = [
        {"_id": f"d{n}", "title": f"Other {n}", "text": f"Nothing of number {n}. Nothing."} for n in range(30)
    ]
    rows: dict[str, list[dict[str, object]]] = {
        "corpus": [
            {"_id": "bridge", "title": "Hven Bridge", "text": BRIDGE},
            {"_id": "ferry", "title": "Hven ferry", "text": FERRY},
            *others,
        ],
        "queries": queries,
        "evidence": [{"query_id": "q1", "doc_id": "bridge", "quote": "Anna Berg", "start": BRIDGE.index("Anna")}],
    }
    for name, found in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found))
    return tmp_path


def test_every_kind_of_example(folder: Path) -> None:
    """An answer keeps its place; without its sentence, changed, retrieved and unanswerable ones have none."""
    collection = Collection(folder)
    made = list(examples(collection, random.Random(3), ALL, short=0.0))
    by_kind = {example.kind: example for example in made}
    assert set(by_kind) == {"answer", "changed", "without", "retrieved", "unanswerable"}
    assert [by_kind["answer"].text[a:b] for a, b in by_kind["answer"].answers] == ["Anna Berg"]
    assert all(not example.answers for kind, example in by_kind.items() if kind != "answer")
    assert "Anna" not in by_kind["without"].text
    assert by_kind["unanswerable"].text == FERRY


def test_short_windows_hold_the_answer(folder: Path) -> None:
    """Where a passage is shortened, the answer's offsets move with it."""
    collection = Collection(folder)
    for seed in range(20):
        for example in examples(collection, random.Random(seed), {**ALL, "retrieved": 0}, short=1.0):
            if example.kind == "answer":
                assert [example.text[a:b] for a, b in example.answers] == ["Anna Berg"]


def test_a_fold_is_left_out_wholly(folder: Path) -> None:
    """No example holds a document of the fold that is left out."""
    collection = Collection(folder)
    folds = collection.folds(2)
    assert sorted(folds) == ["bridge", "ferry"]
    assert folds["bridge"] != folds["ferry"]

    def outside(document: Document) -> bool:
        return folds.get(document.doc_id) != 1

    kept = list(examples(collection, random.Random(1), ALL, short=0.5, keep=outside))
    assert kept
    assert all(folds.get(example.doc_id) != 1 for example in kept)


def test_a_changed_question_asks_something_else() -> None:
    """A name, a number or a word is replaced, by something of its own kind."""
    rng = random.Random(5)
    tries = [changed("Who built the Hven Bridge in 1932?", BRIDGE, [FERRY], rng) for _ in range(60)]
    found = {text for text in tries if text is not None}
    assert found
    assert "Who built the Hven Bridge in 1932?" not in found
    assert any("1932" not in text for text in found)
    assert changed("why?", BRIDGE, [FERRY], rng) is None


def test_names_do_not_begin_sentences() -> None:
    """What has a capital only because a sentence begins is no name."""
    assert names_in("Nobody knew. The bridge of Anna Berg stood. Forty paid.") == ["Anna Berg"]


def test_too_little_left_is_nothing(folder: Path) -> None:
    """A passage of which hardly anything would be left is not used."""
    bridge = Collection(folder).documents["bridge"]
    assert without(bridge, [(0, len(BRIDGE))]) is None
    assert without(bridge, [(40, 45)]) == "The Hven Bridge was opened in 1932. Nobody paid a toll."
