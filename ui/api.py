"""The HTTP API beside the page: what the command line does, for other programs and other sites' pages."""

from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import ASGIApp

from ui.chat.base import Desk
from ui.chat.guard import Guard
from ui.http.access import Access, Administrator
from ui.http.articles import Articles
from ui.http.asking import Asking
from ui.http.bodies import NewArticle
from ui.http.doors import API, ASK, Limited, Safe, Shared
from ui.http.problems import Problems, problem
from ui.http.watching import Watching
from ui.http.widget import Widget

_DESCRIPTION = (
    "Ask articles a question and get the answer in their own words. Every quotation is `text[start:end]` of the "
    "article with the hash `text_sha256`, in Unicode code points. What goes wrong is a problem document (RFC 9457)."
)


def api(desk: Desk, access: Access, names: tuple[str, ...] = ()) -> ASGIApp:
    """Return an application with the API's routes; it answers under ``names`` alone, () being any.

    A page of another site may ask only where its origin is listed, whatever else the browser would allow.
    """

    def refused(path: str) -> None:
        if path == ASK:
            desk.metrics.refuse()

    problems, admin = Problems(desk.options, refused), Administrator(access)
    # The pages that FastAPI would make of the document fetch scripts from other hosts.
    own = FastAPI(
        title="Quoth",
        description=_DESCRIPTION,
        version=version("quoth"),
        servers=[{"url": access.root_path}] if access.root_path else None,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.handle(own)
    for routes in (
        Asking(desk, access, problems),
        Articles(desk, admin),
        Watching(desk, admin),
        Widget(access),
    ):
        own.include_router(routes.router)
    _describe(own)
    limited = Limited(own, access, refused)
    return Safe(Guard(Shared(limited, access), names, access.lists, _foreign))


def _foreign(name: str) -> ASGIApp:
    said = f"{name!r} may not use this API; list its origin in the setting `origins`, or use the server's own address"
    return problem(403, said)


def _describe(app: FastAPI) -> None:
    """Add to an application's document the body that it does not know of, because it is read after the token is."""
    schemas = app.openapi().setdefault("components", {}).setdefault("schemas", {})
    schemas["NewArticle"] = NewArticle.model_json_schema(ref_template="#/components/schemas/{model}")
