"""The whole evaluation on a tiny collection."""

import json
import subprocess
from pathlib import Path

import platformdirs
import pytest

from index.errors import CollectionError
from index.index import Index
from qa.evaluation import evaluation
from qa.evaluation.evaluation import commit, evaluate, to_json
from qa.settings import Settings
from tests.toy import ToyEmbedder

ALL = {
    *("nDCG@10", "R@1", "R@5", "R@10", "R@100", "RR@10"),
    *("Hits@4", "Hits@10", "HitMRR@10", "EvidenceRecall@10", "AllEvidence@10"),
    *("Declined", "DeclinedAnswerable", "DeclinedUnanswerable"),
    *("CharactersPerQuote", "CharactersPerAnswer", "QuoteF1", "AnswerInQuote@1", "AnswerInQuote@3", "AUROC", "AURC"),
}


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
        *("measures", "collection", "settings", "embedder", "commit", "ms_per_question", "per_query"),
    }
    assert set(written["measures"]["nDCG@10"]) == {"mean", "low", "high"}
    assert written["collection"] | {"sha256": ""} == {"name": "harbour", "documents": 5, "queries": 6, "sha256": ""}
    assert written["embedder"] == {"name": "toy", "sha256": ToyEmbedder().sha256}
    assert written["settings"]["query_field"] == "text"
    assert 0 < written["ms_per_question"]["p50"] <= written["ms_per_question"]["p95"]


def test_only_what_a_collection_has_is_measured(folder: Path, index: Index) -> None:
    """Without evidence there are no evidence measures, with one kind of queries no AUROC; ``limit`` takes the first."""
    (folder / "evidence.jsonl").unlink()
    result = evaluate(folder, index, settings=Settings(), limit=2)
    assert result.queries == 2
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
