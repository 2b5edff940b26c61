"""Compare how Quoth grows with txtai and with a plain script of FAISS and bm25s.

``python -m tests.benchmarks.beside FOLDER [--sentences N ...] [--questions N] [--minutes N] [--plot FILE.svg]``, after
``scale`` has taken up real articles in FOLDER. All build from the sentences of its index FOLDER/N and from their
vectors, as embedding a million sentences takes hours and the same time for each. Quoth builds more of them: it also
keeps a vector for each passage, the places of sentences, and which articles are copies. Questions are embedded by each
system itself, with the same weights and one thread. txtai compares vectors as it chooses to, the script all of them up
to 200,000 and by HNSW (32 links) beyond; it fuses the first 100 by vector and by BM25, and keeps the texts in SQLite.

The two others get environments in FOLDER. Each index is built in a process and asked in another, right after it was
written, so that its files are still in memory. Written are tables, and as JSON in FOLDER/beside.json all numbers.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import embedded_folder
from index.stores.local.catalog import Catalog
from qa.evaluation.evaluation import commit
from tests.benchmarks import beside_plot, beside_systems, scale, variants

_MODEL = ("torch>=2.6,<2.14", "transformers==5.23.0", "sentence-transformers==6.2.0", "faiss-cpu==1.15.1")
ENVIRONMENTS = {
    "txtai": ("env-txtai", (*_MODEL, "txtai==9.14.0")),
    "FAISS + bm25s": ("env-bare", (*_MODEL, "bm25s==0.3.16", "PyStemmer==3.1.0", "matplotlib==3.11.2")),
}
_Results = dict[str, dict[int, dict[str, Any]]]  # system -> sentences -> numbers
_Told = Callable[[dict[str, Any]], str]
TABLES: dict[str, _Told] = {
    "building, s": lambda n: f"{n['seconds_to_build']:,.1f}",
    "opening, s": lambda n: f"{n['seconds_to_open']:.2f}",
    f"question to {beside_systems.K} results, ms (p50 / p99)": lambda n: "{p50:.0f} / {p99:.0f}".format(
        **n["search_ms"]
    ),
    "embedding a question alone, ms (p50 / p99)": lambda n: "{p50:.0f} / {p99:.0f}".format(**n["encoding_ms"]),
    "an answer of Quoth's, `--reader none`, ms (p50 / p99)": lambda n: "{p50:.0f} / {p99:.0f}".format(**n["answer_ms"]),
    "memory after the questions, MB (anonymous + of files)": lambda n: " + ".join(
        f"{value:,.0f}" for value in n["megabytes"].values()
    ),
    "disk, MB": lambda n: f"{n['megabytes_on_disk']:,.0f}",
    "recall of the first 10 vectors": lambda n: f"{n['recall']:.3f}",
}
PANELS: dict[str, Callable[[dict[str, Any]], float]] = {
    "building, s": lambda n: float(n["seconds_to_build"]),
    "question to results, ms": lambda n: float(n["search_ms"]["p50"]),
    "memory, MB": lambda n: float(sum(n["megabytes"].values())),
    "disk, MB": lambda n: float(n["megabytes_on_disk"]),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each system at each size, and print tables."""
    parser = argparse.ArgumentParser(description="Compare how Quoth, txtai, and FAISS with bm25s grow.")
    parser.add_argument("folder", type=Path, help="where scale has taken up articles")
    parser.add_argument("--sentences", nargs="+", type=int, default=scale.SIZES, help=f"sizes {scale.SIZES}")
    parser.add_argument("--questions", type=int, default=50, help="questions asked of each index [50]")
    parser.add_argument("--minutes", type=float, default=30, help="for building an index, and for asking it [30]")
    parser.add_argument("--plot", type=Path, help="an SVG file to draw")
    given = parser.parse_args(arguments)
    pythons = {system: environment(given.folder / name, pins) for system, (name, pins) in ENVIRONMENTS.items()}
    results: _Results = {system: {} for system in beside_systems.SYSTEMS}
    for sentences in given.sentences:
        source = given.folder / str(sentences)
        prepare(source, sentences)
        for system in results:
            by_path = [str(pythons.get(system)), "-P", beside_systems.__file__]
            command = by_path if system in pythons else [sys.executable, "-m", beside_systems.__name__]
            results[system][sentences] = measure(command, system, source, given.questions, 60 * given.minutes)
            note(given.folder, results)
    sys.stdout.write("\n".join(told(results)) + "\n")
    if given.plot:
        panels = {title: {s: list(points(results[s], value)) for s in results} for title, value in PANELS.items()}
        drawing = json.dumps({"file": str(given.plot), "panels": panels})
        command = [str(pythons["FAISS + bm25s"]), "-P", beside_plot.__file__]
        subprocess.run(command, check=True, input=drawing, text=True)


def environment(folder: Path, pins: Sequence[str]) -> Path:
    """Make an environment, unless it is there, and return its Python."""
    python, made = folder / "bin" / "python", folder / "requirements.txt"
    wanted = "".join(f"{pin}\n" for pin in pins)
    if not made.exists() or made.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *pins], check=True)
        made.write_text(wanted)
    return python


def prepare(source: Path, sentences: int) -> None:
    """Make the index of so many sentences, and write these and their vectors beside it, unless they are there."""
    texts, vectors = source.with_suffix(".texts.jsonl"), source.with_suffix(".vectors.npy")
    if not source.with_suffix(".built.json").exists():
        scale.main([str(source.parent), "--sentences", str(sentences)])
    if texts.exists():
        return
    catalog, row = Catalog(source, writable=False), 0
    shape = catalog.counts()[1], int(catalog.settings()["dimension"])
    rows = np.lib.format.open_memmap(vectors, mode="w+", dtype=np.float32, shape=shape)
    part = texts.with_suffix(".part")
    with part.open("w", encoding="utf-8") as lines:
        for record in variants.real(catalog):
            count = len(record.sentences)
            own = record.vectors[:count].astype(np.float32)
            rows[row : row + count] = own / np.linalg.norm(own, axis=1, keepdims=True)
            lines.writelines(json.dumps(record.article.text[s.start : s.end]) + "\n" for s in record.sentences)
            row += count
    rows.flush()
    catalog.close()
    part.rename(texts)


def measure(command: Sequence[str], system: str, source: Path, questions: int, seconds: float) -> dict[str, Any]:
    """Build an index and ask it, each in its own process; what fails gives the reason in place of its numbers."""
    made = source.with_name(f"beside-{source.name}")
    asked = json.loads((source.parent / "questions.json").read_text())[: questions + beside_systems.WARMING]
    job = {"system": system, "folder": str(made), "source": str(source), "questions": asked}
    numbers: dict[str, Any] = {}
    for step in ("build", "ask"):
        sys.stderr.write(f"{source.name}: {system}, {step}\n")
        given = json.dumps(job | {"step": step, "model": str(embedded_folder())})
        try:
            process = subprocess.run(
                command,
                input=given,
                capture_output=True,
                text=True,
                timeout=seconds,
                env=os.environ | {"HF_HUB_OFFLINE": "1"},
            )
        except subprocess.TimeoutExpired:
            numbers["failed"] = f"{step}: not done after {seconds / 60:g} minutes"
            break
        if process.returncode:
            last = (process.stderr.strip().splitlines() or ["nothing said"])[-1]
            numbers["failed"] = f"{step}: exit status {process.returncode}, {last}"
            break
        numbers |= json.loads(process.stdout.splitlines()[-1])
    shutil.rmtree(made, ignore_errors=True)
    return numbers


def note(folder: Path, results: _Results) -> None:
    """Write all numbers there are so far."""
    machine = f"{platform.machine()}, {os.cpu_count()} processors"
    everything = {"commit": commit(), "machine": machine, "results": results}
    (folder / "beside.json").write_text(json.dumps(everything, indent=2) + "\n")


def told(results: _Results) -> Iterator[str]:
    """Yield the lines of the tables, and why numbers are missing."""
    sizes = list(next(iter(results.values())))
    for title, tell in TABLES.items():
        yield f"| {title} | " + " | ".join(f"{size:,}" for size in sizes) + " |"
        yield "|---" * (len(sizes) + 1) + "|"
        for system, by_size in results.items():
            cells = [_cell(by_size[size], tell) for size in sizes]
            if set(cells) != {"—"} or any("failed" in numbers for numbers in by_size.values()):
                yield f"| {system} | " + " | ".join(cells) + " |"
        yield ""
    for system, by_size in results.items():
        for size, numbers in by_size.items():
            if "failed" in numbers:
                yield f"— {system}, {size:,}: {numbers['failed']}"


def _cell(numbers: dict[str, Any], tell: _Told) -> str:
    try:
        return tell(numbers)
    except KeyError:
        return "—"


def points(by_size: dict[int, dict[str, Any]], value: Callable[[dict[str, Any]], float]) -> Iterator[tuple[int, float]]:
    """Yield a size with what was measured there, where something was."""
    for size, numbers in by_size.items():
        if "failed" not in numbers:
            yield size, value(numbers)


if __name__ == "__main__":
    main()
