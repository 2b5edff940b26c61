"""The demo collection's index, built once into the user's cache folder and read-only from then on; and any other."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

import seeds
from index.articles import files, read
from index.embedding import Embedder
from index.errors import IndexDamaged, IndexError_
from index.index import Index, Progress
from index.stores.local.manifest import FORMAT
from index.terms import ANALYSIS
from index.types import Article, Refusal
from qa.settings import Settings

NAME = "demo"
"""What stands for the demo collection where a folder is expected: ``--index demo``."""


def open_demo(
    embedder: Embedder | None = None, *, cache: Path | None = None, progress: Progress | None = None
) -> Index:
    """Open the demo index, building it first where the cache holds none for these articles and this version."""
    folder = (cache or platformdirs.user_cache_path("quoth")) / f"demo-{_key(embedder)}"
    try:
        return Index.open(folder, embedder, read_only=True)
    except IndexError_:
        shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Built beside its place and renamed into it, so that two first starts at once cannot meet.
    with tempfile.TemporaryDirectory(prefix="demo-", dir=folder.parent) as partial:
        built = Index.create(Path(partial) / "index", embedder)
        summary = built.add(articles(), progress=progress)
        built.close()
        if summary.refused:
            raise IndexDamaged(f"the demo article {summary.refused[0].given} cannot be read; install Quoth again")
        if not folder.exists():
            (Path(partial) / "index").rename(folder)
    return Index.open(folder, embedder, read_only=True)


def open_index(settings: Settings, *, create: bool = False, read_only: bool = False) -> Index:
    """Open the index that the settings name: a folder's, or the demo's."""
    if str(settings.index) == NAME:
        return open_demo()
    return Index.open(
        settings.index, create=create, read_only=read_only, model=settings.model, tokens=settings.passage_tokens
    )


def articles() -> Iterator[Article | Refusal]:
    """Read the demo articles; their ids do not depend on where Quoth is installed."""
    for path in files([seeds.articles()]):
        yield from read(path, origin=f"seeds:{path.name}")


def _key(embedder: Embedder | None) -> str:
    digest = hashlib.sha256(f"{FORMAT} {ANALYSIS} {embedder.sha256 if embedder else ''}".encode())
    for path in files([seeds.articles()]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
