"""Web pages: where they come from, when they were published, and that nothing is fetched for them."""

import base64
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from index.articles import files, html
from index.errors import ArticleError
from index.types import Article

Write = Callable[[str, bytes], Article]
Reason = Callable[[str, bytes], str]
TEXT = "Der alte Turm steht seit vielen Jahren auf der Klippe, und sein Licht reicht weit über das Wasser."


def page(head: str = "", body: str = "", before: str = "") -> bytes:
    """Return a page with an article."""
    return (
        f"<!DOCTYPE html>{before}<html lang='de'><head>{head}</head>"
        f"<body><article><p>{TEXT}</p>{body}</article></body></html>"
    ).encode()


def dated(head: str = "", body: str = "", address: str | None = None) -> tuple[object, str]:
    """Return the date of a page and where it was found."""
    draft = html.page(page(head, body), "a.html", address)
    return draft.fields["published"], draft.found_in


def data(json: str) -> str:
    """Return what a page says of itself in JSON-LD."""
    return f"<script type='application/ld+json'>{json}</script>"


def test_the_address_of_a_page_that_names_none() -> None:
    """A page that was fetched has the address it came from, and its host as source, unless it names its own."""
    fields = html.page(page(), "x", "https://news.example.org/a").fields
    assert (fields["url"], fields["source"]) == ("https://news.example.org/a", "news.example.org")
    own = page("<link rel='canonical' href='https://example.org/turm'>")
    assert html.page(own, "x", "https://example.org/turm?from=feed").fields["url"] == "https://example.org/turm"


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- saved from url=(0029)https://example.org/der-turm -->",
        "<!--\n Page saved with SingleFile \n url: https://example.org/der-turm \n saved date: Fri Jul 14 2023 -->",
    ],
)
def test_the_address_that_a_browser_saved(article: Write, comment: str) -> None:
    """A browser's note says where a saved page came from."""
    found = article("turm.html", page(before=comment))
    assert (found.url, found.source, found.text) == ("https://example.org/der-turm", "example.org", TEXT)


def test_the_encoding_that_came_with_a_page() -> None:
    """What a server says of the encoding counts before what the page says, and UTF-8 before both."""
    written = page("<meta charset='iso-8859-1'>")
    assert html.page(written, "x", charset="windows-1251").text == TEXT
    assert html.page(written.decode().encode("cp1250"), "x", charset="windows-1250").text == TEXT
    russian = "<html><body><article><p>Старая башня стоит на скале много лет.</p></article></body></html>"
    assert html.page(russian.encode("koi8-r"), "x", charset="KOI8-R").text == "Старая башня стоит на скале много лет."
    with pytest.raises(ArticleError, match="UTF-8"):
        html.page(russian.encode("koi8-r"), "x", charset="no such thing")


def test_pictures_inside_of_a_page(article: Write) -> None:
    """A page that holds its pictures and styles gives its text alone."""
    picture = f"<img alt='' src='data:image/png;base64,{base64.b64encode(bytes(9000)).decode()}'>"
    found = article("a.html", page("<style>p { background: url(data:image/png;base64,AAAA) }</style>", picture))
    assert found.text == TEXT


def test_what_is_saved_beside_a_page_is_no_article(tmp_path: Path) -> None:
    """The folder of frames and scripts beside a saved page is passed over; any other of such a name is not."""
    for name in ("Turm.html", "Turm_files/frame.html", "my_files/a.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(page())
    assert [path.name for path in files([tmp_path])] == ["Turm.html", "a.txt"]


@pytest.mark.parametrize(
    ("head", "body", "address", "published", "found_in"),
    [
        ("<meta property='article:published_time' content='2023-07-14T10:00+02:00'>", "", "", "2023-07-14", "meta tag"),
        ("<meta name='DC.date.issued' content='2023-07-14'>", "", "", "2023-07-14", "meta tag"),
        ("<meta itemprop='datePublished' content='14 July 2023'>", "", "", "2023-07-14", "meta tag"),
        (data('{"@type": "NewsArticle", "datePublished": "2023-07-14"}'), "", "", "2023-07-14", "JSON-LD"),
        (data('{"@graph": [{"@type": ["Report"], "datePublished": "2023-07-14"}]}'), "", "", "2023-07-14", "JSON-LD"),
        ("", "<time pubdate datetime='2023-07-14'>Freitag</time>", "", "2023-07-14", "time element"),
        ("", "<time class='dt-published' datetime='2023-07-14'>Freitag</time>", "", "2023-07-14", "time element"),
        ("", "", "https://example.org/2023/07/14/turm", "2023-07-14", "URL"),
        ("", "", "https://example.org/news/2023/jul/14/turm", "2023-07-14", "URL"),
        ("", "", "https://example.org/news/2023-07-14-turm.html", "2023-07-14", "URL"),
        ("<meta name='date' content='2023-07-15T02:10Z'>", "", "https://example.org/2023/07/14/a", "2023-07-14", "URL"),
    ],
)  # fmt: skip
def test_dates(head: str, body: str, address: str, published: str, found_in: str) -> None:
    """A date is what a page marks as its publication, and where it was found is said."""
    assert dated(head, body, address or None) == (published, found_in)


@pytest.mark.parametrize(
    ("head", "body", "address"),
    [
        ("<meta property='article:modified_time' content='2023-07-14'>", "", ""),
        ("<meta name='date' content='0001-01-01T00:00:00Z'>", "", ""),
        ("<meta name='date' content='July 2023'>", "", ""),
        (data('{"@type": "Comment", "datePublished": "2023-07-14"}'), "", ""),
        (data('{"@type": "ItemList", "items": [{"@type": "Article", "datePublished": "2023-07-14"}]}'), "", ""),
        (data('{"@type": "Article", "datePublished": '), "", ""),
        (data('{"@type": "Article", "datePublished": {"a": [7]}}'), "", ""),
        ("", "<time pubdate datetime='2023-07-14'>a</time><time pubdate datetime='2022-01-02'>b</time>", ""),
        ("", "<time datetime='2023-07-14'>Freitag</time>", ""),
        ("", "<p>Published on 14 July 2023</p><p>© 2023-07-14 Example</p>", ""),
        ("", "", "https://example.org/2023/14/07/turm"),
        ("", "", "https://example.org/2023/07/turm?day=2023/07/14"),
        ("", "", "https://example.org/archive/12023/07/14"),
    ],
)  # fmt: skip
def test_no_date_is_invented(head: str, body: str, address: str) -> None:
    """What does not say when the page itself was published gives no date."""
    assert dated(head, body, address or None) == (None, "")


def mhtml(*parts: tuple[str, bytes]) -> bytes:
    """Return a page as browsers save it in one file."""
    head = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/turm\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="--edge"\r\n\r\n'
    )
    body = b"".join(
        b"----edge\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s"
        % (kind.encode(), base64.encodebytes(content).replace(b"\n", b"\r\n"))
        for kind, content in parts
    )
    return head + body + b"----edge--\r\n"


def test_a_page_saved_in_one_file(article: Write) -> None:
    """A page saved as MHTML is read with its address, in its encoding, and without its frames."""
    frame = b"<html><body><p>A frame that stands beside the page.</p></body></html>"
    parts = (
        ("text/html; charset=cp1252", page().decode().encode("cp1252")),
        ("image/png", bytes(99)),
        ("text/html", frame),
    )
    for name in ("turm.mhtml", "turm.mht"):
        found = article(name, mhtml(*parts))
        assert (found.text, found.url, found.language) == (TEXT, "https://example.org/turm", "de")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"", "not a page saved as MHTML"),
        (b"\x89PNG", "not a page saved as MHTML"),
        (mhtml(("image/png", b"x")), "no web page in it"),
        (mhtml(("text/html", b"")), "empty"),
        (b"Content-Type: multipart/mixed; boundary=a\n\n" * 1000, "not a page saved as MHTML"),
        (b"A: b\n" * 800_000, "lines"),
    ],
)
def test_no_page_in_one_file(reason: Reason, written: bytes, words: str) -> None:
    """What is no saved page is refused with its reason."""
    assert words in reason("a.mhtml", written)


def test_many_elements_deep_inside(reason: Reason) -> None:
    """A page that would take minutes is refused before it is taken apart."""
    assert "nested deeply" in reason("a.html", b"<html><body>" + b"<div>" * 200 + b"<p>words</p>" * 25_000)


def test_nothing_is_fetched(article: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page makes its reader open a connection, not even one that is an address or asks for one."""

    def connect(*_: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    asking = (
        "<base href='http://example.org/'><link rel='canonical' href='/x'>"
        "<meta http-equiv='refresh' content='0; url=/y'><link rel='amphtml' href='http://example.org/amp'><script src='http://example.org/z.js'></script>"
    )
    assert article("a.html", page(asking, "<iframe src='http://example.org/'></iframe>")).text == TEXT
    address = b"<html><body><p>http://example.org/robots.txt</p></body></html>"
    assert article("b.html", address).text == "http://example.org/robots.txt"
    with pytest.raises(ArticleError, match="not an HTML page"):
        html.page(b"http://example.org/", "c.html")
