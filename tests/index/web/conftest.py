"""A site on loopback that answers as a test wants, and a client that takes public names there."""

import gzip
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpcore2
import pytest

from index.web import Client, Source, Visit, visit

CERTIFICATE = Path(__file__).with_name("news.example.pem")
PUBLIC = "93.184.215.14"
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and takes no time to make

Request = http.server.BaseHTTPRequestHandler
Handler = Callable[[Request], None]


@dataclass(frozen=True)
class Answer:
    """What a site sends for a path."""

    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> None:
        """Send it, or that it has not changed."""
        same = self.headers.get("ETag") and request.headers.get("If-None-Match") == self.headers["ETag"]
        dated = self.headers.get("Last-Modified")
        same = same or (dated and request.headers.get("If-Modified-Since") == dated)
        request.send_response(304 if same else self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        if not same:
            request.send_header("Content-Type", self.type)
            request.send_header("Content-Length", str(len(self.body)))
        request.end_headers()
        if not same:
            request.wfile.write(self.body)


class Site:
    """A server on loopback: ``pages`` is what it answers by path, ``asked`` the paths and headers of its requests."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Handler] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Requests(http.server.BaseHTTPRequestHandler):
            """Answers from the site's pages."""

            def do_GET(self) -> None:
                """Answer one request."""
                site.asked.append((self.path, dict(self.headers)))
                site.pages.get(self.path, Answer(status=404))(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(http.server.ThreadingHTTPServer):
            """Is not troubled by clients that hang up."""

            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing."""

        self.server = Server(("127.0.0.1", 0), Requests)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return the paths that were asked for, without robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a site without pages."""
    found = Site()
    yield found
    found.close()


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client that may go to loopback and does not wait."""
    with Client(allow_private=True, delay=0, patience=5, tls=NOBODY) as found:
        yield found


@dataclass
class Names:
    """A resolver: ``answers`` is what each name leads to, call by call, the last one for ever."""

    answers: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        """Resolve a name; numbers are what they are."""
        self.asked.append(host)
        known = self.answers.get(host)
        if known is None:
            return [host]
        return known.pop(0) if len(known) > 1 else known[0]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let connections to the public address end on loopback; return the addresses that were connected to."""
    found: list[str] = []
    real = httpcore2.SyncBackend.connect_tcp

    def connect(
        self: httpcore2.SyncBackend, host: str, port: int, *rest: object, **more: object
    ) -> httpcore2.NetworkStream:
        found.append(host)
        return real(self, "127.0.0.1" if host == PUBLIC else host, port, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    return found


def page(title: str = "The harbour opens", *, head: str = "", words: str = "") -> bytes:
    """Return a page with an article on it."""
    text = "".join(
        f"<p>Paragraph {n} says enough about the harbour to be kept by everybody. {words}</p>" for n in "abc"
    )
    shown = f"<title>{title}</title>" if title else ""
    heading = f"<h1>{title}</h1>" if title else ""
    start = f'<!doctype html><html lang="en"><head>{shown}{head}</head>'
    return f"{start}<body><article>{heading}{text}</article></body></html>".encode()


def zipped(data: bytes) -> bytes:
    """Return bytes gzipped."""
    return gzip.compress(data, 1, mtime=0)


def visits(address: str, client: Client, **options: object) -> tuple[Source, list[Visit]]:
    """Visit an address and all its pages."""
    source = visit(address, client, **options)  # type: ignore[arg-type]
    return source, list(source.visits)


def reason(address: str, client: Client) -> str:
    """Return why an address is refused."""
    _, (only,) = visits(address, client)
    assert only.outcome == "refused", only
    assert "\n" not in only.reason
    return only.reason
