"""What an address holds is told by its content, and becomes an article that knows where it came from."""

import zipfile
from io import BytesIO

import pytest

from index.types import Article
from index.web import Client
from tests.index.articles.documents import column, pdf
from tests.index.web.conftest import Answer, Site, page, reason, visits, zipped


def article(site: Site, client: Client, path: str = "/a", prefix: str = "") -> Article:
    """Return the article at an address."""
    source, (found,) = visits(site.url(path), client, prefix=prefix)
    assert source.kind == "page"
    assert found.item is not None, found
    assert found.origin == found.item.origin
    return found.item


def test_a_page(site: Site, client: Client) -> None:
    """A page's origin and link are its address, and its id is made of host, path and six digits of that."""
    site.pages["/news/harbour?x=1"] = Answer(page())
    found = article(site, client, "/news/harbour?x=1")
    assert found.title == "The harbour opens"
    assert found.text.startswith("The harbour opens")
    assert found.language == "en"
    assert found.url == found.origin == site.url("/news/harbour?x=1")
    assert found.doc_id.startswith("127-0-0-1-news-harbour-")
    assert len(found.doc_id) == len("127-0-0-1-news-harbour-") + 6
    assert article(site, client, "/news/harbour?x=1", prefix="web").doc_id == f"web-{found.doc_id}"


def test_a_page_that_names_a_feed_is_a_page(site: Site, client: Client) -> None:
    """What a page links to makes no feed of it."""
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    site.pages["/a"] = Answer(page(head=feed), type="application/rss+xml")
    assert article(site, client).title == "The harbour opens"
    assert site.paths() == ["/a"]


@pytest.mark.parametrize(
    ("canonical", "origin"),
    [
        ("/b?id=7", "/b?id=7"),
        ("b", "/b"),
        ("/a#part", "/a"),
        ("https://other.example/a", "/a"),
        ("javascript:alert(1)", "/a"),
        ("http://[", "/a"),
        ("/", "/a"),
        ("", "/a"),
    ],
)
def test_the_canonical_address(canonical: str, origin: str, site: Site, client: Client) -> None:
    """A page may give itself another address, but of its own site and not the front page's."""
    site.pages["/a"] = Answer(page(head=f'<link rel="canonical" href="{canonical}">'))
    found = article(site, client)
    assert found.origin == found.url == site.url(origin)


def test_a_canonical_address_in_a_comment(site: Site, client: Client) -> None:
    """What is commented out, or in the text, is not the page's canonical address."""
    link = '<link rel="canonical" href="/b">'
    site.pages["/a"] = Answer(page(head=f"<!-- {link} -->", words=link.replace("<", "&lt;")))
    assert article(site, client).origin == site.url("/a")


@pytest.mark.parametrize(
    ("encoding", "said", "declared"),
    [
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("iso-8859-2", 'text/html;charset="ISO-8859-2"', ""),
        ("windows-1251", "text/html", '<meta charset="windows-1251">'),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_pages_in_any_encoding(encoding: str, said: str, declared: str, site: Site, client: Client) -> None:
    """The encoding is the one that the header or the page names, unless the page is UTF-8 after all."""
    words = {"windows-1251": "Гавань відкрито", "iso-8859-2": "Přístav otevřen"}.get(encoding, "Häfen Гавань")
    site.pages["/a"] = Answer(page(words, head=declared).decode().encode(encoding), type=said)
    assert article(site, client).title == words


@pytest.mark.parametrize("charset", ["windows-1251", "", "nonsense"])
def test_plain_text(charset: str, site: Site, client: Client) -> None:
    """Plain text is kept as it is, in the encoding that its header names."""
    text = "Гавань відкрито.\n\nУ гавані стоять кораблі, і їх видно з моря вночі і вдень.\n"
    encoding = "windows-1251" if charset == "windows-1251" else "utf-8"
    site.pages["/notes.txt"] = Answer(text.encode(encoding), type=f"text/plain; charset={charset}")
    found = article(site, client, "/notes.txt")
    assert found.text == text
    assert found.source == "127.0.0.1"
    assert found.title == "127.0.0.1/notes.txt"


def test_markdown(site: Site, client: Client) -> None:
    """Markdown is read as Markdown where its type or its name says so, and its front matter counts."""
    text = b"---\ntitle: Harbour\ndate: 2023-07-11\n---\n\nThe **harbour** opened.\n"
    site.pages |= {"/a": Answer(text, type="text/markdown"), "/a.md": Answer(text, type="text/plain")}
    for path in ("/a", "/a.md"):
        found = article(site, client, path)
        assert (found.title, found.text.strip()) == ("Harbour", "The harbour opened.")
        assert (found.published, found.published_from) == ("2023-07-11", "front matter")
        assert found.url == found.origin == site.url(path)


@pytest.mark.parametrize("said", ["text/plain", "application/octet-stream", "image/png", "application/rss+xml"])
def test_content_counts_and_not_its_type(said: str, site: Site, client: Client) -> None:
    """A page is a page, whatever its server calls it."""
    site.pages["/a"] = Answer(page(), type=said)
    assert article(site, client).title == "The harbour opens"


def docx(document: str) -> bytes:
    """Return a DOCX file of this document."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", document)
    return data.getvalue()


@pytest.mark.parametrize(
    ("body", "said", "word"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "text/html", "a picture"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "text/html", "a picture"),
        (b"PK\x03\x04" + bytes(100), "application/zip", "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "application/msword", "an old Office file"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b"\x00\x01\x02", "application/octet-stream", "application/octet-stream"),
        (b"body { color: red }", "text/css", "text/css"),
        (b"%PDF-1.7 broken", "text/html", ""),
        (docx("<broken"), "text/html", ""),
        (b"", "text/html", "empty"),
        (b"", "text/plain", "empty"),
        (b"<html><body></body></html>", "text/html", "no main text"),
        (zipped(b"\x89PNG"), "text/html", "a picture"),
        (b"\x1f\x8bnonsense", "text/html", "gzipped"),
    ],
)
def test_what_is_no_article(body: bytes, said: str, word: str, site: Site, client: Client) -> None:
    """What cannot be read is refused in a sentence that says what it is."""
    site.pages["/a"] = Answer(body, type=said)
    found = reason(site.url("/a"), client)
    assert word in found
    assert "quoth-" not in found  # the temporary file


def test_what_cannot_be_read_need_not_be_fetched_again(site: Site, client: Client) -> None:
    """A refusal for what is on a page keeps its validators."""
    site.pages["/a"] = Answer(b"<html></html>", headers={"ETag": '"1"'})
    _, (found,) = visits(site.url("/a"), client)
    assert (found.outcome, found.validators.etag) == ("refused", '"1"')


def test_a_pdf(site: Site, client: Client) -> None:
    """A PDF is read by its own reader, with its pages, whatever its server calls it."""
    texts = ("The harbour of the old town opened again in July.", "Since then ships enter it by day and by night.")
    info = {"Title": "A report on the harbour"}
    leaves = [column(text, 72, 700, 80) for text in texts]
    site.pages["/report"] = Answer(pdf(leaves, info=info), type="application/octet-stream")
    found = article(site, client, "/report")
    assert found.title == "A report on the harbour"
    assert found.text.split("\n\n") == list(texts)
    assert [place.fragment for place in found.locators] == ["#page=1", "#page=2"]
    assert found.origin == found.url == site.url("/report")
    assert found.doc_id.startswith("127-0-0-1-report-")


def test_a_word_document(site: Site, client: Client) -> None:
    """A DOCX file is told from other zips by what is in it."""
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{words}"><w:body><w:p><w:r><w:t>The harbour opened.</w:t></w:r></w:p></w:body>'
    site.pages["/a"] = Answer(docx(f"{body}</w:document>"), type="application/zip")
    assert article(site, client).text.strip() == "The harbour opened."
