"""Runs in TREC's format: read as trec_eval reads them, and every wrong row named."""

from dataclasses import replace
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import CollectionError
from qa.evaluation.collections import load
from qa.evaluation.measures import of_articles
from qa.evaluation.trec import check_ids, read_run, write_run
from tests.qa.evaluation.conftest import HARBOUR

COLLECTION = load(HARBOUR)
IDS = ("tide", "light", "ferry", "fish", "mole")


def read_by_others(file: Path) -> list[ir_measures.ScoredDoc]:
    """Read a run with ir_measures."""
    return list(ir_measures.read_trec_run(str(file)))  # type: ignore[no-untyped-call]


def written(tmp_path: Path, *lines: str) -> Path:
    """Write a run."""
    file = tmp_path / "run.trec"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def refusal(file: Path) -> str:
    """Return the message with which a run is refused."""
    with pytest.raises(CollectionError) as caught:
        read_run(file, COLLECTION)
    return str(caught.value)


def test_scores_rank_and_nothing_else(tmp_path: Path) -> None:
    """The highest score is first, whatever the ranks and the order of the rows; of equal ones the last id is."""
    file = written(tmp_path, "q1 Q0 tide 1 0.5 x", "q1\tQ0\tfish 2 1e1 x", "q1 Q0 mole 3 .5 x", "q2 Q0 light 9 -1 y")
    assert read_run(file, COLLECTION) == {
        "q1": (("fish", 10.0), ("tide", 0.5), ("mole", 0.5)),
        "q2": (("light", -1.0),),
    }


@given(st.dictionaries(st.sampled_from(IDS), st.sampled_from([0.0, 17.12345678, 17.12345679, -1e300]), min_size=1))
def test_ties_are_those_of_trec_eval(tmp_path_factory: pytest.TempPathFactory, scores: dict[str, float]) -> None:
    """A run with ties, also in single precision, has the values that trec_eval has for it."""
    file = written(tmp_path_factory.mktemp("run"), *(f"q4 Q0 {doc} 1 {score} x" for doc, score in scores.items()))
    ranked = {query_id: [doc for doc, _ in docs] for query_id, docs in read_run(file, COLLECTION).items()}
    qrels = {"q4": COLLECTION.qrels["q4"]}
    expected = ir_measures.calc_aggregate(
        [ir_measures.nDCG @ 10, ir_measures.R @ 1],
        [ir_measures.Qrel("q4", doc, r) for doc, r in qrels["q4"].items()],
        read_by_others(file),
    )
    values = of_articles(qrels, ranked)
    for measure, value in expected.items():
        assert values[str(measure)]["q4"] == pytest.approx(value, abs=1e-9)


@given(st.dictionaries(st.sampled_from(["q1", "q2", "q4"]), st.permutations(IDS), min_size=1))
def test_a_written_run_is_read_back(tmp_path_factory: pytest.TempPathFactory, rankings: dict[str, list[str]]) -> None:
    """What is written is read back in the same order, by us and by ir_measures, with scores that fall strictly."""
    file = tmp_path_factory.mktemp("run") / "run.trec"
    write_run(file, rankings)
    assert {query_id: [doc for doc, _ in docs] for query_id, docs in read_run(file, COLLECTION).items()} == rankings
    others = sorted(read_by_others(file), key=lambda row: -row.score)
    assert {q: [row.doc_id for row in others if row.query_id == q] for q in rankings} == rankings
    assert len({(row.query_id, row.score) for row in others}) == len(others)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("q1 Q0 tide 1 0.5", "expected six columns (query Q0 document rank score tag); this row has 5"),
        ("q1 Q0 tide 1 high x", "the score must be a number; it is 'high'"),
        ("q1 Q0 tide 1 nan x", "the score must be a number; it is 'nan'"),
        ("q1 Q0 tide 1 inf x", "the score must be a number; it is 'inf'"),
        ("q1 Q0 light 2 0.1 x", "query 'q1' already has document 'light'"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, line: str, reason: str) -> None:
    """A row that cannot be used is named by its file and line, with the reason."""
    message = refusal(written(tmp_path, "q1 Q0 light 1 0.5 x", line))
    assert "run.trec:2: " in message
    assert reason in message


@pytest.mark.parametrize(("kind", "row"), [("queries", "x{} Q0 tide 1 1 x"), ("documents", "q1 Q0 x{} 1 1 x")])
def test_unknown_names_are_counted(tmp_path: Path, kind: str, row: str) -> None:
    """Queries and documents that the collection does not have are refused: how many, and the first few."""
    message = refusal(written(tmp_path, *(row.format(number) for number in range(7))))
    assert f"names {kind} that are not in" in message
    assert "7 (x0, x1, x2, x3, x4, ...)" in message


def test_a_run_must_be_there_and_filled(tmp_path: Path) -> None:
    """A missing and an empty file are refused by name."""
    assert "nowhere.trec: there is no such file" in refusal(tmp_path / "nowhere.trec")
    assert "run.trec: is empty" in refusal(written(tmp_path))


def test_ids_with_spaces_do_not_fit() -> None:
    """An id that would break the columns is refused."""
    check_ids(COLLECTION)
    with pytest.raises(CollectionError, match=r"harbour: ids with white space .*1 \(two words\)"):
        check_ids(replace(COLLECTION, doc_ids=frozenset({"two words", "tide"})))
