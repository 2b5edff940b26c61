"""Sources: what was added and stays connected, kept in ``sources.json`` beside the catalog.

Of each is kept where it is and how it is to be looked at, what came of the last look, and what was seen there, so that
the next look reads only what has changed. Nothing else depends on the file: without it nothing is refreshed, and all
articles are there as before.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from index.errors import SourceError
from index.index import Index
from index.stores.local.catalog import FILE as CATALOG
from index.stores.local.manifest import FILE as MANIFEST

FILE = "sources.json"
HOUR = 3600

Kind = Literal["folder", "files", "page", "feed", "sitemap"]
"""``files`` are those of one folder that were named one by one: others beside them are not looked at."""

WEB: tuple[Kind, ...] = ("page", "feed", "sitemap")
Gone = Literal["keep", "remove"]

_PASSING = ("~", ".tmp", ".temp", ".swp", ".swx", ".part", ".partial", ".crdownload", ".download", ".lock")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file or page as it was last read: the stamp of a file, or what a server said of the version it sent.

    ``origin`` is that of the article where it is not the address. ``reason`` says why nothing could be made of it.
    """

    stamp: str = ""
    etag: str | None = None
    modified: str | None = None
    origin: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the last look at a source found, in articles; ``failed`` are files or pages that cannot be read."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A folder, files in one, or an address on the web, and what is known of it.

    ``gone`` says what becomes of articles that are no longer there: they are kept and marked, or removed. ``every`` is
    how many seconds pass between two looks while it is watched, ``limit`` the most pages. ``allow_private`` lets it
    lie in this computer's own network. ``looked`` is when it was last tried, ``fetched`` when that last went
    well (ISO 8601, UTC), ``failure`` a sentence on the last try where it did not. ``seen`` is by path or address,
    ``missing`` says of the origins of articles that are gone and were kept since when.
    """

    address: str
    kind: Kind
    prefix: str = ""
    gone: Gone = "keep"
    every: Annotated[int, Field(ge=60)] = HOUR
    limit: Annotated[int, Field(ge=1)] | None = None
    allow_private: bool = False
    added: str = ""
    looked: str | None = None
    fetched: str | None = None
    counts: Counts = Counts()
    failure: str = ""
    seen: Mapping[str, Seen] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what it is known by: a folder may be one itself and have files that are others, by their prefixes."""
        kind = self.kind if self.is_local else "web"
        return self.address, kind, self.prefix if kind == "files" else ""

    @property
    def is_local(self) -> bool:
        """Tell whether it is a folder or files."""
        return self.kind not in WEB

    def covers(self, path: Path) -> bool:
        """Tell whether a whole look at it would look at a file or folder, an absolute path, too."""
        if self.kind == "files":
            return str(path) in self.seen or str(path) in self.missing
        root = Path(self.address)
        if self.kind != "folder" or not path.is_relative_to(root):
            return False
        below = path.relative_to(root).parts
        hidden = any(part.startswith(".") for part in below)
        folders = (root.joinpath(*below[:depth]) for depth in range(1, len(below)))
        return not hidden and not is_passing(path) and not any(map(_is_index, folders))


class Sources:
    """The sources of an index; each change is written at once, under the index's writer lock."""

    def __init__(self, index: Index) -> None:
        folder = index.store.place()[0]
        self._index = index
        self._path = Path(folder, FILE) if folder else None  # None for an index in memory
        self._kept: dict[tuple[str, str, str], Source] = {}

    def all(self) -> list[Source]:
        """Return the sources in the order in which they were added."""
        self._read()
        return list(self._kept.values())

    def damage(self) -> str | None:
        """Say what is wrong with the file, or return None."""
        try:
            load(self._path)
        except SourceError as error:
            return str(error)
        return None

    def stamp(self) -> str:
        """Return what tells one version of the file from the next."""
        return stamp(self._path) if self._path else ""

    def find(self, given: str) -> list[Source]:
        """Return the sources of an address or a path, as it was given; raises SourceError where there is none."""
        names = (given, os.path.realpath(given))
        found = [source for source in self.all() if source.address in names]
        if not found:
            known = ", ".join(source.address for source in list(self._kept.values())[:3]) or "none"
            raise SourceError(
                f"{given} is no source of this index; its sources are {known}, and `quoth sources` lists them all"
            )
        return found

    def put(self, source: Source, *, new: bool = False) -> None:
        """Keep a source as it is now; one that was forgotten meanwhile stays forgotten, unless it is ``new``."""

        def change() -> None:
            if new or source.key in self._kept:
                self._kept[source.key] = source

        self._change(change)

    def forget(self, sources: Iterable[Source]) -> None:
        """Keep sources no longer; their articles stay."""

        def change() -> None:
            for source in sources:
                self._kept.pop(source.key, None)

        self._change(change)

    def gone(self) -> dict[str, str]:
        """Return doc_id -> since when it is gone from its source, of the articles that were kept."""
        marked = [(origin, since) for source in self.all() for origin, since in source.missing.items()]
        named = [(self._index.store.named(origin), since) for origin, since in marked]
        return {found[0]: since for found, since in named if found}

    def _change(self, change: Callable[[], None]) -> None:
        with self._index.store.writing():
            self._read(mend=True)
            change()
            if self._path is not None:
                _write(self._path, self._kept.values())

    def _read(self, *, mend: bool = False) -> None:
        if self._path is None:
            return
        try:
            sources = load(self._path)
        except SourceError as error:
            if mend and isinstance(error.__cause__, OSError):
                raise
            _log.warning("%s", error)
            if mend:
                self._path.replace(self._path.with_suffix(".damaged"))
            sources = ()
        self._kept = {source.key: source for source in sources}


@dataclass(frozen=True, slots=True)
class _File:
    """What stands in the file."""

    format: Literal[1]
    sources: tuple[Source, ...]


_FILE = TypeAdapter(_File)


def load(path: Path | None) -> tuple[Source, ...]:
    """Return what a file of sources holds, nothing where there is none; raises SourceError where it is damaged."""
    try:
        return _FILE.validate_json(path.read_bytes()).sources if path else ()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}); see who may read it") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SourceError(
            f"{path} is damaged ({first['msg']}), so no source is known; no article is lost, and `quoth add` "
            "takes the sources up again"
        ) from error


def copy(folder: Path, into: Path) -> None:
    """Write the sources of the index in one folder into another, unless they are damaged."""
    try:
        sources = load(folder / FILE)
    except SourceError as error:
        _log.warning("%s", error)
        return
    if sources:
        _write(into / FILE, sources)


def _write(path: Path, sources: Iterable[Source]) -> None:
    """Write all sources into a new file and rename it into place."""
    data = _FILE.dump_json(_File(1, tuple(sources)), indent=1, exclude_defaults=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(data + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def stamp(path: Path) -> str:
    """Return what changes whenever a file does; "" for what is no file, as a link, or cannot be looked at."""
    try:
        status = path.lstat()
    except OSError:
        return ""
    if not path.is_file() or path.is_symlink():
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"


def is_passing(path: Path) -> bool:
    """Tell whether a file is one that editors, office programs and browsers keep while they work."""
    name = path.name.lower()
    return name.startswith((".", "~$")) or name.endswith(_PASSING) or (name.startswith("#") and name.endswith("#"))


def _is_index(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (CATALOG, MANIFEST))


def held(index: Index, pages: Mapping[str, Seen]) -> Iterator[tuple[str, str, str]]:
    """Yield page, origin and doc_id of every article that came from one of the pages.

    An origin is that of a page, or begins with its path, where one file holds many articles.
    """
    own = {seen.origin or page: page for page, seen in pages.items()}
    for origin, (doc_id, _) in index.store.known().items():
        cuts = (match.start() for match in re.finditer("[#!]", origin))
        names = (origin, *(origin[:at] for at in cuts))
        page = next((own[name] for name in names if name in own), None)
        if page is not None:
            yield page, origin, doc_id
