"""What a file is, told from its first bytes, where that is not what its name says."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = 4096  # bytes
_TAIL = 1 << 17
_HTML = (".html", ".htm", ".xhtml")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a file is, and the endings that say so."""

    name: str
    endings: tuple[str, ...] = ()


_ZIP = _Kind("a zip archive", (".zip", ".docx", ".odt", ".epub"))  # whose readers say what is missing in it
_ZIPS = (
    (b"mimetypeapplication/vnd.oasis.opendocument.text", _Kind("an OpenDocument text", (".odt",))),
    (b"mimetypeapplication/epub+zip", _Kind("an EPUB book", (".epub",))),
)
_OFFICES = (
    (b"word/document", _Kind("a Word document", (".docx",))),
    (b"xl/workbook", _Kind("an Excel workbook")),
    (b"ppt/presentation", _Kind("a PowerPoint presentation")),
)
_OFFICE_FIRST = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/", b"customXml/")
_LOCKED = _Kind("a document that is protected by a password")
_OFFICE = _Kind("a document of an old Office")
_STARTS = (
    (b"%PDF-", _Kind("a PDF document", (".pdf",))),
    (b"\x1f\x8b", _Kind("a gzip file", (".html.gz", ".tar.gz", ".tgz"))),
    (b"{\\rtf", _Kind("an RTF document")),
    (b"\x89PNG\r\n", _Kind("a PNG picture")),
    (b"\xff\xd8\xff", _Kind("a JPEG picture")),
    (b"GIF8", _Kind("a GIF picture")),
    (b"II*\0", _Kind("a TIFF picture")),
    (b"MM\0*", _Kind("a TIFF picture")),
    (b"BZh91AY&SY", _Kind("a bzip2 file")),
    (b"\xfd7zXZ\0", _Kind("an xz file")),
    (b"7z\xbc\xaf\x27\x1c", _Kind("a 7z archive")),
    (b"Rar!\x1a\x07", _Kind("a RAR archive")),
    (b"\x28\xb5\x2f\xfd", _Kind("a Zstandard file")),
    (b"\x7fELF", _Kind("a program")),
    (b"SQLite format 3\0", _Kind("an SQLite database")),
)


def contradiction(path: Path, suffix: str) -> str | None:
    """Say what a file is and what to do, if it is certainly no file of its ending; else return None."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        kind = _kind(head)
        if kind in (_ZIP, _OFFICE):
            file.seek(max(path.stat().st_size - _TAIL, 0))
            kind = _office(head + file.read()) if kind is _OFFICE else _zipped(head, file.read())
    if kind is None or suffix in kind.endings or (kind.endings == _HTML and suffix.startswith(_HTML)):
        return None
    if kind is _LOCKED:
        return f"is {kind.name}; save it without one"
    if kind is _OFFICE:
        return f"is {kind.name}; save it as .docx"
    advice = f"rename it to end in {kind.endings[0]}" if kind.endings else "give its text in a format that Quoth reads"
    return f"is {kind.name}, whatever {suffix} says; {advice}"


def _kind(head: bytes) -> _Kind | None:
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return _ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _OFFICE
    if head[257:262] == b"ustar":
        return _Kind("a tar archive", (".tar",))
    if _PAGE.match(head):
        return _Kind("a web page", _HTML)
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def _zipped(head: bytes, tail: bytes) -> _Kind:
    """Tell documents that are zips from other zips, by the first member and the list of all."""
    first = head[30:]
    known = _OFFICES if first.startswith(_OFFICE_FIRST) else ()
    found = next((kind for mark, kind in _ZIPS if first.startswith(mark)), None)
    return found or next((kind for mark, kind in known if mark in tail), _ZIP)


def _office(data: bytes) -> _Kind:
    return _LOCKED if "EncryptedPackage".encode("utf-16-le") in data else _OFFICE
