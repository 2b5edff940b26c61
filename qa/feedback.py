"""What people say of answers, in a SQLite file of its own, and the evaluation collection that it makes.

No words of an article are kept, and no title: a text lives in one place only, the index, so that what is removed there
is gone here too. What is kept are places in articles, and hashes that tell whether the same words still stand there.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import platformdirs
from pydantic import TypeAdapter, ValidationError

from index.errors import FeedbackError, QuestionError
from index.stores.base import to_iso
from index.types import Article, Filter
from qa.evaluation.questions import check_folder
from qa.pipeline import CLOSEST
from qa.settings import Settings
from qa.types import Answer, Citation, SearchedFor
from qa.understanding import clean

VERDICTS = ("up", "down")
REASONS = ("wrong", "incomplete", "should_have_answered", "should_have_declined", "outdated")
FILE = "feedback.sqlite"
MAX_EARLIER = 20  # questions
MAX_COMMENT = 2000  # characters

_DEMO = "demo"  # what stands for the demo collection, whose own folder is a cache that may be made anew
_SCHEMA = 1
_BUSY = 3.0  # seconds that a writer waits for another process

Span = tuple[str, int, int]
"""The doc_id, start and end of a place in an article."""


class Articles(Protocol):
    """What writing a collection asks of an index."""

    def article(self, doc_id: str) -> Article | None:
        """Return an article with its text, or None."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a quotation stood, and those of other articles that said the same; ``text_sha256`` is its article's."""

    number: int
    doc_id: str
    start: int
    end: int
    text_sha256: str
    also: tuple["Cited", ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """Where a passage stood that was found; ``sha256`` is that of its own words."""

    doc_id: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """The settings that an answer was made with."""

    reader: str
    strictness: str
    threshold: float | None
    hits: int
    quotes: int


@dataclass(frozen=True, slots=True)
class Row:
    """What was said of one answer, and what the answer was; ``time`` is ISO 8601, UTC.

    ``earlier`` are the questions before it, oldest first. ``highlight`` is a span in the article of citation 1;
    ``hits`` are the first three. With ``use`` it is a row of an evaluation collection, whose answer is ``gold`` where
    somebody has chosen a passage. ``embedder`` and ``generation`` are those of the index.
    """

    answer_id: str
    time: str
    verdict: str
    reasons: tuple[str, ...]
    comment: str
    question: str
    earlier: tuple[str, ...]
    kind: str
    answered: bool
    confidence: float
    searched_for: SearchedFor
    citations: tuple[Cited, ...]
    highlight: tuple[int, int] | None
    hits: tuple[Near, ...]
    settings: Made | None
    embedder: str | None
    generation: int | None
    use: bool = False
    gold: Span | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that answers; ``sha256`` is that of the ``whole`` text around it, None being all of the article."""

    doc_id: str
    start: int
    end: int
    whole: tuple[int, int] | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known to be right for a question: the places that answer it, best first, or that none does."""

    answerable: bool
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that did not become one of a collection, and why."""

    answer_id: str
    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A collection that was written: how many questions it has, and the rows that it lacks."""

    questions: int
    left_out: tuple[LeftOut, ...]


class _Gone(Exception):
    """Why a row cannot become one of a collection."""


_ROW = TypeAdapter(Row)


def place(settings: Settings, folder: Path) -> Path:
    """Return the file that feedback on the index in ``folder`` is kept in; the demo's is in the user's own folder."""
    if settings.feedback is not None:
        return settings.feedback
    if str(settings.index) == _DEMO:
        return platformdirs.user_data_path("quoth") / "demo-feedback.sqlite"
    return folder / FILE


class Feedback:
    """The rows of one file, which the first of them makes; calls may come from any thread.

    Every method raises FeedbackError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(
        self,
        answer: Answer,
        verdict: str,
        reasons: Sequence[str] = (),
        *,
        earlier: Sequence[str] = (),
        settings: Settings | None = None,
        comment: str = "",
        embedder: str | None = None,
        generation: int | None = None,
    ) -> None:
        """Keep a verdict on an answer in place of the one before.

        ``use`` and ``gold`` stay as long as they mean the same. Raises FeedbackError for a verdict or reason that is
        unknown, and a comment that is too long.
        """
        _check(verdict, reasons)
        row = Row(
            answer_id=answer.id,
            time=to_iso(time.time()),
            verdict=verdict,
            reasons=tuple(reason for reason in REASONS if reason in reasons),
            comment=_comment(comment),
            question=clean(answer.question),
            earlier=_askable(earlier)[-MAX_EARLIER:],
            kind=answer.kind,
            answered=answer.answered,
            confidence=answer.confidence,
            searched_for=replace(
                answer.searched_for, near=(), kept=Filter(), likely="", about=""
            ),  # of use for the answer alone
            citations=tuple(map(_cited, answer.citations)),
            highlight=(answer.highlight.start, answer.highlight.end) if answer.highlight else None,
            hits=tuple(
                Near(hit.passage.doc_id, hit.passage.start, hit.passage.end, _sha256(hit.text))
                for hit in answer.hits[:CLOSEST]
            ),
            settings=_made(settings) if settings else None,
            embedder=embedder,
            generation=generation,
        )
        with self._writing() as db:
            _put(db, _kept(row, self._row(db, answer.id)))

    def use(self, answer_id: str, gold: Span | None = None) -> None:
        """Make a row one of an evaluation collection; ``gold``, in a passage that was shown, is chosen as its answer.

        Raises FeedbackError where that passage was not shown, and where it is not known what would be right.
        """
        self._said(answer_id)
        with self._writing() as db:
            row = replace(self._known(db, answer_id), use=True)
            if gold is not None:
                _check_gold(row, gold)
                row = replace(row, gold=gold)
            if expected(row) is None:
                raise FeedbackError(f"{row.question!r:.80} cannot be a row of a collection: {_missing(row)}")
            _put(db, row)

    def unuse(self, answer_id: str) -> None:
        """Make a row none of a collection any more, and forget the passage that was chosen for it."""
        self._said(answer_id)
        with self._writing() as db:
            _put(db, replace(self._known(db, answer_id), use=False, gold=None))

    def forget(self, answer_id: str) -> None:
        """Overwrite what was said of an answer, if anything was."""
        if self.get(answer_id) is not None:
            with self._writing() as db:
                db.execute("DELETE FROM answers WHERE id = ?", (answer_id,))

    def forget_before(self, moment: float) -> int:
        """Overwrite what was last said before a moment, in Unix time, and return how many rows that were."""
        with self._reading() as db:
            old = db and db.execute("SELECT 1 FROM answers WHERE time < ? LIMIT 1", (to_iso(moment),)).fetchone()
        if not old:
            return 0  # before a file is made for that
        with self._writing() as db:
            return db.execute("DELETE FROM answers WHERE time < ?", (to_iso(moment),)).rowcount

    def get(self, answer_id: str) -> Row | None:
        """Return what was said of an answer."""
        with self._reading() as db:
            return self._row(db, answer_id) if db else None

    def rows(self) -> list[Row]:
        """Return everything that was said, oldest first."""
        with self._reading() as db:
            found = db.execute("SELECT row FROM answers ORDER BY time, rowid").fetchall() if db else []
            return [self._parsed(text) for (text,) in found]

    def copy(self, path: Path) -> bool:
        """Write the rows as they are at this moment to a new file; False, and no file, where nothing was said yet."""
        with self._reading() as db:
            if db is None:
                return False
            with closing(sqlite3.connect(path)) as copy:
                db.backup(copy)
            return True

    def _said(self, answer_id: str) -> None:
        """Raise FeedbackError where nothing was said of an answer, before a file is made for that."""
        with self._reading() as db:
            self._known(db, answer_id)

    def _known(self, db: sqlite3.Connection | None, answer_id: str) -> Row:
        row = self._row(db, answer_id) if db else None
        if row is None:
            raise FeedbackError(
                f"{self.path}: nothing was said of the answer {answer_id!r:.80}; record a verdict first"
            )
        return row

    def _row(self, db: sqlite3.Connection, answer_id: str) -> Row | None:
        found = db.execute("SELECT row FROM answers WHERE id = ?", (answer_id,)).fetchone()
        return self._parsed(found[0]) if found else None

    def _parsed(self, text: object) -> Row:
        try:
            return _ROW.validate_json(text if isinstance(text, str | bytes) else "")
        except ValidationError as error:
            raise FeedbackError(
                f"{self.path}: a row of it is damaged; restore it from a copy, or move it away"
            ) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file; None where there is none, or nothing in it."""
        with self._failures():
            if not self.path.exists():
                yield None
                return
            with closing(self._connect("rw")) as db, db:
                db.execute("BEGIN")
                yield db if self._version(db) else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the file, making it where there is none, for one transaction."""
        with self._lock, self._failures():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect("rwc")) as db:
                with db:
                    db.execute("BEGIN")
                    self._version(db)  # before anything in it is changed
                # It is kept, so it takes effect once; where another process is in the way, the next call sets it.
                with suppress(sqlite3.OperationalError):
                    db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA secure_delete=ON")
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    if not self._version(db):
                        db.execute("CREATE TABLE answers (id TEXT PRIMARY KEY, time TEXT NOT NULL, row TEXT NOT NULL)")
                        db.execute(f"PRAGMA user_version={_SCHEMA}")
                    yield db

    def _connect(self, mode: str) -> sqlite3.Connection:
        # One for each call: SQLite's own may not be used by two threads at once, and the last one that is closed
        # takes the log beside the file away.
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY)

    def _version(self, db: sqlite3.Connection) -> int:
        """Return the version of the schema, 0 for an empty file; raises FeedbackError for another file.

        Within a transaction, as another process may be making the file.
        """
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == 0 and not tables:
            return 0
        if version not in (0, _SCHEMA) and tables <= {"answers"}:
            raise FeedbackError(
                f"{self.path} has version {version} of its schema, this version reads {_SCHEMA}; use the version of "
                "Quoth that wrote it, or name another file with the setting `feedback`"
            )
        if version != _SCHEMA or "answers" not in tables:
            raise FeedbackError(f"{self.path} is another program's file; name another file with the setting `feedback`")
        return version

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn the system's errors and SQLite's into ours."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise FeedbackError(
                f"{self.path} cannot be used ({reason}); see that its folder may be written, the disk has room and no "
                "other program holds the file, or name another with the setting `feedback`"
            ) from error
        except sqlite3.Error as error:
            raise FeedbackError(
                f"{self.path} cannot be read as feedback ({error}); move it away, restore it from a copy, or name "
                "another file with the setting `feedback`"
            ) from error


def expected(row: Row) -> Expected | None:
    """Return what is known to be right for a row's question; None where nothing is."""
    if row.verdict == "up" and row.answered and row.citations:
        first = row.citations[0]
        start, end = row.highlight or (first.start, first.end)
        marked = replace(first, start=start, end=end)
        return Expected(
            True, tuple(Place(c.doc_id, c.start, c.end, None, c.text_sha256) for c in (marked, *first.also))
        )
    if _declining(row):
        return None if _limited(row) else Expected(False)
    if row.verdict == "down" and row.gold is not None:
        found = _shown(row, row.gold)
        return Expected(True, (found,)) if found else None
    return None


def save(rows: Sequence[Row], index: Articles, folder: Path) -> Exported:
    """Write the rows in use as a collection in BEIR's layout, without ``corpus.jsonl``; see ``check_folder``.

    Every place is looked up in the index. A row whose first one is gone or has changed is left out; so is another
    article that said the same, without a word, as it is only one more answer. Nothing is written where no row is left.
    Raises FeedbackError where none is in use, and where none of the questions has an answer, as nothing can be
    measured then.
    """
    used = [row for row in rows if row.use]
    if not used:
        raise FeedbackError("no row is marked for use in a collection; mark some beneath answers on the page")
    check_folder(folder)
    queries, evidence, qrels, left_out = [], [], ["query-id\tcorpus-id\tscore"], []
    for row in used:
        known = expected(row)
        try:
            known, quotes = _looked_up(row, index)
        except _Gone as gone:
            left_out.append(LeftOut(row.answer_id, row.question, str(gone)))
            continue
        queries.append(_query(row, known, quotes))
        evidence += [
            {"query_id": row.answer_id, "doc_id": x.doc_id, "quote": quote, "start": x.start} for x, quote in quotes
        ]
        qrels += [f"{row.answer_id}\t{doc_id}\t1" for doc_id in dict.fromkeys(x.doc_id for x, _ in quotes)]
    if queries and not evidence:
        told = f"; {len(left_out)} others were left out, as {left_out[0].reason}" if left_out else ""
        raise FeedbackError(
            f"none of the {len(queries)} questions has an answer in the articles{told}; a collection needs "
            "at least one, so mark an answer that is right"
        )
    if queries:
        _write(folder, queries, evidence, qrels)
    return Exported(len(queries), tuple(left_out))


def to_json(row: Row) -> dict[str, object]:
    """Return a row as values that any JSON encoder takes; what was searched for is as in the JSON of an answer."""
    searched = row.searched_for
    parts = [{"text": part.text, **asdict(part.filter)} for part in searched.parts]
    values = {**asdict(searched), "named": bool(searched.named), "parts": parts}
    del values["near"], values["kept"], values["likely"], values["about"]
    return {"schema": _SCHEMA, **asdict(row), "searched_for": values}


def _check(verdict: str, reasons: Sequence[str]) -> None:
    if verdict not in VERDICTS:
        raise FeedbackError(f"the verdict {verdict!r:.80} is unknown; it is {' or '.join(VERDICTS)}")
    unknown = [reason for reason in reasons if reason not in REASONS]
    if unknown:
        raise FeedbackError(f"the reason {unknown[0]!r:.80} is unknown; give any of {', '.join(REASONS)}")
    if reasons and verdict == "up":
        raise FeedbackError(f"{', '.join(reasons)}: a reason says what is wrong, so its verdict is down")


def _comment(given: str) -> str:
    """Return a comment without control characters, half characters and white space around it."""
    kept = "".join(c if c.isprintable() else " " for c in given)
    comment = " ".join(kept.split())
    if len(comment) > MAX_COMMENT:
        raise FeedbackError(
            f"the comment has {len(comment):,} characters, at most {MAX_COMMENT:,} are kept; shorten it"
        )
    return comment


def _askable(questions: Sequence[str]) -> tuple[str, ...]:
    """Return the questions as they were asked, without those that could not be, as no later one leans on them."""
    kept = []
    for question in questions:
        with suppress(QuestionError):
            kept.append(clean(question))
    return tuple(kept)


def _cited(citation: Citation) -> Cited:
    also = tuple(map(_cited, citation.also))
    return Cited(citation.number, citation.doc_id, citation.start, citation.end, citation.text_sha256, also)


def _made(settings: Settings) -> Made:
    return Made(settings.reader, settings.strictness, settings.threshold, settings.hits, settings.quotes)


def _kept(row: Row, before: Row | None) -> Row:
    """Return a row with what was chosen for it before, where the answer that is right is still the same."""
    if before is None or before.verdict != row.verdict:
        return row
    chosen = replace(row, use=before.use, gold=before.gold)
    return chosen if expected(chosen) == expected(before) else row


def _put(db: sqlite3.Connection, row: Row) -> None:
    db.execute(
        "INSERT INTO answers VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET time = excluded.time, row = excluded.row",
        (row.answer_id, row.time, _ROW.dump_json(row).decode()),
    )


def _declining(row: Row) -> bool:
    """Tell whether it was said that no article answers."""
    return (row.verdict == "up" and row.kind == "declined") or "should_have_declined" in row.reasons


def _limited(row: Row) -> bool:
    """Tell whether the person searched only some of the articles, of which others may answer."""
    searched, named = row.searched_for, row.searched_for.named
    return (searched.sources, searched.since, searched.until) != (named.sources, named.since, named.until)


def _missing(row: Row) -> str:
    """Say what a row that has no expectation lacks."""
    if _declining(row):
        return "it was asked within limits that a collection cannot hold, and other articles may answer it; ask without"
    if row.verdict == "up":
        return "it got neither an answer nor the word that the articles don't say"
    if row.answered:
        return (
            "nothing says what is right; choose the passage that answers, or say that none does (should_have_declined)"
        )
    return "nothing says what is right; choose the passage that answers"


def _check_gold(row: Row, gold: Span) -> None:
    if row.verdict == "up" or _declining(row):
        raise FeedbackError(
            f"{row.question!r:.80}: a passage is chosen where the answer was wrong or missing, but it was said "
            f"{'that no article answers' if _declining(row) else 'to be right'}; change the verdict first"
        )
    if _shown(row, gold) is None:
        raise FeedbackError(f"{gold[0]!r:.80} {gold[1]}:{gold[2]} lies in no passage that was shown with the answer")


def _shown(row: Row, gold: Span) -> Place | None:
    """Return a chosen place with the hash of the passage that was shown around it, or of its article."""
    doc_id, start, end = gold
    for hit in row.hits:
        if hit.doc_id == doc_id and hit.start <= start < end <= hit.end:
            return Place(doc_id, start, end, (hit.start, hit.end), hit.sha256)
    for cited in (c for first in row.citations for c in (first, *first.also)):
        if cited.doc_id == doc_id and cited.start <= start < end <= cited.end:
            return Place(doc_id, start, end, None, cited.text_sha256)
    return None


def _looked_up(row: Row, index: Articles) -> tuple[Expected, list[tuple[Place, str]]]:
    """Return what is expected and the places that still stand, with their words; raises _Gone without the first."""
    known = expected(row)
    if known is None:
        raise _Gone(_missing(row))
    quotes = []
    for number, where in enumerate(known.places):
        try:
            quotes.append((where, _quote(where, index)))
        except _Gone:
            if number == 0:
                raise
    return known, quotes


def _quote(where: Place, index: Articles) -> str:
    article = index.article(where.doc_id)
    if article is None:
        raise _Gone(f"the index does not hold {where.doc_id!r}")
    begin, end = where.whole or (0, len(article.text))
    quote = article.text[where.start : where.end]
    if _sha256(article.text[begin:end]) != where.sha256 or not quote.strip():
        raise _Gone(f"{where.doc_id!r} has changed since")
    return quote


def _query(row: Row, known: Expected, quotes: Sequence[tuple[Place, str]]) -> dict[str, object]:
    query: dict[str, object] = {"_id": row.answer_id, "text": row.question, "type": row.verdict}
    query["answerable"] = known.answerable
    if row.verdict == "up" and row.highlight and quotes:
        query["answers"] = [quotes[0][1]]
    if row.earlier:
        query["user_turns"] = [*row.earlier, row.question]
    return query


def _write(
    folder: Path, queries: Sequence[dict[str, object]], evidence: Sequence[dict[str, object]], qrels: Sequence[str]
) -> None:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, values in (("queries", queries), ("evidence", evidence)):
        lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
