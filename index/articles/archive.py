"""Archives: zip, tar and gzipped tar, whose members are read as files are, none of them written where its name says."""

import gzip
import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from index.articles import base
from index.articles.base import Member, shown, too_large
from index.errors import ArticleError
from index.types import Refusal

MEMBERS = 10_000
TOTAL = 1_000_000_000  # bytes that are unpacked of one archive
_DIRECTORY = 8_000_000  # bytes of a zip's list of members
_RATIO = 200  # times as large as when it was packed, which no text gets
_SMALL = 10_000_000  # bytes, up to which that does no harm
_HEADER = 1_000_000  # bytes that a tar may want read at once: a name, not what is in a file
_BLOCK = 1 << 16
_LONGEST = 1000  # characters of a name
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an archive lists: ``reason`` says why it is not read, ``size`` is that before it is unpacked."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    reason: str = ""


def read(path: Path) -> Iterator[Member | Refusal]:
    """Yield the members of an archive; folders, hidden files and what macOS adds are passed over.

    Raises:
        ArticleError: it is damaged, holds nothing, too many members, or more than may be unpacked.
    """
    given = shown(path)
    listed, seen = 0, set()
    unpacked = [0]
    try:
        for entry in _zipped(path, given) if zipfile.is_zipfile(path) else _tarred(path, given):
            listed += 1
            if listed > MEMBERS:
                raise ArticleError(given, f"has more than {MEMBERS:,} members, of which the rest is left out; split it")
            name = _plain(entry.name)
            if _hidden(name):
                continue
            reason = entry.reason or _unsafe(name) or ("another member has the same name" if name in seen else "")
            if reason:
                yield Refusal(f"{given}/{name[:_LONGEST]}", f"{reason}; unpack the archive and give the file itself")
                continue
            seen.add(name)
            yield Member(name, partial(_unpack, entry, f"{given}/{name}", unpacked))
            if unpacked[0] > TOTAL:
                raise ArticleError(given, f"unpacks to more than {_megabytes(TOTAL)}; the rest is left out; split it")
    except (*_BROKEN, RecursionError) as error:
        raise ArticleError(given, "is cut off or damaged; fetch it again") from error
    if not listed:
        raise ArticleError(given, "an archive without files; give one that has some")


def _zipped(path: Path, given: str) -> Iterator[_Entry]:
    """Yield the members of a zip."""
    _check_directory(path, given)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            reason = ""
            if info.flag_bits & 1:
                reason = "is protected by a password"
            elif stat.S_ISLNK(info.external_attr >> 16):
                reason = "is a link to another file"
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                reason = "is packed in a way that Quoth does not read"
            elif info.file_size > max(_SMALL, _RATIO * info.compress_size):
                reason = f"unpacks to more than {_RATIO} times its size, as files do that are made to fill a disk"
            yield _Entry(info.filename, info.file_size, partial(archive.open, info), reason)


def _check_directory(path: Path, given: str) -> None:
    """Refuse a zip whose list of members is too long to be held in memory."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 1 << 16), os.SEEK_END)
        end = file.read()
    record = end[end.rfind(b"PK\5\6") :]
    if len(record) >= 22 and struct.unpack("<L", record[12:16])[0] > _DIRECTORY:
        raise ArticleError(given, f"has more than {MEMBERS:,} members; split it")


def _tarred(path: Path, given: str) -> Iterator[_Entry]:
    """Yield the members of a tar, gzipped or not."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    if not zipped:
        yield from _listed(path, given)
        return
    with TemporaryDirectory(prefix="quoth-") as folder:
        unzipped = Path(folder) / "archive.tar"
        _gunzip(path, unzipped, given)
        yield from _listed(unzipped, given)


def _gunzip(path: Path, target: Path, given: str) -> None:
    size = 0
    with path.open("rb") as file, gzip.open(file) as packed, target.open("wb") as plain:
        while block := packed.read(_BLOCK):
            size += len(block)
            if size > TOTAL:
                raise ArticleError(given, f"unpacks to more than {_megabytes(TOTAL)}; split it")
            if size > max(_SMALL, _RATIO * file.tell()):
                what = f"unpacks to more than {_RATIO} times its size, as files do that are made to fill a disk"
                raise ArticleError(given, f"{what}; give the files themselves")
            plain.write(block)


def _listed(path: Path, given: str) -> Iterator[_Entry]:
    with _Bounded(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        for info in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # or it would keep them all
            if info.isdir():
                continue
            reason = "" if info.isreg() and not info.issparse() else "is a link, a device or a file with holes"
            yield _Entry(info.name, info.size, partial(_extracted, archive, info), reason)
        file.seek(archive.offset)
        if any(file.read(tarfile.BLOCKSIZE)):
            raise ArticleError(given, "is cut off or damaged, and its rest is left out; fetch it again")


class _Bounded(FileIO):
    """A file of which not much is read at once: names in a tar may claim any length."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to ``size`` bytes."""
        if size is None or not 0 <= size <= _HEADER:
            raise tarfile.ReadError("a header is too long")
        return super().read(size)


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise tarfile.ReadError("not a file")
    return file


def _unpack(entry: _Entry, given: str, unpacked: list[int], target: Path) -> None:
    """Write what is in a member to a file, and count its bytes."""
    size = 0
    try:
        with entry.open() as source, target.open("wb") as file:
            while block := source.read(_BLOCK):
                size += len(block)
                unpacked[0] += len(block)
                if size > base.LIMIT:
                    raise ArticleError(given, too_large())
                file.write(block)
    except _BROKEN as error:
        raise ArticleError(given, "is cut off or damaged; pack it again") from error
    if size < entry.size:
        raise ArticleError(given, "is cut off; pack it again")


def _plain(name: str) -> str:
    return shown(Path(name.replace("\\", "/")))


def _hidden(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _unsafe(name: str) -> str:
    """Say what is wrong with a name that leads out of the archive, or return ""."""
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        return "has a path that leads out of the archive"
    return f"has a name of more than {_LONGEST:,} characters" if len(name) > _LONGEST else ""


def _megabytes(size: int) -> str:
    return f"{size // 1_000_000:,} MB"
