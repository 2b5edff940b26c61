"""The client is a polite guest: it asks before it enters, takes its time, and asks only for what has changed."""

import time
from email.utils import formatdate

import pytest

from index.errors import ArticleError
from index.web import Client, Validators
from index.web.robots import Robots
from tests.index.web.conftest import Answer, Names, Request, Site, page, reason, visits


def robots(*lines: str, status: int = 200) -> Answer:
    """Return a robots.txt."""
    return Answer("\n".join(lines).encode(), type="text/plain", status=status)


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [
        (["User-agent: *", "Disallow: /closed"], True),
        (["User-agent: *", "Disallow: /"], False),
        (["User-agent: *", "Disallow: /*.html$"], False),
        (["User-agent: *", "Disallow: /", "", "User-agent: Quoth", "Disallow: /closed"], True),
        (["User-agent: quoth", "Disallow: /news"], False),
        (["User-agent: other", "Disallow: /"], True),
        (["User-agent: *", "Disallow: /news", "Allow: /news/a"], True),
        (["<html>not a robots.txt"], True),
        ([], True),
    ],
)
def test_what_robots_txt_allows(lines: list[str], is_open: bool, site: Site, client: Client) -> None:
    """A page that robots.txt closes is refused in a sentence and never asked for."""
    site.pages |= {"/robots.txt": robots(*lines), "/news/a.html": Answer(page())}
    if is_open:
        _, (found,) = visits(site.url("/news/a.html"), client)
        assert found.outcome == "fetched"
    else:
        assert "robots.txt" in reason(site.url("/news/a.html"), client)
        assert site.paths() == []


@pytest.mark.parametrize(("status", "is_open"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
def test_a_robots_txt_that_cannot_be_had(status: int, is_open: bool, site: Site, client: Client) -> None:
    """Where there is none everything is open; where its server is out of order nothing is (RFC 9309)."""
    site.pages |= {"/robots.txt": Answer(status=status), "/a": Answer(page())}
    _, (found,) = visits(site.url("/a"), client)
    assert (found.outcome == "fetched") is is_open
    assert is_open or "robots.txt" in found.reason


def test_robots_txt_is_asked_for_once(site: Site, client: Client) -> None:
    """The rules of a site are remembered, also that they cannot be had."""
    site.pages |= {"/a": Answer(page()), "/b": Answer(page())}
    for path in ("/a", "/b", "/a"):
        visits(site.url(path), client)
    assert [path for path, _ in site.asked] == ["/robots.txt", "/a", "/b", "/a"]


def test_robots_txt_counts_behind_redirects(site: Site, client: Client) -> None:
    """A page that is closed is not reached through one that is open."""
    site.pages |= {
        "/robots.txt": robots("User-agent: *", "Disallow: /closed"),
        "/a": Answer(status=302, headers={"Location": "/closed"}),
        "/closed": Answer(page()),
    }
    assert "robots.txt" in reason(site.url("/a"), client)
    assert site.paths() == ["/a"]


def test_a_robots_txt_without_end() -> None:
    """Rules that were made to take long are refused, and many ordinary ones are not."""
    before = time.monotonic()
    bomb = "\n".join([f"user-agent: a{n}" for n in range(2000)] + ["allow: /"] * 2000)
    assert "more rules" in Robots(bomb).shut
    many = Robots("\n".join(["User-agent: *"] + [f"Disallow: /a{n}/*/b$" for n in range(2000)]))
    assert not many.shut
    assert not many.allows("https://example.org/a1999/c/b")
    assert many.allows("https://example.org/" + "a/" * 1000)
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Crawl-delay: 0.3", 0.3),
        ("Request-rate: 1/10s", 10.0),
        ("Crawl-delay: nan", 0.0),
        ("Crawl-delay: -1", 0.0),
        ("Request-rate: 1/" + "9" * 4000, 1e9),
        ("Request-rate: 0/1", 0.0),
    ],
)
def test_the_pace_that_a_site_wants(line: str, seconds: float) -> None:
    """A crawl delay or a rate is seconds between two requests; what is no number counts as nothing."""
    assert Robots(f"User-agent: *\n{line}").delay == seconds


def times(site: Site) -> list[float]:
    """Let a site note when it is asked for pages."""
    found: list[float] = []
    answer = Answer(page())

    def noted(request: Request) -> None:
        found.append(time.monotonic())
        answer(request)

    site.pages |= dict.fromkeys(("/a", "/b", "/c"), noted)
    return found


@pytest.mark.parametrize(("own", "wanted"), [(0.2, "0"), (0.0, "0.2")])
def test_time_between_two_pages(own: float, wanted: str, site: Site) -> None:
    """Between two pages of a host lies the client's delay, or the longer one that the host asks for."""
    site.pages["/robots.txt"] = robots("User-agent: *", f"Crawl-delay: {wanted}")
    asked = times(site)
    with Client(allow_private=True, delay=own) as client:
        for path in ("/a", "/b", "/c"):
            visits(site.url(path), client)
    assert asked[2] - asked[0] >= 0.39


def test_a_delay_that_nobody_waits_for(site: Site, client: Client) -> None:
    """Where a site wants hours between two pages, the second is refused at once."""
    site.pages["/robots.txt"] = robots("User-agent: *", "Crawl-delay: 86400")
    times(site)
    _, (first,) = visits(site.url("/a"), client)
    assert first.outcome == "fetched"
    assert "left alone for 24 hours" in reason(site.url("/b"), client)


@pytest.mark.parametrize("after", ["600", "a date", "soon"])
def test_a_server_that_asks_for_time(after: str, site: Site, client: Client) -> None:
    """After 429 or 503 a host is left alone for as long as it says."""
    if after == "a date":  # made here, so that every worker collects the same test
        after = formatdate(time.time() + 600, usegmt=True)
    site.pages |= {"/a": Answer(status=429, headers={"Retry-After": after}), "/b": Answer(page())}
    assert "429" in reason(site.url("/a"), client)
    assert "left alone for" in reason(site.url("/b"), client)
    assert site.paths() == ["/a"]


def test_a_host_that_does_not_answer_is_left_alone() -> None:
    """After three failures a host is not tried again for a while, so that a thousand pages do not take hours."""
    names = Names({"news.example": [["127.0.0.1"]]})
    with Client(allow_private=True, delay=0, resolve=names) as client:
        client._robots["http://news.example:9"] = (time.monotonic() + 60, Robots())
        reasons = [reason(f"http://news.example:9/{n}", client) for n in range(4)]
    assert all("cannot be reached" in found for found in reasons[:3])
    assert "left alone" in reasons[3]


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_what_has_not_changed(header: str, site: Site, client: Client) -> None:
    """What the server said of a version is sent back as it was, and 304 is "unchanged"."""
    value = {"ETag": 'W/"x y"', "Last-Modified": "Fri, 07 Jul 2023 10:00:00 GMT"}[header]
    site.pages["/a"] = Answer(page(), headers={header: value})
    _, (first,) = visits(site.url("/a"), client)
    assert first.validators in (Validators(etag=value), Validators(modified=value))
    _, (second,) = visits(site.url("/a"), client, known={site.url("/a"): first.validators})
    assert (second.outcome, second.item, second.validators) == ("unchanged", None, first.validators)
    site.pages["/a"] = Answer(page("The harbour closes"), headers={header: f"{value} "[:-2] + "9"})
    _, (third,) = visits(site.url("/a"), client, known={site.url("/a"): first.validators})
    assert third.item is not None
    assert third.item.title == "The harbour closes"
    assert third.validators != first.validators


def test_validators_that_nobody_can_send(site: Site, client: Client) -> None:
    """Headers with control characters, or without end, are not kept."""
    site.pages["/a"] = Answer(page(), headers={"ETag": '"' + "x" * 10_000 + '"', "Last-Modified": "a\tb"})
    _, (found,) = visits(site.url("/a"), client)
    assert found.validators == Validators()


@pytest.mark.parametrize(
    ("status", "outcome", "word"),
    [
        (404, "gone", "404"),
        (410, "gone", "410"),
        (401, "refused", "not open to everybody"),
        (403, "refused", "not open to everybody"),
        (500, "refused", "try again later"),
        (599, "refused", "try again later"),
        (204, "refused", "no page"),
        (206, "refused", "no page"),
        (304, "refused", "no page"),
        (302, "refused", "no page"),
        (418, "refused", "no page"),
    ],
)
def test_what_a_server_answers(status: int, outcome: str, word: str, site: Site, client: Client) -> None:
    """Only 404 and 410 say that a page is gone; whatever else is no page is refused."""
    site.pages["/a"] = Answer(status=status)
    source, (found,) = visits(site.url("/a"), client)
    assert (source.kind, found.outcome) == ("page", outcome)
    assert word in found.reason
    assert found.item is None


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n" * 100, b"HTTP/1.1 200 OK\r\nA: " + b"x" * 10_000_000, b""]
)
def test_what_is_no_http(data: bytes, site: Site, client: Client) -> None:
    """Whatever comes in place of HTTP is refused in a sentence."""

    def answer(request: Request) -> None:
        request.wfile.write(data)

    site.pages["/a"] = answer
    assert "no HTTP" in reason(site.url("/a"), client)


def test_get_raises_one_kind_of_error(client: Client) -> None:
    """The client raises ArticleError, with the address and a reason."""
    with pytest.raises(ArticleError) as error:
        client.get("http://127.0.0.1:9/")
    assert error.value.given == "http://127.0.0.1:9/"
