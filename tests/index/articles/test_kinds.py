"""Files that are not what their names say."""

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest

from tests.index.articles.documents import pdf

Reason = Callable[[str, bytes], str]


def zipped(*names: str, data: str = "x") -> bytes:
    """Return a zip of members with these names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return file.getvalue()


PDF = pdf([[(50, 700, 10, "Text.")]])
DOCX = zipped("[Content_Types].xml", "word/document.xml")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", PDF, "is a PDF document, whatever .txt says; rename it to end in .pdf"),
        ("a.html", PDF, "is a PDF document, whatever .html says; rename it to end in .pdf"),
        ("a.pdf", DOCX, "is a Word document, whatever .pdf says; rename it to end in .docx"),
        ("a.zip", DOCX, "is a Word document, whatever .zip says; rename it to end in .docx"),
        ("a.md", zipped("a.txt"), "is a zip archive, whatever .md says; rename it to end in .zip"),
        (
            "a.pdf",
            zipped("xl/workbook.xml"),
            "is an Excel workbook, whatever .pdf says; give its text in a format that",
        ),
        ("a.txt", zipped("mimetype", data="application/epub+zip"), "is an EPUB book, whatever .txt says; rename it"),
        (
            "a.txt",
            b"  <!DOCTYPE html>\n<title>T</title>",
            "is a web page, whatever .txt says; rename it to end in .html",
        ),
        ("a.jsonl", b"<html>", "is a web page, whatever .jsonl says; rename it to end in .html"),
        ("a.txt", gzip.compress(b"x", mtime=0), "is a gzip file, whatever .txt says"),
        ("a.html.gz", zipped("a.html"), "is a zip archive, whatever .html.gz says"),
        ("a.txt", b"{\\rtf1 x}", "is an RTF document, whatever .txt says"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "is a PNG picture, whatever .pdf says"),
        ("a.txt", OLE, "is a document of an old Office; save it as .docx"),
        (
            "a.txt",
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "is a document that is protected by a password; save it",
        ),
    ],
)
def test_mislabelled(reason: Reason, name: str, data: bytes, said: str) -> None:
    """A file whose first bytes contradict its ending is refused by what it is, with what to do."""
    assert reason(name, data).startswith(said)


def test_documents_in_an_archive_are_an_archive(reason: Reason) -> None:
    """A zip that holds a Word document as it is remains a zip, also where that is not packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", b"")
        archive.writestr("b.jpeg.docm", DOCX)
    assert reason("a.md", file.getvalue()).startswith("is a zip archive")


def test_texts_that_only_begin_alike(reason: Reason) -> None:
    """Words that are near to a mark are words."""
    for data in (b"PK is a name.", b"%PDF is how it begins.", b"BZh is nothing.", b"<htmlish> words"):
        assert "empty" in reason("a.txt", b" ")
        with pytest.raises(AssertionError):
            reason("a.txt", data)
