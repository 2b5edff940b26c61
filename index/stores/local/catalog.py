"""The catalog: one SQLite file that is the truth about an index.

Everything else on disk is derived from it. Each transaction raises the generation by one and is on the disk
(synchronous=FULL) when the call returns. Row ids are never given twice, so a derived part can name rows safely.
A removed article keeps its rows, hidden, until ``purge`` overwrites them.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexError_
from index.stores.base import HISTORY, Change, Entry, Facets, Found, Record, Removed, from_iso
from index.stores.local.stories import Stories
from index.terms import ANALYSIS, passage_terms
from index.types import Article, Filter, Locator, Passage, Sentence

FILE = "catalog.sqlite"
REMEDY = "restore it from a copy, or remove the folder and add the articles again"

# Numbers alone: a title here would outlive the article that was destroyed.
_CHANGES = (
    "CREATE TABLE IF NOT EXISTS changes (generation INTEGER PRIMARY KEY, at REAL NOT NULL, "
    "added INTEGER, replaced INTEGER, removed INTEGER, restored INTEGER)"
)
# What each question or addition asks of all articles is read from these, not from the articles themselves.
_INDEXES = {
    "origins": "CREATE INDEX origins ON articles (origin) WHERE removed_at IS NULL",
    "generations": "CREATE INDEX generations ON articles (generation) WHERE removed_at IS NULL",
    "facets": ("CREATE INDEX facets ON articles (source, published, language, sentences) WHERE removed_at IS NULL"),
}
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 1), ('purged', 0);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id TEXT NOT NULL, origin TEXT NOT NULL, title TEXT NOT NULL, url TEXT, source TEXT, published TEXT,
    language TEXT, authors TEXT NOT NULL, published_from TEXT, locators TEXT NOT NULL,
    sha256 TEXT NOT NULL, text_sha256 TEXT NOT NULL, characters INTEGER NOT NULL, sentences INTEGER NOT NULL,
    generation INTEGER NOT NULL, removed_at REAL, removed_generation INTEGER, replaced INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX live ON articles (doc_id) WHERE removed_at IS NULL;
CREATE INDEX removed ON articles (removed_generation) WHERE removed_at IS NOT NULL;
CREATE TABLE texts (article INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL, number INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, terms BLOB NOT NULL);
CREATE INDEX passages_of ON passages (article);
CREATE TABLE sentences (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL, passage INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL);
CREATE INDEX sentences_of ON sentences (article);
CREATE TABLE vectors (
    article INTEGER PRIMARY KEY, dimension INTEGER NOT NULL, rows BLOB NOT NULL, sha256 TEXT NOT NULL);
"""
_COLUMNS = (
    "doc_id, title, url, source, published, language, authors, published_from, locators, origin, "
    "sha256, text_sha256, characters, sentences, generation"
)
_ENTRY = "doc_id, title, url, source, published, language, sentences, characters"
# What was last removed under its doc_id, which nothing else has taken since.
_RESTORABLE = (
    "FROM articles a WHERE id IN (SELECT max(id) FROM articles WHERE removed_at IS NOT NULL AND NOT replaced "
    "GROUP BY doc_id) AND removed_at > ? AND NOT EXISTS (SELECT 1 FROM articles b WHERE b.doc_id = a.doc_id "
    "AND b.removed_at IS NULL)"
)
_WITH_TEXT = "FROM articles JOIN texts ON article = id"
_HASH = np.dtype("<u4")  # of a term
_LIMITS = 16  # for which it is remembered what they admit
_CHUNK = 500  # parameters of one IN (...) list
_PAGES = 1000  # copied between two reports of progress


def is_writable(folder: Path) -> bool:
    """Tell whether the catalog of a folder may be written."""
    return os.access(folder, os.W_OK) and os.access(folder / FILE, os.W_OK)


class Catalog:
    """The open catalog; calls may come from any thread, one at a time."""

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        """Open the catalog of ``folder``; raises IndexDamaged when it is none."""
        self._path = folder / FILE
        self._lock = threading.RLock()
        self.stories = Stories(self._all)
        self._whole: dict[int, bool] = {}  # article row -> it matched its hash when first read
        self._facets = (-1, Facets())
        self._admitted: tuple[int, dict[Filter, NDArray[np.int64]]] = -1, {}
        with _failures(self._path):
            uri = self._path.absolute().as_uri() + ("?mode=rw" if writable else _read_only(self._path))
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
        # A damaged text must still be read to be named, so it may not fail to decode.
        self._db.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            with _failures(self._path):
                if not self._has("settings"):  # looked at first, so that nothing is written into what is no catalog
                    raise sqlite3.DatabaseError("it holds no tables")
                if writable:
                    _prepare(self._db)
            self._opened = self._path.stat()
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def create(cls, folder: Path, settings: dict[str, str]) -> "Catalog":
        """Make an empty catalog that keeps ``settings``, in one transaction; raises IndexError_ if there is one."""
        path = folder / FILE
        with _failures(path), closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
            _prepare(db)
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT 1 FROM sqlite_master").fetchall():
                raise IndexError_(f"{folder} already holds an index; open it, or make the new one in another folder")
            for statement in [*_SCHEMA.split(";\n"), _CHANGES, *_INDEXES.values()]:
                db.execute(statement)
            Stories(lambda sql, given: db.execute(sql, given).fetchall()).prepare()
            db.execute("INSERT INTO meta VALUES ('analysis', ?)", (ANALYSIS,))
            db.executemany("INSERT INTO settings VALUES (?, ?)", list(settings.items()))
            db.execute("COMMIT")
        return cls(folder)

    @property
    def generation(self) -> int:
        """Return the number of the last committed change."""
        return self._meta("generation")

    @property
    def purged(self) -> int:
        """Return the generation of the last purge: derived parts older than it may hold what was destroyed."""
        return self._meta("purged")

    def settings(self) -> dict[str, str]:
        """Return what the index was created with: format, embedder, sha256, dimension, passage tokens."""
        return dict(self._all("SELECT key, value FROM settings"))

    def write(self, records: Sequence[Record]) -> None:
        """Add the records in one transaction; an article with the same doc_id is replaced."""
        with self._transaction() as generation:
            self.stories.catch_up()
            replaced = 0
            for record in records:
                replaced += self._replace(record.article.doc_id, generation)
                self._insert(record, generation)
            self._record(generation, added=len(records) - replaced, replaced=replaced)

    def remove(self, doc_ids: Sequence[str]) -> None:
        """Hide the articles, in one transaction; unknown ids are ignored."""
        with self._transaction() as generation:
            gone = self._db.executemany(
                "UPDATE articles SET removed_at = ?, removed_generation = ? WHERE doc_id = ? AND removed_at IS NULL",
                [(time.time(), generation, doc_id) for doc_id in doc_ids],
            ).rowcount
            self.stories.forget(self.removed_since(generation - 1))
            self._record(generation, removed=gone)

    def restore(self, doc_ids: Sequence[str], within: float) -> list[str]:
        """Bring back articles removed less than ``within`` seconds ago and return their ids.

        They get a new generation, so that every derived part takes them up again.
        """
        with self._transaction() as generation:
            rows = dict(self._all(f"SELECT doc_id, id {_RESTORABLE}", (time.time() - within,)))
            found = [doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id in rows]
            self._db.executemany(
                "UPDATE articles SET removed_at = NULL, removed_generation = NULL, generation = ? WHERE id = ?",
                [(generation, rows[doc_id]) for doc_id in found],
            )
            for doc_id in found:
                self.stories.place(rows[doc_id])
            self._record(generation, restored=len(found))
        return found

    def removed(self, within: float) -> list[Removed]:
        """Return what ``restore`` would bring back, the last removed first."""
        until = _iso("removed_at", within)
        rows = self._all(
            f"SELECT {_ENTRY}, {self._changed()}, {until} {_RESTORABLE} ORDER BY removed_generation DESC, doc_id",
            (time.time() - within,),
        )
        return [Removed(Entry(*row[:-1]), row[-1]) for row in rows if row[-1]]

    def changes(self, since: str | None = None) -> list[Change]:
        """Return the last changes, the latest first; none in a catalog that is older than its table of them."""
        first = from_iso(since) if since else 0.0
        if not self._has("changes"):
            return []
        rows = self._all(
            f"SELECT {_iso('at')}, added, replaced, removed, restored FROM changes WHERE at >= ? "
            "ORDER BY generation DESC LIMIT ?",
            (first, HISTORY),
        )
        return [Change(*row) for row in rows if row[0]]

    def begin_history(self) -> None:
        """Make what a catalog that is older than it lacks: the table of changes, indexes, and tables of stories."""
        for name, statement in {"changes": _CHANGES, **_INDEXES}.items():
            if not self._has(name):
                self._all(statement)
        self.stories.prepare()

    def analyse_again(self) -> bool:
        """Make the terms of all articles anew where they were made in an earlier way, and tell whether they were.

        What is derived from them then has to be made anew as well.
        """
        if self._all("SELECT 1 FROM meta WHERE key = 'analysis' AND value = ?", (ANALYSIS,)):
            return False
        with self._transaction() as generation:
            for (row,) in self._all("SELECT id FROM articles"):
                with suppress(IndexDamaged):  # such an article is withheld anyway, until it is added again
                    self._analyse(row)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('analysis', ?)", (ANALYSIS,))
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'purged'", (generation,))
        return True

    def purge_due(self, older_than: float) -> bool:
        """Tell whether an article was removed at least ``older_than`` seconds ago and still lies here."""
        return bool(
            self._all(
                "SELECT 1 FROM articles WHERE removed_at <= ? AND NOT replaced LIMIT 1", (time.time() - older_than,)
            )
        )

    def purge(self, older_than: float = 0.0) -> int:
        """Destroy the rows of articles removed at least ``older_than`` seconds ago, and of all replaced ones.

        Returns how many articles. Their text and vectors are overwritten on disk (secure_delete, WAL emptied).
        """
        with self._lock:
            rows = self._all(
                "SELECT id FROM articles WHERE removed_at IS NOT NULL AND (replaced OR removed_at <= ?)",
                (time.time() - older_than,),
            )
            if not rows:
                return 0
            with self._transaction() as generation:
                for table in ("texts", "vectors", "sentences", "passages"):
                    self._db.executemany(f"DELETE FROM {table} WHERE article = ?", rows)
                self._db.executemany("DELETE FROM articles WHERE id = ?", rows)
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'purged'", (generation,))
            self._all("PRAGMA wal_checkpoint(TRUNCATE)")
            return len(rows)

    def article(self, doc_id: str) -> Article | None:
        """Return a live article, or None; raises IndexDamaged when its text or metadata do not match their hash."""
        found = self._all(
            f"SELECT {_COLUMNS}, text {_WITH_TEXT} WHERE doc_id = ? AND removed_at IS NULL",
            (doc_id,),
        )
        if not found:
            return None
        article = _article(found[0])
        if article.sha256 != found[0][10]:
            raise IndexDamaged(
                f"article {doc_id!r} is damaged (the hash of its text and metadata differs) and is withheld; "
                "add the article again"
            )
        return article

    def entries(self) -> Iterator[Entry]:
        """Yield every live article without its text, in order of doc_id."""
        yield from (
            Entry(*row)
            for row in self._all(
                f"SELECT {_ENTRY}, {self._changed()} FROM articles a WHERE removed_at IS NULL ORDER BY doc_id"
            )
        )

    def known(self) -> dict[str, tuple[str, str]]:
        """Return origin -> (doc_id, sha256) of the live articles."""
        rows = self._all("SELECT origin, doc_id, sha256 FROM articles WHERE removed_at IS NULL")
        return {origin: (doc_id, sha256) for origin, doc_id, sha256 in rows}

    def named(self, origin: str) -> tuple[str, str] | None:
        """Return the doc_id and the hash of the live article of an origin, or None."""
        found = self._all("SELECT doc_id, sha256 FROM articles WHERE origin = ? AND removed_at IS NULL", (origin,))
        return tuple(found[0]) if found else None

    def origin(self, doc_id: str) -> str | None:
        """Return the origin of a live article, or None."""
        found = self._all("SELECT origin FROM articles WHERE doc_id = ? AND removed_at IS NULL", (doc_id,))
        return str(found[0][0]) if found else None

    def facets(self) -> Facets:
        """Return the languages, sources and dates of the live articles, looked up once for each generation."""
        generation = self.generation
        if generation != self._facets[0]:
            live = "FROM articles WHERE removed_at IS NULL"
            languages, sources = (
                tuple(sorted((value for (value,) in self._all(f"SELECT DISTINCT {column} {live}")), key=str))
                for column in ("language", "source")
            )
            days = self._all(f"SELECT substr(min(published), 1, 10), substr(max(published), 1, 10) {live}")[0]
            self._facets = generation, Facets(languages, tuple(filter(None, sources)), *days)
        return self._facets[1]

    def found(self, rows: Sequence[int]) -> list[Found]:
        """Return the live passages of these rows, in their order, without what is damaged or of a damaged article."""
        by_row: dict[int, Found] = {}
        for part in _chunks(rows):
            marks = _marks(part)
            spans = self._spans(f"p.id IN ({marks})", part)
            for row, article, doc_id, title, language, number, start, end, sentences, text in self._all(
                'SELECT p.id, a.id, doc_id, title, language, number, start, "end", last - first + 1, '
                'substr(text, start + 1, "end" - start) '
                "FROM passages p JOIN articles a ON a.id = p.article JOIN texts t ON t.article = a.id "
                f"WHERE p.id IN ({marks}) AND removed_at IS NULL",
                part,
            ):
                own = spans.get(row, [])
                if len(own) == sentences and _are_within(own, start, end) and self._is_whole(article):
                    by_row[row] = Found(row, _passage(doc_id, number, start, end, own), title, text, language)
        return [by_row[row] for row in rows if row in by_row]

    def _spans(self, which: str, parameters: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
        """Return passage row -> the spans of its sentences, for the passages of an SQL condition."""
        spans: dict[int, list[tuple[int, int]]] = {}
        for row, start, end in self._all(
            'SELECT p.id, s.start, s."end" FROM passages p JOIN sentences s ON s.id BETWEEN p.first AND p.last '
            f"WHERE {which} ORDER BY s.id",
            parameters,
        ):
            spans.setdefault(row, []).append((start, end))
        return spans

    def _is_whole(self, article: int) -> bool:
        """Tell whether an article matches its hash, which is looked at once."""
        if article not in self._whole:
            for row in self._all(f"SELECT {_COLUMNS}, text {_WITH_TEXT} WHERE id = ?", (article,)):
                self._whole[article] = _article(row).sha256 == row[10]
        return self._whole.get(article, False)

    def passages_of_sentences(self, sentences: Sequence[int]) -> dict[int, int]:
        """Return sentence row -> the row of its passage."""
        found: dict[int, int] = {}
        for part in _chunks(sentences):
            found.update(self._all(f"SELECT id, passage FROM sentences WHERE id IN ({_marks(part)})", part))
        return found

    def evidence(self, rows: Sequence[int]) -> dict[int, tuple[range, NDArray[np.uint32], str | None]]:
        """Return passage row -> the rows of its sentences, the hashes of its terms and its article's language.

        Of live articles alone; the rows of sentences are consecutive, and none where they are damaged.
        """
        found: dict[int, tuple[range, NDArray[np.uint32], str | None]] = {}
        for part in _chunks(rows):
            # No passage has more sentences than its article: a range that was damaged is not followed.
            for row, first, last, data, language in self._all(
                "SELECT p.id, first, CASE WHEN last - first < sentences THEN last ELSE first - 1 END, "
                "CAST(terms AS BLOB), language "
                f"FROM passages p JOIN articles a ON a.id = p.article WHERE p.id IN ({_marks(part)}) "
                "AND removed_at IS NULL",
                part,
            ):
                terms = np.frombuffer(data, _HASH, len(data) // _HASH.itemsize)
                found[row] = range(first, last + 1), terms, language
        return found

    def languages(self) -> list[tuple[str | None, int]]:
        """Return each language and its number of live articles, those with most first."""
        return self._all(
            "SELECT language, count(*) FROM articles WHERE removed_at IS NULL GROUP BY language "
            "ORDER BY count(*) DESC, coalesce(language, '')"
        )

    def admitted(self, limits: Filter) -> NDArray[np.int64]:
        """Return the rows of the live articles that ``limits`` admits, ascending; the same array when asked again."""
        generation = self.generation
        if generation != self._admitted[0] or len(self._admitted[1]) > _LIMITS:
            self._admitted = generation, {}
        known = self._admitted[1]
        if limits not in known:
            # Together, since most articles share their source and date with many.
            alike = self._all(
                "SELECT source, published, group_concat(id) FROM articles WHERE removed_at IS NULL "
                "GROUP BY source, published"
            )
            rows = ",".join(ids for source, published, ids in alike if limits.admits(source, published))
            known[limits] = np.sort(np.array(rows.split(","), np.int64)) if rows else np.zeros(0, np.int64)
        return known[limits]

    def rows_of(self, articles: Sequence[int] | NDArray[np.int64]) -> dict[int, tuple[range, range]]:
        """Return article -> the rows of its sentences and those of its passages, each of which are consecutive."""
        found: dict[str, dict[int, range]] = {"sentences": {}, "passages": {}}
        for table, rows in found.items():
            for part in _chunks(articles):
                marks = _marks(part)
                for article, first, count in self._all(
                    f"SELECT article, min(id), count(*) FROM {table} WHERE article IN ({marks}) GROUP BY article", part
                ):
                    rows[article] = range(first, first + count)
        sentences, passages = found.values()
        return {article: (rows, passages[article]) for article, rows in sentences.items() if article in passages}

    def removed_since(self, generation: int) -> list[int]:
        """Return the article rows hidden after ``generation`` (purged ones are no longer known)."""
        return [
            r
            for (r,) in self._all(
                "SELECT id FROM articles WHERE removed_at IS NOT NULL AND removed_generation > ?", (generation,)
            )
        ]

    def hidden(self) -> list[int]:
        """Return the rows of all articles that are removed and not yet purged."""
        return [r for (r,) in self._all("SELECT id FROM articles WHERE removed_at IS NOT NULL")]

    def added_since(self, generation: int) -> list[int]:
        """Return the live article rows written or restored after ``generation``, ascending."""
        # Not sorted by SQLite, which would rather go through all articles in their order.
        rows = self._all("SELECT id FROM articles WHERE generation > ? AND removed_at IS NULL", (generation,))
        return sorted(r for (r,) in rows)

    def live(self, row: int) -> tuple[Article, dict[int, Passage], str]:
        """Return an article by its row, its passages by theirs in reading order, and the hash it should have.

        Where it has another, it comes without the metadata that would have to be understood.
        """
        found = self._all(f"SELECT {_COLUMNS}, text {_WITH_TEXT} WHERE id = ?", (row,))
        if not found:
            raise IndexDamaged(f"{self._path} has lost the text of article row {row}; add the articles again")
        article, spans = _article(found[0]), self._spans("p.article = ?", (row,))
        if article.sha256 != found[0][10]:
            article = replace(article, published=None, language=None, authors=(), locators=())
        passages = {
            passage: _passage(article.doc_id, number, start, end, spans.get(passage, ()))
            for passage, number, start, end in self._all(
                'SELECT id, number, start, "end" FROM passages WHERE article = ? ORDER BY id', (row,)
            )
        }
        return article, passages, found[0][10]

    def vectors(self, row: int) -> NDArray[np.float16]:
        """Return an article's vectors as in ``Record``; raises IndexDamaged when they differ from their hash."""
        found = self._all("SELECT dimension, CAST(rows AS BLOB), sha256 FROM vectors WHERE article = ?", (row,))
        dimension, data, sha256 = found[0] if found else (0, None, "")
        # The hash is of the rows alone: a damaged dimension would cut them wrongly.
        cut = isinstance(dimension, int) and dimension > 0 and len(data or b"") % (2 * dimension) == 0
        if not cut or hashlib.sha256(data or b"").hexdigest() != sha256:
            raise IndexDamaged(f"the vectors of article row {row} are damaged")
        return np.frombuffer(data or b"", np.float16).reshape(-1, dimension)

    def replace_vectors(self, row: int, vectors: NDArray[np.float16]) -> None:
        """Write an article's vectors anew, after they were found damaged."""
        with self._transaction():
            self._db.execute("DELETE FROM vectors WHERE article = ?", (row,))
            self._insert_vectors(row, vectors)

    def sentences_of(self, row: int) -> list[Sentence]:
        """Return the sentences of an article row in reading order."""
        return [
            Sentence(*r)
            for r in self._all(
                'SELECT doc_id, s.start, s."end" FROM sentences s JOIN articles a ON a.id = s.article '
                "WHERE s.article = ? ORDER BY s.id",
                (row,),
            )
        ]

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of live articles, sentences and passages."""
        return self._all(
            "SELECT count(*), coalesce(sum(sentences), 0), (SELECT count(*) FROM passages) - (SELECT count(*) FROM "
            "articles a JOIN passages p ON p.article = a.id WHERE removed_at IS NOT NULL) "
            "FROM articles WHERE removed_at IS NULL"
        )[0]

    def check(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file; an empty list when nothing is."""
        try:
            return [line for (line,) in self._all("PRAGMA integrity_check") if line != "ok"]
        except IndexError_ as error:
            return [str(error)]

    @property
    def in_place(self) -> bool:
        """Tell whether the file that was opened still lies in its folder, where another may have been put since."""
        try:
            return os.path.samestat(self._opened, self._path.stat())
        except FileNotFoundError:
            return False

    def copy(self, folder: Path, progress: Callable[[int], None]) -> None:
        """Write the catalog as it is at this moment into ``folder``, while other processes may go on writing.

        ``progress`` is called with how much of it was written, in hundredths.
        """
        with self._lock, _failures(self._path), closing(sqlite3.connect(folder / FILE)) as copy:
            # In a transaction the file stays as it is for us; without, each write of another process would begin the
            # copy again, and it might never end.
            self._db.execute("BEGIN")
            try:
                self._db.execute("SELECT value FROM meta").fetchall()
                self._db.backup(
                    copy,
                    pages=_PAGES,
                    progress=lambda status, left, pages: progress(100 * (pages - left) // max(pages, 1)),
                )
            finally:
                self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; SQLite then folds its log into it."""
        with self._lock:
            self._db.close()

    def _has(self, table: str) -> bool:
        return bool(self._all("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)))

    def _changed(self) -> str:
        """Return SQL for when the article of the row ``a`` was last changed.

        It is looked up anew each time: a writer may have begun the history of a catalog that a reader holds open.
        """
        if not self._has("changes"):
            return "NULL"
        return f"(SELECT {_iso('at')} FROM changes c WHERE c.generation = a.generation)"

    def _meta(self, key: str) -> int:
        found = self._all("SELECT value FROM meta WHERE key = ? AND typeof(value) = 'integer'", (key,))
        if not found:
            raise IndexDamaged(f"{self._path} has lost its {key}; {REMEDY}")
        return int(found[0][0])

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, _failures(self._path):
            return self._db.execute(sql, parameters).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[int]:
        """Run one transaction and yield its generation."""
        with self._lock, _failures(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
                yield self.generation
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._db.execute("ROLLBACK")
                raise

    def _record(
        self, generation: int, *, added: int = 0, replaced: int = 0, removed: int = 0, restored: int = 0
    ) -> None:
        """Write into the history what a transaction did, unless it did nothing."""
        if added or replaced or removed or restored:
            self._db.execute(
                "INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?, ?)",
                (generation, time.time(), added, replaced, removed, restored),
            )

    def _replace(self, doc_id: str, generation: int) -> int:
        """Hide the article that another is about to replace; return how many there were, 0 or 1."""
        rows = self._all("SELECT id FROM articles WHERE doc_id = ? AND removed_at IS NULL", (doc_id,))
        self.stories.forget([row for (row,) in rows])
        return self._db.execute(
            "UPDATE articles SET removed_at = ?, removed_generation = ?, replaced = 1 "
            "WHERE doc_id = ? AND removed_at IS NULL",
            (time.time(), generation, doc_id),
        ).rowcount

    def _insert(self, record: Record, generation: int) -> None:
        a = record.article
        row = self._db.execute(
            f"INSERT INTO articles ({_COLUMNS}) VALUES ({','.join('?' * 15)})",
            (
                a.doc_id, a.title, a.url, a.source, a.published, a.language, json.dumps(a.authors), a.published_from,
                json.dumps([(x.start, x.label, x.fragment) for x in a.locators]), a.origin,
                a.sha256, a.text_sha256, len(a.text), len(record.sentences), generation,
            ),
        ).lastrowid  # fmt: skip
        assert row is not None
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (row, a.text))
        self.stories.place(row)
        # Ids are given here rather than by SQLite, so that a passage can name its sentences before they are written.
        sentence, passage_row = (self._last(table) + 1 for table in ("sentences", "passages"))
        terms = passage_terms(a, record.passages)
        for number, (passage, fields) in enumerate(zip(record.passages, terms, strict=True)):
            last = sentence + len(passage.sentences) - 1
            hashes = fields.hashes().astype(_HASH).tobytes()
            self._db.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (passage_row, row, number, passage.start, passage.end, sentence, last, hashes),
            )
            self._db.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
                [(i, row, passage_row, s.start, s.end) for i, s in enumerate(passage.sentences, sentence)],
            )
            sentence, passage_row = last + 1, passage_row + 1
        self._insert_vectors(row, record.vectors)

    def _analyse(self, row: int) -> None:
        """Make the terms of an article row anew."""
        article, passages, sha256 = self.live(row)
        if article.sha256 == sha256:
            terms = passage_terms(article, passages.values())
            made = [(x.hashes().astype(_HASH).tobytes(), p) for p, x in zip(passages, terms, strict=True)]
            self._db.executemany("UPDATE passages SET terms = ? WHERE id = ?", made)

    def _last(self, table: str) -> int:
        """Return the highest id ever given in ``table``."""
        found = self._all("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(found[0][0]) if found else 0

    def _insert_vectors(self, row: int, vectors: NDArray[np.float16]) -> None:
        data = np.ascontiguousarray(vectors, np.float16).tobytes()
        self._db.execute(
            "INSERT INTO vectors VALUES (?, ?, ?, ?)",
            (row, vectors.shape[1], data, hashlib.sha256(data).hexdigest()),
        )


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexError_(
            f"{path} cannot be used ({error}); see that the disk has room, the folder can be written and no other "
            "program holds the file, or use a copy elsewhere"
        ) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter from messages that name damaged text
        raise IndexDamaged(f"{path} cannot be read as a catalog ({error}); {REMEDY}") from error


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA secure_delete=ON")


def _read_only(path: Path) -> str:
    """Return how to open a catalog in a folder that cannot be written, so cannot hold SQLite's -wal and -shm files."""
    log = path.with_name(path.name + "-wal")
    # What a writer has left in its log would be overlooked in a file that is said never to change.
    return "?mode=ro" if log.exists() and log.stat().st_size else "?mode=ro&immutable=1"


def _iso(column: str, later: float = 0.0) -> str:
    """Return SQL for a Unix time as ``to_iso`` writes it; NULL where a damaged one is no time at all."""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', CAST({column} AS INTEGER) + {int(later)}, 'unixepoch')"


def _article(row: Sequence[object]) -> Article:
    """Make an article of the columns of ``_COLUMNS`` and its text, as far as they can be read."""
    doc_id, title, url, source, published, language, authors, published_from, locators, origin = row[:10]
    try:
        names, places = tuple(json.loads(str(authors))), tuple(Locator(*x) for x in json.loads(str(locators)))
    except (TypeError, ValueError):
        names, places = ("?",), ()  # damaged: whatever stands here, the hash differs
    return Article(
        doc_id=str(doc_id),
        title=str(title),
        text=str(row[-1]),
        url=url,  # type: ignore[arg-type]
        source=source,  # type: ignore[arg-type]
        published=published,  # type: ignore[arg-type]
        language=language,  # type: ignore[arg-type]
        authors=names,
        published_from=published_from,  # type: ignore[arg-type]
        locators=places,
        origin=str(origin),
    )


def _passage(doc_id: str, number: int, start: int, end: int, spans: Sequence[tuple[int, int]]) -> Passage:
    sentences = tuple(Sentence(doc_id, *span) for span in spans)
    return Passage(f"{doc_id}#{number}", doc_id, start, end, sentences)


def _are_within(spans: Sequence[tuple[object, object]], start: object, end: object) -> bool:
    """Tell whether these are spans in order that lie within another; what was damaged may not even be numbers."""
    ends = [start, *(x for span in spans for x in span), end]
    return all(isinstance(x, int) for x in ends) and all(a <= b for a, b in pairwise(ends))  # type: ignore[operator]


def _marks(part: Sequence[int]) -> str:
    return ",".join("?" * len(part))


def _chunks(rows: Sequence[int] | NDArray[np.int64]) -> Iterator[list[int]]:
    for i in range(0, len(rows), _CHUNK):
        yield [int(r) for r in rows[i : i + _CHUNK]]
