"""Long runs leave nothing behind: no memory, no open file, no thread."""

import gc
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.torture import share, writer
from tests.toy import ToyEmbedder

log = logging.getLogger(__name__)

QUESTIONS = share(2000, 100)
CYCLES = share(200, 10)
BLOCKS = 4_000  # that a run may leave in Python's memory, however long it is; counted, as tracing takes far longer
RESIDENT = 30_000_000  # and in the process: allocators keep some of what they were given back
PROCESS = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Use:
    """What this process holds: blocks of Python's memory, bytes altogether, open files, threads."""

    blocks: int
    resident: int
    files: int
    threads: int


def use() -> Use:
    """Measure what this process holds; zeros where the system does not tell it."""
    gc.collect()
    resident = files = 0
    if PROCESS.exists():
        status = dict(line.split(":", 1) for line in (PROCESS / "status").read_text().splitlines())
        resident = 1024 * int(status["VmRSS"].split()[0])
        files = len(list((PROCESS / "fd").iterdir()))
    return Use(sys.getallocatedblocks(), resident, files, threading.active_count())


@pytest.fixture
def index(base: Path, tmp_path: Path) -> Iterator[Index]:
    """Open a copy of the index."""
    index = Index.open(shutil.copytree(base, tmp_path / "index"), ToyEmbedder())
    yield index
    index.close()


def leaked(name: str, work: Callable[[int], object], times: int) -> None:
    """Check that doing something many times leaves nothing, once a part of it has filled what is kept on purpose."""
    for number in range(-max(times // 10, 8), 0):
        work(number)
    before = use()
    for number in range(times):
        work(number)
    after = use()
    log.info("%d %s: %s -> %s", times, name, before, after)
    assert after.blocks - before.blocks < BLOCKS
    assert after.resident - before.resident < RESIDENT
    assert after.files <= before.files
    assert after.threads <= before.threads


def test_questions_leave_nothing(index: Index) -> None:
    """However many different questions are asked, nothing is left of them."""
    pipeline = Pipeline(index, Settings(threshold=0, reader="none"))
    names = writer.BASE

    def ask(number: int) -> None:
        answer = pipeline.ask(f"Which part has the {writer.word(names[number % len(names)], 0)} report no {number}?")
        assert answer.citations

    leaked("questions", ask, QUESTIONS)


def test_changes_leave_nothing(index: Index) -> None:
    """However often an article is added, asked for, changed, removed and destroyed, nothing is left of it."""

    def change(number: int) -> None:
        name = f"town{number % 7}"
        index.add([writer.made(name, 0)])
        assert index.search(writer.word(name, 0))[0].passage.doc_id == name
        index.add([writer.made(name, 1)])
        index.remove([name], now=number % 3 == 0)

    leaked("changes", change, CYCLES)


def test_opening_leaves_nothing(base: Path, tmp_path: Path) -> None:
    """However often an index is opened, searched and closed, no file, thread or memory of it is left."""
    folder = Path(shutil.copytree(base, tmp_path / "index"))

    def opened(number: int) -> None:
        index = Index.open(folder, ToyEmbedder(), read_only=number % 2 == 0)
        assert index.search(writer.word("basea", 0))[0].passage.doc_id == "basea"
        index.close()

    leaked("openings", opened, CYCLES)
