"""Packages: zip files that hold one document in parts, as DOCX, ODT and EPUB do."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from lxml import etree  # type: ignore[import-untyped]

from index.articles.base import LIMIT, shown
from index.errors import ArticleError

_DIRECTORY = 4_000_000  # bytes; each of its entries takes ten times as much memory
_PART = 20_000_000  # bytes of a part that is held as a whole
_STREAMED = LIMIT // 2  # bytes of one that is not
_ELEMENTS = 1_000_000  # what is more takes too long
_DEEPEST = 250  # elements inside of one another
_TREE = 400_000  # tags of a part that is held as a whole
_PIECE = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    struct.error,
    ValueError,
)


class Target(Protocol):
    """What is told of the elements of a part, one after the other."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element, named ``{namespace}name`` as its attributes are."""

    def end(self, tag: str) -> None:
        """End an element."""

    def data(self, text: str) -> None:
        """Take text inside an element, or a piece of it."""


class Package:
    """An open package; its parts are known by their names, which never become paths."""

    def __init__(self, file: zipfile.ZipFile, given: str, kind: str) -> None:
        self.file = file
        self.given = given
        self.kind = kind
        self.names = frozenset(file.namelist())

    def part(self, name: str) -> bytes | None:
        """Return a part, or None where the package has none of that name.

        Raises:
            ArticleError: it is damaged, encrypted or too large.
        """
        if name not in self.names:
            return None
        pieces = []
        size = 0
        for piece in self._pieces(name):
            size += len(piece)
            if size > _PART:
                raise ArticleError(self.given, f"its part {name!r:.80} is over {_PART // 1_000_000} MB; save it again")
            pieces.append(piece)
        return b"".join(pieces)

    def xml(self, name: str) -> etree._Element | None:
        """Return a part as a tree without entities, or None where there is none.

        Raises:
            ArticleError: as ``part`` does, or it is no XML.
        """
        data = self.part(name)
        if data is None:
            return None
        if data.count(b"<") > _TREE:
            raise self.too_much()
        try:
            return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self._no_xml(name, error) from error

    def tell(self, name: str, target: Target) -> bool:
        """Tell a target of every element of a part, which is never in memory as a whole, and whether there is one.

        Raises:
            ArticleError: the part is damaged, encrypted, no XML, too much, or has a document type, which no office
                program writes.
        """
        if name not in self.names:
            return False
        parser = etree.XMLParser(target=_Guard(target, self), resolve_entities=False, no_network=True, huge_tree=True)
        size = 0
        try:
            for piece in self._pieces(name):
                size += len(piece)
                if size > _STREAMED:
                    raise self.too_much()
                parser.feed(piece)
            parser.close()
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self._no_xml(name, error) from error
        return True

    def protected(self) -> ArticleError:
        """Return the error of a document that opens with a password only."""
        return ArticleError(self.given, "password-protected; save it without a password")

    def too_much(self) -> ArticleError:
        """Return the error of a document that would take too long."""
        return ArticleError(self.given, "too much text or layout for one document; split it, or save it as .txt")

    def _no_xml(self, name: str, error: Exception) -> ArticleError:
        reason = f"damaged: its part {name!r:.80} is no XML ({' '.join(str(error).split()):.100}); save it again"
        return ArticleError(self.given, reason)

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            if self.file.getinfo(name).flag_bits & 1:
                raise self.protected()
            with self.file.open(name) as part:
                yield from iter(lambda: part.read(_PIECE), b"")
        except _BROKEN as error:
            reason = f"damaged: its part {name!r:.80} cannot be unzipped; copy or save it again"
            raise ArticleError(self.given, reason) from error


@contextmanager
def opened(path: Path, kind: str, holds: str) -> Iterator[Package]:
    """Open a package of a ``kind``, "DOCX file", which ``holds`` a part of this name, and close it in the end.

    Raises:
        ArticleError: the file is none, encrypted, damaged, or has too many parts.
    """
    given = shown(path)
    with path.open("rb") as file:
        start = file.read(2)
        if not start:
            raise ArticleError(given, "empty: there is no text in it")
        if start != b"PK":
            raise ArticleError(given, f"not a {kind}, whatever its name says; give it the ending of what it is")
        file.seek(max(0, path.stat().st_size - 65_557))  # the longest that the end of a zip file may be
        tail = file.read()
        end = tail.rfind(b"PK\x05\x06")
        if end < 0 or len(tail) < end + 22:
            raise ArticleError(given, f"cut off: the end of the {kind} is missing; copy or download it again")
        larger = tail[max(end - 20, 0) :].startswith(b"PK\x06\x07")  # the directory's size stands elsewhere
        if larger or struct.unpack_from("<I", tail, end + 12)[0] > _DIRECTORY:
            raise ArticleError(given, f"a zip file of too many parts for a {kind}; give it the ending of what it is")
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise ArticleError(given, f"damaged: the {kind} cannot be unzipped; copy or save it again") from error
        with archive:
            if holds not in archive.namelist():
                raise ArticleError(given, f"a zip file, but not a {kind}; give it the ending of what it is")
            yield Package(archive, given, kind)


class _Guard:
    """Stands before a target: counts elements, and lets no document type pass."""

    def __init__(self, target: Target, package: Package) -> None:
        self.package = package
        self.target = target
        self.data = target.data
        self.elements = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Count an element and pass it on."""
        self.elements += 1
        self.depth += 1
        if self.elements > _ELEMENTS or self.depth > _DEEPEST:
            raise self.package.too_much()
        self.target.start(tag, attributes)

    def end(self, tag: str) -> None:
        """Pass on the end of an element."""
        self.depth -= 1
        self.target.end(tag)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse what could define entities."""
        raise ArticleError(self.package.given, "holds a document type, which no office program writes; save it again")

    def close(self) -> None:
        """End the part."""
