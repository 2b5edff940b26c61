"""Measure an index of ten thousand, a hundred thousand and a million sentences.

``python -m tests.benchmarks.scale FOLDER [CORPUS.jsonl ...] [--sentences N ...] [--changed N] [--questions N]``. The
articles of the corpora are added to an index in FOLDER/real, which goes on where it was interrupted, and asked are the
questions of the ``queries.jsonl`` beside them; without any corpus what was taken up before serves again. Of these are
made, in FOLDER/N, indexes of N sentences: the real ones first, then variants of them (see ``variants``). Each is opened
and measured in a process of its own. Written are a table, and as JSON in FOLDER/N.json all numbers, with the commit.
"""

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.articles import read
from index.embedding import Embedder, load_embedder
from index.index import Index
from index.stores.base import Record
from index.stores.local import LocalStore
from index.stores.local.catalog import Catalog
from index.types import Article, Filter
from qa.evaluation.evaluation import commit
from tests.benchmarks import variants

SIZES = (10_000, 100_000, 1_000_000)
WARMING = 5  # questions asked before any is timed
_TOGETHER = 500  # articles in one transaction
_NEAREST = 100
_REAL, _ASKED = "real", "questions.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the indexes that are missing, and measure each."""
    parser = argparse.ArgumentParser(description="Measure indexes of many sentences.")
    parser.add_argument("folder", type=Path, help="where the indexes are made")
    parser.add_argument("corpora", nargs="*", type=Path, help="corpus.jsonl files with queries.jsonl beside them")
    parser.add_argument("--sentences", nargs="*", type=int, default=SIZES, help=f"sizes {SIZES}")
    parser.add_argument("--changed", type=int, default=2000, help="sentences that variants are embedded of [2000]")
    parser.add_argument("--questions", type=int, default=100, help="questions asked of each index [100]")
    parser.add_argument("--measure", action="store_true", help="measure FOLDER itself, and write JSON only")
    given = parser.parse_args(arguments)
    if given.measure:
        sys.stdout.write(json.dumps(measure(given.folder, given.questions)) + "\n")
        return
    if given.corpora:
        take_up(given.folder, given.corpora)
    for sentences in given.sentences:
        made, built = given.folder / str(sentences), given.folder / f"{sentences}.built.json"
        if not built.exists():
            shutil.rmtree(made, ignore_errors=True)
            built.write_text(json.dumps(make(given.folder, made, sentences, given.changed)))
        command = [sys.executable, "-m", __spec__.name, str(made), "--measure", "--questions", str(given.questions)]
        process = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        numbers = json.loads(built.read_text()) | json.loads(process.stdout)
        made.with_suffix(".json").write_text(json.dumps(numbers, indent=2) + "\n")
        sys.stdout.write("\n".join([f"# {sentences:,} sentences", *told(numbers), ""]) + "\n")
        sys.stdout.flush()


def take_up(folder: Path, corpora: Sequence[Path]) -> None:
    """Embed the articles of the corpora, and note their questions."""
    asked = []
    with_names = [(path, path.parent.name) for path in corpora]
    index = Index.open(folder / _REAL, create=True)
    for path, name in with_names:
        index.add(read(path, prefix=f"{name}-"))
        rows = (path.parent / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        asked.append([str(json.loads(row)["text"]) for row in rows])
    index.close()
    for questions in asked:
        random.Random(0).shuffle(questions)
    even = [q for i in range(max(map(len, asked))) for questions in asked for q in questions[i : i + 1]]
    (folder / _ASKED).write_text(json.dumps(even))


def make(folder: Path, made: Path, sentences: int, changed: int) -> dict[str, Any]:
    """Make an index of so many sentences; return how, and how long it took."""
    source = Index.open(folder / _REAL, read_only=True)
    catalog = Catalog(folder / _REAL, writable=False)
    assert source._manifest is not None
    store = LocalStore.create(made, source._manifest)
    real, held, began, steps = catalog.counts()[1], 0, time.perf_counter(), []
    with store.writing(lambda done, total: steps.append(time.perf_counter())):
        records = _records(catalog, source.embedder, changed if sentences > real else 0)
        while held < sentences:
            batch = _until(records, sentences - held)
            store.write(batch)
            held += sum(len(record.sentences) for record in batch)
            _tell(f"{made.name}: {held:,} sentences written")
        written = time.perf_counter()
    done = time.perf_counter()
    store.close()
    source.close()
    catalog.close()
    return {
        "embedded": min(real, held),
        "of_variants": held - min(real, held),
        "seconds_to_write": written - began,
        "seconds_to_index_terms": steps[-1] - written,
        "seconds_to_index_vectors": done - steps[-1],
    }


def measure(folder: Path, questions: int) -> dict[str, Any]:
    """Open an index that is there, ask it, and add to it."""
    from qa.pipeline import Pipeline
    from qa.settings import load

    embedder = load_embedder()
    embedder.encode_question("What is asked first takes longer?")
    before = _memory()
    began = time.perf_counter()
    index = Index.open(folder, embedder)
    opened = time.perf_counter() - began
    pipeline = Pipeline(index, load(reader="none"))
    asked = json.loads((folder.parent / _ASKED).read_text())[: questions + WARMING]
    for question in asked[:WARMING]:
        pipeline.ask(question)
    asked = asked[WARMING:]
    store: Any = index.store
    vectors = np.stack([embedder.encode_question(question) for question in asked])
    stems = [list(dict.fromkeys(stem for word in index.words(q) for stem in word)) for q in asked]
    source = next(iter(index.facets().sources), None)
    limits = Filter(sources=(source,)) if source else Filter(since="1900-01-01")
    times = {
        "encoding": _times(embedder.encode_question, [f"{question} " for question in asked]),
        "dense": _times(lambda vector: store.dense(vector, _NEAREST, Filter()), list(vectors)),
        "lexical": _times(lambda terms: store.lexical(terms, _NEAREST, Filter()), stems),
        "search": _times(index.search, [f"{question}  " for question in asked]),
        "ask": _times(pipeline.ask, [f"{question}   " for question in asked]),
        "limited dense": _times(lambda vector: store.dense(vector, _NEAREST, limits), list(vectors[:10])),
    }
    memory = _memory()
    numbers = {
        "articles": index.status().articles,
        "sentences": index.status().sentences,
        "passages": index.status().passages,
        "vectors": store._dense.live,
        "method": store._dense.method,
        "ms": times,
        "recall": _recall(store, vectors),
        "seconds_to_open": opened,
        "megabytes_before_opening": before,
        "megabytes": memory,
        "megabytes_on_disk": index.status().bytes / 1e6,
        "seconds_to_add_one": _adding(index, folder, embedder),
        "questions": len(asked),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "load": os.getloadavg()[0],
        "commit": commit(),
    }
    index.close()
    return numbers


def told(numbers: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a table of what was measured."""
    yield f"{numbers['articles']:,} articles, {numbers['vectors']:,} vectors: {numbers['method']}"
    yield f"{numbers['embedded']:,} sentences embedded, {numbers['of_variants']:,} of variants"
    for name, milliseconds in numbers["ms"].items():
        columns = ", ".join(f"{key} {value:.1f}" for key, value in milliseconds.items())
        yield f"{name:13} {columns} ms"
    for name in ("recall", "megabytes_before_opening", "megabytes", "seconds_to_add_one"):
        yield f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in numbers[name].items())
    for name, value in numbers.items():
        if name.startswith("seconds_to") and isinstance(value, float):
            yield f"{name}: {value:.2f}"
    yield f"on disk {numbers['megabytes_on_disk']:,.0f} MB, load {numbers['load']:.1f}, commit {numbers['commit']}"


def _records(catalog: Catalog, embedder: Embedder, changed: int) -> Iterator[Record]:
    """Yield the real articles, then variants of them without end."""
    yield from variants.real(catalog)
    known = variants.names(catalog)
    differences = variants.changes(catalog, embedder, known, changed)
    norms = np.linalg.norm(differences.sentences, axis=1)
    _tell(f"a variant's sentence is {np.median(norms):.2f} from the real one ({len(norms):,} embedded)")
    for number in count(1):
        for record in variants.real(catalog):
            yield variants.variant(record, number, known, differences)


def _until(records: Iterator[Record], sentences: int) -> list[Record]:
    """Take articles for one transaction, no more of them than so many sentences need."""
    taken: list[Record] = []
    for record in islice(records, _TOGETHER):
        taken.append(record)
        sentences -= len(record.sentences)
        if sentences <= 0:
            break
    return taken


def _times(do: Callable[[Any], object], given: Sequence[Any]) -> dict[str, float]:
    """Return how long each took, in milliseconds: the least, the middle, and what one in a hundred exceeds.

    ``work`` is the middle of what processors did for it, of all threads: beside other programs, the steadier number.
    """
    took = []
    for each in given:
        worked, began = time.process_time(), time.perf_counter()
        do(each)
        took.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)))
    waited, worked_ = zip(*took, strict=True)
    p50, p99 = np.quantile(waited, [0.5, 0.99])
    return {"min": min(waited), "p50": float(p50), "p99": float(p99), "work": float(np.median(worked_))}


def _recall(store: Any, questions: NDArray[np.float32]) -> dict[str, float]:
    """Return which share of the nearest vectors is found: one counts whose score reaches that of the last of them."""
    best = np.full((len(questions), _NEAREST), -np.inf, np.float32)
    catalog, rows = store._catalog, store._catalog.added_since(0)
    for i in range(0, len(rows), 1000):
        part = np.concatenate([catalog.vectors(row) for row in rows[i : i + 1000]]).astype(np.float32)
        best = -np.sort(-np.concatenate([best, questions @ part.T], axis=1))[:, :_NEAREST]
    shares: dict[str, list[float]] = {"at 10": [], "at 100": [], "worst at 10": []}
    for question, nearest in zip(questions, best, strict=True):
        scores = np.array([score for _, score in store._dense.search(question, _NEAREST, catalog, Filter())])
        shares["at 10"].append(float(np.mean(scores[:10] >= nearest[9] - 1e-6)))
        shares["at 100"].append(float(np.mean(scores >= nearest[-1] - 1e-6)))
    shares["worst at 10"] = [min(shares["at 10"])]
    return {name: float(np.mean(values)) for name, values in shares.items()}


def _memory() -> dict[str, float]:
    """Return the megabytes of this process in memory: its own, and those of files, which the system can take back."""
    lines = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    held = {line[0]: int(line[1]) / 1000 for line in lines}
    return {"anonymous": held["Anonymous:"], "of files": held["Rss:"] - held["Anonymous:"]}


def _adding(index: Index, folder: Path, embedder: Embedder) -> dict[str, float]:
    """Return the seconds until an added article is found, by who added it and by another who has the index open.

    ``work`` is what processors did for all three.
    """
    other = Index.open(folder, embedder, read_only=True)
    other.search("What was there before?")
    took: dict[str, list[float]] = {"added": [], "found": [], "found elsewhere": [], "work": []}
    for _ in range(3):
        name = f"Quixworth{time.time_ns()}"
        text = f"The {name} observatory was opened on the island. Nobody had seen {name} before."
        began, worked = time.perf_counter(), time.process_time()
        index.add([Article(doc_id=name, title=name, text=text, origin=f"id:{name}")])
        took["added"].append(time.perf_counter() - began)
        for key, each in (("found", index), ("found elsewhere", other)):
            began = time.perf_counter()
            assert each.search(f"What is {name}?")[0].passage.doc_id == name
            took[key].append(time.perf_counter() - began)
        took["work"].append(time.process_time() - worked)
    other.close()
    return {key: float(np.median(values)) for key, values in took.items()}


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
