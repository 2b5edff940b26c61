"""A tiny collection about a harbour, a copy of it to spoil, and an index of it with the toy embedder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import articles
from index.index import Index
from index.types import Article
from tests.toy import ToyEmbedder

HARBOUR = Path(__file__).parent / "golden" / "harbour"


@pytest.fixture
def harbour() -> Path:
    """Return the folder of the golden collection."""
    return HARBOUR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the golden collection that a test may spoil."""
    return Path(shutil.copytree(HARBOUR, tmp_path / "harbour"))


@pytest.fixture
def index() -> Iterator[Index]:
    """Return an index in memory of the golden collection's documents."""
    made = Index.in_memory(ToyEmbedder())
    made.add(item for item in articles.read(HARBOUR / "corpus.jsonl") if isinstance(item, Article))
    yield made
    made.close()
