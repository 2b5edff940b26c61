"""Build an index with one system, or open one and ask it; the job comes as JSON, and so goes what was measured.

Run by its path with each system's own Python: only what all of them have is imported at the top, the rest as a system
is made, before any clock starts.
"""

import importlib.metadata
import json
import os
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from heapq import nlargest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

K = 10
WARMING = 5  # questions asked before any is timed
_ALL_COMPARED = 200_000  # vectors up to which a plain script compares all
_FUSED = 100
_RRF = 60


class Quoth:
    """Articles with their sentences, passages and the vectors of both, written as ``quoth add`` writes them."""

    packages = ("torch", "sentence-transformers", "faiss-cpu", "tantivy")

    def __init__(self) -> None:
        from index.index import Index
        from index.stores.local import LocalStore

        self._index, self._store = Index, LocalStore

    def read(self, source: Path) -> Any:
        """Return the records of an index."""
        from index.stores.local.catalog import Catalog
        from index.stores.local.manifest import Manifest
        from tests.benchmarks import variants

        catalog = Catalog(source, writable=False)
        return Manifest.from_settings(catalog.settings()), list(variants.real(catalog))

    def build(self, folder: Path, given: Any) -> None:
        """Write the records."""
        manifest, records = given
        store = self._store.create(folder, manifest)
        with store.writing():
            for i in range(0, len(records), 500):
                store.write(records[i : i + 500])
        store.close()

    def load(self, model: str) -> None:
        """Load the model."""
        from index.embedding import load_embedder

        self.embedder = load_embedder()
        self.encode = self.embedder.encode_question

    def open(self, folder: Path) -> None:
        """Open the index."""
        self.index = self._index.open(folder, self.embedder)

    def search(self, question: str) -> list[str]:
        """Return the texts of the best passages."""
        return [hit.text for hit in self.index.search(question, K)]

    def answering(self) -> Callable[[str], object]:
        """Return what answers a question without a reader, from the index opened anew: it remembers vectors."""
        from qa.pipeline import Pipeline
        from qa.settings import load

        return Pipeline(self._index.open(Path(self.index.status().folder), self.embedder), load(reader="none")).ask

    def recall(self, questions: Vectors, source: Path) -> float:
        """Return the share of the nearest vectors that is found, those of passages among them."""
        from tests.benchmarks.scale import _recall

        return _recall(self.index.store, questions)["at 10"]

    def method(self) -> str:
        """Say how vectors are compared."""
        return self.index.status().method


class _Plain:
    """What both others share: they take sentences as they are, and embed questions with sentence-transformers."""

    encode: Callable[[Any], Vectors]

    def read(self, source: Path) -> Any:
        """Return the sentences and their vectors."""
        with source.with_suffix(".texts.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines], np.load(source.with_suffix(".vectors.npy"))

    def load(self, model: str) -> None:
        """Load the model."""
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)  # as Quoth does: beside other programs, threads that wait for each other take 500 ms
        loaded = SentenceTransformer(model, device="cpu")
        self.encode = lambda texts: np.asarray(loaded.encode(texts, normalize_embeddings=True), np.float32)

    def nearest(self, question: Vectors) -> Sequence[float]:
        """Return the scores of the nearest vectors."""
        raise NotImplementedError

    def recall(self, questions: Vectors, source: Path) -> float:
        """Return the share of the nearest vectors that is found: one counts whose score reaches that of the last."""
        vectors = np.load(source.with_suffix(".vectors.npy"), mmap_mode="r")
        shares = []
        for question in questions:
            last = np.partition(vectors @ question, -K)[-K]
            shares.append(sum(score >= last - 1e-5 for score in self.nearest(question)) / K)
        return float(np.mean(shares))


class Txtai(_Plain):
    """txtai with BM25 and content, all else as it chooses."""

    packages = ("torch", "sentence-transformers", "faiss-cpu", "txtai")

    def __init__(self) -> None:
        from txtai import Embeddings  # type: ignore[import-not-found]

        self._new = Embeddings

    def build(self, folder: Path, given: Any) -> None:
        """Index the sentences; where txtai asks for the vectors of a batch, it gets the next of those there are."""
        texts, vectors = given
        rows = iter(vectors)

        def transform(batch: Sequence[str]) -> Vectors:
            return np.stack([next(rows) for _ in batch])

        embeddings = self._new(method="external", transform=transform, hybrid=True, content=True)
        embeddings.index(texts)
        del embeddings.config["transform"]  # which cannot be saved
        embeddings.save(str(folder))
        embeddings.close()

    def open(self, folder: Path) -> None:
        """Load the index."""

        def transform(batch: Sequence[str]) -> Vectors:
            return self.encode(batch)

        self.embeddings = self._new()
        self.embeddings.load(str(folder), config={"transform": transform})

    def search(self, question: str) -> list[str]:
        """Return the best texts."""
        return [result["text"] for result in self.embeddings.search(question, K)]

    def nearest(self, question: Vectors) -> Sequence[float]:
        """Return the scores of the nearest vectors, as many looked for as a hybrid search does."""
        return [score for _, score in self.embeddings.ann.search(question[None], 10 * K)[0][:K]]

    def method(self) -> str:
        """Say how vectors are compared."""
        return str(self.embeddings.config["build"]["settings"]["components"])


class Bare(_Plain):
    """A plain script: FAISS (all vectors compared, or HNSW where they are many), bm25s, the ranks of both fused."""

    packages = ("torch", "sentence-transformers", "faiss-cpu", "bm25s")

    def __init__(self) -> None:
        import bm25s  # type: ignore[import-not-found]
        import faiss
        import Stemmer

        self._bm25s, self._faiss, self._stemmer = bm25s, faiss, Stemmer.Stemmer("english")

    def build(self, folder: Path, given: Any) -> None:
        """Index vectors and words, and keep the texts in SQLite."""
        texts, vectors = given
        width = vectors.shape[1]
        flat = len(vectors) <= _ALL_COMPARED
        dot = self._faiss.METRIC_INNER_PRODUCT
        index = self._faiss.IndexFlatIP(width) if flat else self._faiss.IndexHNSWFlat(width, 32, dot)
        index.add(vectors)
        folder.mkdir(parents=True)
        self._faiss.write_index(index, str(folder / "faiss"))
        words = self._bm25s.BM25()
        words.index(self._tokens(texts), show_progress=False)
        words.save(folder / "bm25s")
        with sqlite3.connect(folder / "texts.sqlite") as db:
            db.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            db.executemany("INSERT INTO texts VALUES (?, ?)", enumerate(texts))

    def open(self, folder: Path) -> None:
        """Read the index of vectors and that of words."""
        self.vectors = self._faiss.read_index(str(folder / "faiss"))
        self.words = self._bm25s.BM25.load(folder / "bm25s")
        self.texts = sqlite3.connect(folder / "texts.sqlite")

    def search(self, question: str) -> list[str]:
        """Return the texts that are best by reciprocal rank fusion."""
        dense = self.vectors.search(self.encode([question]), _FUSED)[1][0]
        lexical = self.words.retrieve(self._tokens([question]), k=_FUSED, show_progress=False).documents[0]
        scores: dict[int, float] = defaultdict(float)
        for ranking in (dense, lexical):
            for rank, row in enumerate(ranking.tolist(), 1):
                scores[row] += 1 / (_RRF + rank)
        best = nlargest(K, scores, key=lambda row: scores[row])
        return [self.texts.execute("SELECT text FROM texts WHERE id = ?", (row,)).fetchone()[0] for row in best]

    def nearest(self, question: Vectors) -> Sequence[float]:
        """Return the scores of the nearest vectors, as many looked for as are fused."""
        return list(self.vectors.search(question[None], _FUSED)[0][0][:K])

    def method(self) -> str:
        """Say how vectors are compared."""
        return type(self.vectors).__name__

    def _tokens(self, texts: Sequence[str]) -> Any:
        return self._bm25s.tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)


SYSTEMS: dict[str, Any] = {"Quoth": Quoth, "txtai": Txtai, "FAISS + bm25s": Bare}


def build(system: Any, folder: Path, source: Path) -> dict[str, Any]:
    """Build an index of what another holds, which is read before the clock starts."""
    given = system.read(source)
    began = time.perf_counter()
    system.build(folder, given)
    took = time.perf_counter() - began
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return {"seconds_to_build": took, "megabytes_on_disk": sum(sizes) / 1e6, "load": os.getloadavg()[0]}


def ask(system: Any, folder: Path, source: Path, model: str, questions: Sequence[str]) -> dict[str, Any]:
    """Open an index and ask it."""
    system.load(model)
    system.encode("What is asked first takes longer?")
    before = memory()
    began = time.perf_counter()
    system.open(folder)
    opened = time.perf_counter() - began
    found, searching = times(system.search, questions)
    numbers = {
        "seconds_to_open": opened,
        "search_ms": searching,
        "fewest_results": min(map(len, found)),
        "megabytes_before_opening": before,
        "megabytes": memory(),
        "load": os.getloadavg()[0],
        "method": system.method(),
        "packages": {name: importlib.metadata.version(name) for name in system.packages},
    }
    _, numbers["encoding_ms"] = times(system.encode, questions)
    if isinstance(system, Quoth):
        _, numbers["answer_ms"] = times(system.answering(), questions)
    vectors = np.stack([system.encode(question) for question in questions[WARMING:]])
    return numbers | {"recall": system.recall(vectors, source)}


def times(do: Callable[[str], Any], questions: Sequence[str]) -> tuple[list[Any], dict[str, float]]:
    """Return what each question gave, and the milliseconds that they took once warm."""
    given, took = [], []
    for question in questions:
        began = time.perf_counter()
        given.append(do(question))
        took.append(1000 * (time.perf_counter() - began))
    p50, p99 = np.quantile(took[WARMING:], [0.5, 0.99])
    return given, {"p50": float(p50), "p99": float(p99)}


def memory() -> dict[str, float]:
    """Return the megabytes of this process in memory: its own, and those of files, which the system can take back."""
    lines = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    held = {line[0]: int(line[1]) / 1000 for line in lines}
    return {"anonymous": held["Anonymous:"], "of files": held["Rss:"] - held["Anonymous:"]}


def main() -> None:
    """Do the job that standard input describes."""
    job = json.load(sys.stdin)
    system, folder, source = SYSTEMS[job["system"]](), Path(job["folder"]), Path(job["source"])
    if job["step"] == "build":
        numbers = build(system, folder, source)
    else:
        numbers = ask(system, folder, source, job["model"], job["questions"])
    sys.stdout.write("\n" + json.dumps(numbers) + "\n")


if __name__ == "__main__":
    main()
