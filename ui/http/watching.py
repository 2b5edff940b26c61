"""What those who keep a server running ask of it: whether it is ready, and how much it does."""

from typing import cast

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from index.errors import QuothError
from qa.pipeline import Pipeline
from ui.chat.base import Desk
from ui.http.access import Administrator
from ui.http.bodies import Health
from ui.http.doors import HEALTH, METRICS
from ui.http.problems import RESPONSES, RETRY


def ready(desk: Desk) -> Pipeline:
    """Return the pipeline that answers; raises HTTPException while it is loading, QuothError where it cannot be."""
    if not desk.done():
        said = f"the articles and the language model are being loaded; try again in {RETRY} s"
        raise HTTPException(503, said, {"Retry-After": str(RETRY)})
    # A desk's own protocol says what the page asks of it, which is less; what is loaded is a pipeline.
    return cast(Pipeline, desk.result())


class Watching:
    """The routes for those who keep the server running."""

    def __init__(self, desk: Desk, admin: Administrator) -> None:
        self.desk = desk
        self.router = APIRouter(tags=["operation"])
        self.router.add_api_route(
            HEALTH, self.health, response_model=Health, responses={503: {"model": Health}}, summary="Is it ready?"
        )
        self.router.add_api_route(
            METRICS,
            self.told,
            dependencies=[Depends(admin)],
            response_class=Response,
            responses={**RESPONSES, 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
            summary="Numbers for Prometheus",
        )

    async def health(self) -> JSONResponse:
        """Tell whether the index is open and the model warm: 200 if so, otherwise 503."""
        state = "loading"
        if self.desk.done():
            try:
                self.desk.result()
                state = "ready"
            except QuothError:
                state = "failed"
        return JSONResponse({"status": state}, 200 if state == "ready" else 503)

    def told(self) -> Response:
        """Return what was counted, in Prometheus' text format."""
        if self.desk.done():
            store = ready(self.desk).index.store
            self.desk.metrics.hold(store.generation, store.counts()[0])
        return Response(self.desk.metrics.text(), media_type=CONTENT_TYPE_LATEST)
