"""Files that were made to do harm, each with what it should end in: a number of articles, words of a refusal, or both.

Run as a module with the ending of a format and a folder, it reads its files there and writes a JSON object a line; so
a test can have it done in a process of its own, whose memory is limited.
"""

import gzip
import io
import json
import os
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from index.articles import read
from index.types import Article
from tests.index.articles import offices
from tests.index.articles.documents import column, content, joined, pdf, stream, written

MANY = 100_000
LIMIT = 1 << 30  # bytes of memory
TEXT = "A sentence of the main text that is long enough to be kept by everybody."

Ending = int | str | tuple[int, str]


def _page(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><article>{body}<p>{TEXT}</p></article></body></html>"


def _xml(entities: str, used: str) -> str:
    return f"<?xml version='1.0'?><!DOCTYPE html [{entities}]>" + _page(f"<p>Words {used} and more of them.</p>")


def _front(matter: str) -> str:
    return f"---\n{matter}\n---\nText."


def _row(**fields: object) -> str:
    return json.dumps({"_id": "a", "text": "t", **fields})


def _lol(entity: str) -> str:
    names = "abcdefghi"
    return "".join(entity.format(new=new, old=old) for old, new in pairwise(names))


def pages() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield web pages."""
    yield "deep.html", _page("<div>" * MANY), "nested"
    yield "deep inline.html", _page("<b>" * MANY + "words" + "</b>" * MANY), "nested"
    yield "deep lists.html", _page("<p><ul><li>" * 30_000 + "</p>" * 30_000), "nested"
    yield "deep tables.html", _page("<table><tr><td>" * 5000), "nested"
    yield "just not deep.html", _page("<div>" * 240), 1
    yield "a million links.html", _page("<a href='x'>w</a> " * 1_000_000), "elements"
    yield "breaks.html", _page("<br>" * MANY), "elements"
    yield "metas.html", _page("", "<meta name='author' content='A B'>" * MANY), "elements"
    yield (
        "attributes.html",
        f"<html><body {' '.join(f'a{i}=b' for i in range(MANY))}>{TEXT}</body></html>",
        "attributes",
    )
    yield "ten megabytes.html", _page(f"<p>{'word ' * 20_000}</p>" * 110), "characters"
    yield "one long line.html", _page("word " * 2_100_000), "characters"
    yield "a long comment.html", _page(f"<!--{'x' * 10_100_000}-->"), 1
    yield "a long picture.html", _page(f"<img src='data:image/png;base64,{'A' * 10_100_000}'>"), 1
    yield "pictures.html", _page(f"<img src='data:image/png;base64,{'A' * 100_000}'>" * 110), 1
    yield "styles.html", _page("", f"<style>{'a' * 100_000}</style>" * 110), 1
    yield "open comments.html", _page(f"<p>{TEXT}</p>" + "<!-- " * MANY), 1
    yield "open tags.html", _page(f"<p>{TEXT}</p>" + "<" * MANY), 1
    yield "open scripts.html", _page(f"<p>{TEXT}</p>" + "<script>" * MANY), 1
    yield "spaces.html", _page(f"<pre>a{' ' * 1_000_000}b</pre>"), 1
    yield "charsets.html", _page("", "<meta charset" * 5000), 1
    yield (
        "charset.html",
        f"<meta charset=utf-7><p>+ADw-script+AD4- {TEXT}</p>".encode() + b"\xff",
        "neither UTF-8 nor utf-7",
    )
    yield "charset zip.html", b"<meta charset=zip><html>\xff</html>", "neither UTF-8 nor zlib"
    yield "json.html", _page("", f"<script type='application/ld+json'>{'[' * MANY}</script>"), 1
    yield "title.html", _page("", f"<title>{'t | ' * MANY}</title>"), 1
    yield "date.html", _page("", f"<meta property='article:published_time' content='{'2023-01-01 ' * MANY}'>"), 1
    yield "host.html", _page("", f"<link rel='canonical' href='http://{'a.' * MANY}'>"), 1
    yield "lol.xhtml", _xml("<!ENTITY a 'lol'>" + _lol("<!ENTITY {new} '&{old};&{old};&{old};&{old};'>"), "&i;"), 1
    yield "file.xhtml", _xml("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;"), 1
    yield "parameter.xhtml", _xml("<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;", ""), 1
    yield "zeros.html.gz", gzip.compress(bytes(210_000_000), 1), "larger than"
    yield "tags.html.gz", gzip.compress(b"<p>" * 5_000_000, 1), "elements"
    yield "twice.html.gz", gzip.compress(gzip.compress(_page("").encode())), "not UTF-8"


def notes() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield Markdown files."""
    yield "billion laughs.md", _front("a: &a [x, x]\n" + _lol("{new}: &{new} [*{old}, *{old}]\n") + "authors: *i"), 1
    yield "laughing title.md", _front("a: &a [x, x]\n" + _lol("{new}: &{new} [*{old}, *{old}]\n") + "title: *i"), 1
    yield "itself.md", _front("a: &a [*a]"), "YAML"
    yield "deep front.md", _front("title: " + "[" * 60_000), "front matter"
    yield "long front.md", _front("\n".join(f"k{i}: v" for i in range(MANY))), "front matter has more"
    yield "python.md", _front("title: !!python/object/apply:os.system ['true']"), 1
    yield "tags.md", _front("title: !!binary aGk=\ndate: !!timestamp 2023-01-01\nlanguage: !<x> en"), 1
    yield "dates.md", _front("date: 2023-99-99T99:99:99"), 1
    yield "keys.md", _front("? [a, b]\n: c\n<<: {title: x}"), "YAML"
    yield "surrogate.md", _front('title: "\\ud800"'), 1
    yield "spaces in front.md", f"---\n{' ' * 1_000_000}x", 1
    yield "dashes.md", "-" * 1_000_000, "empty"
    yield "quotations.md", ">" * MANY + " x", "nested"
    yield "lists.md", "- " * MANY + "x", "nested"
    yield "brackets.md", "[" * MANY, "brackets"
    yield "balanced.md", "[" * 50_000 + "]" * 50_000, "brackets"
    yield "images.md", "![" * MANY, "brackets"
    yield "references.md", "[a][" * MANY, "brackets"
    yield "links.md", "[a](" * 10_000, 1
    yield "stars.md", "*a_b " * 20_000, 1
    yield "strong.md", "a**b" * 20_000 + "c* " * 20_000, 1
    yield "ticks.md", " ".join("`" * i for i in range(1, 1000)), 1
    yield "tags open.md", "a " + "<a b='" * 20_000, 1
    yield "comments.md", "<!--" * MANY, "tags"
    yield "inline comments.md", "a <!--" * MANY, "tags"
    yield "instructions.md", "a <?" * MANY, "tags"
    yield "cdata.md", "a <![CDATA[" * MANY, "tags"
    yield "declarations.md", "a <!A" * MANY, "tags"
    yield "spaces.md", "a" + " " * 1_000_000 + "b", 1
    yield "entities.md", "&#" * MANY + "&#" + "9" * MANY + ";", 1
    yield "definitions.md", "[a]: /u\n" * 20_000 + "Text.", 1
    yield "table.md", "|" * MANY + "\n" + "|-" * MANY + "\n", 1
    yield "wide table.md", "a|" * 1000 + "\n" + "-|" * 1000 + "\n" + "b\n" * 10_000, 1
    yield "long line.md", "word " * 1_000_000, 1


def texts() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield plain text files."""
    yield "long line.txt", b"w" * 50_000_000, 1
    yield "spaces.txt", b" " * 50_000_000, "empty"
    yield "returns.txt", b"\r" * 10_000_000 + b"x", 1
    yield "wide.txt", b"a" * 30_000_000 + "\U0001f600".encode(), 1
    yield "nul.txt", b"a\0", "NUL"
    yield "surrogate.txt", b"\xed\xa0\x80 x", "UTF-8 at byte 0"
    yield "half.txt", b"\xff\xfe\x00\xd8", "UTF-16"
    yield "odd.txt", b"\xfe\xff\x00", "UTF-16"
    yield "utf 32.txt", "text".encode("utf-32"), "NUL"
    yield "two marks.txt", b"\xef\xbb\xbf\xef\xbb\xbftext", 1
    yield "overlong.txt", b"\xc0\xae\xc0\xae/", "UTF-8"
    yield "mixed.txt", b"\xff\xfe" + "a".encode("utf-16-le") + b"b", "UTF-16"
    yield "mark only.txt", b"\xef\xbb\xbf", "empty"


def rows() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield files of JSON Lines."""
    yield "arrays.jsonl", "[" * MANY, "JSON"
    yield "objects.jsonl", '{"a":' * MANY + "1" + "}" * MANY, "nested"
    yield "deep title.jsonl", f'{{"_id":"a","text":"t","title":{"[" * MANY}{"]" * MANY}}}', "nested"
    yield "deep metadata.jsonl", f'{{"_id":"a","text":"t","metadata":{"[" * 900}{"]" * 900}}}', 1
    yield "fifty megabytes.jsonl", _row(text="w " * 25_000_000), 1
    yield "escapes.jsonl", '{"_id":"a","text":"' + "\\u0041" * 1_000_000 + '"}', 1
    yield "no line ends.jsonl", "{" * 50_000_000, "JSON"
    yield "empty lines.jsonl", "\n" * 1_000_000, 0
    yield "digits.jsonl", f'{{"_id":"a","text":"t","title":{"9" * 1_000_000}}}', "digits"
    yield "long id.jsonl", _row(_id="9" * 1_000_000), "characters"
    yield "not a number.jsonl", '{"_id":"a","text":"t","title":NaN,"published":Infinity,"date":1e999}', 1
    yield "surrogate text.jsonl", '{"_id":"a","text":"\\ud800"}', "surrogate"
    yield "surrogate id.jsonl", '{"_id":"\\ud800","text":"t"}', "control"
    yield "surrogate url.jsonl", '{"_id":"a","text":"t","title":"\\ud800","url":"http://\\udfff"}', 1
    yield "line id.jsonl", _row(_id="a\nb"), "white space"
    yield "direction id.jsonl", _row(_id="\u202eabc"), "control"
    yield "path id.jsonl", _row(_id="../../etc/passwd"), 1
    yield "authors.jsonl", _row(authors=["x"] * MANY), 1
    yield "one author.jsonl", _row(authors=";" * 10_000_000), 1
    yield (
        "long values.jsonl",
        _row(title="t " * 1_000_000, url="http://" + "a" * 1_000_000, published="2" * 1_000_000),
        1,
    )
    yield "keys.jsonl", "{" + "".join(f'"k{i}":1,' for i in range(MANY)) + '"_id":"a","text":"t"}', 1
    yield "same keys.jsonl", '{"_id":"a","_id":"b","text":"t","text":"u"}', 1
    yield "locators.jsonl", _row(locators=[{"start": 0, "label": "x"}] * MANY), 1
    yield "bad locators.jsonl", _row(locators=[{"start": True}, {"start": -1, "label": "x"}, 7, {"start": 0}, []]), 1


def documents() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield PDF documents."""
    good = pdf([[(50, 700, 10, TEXT)]])
    yield "junk before.pdf", b"junk\n" * 20 + good, 1
    yield "nul after.pdf", good + bytes(1000), 1
    yield "nothing.pdf", b"", "empty"
    yield "words.pdf", TEXT, "not a PDF"
    yield "header.pdf", b"%PDF-1.7\n", "cut off"
    yield "half.pdf", good[: len(good) // 2], "cut off"
    yield "no end.pdf", good[:-30], "cut off"
    yield "wrong offsets.pdf", good.replace(b"0000000", b"0000001"), 1
    yield "wrong start.pdf", good[:-20] + b"startxref\n99999999\n%%EOF", 1
    yield "circle.pdf", pdf([[(50, 700, 10, TEXT)]], trailer="/Prev 9"), 1
    yield "no pages.pdf", pdf([]), "no pages"
    yield "page of itself.pdf", joined([_CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"], "/Root 1 0 R"), "no"
    yield "pages.pdf", joined([_CATALOG, b"<< /Type /Pages /Kids [] /Count 2000000000 >>"], "/Root 1 0 R"), "no"
    yield "deep arrays.pdf", pdf([[(50, 700, 10, TEXT)]], catalog=f"/X {'[' * MANY}{']' * MANY}"), 1
    yield "deep dictionaries.pdf", pdf([[(50, 700, 10, TEXT)]], catalog=f"/X {'<</A ' * MANY}1{'>>' * MANY}"), 1
    yield "deep content.pdf", written([b"[" * 1_000_000]), "no text"
    yield "states.pdf", written([b"q " * 1_000_000 + content([(50, 700, 10, TEXT)])]), 1
    yield "zeros.pdf", written([zlib.compress(_zeros(1000))], entries="/Filter [/FlateDecode /FlateDecode]"), "too much"
    yield "filters.pdf", written([b"00"], entries=f"/Filter [{'/ASCIIHexDecode ' * 10_000}]"), "no text"
    form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>"
    yield (
        "form.pdf",
        written([b"/X Do"], resources="/XObject << /X 5 0 R >>", objects=[stream(b"/X Do", form)]),
        "no text",
    )
    yield (
        "numbers.pdf",
        written([b"BT /F1 1e38 Tf 1e38 0 0 1e38 1e38 9999999999999 Tm (x) Tj 0 0 0 0 0 0 Tm (x) Tj ET"]),
        "no",
    )
    yield "one place.pdf", written([b"BT /F1 9 Tf 1 0 0 1 50 50 Tm (xyz) Tj ET\n" * 20_000]), 1
    yield "letters.pdf", pdf([[(i % 500, 700 - i // 500, 1, "x") for i in range(20_000)]]), 1
    yield "apart.pdf", written([b"BT /F1 9 Tf [" + b"(a) -2000 " * 20_000 + b"] TJ ET"]), 1
    locked = f"/Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -4"
    yield "password.pdf", pdf([[]], trailer=f"/Encrypt << {locked} >> /ID [<00> <00>]"), "password"
    yield "security.pdf", pdf([[]], trailer="/Encrypt << /Filter /X /V 1 >> /ID [<00> <00>]"), "protected"
    image = "/Type /XObject /Subtype /Image /Width 9 /Height 9 /ColorSpace /DeviceGray /BitsPerComponent 8"
    yield (
        "scan.pdf",
        written([b"/X Do"], resources="/XObject << /X 5 0 R >>", objects=[stream(bytes(81), image)]),
        "OCR",
    )
    private = pdf([[(50, 700, 10, "x" * 50)]]).replace(b"/WinAnsiEncoding", b"<</Differences [120 /uniE000]>>")
    yield "private letters.pdf", private, "fonts"
    long = {"Title": "t" * MANY, "Author": "\0\x1b[2J" * 100, "CreationDate": "D:99999999"}
    yield "long title.pdf", pdf([[(50, 700, 10, TEXT)]], info=long), 1
    script = "/OpenAction << /S /JavaScript /JS (while\\(1\\){}) >> /AA << /O << /S /Launch /F (/bin/sh) >> >>"
    yield "script.pdf", pdf([[(50, 700, 10, TEXT)]], catalog=script), 1
    yield "page.pdf", _page(""), "web page"
    yield "picture.pdf", b"\x89PNG\r\n\x1a\n", "PNG picture"
    yield "archive.pdf", _zip({"a.txt": TEXT}), "zip archive"
    if os.environ.get("QUOTH_TORTURE"):  # these take seconds each, as far as they may
        yield "many pages.pdf", written([content(column(TEXT * 40, 50, 700, 80))] * 10_000), "pages could be read"
        yield (
            "light pages.pdf",
            pdf([[(50, 700, 10, f"{i:b}{TEXT}".replace("0", "o").replace("1", "i"))] for i in range(10_000)]),
            1,
        )
        forms = [stream(b"/X Do " * 10, form.replace("5 0 R", f"{6 + i} 0 R")) for i in range(12)]
        yield (
            "forms.pdf",
            written([b"/X Do"], resources="/XObject << /X 5 0 R >>", objects=[*forms, stream(b"")]),
            "too much",
        )
        yield "much text.pdf", written([b"BT /F1 9 Tf " + b"(%s) Tj " % (b"word " * 2000) * 1200 + b"ET"]), "too much"


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def _zeros(megabytes: int) -> bytes:
    """Return what unpacks to as many zeros, made from one that is repeated."""
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    second = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + second * (megabytes - 1) + packer.flush()


def _zip(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def _tar(*members: tuple[str, bytes, str | bytes]) -> bytes:
    """Return an archive of members with these names, types, and contents or targets."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if isinstance(data, str):
                info.linkname = data
            info.size = len(data) if isinstance(data, bytes) else 0
            archive.addfile(info, io.BytesIO(data if isinstance(data, bytes) else b""))
    return file.getvalue()


def archives() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield archives."""
    good = _zip({"a.txt": TEXT, "b/c.txt": TEXT, "__MACOSX/._a.txt": "x", ".hidden/d.txt": "x", "e/": ""})
    yield "good.zip", good, 2
    yield "nothing.zip", b"", "cut off"
    yield "empty.zip", _zip({}), "without files"
    yield "half.zip", good[: len(good) // 2], "cut off"
    yield "words.zip", TEXT, "cut off"
    yield "flipped.zip", _zip({"a.txt": TEXT}, 0).replace(b"everybody", b"everybodY"), "damaged"
    yield "up.zip", _zip({"../../a.txt": TEXT, "b/../../c.txt": TEXT, "..\\d.txt": TEXT}), "leads out"
    yield "absolute.zip", _zip({"/etc/a.txt": TEXT, "C:\\a.txt": TEXT}), "leads out"
    yield "long name.zip", _zip({"a" * 60_000 + ".txt": TEXT, "b.txt": TEXT}), (1, "name of more than")
    yield "odd names.zip", _zip({"\x1b[2J.txt": TEXT, "\u202egnp.txt": TEXT, "a\nb.txt": TEXT}), 3
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    yield "link.zip", _zip({link: "/etc/passwd"}), "link"  # type: ignore[dict-item]
    locked = _zip({"a.txt": TEXT}).replace(b"PK\3\4\x14\0\0", b"PK\3\4\x14\0\1")
    yield "password.zip", locked.replace(b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"), "password"
    yield "lzma.zip", _zip({"a.txt": TEXT}, zipfile.ZIP_LZMA), "packed in a way"
    yield "inside.zip", _zip({"in.zip": good, "b.txt": TEXT}), (1, "inside of another")
    yield "zeros.zip", _zip({"a.txt": bytes(100_000_000), "b.txt": TEXT}), (1, "times its size")
    yield "pictures.zip", _zip({"a.png": b"\x89PNG", "b.txt": b"\x89PNG\r\n\x1a\n", "c.txt": TEXT}), (1, "PNG picture")
    yield "bad rows.zip", _zip({"a.jsonl": _row() + "\n{}\n" + _row(_id="b")}), (2, "_id")
    yield "many.zip", _zip({f"{i}.png": "" for i in range(10_001)}), "more than 10,000 members"
    yield "very many.zip", _many(100_000), "more than 10,000 members"
    yield "document.zip", _zip({"[Content_Types].xml": "x", "word/document.xml": "x"}), "Word document"
    yield "book.zip", _zip({"mimetype": "application/epub+zip"}, 0), "EPUB"
    tar = _tar(("a.txt", tarfile.REGTYPE, TEXT.encode()), ("./b/c.txt", tarfile.REGTYPE, TEXT.encode()))
    yield "good.tar", tar, 2
    yield "good.tar.gz", gzip.compress(tar), 2
    yield "good.tgz", gzip.compress(tar), 2
    yield "zip.tar", good, "zip archive"
    yield "tar.zip", tar, "tar archive"
    yield "not gzipped.tgz", tar, "tar archive"
    yield "empty.tar", bytes(10_240), "without files"
    yield "nothing.tar", b"", "cut off"
    yield "half.tar", tar[:1600], (1, "cut off")
    yield "no second.tar", tar[:1200], (1, "cut off")
    yield "bad header.tar", tar[:1024] + b"x" * 512 + tar[1536:], (1, "damaged")
    yield "half.tar.gz", gzip.compress(tar)[:90], "cut off"
    yield "zeros.tar.gz", gzip.compress(bytes(100_000_000), 1), "times its size"
    links = [(f"{i}.txt", kind, "/etc/passwd") for i, kind in enumerate((b"1", b"2", b"3", b"4", b"6"))]
    yield "links.tar", _tar(*links, ("a.txt", tarfile.REGTYPE, TEXT.encode())), (1, "link")
    yield "up.tar", _tar(("../a.txt", tarfile.REGTYPE, b"x"), ("/b.txt", tarfile.REGTYPE, b"x")), "leads out"
    header = tarfile.TarInfo("a")
    header.type, header.size = tarfile.XHDTYPE, 900_000_000
    yield "header.tar", header.tobuf() + bytes(10_240), "damaged"
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 10
    yield "names of names.tar", (header.tobuf() + b"a" * 10 + bytes(502)) * 5000, "damaged"


def _many(count: int) -> bytes:
    """Return a zip that lists one empty member again and again."""
    one = _zip({"a.txt": b""})
    listed = one[one.index(b"PK\1\2") : one.index(b"PK\5\6")] + bytes(0)
    start = one.index(b"PK\1\2")
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, len(listed) * count, start, 0)
    return one[:start] + listed * count + end


def messages() -> Iterator[tuple[str, str | bytes, Ending]]:
    """Yield e-mail messages."""
    head = "From: A B <a@b.example>\nSubject: S\nDate: Tue, 3 May 2023 10:00:00 +0200\n"
    parts = f"{head}Content-Type: multipart/mixed; boundary=a\n\n"
    yield "good.eml", f"{head}\n{TEXT}", 1
    yield "nothing.eml", b"", "not an e-mail"
    yield "words.eml", TEXT, "not an e-mail"
    yield "headers only.eml", head, "empty"
    yield "nul.eml", f"{head}\n{TEXT}\0".encode(), "NUL"
    yield "many headers.eml", "X: y\n" * MANY + f"\n{TEXT}", 1
    yield (
        "long headers.eml",
        f"Subject: {'=?utf-8?q?a?= ' * MANY}\nFrom: {'<a@b>,' * MANY}\nDate: {'1 ' * MANY}\n\n{TEXT}",
        1,
    )
    yield "odd headers.eml", f"Subject: =?x?q?a?= =?utf-8?b?!?= =?utf-8?q?=ff?=\nFrom: <<@>,;:\nDate: 99\n\n{TEXT}", 1
    yield "raw headers.eml", b"Subject: \xff\xfe\nFrom: \xc3\xbc <a@b>\n\n" + TEXT.encode(), 1
    yield "odd charset.eml", f"{head}Content-Type: text/plain; charset=zip\n\n{TEXT}", 1
    yield "odd type.eml", f"{head}Content-Type: ;;;=\nContent-Disposition: =\n\n{TEXT}", 1
    yield "bad base64.eml", f"{head}Content-Transfer-Encoding: base64\n\n{'!' * MANY}", "empty"
    yield "bad quoted.eml", f"{head}Content-Transfer-Encoding: quoted-printable\n\n{TEXT}={'=' * MANY}", 1
    yield "bad uu.eml", f"{head}Content-Transfer-Encoding: x-uuencode\n\nbegin 666 a\n{'x' * MANY}", 1
    nested = "".join(f"--{'a' * i}\nContent-Type: multipart/mixed; boundary={'a' * (i + 1)}\n\n" for i in range(1, 200))
    yield "deep.eml", parts + nested, "nested"
    yield "deep messages.eml", f"{head}Content-Type: message/rfc822\n\n" * 500 + TEXT, "parts"
    yield "many parts.eml", parts + "--a\n\nx\n" * MANY, "too many parts"
    yield "no parts.eml", parts, "empty"
    yield "many lines.eml", f"{head}\n" + "x\n" * 2_100_000, "lines"
    path = "Content-Disposition: attachment; filename=../../../etc/passwd.txt"
    yield "path.eml", f"{parts}--a\n{path}\n\n{TEXT}\n--a--\n", 1
    yield "archive.eml", f"{parts}--a\n\n{TEXT}\n--a\n{path}.zip\n\nPK\n--a--\n", (1, "inside of another")
    yield "page.eml", _page(""), "web page"
    yield "deep page.eml", f"{head}Content-Type: text/html\n\n{_page('<div>' * MANY)}", "nested"


ZOO = {
    ".html": pages,
    ".md": notes,
    ".txt": texts,
    ".jsonl": rows,
    ".pdf": documents,
    ".zip": archives,
    ".eml": messages,
    **offices.ZOO,
}


def visit(path: Path) -> dict[str, object]:
    """Read a file, and tell how many seconds of a processor that took and what came of it."""
    began, articles, reasons = _seconds(), 0, []
    text = ""
    for item in read(path):
        if isinstance(item, Article):
            articles, text = articles + 1, item.text[:1000] + item.text[-1000:]
        else:
            reasons.append(item.reason)
    seconds = _seconds() - began
    return {"name": path.name, "seconds": seconds, "articles": articles, "reasons": reasons, "text": text}


def _seconds() -> float:
    """Return how long a processor worked for this process and for those that it started."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(ending: str, folder: Path) -> None:
    """Write and read the files of a format, with limited memory."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    for name, data, _ in ZOO[ending]():
        path = folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
        del data
        sys.stdout.write(json.dumps(visit(path)) + "\n")
        sys.stdout.flush()
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
