"""Many who ask while another process adds and removes: no question fails, and no answer is of the past."""

import random
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from threading import Event, Thread

from index.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer
from tests.torture import share, writer
from tests.toy import ToyEmbedder

ASKERS = 20
STEPS = share(100, 8)  # in each, four articles are added, one is changed, and two are removed
DESTROYED = 4  # every so many steps the two are destroyed


def step(number: int) -> tuple[dict[str, int], list[str]]:
    """Return what a step adds, in which version, and what it removes then."""
    added = {f"town{number}no{i}": 0 for i in range(4)}
    changed = {f"town{number - 1}no0": 1} if number else {}
    return added | changed, [f"town{number - 2}no{i}" for i in (0, 1)] if number > 1 else []


def write(folder: Path, told: Connection) -> None:
    """Add and remove step by step, and tell what is done once it is done."""
    index = Index.open(folder, ToyEmbedder())
    for number in range(STEPS):
        added, removed = step(number)
        index.add(writer.made(name, version) for name, version in added.items())
        told.send(added)
        index.remove(removed, now=number % DESTROYED == 0)
        told.send(dict.fromkeys(removed))
    index.close()
    told.close()


@dataclass(slots=True)
class Told:
    """What the writer has told: when which article got which version, None for removed."""

    since: dict[str, list[tuple[float, int | None]]] = field(default_factory=dict)
    done: Event = field(default_factory=Event)

    def listen(self, writing: Connection) -> None:
        """Take down what the writer tells until it is done."""
        try:
            while True:
                for name, version in writing.recv().items():
                    self.since.setdefault(name, []).append((time.monotonic(), version))
        except EOFError:
            self.done.set()

    def allowed(self, name: str, start: float) -> set[int | None]:
        """Return the versions that an article may have had from ``start`` until now."""
        known = list(self.since.get(name, ()))
        before = [version for at, version in known if at < start]
        # What was not told yet may have been done already.
        return {*before[-1:], *(version for at, version in known if at >= start), *coming(name, len(known))}


def coming(name: str, known: int) -> list[int | None]:
    """Return what the writer will still do to an article of which it has told so many changes."""
    changes: list[int | None] = []
    for number in range(STEPS):
        added, removed = step(number)
        changes += [added[name]] if name in added else []
        changes += [None] if name in removed else []
    return changes[known:]


@contextmanager
def writing(folder: Path, processes: ForkServerContext) -> Iterator[Told]:
    """Let another process write, and take down what it tells."""
    receiving, sending = processes.Pipe(duplex=False)
    process = processes.Process(target=write, args=(folder, sending))
    process.start()
    sending.close()
    told = Told()
    listener = Thread(target=told.listen, args=(receiving,))
    listener.start()
    try:
        yield told
    finally:
        listener.join()
        receiving.close()
        process.join()
        assert process.exitcode == 0
        process.close()


def check(answer: Answer, told: Told, start: float) -> None:
    """Check that all that an answer quotes and shows was so while it was asked for."""
    citations = [one for citation in answer.citations for one in (citation, *citation.also)]
    shown = [(c.doc_id, c.start, c.end, c.quote) for c in citations]
    shown += [(h.passage.doc_id, h.passage.start, h.passage.end, h.text) for h in answer.hits]
    for name, begin, end, said in shown:
        versions = {0} if name in writer.BASE else told.allowed(name, start) - {None}
        assert said in [writer.text(name, version or 0)[begin:end] for version in versions], (name, versions)
    for citation in citations:
        assert citation.text_sha256 in {writer.made(citation.doc_id, v).text_sha256 for v in (0, 1)}


def asked(pipeline: Pipeline, told: Told, seed: int) -> int:
    """Ask after articles that are there or were, until the writer is done; return how many questions."""
    chance, count = random.Random(seed), 0
    while not told.done.is_set() or not count:
        names = [*told.since, *writer.BASE]
        name = chance.choice(names)
        version = chance.choice((0, 1))
        start = time.monotonic()
        answer = pipeline.ask(f"Which part has the {writer.word(name, version)} report?")
        check(answer, told, start)
        count += 1
        held = {0} if name in writer.BASE else told.allowed(name, start)
        if held == {version}:
            assert answer.citations[0].doc_id == name, "it is there, and the only one that the question fits"
    return count


def test_crowd(base: Path, place: Path, processes: ForkServerContext) -> None:
    """Twenty ask without a break while another process adds, changes, removes and destroys articles.

    No question fails; every quotation and every hit is of a version that its article had while it was asked for, so of
    none that was removed before; and an article that is there is found.
    """
    folder = Path(shutil.copytree(base, place / "crowd"))
    index = Index.open(folder, ToyEmbedder())
    pipeline = Pipeline(index, Settings(threshold=0, reader="none"))
    with writing(folder, processes) as told, ThreadPoolExecutor(ASKERS) as askers:
        counts = list(askers.map(lambda seed: asked(pipeline, told, seed), range(ASKERS)))
    assert min(counts) > 0
    assert index.verify() == []
    live = {name: versions[-1][1] for name, versions in told.since.items() if versions[-1][1] is not None}
    assert {entry.doc_id for entry in index.entries()} == {*writer.BASE, *live}
    index.close()
