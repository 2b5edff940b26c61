"""Folders in BEIR's layout -> collections: documents, queries, judgements and evidence, all of it checked.

A folder holds ``queries.jsonl``, ``qrels/``, ``corpus.jsonl`` (without it the documents are those of an index) and
perhaps ``evidence.jsonl``, whose rows quote the place in a document that answers a query; it may stand for qrels.
Layout: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from index import articles as readers
from index.articles.base import shown
from index.errors import CollectionError
from index.index import Index
from index.types import Article, Refusal
from qa.evaluation import rows
from qa.evaluation.rows import Problems, RowError, check_filled, check_known

_QRELS = (".tsv", ".qrels", ".txt")
_ORIGIN = "corpus.jsonl"  # not the absolute path: a collection that is moved is still the same one


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question of a collection; ``answerable`` and ``type`` are None where the collection does not say.

    ``earlier`` are the user's turns before it, oldest first. ``rewrite`` is the question as it would be asked
    without them, None where the collection has no such text.
    """

    query_id: str
    text: str
    answerable: bool | None = None
    answers: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    rewrite: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quotation that answers a query; ``spans`` are the places of its document where it stands.

    ``placed`` tells that the collection names the one place; otherwise any occurrence counts.
    """

    query_id: str
    doc_id: str
    quote: str
    spans: tuple[tuple[int, int], ...]
    placed: bool


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries, judgements and evidence on documents.

    ``articles`` is None when the documents are an index's; ``article`` returns either kind by its id, and None for a
    document without text, whose id is in ``doc_ids`` all the same. ``qrels`` maps query_id to doc_id to relevance,
    ``evidence`` query_id to what answers it. ``sha256`` hashes the files, and the index's articles if they are used.
    """

    name: str
    articles: tuple[Article, ...] | None
    article: Callable[[str], Article | None] = field(repr=False, compare=False)
    doc_ids: frozenset[str] = field(repr=False)
    queries: tuple[Query, ...]
    qrels: Mapping[str, Mapping[str, int]]
    evidence: Mapping[str, tuple[Evidence, ...]]
    sha256: str

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        return len(self.doc_ids)


@dataclass(frozen=True, slots=True)
class _Documents:
    articles: tuple[Article, ...] | None
    article: Callable[[str], Article | None]
    ids: frozenset[str]
    sha256: str


def load(folder: str | Path, index: Index | None = None) -> Collection:
    """Load a collection, whose documents are ``index``'s where one is given and else ``corpus.jsonl``'s.

    Raises CollectionError, which names every malformed row by file and line, and says which and how many: ids given
    twice, and qrels and evidence whose query or document does not exist or whose quote is not in its document.
    """
    folder = Path(folder)
    queries_file, evidence_file = _existing(folder / "queries.jsonl"), folder / "evidence.jsonl"
    if evidence_file.exists():
        _existing(evidence_file)
    qrels_file = _qrels_file(folder)
    if qrels_file is None and not evidence_file.exists():
        _existing(folder / "qrels" / "test.tsv")
    documents = _corpus(folder) if index is None else _indexed(index)
    queries = _queries(queries_file)
    known = {q.query_id for q in queries}
    evidence = _evidence(evidence_file, known, documents) if evidence_file.is_file() else {}
    qrels = _quoted(queries, evidence) if qrels_file is None else _qrels(qrels_file, known, documents.ids)
    digest = hashlib.sha256(documents.sha256.encode())
    for path in (queries_file, qrels_file, evidence_file):
        if path is not None and path.is_file():
            digest.update(file_sha256(path).encode())
    return Collection(
        name=folder.resolve().name,
        articles=documents.articles,
        article=documents.article,
        doc_ids=documents.ids,
        queries=queries,
        qrels=qrels,
        evidence=evidence,
        sha256=digest.hexdigest(),
    )


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CollectionError(
            f"{shown(path)}: there is no such file; a collection is a folder with queries.jsonl, qrels/test.tsv or "
            "evidence.jsonl and, unless the documents are an index's, corpus.jsonl"
        )
    return path


def _qrels_file(folder: Path) -> Path | None:
    place = folder / "qrels"
    found = sorted(path for path in place.glob("*") if path.suffix.lower() in _QRELS and path.is_file())
    if not found and (place.is_file() or (place.is_dir() and any(place.iterdir()))):
        raise CollectionError(f"{shown(place)}: holds no judgements; it must be a folder with a file test.tsv")
    chosen = [path for path in found if path.stem == "test"] or found
    if len(chosen) > 1:
        names = ", ".join(path.name for path in chosen)
        raise CollectionError(f"{shown(folder / 'qrels')}: holds {names}; keep one, or name only one of them test")
    return chosen[0] if chosen else None


def _corpus(folder: Path) -> _Documents:
    path = folder / "corpus.jsonl"
    if not path.is_file():
        raise CollectionError(
            f"{shown(folder)}: there is no corpus.jsonl, so the documents must be those of an index; give that index"
        )
    problems = Problems()
    found: dict[str, Article] = {}
    blank: set[int] = set()
    for item in readers.read(path, origin=_ORIGIN):
        if not isinstance(item, Refusal):
            found[item.doc_id] = item
        elif item.reason.startswith("empty"):
            blank.add(int(item.given.rpartition(":")[2]))
        else:
            problems.found.append(f"{item.given}: {item.reason}")
    problems.raise_any()
    check_filled(found, path)
    return _Documents(tuple(found.values()), found.get, frozenset(found) | _ids_of(path, blank), file_sha256(path))


def _ids_of(path: Path, lines: set[int]) -> frozenset[str]:
    """Return the ids of rows without text: they belong to the collection, as BEIR's do, but nothing can find them."""
    with path.open("rb") as file:
        return frozenset(str(json.loads(row)["_id"]) for number, row in enumerate(file, 1) if number in lines)


def _indexed(index: Index) -> _Documents:
    known = sorted(index.store.known().values())
    if not known:
        raise CollectionError("the index that was given holds no article; add the collection's documents to it first")
    digest = hashlib.sha256(str(known).encode()).hexdigest()
    return _Documents(None, index.article, frozenset(doc_id for doc_id, _ in known), digest)


def _queries(path: Path) -> tuple[Query, ...]:
    problems = Problems()
    found: dict[str, Query] = {}
    first: dict[str, str] = {}
    for where, row in rows.json_rows(path, problems):
        try:
            query = _query(row)
        except RowError as error:
            problems.found.append(f"{where}: {error}")
            continue
        if query.query_id in found:
            problems.found.append(f"{where}: the id {query.query_id!r} was already used by {first[query.query_id]}")
            continue
        found[query.query_id], first[query.query_id] = query, where
    problems.raise_any()
    check_filled(found, path)
    return tuple(found.values())


def _query(row: dict[str, object]) -> Query:
    text, turns = rows.string(row, "text"), rows.strings(row, "user_turns")
    if turns and turns[-1] != text:
        raise RowError("the last of `user_turns` must be the query itself, its `text`")
    return Query(
        query_id=rows.identifier(row, "_id"),
        text=text,
        answerable=rows.flag(row, "answerable"),
        answers=rows.strings(row, "answers"),
        earlier=turns[:-1],
        rewrite=rows.optional(row, "rewrite"),
        type=rows.optional(row, "type"),
    )


def _qrels(path: Path, queries: set[str], documents: frozenset[str]) -> dict[str, dict[str, int]]:
    problems = Problems()
    found: dict[str, dict[str, int]] = {}
    for where, query_id, doc_id, relevance in rows.qrel_rows(path, problems):
        judged = found.setdefault(query_id, {})
        if doc_id in judged:
            problems.found.append(f"{where}: query {query_id!r} and document {doc_id!r} were already judged")
        judged[doc_id] = relevance
    problems.raise_any()
    check_filled(found, path)
    if not any(relevance > 0 for judged in found.values() for relevance in judged.values()):
        raise CollectionError(f"{shown(path)}: judges no document relevant, with a score above 0: nothing can be found")
    check_known(path, "queries", found, queries)
    check_known(path, "documents", (doc_id for judged in found.values() for doc_id in judged), documents)
    return found


def _quoted(queries: Sequence[Query], evidence: Mapping[str, Sequence[Evidence]]) -> dict[str, dict[str, int]]:
    """Judge the documents with evidence relevant; nothing is relevant to a query that is not answerable."""
    null = {query.query_id for query in queries if query.answerable is False}
    return {
        query_id: {piece.doc_id: 1 for piece in pieces} for query_id, pieces in evidence.items() if query_id not in null
    }


def _evidence(path: Path, queries: set[str], documents: _Documents) -> dict[str, tuple[Evidence, ...]]:
    problems = Problems()
    given = list(rows.json_rows(path, problems))
    problems.raise_any()
    check_filled(given, path)
    check_known(path, "queries", (str(row["query_id"]) for _, row in given if "query_id" in row), queries)
    check_known(path, "documents", (str(row["doc_id"]) for _, row in given if "doc_id" in row), documents.ids)
    found: dict[str, dict[Evidence, None]] = {}
    for where, row in given:
        try:
            evidence = _place(row, documents.article)
        except RowError as error:
            problems.found.append(f"{where}: {error}")
            continue
        # A dict keeps their order and counts a row that stands twice once.
        found.setdefault(evidence.query_id, {})[evidence] = None
    problems.raise_any()
    return {query_id: tuple(evidence) for query_id, evidence in found.items()}


def _place(row: dict[str, object], find: Callable[[str], Article | None]) -> Evidence:
    query_id, doc_id = rows.identifier(row, "query_id"), rows.identifier(row, "doc_id")
    start, end = rows.offset(row, "start"), rows.offset(row, "end")
    article = find(doc_id)
    text = article.text if article else ""
    if row.get("quote") is None and start is not None and end is not None:
        quote = text[start:end]
        if end > len(text) or not quote.strip():
            raise RowError(f"no words stand at {start}:{end} of document {doc_id!r}, which has {len(text)} characters")
        return Evidence(query_id, doc_id, quote, ((start, end),), placed=True)
    quote = rows.string(row, "quote")
    if start is None:
        if end is not None:
            raise RowError(f"`end` is {end}, but there is no `start`; give both, or the quote alone")
        spans = occurrences(quote, text)
        if not spans:
            raise RowError(f"the quote is not in document {doc_id!r}: {quote[:80]!r}")
        return Evidence(query_id, doc_id, quote, spans, placed=False)
    span = start, start + len(quote)
    if text[span[0] : span[1]] != quote:
        raise RowError(f"the quote is not at {start} of document {doc_id!r}: {quote[:80]!r}")
    # Some collections count the space after a sentence as its own; it changes nothing, other text would.
    if end is not None and (end < span[1] or text[span[1] : end].strip()):
        raise RowError(f"`end` is {end}, but the quote at {start} ends at {span[1]} of document {doc_id!r}")
    return Evidence(query_id, doc_id, quote, (span,), placed=True)


def occurrences(quote: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of ``text`` that hold ``quote``, white space not counting, in order, without overlap."""
    wanted, (within, places) = squeezed(quote), _placed(text)
    found, at = [], within.find(wanted)
    while at >= 0:
        found.append((places[at], places[at + len(wanted) - 1] + 1))
        at = within.find(wanted, at + len(wanted))
    return tuple(found)


def squeezed(text: str) -> str:
    """Return a text without its white space."""
    return "".join(text.split())


@lru_cache(maxsize=64)
def _placed(text: str) -> tuple[str, list[int]]:
    """Return a document's text without its white space, and the offset of each character that is left."""
    return squeezed(text), [i for i, c in enumerate(text) if not c.isspace()]
