"""What those who keep a server running ask of it: whether it is ready, and how much it does."""

from typing import cast

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from index.errors import QuothError
from qa.pipeline import Pipeline
from qa.types import Answer
from ui.chat.base import Desk
from ui.http.access import Administrator
from ui.http.bodies import Health
from ui.http.doors import API, HEALTH, METRICS
from ui.http.problems import RESPONSES, RETRY

ASK = f"{API}/ask"


def ready(desk: Desk) -> Pipeline:
    """Return the pipeline that answers; raises HTTPException while it is loading, QuothError where it cannot be."""
    if not desk.done():
        said = f"the articles and the language model are being loaded; try again in {RETRY} s"
        raise HTTPException(503, said, {"Retry-After": str(RETRY)})
    # A desk's own protocol says what the page asks of it, which is less; what is loaded is a pipeline.
    return cast(Pipeline, desk.result())


class Metrics:
    """Counts what is asked through the API since the server started."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.questions = Counter("quoth_questions", "Questions that were answered or declined.", registry=registry)
        self.declined = Counter("quoth_declined", "Questions that the articles don't answer.", registry=registry)
        self.refused = Counter("quoth_refused", "Questions that were not looked at or failed.", registry=registry)
        self.seconds = Histogram(
            "quoth_answer_seconds",
            "Seconds from a question to its answer, waiting included.",
            buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60),
            registry=registry,
        )
        self.generation = Gauge("quoth_index_generation", "Changes of the index so far.", registry=registry)
        self.articles = Gauge("quoth_articles", "Articles in the index.", registry=registry)

    def answered(self, answer: Answer, seconds: float) -> None:
        """Count an answer."""
        self.questions.inc()
        self.seconds.observe(seconds)
        if not answer.answered:
            self.declined.inc()

    def refuse(self, path: str) -> None:
        """Count a request that was refused, if it was a question."""
        if path == ASK:
            self.refused.inc()


class Watching:
    """The routes for those who keep the server running."""

    def __init__(self, desk: Desk, metrics: Metrics, admin: Administrator) -> None:
        self.desk = desk
        self.metrics = metrics
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
            self.metrics.generation.set(store.generation)
            self.metrics.articles.set(store.counts()[0])
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)
