"""Catalog, dense part, lexical part and manifest joined into one store.

A write is one catalog transaction, on the disk when the call returns; the derived parts are brought up when the
writer is done. One process writes at a time (a file lock); any number read, and take up a new generation between
two searches.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from textwrap import shorten
from typing import TypeVar

import filelock
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexError_, IndexLocked, IndexMissing
from index.stores.base import (
    BOOSTS,
    GONE,
    UNDO_SECONDS,
    Boosts,
    Change,
    Entry,
    Evidence,
    Facets,
    Found,
    Record,
    Removed,
    Scored,
)
from index.stores.local import catalog as catalog_file
from index.stores.local import dense as dense_file
from index.stores.local import lexical as lexical_folder
from index.stores.local import manifest as manifest_file
from index.stores.local import verification
from index.stores.local.catalog import Catalog
from index.stores.local.dense import PASSAGES, Dense
from index.stores.local.lexical import Lexical
from index.stores.local.manifest import Manifest, Part, check_format
from index.types import Article, Filter, Passage

LOCK = "write.lock"
_NO_VECTORS = [-1, -1]  # in place of those of a passage that is gone, or whose range of sentences is damaged
_WAIT = 5.0  # seconds to wait for another writer

Progress = Callable[[int, int], None]
_Stamp = tuple[int, int]
_Found = TypeVar("_Found")

_log = logging.getLogger(__name__)


def locked(folder: Path) -> IndexLocked:
    """Return the error for an index that somebody else is writing to."""
    return IndexLocked(f"someone else is writing to the index in {folder}; wait until it is done and try again")


class LocalStore:
    """A store in a folder; see Store for what it promises."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the index in ``folder`` and derive again whatever is missing, torn or behind."""
        self.folder = folder
        allowed = catalog_file.is_writable(folder)
        self._writable = allowed and not read_only
        self._guard = threading.RLock()  # held while the parts are searched or swapped, not while they are made
        self._seen: tuple[int, _Stamp] = (-1, (0, 0))
        self._lock = filelock.FileLock(folder / LOCK, timeout=_WAIT)
        self._depth = 0
        self._dense: Dense
        self._lexical: Lexical
        self._checked = False  # the lexical part, before the first write to it
        if not (folder / catalog_file.FILE).exists():
            raise IndexMissing(f"{folder} holds no index; make one with `quoth add PATH --index {folder}`")
        self._catalog = Catalog(folder, writable=allowed)
        try:
            self.manifest = self._load_manifest(tell=True)
            if self._writable:
                self._catalog.begin_history()
            self._open_parts()
        except BaseException:
            self._catalog.close()
            raise

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> "LocalStore":
        """Make an empty index in ``folder``, which is created where it is missing, and open it.

        Raises IndexMissing when the folder holds other files, since some might bear the names of ours.
        """
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(path.name for path in folder.iterdir() if path.name != LOCK)
        if others and not (folder / catalog_file.FILE).exists():
            named = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
            raise IndexMissing(f"{folder} holds other files ({named}) and no index; give an empty or a new folder")
        Catalog.create(folder, manifest.settings()).close()
        manifest.save(folder)
        return cls(folder)

    @property
    def writable(self) -> bool:
        """Tell whether the index was opened for writing, and its folder can be written."""
        return self._writable

    @property
    def generation(self) -> int:
        """Return the catalog's generation."""
        return self._catalog.generation

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[None]:
        """Hold the write lock; when the outermost holder is done, bring the derived parts up.

        Raises IndexLocked when another process holds it, or when the index was opened read-only, and IndexError_ when
        the parts cannot be written: what was committed is kept all the same.
        """
        if not self._writable:
            raise IndexLocked(f"the index in {self.folder} is read-only; give another folder with --index")
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise locked(self.folder) from error
        try:
            if not self._catalog.in_place:
                raise IndexLocked(f"the index in {self.folder} was replaced since it was opened; open it again")
            if self._depth == 0:
                with self._guard:
                    self._notice()  # the manifest that is written at the end must know what others have made meanwhile
        except BaseException:
            self._lock.release()
            raise
        self._depth += 1
        try:
            try:
                yield
            except BaseException:
                with suppress(IndexError_):  # what went wrong first is what to tell
                    self._finish(progress)
                raise
            self._finish(progress)
        finally:
            self._depth -= 1
            self._lock.release()

    def _finish(self, progress: Progress | None) -> None:
        """Bring the derived parts up for the outermost writer."""
        if self._depth > 1:
            return
        try:
            self._bring_up(progress)
        except (OSError, RuntimeError, IndexDamaged) as error:  # RuntimeError is FAISS's
            raise IndexError_(
                f"what was added is kept, but what is derived from it cannot be written into {self.folder} "
                f"({shorten(str(error), 200)}); see that the disk has room and run `quoth status --index {self.folder}`"
            ) from error

    def write(self, records: Sequence[Record]) -> None:
        """Add or replace the records in one transaction."""
        with self.writing():
            self._catalog.write(records)

    def remove(self, doc_ids: Sequence[str], *, now: bool = False) -> None:
        """Hide the articles at once; ``now`` also destroys them, and all that were removed before."""
        with self.writing():
            self._catalog.remove(doc_ids)
            if now:
                self._catalog.purge()  # for which both parts are made anew when the writing is done

    def restore(self, doc_ids: Sequence[str]) -> list[str]:
        """Bring back articles removed within the last ten minutes and return their ids."""
        with self.writing():
            return self._catalog.restore(doc_ids, UNDO_SECONDS)

    def removed(self) -> list[Removed]:
        """Return the articles that can be restored, the last removed first."""
        return self._catalog.removed(UNDO_SECONDS)

    def changes(self, since: str | None = None) -> list[Change]:
        """Return the last changes, the latest first."""
        return self._catalog.changes(since)

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None; raises IndexDamaged when its text is not what was added."""
        return self._catalog.article(doc_id)

    def entries(self) -> Iterator[Entry]:
        """Yield every article without its text."""
        return self._catalog.entries()

    def known(self) -> dict[str, tuple[str, str]]:
        """Return origin -> (doc_id, sha256)."""
        return self._catalog.known()

    def named(self, origin: str) -> tuple[str, str] | None:
        """Return the doc_id and the hash of the article of an origin, or None."""
        return self._catalog.named(origin)

    def origin(self, doc_id: str) -> str | None:
        """Return the origin of an article, or None."""
        return self._catalog.origin(doc_id)

    def copies(self, doc_id: str, limit: int) -> list[str]:
        """Return the ids of the first copies of an article."""
        return self._catalog.stories.copies(doc_id, limit)

    def copied(self) -> int:
        """Return the number of articles that are copies of others."""
        return self._catalog.stories.copied()

    def facets(self) -> Facets:
        """Return the languages, sources and dates of the articles."""
        return self._catalog.facets()

    def languages(self) -> list[tuple[str | None, int]]:
        """Return each language and its number of articles."""
        return self._catalog.languages()

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of articles, sentences and passages."""
        return self._catalog.counts()

    def dense(self, vector: NDArray[np.float32], k: int, limits: Filter) -> list[Scored]:
        """Return the passages of the ``k`` nearest vectors, best first."""
        with self._guard:
            self._notice()
            nearest = self._dense.search(vector, k, self._catalog, limits)
            passages = self._catalog.passages_of_sentences([i for i, _ in nearest if i < PASSAGES])
        best: dict[int, float] = {}
        for i, score in nearest:
            row = passages.get(i) if i < PASSAGES else i - PASSAGES
            if row is not None:
                best.setdefault(row, score)
        return [Scored(row, score) for row, score in best.items()]

    def lexical(self, terms: Sequence[str], k: int, limits: Filter, boosts: Boosts = BOOSTS) -> list[Scored]:
        """Return the ``k`` best passages by BM25."""
        return self._ask_lexical(lambda: self._lexical.search(terms, k, self._catalog, limits, boosts))

    def found(self, rows: Sequence[int]) -> list[Found]:
        """Return the passages of these rows."""
        return self._catalog.found(rows)

    def evidence(self, rows: Sequence[int], vector: NDArray[np.float32]) -> list[Evidence]:
        """Return the evidence for each passage."""
        with self._guard:
            kept = self._catalog.evidence(rows)
            ids = [[row + PASSAGES, *kept[row][0]] if row in kept and kept[row][0] else _NO_VECTORS for row in rows]
            products = self._dense.products(np.array([i for part in ids for i in part], np.int64), vector)
        ends = accumulate(map(len, ids), initial=0)
        parts = [products[start:end] for start, end in pairwise(ends)]
        return [Evidence(part, *kept[row][1:]) if row in kept else GONE for row, part in zip(rows, parts, strict=True)]

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those with each term."""
        return self._ask_lexical(lambda: self._lexical.frequencies(terms))

    def place(self) -> tuple[str, int, int]:
        """Return the folder, its size in bytes and the catalog's generation."""
        size = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with suppress(FileNotFoundError):  # a writer may be renaming it
                    size += Path(folder, name).stat().st_size
        return str(self.folder), size, self.generation

    def method(self) -> str:
        """Say how the nearest vectors are looked for, and why so."""
        with self._guard:
            return self._dense.method

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the folder, a line each."""
        return verification.problems(self.folder, self._catalog)

    def damaged(self) -> list[tuple[int, Article, tuple[Passage, ...]]]:
        """Return the articles whose vectors were found damaged, each with its row and its passages.

        Not those whose texts are damaged as well, and none where nothing may be written.
        """
        found = []
        live = set(self._catalog.added_since(0)) if self._writable and self._dense.damaged else set()
        for row in self._dense.damaged:
            article, passages, sha256 = self._catalog.live(row) if row in live else (None, {}, "")
            if article is None or article.sha256 != sha256:
                continue
            if passages and all(passage.sentences for passage in passages.values()):
                found.append((row, article, tuple(passages.values())))
        return found

    def mend(self, row: int, vectors: NDArray[np.float16]) -> None:
        """Replace an article's damaged vectors."""
        with self.writing():
            self._catalog.replace_vectors(row, vectors)
            with self._guard:
                self.manifest = replace(self.manifest, dense=Part())
                self._dense = Dense(self.manifest.dimension)

    def close(self) -> None:
        """Close the catalog and release the lexical part."""
        self._lexical.close()
        self._catalog.close()

    def _load_manifest(self, *, tell: bool = False) -> Manifest:
        """Read the manifest; where it is not that of the catalog, which is the truth, make it anew."""
        settings = self._catalog.settings()
        try:
            check_format(self.folder, int(settings["format"]))
            truth = Manifest.from_settings(settings)
        except (KeyError, ValueError) as error:
            raise IndexDamaged(
                f"the catalog in {self.folder} does not say how the index was made ({error}); "
                "restore it from a copy, or remove the folder and add the articles again"
            ) from error
        try:
            manifest = Manifest.load(self.folder)
        except IndexError_ as error:
            missing = isinstance(error, IndexMissing)
            if tell and not (missing and not (self.folder / dense_file.FILE).exists()):  # as in a copy of the catalog
                self._tell_lost(manifest_file.FILE, "it is missing" if missing else error)
            return truth
        return manifest if manifest.settings() == settings else truth

    def _open_parts(self) -> None:
        """Open both derived parts; where one is torn or behind, derive it on disk, or in memory if we may not write."""
        if self._writable:
            try:
                with self._lock.acquire(timeout=0):
                    self._open_alone()
                    return
            except filelock.Timeout:
                pass  # whoever writes now brings the parts up
        self._open_dense()
        self._open_lexical()
        self._notice(force=True)

    def _open_alone(self) -> None:
        """Open both derived parts, and bring them up where that is due; the write lock is held."""
        self.manifest = self._load_manifest()
        self._catalog.analyse_again()
        whole = self._open_dense(alone=True) & self._open_lexical(alone=True)
        if not whole or self._catalog.purge_due(UNDO_SECONDS):
            try:
                self._bring_up(None)
                return
            except (OSError, RuntimeError) as error:
                _log.warning("%s cannot be written (%s); what is derived is kept in memory", self.folder, error)
                if self._lexical.generation < self._catalog.generation:
                    self._lexical = Lexical(None, 0)
        self._notice(force=True)

    def _open_dense(self, *, alone: bool = False) -> bool:
        """Open the dense part, or one in memory; tell whether the folder's was good."""
        part, dimension, generation = self.manifest.dense, self.manifest.dimension, -1
        if self._covers(part):
            try:
                dense = Dense.open(self.folder, dimension, part.generation)
                if alone:
                    self._check_younger(dense_file.FILE, part, lambda: dense_file.sha256(self.folder))
                while generation != self._catalog.generation:  # a writer may be at work meanwhile
                    generation = self._catalog.generation
                    dense.refresh(self._catalog)
                    expected = sum(self._catalog.counts()[1:])
                if dense.live != expected and self._covers(part):
                    raise IndexDamaged("it does not hold the vectors of the catalog")
                if self._covers(part):
                    self._dense = dense
                    return True
            except IndexDamaged as error:
                if part.generation:
                    self._tell_lost(dense_file.FILE, error)
        self._dense = Dense(dimension)
        return False

    def _open_lexical(self, *, alone: bool = False) -> bool:
        """Open the lexical part, or one in memory; tell whether the folder's was good and not behind."""
        part, generation = self.manifest.lexical, self._catalog.generation
        behind = part.generation < generation
        if self._covers(part) and part.generation and not (behind and not self._writable):
            lexical = None
            try:
                lexical = Lexical(self.folder / lexical_folder.FOLDER, part.generation)
                if alone and not behind:
                    self._check_younger(f"{lexical_folder.FOLDER}/meta.json", part, lexical.sha256)
                expected = self._catalog.counts()[2]
                if not behind and lexical.passages() != expected and generation == self._catalog.generation:
                    raise IndexDamaged("it does not hold the passages of the catalog")
                self._lexical = lexical
                return not behind
            except IndexDamaged as error:
                self._tell_lost(lexical_folder.FOLDER, error)
                if lexical is not None:
                    lexical.close()
        self._lexical = Lexical(None, 0)
        return False

    def _check_younger(self, name: str, part: Part, sha256: Callable[[], str]) -> None:
        """Raise IndexDamaged where a part is younger than the manifest and not the one it names.

        The manifest is written last: whoever wrote the part died before that, or was not us.
        """
        young, old = (_stamp(self.folder / x)[0] for x in (name, manifest_file.FILE))
        if part.generation and young >= old and sha256() != part.sha256:
            raise IndexDamaged("its hash is not the manifest's")

    def _tell_lost(self, name: str, error: object) -> None:
        """Say that a part cannot be used, and that nothing is lost."""
        _log.warning("%s cannot be used (%s); what it held is taken from the catalog", self.folder / name, error)

    def _covers(self, part: Part) -> bool:
        """Tell whether a part is of this catalog and holds nothing that was destroyed."""
        return self._catalog.purged <= part.generation <= self._catalog.generation

    def _notice(self, *, force: bool = False) -> None:
        """Take up what any writer has committed since the last search."""
        if not self._catalog.in_place:
            return  # the parts that lie there now are those of another catalog
        seen = (self._catalog.generation, _stamp(self.folder / manifest_file.FILE))
        if not force and seen == self._seen:
            return
        if not force and self._depth == 0:
            self._take_up_parts()
        self._dense.refresh(self._catalog)
        if self._lexical.in_memory:
            if self._lexical.generation < self._catalog.purged:
                self._lexical = Lexical(None, 0)
            self._lexical.bring_up(self._catalog)
        else:
            self._lexical.refresh()
        self._seen = seen

    def _take_up_parts(self) -> None:
        """Open the parts that another process has made anew."""
        before, self.manifest = self.manifest, self._load_manifest()
        if self.manifest.dense != before.dense:
            self._open_dense()
        if self.manifest.lexical != before.lexical and self._lexical.in_memory:
            self._open_lexical()

    def _bring_up(self, progress: Progress | None) -> None:
        """Bring the derived parts up to the catalog and say so in the manifest; the write lock is held."""
        with self._guard:
            merge = self._dense.due(self._catalog) or self._dense.generation != self.manifest.dense.generation
        if merge or self._catalog.purge_due(UNDO_SECONDS):
            self._catalog.purge(UNDO_SECONDS)
        lexical = self._bring_up_lexical(progress)
        dense = self.manifest.dense
        if merge or not self._covers(dense):
            if lexical != self.manifest.lexical:  # so that whoever finishes this, should we die, need not make it again
                replace(self.manifest, lexical=lexical).save(self.folder)
            made, sha256 = Dense.build(self.folder, self._catalog, self.manifest.dimension)
            dense = Part(made.generation, sha256)
            with self._guard:
                self._dense = made
        with self._guard:
            self.manifest = replace(self.manifest, dense=dense, lexical=lexical)
            self.manifest.save(self.folder)
            self._notice(force=True)

    def _bring_up_lexical(self, progress: Progress | None) -> Part:
        """Bring the lexical part up, or make it anew where it is damaged or holds what was destroyed."""
        if not self._lexical.in_memory and self._lexical.generation >= self._catalog.purged:
            part = self.manifest.lexical
            try:
                # Over a damaged file that is written on, Tantivy ends the whole process.
                if not self._checked and self._lexical.sha256() != part.sha256:
                    raise IndexDamaged("the hash of its files is not the manifest's")
                self._checked = True
                self._lexical.bring_up(self._catalog, progress)
                # Hashing files again that did not change would hide that one of them was damaged since.
                unchanged = part.generation == self._lexical.generation
                return part if unchanged else Part(self._lexical.generation, self._lexical.sha256())
            except IndexDamaged as error:
                self._tell_lost(lexical_folder.FOLDER, error)
        made = Lexical.build(self.folder, self._catalog, progress)
        with self._guard:
            self._lexical, self._checked = made, True
        return Part(made.generation, made.sha256())

    def _ask_lexical(self, ask: Callable[[], _Found]) -> _Found:
        """Ask the lexical part, or where it is found damaged one in memory, until the next write mends the folder's."""
        with self._guard:
            self._notice()
            try:
                return ask()
            except IndexDamaged as error:
                self._tell_lost(lexical_folder.FOLDER, error)
                self._lexical = Lexical(None, 0)
                self._lexical.bring_up(self._catalog)
                return ask()


def _stamp(path: Path) -> _Stamp:
    """Return what tells one manifest from the next, which is another file renamed into its place."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_mtime_ns, status.st_ino
