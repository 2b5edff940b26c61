"""A process that changes an index as a script says, and dies in the middle of it.

Each commit of the script is acknowledged with one byte, written when the call has returned.
"""

import json
import os
import resource
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import index.sentences  # noqa: F401  what adding imports late is here before the process is forked
from index import index as index_module
from index.index import Index
from index.types import Article
from tests.toy import ToyEmbedder, article

BATCH = 3  # articles that are committed together
STORE = str(Path(index_module.__file__).parent / "stores" / "local") + os.sep

State = dict[str, int]
"""doc_id -> the version of its text."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One change: articles in a version, or ids, that are added, removed, destroyed (``--now``) or restored; or parts
    of the index that are lost and derived again."""

    kind: Literal["add", "remove", "destroy", "restore", "derive"]
    names: tuple[str, ...]
    version: int = 0

    def applied(self, state: State) -> State:
        """Return the state that a whole commit leads to; what is restored comes back in its first version."""
        if self.kind in ("add", "restore"):
            return state | dict.fromkeys(self.names, self.version)
        return {name: v for name, v in state.items() if self.kind == "derive" or name not in self.names}


BASE = tuple(f"base{letter}" for letter in "abcdefghijkl")
SCRIPT = (
    Commit("add", ("mica", "onyx", "opal")),
    Commit("add", ("ruby",)),
    Commit("remove", ("baseb", "basec", "opal")),
    Commit("add", ("basea", "onyx"), 1),
    Commit("restore", ("basec", "opal")),
    Commit("destroy", ("based", "mica")),
    Commit("derive", ("dense.faiss",)),
    Commit("add", ("mica", "baseb", "basec"), 2),
    Commit("add", ("basea", "topaz"), 2),
    Commit("destroy", ("baseb",)),
    Commit("derive", ("lexical", "manifest.json")),
    Commit("remove", ("basee", "basef", "baseg", "baseh")),
    Commit("add", ("zircon", "onyx"), 3),
)
"""Additions that follow one another are one call, of which each but the last is a full batch."""


def states() -> list[State]:
    """Return the state before each commit of the script, and that after the last."""
    found = [dict.fromkeys(BASE, 0)]
    for commit in SCRIPT:
        found.append(commit.applied(found[-1]))
    return found


def word(name: str, version: int) -> str:
    """Return a word that only this version of an article holds, and that stemming leaves alone."""
    return f"zq{name}{'xyvw'[version]}q"


def text(name: str, version: int) -> str:
    """Return the text of an article: several sentences, of which each holds its word."""
    own = word(name, version)
    return " ".join(f"The {own} report has part {own} in place {i} of {len(name) + version}." for i in range(1, 6))


def made(name: str, version: int) -> Article:
    """Make a version of an article."""
    return article(name, text(name, version), source="The Post", published="2023-07-11")


@dataclass(frozen=True, slots=True)
class Death:
    """When a process dies: at a line of a function of the store (the n-th that runs there), at the first write beyond
    so many bytes of any file, or so many seconds after it began, by another's hand; with none of these it lives on."""

    function: str = ""
    line: int = 0
    size: int = 0
    timed: float = 0.0


def write(folder: Path, acknowledged: Path, death: Death) -> None:
    """Play the script in ``folder``, and die as told; who lives leaves the lines counted beside ``acknowledged``."""
    index_module.COMMIT_ARTICLES = BATCH
    if death.size:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (death.size, death.size))
    lines = _watch(death)
    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    _play(folder, file)
    sys.settrace(None)
    os.close(file)
    acknowledged.with_suffix(".json").write_text(json.dumps(lines))


def _play(folder: Path, file: int) -> None:
    opened = _open(folder, file)
    for kind, commits in groupby(SCRIPT, key=lambda commit: commit.kind):
        if kind == "add":
            opened.add(made(name, commit.version) for commit in commits for name in commit.names)
            continue
        for commit in commits:
            if kind == "derive":
                opened.close()
                for name in commit.names:
                    path = folder / name
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                opened = _open(folder, file)
            elif kind == "restore":
                opened.restore(commit.names)
            else:
                opened.remove(commit.names, now=kind == "destroy")
            os.write(file, b".")
    opened.close()


def _open(folder: Path, file: int) -> Index:
    """Open the index, whose store acknowledges every batch of an addition."""
    opened = Index.open(folder, ToyEmbedder())
    written = opened.store.write

    def acknowledge(records: Any) -> None:
        written(records)
        os.write(file, b".")

    opened.store.write = acknowledge  # type: ignore[method-assign]
    return opened


def _watch(death: Death) -> Counter[str]:
    """Count the lines that run in each function of the store, and die at the one told."""
    lines: Counter[str] = Counter()

    def each_line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            name = _name(frame)
            lines[name] += 1
            if name == death.function and lines[name] == death.line:
                os.kill(os.getpid(), signal.SIGKILL)
        return each_line

    def each_call(frame: FrameType, event: str, _: object) -> Any:
        ours = frame.f_code.co_filename.startswith(STORE)
        return each_line if ours and death.function in ("", _name(frame)) else None

    if not (death.size or death.timed):
        sys.settrace(each_call)
    return lines


def _name(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"
