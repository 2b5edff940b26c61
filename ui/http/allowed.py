"""The door to Gradio's routes: those that the page uses are open, and nobody finds out what else Gradio has."""

import re
from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.doors import BODY, drain

_GRADIO = "/gradio_api"

_READ = (
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    r"/assets/[\w./-]+",
    r"/static/[\w./-]+",
    rf"{_GRADIO}/heartbeat/\w+",
    f"{_GRADIO}/queue/data",
    f"{_GRADIO}/info",  # names no endpoint, as all of the page's are private
)
_TOLD = (f"{_GRADIO}/queue/join", f"{_GRADIO}/run/predict")
_UPLOAD = f"{_GRADIO}/upload"
_FETCHED = (f"{_GRADIO}/upload_progress", rf"{_GRADIO}/file=.+")  # a file may have any name

# By Gradio, whoever sends them: the address of the server, and whose pages may read what it says.
_BELIEVED = (b"x-gradio-server", b"origin")


class Allowed:
    """Answers what a page never asks for with 404.

    ``pages`` tells for the path of each page, "" for the one at the root, whether it takes or gives files. Where it
    does not, one that is sent is too large, whatever its size.
    """

    def __init__(self, app: ASGIApp, pages: Mapping[str, bool]) -> None:
        self.app = app
        self.open = {place: _open(files) for place, files in pages.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it; connections of other kinds than HTTP there are none."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        place, asked = self._place(path(scope))
        pattern = self.open[place].get(scope["method"])
        if pattern is not None and pattern.fullmatch(asked):
            headers = [(key, value) for key, value in scope["headers"] if key not in _BELIEVED]
            whole = receive if asked == _UPLOAD else await _whole(receive)
            if whole is None:
                await PlainTextResponse("That is too long.", 413, {"Connection": "close"})(scope, receive, send)
                return
            await self.app({**scope, "headers": headers}, whole, send)
            return
        sent = scope["method"] == "POST" and asked == _UPLOAD
        refusal = ("No file is taken here.", 413) if sent else ("There is nothing at this address.", 404)
        await PlainTextResponse(*refusal)(scope, receive, send)

    def _place(self, asked: str) -> tuple[str, str]:
        """Return the path of the page that is asked for, and what is asked of it."""
        place = next((place for place in self.open if place and asked.startswith(f"{place}/")), "")
        return place, asked.removeprefix(place)


async def _whole(receive: Receive) -> Receive | None:
    """Read what a request brings, and return what gives it again; None where it is too much."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY:
            if more:
                await drain(receive)
            return None
    given: Iterator[Message] = iter(({"type": "http.request", "body": body},))

    async def again() -> Message:
        return next(given, None) or await receive()

    return again


def _open(files: bool) -> dict[str, re.Pattern[str]]:
    """Return what is open of a page, by method."""
    read = _either((*_READ, *(_FETCHED if files else ())))
    told = _either((*_TOLD, *((_UPLOAD,) if files else ())))
    return {"GET": read, "HEAD": re.compile("/"), "POST": told}


def path(scope: Scope) -> str:
    """Return the path of a request below the address that the server is mounted at."""
    asked, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return asked.removeprefix(root) if asked == root or asked.startswith(f"{root}/") else asked


def _either(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.DOTALL)
