"""Backups: an index copied whole into another folder, and put back from there.

A copy is made beside its place and renamed into it when all of it was checked, so that a torn one never looks like
one. The catalog is copied as it is at one moment, while others go on writing. The derived parts are not copied but
derived again, for which nothing is embedded: by then the others' may reflect another generation, and they may hold
words of articles that were removed. A copy holds none of these, also where the removal could still be undone, as a
removed text would otherwise live on in it.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from index import sources
from index.errors import IndexDamaged, IndexError_, IndexMissing
from index.index import Progress
from index.stores.base import to_iso
from index.stores.local import catalog as catalog_file
from index.stores.local.catalog import Catalog
from index.stores.local.manifest import check_format
from index.stores.local.store import LOCK, LocalStore, locked

FILE = "backup.json"
"""What marks a backup, and says when it was made and what it holds."""

_PASSING = (LOCK, f"{catalog_file.FILE}-wal", f"{catalog_file.FILE}-shm")  # files of whoever has opened it
_SHOWN = 3

Also = Callable[[Path], None]
"""Called with the folder of a copy before it takes its place, to put more into it."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds; ``kept`` is the folder that what it replaced was moved to."""

    articles: int
    generation: int
    kept: Path | None = None


def back_up(source: Path, folder: Path, also: Also, progress: Progress) -> Copied:
    """Write a backup of the index in ``source`` to ``folder``: a new or empty one, or one that holds an older backup.

    ``progress`` is called with the stages "% copied", "derived" and "checked". Raises IndexError_ where ``folder``
    holds anything else, and IndexDamaged, without writing anything, where the copy does not pass its check.
    """
    place = _place(source, folder)
    if _names(place) and not _is_untouched(place):
        raise IndexError_(f"{folder} holds {_listed(place)} and not just a backup; give an empty or a new folder")
    with _staged(place) as (partial, before):
        copied = _copy(source, partial, progress)
        also(partial)
        made = {"made": to_iso(time.time()), "articles": copied.articles, "generation": copied.generation}
        text = json.dumps({**made, "files": [FILE, *_names(partial)]}, indent=2)
        (partial / FILE).write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(before, ignore_errors=True)
    return copied


def restore(source: Path, folder: Path, also: Also, progress: Progress, *, replace: bool = False) -> Copied:
    """Put a backup, or any other index, into ``folder``, checked before it takes its place.

    With ``replace`` an index that is there is kept beside it. Raises IndexError_ where there is one without
    ``replace``, or where ``folder`` holds other files, IndexLocked while somebody writes to the index that is there,
    and IndexDamaged, with everything left as it was, where the copy does not pass its check.
    """
    place = _place(source, folder)
    there = (place / catalog_file.FILE).exists()
    if there and not replace:
        raise IndexError_(f"{folder} holds an index already; give another folder, or --replace to keep that one beside")
    if _names(place) and not there:
        raise IndexError_(f"{folder} holds {_listed(place)} and no index; give an empty or a new folder")
    with _held(place), _staged(place) as (partial, before):
        copied = _copy(source, partial, progress)
        also(partial)
    if not there:
        shutil.rmtree(before, ignore_errors=True)
    return Copied(copied.articles, copied.generation, before if there else None)


def _copy(source: Path, partial: Path, progress: Progress) -> Copied:
    """Copy the catalog, derive its parts and check all of it."""
    if not (source / catalog_file.FILE).exists():
        raise IndexMissing(f"{source} holds no index; name the folder of one, or of a backup")
    done = 0

    def copied(hundredths: int) -> None:
        nonlocal done
        progress("% copied", hundredths - done)
        done = hundredths

    sources.copy(source, partial)  # before the catalog, which then holds all that they say was read
    with closing(Catalog(source, writable=catalog_file.is_writable(source))) as catalog:
        check_format(source, int(catalog.settings().get("format", 0)))
        catalog.copy(partial, copied)
    progress("derived", 0)
    with closing(Catalog(partial)) as catalog:
        catalog.purge()
    with closing(LocalStore(partial)) as store:
        try:
            with store.writing():  # fails where its parts could not be written, and so are kept in memory
                pass
        except IndexError_ as error:
            raise IndexError_(
                f"the copy of {source} cannot be written into {partial.parent} ({error.__cause__ or error}); "
                "see that the disk has room"
            ) from error
        articles, generation = store.counts()[0], store.generation
        progress("derived", articles)
        progress("checked", 0)
        problems = list(store.problems())
        progress("checked", articles)
    if problems:
        more = f" and {len(problems) - 1:,} more" if problems[1:] else ""
        raise IndexDamaged(
            f"{source} is damaged, so nothing was written ({problems[0]}{more}); `quoth verify --index {source}` "
            "names all that is wrong"
        )
    return Copied(articles, generation)


@contextmanager
def _staged(place: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a new folder, and where to what lies at ``place`` is moved when the first takes its place in the end."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.{secrets.token_hex(4)}.partial")
    moment = to_iso(time.time()).replace(":", "")
    before = place.with_name(f"{place.name}.before-{moment}-{secrets.token_hex(2)}")
    partial.mkdir()
    try:
        yield partial, before
        _flush(partial)
        if place.exists():
            place.rename(before)
        partial.rename(place)
        _flush_folder(place.parent)
    except BaseException:
        if before.exists() and not place.exists():
            before.rename(place)
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def _held(place: Path) -> Iterator[None]:
    """Keep others from writing to the index that lies at ``place``, if one does."""
    if not (place / catalog_file.FILE).exists():
        yield
        return
    lock = filelock.FileLock(place / LOCK, timeout=0)
    try:
        with lock:
            yield
    except filelock.Timeout as error:
        raise locked(place) from error


def _place(source: Path, folder: Path) -> Path:
    """Return where ``folder`` really lies; raises IndexError_ where nothing can be put into its place."""
    place, other = folder.resolve(), source.resolve()
    if place.exists() and not place.is_dir():
        raise IndexError_(f"{folder} is a file; name a folder")
    if place == other or place in other.parents or other in place.parents:
        raise IndexError_(f"{folder} and {source} lie in one another; name a folder elsewhere")
    if place.is_mount():
        raise IndexError_(f"{folder} is a disk of its own, which cannot be replaced; name a new folder in it")
    return place


def _is_untouched(place: Path) -> bool:
    """Tell whether a folder holds a backup that nobody has changed, and nothing else."""
    try:
        made = json.loads((place / FILE).read_text(encoding="utf-8"))
        files, generation = set(made["files"]), int(made["generation"])
        with closing(Catalog(place, writable=False)) as catalog:
            return set(_names(place)) <= files and catalog.generation == generation
    except (OSError, ValueError, KeyError, TypeError, IndexError_):
        return False


def _names(place: Path) -> list[str]:
    found = (path.name for path in place.iterdir()) if place.is_dir() else ()
    return sorted(name for name in found if name not in _PASSING)


def _listed(place: Path) -> str:
    names = _names(place)
    return ", ".join(names[:_SHOWN]) + (", ..." if names[_SHOWN:] else "")


def _flush(folder: Path) -> None:
    """See that everything in a folder is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            _flush_folder(path)
            continue
        with suppress(FileNotFoundError), path.open("rb") as file:  # a lock file of Tantivy's threads may go meanwhile
            os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
