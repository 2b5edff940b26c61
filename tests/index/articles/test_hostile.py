"""Files that were made to do harm: nothing is raised, hangs, fills the memory or reads what was not named."""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import read
from index.articles.dates import iso
from index.types import Article
from tests.index.articles.zoo import ZOO

ROOT = Path(__file__).parents[3]
EXAMPLES = 3000 if os.environ.get("QUOTH_TORTURE") else 300
SECONDS = 20 if os.environ.get("QUOTH_TORTURE") else 10
# What a refusal tells a person to do, or what was expected.
ADVICE = re.compile(r"; |\bmust\b|there is no text in it|no main text|it reads")

PIECES = {
    ".html": [
        *(
            "<html>",
            "<head>",
            "</head>",
            "<body>",
            "<article>",
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<table>",
            "<tr>",
            "<td>",
        ),
        *(
            "<br/>",
            "<pre>",
            "<script>",
            "</script>",
            "<style>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?xml ",
            "?>",
            "<svg>",
        ),
        *("<meta charset=", "utf-16", "iso-8859-1", "<title>", "<a href='javascript:x'>", "<ul>", "<li>", "<b>", "<q>"),
        *(
            "&amp;",
            "&#0;",
            "&#xd800;",
            "&x;",
            "<!DOCTYPE html [<!ENTITY x 'y'>]>",
            "lang='",
            "'",
            '"',
            "<time datetime=",
        ),
        *(
            "2023-02-30",
            "<meta name=author content=",
            "<base href=//[>",
            "<link rel=canonical href=http://[::1>",
            "<h1>",
        ),
    ],
    ".md": [
        *(
            "---\n",
            "title: ",
            "date: ",
            "authors: [",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!python/name:os.system ",
            "? ",
            ": ",
            "|\n",
        ),
        *(
            "# ",
            "> ",
            "- ",
            "1. ",
            "```",
            "~~~",
            "`",
            "*",
            "_",
            "**",
            "[",
            "](",
            ")",
            "![",
            "[a]: ",
            "<",
            ">",
            "<b>",
            "<!--",
        ),
        *(
            "-->",
            "|",
            "|-|-|\n",
            "\\",
            "  \n",
            "\t",
            "&#x0;",
            "&nbsp;",
            "<http://",
            "===\n",
            "~~",
            "%TAG ! x\n",
            "'",
            '"',
        ),
    ],
    ".txt": ["word ", "\n", "\r\n", "\r", "\ufeff", "\u2028", "\x85", "\x1c", "\x0c", "\u202e", "\ue000", "e\u0301"],
    ".jsonl": [
        *(
            '{"_id": "a", ',
            '"text": "t"',
            "}",
            "{",
            "[",
            "]",
            ",",
            ":",
            '"',
            "\\",
            "\\u",
            "\\ud800",
            "\\udc00",
            "null",
            "1e999",
        ),
        *(
            '"metadata": {',
            '"title": ',
            '"published": ',
            '"url": ',
            '"authors": ',
            '"locators": [{"start": ',
            '"label": "x"',
        ),
        *(
            '"_id": ',
            '"_origin": ',
            '"published_from": ',
            "-1",
            "NaN",
            "true",
            '"2023-07-11"',
            '"http://x"',
            "\ufeff",
            "\u2028",
        ),
    ],
}
PIECES[".eml"] = [
    *(
        "Subject: ",
        "From: ",
        "Date: ",
        "a@b",
        "<",
        ">",
        '"',
        "=?utf-8?q?",
        "=?x?b?",
        "?=",
        "=C3",
        "=\n",
        "\n\n",
        "\r\n",
    ),
    *("Content-Type: ", "text/plain", "text/html", "multipart/mixed", "multipart/alternative", "message/rfc822", "; "),
    *("charset=", "boundary=a\n\n", "--a\n", "--a--\n", "format=flowed", "name*=utf-8''", "filename*0*=", "*1="),
    *(
        "Content-Transfer-Encoding: ",
        "base64",
        "quoted-printable",
        "x-uue",
        "Content-Disposition: attachment",
        "begin 6",
    ),
    *(
        "> ",
        "On 3 May 2023 X wrote:\n",
        "-- \n",
        "-----Original Message-----\n",
        "<p>Words.</p>",
        "a.txt",
        "a.zip",
        "YQ==",
    ),
]
COMMON = [" ", "\n", "x", "Words of it.", "\0", "\u202e", "0", "9999999999"]
BYTES = st.sampled_from([b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"\0", b"\xe9"])


@st.composite
def documents(draw: st.DrawFn, ending: str) -> bytes:
    """Return a file in which pieces of a format, any text, and bytes that are no text follow on one another."""
    piece = st.sampled_from([*PIECES[ending], *COMMON]).map(str.encode)
    text = st.text(max_size=20).map(lambda given: given.encode("utf-8", "surrogatepass"))
    parts: Sequence[bytes] = draw(st.lists(st.one_of(piece, piece, piece, piece, text), max_size=60))
    starts = {".html": b"<html><body><article><p>Words of a page.</p>", ".eml": b"From: A B <a@b.example>\n"}
    start = starts.get(ending, b"") if draw(st.booleans()) else b""
    return start + b"".join(parts) + (draw(BYTES) if draw(st.integers(0, 9)) == 0 else b"")


def check(path: Path) -> None:
    """Read a file, and see that all that comes of it can be stored, printed and understood."""
    for item in read(path):
        if isinstance(item, Article):
            (item.text + item.title + item.doc_id + item.origin).encode()
            assert item.text.strip()
            assert item.title.strip() == item.title != ""
            assert not any(c.isspace() for c in item.doc_id)
            assert item.url is None or item.url.lower().startswith(("http://", "https://"))
            assert item.published is None or iso(item.published) == item.published
            assert all(0 <= locator.start <= len(item.text) for locator in item.locators)
        else:
            assert item.given.startswith(str(path))
            assert len(item.reason) < 1000
            assert ADVICE.search(item.reason), item.reason


@pytest.mark.parametrize("ending", PIECES)
def test_whatever_a_file_holds(tmp_path_factory: pytest.TempPathFactory, ending: str) -> None:
    """Any file becomes articles that are whole, or refusals that say what to do."""
    path = tmp_path_factory.mktemp("files") / f"file{ending}"

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(documents(ending))
    def run(data: bytes) -> None:
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check(path)

    run()


@settings(max_examples=EXAMPLES)
@given(
    st.one_of(
        st.text(max_size=90),
        st.lists(
            st.sampled_from(
                [
                    *"0123456789-/:.,+TZ \u0662",
                    "2023",
                    "July",
                    "Tue",
                    "UTC",
                    "+99:99",
                    "-00:00:01",
                    "am",
                    "AD",
                    "e5",
                    "inf",
                ]
            ),
            max_size=20,
        ).map("".join),
        st.integers(),
        st.floats(),
    )
)
def test_whatever_a_date_is(written: object) -> None:
    """Any value is a date that is read again as the same, or none."""
    found = iso(written)
    assert found is None or iso(found) == found


@pytest.mark.parametrize("ending", ZOO)
def test_zoo(tmp_path: Path, ending: str) -> None:
    """Each file ends as it should, in seconds, in a process that may have a gigabyte of memory."""
    command = [sys.executable, "-W", "error", "-m", "tests.index.articles.zoo", ending, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    told = {row["name"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert (ran.returncode, ran.stderr) == (0, ""), (list(told)[-1:], ran.stderr[-2000:])
    for name, _, expected in ZOO[ending]():
        row = told.pop(name)
        assert row["seconds"] < SECONDS, (name, row["seconds"])
        if isinstance(expected, int):
            assert (row["articles"], row["reasons"]) == (expected, []), (name, row)
            assert ending != ".html" or name == "spaces.html" or "to be kept by everybody." in row["text"], (name, row)
        else:
            articles, words = expected if isinstance(expected, tuple) else (0, expected)
            assert row["articles"] == articles, (name, row)
            assert [reason for reason in row["reasons"] if words in reason and ADVICE.search(reason)], (name, row)
        assert "root:" not in row["text"]
    assert told == {}
