"""The door of the page: only its own pages come in, under its own names.

A browser that opens a hostile page lets it send requests to this computer, and under a name of that page's own even
read the answers (DNS rebinding). What such requests cannot change are their Host and their Origin.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_REFUSED = "This page is not served under the name {name}, or to its pages; list it in the setting hosts."


class Guard:
    """Refuses requests under a name that is none of ``names``, or from the page of another one; () allows all names.

    Pages of origins that are ``listed`` are let in like its own. ``refused`` makes the response to the others.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: tuple[str, ...],
        listed: Callable[[str], bool] = lambda origin: False,
        refused: Callable[[str], ASGIApp] = lambda under: PlainTextResponse(_REFUSED.format(name=repr(under)), 403),
    ) -> None:
        self.app = app
        self.names = names
        self.listed = listed
        self.refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with 403."""
        if scope["type"] != "http" or (foreign := self._foreign(scope)) is None:
            await self.app(scope, receive, send)
            return
        await self.refused(foreign[:100])(scope, receive, send)

    def _foreign(self, scope: Scope) -> str | None:
        """Return the name that a request should not have come under, or None."""
        headers: dict[bytes, str] = {key: value.decode("latin-1") for key, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self.names and name(f"//{host}") not in self.names:
            return host
        if origin is None or scope["method"] in ("GET", "HEAD") or _same(origin, host) or self.listed(origin):
            return None
        return origin


def _same(origin: str, host: str) -> bool:
    """Tell whether an origin is the one that was asked; some proxies leave the port out of the Host."""
    (asked, port), (its, its_port) = _place(f"//{host}"), _place(origin)
    return asked is not None and asked == its and port in (its_port, None)


def name(address: str) -> str | None:
    """Return the name of a host in an address, or None where there is none."""
    return _place(address)[0]


def _place(address: str) -> tuple[str | None, int | None]:
    """Return the name and the port of an address."""
    try:
        parts = urlsplit(address)
        return parts.hostname, parts.port
    except ValueError:
        return None, None
