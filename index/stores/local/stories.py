"""The stories in the catalog: which of its articles are copies of which, and by what more would be found.

Each live article has a row in ``stories``, with a number that its copies share, and the bands of its signature in
``bands``. Both are derived from the texts and lie in the transaction that writes these: they go when an article is
hidden and are made again when it is restored. Nothing is held in memory.
"""

from collections.abc import Callable, Sequence

from index.duplicates import BANDS, SCHEME, Sketch, nearest

CREATE = {
    "stories": "CREATE TABLE IF NOT EXISTS stories (article INTEGER PRIMARY KEY, story INTEGER NOT NULL)",
    "stories_of": "CREATE INDEX IF NOT EXISTS stories_of ON stories (story)",
    "bands": (
        "CREATE TABLE IF NOT EXISTS bands (band INTEGER, article INTEGER, PRIMARY KEY (band, article)) WITHOUT ROWID"
    ),
    "bands_of": "CREATE INDEX IF NOT EXISTS bands_of ON bands (article)",
}
SCHEME_KEY = "stories"  # of the catalog's table ``meta``

_COMPARED = 8  # stories that a text is compared with
_SHARING = 4096  # articles that bands name, at most: more would be boilerplate, or one story a thousand times
_LATE = 256  # articles of an older catalog that are placed with each write
_SHARED = (
    "SELECT s.article, s.story FROM bands b CROSS JOIN stories s ON s.article = b.article "
    f"WHERE band IN ({','.join('?' * BANDS)}) AND typeof(story) = 'integer' LIMIT {_SHARING}"
)
_MISSING = (
    "SELECT a.id FROM articles a LEFT JOIN stories s ON s.article = a.id "
    "WHERE removed_at IS NULL AND s.article IS NULL LIMIT ?"
)

Execute = Callable[[str, Sequence[object]], list[tuple]]  # type: ignore[type-arg]
"""Runs one statement of SQL in whatever transaction is open and returns its rows."""


class Stories:
    """The copies among the articles of a catalog."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._complete = False  # every live article has its row

    def prepare(self) -> None:
        """Make what an older catalog lacks; forget what was computed in another way than now."""
        there = {name for (name,) in self._execute("SELECT name FROM sqlite_master", ())}
        for name, statement in CREATE.items():
            if name not in there:
                self._execute(statement, ())
        if self._scheme() != SCHEME:
            for table in ("bands", "stories"):
                self._execute(f"DELETE FROM {table}", ())
            self._execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SCHEME_KEY, SCHEME))

    def place(self, article: int) -> None:
        """Find the story of an article row that is new or live again; stories that it holds together become one."""
        sketch = Sketch(self._text(article))
        joined = [story for other, story in self._near(sketch) if sketch.copies(Sketch(self._text(other)))]
        own = min([*joined, article])
        for story in joined:
            self._execute("UPDATE stories SET story = ? WHERE story = ?", (own, story))
        self._execute("INSERT OR REPLACE INTO stories VALUES (?, ?)", (article, own))
        if sketch.bands:
            values = ",".join(["(?, ?)"] * len(sketch.bands))
            pairs = [value for band in sketch.bands for value in (band, article)]
            self._execute(f"INSERT OR IGNORE INTO bands VALUES {values}", pairs)

    def forget(self, articles: Sequence[int]) -> None:
        """Take article rows that are hidden out of their stories, and destroy what would find them."""
        for article in articles:
            for table in ("bands", "stories"):
                self._execute(f"DELETE FROM {table} WHERE article = ?", (article,))

    def catch_up(self) -> None:
        """Place some of the articles that an older catalog holds."""
        if self._complete:
            return
        late = self._execute(_MISSING, (_LATE,))
        for (article,) in late:
            self.place(article)
        self._complete = not late

    def copies(self, doc_id: str, limit: int) -> list[str]:
        """Return the ids of the first articles that tell the story of a live one, the earliest published first."""
        if not self._known():
            return []
        rows = self._execute(
            "SELECT a.doc_id FROM articles own JOIN stories s ON s.article = own.id "
            "JOIN stories o ON o.story = s.story JOIN articles a ON a.id = o.article "
            "WHERE own.doc_id = ? AND own.removed_at IS NULL AND a.removed_at IS NULL AND a.id != own.id "
            "ORDER BY a.published IS NULL, a.published, a.id LIMIT ?",
            (doc_id, limit),
        )
        return [str(other) for (other,) in rows]

    def copied(self) -> int:
        """Return the number of live articles that are copies of others, each story's first not counted."""
        if not self._known():
            return 0
        return int(
            self._execute(
                "SELECT count(*) - count(DISTINCT story) FROM stories s JOIN articles a ON a.id = s.article "
                "WHERE removed_at IS NULL",
                (),
            )[0][0]
        )

    def differ(self, article: int) -> bool:
        """Tell whether what is kept of an article row is not what its text says."""
        if not self._known() or not self._execute("SELECT 1 FROM stories WHERE article = ?", (article,)):
            return False
        kept = {band for (band,) in self._execute("SELECT band FROM bands WHERE article = ?", (article,))}
        return kept != set(Sketch(self._text(article)).bands)

    def _near(self, sketch: Sketch) -> list[tuple[int, int]]:
        """Return articles whose texts may be copies of one, each with its story."""
        shared = self._execute(_SHARED, sketch.bands) if sketch.bands else []
        story_of = dict(shared)
        return [(article, story_of[article]) for article in nearest(shared, _COMPARED)]

    def _text(self, article: int) -> str:
        found = self._execute("SELECT text FROM texts WHERE article = ?", (article,))
        return str(found[0][0]) if found else ""

    def _scheme(self) -> object:
        found = self._execute("SELECT value FROM meta WHERE key = ?", (SCHEME_KEY,))
        return found[0][0] if found else None

    def _known(self) -> bool:
        """Tell whether the catalog knows stories, made as now; a reader may have opened an older one."""
        return self._scheme() == SCHEME
