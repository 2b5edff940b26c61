"""What other sites put into their pages: a script that asks for them, and a page to be shown in a frame."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from ui.http.access import Access
from ui.http.doors import EMBED, WIDGET
from ui.http.problems import RESPONSES

_HOUR = "public, max-age=3600"
_ASK_AGAIN = "no-cache"  # kept, but only used after asking whether it changed


class Widget:
    """Serves the two files, where they are."""

    def __init__(self, access: Access) -> None:
        self.framed_by = " ".join(("'self'", *access.origins))
        self.router = router = APIRouter(tags=["widget"], responses=RESPONSES)
        router.add_api_route(WIDGET, self.script, response_class=Response, summary="The script for other sites")
        router.add_api_route(EMBED, self.page, response_class=Response, summary="The page for a frame")

    async def script(self, request: Request) -> Response:
        """Return the script, which may be kept for an hour."""
        return _file(request, "widget.js", "text/javascript; charset=utf-8", _HOUR)

    async def page(self, request: Request) -> Response:
        """Return the page, which may stand in frames of this server and of the listed origins."""
        page = _file(request, "embed.html", "text/html; charset=utf-8", _ASK_AGAIN)
        page.headers["Content-Security-Policy"] = f"frame-ancestors {self.framed_by}"
        return page


def _file(request: Request, name: str, media_type: str, kept: str) -> Response:
    file = files("ui") / "widget" / name
    if not file.is_file():
        raise HTTPException(404, f"this version of Quoth comes without {name}")
    content = file.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": kept}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
