"""Results: read back as they were written, or refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import CollectionError
from index.index import Index
from qa.evaluation.evaluation import evaluate
from qa.evaluation.results import Result, read, save, to_json
from qa.settings import Settings


@pytest.fixture
def result(harbour: Path, index: Index) -> Result:
    """Return the result of the golden collection."""
    return evaluate(harbour, index, settings=Settings(threshold=0))


def test_a_result_is_read_back(result: Result, tmp_path: Path) -> None:
    """What is saved equals what is read, and is the JSON of ``to_json``; nothing else is left in the folder."""
    save(result, tmp_path / "result.json")
    assert read(tmp_path / "result.json") == result
    assert json.loads((tmp_path / "result.json").read_bytes()) == json.loads(json.dumps(to_json(result)))
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_result_of_a_run_is_read_back(result: Result, tmp_path: Path) -> None:
    """A result without embedder, commit and times is read back, too."""
    lacking = replace(result, embedder=None, ms_per_question=None, commit=None)
    save(lacking, tmp_path / "result.json")
    assert read(tmp_path / "result.json") == lacking


@pytest.mark.parametrize("text", ["", "{", "[]", '{"measures": {}}'])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is not there or holds something else is named, with what it should be."""
    file = tmp_path / "result.json"
    with pytest.raises(CollectionError, match=r"result.json: cannot be read .*quoth evaluate --out"):
        read(file)
    file.write_text(text)
    with pytest.raises(CollectionError, match=r"result.json: is no result of `quoth evaluate --out`"):
        read(file)
