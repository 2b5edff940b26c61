"""Whoever comes before the server does is told so."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from index.errors import SettingsError
from ui.lobby import Lobby
from ui.texts import load

HEAVY = ("gradio", "torch", "fastapi", "faiss", "nltk", "scipy")


@pytest.fixture
def lobby() -> Iterator[Lobby]:
    """Receive at a free port."""
    opened = Lobby("127.0.0.1", 0, load("en"))
    opened.receive()
    yield opened
    opened.close()


def asked(lobby: Lobby, path: str, method: str = "GET") -> tuple[http.client.HTTPResponse, str]:
    """Return the response to a request, and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", lobby.socket.getsockname()[1], timeout=10)
    connection.request(method, path, body=b"{}" if method == "POST" else None)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response, body


def test_the_page_says_that_it_loads_and_asks_again(lobby: Lobby) -> None:
    """A browser gets a page that comes again by itself, and that nothing keeps."""
    response, body = asked(lobby, "/")
    assert response.status == 503
    assert "Loading the articles and the language model" in body
    assert '<meta http-equiv="refresh" content="1">' in body
    assert response.headers["Cache-Control"] == "no-store"
    assert asked(lobby, "/", "HEAD")[1] == ""


def test_programs_get_what_they_expect(lobby: Lobby) -> None:
    """Health is JSON, and the API a problem document with a time to try again."""
    assert json.loads(asked(lobby, "/health")[1]) == {"status": "loading"}
    response, body = asked(lobby, "/api/v1/ask", "POST")
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == 503


def test_who_says_nothing_keeps_nobody_waiting(lobby: Lobby) -> None:
    """A connection on which nothing comes holds up no other."""
    with socket.create_connection(("127.0.0.1", lobby.socket.getsockname()[1])):
        assert asked(lobby, "/")[0].status == 503


def test_who_comes_after_it_left_is_received_by_the_next(lobby: Lobby) -> None:
    """Its socket goes on listening for the server."""
    lobby.leave()
    with socket.create_connection(("127.0.0.1", lobby.socket.getsockname()[1])):
        lobby.socket.settimeout(10)
        lobby.socket.accept()[0].close()


def test_an_address_that_is_taken_is_named(lobby: Lobby) -> None:
    """A second one at the same address raises SettingsError."""
    port = lobby.socket.getsockname()[1]
    with pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{port}.*--port"):
        Lobby("127.0.0.1", port, load("en"))


def test_it_comes_before_all_that_takes_long() -> None:
    """The command line opens it without having imported any large library."""
    code = (
        "import sys, ui.cli, ui.lobby, ui.texts; from qa.settings import load; load(); ui.texts.load('en'); "
        f"print(*{{name.partition('.')[0] for name in sys.modules}} & set({HEAVY}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
