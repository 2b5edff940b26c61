"""Addresses and sources that are looked at while someone watches."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.errors import SourceError
from index.index import Index
from index.sources import Source, Sources
from tests.toy import ToyEmbedder
from ui.additions import Addition
from ui.visits import add_address, look_again, nothing_at

PAGES = {
    "/feed": """<?xml version="1.0"?><rss version="2.0"><channel><title>The Port Gazette</title>
        <item><link>/one</link></item><item><link>/two</link></item><item><link>/lost</link></item></channel></rss>""",
    "/one": "<html><title>The mill</title><body><article><p>The mill on the river closed in 1931, after a fire in its"
    " upper floor had burned for two days.</p></article></body></html>",
    "/two": "<html><title>The ferry</title><body><article><p>The ferry to Nida costs four crowns and leaves at noon"
    " every day except on Sundays.</p></article></body></html>",
}


@pytest.fixture
def site() -> Iterator[str]:
    """Serve a feed of three pages, one of which is lost, and return its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGES.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/rss+xml" if self.path == "/feed" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Return an empty index."""
    created = Index.create(tmp_path / "index", ToyEmbedder())
    yield created
    created.close()


def last(states: Iterator[tuple[Addition, ...]]) -> tuple[Addition, ...]:
    """Watch to the end."""
    *_, found = states
    return found


def test_a_feed_is_added_with_its_verdict(index: Index, site: str) -> None:
    """Its pages become articles, what is lost is named, and the feed is a source from then on."""
    Sources(index).put(Source(address=f"{site}/feed", kind="page", allow_private=True), new=True)
    (found,) = last(add_address(index, f" {site}/feed ", threading.Lock()))
    assert (found.state, found.total, len(found.summary.added)) == ("done", 3, 2)
    assert [refusal.given for refusal in found.summary.refused] == [f"{site}/lost"]


def test_another_look_finds_nothing_new(index: Index, site: str) -> None:
    """What has not changed is counted as such."""
    source = Source(address=f"{site}/one", kind="page", allow_private=True, added="2026-01-01T00:00:00Z")
    Sources(index).put(source, new=True)
    (first,) = last(look_again(index, [source], threading.Lock()))
    assert len(first.summary.added) == 1
    (second,) = last(look_again(index, [source], threading.Lock()))
    assert len(second.summary.unchanged) + second.same == 1


def test_an_address_in_an_own_network_is_left_out(index: Index, site: str) -> None:
    """A page of this computer is not fetched for a visitor, and no source is made of it."""
    (found,) = last(add_address(index, f"{site}/one", threading.Lock()))
    assert "private" in found.problem or "own network" in found.problem or "loopback" in found.problem
    assert Sources(index).all() == []
    ((refused,),) = (nothing_at(f"{site}/one") or (),)
    assert refused.problem == found.problem
    assert index.status().articles == 0


@pytest.mark.parametrize("given", ["", "notes.txt", "ftp://example.org/a", "javascript:alert(1)", "/etc/passwd"])
def test_what_is_no_address_is_said(index: Index, given: str) -> None:
    """Anything but http and https is a sentence, and no path is ever read."""
    for attempt in (lambda: add_address(index, given, threading.Lock()), lambda: nothing_at(given)):
        with pytest.raises(SourceError, match="not an address on the web"):
            attempt()
