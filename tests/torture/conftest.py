"""What all torture shares."""

import multiprocessing
import tempfile
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.index import Index
from tests.torture import DEATHS, FULL, writer
from tests.toy import ToyEmbedder
from tests.ui.conftest import run  # noqa: F401


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Return what starts processes in which everything is imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.torture.writer"])
    return context


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder: in memory, where a short run is done in a third of the time, or on the disk for a long one."""
    memory = Path("/dev/shm")
    if DEATHS >= FULL or not memory.is_dir():
        yield tmp_path_factory.mktemp("torture")
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="quoth-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def base(place: Path) -> Path:
    """Make the index that all deaths begin with, to be copied."""
    folder = place / "base"
    index = Index.create(folder, ToyEmbedder())
    index.add([writer.made(name, 0) for name in writer.BASE])
    index.close()
    return folder
