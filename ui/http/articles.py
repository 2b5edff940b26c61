"""The routes of the articles: the list, one with its text, and what only the administrator may do to them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from index.articles.base import Draft, build
from index.errors import ArticleError
from index.stores.base import Entry
from index.types import Article, Refusal, Summary
from ui.additions import untold
from ui.chat.base import Desk
from ui.chat.library import matching
from ui.http.access import Administrator
from ui.http.bodies import ArticleGiven, Listed, NewArticle, RemovedGiven, SummaryGiven
from ui.http.doors import API, ARTICLES
from ui.http.problems import RESPONSES
from ui.http.watching import ready
from ui.progress import summary_to_json
from ui.render import SCHEMA, web_address

MAX_LISTED = 1000
_OFFSET = 10**12
_ORIGIN = "api"  # what stands for the file that an article came from
_OTHER = "an article that came another way"

_ONE, _SEVERAL = TypeAdapter(NewArticle), TypeAdapter(list[NewArticle])
_REFERENCE = {"$ref": "#/components/schemas/NewArticle"}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"anyOf": [_REFERENCE, {"type": "array", "items": _REFERENCE}]}}},
}


class Articles:
    """Shows articles without where they came from, and adds and removes them."""

    def __init__(self, desk: Desk, admin: Administrator) -> None:
        self.desk = desk
        self.router = router = APIRouter(prefix=API, tags=["articles"], responses=RESPONSES)
        place, one = ARTICLES.removeprefix(API), "/articles/{doc_id:path}"
        router.add_api_route(place, self.browse, response_model=Listed, summary="List articles")
        router.add_api_route(one, self.show, response_model=ArticleGiven, summary="Read an article")
        changing: dict[str, Any] = {"dependencies": [Depends(admin)]}
        router.add_api_route(
            place,
            self.add,
            methods=["POST"],
            response_model=SummaryGiven,
            openapi_extra={"requestBody": _BODY},
            summary="Add articles",
            **changing,
        )
        router.add_api_route(
            one, self.remove, methods=["DELETE"], response_model=RemovedGiven, summary="Remove an article", **changing
        )

    def browse(
        self,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="Articles wanted, at most.")] = 100,
        offset: Annotated[int, Query(ge=0, le=_OFFSET, description="Articles to leave out before them.")] = 0,
        q: Annotated[
            str, Query(max_length=1000, description="Words that title, source, date or id hold, all of them.")
        ] = "",
    ) -> JSONResponse:
        """Return articles without their texts, the last published first."""
        found = matching(ready(self.desk).index.entries(), q, "", "")
        shown = [_entry(entry) for entry in found[offset : offset + limit]]
        return JSONResponse({"schema": SCHEMA, "total": len(found), "articles": shown})

    def show(
        self,
        doc_id: str,
        start: Annotated[int | None, Query(ge=0, description="The first code point of a span.")] = None,
        end: Annotated[int | None, Query(ge=0, description="The code point after it.")] = None,
    ) -> JSONResponse:
        """Return an article with its text, and a span of it where one is asked for."""
        article = ready(self.desk).index.article(doc_id)
        if article is None:
            raise HTTPException(404, _unknown(doc_id))
        given = _article(article)
        if start is not None or end is not None:
            given["cited"] = _cited(article, start, end)
        return JSONResponse(given)

    async def add(self, request: Request) -> JSONResponse:
        """Add an article or a list of them; what has an id that was added before replaces it.

        What cannot be added is named under `refused` with its reason, and the rest is added.
        """
        # Read here, so that nobody who may not add articles gets 16 MB looked at.
        body = await request.body()
        summary = await anyio.to_thread.run_sync(self._add, body)
        return JSONResponse(summary_to_json(summary))

    def remove(self, doc_id: str) -> JSONResponse:
        """Hide an article at once; its text is destroyed by the first change after ten minutes."""
        index = ready(self.desk).index
        if not index.writable:
            raise HTTPException(409, "these articles cannot be changed; serve an index that may be written")
        with self.desk.turn:
            removed = index.remove([doc_id])
        if not removed:
            raise HTTPException(404, _unknown(doc_id))
        return JSONResponse({"schema": SCHEMA, "removed": removed})

    def _add(self, body: bytes) -> Summary:
        index = ready(self.desk).index
        items = _articles(body)
        # The demo gives way to articles only, not to what holds none.
        if any(isinstance(item, Article) for item in items):
            if self.desk.closed():
                self.desk.open_own()
                index = ready(self.desk).index
            if not index.writable:
                raise HTTPException(409, "articles cannot be added to these; serve an index that may be written")
            with self.desk.turn:
                added = index.add(items)
        else:
            added = Summary(refused=tuple(item for item in items if isinstance(item, Refusal)))
        return Summary(
            added.added,
            added.replaced,
            added.unchanged,
            tuple(Refusal(refusal.given, untold(refusal.reason, _OTHER)) for refusal in added.refused),
            added.sentences,
            added.passages,
        )


def _articles(body: bytes) -> Sequence[Article | Refusal]:
    """Return the articles that a body holds, each as it is or why it cannot be one."""
    try:
        given = _SEVERAL.validate_json(body) if body.lstrip().startswith(b"[") else [_ONE.validate_json(body)]
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from error
    return [_built(new) for new in given]


def _built(new: NewArticle) -> Article | Refusal:
    fields = new.model_dump(exclude={"id", "text"})
    named = str(new.id)
    try:
        draft = Draft(given=named, text=new.text, fields=fields, found_in="request", row=named)
        return build(draft, stem=named, origin=_ORIGIN)
    except ArticleError as error:
        return Refusal(error.given, error.reason)


def _entry(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "url": web_address(entry.url)}


def _article(article: Article) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "doc_id": article.doc_id,
        "title": article.title,
        "url": web_address(article.url),
        "source": article.source,
        "published": article.published,
        "language": article.language,
        "authors": list(article.authors),
        "locators": [asdict(locator) for locator in article.locators],
        "text": article.text,
        "text_sha256": article.text_sha256,
    }


def _cited(article: Article, start: int | None, end: int | None) -> dict[str, object]:
    length = len(article.text)
    if start is None or end is None or not start < end <= length:
        raise HTTPException(
            422,
            f"{start}:{end} is no span of a text of {length:,} characters; give `start` and `end`, the smaller first",
        )
    place = article.locator_at(start)
    locator = place and {"label": place.label, "fragment": place.fragment}
    return {"start": start, "end": end, "quote": article.text[start:end], "locator": locator}


def _unknown(doc_id: str) -> str:
    return f"there is no article {doc_id!r:.200}; {ARTICLES} lists the ids"
