"""What `quoth add` and `quoth refresh` do, for the command line and the page alike: look at sources and remember them.

A name is told to be an address by its scheme; any other is a path. A folder is a source, files that are named one by
one are a source for each folder that they lie in, and what lies in a folder that is a source already belongs to that.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

from index.articles import files
from index.articles.base import shown
from index.errors import SourceError
from index.index import Index, Progress
from index.refresh import LOOK, Look, SourceSummary, examine
from index.sources import Gone, Source, Sources, held
from index.watch import Watch
from index.web import Client
from ui.progress import count_articles
from ui.sources_text import changes_to_text

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_ENDING = 10.0  # seconds to wait for what is being added
_UNITS = {"m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a source that is added is to be looked at; None leaves it as it is, or at its default."""

    prefix: str | None = None
    gone: Gone | None = None
    every: int | None = None
    limit: int | None = None
    allow_private: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return those that are given, by the names that a source has for them."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in named.items() if value is not None}


WISHES = Wishes()


class Clients:
    """The clients that sources on the web are visited with, so that a server is asked at its pace for all of them."""

    def __init__(self) -> None:
        self._made: dict[bool, Client] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def of(self, source: Source) -> Client | None:
        """Return the client for a source, None for one of files."""
        if source.is_local:
            return None
        if source.allow_private not in self._made:
            made = Client(allow_private=source.allow_private)
            self._made[source.allow_private] = self._stack.enter_context(made)
        return self._made[source.allow_private]


@dataclass(frozen=True, slots=True)
class Plan:
    """A source and what of it is looked at; no ``paths`` is all of it."""

    source: Source
    paths: tuple[Path, ...] = ()


def is_address(given: str) -> bool:
    """Tell whether something that was given is an address, and no path."""
    return bool(_ADDRESS.match(given))


def seconds(given: str) -> int:
    """Return the seconds of a time such as 30m, 2h or 1d; raises SourceError for any other."""
    found = re.fullmatch(r"([1-9]\d{0,5})([mhd])", given.strip().lower())
    if found is None:
        raise SourceError(f"{given!r} is no time between two looks; write it as 30m, 2h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def plans(given: Sequence[str], known: Sequence[Source], wishes: Wishes = WISHES) -> list[Plan]:
    """Return what sources the paths and addresses belong to, each once: those known already, or new ones."""
    names = list(dict.fromkeys(name.strip() if is_address(name.strip()) else name for name in given))
    paths = [Path(name) for name in names if not is_address(name)]
    found: dict[object, Plan] = {}
    for path in sorted(paths, key=lambda path: not path.is_dir()):  # files of a folder that is given belong to it
        place = Path(os.path.realpath(path))
        source = _belonging(place, [*(plan.source for plan in found.values()), *known], wishes)
        before = found.get(source.key, Plan(source))
        found[source.key] = replace(before, paths=(*before.paths, path))
    pages = [source for source in known if not source.is_local]
    for name in filter(is_address, names):
        same = [source for source in pages if source.address == name] or [Source(address=name, kind="page")]
        found[same[0].key] = Plan(replace(same[0], **wishes.given()))
    return list(found.values())


def _belonging(place: Path, known: Sequence[Source], wishes: Wishes) -> Source:
    """Return the source that a path belongs to: one of its own, or a folder around it that is looked at as wished."""
    folder = place.is_dir()
    own, kind = str(place if folder else place.parent), "folder" if folder else "files"
    for source in known:
        alike = kind == "folder" or source.prefix == (wishes.prefix or "")  # of files that are named each has its own
        if (source.address, source.kind) == (own, kind) and alike:
            return replace(source, **wishes.given())
        differs = any(getattr(source, name) != value for name, value in wishes.given().items())
        if source.kind == "folder" and source.covers(place) and not differs:
            return source
    return Source(address=shown(Path(own)), kind="folder" if folder else "files", **wishes.given())


def add_source(
    index: Index, plan: Plan, clients: Clients, progress: Progress | None = None, look: Look = LOOK
) -> SourceSummary:
    """Read what was given, remember its source, and return what was found.

    A new source that cannot be read is not remembered. Raises what ``refresh`` does.
    """
    sources, source = Sources(index), plan.source
    taken = [other for other in sources.all() if _is_within(other, source)]
    for other in taken:
        source = replace(source, seen={**other.seen, **source.seen}, missing={**other.missing, **source.missing})
    done = examine(index, source, clients.of(source), progress, replace(look, anew=True, paths=plan.paths or None))
    now = replace(done.source, added=source.added or done.source.looked or "")
    if source.added or _is_worth_keeping(done):
        with look.turn:
            sources.forget(taken)
            sources.put(now, new=True)
    return replace(done, source=now)


def articles_in(plan: Plan) -> int:
    """Return about how many articles the files of a source hold; those of the web are counted when they are listed."""
    source = plan.source
    if not source.is_local:
        return 0
    own = [Path(source.address)] if source.kind == "folder" else [Path(page) for page in source.seen]
    return count_articles(files(plan.paths or own))


def articles_of(source: Source, index: Index) -> list[str]:
    """Return the doc_ids of the articles that came from a source, those that are gone from it included."""
    gone = (known for origin in source.missing if (known := index.store.named(origin)))
    return list(dict.fromkeys([*(doc_id for _, _, doc_id in held(index, source.seen)), *(known[0] for known in gone)]))


def _is_within(other: Source, source: Source) -> bool:
    """Tell whether files that were added one by one all lie in a folder that is looked at now."""
    whole = source.kind == "folder" and other.kind == "files"
    return whole and all(source.covers(Path(page)) for page in other.seen)


def _is_worth_keeping(done: SourceSummary) -> bool:
    """Tell whether there is something to look at again; a folder may be empty yet."""
    if done.failure:
        return False
    return Path(done.source.address).is_dir() if done.source.kind == "folder" else bool(done.source.seen)


@contextmanager
def watching(index: Index, say: Callable[[str], object], lock: AbstractContextManager[object]) -> Iterator[None]:
    """Watch the sources of an index beside the block; ``say`` hears of every change, ``lock`` as for ``Watch``."""

    def told(done: SourceSummary) -> None:
        for line in changes_to_text(done):
            say(line)

    with Clients() as clients:
        watch = Watch(index, clients.of, told, say, lock=lock)
        thread = Thread(target=watch.run, name="watching", daemon=True)
        thread.start()
        try:
            yield
        finally:
            watch.stop()
            thread.join(_ENDING)
