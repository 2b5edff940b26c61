"""Sitemaps: their pages are visited, newest first where there are too many."""

import pytest

from index.web import Client, Validators, elements
from tests.index.web.conftest import Answer, Site, page, reason, visits, zipped

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urls(*pages: str, space: str = SPACE) -> bytes:
    """Return a sitemap of pages, each with a date behind it or without."""
    entries = (page.partition(" ") for page in pages)
    listed = (f"<url><loc>{loc}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for loc, _, day in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made --><urlset {space}>{"".join(listed)}</urlset>'.encode()


def index(*parts: str) -> bytes:
    """Return an index of sitemaps."""
    entries = (part.partition(" ") for part in parts)
    listed = (f"<sitemap><loc>{x}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>" for x, _, day in entries)
    return f"<sitemapindex {SPACE}>{''.join(listed)}</sitemapindex>".encode()


@pytest.fixture
def pages(site: Site) -> Site:
    """Return a site with three pages."""
    for name in "abc":
        site.pages[f"/{name}"] = Answer(page(f"Page {name}"))
    return site


def titles(site: Site, client: Client, path: str = "/map", **options: object) -> list[str]:
    """Return the titles of the pages of a sitemap."""
    source, found = visits(site.url(path), client, **options)
    assert source.kind == "sitemap"
    return [visit.item.title for visit in found if visit.item]


@pytest.mark.parametrize("said", ["application/xml", "text/html", "application/gzip"])
def test_a_sitemap(said: str, pages: Site, client: Client) -> None:
    """A sitemap is told by its content, gzipped or not, with its namespace or without."""
    for space in (SPACE, ""):
        data = urls(pages.url("/a"), "/b", space=space)
        for body in (data, zipped(data)):
            pages.pages["/map"] = Answer(body, type=said)
            assert titles(pages, client) == ["Page a", "Page b"]


def test_an_index(pages: Site, client: Client) -> None:
    """The parts of an index are read, those that changed last first, and what is wrong with one is told."""
    pages.pages |= {
        "/map": Answer(
            index("/old 2022-01-01", "/new.xml.gz 2023-01-01", "/none 2021-01-01", "/page 2020-01-01", "/map")
        ),
        "/old": Answer(urls("/a", "/b")),
        "/new.xml.gz": Answer(zipped(urls("/c", "/b"))),
        "/page": Answer(page()),
    }
    counts: list[int] = []
    source, found = visits(pages.url("/map"), client, progress=counts.append)
    assert [visit.item.title for visit in found if visit.item] == ["Page c", "Page b", "Page a"]
    assert [visit.reason.partition(";")[0] for visit in found if visit.outcome == "refused"] == [
        "is not there any more (it answered 404)",
        "is listed as a sitemap and is none",
    ]
    assert counts == [2, 4]
    assert source.pages == len(found) - 1 == 5


def test_more_pages_than_wanted(pages: Site, client: Client) -> None:
    """Of a long sitemap the pages that changed last are read, and the rest is told."""
    pages.pages["/map"] = Answer(urls("/a 2021-01-01", "/b", "/c 2023-01-01T10:00:00Z", "/a"))
    source, found = visits(pages.url("/map"), client, limit=2)
    assert [visit.item.title for visit in found if visit.item] == ["Page c", "Page a"]
    assert source.note == "it lists 3 pages, of which 2 are read; a higher limit reads more"


def test_more_parts_than_wanted(pages: Site, client: Client) -> None:
    """The parts of an index are read only until there are pages enough."""
    pages.pages |= {"/map": Answer(index("/1", "/2 2023-01-01")), "/1": Answer(urls("/a")), "/2": Answer(urls("/b"))}
    source, _ = visits(pages.url("/map"), client, limit=1)
    assert source.note == "its sitemaps are not all read (1 left out); a higher limit reads more"
    assert pages.paths() == ["/map", "/2", "/b"]


def test_an_index_of_itself(pages: Site, client: Client) -> None:
    """Indexes that name each other are read once each."""
    pages.pages |= {"/map": Answer(index("/other")), "/other": Answer(index("/map", "/other"))}
    source, _ = visits(pages.url("/map"), client)
    assert source.note.startswith("it lists no pages")
    assert pages.paths() == ["/map", "/other"]


def test_pages_that_are_no_longer_listed(pages: Site, client: Client) -> None:
    """What was there before is visited too, so that what is gone is found and what is not stays."""
    pages.pages["/map"] = Answer(urls("/a"))
    known = {pages.url(path): Validators() for path in ("/map", "/a", "/b", "/gone")}
    _, found = visits(pages.url("/map"), client, known=known, kind="sitemap")
    assert [(visit.address, visit.outcome) for visit in found] == [
        (pages.url("/a"), "fetched"),
        (pages.url("/b"), "fetched"),
        (pages.url("/gone"), "gone"),
        (pages.url("/map"), "fetched"),
    ]


def test_a_sitemap_is_read_though_it_has_not_changed(pages: Site, client: Client) -> None:
    """Its pages may have changed all the same."""
    pages.pages["/map"] = Answer(urls("/a"), headers={"ETag": '"1"'})
    known = {pages.url("/map"): Validators(etag='"1"')}
    assert titles(pages, client, known=known, kind="sitemap") == ["Page a"]


def test_hostile_sitemaps(pages: Site, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entities are not expanded, files not read, and elements without end refused."""
    start = "<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    pages.pages["/map"] = Answer(urls("/a", "/&x;").replace(b"<urlset", start.encode() + b"<urlset"))
    _, found = visits(pages.url("/map"), client)
    assert not any("root:" in repr(visit) for visit in found)
    assert found[0].item is not None
    monkeypatch.setattr(elements, "_MOST", 10_000)
    pages.pages["/wide"] = Answer(f"<urlset {SPACE}>{'<a/>' * 20_000}".encode())
    assert "more than 10,000 elements" in reason(pages.url("/wide"), client)
