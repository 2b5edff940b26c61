"""Answers at the server's address while the server itself is still being imported, which takes seconds.

Nothing that takes long to import is imported here.
"""

import html
import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from index.errors import SettingsError
from ui.texts import Texts

RETRY = 1  # seconds until whoever came asks again
_POLL = 0.05  # seconds between two looks at whether the server has come
_SLOWEST = 2  # seconds that a request may take to come in
_HEALTH, _API = "/health", "/api/"
_PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><meta http-equiv="refresh" content="{retry}">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Quoth</title>
<style>body{{font:17px/1.5 Georgia,serif;margin:20vh auto;max-width:30em;padding:0 1em}}</style>
<h1>Quoth</h1><p role="status">{loading}</p></html>"""


class Lobby:
    """Listens at an address; between ``receive`` and ``leave`` whoever comes is told that Quoth is loading.

    At any other time they wait until something else accepts them at the ``socket``. Raises SettingsError where nothing
    can listen, so that an address that is taken is known before anything is loaded. Port 0 takes any free port.
    """

    def __init__(self, host: str, port: int, t: Texts) -> None:
        self.host = host
        self.socket = _listen(host, port)
        self._server = _Server((host, port), _handler(t), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = self.socket
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL,), name="lobby", daemon=True)

    @property
    def address(self) -> str:
        """Return the address that people reach it under."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{shown}:{self.socket.getsockname()[1]}/"

    def receive(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def leave(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()

    def close(self) -> None:
        """Leave, and listen no more."""
        self.leave()
        self.socket.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over someone who went away."""


def _handler(t: Texts) -> type[BaseHTTPRequestHandler]:
    """Return what answers every request with the same few words, in the form that is expected at its path."""
    loading = t("loading")
    page = _PAGE.format(language=t.language, retry=RETRY, loading=html.escape(loading))
    problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
    problem["detail"] = f"the articles and the language model are being loaded; try again in {RETRY} s"

    class Handler(BaseHTTPRequestHandler):
        timeout = _SLOWEST
        server_version, sys_version = "Quoth", ""

        def answer(self) -> None:
            """Say that Quoth is loading."""
            kind, body = "text/html; charset=utf-8", page
            if self.path == _HEALTH:
                kind, body = "application/json", json.dumps({"status": "loading"})
            elif self.path.startswith(_API):
                kind, body = "application/problem+json", json.dumps(problem)
            data = body.encode()
            self.send_response(503)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(data)),
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
                "Retry-After": str(RETRY),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    return Handler


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"cannot serve at {host}:{port}: {error.strerror or error}; choose another port with --port, "
            "or stop what is using this one"
        ) from error
    return listening
