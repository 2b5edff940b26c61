"""Files that were made to do harm, each with what it should end in: a number of articles, or words of a refusal.

Run as a module with the ending of a format and a folder, it reads its files there and writes a JSON object a line; so
a test can have it done in a process of its own, whose memory is limited.
"""

import gzip
import json
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from index.articles import read
from index.types import Article

MANY = 100_000
LIMIT = 1 << 30  # bytes of memory
TEXT = "A sentence of the main text that is long enough to be kept by everybody."

Ending = int | str


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


ZOO = {".html": pages, ".md": notes, ".txt": texts, ".jsonl": rows}


def visit(path: Path) -> dict[str, object]:
    """Read a file, and tell how many seconds of a processor that took and what came of it."""
    began, articles, reasons = time.process_time(), 0, []
    text = ""
    for item in read(path):
        if isinstance(item, Article):
            articles, text = articles + 1, item.text[:1000] + item.text[-1000:]
        else:
            reasons.append(item.reason)
    seconds = time.process_time() - began
    return {"name": path.name, "seconds": seconds, "articles": articles, "reasons": reasons, "text": text}


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
