"""The whole evaluation on a tiny collection."""

import json
import subprocess
from pathlib import Path

import platformdirs
import pytest

from index.errors import CollectionError
from index.index import Index
from qa.evaluation import evaluation
from qa.evaluation.evaluation import commit, evaluate, evaluate_run
from qa.evaluation.results import Wanted, to_json
from qa.settings import Settings
from tests.toy import ToyEmbedder

ALL = {
    *("nDCG@10", "R@1", "R@5", "R@10", "R@100", "RR@10"),
    *("Hits@4", "Hits@10", "HitMRR@10", "EvidenceRecall@10", "AllEvidence@10"),
    *("Declined", "DeclinedAnswerable", "DeclinedUnanswerable"),
    *("CharactersPerQuote", "CharactersPerAnswer", "AnswerInQuote@1", "AnswerInQuote@3", "AUROC", "AURC"),
    *("QuotePrecision", "QuoteRecall", "QuoteF1"),
}
ARTICLES = ("nDCG@10", "R@1", "R@5", "R@10", "R@100", "RR@10")


def test_every_measure_is_there(harbour: Path, index: Index) -> None:
    """A collection with judgements, evidence and both kinds of queries gets every measure."""
    result = evaluate(harbour, index, settings=Settings(threshold=0))
    assert set(result.measures) == ALL
    assert set(result.per_query) == ALL - {"AUROC", "AURC"}
    assert result.measures["R@100"].mean == 1
    assert all(score.low <= score.mean <= score.high for score in result.measures.values())
    assert result.measures["R@1"].mean == sum(result.per_query["R@1"].values()) / 4


def test_null_queries_have_no_evidence_to_find(folder: Path, index: Index) -> None:
    """Evidence of a query that is not answerable does not count."""
    with (folder / "evidence.jsonl").open("a") as file:
        file.write('{"query_id": "q5", "doc_id": "tide", "quote": "The tide"}\n')
    assert set(evaluate(folder, index, settings=Settings()).per_query["Hits@4"]) == {"q1", "q2", "q3", "q4"}


def test_the_json_says_what_was_measured(harbour: Path, index: Index) -> None:
    """A result is JSON with the measures, the collection, the settings, the embedder, the commit and the times."""
    written = json.loads(json.dumps(to_json(evaluate(harbour, index, settings=Settings()))))
    assert set(written) == {
        *("measures", "collection", "settings", "embedder", "commit", "ms_per_question", "run", "per_query"),
        *("questions", "turns"),
    }
    assert set(written["measures"]["nDCG@10"]) == {"mean", "low", "high"}
    assert written["collection"] | {"sha256": ""} == {"name": "harbour", "documents": 5, "queries": 6, "sha256": ""}
    assert written["embedder"] == {"name": "toy", "sha256": ToyEmbedder().sha256}
    assert written["settings"]["query_field"] == "text"
    assert 0 < written["ms_per_question"]["p50"] <= written["ms_per_question"]["p95"]


def test_more_measures_may_be_named(harbour: Path, index: Index) -> None:
    """What is named is measured beside the rest, without anything else changing."""
    result = evaluate(harbour, index, extra=["P@1", "Hits@1"], settings=Settings(threshold=0))
    assert set(result.measures) == ALL | {"P@1", "Hits@1"}
    assert result.measures["P@1"].mean == 1


def test_every_question_is_kept(folder: Path, index: Index) -> None:
    """A question keeps its documents and quotes with their ranks, and its best passages, relevant ones marked."""
    with (folder / "evidence.jsonl").open("a") as file:
        file.write('{"query_id": "q4", "doc_id": "fish", "quote": "Crabs are sold on Fridays."}\n')
    result = evaluate(folder, index, settings=Settings(threshold=0))
    questions = {question.query_id: question for question in result.questions}
    assert list(questions) == ["q1", "q2", "q3", "q4", "q5", "q6"]
    rows = [(wanted.doc_id, wanted.quote) for wanted in questions["q4"].wanted]
    herring = "Herring is sold at the fish market from five in the morning."
    assert rows == [("fish", herring), ("fish", "Crabs are sold on Fridays."), ("mole", None)]
    q1 = questions["q1"]
    quote = "The lighthouse was built in 1871 from grey granite."
    assert q1.wanted == (Wanted(doc_id="light", title="The lighthouse", quote=quote, rank=1),)
    assert [found.rank for found in q1.found] == list(range(1, len(q1.found) + 1))
    assert [found.relevant for found in q1.found] == [found.doc_id == "light" for found in q1.found]
    assert q1.answered
    assert q1.milliseconds
    assert questions["q5"].wanted == ()
    assert questions["q5"].found


def test_a_wanted_document_may_not_be_found(folder: Path, index: Index) -> None:
    """A relevant document that was not ranked has no rank, one without text no title; judged 0 it is not wanted."""
    with (folder / "corpus.jsonl").open("a") as file:
        file.write('{"_id": "blank", "title": "", "text": ""}\n')
    (folder / "qrels" / "test.tsv").write_text("q1\tblank\t1\nq1\ttide\t0\nq1\tlight\t2\n")
    (folder / "evidence.jsonl").unlink()
    run = folder / "run.trec"
    run.write_text("q1 Q0 light 1 1 x\n")
    (question, *_) = evaluate_run(folder, run).questions
    assert [(wanted.doc_id, wanted.title, wanted.rank) for wanted in question.wanted] == [
        ("light", "The lighthouse", 1),
        ("blank", "", None),
    ]


def test_a_run_that_was_written_measures_the_same(harbour: Path, index: Index, tmp_path: Path) -> None:
    """Quoth's own ranking, written as a run and measured as one, has the same values in every measure of articles."""
    file = tmp_path / "quoth.trec"
    result = evaluate(harbour, index, extra=["P@5", "AP"], run_out=file, settings=Settings())
    again = evaluate_run(harbour, file, index, extra=["P@5", "AP"])
    assert set(again.measures) == {*ARTICLES, "P@5", "AP"}
    for name, values in again.per_query.items():
        assert values == pytest.approx(result.per_query[name], abs=1e-9)
        assert again.measures[name] == result.measures[name]
    judged = [question for question in result.questions if question.wanted]
    assert [q.wanted for q in judged] == [q.wanted for q in again.questions if q.wanted]


def test_a_run_needs_no_model(harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is measured without an embedder; what Quoth alone can say is left out, and a query it lacks counts 0."""
    monkeypatch.delattr(evaluation, "load_embedder")
    file = tmp_path / "run.trec"
    file.write_text("q1 Q0 light 1 3.5 other\nq1 Q0 tide 2 2.5 other\n")
    result = evaluate_run(harbour, file)
    assert result.run is not None
    assert (result.run.name, result.embedder, result.ms_per_question) == ("run.trec", None, None)
    assert result.per_query["R@1"] == {"q1": 1, "q2": 0, "q3": 0, "q4": 0}
    question = result.questions[0]
    assert (question.answered, question.confidence, question.milliseconds) == (None, None, None)
    assert [(found.passage_id, found.score, found.relevant) for found in question.found] == [
        ("light", 3.5, True),
        ("tide", 2.5, False),
    ]
    assert question.found[0].text.startswith("The lighthouse was built")
    assert set(evaluate_run(harbour, file, limit=1).per_query["R@1"]) == {"q1"}
    with pytest.raises(CollectionError, match="1 or more"):
        evaluate_run(harbour, file, limit=0)


def test_only_what_a_collection_has_is_measured(folder: Path, index: Index) -> None:
    """Without evidence there are no evidence measures, with one kind of queries no AUROC; ``limit`` takes the first."""
    (folder / "evidence.jsonl").unlink()
    result = evaluate(folder, index, settings=Settings(), limit=2)
    assert result.collection.queries == len(result.questions) == 2
    assert set(result.per_query["R@1"]) == {"q1", "q2"}
    assert not {"Hits@4", "QuoteF1", "AUROC", "AURC"} & set(result.measures)
    with pytest.raises(CollectionError, match="1 or more"):
        evaluate(folder, index, settings=Settings(), limit=0)


def test_the_corpus_is_indexed_in_the_cache(
    harbour: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an index one is made of corpus.jsonl, and measures the same."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    monkeypatch.setattr(evaluation, "load_embedder", lambda model: ToyEmbedder())
    stages: set[str] = set()
    result = evaluate(harbour, settings=Settings(), progress=lambda stage, count: stages.add(stage))
    assert {"articles", "questions"} <= stages
    assert (tmp_path / "quoth" / "collections").is_dir()
    given = evaluate(harbour, index, settings=Settings())
    for name in ("nDCG@10", "HitMRR@10", "AUROC"):
        assert result.measures[name].mean == pytest.approx(given.measures[name].mean, abs=1e-4)


def test_a_rewrite_is_asked_without_turns(harbour: Path, index: Index) -> None:
    """The query field is part of the settings of a result."""
    result = evaluate(harbour, index, settings=Settings(), query_field="rewrite")
    assert result.settings["query_field"] == "rewrite"


def test_first_and_later_turns_are_measured_apart(harbour: Path, index: Index) -> None:
    """Each has the means over its own queries, and a measure of neither is left out of all."""
    result = evaluate(harbour, index, settings=Settings(threshold=0), turns=True)
    assert set(result.turns) == {"first", "later"}
    later = {"q3"}
    for name, values in result.per_query.items():
        first, rest = ([x for i, x in values.items() if (i in later) == wanted] for wanted in (False, True))
        for turns, own in (("first", first), ("later", rest)):
            assert (name in result.turns[turns]) == bool(own)  # type: ignore[index]
            assert not own or result.turns[turns][name].mean == pytest.approx(sum(own) / len(own))  # type: ignore[index]
    assert "AUROC" in result.turns["first"]
    assert "AUROC" not in result.turns["later"]
    assert evaluate(harbour, index, settings=Settings()).turns == {}


def test_a_collection_without_later_turns_has_none_to_measure_apart(folder: Path, index: Index) -> None:
    """It is refused, saying what is missing, before anything is asked."""
    rows = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    written = [json.dumps({name: value for name, value in row.items() if name != "user_turns"}) for row in rows]
    (folder / "queries.jsonl").write_text("\n".join(written), "utf-8")
    with pytest.raises(CollectionError, match="no query of this collection has `user_turns`"):
        evaluate(folder, index, settings=Settings(), turns=True)


def test_the_commit_is_the_checkouts(tmp_path: Path) -> None:
    """Where git knows the code, its commit is given, marked where files were changed; elsewhere None."""
    assert commit(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "evaluation.py").write_text("1\n")
    assert commit(tmp_path) is None  # in a checkout, but not its file
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "a"], check=True)
    clean = commit(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "evaluation.py").write_text("2\n")
    assert commit(tmp_path) == f"{clean}-dirty"
