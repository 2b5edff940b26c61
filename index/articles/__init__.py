"""Readers: files in, articles out, one module per format.

    for path in files(paths):
        for article in read(path):
            ...  # an Article, or a Refusal that says what was left out and why

Nothing is lost silently: whatever cannot become an article becomes a refusal, and the rest goes on.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from index.articles import archive, docx, email, epub, html, jsonl, markdown, mhtml, odt, pdf, tables, text
from index.articles.base import Draft, Member, Reader, build, shown
from index.articles.kinds import contradiction
from index.errors import ArticleError
from index.types import Article, Refusal

_INDEX = ("catalog.sqlite", "manifest.json")  # a folder with both is an index of ours, made of articles already
_DEEPEST = 2  # messages inside of messages
_INSTEAD = {
    **dict.fromkeys((".doc", ".rtf", ".docm", ".dotx", ".wpd", ".pages"), "save it as .docx"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "save it as .csv"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key", ".djvu", ".ps"), "save it as .pdf"),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".fb2"), "save it as .epub"),
}
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
        ".mhtml": mhtml.read,
        ".mht": mhtml.read,
        ".jsonl": jsonl.read,
        ".pdf": pdf.read,
        ".eml": email.read,
        ".zip": archive.read,
        ".tar": archive.read,
        ".tar.gz": archive.read,
        ".tgz": archive.read,
        ".csv": tables.read,
        ".tsv": tables.read,
        ".docx": docx.read,
        ".odt": odt.read,
        ".epub": epub.read,
    }
)
"""The reader of every file name ending, in lower case."""


def walk(paths: Iterable[Path], *, prefix: str = "") -> Iterator[Article | Refusal]:
    """Read files and folders, lazily; see ``files`` and ``read``."""
    for path in files(paths):
        yield from read(path, prefix=prefix)


def files(paths: Iterable[Path]) -> list[Path]:
    """List every file to read, each once: those given, and those inside given folders, sorted by name.

    Hidden files and folders inside a given folder are skipped, and folders that a browser saved with a page. What
    cannot be read (a missing file, a folder that is empty or closed, a link inside a folder that leads out of what was
    given) is listed too, so that ``read`` says why.
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
    identity = shown(Path(os.path.realpath(path))) if origin is None else origin
    for found in _found(path, _Place(shown(path), identity, path.name)):
        if isinstance(found, Refusal):
            yield found
            continue
        draft, place = found
        if origin is not None:
            draft = replace(draft, origin=None)
        stem = shown(Path(place.name[: -len(_ending(place.name, place.given))]))
        try:
            yield build(draft, stem=stem, origin=place.origin, prefix=prefix)
        except ArticleError as error:
            yield Refusal(error.given, error.reason)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something lies: how messages name it, what its id is made from, its file's name, and inside of how many
    files it is."""

    given: str
    origin: str
    name: str
    depth: int = 0


_Found = tuple[Draft, _Place] | Refusal


def _found(path: Path, place: _Place) -> Iterator[_Found]:
    """Yield what is in a file and in its members, never raising for it."""
    try:
        _check_file(path)
        suffix = _ending(place.name, place.given)
        if what := contradiction(path, suffix):
            raise ArticleError(place.given, what)
        for found in READERS[suffix](path):
            if isinstance(found, Member):
                yield from _unpacked(found, place)
            else:
                yield found if isinstance(found, Refusal) else (found, place)
    except ArticleError as error:
        yield Refusal(error.given, error.reason)
    except FileNotFoundError:
        yield Refusal(place.given, "there is no such file or folder; see how its name is written")
    except OSError as error:
        yield Refusal(place.given, f"cannot be read: {error.strerror or error}; see who may read it")


def _unpacked(member: Member, place: _Place) -> Iterator[_Found]:
    """Yield what is in a member of a file, named by its path there."""
    name = Path(member.name).name
    given = f"{place.given}/{member.name}"
    inner = _Place(given, f"{place.origin}!{member.name}", name, place.depth + 1)
    try:
        suffix = _ending(name, given)
        if READERS[suffix] is archive.read:
            raise ArticleError(given, "is an archive inside of another file; unpack it and give what is in it")
        if place.depth > _DEEPEST:
            raise ArticleError(given, "lies too deep in messages inside of messages; save it by itself")
        with TemporaryDirectory(prefix="quoth-") as folder:
            path = Path(folder) / f"member{suffix}"
            member.unpack(path)
            for found in _found(path, inner):
                yield _renamed(found, shown(path), given)
    except ArticleError as error:
        yield Refusal(error.given, error.reason)


def _renamed(found: _Found, path: str, given: str) -> _Found:
    """Name what was found by its member, not by the file that this was unpacked to."""
    if isinstance(found, Refusal):
        return Refusal(found.given.replace(path, given), found.reason.replace(path, given))
    draft, place = found
    return replace(draft, given=draft.given.replace(path, given)), place


def _target(given: Path) -> Path:
    """Return the file that a link leads to; one that was named itself is followed."""
    real = Path(os.path.realpath(given))
    return real if given.is_symlink() and real.is_file() else given


def _check_file(path: Path) -> None:
    """Refuse what is no file."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        any(path.iterdir())  # raises where the folder may not be listed
        link, empty = "a link to a folder; name that folder", "a folder without files; name one that has some"
        raise ArticleError(shown(path), link if path.is_symlink() else empty)
    if not stat.S_ISREG(mode):
        raise ArticleError(shown(path), "neither a file nor a folder; name a file")
    if path.is_symlink():
        raise ArticleError(shown(path), "a link to a file elsewhere; name that file")


def _ending(name: str, given: str) -> str:
    """Return what of a name says how its file is read."""
    suffix = max((ending for ending in READERS if name.lower().endswith(ending)), key=len, default=None)
    if suffix is None:
        formats = " ".join(READERS)
        ending = Path(name).suffix
        instead = _INSTEAD.get(ending.lower(), f"it reads {formats}")
        raise ArticleError(given, f"not a format Quoth reads: {ending or name}; {instead}")
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
    return (path for path in folder.iterdir() if not path.name.startswith(".") and not _is_of_page(path))


def _is_of_page(path: Path) -> bool:
    """Tell whether a folder is what a browser saved beside a page: its pictures, scripts and frames."""
    page = path.name.removesuffix("_files")
    return page != path.name and any(path.with_name(page + ending).is_file() for ending in (".html", ".htm"))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
