"""Verify an index folder: every hash, span and derived part against the catalog."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.errors import IndexDamaged, IndexError_
from index.stores.local import catalog as catalog_file
from index.stores.local import dense as dense_file
from index.stores.local import lexical as lexical_folder
from index.stores.local import manifest as manifest_file
from index.stores.local.catalog import Catalog
from index.stores.local.dense import Dense
from index.stores.local.lexical import Lexical
from index.stores.local.manifest import Manifest
from index.terms import passage_terms
from index.types import Article, Sentence

_REMEDY = "delete {folder}/{name}, and the next command makes it anew from the catalog"


def problems(folder: Path, catalog: Catalog) -> Iterator[str]:
    """Yield one line per thing that is wrong with the index in ``folder`` and what to do; nothing when all is well.

    The catalog is checked by itself first; then manifest and derived parts are checked against it.
    """
    broken = catalog.check()
    yield from (f"{catalog_file.FILE}: {line}; {catalog_file.REMEDY}" for line in broken)
    if broken:
        return
    for row in catalog.added_since(0):
        yield from (f"{line}; add the article again" for line in _article_problems(catalog, row))
    yield from (f"{line}; {_REMEDY.format(name=name, folder=folder)}" for name, line in _derived(folder, catalog))


def _derived(folder: Path, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield the name of each derived part that is not what the catalog says, and what is wrong with it."""
    try:
        manifest = Manifest.load(folder)
    except IndexError_ as error:
        yield manifest_file.FILE, f"{manifest_file.FILE}: {error}"
        return
    if manifest.settings() != catalog.settings():
        yield manifest_file.FILE, f"{manifest_file.FILE}: its settings differ from those in the catalog"
    yield from ((dense_file.FILE, line) for line in _dense_problems(folder, catalog, manifest))
    yield from ((lexical_folder.FOLDER, line) for line in _lexical_problems(folder, catalog, manifest))


def _article_problems(catalog: Catalog, row: int) -> Iterator[str]:
    article, passages, sha256 = catalog.live(row)
    name = f"article {article.doc_id!r}"
    if article.sha256 != sha256:
        yield f"{name}: its text or metadata do not match their hash"
        return
    sentences = catalog.sentences_of(row)
    yield from (f"{name}: {line}" for line in span_problems(article, sentences))
    held = 0
    for passage in passages.values():
        window = passage.sentences
        held += len(window)
        if not window or (window[0].start, window[-1].end) != (passage.start, passage.end):
            yield f"{name}: the passage {passage.start}:{passage.end} does not begin and end with a sentence"
    if held != len(sentences):
        yield f"{name}: its passages hold {held} sentences, expected {len(sentences)}"
    expected = [fields.hashes() for fields in passage_terms(article, passages.values())]
    kept = catalog.evidence(list(passages))
    if not all(np.array_equal(kept[p][1], hashes) for p, hashes in zip(passages, expected, strict=True)):
        yield f"{name}: the terms kept of it are not those of its text"
    if catalog.stories.differ(row):
        yield f"{name}: what finds its copies is not what its text says"
    try:
        vectors = len(catalog.vectors(row))
        if vectors != len(sentences) + len(passages):
            yield f"{name}: it has {vectors} vectors, expected {len(sentences) + len(passages)}"
    except IndexDamaged:
        yield f"{name}: its vectors do not match their hash"


def span_problems(article: Article, sentences: list[Sentence]) -> Iterator[str]:
    """Yield where sentences are out of order, out of the text, or lose anything but white space."""
    end = 0
    for sentence in sentences:
        if not end <= sentence.start < sentence.end <= len(article.text):
            yield f"the span {sentence.start}:{sentence.end} is out of order or out of the text"
            return
        if article.text[end : sentence.start].strip():
            yield f"text between {end} and {sentence.start} is in no sentence"
        end = sentence.end
    if article.text[end:].strip():
        yield f"text after {end} is in no sentence"


def _dense_problems(folder: Path, catalog: Catalog, manifest: Manifest) -> Iterator[str]:
    try:
        dense = Dense.open(folder, manifest.dimension, manifest.dense.generation)
        dense.refresh(catalog)
    except IndexDamaged as error:
        yield f"{dense_file.FILE}: {error}"
        return
    if manifest.dense.generation and dense_file.sha256(folder) != manifest.dense.sha256:
        yield f"{dense_file.FILE}: its hash is not the manifest's"
    yield from (f"{dense_file.FILE}: {line}" for line in dense.problems(catalog))


def _lexical_problems(folder: Path, catalog: Catalog, manifest: Manifest) -> Iterator[str]:
    name = f"{lexical_folder.FOLDER}/"
    if manifest.lexical.generation < catalog.generation:
        return  # someone is writing, or was stopped: it is brought up at the end, or when the index is next opened
    try:
        lexical = Lexical(folder / lexical_folder.FOLDER, max(manifest.lexical.generation, 1))
    except IndexDamaged as error:
        yield f"{name}: {error}"
        return
    try:
        if lexical.sha256() != manifest.lexical.sha256:
            yield f"{name}: the hash of its files is not the manifest's"
        here, expected = lexical.passages(), catalog.counts()[2]
        if here != expected:
            yield f"{name}: it holds {here} passages, the catalog {expected}"
    except (IndexDamaged, OSError) as error:
        yield f"{name}: {error}"
    finally:
        lexical.close()
