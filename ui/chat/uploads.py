"""Files that a visitor uploads -> a collection's folder, or an earlier result; nothing in them is trusted.

No name of an archive becomes a path: what is known by its name is written under a name of ours, the rest refused.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from index.articles.base import shown
from index.errors import CollectionError
from qa.evaluation import results
from qa.evaluation.results import Result

LARGEST = 16 * 2**20
"""Bytes of one uploaded file, and of all files of a collection unpacked."""

_ARCHIVE = 4 * 2**20  # bytes of a zip file; its table of contents alone is many times that in memory
_MEMBERS = 20
_VALUES = 100_000  # of an uploaded result: comparing takes a second for about 10,000
_KNOWN = {"queries.jsonl": "queries.jsonl", "evidence.jsonl": "evidence.jsonl"}
_QRELS = (".tsv", ".qrels")
_EXPECTED = "give queries.jsonl, evidence.jsonl and the judgements in a .tsv file, or one .zip of them"


def unpack(files: Sequence[str | Path], folder: Path) -> Path:
    """Write uploaded files, or what one zip file holds, as a collection into a new folder inside ``folder``.

    Returns that folder, which is named after the zip file. Raises CollectionError for any other file, one that is
    there twice, and more than 16 MiB in all.
    """
    paths = [Path(file) for file in files]
    if not paths:
        raise CollectionError(f"no file was given; {_EXPECTED}")
    archive = paths[0] if len(paths) == 1 and paths[0].suffix.lower() == ".zip" else None
    made = folder / (_plain(archive.stem) if archive else "uploaded-questions")
    (made / "qrels").mkdir(parents=True)
    left = LARGEST
    for name, data in _members(archive, LARGEST) if archive else ((path.name, _content(path)) for path in paths):
        left -= len(data)
        if left < 0:
            raise CollectionError(f"the files hold more than {LARGEST >> 20} MiB in all; leave some questions out")
        place = made / _place(name)
        if place.exists():
            raise CollectionError(f"{name!r}: there is another {place.name}; give one collection only")
        place.write_bytes(data)
    return made


def read_result(file: str | Path) -> Result:
    """Read an uploaded result; raises CollectionError for one that is none, or too large to compare."""
    path = Path(file)
    if path.stat().st_size > LARGEST:
        raise CollectionError(f"{path.name}: has more than {LARGEST >> 20} MiB; compare it with `quoth compare`")
    try:
        result = results.read(path)
    except CollectionError as error:
        raise CollectionError(str(error).replace(shown(path), path.name)) from error
    values = sum(len(own) for own in result.per_query.values())
    if max(values, len(result.questions)) > _VALUES:
        raise CollectionError(f"{path.name}: holds more than {_VALUES:,} values; compare it with `quoth compare`")
    return result


def _place(name: str) -> str:
    if name in _KNOWN:
        return _KNOWN[name]
    if name.endswith(_QRELS):
        return "qrels/test.tsv"
    if name == "corpus.jsonl":
        raise CollectionError(
            "corpus.jsonl: the documents are always those of the open index; leave this file out, or measure on it "
            "with `quoth evaluate`"
        )
    raise CollectionError(f"{name[:80]!r}: is no file of a collection of questions; {_EXPECTED}")


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _members(path: Path, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield the last part of each name in a zip file and at most one byte more than ``most`` in all."""
    if path.stat().st_size > _ARCHIVE:
        raise CollectionError(f"{path.name}: has more than {_ARCHIVE >> 20} MiB; leave some questions out")
    try:
        with ZipFile(path) as archive:
            for member in _files(archive, path.name):
                with archive.open(member) as file:
                    data = file.read(most + 1)
                most -= len(data)
                yield PurePosixPath(member.filename).name, data
                if most < 0:
                    return
    except (BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, zlib.error) as error:
        raise CollectionError(f"{path.name}: cannot be unpacked ({error}); make the zip file again") from error


def _files(archive: ZipFile, name: str) -> list[ZipInfo]:
    # macOS puts a second entry of its own beside each file.
    found = [x for x in archive.infolist() if not x.is_dir() and not x.filename.startswith("__MACOSX/")]
    if len(found) > _MEMBERS:
        raise CollectionError(f"{name}: holds {len(found):,} files; {_EXPECTED}")
    for member in found:
        if member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise CollectionError(f"{name}: is encrypted or packed in a way that is not read; make a plain zip file")
    return found


def _plain(name: str) -> str:
    """Return a name of letters, digits, hyphens and underscores."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:60] or "uploaded-questions"
