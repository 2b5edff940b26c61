"""Catalog, dense part, lexical part and manifest joined into one store.

A write is one catalog transaction, on the disk when the call returns; the derived parts are brought up when the
writer is done. One process writes at a time (a file lock); any number read, and take up a new generation between
two searches.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexLocked, IndexMissing
from index.stores.base import Boosts, Entry, Found, Record, Scored
from index.stores.local import catalog as catalog_file
from index.stores.local import lexical as lexical_folder
from index.stores.local import manifest as manifest_file
from index.stores.local import verification
from index.stores.local.catalog import Catalog
from index.stores.local.dense import Dense
from index.stores.local.lexical import Lexical
from index.stores.local.manifest import Manifest, Part, check_format
from index.types import Article, Filter

UNDO_SECONDS = 600.0
_LOCK = "write.lock"
_WAIT = 5.0  # seconds to wait for another writer

Progress = Callable[[int, int], None]


class LocalStore:
    """A store in a folder; see Store for what it promises."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the index in ``folder`` and derive again whatever is missing, torn or behind."""
        self.folder = folder
        self._writable = not read_only and os.access(folder, os.W_OK)
        self._guard = threading.RLock()
        self._seen = (-1, 0)
        self._lock = filelock.FileLock(folder / _LOCK, timeout=_WAIT)
        self._depth = 0
        if not (folder / catalog_file.FILE).exists():
            raise IndexMissing(f"{folder} holds no index; make one with `quoth add PATH --index {folder}`")
        self._catalog = Catalog(folder, immutable=not os.access(folder, os.W_OK))
        self.manifest = self._load_manifest()
        self._open_parts()

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> "LocalStore":
        """Make an empty index in ``folder``, which is created where it is missing, and open it."""
        folder.mkdir(parents=True, exist_ok=True)
        catalog = Catalog(folder)
        catalog.set_settings(manifest.settings())
        catalog.close()
        manifest.save(folder)
        return cls(folder)

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[None]:
        """Hold the write lock; when the outermost holder is done, bring the derived parts up.

        Raises IndexLocked when another process holds it, or when the index was opened read-only.
        """
        if not self._writable:
            raise IndexLocked(f"the index in {self.folder} is read-only; give another folder with --index")
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise IndexLocked(
                f"another process is writing to the index in {self.folder}; wait until it is done and try again"
            ) from error
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            try:
                if self._depth == 0:
                    self._bring_up(progress)
            finally:
                self._lock.release()

    def write(self, records: Sequence[Record]) -> None:
        """Add or replace the records in one transaction."""
        with self.writing():
            self._catalog.write(records)

    def remove(self, doc_ids: Sequence[str], *, now: bool = False) -> None:
        """Hide the articles at once; ``now`` also destroys them, and all that were removed before."""
        with self.writing():
            self._catalog.remove(doc_ids)
            if now and self._catalog.purge():
                self._derive()

    def restore(self, doc_ids: Sequence[str]) -> None:
        """Bring back articles removed within the last ten minutes."""
        with self.writing():
            self._catalog.restore(doc_ids)

    def removed(self) -> list[str]:
        """Return the doc_ids that can be restored."""
        return self._catalog.removed_ids()

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None; raises IndexDamaged when its text is not what was added."""
        return self._catalog.article(doc_id)

    def entries(self) -> Iterator[Entry]:
        """Yield every article without its text."""
        return self._catalog.entries()

    def known(self) -> dict[str, tuple[str, str]]:
        """Return origin -> (doc_id, sha256)."""
        return self._catalog.known()

    def languages(self) -> tuple[str | None, ...]:
        """Return the distinct languages of the articles."""
        return self._catalog.languages()

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of articles, sentences and passages."""
        return self._catalog.counts()

    def dense(self, vector: NDArray[np.float32], k: int, limits: Filter) -> list[Scored]:
        """Return the passages of the ``k`` nearest sentences, best first."""
        with self._guard:
            self._notice()
            nearest = self._dense.search(vector, k, self._catalog, limits)
            passages = self._catalog.passages_of_sentences([row for row, _ in nearest])
        best: dict[int, float] = {}
        for row, score in nearest:
            if row in passages:
                best.setdefault(passages[row], score)
        return [Scored(row, score) for row, score in best.items()]

    def lexical(self, terms: Sequence[str], k: int, limits: Filter, boosts: Boosts) -> list[Scored]:
        """Return the ``k`` best passages by BM25."""
        with self._guard:
            self._notice()
            return self._lexical.search(terms, k, self._catalog, limits, boosts)

    def found(self, rows: Sequence[int]) -> list[Found]:
        """Return the passages of these rows."""
        return self._catalog.found(rows)

    def vectors(self, rows: Sequence[int]) -> list[NDArray[np.float32]]:
        """Return the sentences' vectors of each passage row: shape (sentences, dimension)."""
        with self._guard:
            spans = self._catalog.sentences_of_passages(rows)
            ids = [i for row in rows for i in spans[row]]
            vectors = self._dense.vectors(np.array(ids, np.int64))
        parts, first = [], 0
        for row in rows:
            parts.append(vectors[first : first + len(spans[row])])
            first += len(spans[row])
        return parts

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those with each term."""
        with self._guard:
            return self._lexical.frequencies(terms)

    def place(self) -> tuple[str, int, int]:
        """Return the folder, its size in bytes and the catalog's generation."""
        size = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        return str(self.folder), size, self._catalog.generation

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the folder, a line each."""
        return verification.problems(self.folder, self._catalog)

    def damaged(self) -> list[tuple[int, Article]]:
        """Return the articles whose vectors were found damaged, by row, to be embedded again."""
        return [(row, self._catalog.live(row)[0]) for row in self._dense.damaged]

    def mend(self, row: int, vectors: NDArray[np.float16]) -> None:
        """Replace an article's damaged vectors."""
        with self.writing():
            self._catalog.replace_vectors(row, vectors)
            self.manifest = replace(self.manifest, dense=Part())
            self._dense = Dense(None, self.manifest.dimension, 0)

    def close(self) -> None:
        """Close the catalog and release the lexical part."""
        self._lexical.close()
        self._catalog.close()

    def _load_manifest(self) -> Manifest:
        """Read the manifest, or make it anew of what the catalog keeps."""
        try:
            manifest = Manifest.load(self.folder)
        except (IndexMissing, IndexDamaged) as error:
            settings = self._catalog.settings()
            if not settings:
                raise IndexDamaged(
                    f"neither the manifest nor the catalog in {self.folder} says how the index was made ({error}); "
                    "remove the folder and add the articles again"
                ) from error
            check_format(self.folder, int(settings["format"]))
            manifest = Manifest.from_settings(settings)
        return manifest

    def _open_parts(self) -> None:
        """Open both derived parts; where one is torn or behind, derive it on disk, or in memory if we may not write."""
        whole = self._open_dense() & self._open_lexical()
        if not whole and self._writable:
            try:
                with self._lock.acquire(timeout=0):
                    self._bring_up(None)
                    return
            except filelock.Timeout:
                pass  # whoever writes now brings the parts up
        self._notice(force=True)

    def _open_dense(self) -> bool:
        try:
            self._dense = Dense(self.folder, self.manifest.dimension, self.manifest.dense.generation)
        except IndexDamaged:
            self._dense = Dense(None, self.manifest.dimension, 0)
            return False
        return self._dense.generation >= self._catalog.purged

    def _open_lexical(self) -> bool:
        generation = self.manifest.lexical.generation
        try:
            self._lexical = Lexical(self.folder / lexical_folder.FOLDER, generation)
            if generation < self._catalog.generation:
                return False
            if self._lexical.passages() == self._catalog.counts()[2]:
                return True
        except IndexDamaged:
            pass
        self._lexical = Lexical(None, 0)
        return False

    def _notice(self, *, force: bool = False) -> None:
        """Take up what any writer has committed since the last search."""
        seen = (self._catalog.generation, _changed(self.folder / manifest_file.FILE))
        if not force and seen == self._seen:
            return
        if not force and self._writable and self._depth == 0:
            self.manifest = self._load_manifest()
            if self.manifest.dense.generation != self._dense.generation:
                self._dense = Dense(self.folder, self.manifest.dimension, self.manifest.dense.generation)
        self._dense.refresh(self._catalog)
        if self._lexical.in_memory:
            self._lexical.bring_up(self._catalog)
        else:
            self._lexical.refresh()
        self._seen = seen

    def _bring_up(self, progress: Progress | None) -> None:
        """Bring the derived parts up to the catalog and say so in the manifest; the write lock is held."""
        with self._guard:
            self._dense.refresh(self._catalog)
            if (self._dense.due() or self._catalog.purge_due(UNDO_SECONDS)) and self._catalog.purge(UNDO_SECONDS):
                self._derive_lexical()
            if self._lexical.in_memory:
                self._derive_lexical()
            self._lexical.bring_up(self._catalog, progress)
            dense = self.manifest.dense
            if self._dense.due() or dense.generation < self._catalog.purged:
                self._dense, sha256 = Dense.build(self.folder, self._catalog, self.manifest.dimension)
                dense = Part(self._dense.generation, sha256)
            lexical = Part(self._lexical.generation, self._lexical.sha256())
            self.manifest = replace(self.manifest, dense=dense, lexical=lexical)
            self.manifest.save(self.folder)
            self._notice(force=True)

    def _derive(self) -> None:
        """Have both parts made anew, so that nothing destroyed is left in them."""
        self._derive_lexical()
        self.manifest = replace(self.manifest, dense=Part())

    def _derive_lexical(self) -> None:
        shutil.rmtree(self.folder / lexical_folder.FOLDER, ignore_errors=True)
        self._lexical = Lexical(self.folder / lexical_folder.FOLDER, 0)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
