"""What browsers are told not to do with a response: guess its type, tell others of it, run what is not the server's."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.allowed import path
from ui.http.doors import ADMIN, EMBED

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

_COOKIE = re.compile(rb"(?<![^;\s])quoth_admin=[\w-]{43}(?=;|$)")

# Gradio makes functions of the scripts of the page's parts, and sets styles on elements.
_PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action {forms}"
)
# Who may show it in a frame is said by its route, which knows.
_FRAME = (
    "default-src 'none'; script-src 'self'{scripts}; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)


class Strict:
    """Completes every response with the headers that keep it harmless.

    The page's own scripts are known by their hashes, and so are those of ``added``, which Gradio puts into it later:
    what an article could smuggle in has none.
    """

    def __init__(self, app: ASGIApp, added: str = "") -> None:
        self.app = app
        self.added = _scripts(added)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = {**scope, "headers": [*plain(scope["headers"])]}
        if (asked := path(scope)) in ("/", f"{ADMIN}/"):
            # Its scripts are looked for in it, so it must not come compressed.
            uncompressed = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            whole = _Whole(send, self.added, "'none'" if asked == "/" else "'self'")
            await self.app({**scope, "headers": uncompressed}, receive, whole)
        else:
            await self.app(scope, receive, self._completing(scope, send))

    def _completing(self, scope: Scope, send: Send) -> Send:
        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _complete(headers, _NOTHING)
                if path(scope) == EMBED and message["status"] in (200, 304):
                    headers["Content-Security-Policy"] = f"{_frame()}; {headers['Content-Security-Policy']}"
            await send(message)

        return completed


class _Whole:
    """Holds a page back until it is whole, so that its headers can tell what is in it."""

    def __init__(self, send: Send, added: Iterable[str], forms: str) -> None:
        self.send = send
        self.added = added
        self.forms = forms
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Take a part of the response, and send all with the last one."""
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["type"] != "http.response.body":
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=self.start)
        html = headers.get("content-type", "").startswith("text/html")
        found = (*_scripts(self.body.decode("utf-8", "replace")), *self.added) if html else ()
        _complete(headers, _PAGE.format(scripts=hashes(found), forms=self.forms) if html else _NOTHING)
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": self.body})


def plain(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield headers with the administrator's cookie alone.

    What Python before 3.12.6 makes of backslashes in a cookie takes the square of their number (CVE-2024-7592).
    """
    for name, value in headers:
        if name != b"cookie":
            yield name, value
        elif own := _COOKIE.findall(value):
            yield name, b"; ".join(own)


def _complete(headers: MutableHeaders, policy: str) -> None:
    """Add what a response does not say itself."""
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Not "no-referrer", with which browsers keep back the Origin that the page's own requests are known by.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", policy)


@cache
def _frame() -> str:
    file = files("ui") / "widget" / "embed.html"
    return _FRAME.format(scripts=hashes(_scripts(file.read_text(encoding="utf-8"))))


def _scripts(html: str) -> tuple[str, ...]:
    """Return the scripts that stand in a page themselves, with the line ends that a browser reads."""
    return tuple(_INLINE.findall(html.replace("\r\n", "\n").replace("\r", "\n")))


def hashes(scripts: Iterable[str]) -> str:
    """Return what a policy knows scripts or styles by that stand in a page themselves."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return "".join(f" 'sha256-{digest}'" for digest in dict.fromkeys(digests))
