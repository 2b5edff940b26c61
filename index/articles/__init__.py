"""Readers: files in, articles out, one module per format.

    for path in files(paths):
        for article in read(path):
            ...  # an Article, or a Refusal that says what was left out and why

Nothing is lost silently: whatever cannot become an article becomes a refusal, and the rest goes on.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from index.articles import html, jsonl, markdown, text
from index.articles.base import Reader, build, shown
from index.errors import ArticleError
from index.types import Article, Refusal

_INDEX = ("catalog.sqlite", "manifest.json")  # a folder with both is an index of ours, made of articles already
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": text.read,
        ".text": text.read,
        ".md": markdown.read,
        ".markdown": markdown.read,
        ".html": html.read,
        ".htm": html.read,
        ".xhtml": html.read,
        ".html.gz": html.read,
        ".jsonl": jsonl.read,
    }
)
"""The reader of every file name ending, in lower case."""


def walk(paths: Iterable[Path], *, prefix: str = "") -> Iterator[Article | Refusal]:
    """Read files and folders, lazily; see ``files`` and ``read``."""
    for path in files(paths):
        yield from read(path, prefix=prefix)


def files(paths: Iterable[Path]) -> list[Path]:
    """List every file to read, each once: those given, and those inside given folders, sorted by name.

    Hidden files and folders inside a given folder are skipped. What cannot be read (a missing file, a folder
    that is empty or closed, a link inside a folder that leads out of what was given) is listed too, so that ``read``
    says why.
    """
    listed = [path for given in paths for path in list(_inside(given)) or [_target(given)]]
    found: dict[str, Path] = {}
    for path in listed:
        real = os.path.realpath(path)
        # A link stands only for itself: what it leads to is read where it lies, if that was given too.
        if real in found and found[real].is_symlink():
            found.pop(real)
        found.setdefault(real, path)
    return list(found.values())


def read(path: Path, *, prefix: str = "", origin: str | None = None) -> Iterator[Article | Refusal]:
    """Read the articles of one file, lazily, never raising for what is in it.

    ``origin`` is the file's identity, from which ids are made; it is the file's absolute path unless given. Where it is
    given, that of a row in an export is passed over.
    ``prefix`` and "-" are put before every ``doc_id``.
    """
    given = shown(path)
    try:
        suffix = _suffix(path)
        identity = shown(Path(os.path.realpath(path))) if origin is None else origin
        stem = shown(Path(path.name[: -len(suffix)]))
        for draft in READERS[suffix](path):
            if isinstance(draft, Refusal):
                yield draft
                continue
            if origin is not None:
                draft = replace(draft, origin=None)
            try:
                yield build(draft, stem=stem, origin=identity, prefix=prefix)
            except ArticleError as error:
                yield Refusal(error.given, error.reason)
    except ArticleError as error:
        yield Refusal(error.given, error.reason)
    except FileNotFoundError:
        yield Refusal(given, "there is no such file or folder; see how its name is written")
    except OSError as error:
        yield Refusal(given, f"cannot be read: {error.strerror or error}; see who may read it")


def _target(given: Path) -> Path:
    """Return the file that a link leads to; one that was named itself is followed."""
    real = Path(os.path.realpath(given))
    return real if given.is_symlink() and real.is_file() else given


def _suffix(path: Path) -> str:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        any(path.iterdir())  # raises where the folder may not be listed
        link, empty = "a link to a folder; name that folder", "a folder without files; name one that has some"
        raise ArticleError(shown(path), link if path.is_symlink() else empty)
    if not stat.S_ISREG(mode):
        raise ArticleError(shown(path), "neither a file nor a folder; name a file")
    if path.is_symlink():
        raise ArticleError(shown(path), "a link to a file elsewhere; name that file")
    suffix = max((ending for ending in READERS if path.name.lower().endswith(ending)), key=len, default=None)
    if suffix is None:
        formats = " ".join(READERS)
        raise ArticleError(shown(path), f"not a format Quoth reads: {path.suffix or path.name}; it reads {formats}")
    return suffix


def _inside(given: Path) -> Iterator[Path]:
    """Yield the files of a folder, or the path itself if it is none."""
    waiting = [given]
    while waiting:
        path = waiting.pop()
        # Links to folders are not followed: they may lead in circles, or far out of what was given.
        if not _is_folder(path) or (path.is_symlink() and path != given):
            yield _target(path) if path == given else path
            continue
        if path != given and all((path / name).is_file() for name in _INDEX):
            continue
        try:
            waiting += sorted(_visible(path), reverse=True)
        except OSError:
            yield path


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith("."))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
