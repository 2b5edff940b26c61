"""Watching: sources are looked at again when their files change, or when their time has come, until it is stopped.

Folders are watched by the system's own means, files that were added one by one by a glance at each, and the web at
every source's interval, in a thread of its own. A file is read once it has not changed for a moment, so that several
quick saves are one change and nothing is read half. Whatever goes wrong is said and tried again.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

from watchfiles import watch

from index.articles import files
from index.articles.base import shown
from index.index import Index
from index.refresh import Look, SourceSummary, refresh
from index.sources import Source, Sources, stamp
from index.stores.base import from_iso
from index.turns import Turn
from index.web import Client

SETTLE = 1.5
"""Seconds for which a file must not change before it is read."""

_STEP = 0.5  # seconds between two glances
_JITTER = 0.1  # share of an interval by which it varies, so that a server is not asked by all at the full hour
_AGAIN = 60.0  # seconds until a look is tried again that came to nothing
_ENDING = 10.0  # seconds to wait for a page that is being fetched when all ends


class Watch:
    """Keeps an index as its sources are.

    ``tell`` hears of every look that found something, ``say`` what goes wrong. ``client_of`` returns the client for a
    source on the web. ``lock`` is what the threads of this process that change the index agree on.
    """

    def __init__(
        self,
        index: Index,
        client_of: Callable[[Source], Client | None],
        tell: Callable[[SourceSummary], object],
        say: Callable[[str], object],
        *,
        settle: float | None = None,
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._index = index
        self._client_of = client_of
        self._tell = tell
        self._say = say
        self._settle = SETTLE if settle is None else settle
        self._lock = lock or threading.Lock()
        self._stop = threading.Event()
        self._pending: dict[str, tuple[str, float]] = {}  # path -> its stamp, and since when it has that
        self._due: dict[str, float] = {}  # address -> when it is looked at as a whole
        self._places: dict[str, tuple[int, int]] = {}  # folder -> what tells it from another in its place
        self._said = ""

    def run(self) -> None:
        """Watch until ``stop`` is called, or a KeyboardInterrupt comes, which goes through."""
        web = threading.Thread(target=self._watch_web, name="watch", daemon=True)
        web.start()
        try:
            self._watch_files()
        finally:
            self.stop()
            web.join(_ENDING)

    def stop(self) -> None:
        """End it as soon as what is being added is."""
        self._stop.set()

    def _watch_files(self) -> None:
        known, look = _Known(self._index), self._look()
        while not self._stop.is_set():
            self._take_places(known())
            for changed in self._changes(list(self._places)):
                try:
                    self._note(changed)
                    self._glance(known(), look)
                except OSError as error:  # names that the system does not take, folders that may not be entered
                    self._trouble(f"{error.filename}: {error.strerror or error}")
                if _places(known()) != self._places:
                    break

    def _watch_web(self) -> None:
        known, look = _Known(self._index), self._look()
        while not self._stop.wait(_STEP):
            for source in known():
                if not source.is_local and self._is_due(source) and not self._stop.is_set():
                    self._look_at(source, look)

    def _look(self) -> Look:
        """Return how to look, for one thread."""
        turn = Turn(self._index, self._say, patience=0, stopped=self._stop.is_set, lock=self._lock)
        return Look(settle=self._settle, thorough=False, turn=turn, stopped=self._stop.is_set)

    def _changes(self, folders: list[str]) -> Iterator[set[str]]:
        """Yield the paths that have changed in the folders, at least twice a second, as long as they can be watched."""
        try:
            for changes in watch(
                *folders,
                watch_filter=None,
                debounce=400,
                rust_timeout=int(1000 * _STEP),
                yield_on_timeout=True,
                stop_event=self._stop,
                ignore_permission_denied=True,
            ):
                yield {path for _, path in changes}
        except (OSError, RuntimeError) as error:  # a folder that has gone, or more than the system can watch
            self._trouble(f"folders cannot be watched ({error}); they are looked at from time to time instead")
            if not self._stop.wait(_STEP):
                yield set()

    def _take_places(self, known: Iterable[Source]) -> None:
        """Have folders looked at as a whole that are there again, or no more, or have another in their place."""
        before, self._places = self._places, _places(known)
        for folder in before.keys() | self._places.keys():
            if before.get(folder) != self._places.get(folder):
                self._due.pop(folder, None)

    def _note(self, changed: Iterable[str]) -> None:
        """Take down what has changed; what lies in a folder that has appeared is listed one by one."""
        for path in map(Path, changed):
            listed = files([path]) if path.is_dir() and not path.is_symlink() else [path]
            for found in listed:
                if shown(found) not in self._pending and not found.is_dir():  # an empty folder lists itself
                    self._pending[shown(found)] = (stamp(found), time.monotonic())

    def _glance(self, known: Iterable[Source], look: Look) -> None:
        """Look at sources whose time has come, and at files that have changed and have settled since."""
        local = [source for source in known if source.is_local]
        for source in local:
            if source.kind == "files":
                self._note(page for page in _stamps(source) if self._differs(source, page))
        ready = {path for path in self._pending if self._has_settled(path)}
        for source in local:
            own = tuple(Path(path) for path in ready if source.covers(Path(path)))
            whole = self._is_due(source)
            if (whole or own) and not self._look_at(source, look if whole else replace(look, paths=own)):
                ready -= {str(path) for path in own}  # they are tried again
        for path in ready:
            del self._pending[path]

    def _differs(self, source: Source, page: str) -> bool:
        """Tell whether a file is not what was seen; where it is out of sight with all others, that was said."""
        now = stamp(Path(page))
        return now != _stamps(source)[page] and bool(now or not source.failure)

    def _has_settled(self, path: str) -> bool:
        """Tell whether a file is as it was a moment ago, and not in the middle of being written."""
        before, since = self._pending[path]
        if (now := stamp(Path(path))) != before:
            self._pending[path] = (now, time.monotonic())
            return False
        return time.monotonic() - since >= self._settle

    def _is_due(self, source: Source) -> bool:
        now = time.monotonic()
        if source.address not in self._due:
            # Folders may have changed while nobody watched; the web is asked no sooner for it.
            waited = 0.0 if source.is_local or not source.looked else _interval(source) - _age(source.looked)
            self._due[source.address] = now + max(waited, 0.0)
        return now >= self._due[source.address]

    def _look_at(self, source: Source, look: Look) -> bool:
        """Look at a source and tell what was found; return whether that could be done."""
        if look.paths is None:
            self._due[source.address] = time.monotonic() + _interval(source)
        try:
            done = refresh(self._index, source, self._client_of(source), None, look)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may go well
            self._trouble(str(error) or type(error).__name__)
            if look.paths is None:
                self._due[source.address] = time.monotonic() + _AGAIN
            return False
        self._said = ""
        if done.waiting:
            self._due[source.address] = time.monotonic() + self._settle
        found = done.summary.added or done.summary.replaced or done.summary.refused or done.gone
        if done.failure == source.failure:
            done = replace(done, failure="")  # that was told when it began
        if found or done.failure:
            self._tell(done)
        return True

    def _trouble(self, message: str) -> None:
        """Say what went wrong, once."""
        if message != self._said and not self._stop.is_set():
            self._said = message
            self._say(message)


class _Known:
    """The sources of an index, read again where they have changed; for one thread."""

    def __init__(self, index: Index) -> None:
        self._sources = Sources(index)
        self._version: str | None = None
        self._known: list[Source] = []

    def __call__(self) -> list[Source]:
        version = self._sources.stamp()
        if version != self._version:
            self._known, self._version = self._sources.all(), version
        return self._known


def _places(known: Iterable[Source]) -> dict[str, tuple[int, int]]:
    """Return the folders that are there now, each with what tells it from another that may take its place."""
    found = {}
    for source in known:
        if source.kind == "folder":
            with suppress(OSError):
                status = Path(source.address).stat()
                found[source.address] = (status.st_dev, status.st_ino)
    return found


def _stamps(source: Source) -> dict[str, str]:
    """Return the stamps of the files of a source as they were seen, "" for those that are gone and were kept."""
    return {**dict.fromkeys(source.missing, ""), **{page: seen.stamp for page, seen in source.seen.items()}}


def _interval(source: Source) -> float:
    return source.every * random.uniform(1 - _JITTER, 1 + _JITTER)


def _age(moment: str) -> float:
    try:
        return time.time() - from_iso(moment)
    except ValueError:  # somebody has written into the file
        return float("inf")
