"""The door of a page whose visitors may change what it shows: only its own pages come in, under its own names.

A browser that opens a hostile page lets it send requests to this computer, and under a name of that page's own even
read the answers (DNS rebinding). What such requests cannot change are their Host and their Origin.
"""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_REFUSED = (
    "This page is not served under the name {name}, because its visitors may change its articles; with the setting "
    "editing = false it is."
)


class Guard:
    """Refuses requests under a name that is none of ``names``, or from the page of another one; () allows all names."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with 403."""
        if scope["type"] != "http" or (foreign := self._foreign(scope)) is None:
            await self.app(scope, receive, send)
            return
        await PlainTextResponse(_REFUSED.format(name=repr(foreign[:100])), 403)(scope, receive, send)

    def _foreign(self, scope: Scope) -> str | None:
        """Return the name that a request should not have come under, or None."""
        headers: dict[bytes, str] = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self.names and _name(f"//{host}") not in self.names:
            return host
        if origin is not None and scope["method"] not in ("GET", "HEAD") and _name(origin) != _name(f"//{host}"):
            return origin
        return None


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
