"""What is added one after another while someone watches, such as files: how far each is, and what became of it."""

import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal, Protocol

from index.articles import read
from index.errors import QuothError
from index.index import Progress
from index.refresh import joined
from index.types import Article, Refusal, Summary
from ui.progress import count_articles

_PACE = 0.25  # seconds between two reports
_AT_ONCE = 32  # articles of a file that are added while nobody else can change the index
_PAUSE = 0.01  # seconds that others have to take their turn
_BELONGS = re.compile(r"already belongs to an article from .*", re.DOTALL)


class Collection(Protocol):
    """What adding asks of an index."""

    def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
        """Add articles."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A file or source that is being added: how many articles it seems to hold, what is done of them, what came of it.

    Sentences are ``cut`` before they are ``encoded``. ``problem`` says why the rest of the file could not be added.
    Of a source that is looked at, ``same`` articles did not have to be read, and ``gone`` are no longer there.
    """

    name: str
    state: Literal["waiting", "adding", "done"] = "waiting"
    total: int = 1
    articles: int = 0
    cut: int = 0
    encoded: int = 0
    summary: Summary = Summary()
    problem: str = ""
    same: int = 0
    gone: int = 0

    @property
    def share(self) -> float:
        """Return how much of the file is done, 0..1: of its articles those read, of their sentences those encoded."""
        if self.state == "done":
            return 1.0
        return min(self.articles / max(self.total, 1), 1.0) * (self.encoded / self.cut if self.cut else 0.0)


def add(
    index: Collection, files: Sequence[Path], turn: AbstractContextManager[object]
) -> Iterator[tuple[Addition, ...]]:
    """Add files to an index in a thread of their own, and yield about four times a second how far each is.

    ``turn`` is held for a few articles at a time, so that whoever else changes the index need not wait for all. A file
    is known by its name: a later one of the same name replaces what was added of the first, and of two in one go the
    second is left out. What was added stays, also where nobody watches to the end.
    """
    yield from _Files(index, files, turn).watched()


def left_out(files: Sequence[Path]) -> tuple[Addition, ...] | None:
    """Return why each of the files is left out, or None as soon as one holds an article."""
    additions = []
    for path in files:
        refused = []
        for item in _articles(path):
            if not isinstance(item, Refusal):
                return None
            refused.append(item)
        additions.append(Addition(path.name, "done", summary=Summary(refused=tuple(refused))))
    return tuple(additions)


class Work:
    """What is added one after another in a thread; ``additions`` are replaced one by one, never changed."""

    def __init__(self, additions: Sequence[Addition]) -> None:
        self.additions = list(additions)
        self._ended: SimpleQueue[None] = SimpleQueue()

    def watched(self) -> Iterator[tuple[Addition, ...]]:
        """Begin, and yield about four times a second how far each is; it goes on where nobody watches any more."""
        thread = threading.Thread(target=self._run, name="additions", daemon=True)
        thread.start()
        while True:
            ended = self._wait()
            yield tuple(self.additions)
            if ended:
                thread.join()
                return

    def do(self, number: int) -> None:
        """Do one of them, and say so with ``set``."""
        raise NotImplementedError

    def report(self, number: int, stage: str, count: int) -> None:
        """Note the progress of one of them."""
        addition = self.additions[number]
        if stage in ("articles", "cut"):
            self.set(number, **{stage: getattr(addition, stage) + count})
        elif stage == "listed":
            self.set(number, total=count)
        elif stage == "sentences":
            self.set(number, encoded=addition.encoded + count)

    def set(self, number: int, **fields: object) -> None:
        """Change what is known of one of them."""
        self.additions[number] = replace(self.additions[number], **fields)  # type: ignore[arg-type]

    def _wait(self) -> bool:
        """Wait a moment and tell whether all is done."""
        try:
            self._ended.get(timeout=_PACE)
        except Empty:
            return False
        return True

    def _run(self) -> None:
        """Do all; an error ends the one that it concerns and is told there."""
        try:
            for number in range(len(self.additions)):
                self.set(number, state="adding")
                self.do(number)
                self.set(number, state="done")
        except BaseException:
            for number, addition in enumerate(self.additions):
                if addition.state != "done":
                    self.set(number, state="done", problem="it could not be added; the server's log names the reason")
            raise
        finally:
            self._ended.put(None)


class _Files(Work):
    """Files that are added."""

    def __init__(self, index: Collection, files: Sequence[Path], turn: AbstractContextManager[object]) -> None:
        super().__init__([Addition(path.name, total=count_articles([path])) for path in files])
        self.index = index
        self.files = list(files)
        self.turn = turn

    def do(self, number: int) -> None:
        """Add a file."""
        path = self.files[number]
        if path.name in [other.name for other in self.files[:number]]:
            self.set(number, problem="another of these files has the same name; rename one of them")
            return
        articles = _articles(path)
        try:
            while items := list(islice(articles, _AT_ONCE)):
                with self.turn:
                    added = self.index.add(items, progress=partial(self.report, number))
                refused = tuple(Refusal(one.given, _plain(one.reason, path)) for one in added.refused)
                parts = [self.additions[number].summary, replace(added, refused=refused)]
                self.set(number, summary=joined(parts))
                time.sleep(_PAUSE)
        except (QuothError, OSError) as error:
            self.set(number, problem=_plain(str(error), path))


def _articles(path: Path) -> Iterator[Article | Refusal]:
    """Read a file whose identity is its name, and name it so where something is left out."""
    for item in read(path, origin=f"upload:{path.name}"):
        yield Refusal(_plain(item.given, path), _plain(item.reason, path)) if isinstance(item, Refusal) else item


def untold(reason: str, whose: str = "another article") -> str:
    """Return a reason without the place that another article came from, which is nobody's business."""
    return _BELONGS.sub(f"already belongs to {whose}; give this one another id", reason)


def _plain(words: str, path: Path) -> str:
    """Return words without the folder that an upload is kept in."""
    return untold(words.replace(f"{path.parent}/", ""))
