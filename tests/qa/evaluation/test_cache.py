"""The cache: one index per collection, embedder and passage length, outside the collection's folder."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from index.embedding import Window
from index.errors import CollectionError
from index.index import Index
from qa.evaluation.cache import cache_folder, cached_index
from qa.evaluation.collections import load
from tests.toy import ToyEmbedder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the user's cache folder somewhere else."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return tmp_path / "cache" / "quoth" / "collections"


class Counting(ToyEmbedder):
    """Counts the sentences it encodes."""

    encoded = 0

    def encode_passages(self, passages: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Count, then encode."""
        self.encoded += sum(len(passage.spans) for passage in passages)
        return super().encode_passages(passages)


def test_it_is_made_once(folder: Path, cache: Path) -> None:
    """The second time nothing is encoded, and nothing is ever written into the collection's folder."""
    before = sorted(folder.rglob("*"))
    embedder = Counting()
    cached_index(load(folder), embedder, tokens=40).close()
    encoded = embedder.encoded
    index = cached_index(load(folder), embedder, tokens=40)
    assert encoded == embedder.encoded == 10
    assert [entry.doc_id for entry in index.entries()] == ["ferry", "fish", "light", "mole", "tide"]
    index.close()
    assert len(list(cache.iterdir())) == 1
    assert sorted(folder.rglob("*")) == before


def test_a_moved_collection_is_the_same(folder: Path) -> None:
    """A collection that is moved finds its index again."""
    embedder = Counting()
    cached_index(load(folder), embedder, tokens=40).close()
    moved = folder.rename(folder.with_name("elsewhere"))
    cached_index(load(moved), embedder, tokens=40).close()
    assert embedder.encoded == 10


def test_what_was_interrupted_is_finished(folder: Path) -> None:
    """An index that holds some of the documents gets the others."""
    collection = load(folder)
    assert collection.articles is not None
    embedder = Counting()
    path = cache_folder(collection, embedder, 40)
    path.parent.mkdir(parents=True)
    started = Index.create(path, embedder, tokens=40)
    started.add(collection.articles[:2])
    started.close()
    index = cached_index(collection, embedder, tokens=40)
    assert len(index.entries()) == 5
    assert embedder.encoded == 10
    index.close()


def test_another_folder_for_anything_else(folder: Path) -> None:
    """Another embedder, passage length or document is another index; another query is not."""
    collection = load(folder)
    paths = [
        cache_folder(collection, ToyEmbedder(64), 40),
        cache_folder(collection, ToyEmbedder(32), 40),
        cache_folder(collection, ToyEmbedder(64), 41),
    ]
    with (folder / "queries.jsonl").open("a") as file:
        file.write('{"_id": "q9", "text": "Why?"}\n')
    assert cache_folder(load(folder), ToyEmbedder(64), 40) == paths[0]
    with (folder / "corpus.jsonl").open("a") as file:
        file.write(json.dumps({"_id": "more", "text": "More."}) + "\n")
    paths.append(cache_folder(load(folder), ToyEmbedder(64), 40))
    assert len(set(paths)) == 4


def test_a_document_that_cannot_be_indexed_is_named(folder: Path) -> None:
    """A document that the index refuses is an error, since its judgements would count against it."""
    with (folder / "corpus.jsonl").open("a") as file:
        file.write(json.dumps({"_id": "nul", "text": "A \0 in it."}) + "\n")
    with pytest.raises(CollectionError, match="nul"):
        cached_index(load(folder), ToyEmbedder(), tokens=40)


def test_an_indexs_documents_are_not_cached(folder: Path, index: Index) -> None:
    """There is nothing to build where the documents are an index's."""
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(CollectionError, match="those of an index"):
        cached_index(load(folder, index), ToyEmbedder(), tokens=40)
