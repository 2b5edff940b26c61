"""The indexes of collections, kept in the user's cache folder, so that a collection is embedded once."""

import hashlib
from pathlib import Path

import platformdirs

from index import embedding, languages, passages, sentences, terms
from index.embedding import Embedder
from index.errors import CollectionError
from index.index import Index, Progress
from index.stores.local.manifest import FORMAT
from qa.evaluation.collections import Collection, file_sha256
from qa.evaluation.rows import few


def cached_index(collection: Collection, embedder: Embedder, *, tokens: int, progress: Progress | None = None) -> Index:
    """Open the cached index of a collection's corpus, after making it or finishing it where need be.

    Raises CollectionError when one of its documents cannot be indexed.
    """
    if collection.articles is None:
        raise CollectionError(f"{collection.name}: its documents are those of an index; there is nothing to build")
    folder = cache_folder(collection, embedder, tokens)
    folder.parent.mkdir(parents=True, exist_ok=True)
    index = Index.open(folder, embedder, create=True, tokens=tokens)
    # Adding again what is there costs a look at its hash, and finishes what was interrupted.
    refused = index.add(collection.articles, progress=progress).refused
    if refused:
        index.close()
        named = few([refusal.given for refusal in refused])
        raise CollectionError(f"{collection.name}: documents that cannot be indexed: {named}: {refused[0].reason}")
    return index


def cache_folder(collection: Collection, embedder: Embedder, tokens: int) -> Path:
    """Return the folder for what an index depends on: the documents, the model, the passages and how text is cut.

    The modules that cut text and make vectors are part of it: numbers of an index that another version made would be
    wrong.
    """
    code = [Path(str(module.__file__)) for module in (sentences, passages, terms, languages, embedding)]
    data = sorted([*code[0].parent.glob("*.txt"), *code[0].parent.glob("punkt/*.txt")])
    parts = [embedder.name, embedder.sha256, str(tokens), str(FORMAT), *map(file_sha256, [*code, *data])]
    parts += [f"{article.doc_id} {article.sha256}" for article in collection.articles or ()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
    return Path(platformdirs.user_cache_dir("quoth")) / "collections" / key
