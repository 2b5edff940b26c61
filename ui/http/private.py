"""The doors of a page that not everybody may see: those who know its password, or those whom a proxy has let in."""

import base64
import ipaddress
import secrets
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.http.access import WRONG, same
from ui.http.allowed import path
from ui.http.doors import HEALTH, ours
from ui.http.problems import problem
from ui.http.public import HOW, sealed
from ui.http.rates import Rate, address, client

_ASKED = {"WWW-Authenticate": 'Basic realm="Quoth", charset="UTF-8"'}


class Private:
    """Lets requests through that bring the password (HTTP Basic, under any name), or the administrator's token.

    What asks for the health of the server needs neither. A password is not asked for where others could read it.
    """

    def __init__(self, app: ASGIApp, password: str, token: str | None = None) -> None:
        self.app = app
        self.password = password
        self.token = token
        self.wrong = Rate(WRONG)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 401, 403 or 429."""
        refusal = self._refusal(scope) if scope["type"] == "http" and path(scope) != HEALTH else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if not sealed(scope):
            return _said(scope, 403, f"this page has a password, which is taken over https alone; {HOW}")
        given = Headers(scope=scope).get("authorization")
        if given is None:
            return _said(scope, 401, "this page needs its password", _ASKED)
        who = client(scope)
        # Looked at first: who tries too many is not told whether the last one was right.
        if wait := self.wrong.wait(who):
            said = f"too many wrong passwords came from your address; wait {wait} s"
            return _said(scope, 429, said, {"Retry-After": str(wait)})
        if self._known(given):
            return None
        self.wrong.count(who)
        return _said(scope, 401, "this password is wrong", _ASKED)

    def _known(self, given: str) -> bool:
        """Tell whether a header holds the password or the token, in a time that does not say how much was right."""
        if self.token is not None and _bears(given, self.token):
            return True
        scheme, _, value = given.partition(" ")
        try:
            tried = base64.b64decode(value.strip(), validate=True) if scheme.lower() == "basic" else b""
        except ValueError:  # no base64, or no ASCII
            return False
        return secrets.compare_digest(tried.partition(b":")[2], self.password.encode())


class Recognized:
    """Lets requests through for which a trusted proxy names a user in a header, or that bring the token.

    What asks for the health of the server needs neither. It must look before the proxy's word on who asks is taken.
    """

    def __init__(self, app: ASGIApp, header: str, proxies: Sequence[str], token: str | None = None) -> None:
        self.app = app
        self.header = header
        self.proxies = [ipaddress.ip_network(proxy) for proxy in proxies]
        self.token = token
        self.wrong = Rate(WRONG)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 401."""
        known = scope["type"] != "http" or path(scope) == HEALTH or self._knows(scope)
        said = "nobody is logged in; log in at the proxy that this page is behind, and come through it"
        await (self.app if known else _said(scope, 401, said))(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        headers, peer = Headers(scope=scope), address(scope)
        given, who = headers.get("authorization", ""), client(scope)
        if self.token is not None and given.lower().startswith("bearer ") and not self.wrong.wait(who):
            if _bears(given, self.token):
                return True
            self.wrong.count(who)
        named = headers.getlist(self.header)
        believed = peer is not None and any(peer in network for network in self.proxies)
        return believed and len(named) == 1 and bool(named[0].strip())


def _bears(header: str, token: str) -> bool:
    """Tell whether a header holds a token, in a time that does not say how much was right."""
    scheme, _, value = header.partition(" ")
    return scheme.lower() == "bearer" and same(value.strip(), token)


def _said(scope: Scope, status: int, said: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal, as a problem document where programs ask."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    if ours(path(scope)):
        return problem(status, said, kept)
    return PlainTextResponse(f"{said[:1].upper()}{said[1:]}.", status, kept)
