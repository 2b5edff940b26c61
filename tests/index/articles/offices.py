"""Office documents, books and tables that were made to do harm, for the zoo."""

import csv
import io
from collections.abc import Iterator

from tests.index.articles.packages import CONTAINER, WORD, docx, epub, odt, zipped

Ending = int | str | tuple[int, str]
Case = tuple[str, str | bytes, Ending]

MANY = 100_000
TEXT = "A sentence that is long enough to be kept by everybody."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PAR = f"<w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p>"
CELL = "<w:tbl><w:tr><w:tc>"
END = "</w:tc></w:tr></w:tbl>"


def _laughs(used: str, document: str) -> str:
    """Return a document type in front of a document, with an entity that grows when it is expanded, and a file's."""
    entities = "".join(f"<!ENTITY {new} '{f'&{old};' * 50}'>" for old, new in zip("abcde", "bcdef", strict=True))
    entities += f"<!ENTITY a '{'a' * 100}'><!ENTITY z SYSTEM 'file:///etc/passwd'>"
    return f"<!DOCTYPE x [{entities}]>" + document.replace("HERE", used)


def _attributes(count: int) -> str:
    return " ".join(f"a{number}='x'" for number in range(count))


def word_documents() -> Iterator[Case]:
    """Yield Word documents."""
    good = docx(PAR)
    yield "good.docx", good, 1
    yield "nothing.docx", b"", "empty"
    yield "half.docx", good[: len(good) // 2], "the end of the Word document"
    yield "no head.docx", good[60:], "not a Word document"
    place = good.index(b"word/document.xml") + 30
    yield "flipped.docx", good[:place] + bytes(40) + good[place + 40 :], "damaged"
    yield "password.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"
    yield "old.docx", OLE, "save it as .docx"
    yield "words.docx", TEXT, "not a Word document"
    yield "rtf.docx", b"{\\rtf1 x}", "RTF"
    yield "page.docx", "<html><body>x</body></html>", "web page"
    yield "pdf.docx", b"%PDF-1.4", "PDF"
    yield "sheet.docx", zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "Excel"
    yield "book.docx", epub([TEXT]), "EPUB"
    yield "zip.docx", zipped({"a.txt": TEXT}), "not a Word document"
    yield "no text.docx", docx(""), "empty"
    yield "no body.docx", docx("", parts={"word/document.xml": "<x/>"}), "empty"
    yield "no document.docx", zipped({"[Content_Types].xml": "<x/>"}), "empty"
    yield "open.docx", docx("<w:p>"), "no XML"
    yield "crossed.docx", docx("<w:p><w:r></w:p></w:r>"), "no XML"
    yield "nul.docx", docx(f"{PAR}\0"), "no XML"
    yield "latin.docx", docx("", parts={"word/document.xml": b"<x>\xe9</x>"}), "no XML"
    yield "odd order.docx", docx(f"<w:tr><w:tc>{PAR}</w:tc></w:tr><w:r><w:t>x</w:t></w:r><w:br/><w:numId/>{PAR}"), 1
    yield "loose cell.docx", docx(f"<w:tc>{PAR}</w:tc>{PAR}"), 1
    yield "laughs.docx", docx("", parts={"word/document.xml": _laughs("&f;", "<x>HERE</x>")}), "document type"
    yield "outside.docx", docx(PAR, parts={"docProps/core.xml": _laughs("", "<x>&z;</x>")}), 1
    yield "bytes.docx", docx(f"{PAR}<w:p><w:r><w:t>{'a' * 110_000_000}</w:t></w:r></w:p>"), "too much"
    yield "elements.docx", docx(PAR + "<w:b/>" * 1_100_000), "too much"
    yield "deep.docx", docx("<w:p>" * 500 + "</w:p>" * 500), "too much"
    yield "tables.docx", docx(CELL * 60 + f"<w:p><w:r><w:t>{'word ' * 100_000}</w:t></w:r></w:p>" + END * 60), 1
    yield "attributes.docx", docx(f"<w:p {_attributes(MANY)}/>{PAR}"), 1
    based = "".join(f'<w:style w:styleId="{i}"><w:basedOn w:val="{i + 1}"/></w:style>' for i in range(10_000))
    styled = '<w:p><w:pPr><w:pStyle w:val="0"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>' * 10_000
    said = {"word/styles.xml": f'<w:styles xmlns:w="{WORD}">{based}</w:styles>'}
    yield "styles.docx", docx(styled, parts=said), 1
    circle = f'<w:s xmlns:w="{WORD}"><w:style w:styleId="0"><w:basedOn w:val="0"/></w:style></w:s>'
    yield "circle.docx", docx(styled, parts={"word/styles.xml": circle}), 1
    yield "many parts.docx", docx(PAR, parts={f"{number}{'x' * 60_000}": "" for number in range(70)}), "too many parts"
    yield "properties.docx", docx(PAR, parts={"docProps/core.xml": f"<x>{'<a/>' * 1_000_000}</x>"}), "too much"
    yield "large properties.docx", docx(PAR, parts={"docProps/core.xml": b" " * 21_000_000}), "over 20 MB"
    where = '<r xmlns="x"><a Type="x/officeDocument" Target="{}"/></r>'
    yield "elsewhere.docx", docx(PAR, parts={"_rels/.rels": where.format("../../../etc/passwd")}), "empty"
    yield "dated.docx", docx(PAR, "<dcterms:created>0000-00-00T99:99:99Z</dcterms:created>"), 1


def open_documents() -> Iterator[Case]:
    """Yield OpenDocument texts."""
    par = f"<text:p>{TEXT}</text:p>"
    good = odt(par)
    yield "good.odt", good, 1
    yield "nothing.odt", b"", "empty"
    yield "half.odt", good[:200], "the end of the text document"
    yield "words.odt", TEXT, "not a text document"
    yield "zip.odt", zipped({"a.txt": TEXT}), "not a text document"
    yield "word.odt", docx(PAR), "Word document"
    locked: dict[str, str | bytes] = {"META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": b"\x8f\x01\xfe"}
    yield "password.odt", odt(par, parts=locked), "password"
    yield "no text.odt", odt(""), "empty"
    yield "open.odt", odt("<text:p>"), "no XML"
    yield "laughs.odt", odt(par, parts={"content.xml": _laughs("&f;", "<x>HERE</x>")}), "document type"
    yield "outside.odt", odt(par, parts={"meta.xml": _laughs("", "<x>&z;</x>")}), 1
    yield "spaces.odt", odt(f'<text:p>x<text:s text:c="999999999999"/>{TEXT}</text:p>'), 1
    yield "cells.odt", odt(f'<table:table-cell table:number-columns-repeated="99999999"/>{par}'), 1
    yield "deep.odt", odt("<text:list><text:list-item>" * 300 + par + "</text:list-item></text:list>" * 300), "too much"
    yield "lines.odt", odt("<text:p>" + "\n" * 10_000_000 + "x</text:p>"), 1
    yield "odd order.odt", odt(f"<text:list-item><text:note-body>{par}</text:note-body></text:list-item>{par}"), 1


def books() -> Iterator[Case]:
    """Yield books."""
    par = f"<p>{TEXT}</p>"
    good = epub([par])
    yield "good.epub", good, 1
    yield "nothing.epub", b"", "empty"
    yield "half.epub", good[:300], "the end of the book"
    yield "words.epub", TEXT, "not a book"
    yield "zip.epub", zipped({"a.txt": TEXT}), "not a book"
    yield "word.epub", docx(PAR), "Word document"
    yield "no chapters.epub", epub([]), "empty"
    yield "no list.epub", zipped({"META-INF/container.xml": CONTAINER}), "lists its chapters"
    yield "no root.epub", epub([par], parts={"META-INF/container.xml": "<x/>"}), "lists its chapters"
    yield "empty root.epub", epub([par], parts={"META-INF/container.xml": ""}), "no XML"
    climbing = CONTAINER.replace("OPS/book.opf", "../../../etc/passwd")
    yield "root outside.epub", epub([par], parts={"META-INF/container.xml": climbing}), "lists its chapters"
    listed = '<p><manifest><item id="a" href="{}" media-type="text/html"/></manifest><spine>{}</spine></p>'
    once = '<itemref idref="a"/>'
    yield "outside.epub", epub([par], parts={"OPS/book.opf": listed.format("../../../etc/passwd", once)}), "empty"
    yield "web.epub", epub([par], parts={"OPS/book.opf": listed.format("http://[x/", once)}), "empty"
    yield "again.epub", epub([par], parts={"OPS/book.opf": listed.format("c%200.xhtml", once * MANY)}), 1
    locked = {"META-INF/encryption.xml": "<x><CipherReference xmlns='y' URI='OPS/c%200.xhtml'/></x>"}
    yield "locked.epub", epub([par], parts=locked), "DRM"
    fonts = {"META-INF/encryption.xml": "<x><CipherReference xmlns='y' URI='OPS/font.otf'/></x>"}
    yield "fonts.epub", epub([par], parts=fonts), 1
    yield "laughs.epub", epub([par, ""], parts={"OPS/c 1.xhtml": _laughs("&f;", "<p>HERE &z;</p>")}), 1
    yield "laughing list.epub", epub([par], parts={"OPS/book.opf": _laughs("&f;", "<p a='HERE'/>")}), "no XML"
    yield "soup.epub", epub([par], parts={"OPS/c 0.xhtml": f"<html><p>{TEXT}<br><p>&nbsp;x<table><td>y"}), 1
    yield "nul.epub", epub([f"{par}\0"]), "NUL"
    yield "latin.epub", epub([par], parts={"OPS/c 0.xhtml": b"<p>caf\xe9"}), "not UTF-8"
    yield "deep.epub", epub(["<div>" * 5000 + TEXT], parts={}), "nested"
    yield "tables.epub", epub(["<table><tr><td>" * 70 + TEXT + "</td></tr></table>" * 70]), 1
    yield "elements.epub", epub(["<p>x</p>" * 510_000]), "too much"
    yield "large.epub", epub([f"<p>{'word ' * 2_000_000}</p>"]), "too much"
    yield "attributes.epub", epub([f"<p {_attributes(MANY)}/>{par}"]), 1
    yield "chapters.epub", epub(["<p>x</p>"] * 1000), 1
    links = "<li><a href='c%200.xhtml#x'>y</a></li>" * 20_000
    yield "contents.epub", epub([f"<p id='x'>{TEXT}</p>"], contents=links), 1


def tables() -> Iterator[Case]:
    """Yield tables."""
    head = "id,text\n"
    good = f"{head}1,{TEXT}\n"
    yield "good.csv", good, 1
    yield "nothing.csv", "", "empty"
    yield "head only.csv", head, 0
    yield "no text.csv", f"name,age\n{TEXT},7\n", "'name', 'age'"
    yield "many columns.csv", ",".join(f"c{number}" for number in range(MANY)) + "\n", "no column holds the text"
    yield "long column.csv", "c" * 1_000_000 + ",b\n", "no column holds the text"
    yield "picture.csv", b"\x89PNG\r\n\x1a\n\0\0", "PNG"
    yield "nul.csv", f"{good}2,a\0b\n", (1, "NUL")
    yield "nul head.csv", "id,\0text\n", "NUL"
    yield "ragged.csv", f"{good}2\n3,a,b\n", (1, "fields")
    yield "open.csv", f'{good}2,"{"word " * 100_000}\n', (1, "quotation mark")
    yield "quotes.csv", good + '"' * 1_000_001 + "\n", (1, "quotation mark")
    yield "odd quotes.csv", good + '2,"a"b"c\n' * 1000, (1, "quotation mark")
    yield "no line ends.csv", good + "x" * 17_000_000, (1, "16,000,000 characters")
    yield "long row.csv", f'{good}2,"' + ("word " * 200 + "\n") * 17_000, (1, "16,000,000 characters")
    yield "commas.csv", good + "," * 10_000_000 + "\n", 1
    yield "empty rows.csv", good + "\n" * 100_000 + ",\n" * 10_000, 1
    yield "returns.csv", f"{head}1,{TEXT}\r2,x\r", 2
    yield "same ids.csv", f"{good}1,x\n", (1, "already used")
    yield "line id.csv", f'{good}"a\nb",x\n', (1, "white space")
    yield "columns.csv", f"text,Text,TEXT,id,ID\n{TEXT},b,c,1,2\n", 1
    yield "two encodings.csv", good.encode() + "Öl und Zwölf Köche\n".encode("cp1252"), "not UTF-8"
    yield "half.csv", good.encode("utf-16")[:-1], (0, "another encoding")
    yield "wide.csv", good.encode("utf-32"), "NUL"
    written = io.StringIO()
    csv.writer(written).writerows([("text", "title"), *((f"{number} {TEXT}", "Same") for number in range(2000))])
    yield "same titles.csv", written.getvalue(), 2000
    yield "formulas.tsv", f'text\turl\n=cmd|"/c calc"!A0 {TEXT}\tjavascript:alert(1)\n', 1


ZOO = {".docx": word_documents, ".odt": open_documents, ".epub": books, ".csv": tables}
