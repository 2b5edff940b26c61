"""Folders in BEIR's layout -> collections: documents, queries, judgements and evidence, all of it checked.

A folder holds ``queries.jsonl``, ``qrels/*.tsv``, ``corpus.jsonl`` (without it the documents are those of an index)
and perhaps ``evidence.jsonl``, whose rows quote the place in a document that answers a query.
Layout: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index import articles as readers
from index.articles.base import shown
from index.errors import CollectionError
from index.index import Index
from index.types import Article, Refusal
from qa.evaluation import rows
from qa.evaluation.rows import Problems, RowError, few

_ORIGIN = "corpus.jsonl"  # not the absolute path: a collection that is moved is still the same one


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question of a collection; ``answerable`` is None where the collection does not say.

    ``earlier`` are the user's turns before it, oldest first. ``rewrite`` is the question as it would be asked
    without them, None where the collection has no such text.
    """

    query_id: str
    text: str
    answerable: bool | None = None
    answers: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    rewrite: str | None = None


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

    ``articles`` is None when the documents are an index's. ``qrels`` maps query_id to doc_id to relevance,
    ``evidence`` query_id to what answers it. ``sha256`` hashes the files, and the index's articles if they are used.
    """

    name: str
    articles: tuple[Article, ...] | None
    documents: int
    queries: tuple[Query, ...]
    qrels: Mapping[str, Mapping[str, int]]
    evidence: Mapping[str, tuple[Evidence, ...]]
    sha256: str


@dataclass(frozen=True, slots=True)
class _Documents:
    articles: tuple[Article, ...] | None
    ids: frozenset[str]
    text: Callable[[str], str]
    sha256: str


def load(folder: str | Path, index: Index | None = None) -> Collection:
    """Load a collection, whose documents are ``index``'s where one is given and else ``corpus.jsonl``'s.

    Raises CollectionError, which names every malformed row by file and line, and says which and how many: ids given
    twice, and qrels and evidence whose query or document does not exist or whose quote is not in its document.
    """
    folder = Path(folder)
    queries_file, qrels_file = _existing(folder / "queries.jsonl"), _qrels_file(folder)
    evidence_file = folder / "evidence.jsonl"
    documents = _corpus(folder) if index is None else _indexed(index)
    queries = _queries(queries_file)
    known = {q.query_id for q in queries}
    qrels = _qrels(qrels_file, known, documents.ids)
    evidence = _evidence(evidence_file, known, documents) if evidence_file.exists() else {}
    digest = hashlib.sha256(documents.sha256.encode())
    for path in (queries_file, qrels_file, *([evidence_file] if evidence_file.exists() else [])):
        digest.update(file_sha256(path).encode())
    return Collection(
        name=folder.resolve().name,
        articles=documents.articles,
        documents=len(documents.ids),
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
            f"{shown(path)}: there is no such file; a collection is a folder with queries.jsonl, qrels/test.tsv and, "
            "unless the documents are an index's, corpus.jsonl"
        )
    return path


def _qrels_file(folder: Path) -> Path:
    test = folder / "qrels" / "test.tsv"
    found = [test] if test.is_file() else sorted((folder / "qrels").glob("*.tsv"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise CollectionError(
            f"{shown(folder / 'qrels')}: holds {names}, and none is test.tsv; keep one, or name it that"
        )
    return found[0] if found else _existing(test)


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
    _not_empty(found, path)
    ids = frozenset(found) | _ids_of(path, blank)
    return _Documents(
        tuple(found.values()), ids, lambda doc_id: found[doc_id].text if doc_id in found else "", file_sha256(path)
    )


def _ids_of(path: Path, lines: set[int]) -> frozenset[str]:
    """Return the ids of rows without text: they belong to the collection, as BEIR's do, but nothing can find them."""
    with path.open("rb") as file:
        return frozenset(str(json.loads(row)["_id"]) for number, row in enumerate(file, 1) if number in lines)


def _indexed(index: Index) -> _Documents:
    def text(doc_id: str) -> str:
        article = index.article(doc_id)
        return article.text if article else ""

    known = sorted(index.store.known().values())
    if not known:
        raise CollectionError("the index that was given holds no article; add the collection's documents to it first")
    return _Documents(
        None, frozenset(doc_id for doc_id, _ in known), text, hashlib.sha256(str(known).encode()).hexdigest()
    )


def _not_empty(found: Iterable[object], path: Path) -> None:
    if not any(True for _ in found):
        raise CollectionError(f"{shown(path)}: is empty; a collection needs at least one row in it")


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
    _not_empty(found, path)
    return tuple(found.values())


def _query(row: dict[str, object]) -> Query:
    text, turns = rows.string(row, "text"), rows.strings(row, "user_turns")
    if turns and turns[-1] != text:
        raise RowError("the last of `user_turns` must be the query itself, its `text`")
    return Query(
        query_id=rows.string(row, "_id"),
        text=text,
        answerable=rows.flag(row, "answerable"),
        answers=rows.strings(row, "answers"),
        earlier=turns[:-1],
        rewrite=None if row.get("rewrite") is None else rows.string(row, "rewrite"),
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
    _not_empty(found, path)
    _known(path, "queries", found, queries)
    _known(path, "documents", (doc_id for judged in found.values() for doc_id in judged), documents)
    return found


def _known(path: Path, kind: str, named: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        place = "queries.jsonl" if kind == "queries" else "the corpus (or the index that was given)"
        raise CollectionError(f"{shown(path)}: names {kind} that are not in {place}: {few(unknown)}")


def _evidence(path: Path, queries: set[str], documents: _Documents) -> dict[str, tuple[Evidence, ...]]:
    problems = Problems()
    given: list[tuple[str, dict[str, object]]] = list(rows.json_rows(path, problems))
    for kind, key, known in (("queries", "query_id", queries), ("documents", "doc_id", documents.ids)):
        _known(path, kind, (str(row[key]) for _, row in given if key in row), known)
    found: dict[str, dict[Evidence, None]] = {}
    for where, row in given:
        try:
            evidence = _place(row, documents.text)
        except RowError as error:
            problems.found.append(f"{where}: {error}")
            continue
        # A dict keeps their order and counts a row that stands twice once.
        found.setdefault(evidence.query_id, {})[evidence] = None
    problems.raise_any()
    return {query_id: tuple(evidence) for query_id, evidence in found.items()}


def _place(row: dict[str, object], text_of: Callable[[str], str]) -> Evidence:
    query_id, doc_id, quote = (rows.string(row, key) for key in ("query_id", "doc_id", "quote"))
    start, end = rows.offset(row, "start"), rows.offset(row, "end")
    text = text_of(doc_id)
    if start is None:
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
    pattern = r"\s*".join(re.escape(c) for c in quote if not c.isspace())
    return tuple(found.span() for found in re.finditer(pattern, text))
