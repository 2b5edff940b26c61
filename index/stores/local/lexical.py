"""The lexical part: BM25 over passages, by Tantivy, memory-mapped.

Tantivy is handed finished terms, separated by spaces, and answers term queries; it never parses anything.
``bring_up`` repeats every change of the catalog since the part's generation. Each change is applied by deleting
and adding an article's passages, so repeating one that was already applied does no harm.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import shorten
from typing import Any

import tantivy

from index.errors import IndexDamaged
from index.stores.base import Boosts, Scored
from index.stores.local.catalog import Catalog
from index.terms import passage_terms
from index.types import Filter

FOLDER = "lexical"
_HEAP = 64_000_000  # bytes of terms held before a segment is written
_COUNTED = 10_000  # terms of which it is remembered how many passages hold them
_FIELDS = ("body", "title", "source", "date")


class Lexical:
    """The open lexical part."""

    def __init__(self, folder: Path | None, generation: int) -> None:
        """Open the part in ``folder``, or create it there when ``generation`` is 0; None keeps it in memory.

        Raises IndexDamaged when Tantivy cannot read it.
        """
        self.generation = generation
        self._folder = folder
        self._within: tuple[object, Any] = None, None  # the rows last admitted, and the query that admits them
        self._links: tempfile.TemporaryDirectory[str] | None = None
        with _damage(folder):
            try:
                self._index = self._open(folder)
                if self._index.schema != _schema():
                    raise ValueError("its fields are not those expected")
                self._look()
            except BaseException:
                self.close()
                raise

    @classmethod
    def build(cls, folder: Path, catalog: Catalog, progress: Callable[[int, int], None] | None = None) -> "Lexical":
        """Make the part of an index folder anew from the catalog, beside the old one, which it then replaces."""
        partial, final = folder / (FOLDER + ".new"), folder / FOLDER
        _discard(partial)
        made = cls(partial, 0)
        made.bring_up(catalog, progress)
        _discard(final)
        partial.replace(final)
        return cls(final, made.generation)

    def bring_up(self, catalog: Catalog, progress: Callable[[int, int], None] | None = None) -> None:
        """Apply every change of the catalog since this part's generation, in one Tantivy commit."""
        target = catalog.generation
        gone = catalog.removed_since(self.generation)
        added = catalog.added_since(self.generation)
        if gone or added:
            with _damage(self._folder):
                # One thread gives one segment order, so that the same articles always make the same files.
                writer = self._index.writer(_HEAP, 1)
                for article in [*gone, *added] if self.generation else []:
                    writer.delete_documents_by_query(self._term("article", str(article)))
            for done, row in enumerate(added):
                self._add(writer, catalog, row)
                if progress is not None:
                    progress(done + 1, len(added))
            with _damage(self._folder):
                writer.commit()
                writer.wait_merging_threads()
        self.generation = target
        self.refresh()

    @property
    def in_memory(self) -> bool:
        """Tell whether the part has no folder."""
        return self._folder is None

    def refresh(self) -> None:
        """See what another process has committed; keep what is open while that process makes the part anew."""
        with suppress(IndexDamaged), _damage(self._folder):
            self._index.reload()
            self._look()

    def search(self, terms: Sequence[str], k: int, catalog: Catalog, limits: Filter, boosts: Boosts) -> list[Scored]:
        """Return the ``k`` best passages by the sum over fields and distinct terms of boosted BM25."""
        weights = {"body": 1.0, "title": boosts.title, "source": boosts.source, "date": boosts.date}
        should = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), weights[field]))
            for term in dict.fromkeys(terms)
            for field in _FIELDS
            if weights[field]
        ]
        if not should or not self._searcher.num_docs:
            return []
        query = tantivy.Query.boolean_query(should)
        if limits:
            admitted = catalog.admitted(limits)
            if not len(admitted):
                return []
            if admitted is not self._within[0]:
                articles = tantivy.Query.term_set_query(self._index.schema, "article", [str(row) for row in admitted])
                self._within = admitted, tantivy.Query.const_score_query(articles, 0.0)
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, self._within[1]),
                ]
            )
        searcher = self._searcher  # one view for both calls, whatever another thread commits
        with _damage(self._folder):
            hits = searcher.search(query, limit=k, count=False).hits
            if not hits:
                return []
            rows = searcher.fast_field_values("passage", [address for _, address in hits])
        scored = [Scored(int(row or 0), float(score)) for (score, _), row in zip(hits, rows, strict=True)]
        return sorted(scored, key=lambda s: (-s.score, s.row))

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those with each term in their body."""
        searcher, counted = self._counted
        if len(counted) > _COUNTED:
            counted.clear()
        with _damage(self._folder):
            for term in terms:
                if term not in counted:
                    # Counted, as Tantivy's own document frequencies include what was removed until it is merged away.
                    found = searcher.search(self._term("body", term), limit=1, count=True)
                    counted[term] = int(found.count or 0)
            return int(searcher.num_docs), [counted[term] for term in terms]

    def passages(self) -> int:
        """Return the number of passages that can be found."""
        return int(self._searcher.num_docs)

    def sha256(self) -> str:
        """Hash the files that make up the committed part, in order of their names."""
        assert self._folder is not None
        digest = hashlib.sha256()
        with _damage(self._folder):
            segments = json.loads((self._folder / "meta.json").read_bytes())["segments"]
            stems = {segment["segment_id"].replace("-", "") for segment in segments}
        for path in sorted(self._folder.iterdir()):
            if path.name == "meta.json" or path.name.partition(".")[0] in stems:
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def close(self) -> None:
        """Release the folder of links that a read-only index needs."""
        if self._links is not None:
            self._links.cleanup()
            self._links = None

    def _look(self) -> None:
        """Search what is committed by now, of which nothing is counted yet."""
        self._searcher = self._index.searcher()
        self._counted: tuple[Any, dict[str, int]] = self._searcher, {}

    def _open(self, folder: Path | None) -> tantivy.Index:
        if folder is None:
            return tantivy.Index(_schema())
        if self.generation == 0:
            folder.mkdir()
            return tantivy.Index(_schema(), str(folder))
        if os.access(folder, os.W_OK):
            return tantivy.Index.open(str(folder))
        # Tantivy locks a folder even to read it; links to the files give it a folder that it may lock.
        # Its threads may still make a lock file there while the folder is removed.
        self._links = tempfile.TemporaryDirectory(prefix="quoth-", ignore_cleanup_errors=True)
        for path in folder.iterdir():
            if not path.name.endswith(".lock"):
                (Path(self._links.name) / path.name).symlink_to(path.absolute())
        return tantivy.Index.open(self._links.name)

    def _add(self, writer: tantivy.IndexWriter, catalog: Catalog, row: int) -> None:
        article, passages, _ = catalog.live(row)
        for passage, fields in zip(passages, passage_terms(article, passages.values()), strict=True):
            document = tantivy.Document()
            document.add_text("article", str(row))
            document.add_unsigned("passage", passage)
            for field in _FIELDS:
                document.add_text(field, " ".join(getattr(fields, field)))
            writer.add_document(document)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, term, "freq")


def _discard(path: Path) -> None:
    """Remove a part; it is moved away first, since a reader elsewhere may still make lock files under its name."""
    old = path.with_name(path.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if path.is_dir():
        path.rename(old)
        shutil.rmtree(old, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _damage(folder: Path | None) -> Iterator[None]:
    """Raise IndexDamaged for whatever Tantivy makes of damaged files: errors of many kinds, and panics."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise IndexDamaged(_unusable(folder, error)) from error
    except BaseException as error:
        # A panic in Rust cannot be named here: its class is made when Tantivy is loaded and exported nowhere.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexDamaged(_unusable(folder, error)) from error


def _unusable(folder: Path | None, error: BaseException) -> str:
    """Say in a line that Tantivy cannot use a folder; of some files it would repeat the whole content."""
    return f"Tantivy cannot use {folder or FOLDER} ({shorten(str(error), 120)})"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Articles are named by raw text: in Tantivy's Python binding, deletion by an unsigned field deletes nothing.
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("passage", stored=False, indexed=False, fast=True)
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()
