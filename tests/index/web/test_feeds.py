"""Feeds: their entries are followed to their pages, one by one."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.web import Client, Validators, Visit, feeds, visit
from index.web.addresses import parse
from index.web.client import Response
from tests.index.web.conftest import Answer, Site, page, visits, zipped

DATE = "2023-07-11T10:00:00Z"
TEXT = "The harbour of the old town opened again, and ships could enter it by day and by night."


def rss(items: str, start: str = "") -> str:
    """Return an RSS feed."""
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    channel = f"<channel><title>Harbour news</title><link>/</link><language>en-GB</language>{items}</channel>"
    return f'<?xml version="1.0"?>{start}<rss version="2.0" {spaces}>{channel}</rss>'


RSS = rss(
    "<item><title>One &amp;amp; &lt;b&gt;only&lt;/b&gt;</title><link>/a</link>"
    "<pubDate>Tue, 11 Jul 2023 10:00:00 GMT</pubDate><author>ada@news.example (Ada Quill)</author></item>"
    "<item><title>Two</title><guid>/b</guid><link>/b</link></item>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour news</title></channel>'
    f"<item><title>One &amp; only</title><link>/a</link><dc:date>{DATE}</dc:date><dc:creator>Ada Quill</dc:creator>"
    "<dc:language>en</dc:language></item><item><title>Two</title><link>/b</link></item></rdf:RDF>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour news</title><link href="/"/>'
    '<link rel="self" href="/feed"/><entry><title type="html">One &amp;amp; only</title>'
    '<link rel="enclosure" href="/x"/>'
    f'<link rel="alternate" href="/a"/><published>{DATE}</published><updated>2024-01-01T00:00:00Z</updated>'
    "<author><name>Ada Quill</name><email>ada@news.example</email></author></entry>"
    '<entry><title>Two</title><link href="/b"/><updated>2024-01-01T00:00:00Z</updated></entry></feed>'
)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour news",
        "language": "en",
        "items": [
            {"id": 1, "url": "/a", "title": "One & only", "date_published": DATE, "authors": [{"name": "Ada Quill"}]},
            {"id": "2", "url": "/b", "title": "Two"},
            "no item",
        ],
    }
)


def bare() -> bytes:
    """Return a page that says nothing of itself."""
    return f"<html><body><article>{''.join(f'<p>{TEXT} ({n})</p>' for n in 'abc')}</article></body></html>".encode()


def follow(site: Site, client: Client, feed: str | bytes, **options: object) -> list[Visit]:
    """Visit a feed; return the visits to its pages."""
    site.pages["/feed"] = Answer(feed if isinstance(feed, bytes) else feed.encode(), type="text/plain")
    source, found = visits(site.url("/feed"), client, **options)
    assert source.kind == "feed"
    assert source.pages == len(found) - 1
    assert (found[-1].address, found[-1].item) == (site.url("/feed"), None)
    return found[:-1]


@pytest.mark.parametrize("feed", [RSS, RDF, ATOM, JSON], ids=["RSS", "RDF", "Atom", "JSON"])
@pytest.mark.parametrize("pack", [str.encode, lambda feed: zipped(feed.encode())], ids=["plain", "gzipped"])
def test_feeds_of_all_kinds(feed: str, pack: Callable[[str], bytes], site: Site, client: Client) -> None:
    """A feed is told by its content; its entries' pages become articles, which know what the feed says of them."""
    site.pages |= {"/a": Answer(bare()), "/b": Answer(page("The page's own title"))}
    one, two = follow(site, client, pack(feed))
    assert one.item is not None
    assert (one.item.title, one.item.authors) == ("One & only", ("Ada Quill",))
    assert (one.item.published, one.item.published_from) == (DATE, "feed")
    assert one.item.language == "en"
    assert one.item.origin == one.address == site.url("/a")
    assert two.item is not None
    assert (two.item.title, two.item.published) == ("The page's own title", None)


def test_what_a_page_says_of_itself_counts(site: Site, client: Client) -> None:
    """A page's own date is kept where the feed has another."""
    head = '<meta property="article:published_time" content="2023-01-02">'
    site.pages |= {"/a": Answer(page(head=head)), "/b": Answer(page())}
    one, _ = follow(site, client, RSS)
    assert one.item is not None
    assert (one.item.title, one.item.published) == ("The harbour opens", "2023-01-02")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16"])
def test_feeds_in_any_encoding(encoding: str, site: Site, client: Client) -> None:
    """A feed is read in the encoding that it declares."""
    feed = rss("<item><title>Гавань&nbsp;є</title><link>/a</link></item>").replace(
        '"1.0"', f'"1.0" encoding="{encoding.removesuffix("-sig")}"'
    )
    site.pages["/a"] = Answer(bare())
    (found,) = follow(site, client, feed.encode(encoding))
    assert found.item is not None
    assert found.item.title == "Гавань є"


def test_the_encoding_of_the_header(site: Site, client: Client) -> None:
    """A feed that declares no encoding is read in the one of its Content-Type."""
    feed = rss("<item><title>Гавань</title><link>/a</link></item>").encode("windows-1251")
    site.pages |= {"/feed": Answer(feed, type="application/xml; charset=windows-1251"), "/a": Answer(bare())}
    _, (found, _) = visits(site.url("/feed"), client)
    assert found.item is not None
    assert found.item.title == "Гавань"


def test_a_feed_of_ten_thousand(site: Site, client: Client) -> None:
    """Of a long feed so many pages are read as are wanted, and the rest is told."""
    feed = rss("".join(f"<item><link>/{n}</link></item>" for n in range(10_000)))
    site.pages["/feed"] = Answer(feed.encode())
    source, found = visits(site.url("/feed"), client, limit=3)
    assert [visit.address for visit in found[:-1]] == [site.url(f"/{n}") for n in range(3)]
    assert source.note == "it lists 10,000 pages, of which 3 are read; a higher limit reads more"
    assert source.pages == 3


def test_pages_are_visited_lazily(site: Site, client: Client) -> None:
    """Whoever stops iterating stops the visits."""
    site.pages |= {"/feed": Answer(RSS.encode()), "/a": Answer(page()), "/b": Answer(page())}
    next(visit(site.url("/feed"), client).visits)
    assert site.paths() == ["/feed", "/a"]


def test_what_has_not_changed_is_not_fetched(site: Site, client: Client) -> None:
    """On the next look a page is asked for with its validators, and one that is gone is told as such."""
    site.pages |= {"/a": Answer(page("One"), headers={"ETag": '"1"'}), "/b": Answer(page("Two"))}
    first = follow(site, client, RSS)
    known = {visit.address: visit.validators for visit in first}
    del site.pages["/b"]
    again = follow(site, client, RSS, known=known, kind="feed")
    assert [visit.outcome for visit in again] == ["unchanged", "gone"]
    assert "404" in again[1].reason


def test_a_feed_that_has_not_changed(site: Site, client: Client) -> None:
    """Its pages are asked for all the same, unless that is not wanted."""
    site.pages |= {
        "/feed": Answer(RSS.encode(), headers={"ETag": '"1"'}),
        "/a": Answer(page()),
        "/b": Answer(page("B")),
    }
    _, first = visits(site.url("/feed"), client)
    known = {visit.address: visit.validators for visit in first}
    assert known[site.url("/feed")] == Validators(etag='"1"')
    _, again = visits(site.url("/feed"), client, known=known, kind="feed")
    assert len(again) == 3
    source, (only,) = visits(site.url("/feed"), client, known=known, kind="feed", thorough=False)
    assert (source.kind, only.address, only.outcome) == ("feed", site.url("/feed"), "unchanged")


def test_pages_that_failed_are_tried_again(site: Site, client: Client) -> None:
    """A feed does not count as read while one of its pages could not be."""
    site.pages |= {"/feed": Answer(RSS.encode(), headers={"ETag": '"1"'}), "/a": Answer(page())}
    site.pages["/b"] = Answer(status=500)
    _, first = visits(site.url("/feed"), client)
    assert first[-1].validators == Validators()


def test_one_page_under_two_addresses(site: Site, client: Client) -> None:
    """The second address of a page that was read already is "unchanged", and says what it is the same as."""
    same = page(head='<link rel="canonical" href="/b">')
    site.pages |= {"/a": Answer(same), "/b": Answer(same)}
    one, two = follow(site, client, RSS)
    assert (one.outcome, two.outcome) == ("fetched", "unchanged")
    assert one.origin == two.origin == site.url("/b")
    assert two.reason == f"is the same page as {site.url('/a')}"


def entry(link: str = "", *, title: str = "One", text: str = TEXT, more: str = "") -> str:
    """Return an entry that holds its text."""
    content = "".join(f"<p>{text} ({n})</p>" for n in "abc")
    start = f"<item><title>{title}</title><link>{link}</link>{more}"
    return f"{start}<content:encoded><![CDATA[{content}]]></content:encoded></item>"


def test_the_text_that_a_feed_holds(site: Site, client: Client) -> None:
    """Where a page is closed or holds no text and its feed does, that is taken, and said."""
    for answer, word in ((Answer(status=403), "403"), (Answer(b"<html><body></body></html>"), "no main text")):
        site.pages["/a"] = answer
        (found,) = follow(site, client, rss(entry("/a")), known={site.url("/a"): Validators()})
        assert found.item is not None
        assert found.item.text.count(TEXT) == 3
        assert (found.item.title, found.origin) == ("One", site.url("/a"))
        assert word in found.item.note
        assert found.item.note == found.reason
        assert "the text in its feed" in found.reason


def test_a_page_that_was_read_outlasts_a_bad_hour(site: Site, client: Client) -> None:
    """The text of a feed takes the place of a page that does not answer now only where there is none yet."""
    site.pages["/a"] = Answer(status=500)
    (found,) = follow(site, client, rss(entry("/a")))
    assert found.item is not None
    (again,) = follow(site, client, rss(entry("/a")), known={site.url("/a"): Validators(etag='"1"')})
    assert (again.outcome, again.item) == ("refused", None)


def test_a_feed_does_not_speak_for_other_sites(site: Site, client: Client) -> None:
    """The text of a feed is not taken for a page of another host."""
    (found,) = follow(site, client, rss(entry(f"http://localhost:{site.port}/a")))
    assert (found.outcome, found.item) == ("gone", None)
    site.pages["/a"] = Answer(status=403)
    (found,) = follow(site, client, rss(entry(f"http://localhost:{site.port}/a")))
    assert (found.outcome, found.item) == ("refused", None)


def test_entries_without_a_page(site: Site, client: Client) -> None:
    """An entry without a link is its own article; without a text it is refused."""
    feed = rss(entry("", more='<guid isPermaLink="false">post 7</guid>'))
    (found,) = follow(site, client, feed)
    assert found.item is not None
    assert found.item.origin == f"{site.url('/feed')}#post 7"
    assert found.item.url == site.url("/feed")
    assert found.reason == found.item.note == ""
    assert (
        len(follow(site, client, rss(entry(title="", text=f"One. {TEXT}") + entry(title="", text=f"Two. {TEXT}")))) == 2
    )
    (found,) = follow(site, client, rss("<item><title>One</title></item>"))
    assert "has no page, nor a text" in found.reason


@pytest.mark.parametrize("kind", ["html", "xhtml", "text"])
def test_content_of_atom(kind: str, site: Site, client: Client) -> None:
    """The text of an Atom entry is taken in each of its forms."""
    plain = "\n\n".join(f"{TEXT} ({n}) &amp; more" for n in "abc")
    markup = "".join(f"<p>{TEXT} ({n}) &amp; more</p>" for n in "abc")
    content = {
        "html": markup.replace("&", "&amp;").replace("<", "&lt;"),
        "xhtml": f'<div xmlns="http://www.w3.org/1999/xhtml">{markup}</div>',
        "text": plain,
    }[kind]
    item = f'<entry><id>urn:1</id><title>One</title><content type="{kind}">{content}</content></entry>'
    (found,) = follow(site, client, f'<feed xmlns="http://www.w3.org/2005/Atom">{item}</feed>')
    assert found.item is not None
    assert found.item.text.splitlines()[-1] == f"{TEXT} (c) & more"


def test_an_entry_that_is_a_feed(site: Site, client: Client) -> None:
    """An entry that leads to a feed is refused, and one that leads to its own feed left out."""
    site.pages["/a"] = Answer(RSS.encode())
    (found,) = follow(site, client, rss("<item><link>/a</link></item><item><link>/feed</link></item>"))
    assert "a list of pages itself" in found.reason


@pytest.mark.parametrize(
    ("feed", "titles"),
    [
        (
            rss(
                "<item><title>A&x;B</title><link>/a</link></item>",
                "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
            ),
            1,
        ),
        (rss("<item><title>A</title><link>/a</link></item>", "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x'>"), 1),
        (rss("<item><title>A</title><link>/a</link></item><item><title>B"), 1),
        (rss("<item>" * 100_000), 0),
        (rss("<item><title>A</title><link>/a</link></item>" + "<![CDATA[" * 10_000), 1),
        (rss("<a/>" * 20_000 + "<item><title>A</title><link>/a</link></item>"), 1),
        (rss("<item>" + "<link/>" * 20_000 + "</item>"), 0),
        ('{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000, 0),
        ('{"version": "https://jsonfeed.org/version/1", "items": 7}', 0),
        ('{"version": "https://jsonfeed.org/version/1", "items": [{"url": 7, "authors": 7, "title": {}}]}', 0),
    ],
    ids=["file", "DTD", "cut", "deep", "CDATA", "wide", "links", "deep JSON", "no list", "wrong types"],
)
def test_hostile_feeds(feed: str, titles: int, site: Site, client: Client) -> None:
    """Nothing in a feed is fetched but its pages, and what is wrong with it is a sentence."""
    site.pages |= {"/feed": Answer(feed.encode()), "/a": Answer(bare())}
    source, found = visits(site.url("/feed"), client)
    items = [visit.item for visit in found if visit.item]
    assert len(items) == titles, found
    assert all("root:" not in item.title for item in items)
    assert items or source.note or all(visit.reason for visit in found if visit.outcome == "refused")


def test_entity_expansion(site: Site, client: Client) -> None:
    """Entities that would become gigabytes are not expanded."""
    names = "abcdefghi"
    entities = "".join(f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in pairwise(names))
    start = f"<!DOCTYPE r [<!ENTITY a 'lol'>{entities}]>"
    site.pages["/feed"] = Answer(rss("<item><title>&i;</title><link>/a</link></item>", start).encode())
    source, found = visits(site.url("/feed"), client)
    assert source.kind == "feed"
    assert all(len(repr(visit)) < 5000 for visit in found)


PIECES = r"""<rss> <channel> <item> </item> <link> </link> <link\thref='/a'/> <entry> </entry> <title> </title> &x;
&amp; <![CDATA[ ]]> <?xml\tversion='1.0'?> <feed\txmlns='http://www.w3.org/2005/Atom'> <urlset> <url> <loc>
{"version":"https://jsonfeed.org/version/1", "items":[ {"url": {} [] ] } "a" , null 1e999 <content\ttype='xhtml'> \0 é
<item\txml:base='http://['> <rdf:RDF>"""


@given(
    st.lists(
        st.sampled_from([piece.replace(r"\t", "\t").replace(r"\0", "\0") for piece in PIECES.split()]), max_size=30
    ),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_whatever_a_feed_holds(pieces: list[str], encoding: str) -> None:
    """A feed is read, or refused in a sentence; nothing else happens."""
    data = "".join(pieces).encode(encoding, "replace")
    response = Response(address=parse("https://news.example/feed"), status=200, type="text/xml", data=data)
    for is_json in (True, False):
        with suppress(ArticleError):
            assert len(feeds.read(response, data, 10, is_json=is_json).entries) <= 10
