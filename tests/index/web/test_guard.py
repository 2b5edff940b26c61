"""The client goes nowhere it should not, and takes no more than it should."""

import gzip
import ssl
import time
import zlib
from collections.abc import Iterator

import pytest

from index.web import Client, bodies
from index.web.connections import resolved
from tests.index.web.conftest import CERTIFICATE, NOBODY, PUBLIC, Answer, Names, Request, Site, page, reason, visits


def to(address: str, status: int = 302) -> Answer:
    """Return an answer that sends on to another address."""
    return Answer(status=status, headers={"Location": address})


@pytest.fixture
def names() -> Names:
    """Return a resolver that knows one public name."""
    return Names({"news.example": [[PUBLIC]]})


@pytest.fixture
def outside(names: Names, connected: list[str]) -> Iterator[Client]:
    """Return a client for the public web alone, which ends on loopback."""
    with Client(delay=0, patience=5, resolve=names, tls=NOBODY) as found:
        yield found


def test_a_public_name_is_resolved_once_for_each_connection(
    site: Site, outside: Client, names: Names, connected: list[str]
) -> None:
    """The connection is made to the very address that was checked, and the server is told the name."""
    site.pages["/a"] = Answer(page())
    _, (found,) = visits(f"http://news.example:{site.port}/a", outside)
    assert found.outcome == "fetched"
    assert names.asked == ["news.example"] * 2  # for robots.txt and for the page
    assert connected == [PUBLIC] * 2
    assert site.asked[-1][1]["Host"] == f"news.example:{site.port}"


def test_a_name_that_turns_private(site: Site, outside: Client, names: Names, connected: list[str]) -> None:
    """A name whose second answer is loopback is refused there, and nothing was connected to it."""
    site.pages["/a"] = Answer(page())
    names.answers["news.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert "news.example (127.0.0.1)" in reason(f"http://news.example:{site.port}/a", outside)
    assert connected == [PUBLIC]
    assert site.paths() == []


def test_a_name_that_is_public_and_private(site: Site, outside: Client, names: Names, connected: list[str]) -> None:
    """One private address among the answers is enough to refuse a name."""
    names.answers["news.example"] = [[PUBLIC, "10.0.0.1"]]
    assert "not on the public web" in reason(f"http://news.example:{site.port}/a", outside)
    assert connected == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/secret",
        "http://[64:ff9b::7f00:1]:{port}/secret",
        "http://2130706433:{port}/secret",
        "http://0x7f.0.0.1:{port}/secret",
        "http://0177.0.0.1:{port}/secret",
        "http://127.1:{port}/secret",
        "http://0.0.0.0:{port}/secret",
        "http://inside.example:{port}/secret",
        "http://news.example:22/",
        "http://news.example@127.0.0.1:{port}/secret",
        "file:///etc/passwd",
        "ftp://news.example/a",
        "//127.0.0.1:{port}/secret",
    ],
)
def test_where_redirects_may_not_lead(target: str, site: Site, outside: Client, names: Names) -> None:
    """Every address that a public page sends on to is checked like the first."""
    names.answers["inside.example"] = [["192.168.0.1"]]
    site.pages["/a"] = to(target.format(port=site.port))
    site.pages["/secret"] = Answer(page("A secret"))
    assert "leads to" in reason(f"http://news.example:{site.port}/a", outside)
    assert site.paths() == ["/a"]


def test_numbers_that_the_system_resolver_would_take() -> None:
    """Without a fake resolver, loopback is refused by every name of it."""
    with Client(patience=5) as client:
        for host in ("localhost", "127.0.0.1", "[::1]", "2130706433", "0"):
            assert reason(f"http://{host}/", client)


def test_redirects_are_followed_to_their_end(site: Site, outside: Client) -> None:
    """Five addresses are followed, and the article's is the last one."""
    for n in range(5):
        site.pages[f"/{n}"] = to(f"/{n + 1}", (301, 302, 303, 307, 308)[n])
    site.pages["/5"] = Answer(page())
    _, (found,) = visits(f"http://news.example:{site.port}/0", outside)
    assert found.origin == f"http://news.example:{site.port}/5"


def test_redirects_without_an_end(site: Site, outside: Client) -> None:
    """A sixth address is not followed."""
    site.pages["/a"] = to("/a")
    assert "leads on and on" in reason(f"http://news.example:{site.port}/a", outside)
    assert len(site.paths()) == 6


def test_a_feed_cannot_lead_inside(site: Site, outside: Client) -> None:
    """Entries of a feed go through the same checks, one by one."""
    links = (f"http://127.0.0.1:{site.port}/secret", "file:///etc/passwd", f"http://news.example:{site.port}/a")
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    site.pages |= {"/feed": Answer(f"<rss><channel>{items}</channel></rss>".encode()), "/a": Answer(page())}
    site.pages["/secret"] = Answer(page("A secret"))
    _, found = visits(f"http://news.example:{site.port}/feed", outside)
    assert [visit.outcome for visit in found[:-1]] == ["refused", "refused", "fetched"]
    assert "/secret" not in site.paths()


def drip(request: Request) -> None:
    """Send a page a byte at a time."""
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"a")
        time.sleep(0.05)


def drip_headers(request: Request) -> None:
    """Send headers a byte at a time."""
    for _ in range(100):
        request.wfile.write(b"H")
        time.sleep(0.05)


def sleep(request: Request) -> None:
    """Send nothing."""
    time.sleep(5)


@pytest.mark.parametrize("slow", [drip, drip_headers, sleep])
def test_what_takes_too_long(slow: object, site: Site) -> None:
    """An address has so many seconds in all, however its bytes trickle in."""
    site.pages["/a"] = slow  # type: ignore[assignment]
    with Client(allow_private=True, patience=0.4) as client:
        before = time.monotonic()
        found = reason(site.url("/a"), client)
        assert time.monotonic() - before < 3  # of five
    assert "within 0.4 seconds" in found


def test_a_resolver_that_hangs() -> None:
    """Asking for a name takes no longer than the rest may."""

    def resolve(host: str, port: int) -> list[str]:
        time.sleep(1)
        return resolved("127.0.0.1", port)

    with Client(allow_private=True, patience=0.2, resolve=resolve) as client:
        assert "within 0.2 seconds" in reason("http://news.example/", client)


def test_a_bomb(site: Site, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unzips to more than a page may have is refused without unzipping it all."""
    unzip = zlib.compressobj(9, wbits=31)
    bomb = b"".join([unzip.compress(bytes(1 << 20)) for _ in range(30)]) + unzip.flush()
    site.pages["/a"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    site.pages["/b.gz"] = Answer(bomb, type="application/gzip")
    monkeypatch.setattr(bodies, "PAGE", 3_000_000)
    seen: list[int] = []
    real = bodies.unzipped

    def counted(chunks: object, address: str) -> Iterator[bytes]:
        for piece in real(chunks, address):  # type: ignore[arg-type]
            seen.append(len(piece))
            yield piece

    monkeypatch.setattr(bodies, "unzipped", counted)
    for path in ("/a", "/b.gz"):
        seen.clear()
        assert "larger than 3 MB" in reason(site.url(path), client)
        assert sum(seen) < bodies.PAGE + (2 << 20)


def test_what_is_too_large(site: Site, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has less room than a PDF, and both have an end."""
    monkeypatch.setattr(bodies, "PAGE", 1_000_000)
    monkeypatch.setattr(bodies, "FILE", 2_000_000)
    site.pages |= {"/a": Answer(page() + bytes(1_000_000)), "/b": Answer(b"%PDF-" + bytes(1_500_000))}
    site.pages["/c"] = Answer(b"%PDF-" + bytes(2_000_000))
    assert "larger than 1 MB" in reason(site.url("/a"), client)
    assert "larger than" not in reason(site.url("/b"), client)
    assert "larger than 2 MB" in reason(site.url("/c"), client)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_only_what_was_asked_for_is_unpacked(encoding: str, site: Site, client: Client) -> None:
    """A page that is packed in another way than gzip is refused."""
    site.pages["/a"] = Answer(page(), headers={"Content-Encoding": encoding})
    assert "not asked for" in reason(site.url("/a"), client)
    assert site.asked[-1][1]["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (page(), "not gzipped"),
        (gzip.compress(page(), mtime=0)[:-10], "cut off"),
        (gzip.compress(page(), mtime=0)[:5], "cut off"),
    ],
)
def test_damaged_gzip(body: bytes, word: str, site: Site, client: Client) -> None:
    """What is not gzipped though it says so, or is cut off, is refused and not read by half."""
    site.pages["/a"] = Answer(body, headers={"Content-Encoding": "gzip"})
    assert word in reason(site.url("/a"), client)


def test_gzip_of_several_parts(site: Site, client: Client) -> None:
    """Gzip files that follow one another, and padding at the end, are read to the end."""
    data = page()
    site.pages["/a"] = Answer(
        gzip.compress(data[:100]) + gzip.compress(data[100:]) + bytes(9), headers={"Content-Encoding": "gzip"}
    )
    _, (found,) = visits(site.url("/a"), client)
    assert found.outcome == "fetched"


def test_a_page_that_breaks_off(site: Site, client: Client) -> None:
    """A page shorter than its server said is refused."""

    def broken(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        request.wfile.write(page())

    site.pages["/a"] = broken
    assert "broken off" in reason(site.url("/a"), client)


def test_neither_cookies_nor_proxies_nor_passwords(site: Site, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cookies are not sent back, and the environment has no say in where requests go."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.pages["/a"] = Answer(page(), headers={"Set-Cookie": "a=b; Path=/"})
    for _ in range(2):
        _, (found,) = visits(site.url("/a"), client)
        assert found.outcome == "fetched"
    assert not any({"cookie", "authorization"} & {name.lower() for name in headers} for _, headers in site.asked)


@pytest.fixture
def secure() -> Iterator[tuple[Site, list[str | None]]]:
    """Return a site that speaks https as news.example, and the names it is asked by."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    site = Site(tls)
    yield site, asked
    site.close()


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the tests' certificate alone."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.load_verify_locations(CERTIFICATE)
    return tls


def test_https_asks_for_the_name(secure: tuple[Site, list[str | None]]) -> None:
    """The certificate is that of the name, though the connection was made to its address."""
    site, asked = secure
    site.pages["/a"] = Answer(page())
    names = Names({"news.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
    with Client(allow_private=True, delay=0, resolve=names, tls=trusting()) as client:
        _, (found,) = visits(f"https://news.example:{site.port}/a", client)
        assert found.outcome == "fetched"
        assert asked == ["news.example"] * 2
        assert "certificate" in reason(f"https://other.example:{site.port}/a", client)


def test_https_needs_a_certificate_that_is_trusted(secure: tuple[Site, list[str | None]]) -> None:
    """A certificate that nobody vouches for is refused, without a second try that is less strict."""
    site, _ = secure
    with Client(allow_private=True, resolve=Names({"news.example": [["127.0.0.1"]]})) as client:
        assert "certificate that cannot be trusted" in reason(f"https://news.example:{site.port}/a", client)
    assert site.asked == []


def test_https_does_not_lead_to_http(site: Site, secure: tuple[Site, list[str | None]]) -> None:
    """A page that was asked for over https is not taken over http."""
    safe, _ = secure
    safe.pages["/a"] = to(site.url("/a"))
    names = Names({"news.example": [["127.0.0.1"]]})
    with Client(allow_private=True, resolve=names, tls=trusting()) as client:
        assert "from https to" in reason(f"https://news.example:{safe.port}/a", client)
    assert site.asked == []
