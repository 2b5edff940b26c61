"""Files that are added one after another while someone watches: how far each is, and what became of it."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal, Protocol

from index.articles import read
from index.errors import QuothError
from index.index import Progress
from index.types import Article, Refusal, Summary
from ui.progress import count_articles

_PACE = 0.25  # seconds between two reports


class Writer(Protocol):
    """What adding asks of a store."""

    def writing(self) -> AbstractContextManager[None]:
        """Be the one writer until the context ends."""


class Collection(Protocol):
    """What adding asks of an index."""

    @property
    def store(self) -> Writer:
        """Return what the index keeps its articles in."""

    def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
        """Add articles."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A file that is being added: how many articles it seems to hold, what is done of them, and what came of it.

    Sentences are ``cut`` before they are ``encoded``. ``problem`` says why nothing could be added at all.
    """

    name: str
    state: Literal["waiting", "adding", "done"] = "waiting"
    total: int = 1
    articles: int = 0
    cut: int = 0
    encoded: int = 0
    summary: Summary = Summary()
    problem: str = ""

    @property
    def share(self) -> float:
        """Return how much of the file is done, 0..1: of its articles those read, of their sentences those encoded."""
        if self.state == "done":
            return 1.0
        return min(self.articles / max(self.total, 1), 1.0) * (self.encoded / self.cut if self.cut else 0.0)


def add(index: Collection, files: Sequence[Path]) -> Iterator[tuple[Addition, ...]]:
    """Add files to an index in a thread of their own, and yield about four times a second how far each is.

    A file is known by its name: a later one of the same name replaces what was added of the first, and of two in one go
    the second is left out. What was added stays, also where nobody watches to the end.
    """
    work = _Work(index, files)
    thread = threading.Thread(target=work.run, name="additions", daemon=True)
    thread.start()
    while True:
        ended = work.wait()
        yield tuple(work.additions)
        if ended:
            thread.join()
            return


class _Work:
    """The thread's work; ``additions`` are replaced one by one, never changed."""

    def __init__(self, index: Collection, files: Sequence[Path]) -> None:
        self.index = index
        self.files = list(files)
        self.additions = [Addition(path.name, total=count_articles([path])) for path in self.files]
        self._ended: SimpleQueue[None] = SimpleQueue()

    def wait(self) -> bool:
        """Wait a moment and tell whether all is done."""
        try:
            self._ended.get(timeout=_PACE)
        except Empty:
            return False
        return True

    def run(self) -> None:
        """Add all files; an error ends what it concerns and is told there."""
        try:
            with self.index.store.writing():
                for number in range(len(self.files)):
                    self._add(number)
        except (QuothError, OSError) as error:
            self._end(str(error))
        except BaseException:
            self._end("it could not be added for a reason that the server's log names")
            raise
        finally:
            self._ended.put(None)

    def _end(self, problem: str) -> None:
        for number, addition in enumerate(self.additions):
            if addition.state != "done":
                self._set(number, state="done", problem=problem)

    def _add(self, number: int) -> None:
        path = self.files[number]
        if path.name in [other.name for other in self.files[:number]]:
            self._set(number, state="done", problem="another of these files has the same name; rename one of them")
            return
        self._set(number, state="adding")

        def report(stage: str, count: int) -> None:
            if stage in ("articles", "cut"):
                self._set(number, **{stage: getattr(self.additions[number], stage) + count})
            elif stage == "sentences":
                self._set(number, encoded=self.additions[number].encoded + count)

        try:
            summary = self.index.add(_articles(path), progress=report)
        except (QuothError, OSError) as error:
            self._set(number, state="done", problem=_plain(str(error), path))
        else:
            self._set(number, state="done", summary=summary)

    def _set(self, number: int, **fields: object) -> None:
        self.additions[number] = replace(self.additions[number], **fields)  # type: ignore[arg-type]


def _articles(path: Path) -> Iterator[Article | Refusal]:
    """Read a file whose identity is its name, and name it so where something is left out."""
    for item in read(path, origin=f"upload:{path.name}"):
        yield Refusal(_plain(item.given, path), _plain(item.reason, path)) if isinstance(item, Refusal) else item


def _plain(words: str, path: Path) -> str:
    return words.replace(f"{path.parent}/", "")
