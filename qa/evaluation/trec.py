"""Runs in TREC's format: another system's to measure, and Quoth's own to write for trec_eval or ir_measures."""

from collections.abc import Mapping, Sequence
from ctypes import c_float
from pathlib import Path

from index.articles.base import shown
from index.errors import CollectionError
from qa.evaluation import rows
from qa.evaluation.collections import Collection
from qa.evaluation.measures import scored
from qa.evaluation.rows import Problems, check_filled, check_known, few
from qa.evaluation.runs import ARTICLES

Ranked = tuple[tuple[str, float], ...]
"""Documents and their scores, best first."""


def read_run(path: Path, collection: Collection) -> dict[str, Ranked]:
    """Read a run's first 100 documents of each query, from rows ``query Q0 document rank score tag``.

    As in trec_eval, only the score ranks, in single precision: the highest is first, and of documents with the same
    score the one whose id comes last in the order of code points. Raises CollectionError, which names malformed and
    repeated rows by file and line, and says which and how many of its queries and documents the collection lacks.
    """
    if not path.is_file():
        raise CollectionError(f"{shown(path)}: there is no such file; give a run in TREC's six columns")
    problems = Problems()
    found: dict[str, dict[str, float]] = {}
    for where, query_id, doc_id, score in rows.run_rows(path, problems):
        documents = found.setdefault(query_id, {})
        if doc_id in documents:
            problems.found.append(f"{where}: query {query_id!r} already has document {doc_id!r}")
        documents[doc_id] = score
    problems.raise_any()
    check_filled(found, path)
    check_known(path, "queries", found, (query.query_id for query in collection.queries))
    check_known(path, "documents", (doc_id for documents in found.values() for doc_id in documents), collection.doc_ids)
    return {
        query_id: tuple(sorted(documents.items(), key=_rank, reverse=True)[:ARTICLES])
        for query_id, documents in found.items()
    }


def _rank(item: tuple[str, float]) -> tuple[float, str]:
    doc_id, score = item
    return c_float(score).value, doc_id


def check_ids(collection: Collection) -> None:
    """Raise CollectionError for ids with white space, which TREC's format cannot hold."""
    ids = (*(query.query_id for query in collection.queries), *collection.doc_ids)
    spaced = sorted(name for name in ids if len(name.split()) != 1)
    if spaced:
        raise CollectionError(f"{collection.name}: ids with white space do not fit into TREC's columns: {few(spaced)}")


def write_run(path: Path, rankings: Mapping[str, Sequence[str]]) -> None:
    """Write rankings of documents as a run, with scores that fall strictly, so that every tool ranks them alike."""
    lines = []
    for ranked in (scored({query_id: ranking}) for query_id, ranking in rankings.items()):
        lines += [f"{x.query_id} Q0 {x.doc_id} {rank} {x.score} quoth\n" for rank, x in enumerate(ranked, 1)]
    path.write_text("".join(lines), encoding="utf-8")
