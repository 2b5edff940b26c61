"""What every request to the API passes before it is looked at: how much it brings, how often it comes, from where."""

from collections.abc import Callable

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.access import Access
from ui.http.problems import problem
from ui.http.rates import Rate, client

API = "/api/v1"
ASK, ARTICLES = f"{API}/ask", f"{API}/articles"
WIDGET, EMBED, HEALTH, METRICS = "/widget.js", "/embed", "/health", "/metrics"
ADMIN = "/admin"  # below which the administrator's page is, where the server is public
BODY = 64_000  # bytes
ADDED = 16_000_000  # bytes of articles

_DRAINED = 4_000_000  # bytes

_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def ours(path: str) -> bool:
    """Tell whether a path is the API's and not the page's."""
    return path in (WIDGET, EMBED, HEALTH, METRICS, "/api") or path.startswith("/api/")


class Beside:
    """Gives one application what is the API's, and another what is the page's."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.app = app
        self.api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await (self.api if scope["type"] == "http" and ours(scope["path"]) else self.app)(scope, receive, send)


class Safe:
    """Sets the headers that keep a response from being kept, sniffed or told of, where it does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete its response."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, completed)


class Shared:
    """Lets the pages of listed origins read what is meant for them, without cookies or tokens."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.cors = CORSMiddleware(
            app, allow_origin_regex=access.pattern, allow_methods=("GET", "POST"), expose_headers=("Retry-After",)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, by way of CORS where others may read what it asks for."""
        shared = scope["path"] == WIDGET or scope["path"].startswith(f"{API}/")
        await (self.cors if shared else self.app)(scope, receive, send)


class Limited:
    """Refuses requests that bring too much, with 413, or come too often from one address, with 429.

    ``refused`` is told the path of those that get no further.
    """

    def __init__(self, app: ASGIApp, access: Access, refused: Callable[[str], object]) -> None:
        self.app = app
        self.refused = refused
        self.rate, self.site_rate = Rate(access.rate), Rate(access.site_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        refusal = self._refusal(scope)
        if refusal is not None:
            self.refused(scope["path"])
            await drain(receive)
            await refusal(scope, receive, send)
            return
        largest, brought = _largest(scope), 0

        async def counted() -> Message:
            nonlocal brought
            message = await receive()
            brought += len(message.get("body", b""))
            if brought > largest:  # without a Content-Length, or with a wrong one
                raise HTTPException(413, _too_large(largest))
            return message

        await self.app(scope, counted, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        largest, said = _largest(scope), Headers(scope=scope).get("content-length", "")
        if said.isascii() and said.isdigit() and (len(said) > len(str(ADDED)) or int(said) > largest):
            return problem(413, _too_large(largest), {"Connection": "close"})
        if not scope["path"].startswith(f"{API}/"):
            return None
        origin = Headers(scope=scope).get("origin", "")
        return _too_often(self.rate, client(scope), "your address") or (
            _too_often(self.site_rate, origin[:200], "this site") if origin else None
        )


def _too_often(rate: Rate, who: str, named: str) -> JSONResponse | None:
    wait = rate.count(who)
    detail = f"too many requests from {named}, at most {rate} are answered; wait {wait} s"
    return problem(429, detail, {"Retry-After": str(wait)}) if wait else None


async def drain(receive: Receive) -> None:
    """Read what a refused request brings, as far as that is bearable: a proxy that is still sending hears no answer."""
    read = 0
    while read < _DRAINED:
        message = await receive()
        read += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _largest(scope: Scope) -> int:
    return ADDED if scope["path"] == ARTICLES and scope["method"] == "POST" else BODY


def _too_large(largest: int) -> str:
    return f"the body is larger than {largest:,} bytes, the most that is taken here; send less at once"
