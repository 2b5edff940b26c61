"""Who may use a page whose visitors can change the articles."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qa.settings import LOOPBACK
from ui.chat.guard import Guard

Header = tuple[bytes, bytes]


def status(names: tuple[str, ...], method: str, headers: Sequence[Header]) -> int:
    """Return the status that a request gets; 200 where it is let through."""
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "headers": list(headers)}
    # In a thread of its own, because a browser's loop may be running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, Guard(inner, names)(scope, receive, send)).result()
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("method", "host", "origin", "expected"),
    [
        ("GET", "127.0.0.1:7860", None, 200),
        ("GET", "localhost:7860", None, 200),
        ("GET", "[::1]:7860", None, 200),
        ("POST", "127.0.0.1:7860", "http://127.0.0.1:7860", 200),
        ("GET", "evil.example:7860", None, 403),
        ("POST", "evil.example:7860", "http://evil.example:7860", 403),
        ("POST", "127.0.0.1:7860", "http://evil.example", 403),
        ("POST", "127.0.0.1:7860", "null", 403),
        ("GET", "", None, 403),
        ("GET", "[", None, 403),
    ],
)
def test_this_computer_is_known_by_its_own_names(method: str, host: str, origin: str | None, expected: int) -> None:
    """Another name, or a request that changes something from another name's page, is refused."""
    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    assert status(LOOPBACK, method, headers) == expected


def test_a_public_name_may_be_any_but_its_pages_are_its_own() -> None:
    """Without names only the origin is looked at."""
    host = (b"host", b"news.example")
    assert status((), "POST", [host, (b"origin", b"https://news.example")]) == 200
    assert status((), "POST", [host, (b"origin", b"https://evil.example")]) == 403
    assert status((), "GET", [host, (b"origin", b"https://evil.example")]) == 200
