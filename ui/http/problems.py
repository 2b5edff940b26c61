"""Whatever goes wrong, as a problem document (RFC 9457) whose ``detail`` is the sentence the command line prints."""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index.errors import ArticleError, FilterError, QuestionError, QuothError
from ui.chat.base import Options

MEDIA = "application/problem+json"
RETRY = 5  # seconds after which what is not ready may be

_GIVEN = (QuestionError, FilterError, ArticleError)  # what whoever asks can mend
_ABSOLUTE = re.compile(r"(?<![\w.:/\\])(?:file://|~|[A-Za-z]:)?[/\\][^\s:;,()'\"]+")
_SHOWN = 3  # of the things that are wrong with a request
_FAILED = "something failed in the server; its log says what"
_OWN_WORDS = {
    404: "there is nothing at this address; /api/v1/openapi.json lists what there is",
    405: "this address does not take such a request; /api/v1/openapi.json lists what it takes",
    400: "the body cannot be read as JSON; send an object as it is in /api/v1/openapi.json",
}


class Problem(BaseModel):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {MEDIA: {"schema": Problem.model_json_schema()}}}
    for status, said in (("4XX", "What was asked cannot be done."), ("5XX", "It cannot be done now."))
}


def document(status: int, detail: str) -> dict[str, object]:
    """Return a problem document as JSON values."""
    told = " ".join(detail.encode("utf-8", "replace").decode().split())
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": told}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a response that holds a problem document."""
    return JSONResponse(document(status, detail), status, headers, media_type=MEDIA)


class Problems:
    """Tells what is wrong; ``options`` name files whose places are nobody's business.

    ``refused`` is told the path of each request that something is wrong with.
    """

    def __init__(self, options: Options, refused: Callable[[str], object] = str) -> None:
        self.refused = refused
        files = [file for file in (options.feedback, options.own_feedback) if file]
        # The longer first: one of them is the folder of another.
        places = {str(place) for file in files for place in (file, file.parent) if place.name and place != Path("/")}
        self.places = sorted(places, key=len, reverse=True)

    def document(self, error: QuothError) -> dict[str, object]:
        """Return the problem document of an error of ours."""
        return document(422 if isinstance(error, _GIVEN) else 503, self.told(error))

    def told(self, error: QuothError) -> str:
        """Return what an error of ours says, without places on this computer that the asker did not name."""
        told = str(error)
        if isinstance(error, _GIVEN):
            return told
        for place in self.places:
            told = re.sub(rf"(?<![\w./-]){re.escape(place)}(?![\w-])", "…", told)
        return _ABSOLUTE.sub("…", told)

    def handle(self, app: FastAPI) -> None:
        """Have an application answer with problem documents."""
        app.add_exception_handler(QuothError, self._ours)
        app.add_exception_handler(RequestValidationError, self._invalid)
        app.add_exception_handler(HTTPException, self._refused)
        app.add_exception_handler(Exception, self._failed)

    async def _ours(self, request: Request, error: Exception) -> JSONResponse:
        self.refused(request.url.path)
        assert isinstance(error, QuothError)
        found = self.document(error)
        status = found["status"]
        assert isinstance(status, int)
        return JSONResponse(found, status, media_type=MEDIA)

    async def _invalid(self, request: Request, error: Exception) -> JSONResponse:
        self.refused(request.url.path)
        assert isinstance(error, RequestValidationError)
        return problem(422, sentence(error.errors()))

    async def _refused(self, request: Request, error: Exception) -> JSONResponse:
        self.refused(request.url.path)
        assert isinstance(error, HTTPException)
        own = error.detail == HTTPStatus(error.status_code).phrase or error.status_code == 400
        said = _OWN_WORDS.get(error.status_code, error.detail) if own else error.detail
        return problem(error.status_code, said, error.headers)

    async def _failed(self, request: Request, error: Exception) -> JSONResponse:
        self.refused(request.url.path)
        return problem(500, _FAILED)


def failed() -> dict[str, object]:
    """Return the problem document of an error that is none of ours."""
    return document(500, _FAILED)


def sentence(errors: Sequence[Any]) -> str:
    """Say what is wrong with a request, from what pydantic says of it."""
    more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    return "; ".join(dict.fromkeys(map(_wrong, errors[:_SHOWN]))) + more


def _wrong(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path", "header"))
    name, ctx = f"`{place:.80}`" if place else "the body", error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            return f"{name} is not known here"
        case "json_invalid":
            return f"the body is not valid JSON ({ctx.get('error', 'it ends too soon')})"
        case "model_attributes_type" | "model_type" | "dict_type" if not place:
            return "the body must be a JSON object, sent with the header `Content-Type: application/json`"
        case "value_error":
            return f"{name}: {ctx.get('error', 'it cannot be taken')}"
        case "too_long" | "string_too_long":
            return f"{name} is too long, at most {ctx['max_length']:,} are taken"
    said = str(error["msg"])
    return f"{name}: {said[:1].lower()}{said[1:]}"
