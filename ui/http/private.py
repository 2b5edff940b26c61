"""The door of a page that only those see who know its password."""

import base64
import secrets

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.http.allowed import path
from ui.http.doors import HEALTH, client, ours, seconds_left
from ui.http.problems import problem
from ui.http.public import HOW, sealed

WRONG = "10/minute"
"""How often one address may try a password that is wrong."""

_ASKED = {"WWW-Authenticate": 'Basic realm="Quoth", charset="UTF-8"'}


class Private:
    """Lets requests through that bring the password (HTTP Basic, under any name), or the administrator's token.

    What asks for the health of the server needs neither. A password is not asked for where others could read it.
    """

    def __init__(self, app: ASGIApp, password: str, token: str | None = None) -> None:
        self.app = app
        self.password = password
        self.token = token
        self.rate = limits.parse(WRONG)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

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
        if not self.limiter.test(self.rate, who):
            wait = seconds_left(self.limiter, self.rate, who)
            said = f"too many wrong passwords came from your address; wait {wait} s"
            return _said(scope, 429, said, {"Retry-After": str(wait)})
        if self._known(given):
            return None
        self.limiter.hit(self.rate, who)
        return _said(scope, 401, "this password is wrong", _ASKED)

    def _known(self, given: str) -> bool:
        """Tell whether a header holds the password or the token, in a time that does not say how much was right."""
        scheme, _, value = given.partition(" ")
        value = value.strip()
        if scheme.lower() == "bearer" and self.token is not None:
            return secrets.compare_digest(value.encode("utf-8", "replace"), self.token.encode())
        try:
            tried = base64.b64decode(value, validate=True).partition(b":")[2] if scheme.lower() == "basic" else b""
        except ValueError:  # no base64, or no ASCII
            return False
        return secrets.compare_digest(tried, self.password.encode())


def _said(scope: Scope, status: int, said: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal, as a problem document where programs ask."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    if ours(path(scope)):
        return problem(status, said, kept)
    return PlainTextResponse(f"{said[:1].upper()}{said[1:]}.", status, kept)
