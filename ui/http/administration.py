"""The administrator's own page: a token opens it, a cookie keeps it open for some hours, and nobody else gets in."""

import hashlib
import re
import secrets
import time
from importlib.resources import files
from string import Template
from threading import Lock
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.html import safe
from ui.http.access import WRONG, same
from ui.http.allowed import path
from ui.http.doors import ADMIN
from ui.http.headers import hashes
from ui.http.public import administrative
from ui.http.rates import Rate, client
from ui.texts import Texts

COOKIE = "quoth_admin"
OPEN = 12 * 60 * 60  # seconds until the token is asked for again
FORM = 4_000  # bytes that a form may bring

_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)


class Sessions:
    """Who has shown the token lately; known by a secret of which only the hash is kept, and forgotten at the end."""

    def __init__(self, seconds: float = OPEN) -> None:
        self._seconds = seconds
        self._ends: dict[str, float] = {}
        self._lock = Lock()

    def begin(self) -> str:
        """Return the secret of a new session."""
        now, secret = time.monotonic(), secrets.token_urlsafe(32)
        with self._lock:
            self._ends = {known: end for known, end in self._ends.items() if end > now}
            self._ends[_hash(secret)] = now + self._seconds
        return secret

    def holds(self, secret: str) -> bool:
        """Tell whether this is the secret of a session that is still open."""
        with self._lock:
            return self._ends.get(_hash(secret), 0.0) > time.monotonic()

    def end(self, secret: str) -> None:
        """End a session."""
        with self._lock:
            self._ends.pop(_hash(secret), None)


class Administration:
    """Lets requests below ``ADMIN`` through that belong to a session, and has a form with which one begins.

    The cookie goes back to those paths alone, no script reads it, and pages of other sites cannot send it. That only
    its own pages send the form, and over https, others have looked at before.
    """

    def __init__(self, app: ASGIApp, token: str, t: Texts, root_path: str | None = None) -> None:
        self.app = app
        self.token = token
        self.t = t
        self.root_path = root_path or ""
        self.wrong = Rate(WRONG)
        self.sessions = Sessions()
        self.form = Template((files("ui") / "http" / "login.html").read_text(encoding="utf-8"))
        style = "".join(_STYLE.findall(self.form.template))
        self.headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; style-src{hashes([style])}; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http" or not administrative(scope):
            await self.app(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        # A mounted page finds its part of the path only if what the proxy took away is there again.
        whole = {**scope, "root_path": self.root_path, "path": self.root_path + scope["path"]}

        async def fresh(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        await (response(scope, receive, send) if response else self.app(whole, receive, fresh))

    async def _answer(self, request: Request) -> Response | None:
        """Return what answers a request, or None where it belongs to a session."""
        asked = request.method, path(request.scope).removeprefix(ADMIN)
        origin, own = request.headers.get("origin"), f"{request.scope['scheme']}://{request.headers.get('host', '')}"
        # Cookies know no ports, so what listens at another one of the same name could send them too.
        if request.method not in ("GET", "HEAD") and origin not in (None, own):
            return PlainTextResponse(f"This is not taken from {origin!r:.100}, but from {own}.", 403)
        secret = request.cookies.get(COOKIE, "")
        match asked:
            case "GET", "":
                return RedirectResponse(f"{ADMIN[1:]}/", 303)  # relative, as a proxy may have taken a path away
            case "GET", "/login":
                return self._page()
            case "POST", "/login":
                return await self._begin(request)
            case "POST", "/logout":
                self.sessions.end(secret)
                return self._to("login", request, "")
        if self.sessions.holds(secret):
            return None
        if asked == ("GET", "/"):
            return RedirectResponse("login", 303, {"Cache-Control": "no-store"})
        return PlainTextResponse("Log in first.", 401, {"Cache-Control": "no-store"})

    async def _begin(self, request: Request) -> Response:
        """Begin a session for who knows the token."""
        who, given = client(request.scope), await _field(request, "token")
        # Looked at first: who tries too many is not told whether the last one was right.
        if wait := self.wrong.wait(who):
            return self._page(429, self.t("token_wait", wait), {"Retry-After": str(wait)})
        if not same(given, self.token):
            self.wrong.count(who)
            return self._page(403, self.t("token_wrong"))
        return self._to("./", request, self.sessions.begin())

    def _to(self, place: str, request: Request, secret: str) -> Response:
        """Lead to another page with the secret of a session, "" for none."""
        response = RedirectResponse(place, 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            secret,
            max_age=OPEN if secret else 0,
            path=f"{self.root_path}{ADMIN}",
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    def _page(self, status: int = 200, wrong: str = "", headers: dict[str, str] | None = None) -> Response:
        t = self.t
        html = self.form.substitute(
            language=t.language,
            direction=t.direction,
            heading=safe(t("administration")),
            hint=safe(t("token_hint")),
            label=safe(t("token")),
            log_in=safe(t("log_in")),
            wrong=f'<p class="wrong" role="alert">{safe(wrong)}</p>' if wrong else "",
        )
        return HTMLResponse(html, status, {**self.headers, **(headers or {})})


async def _field(request: Request, name: str) -> str:
    """Return a field of a form that was sent, "" where there is none or the form is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[0].strip()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
