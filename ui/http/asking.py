"""The routes of those who ask: questions, passages, and what is said of answers."""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from functools import partial
from threading import Lock
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from index.errors import QuothError
from index.types import Hit
from qa.feedback import Feedback
from qa.limits import limits
from qa.pipeline import Pipeline, Told
from qa.types import Answer, SearchedFor
from qa.understanding import MAX_QUESTION
from ui.chat.base import Desk
from ui.chat.talk import Answered
from ui.http.access import Access
from ui.http.bodies import DATE, MAX_HITS, MAX_SOURCES, AnswerGiven, Asked, Found, Kept, Verdict
from ui.http.doors import API, ASK
from ui.http.problems import RESPONSES, RETRY, Problems, document, failed
from ui.http.rates import client
from ui.http.watching import ready
from ui.render import SCHEMA, hit_to_json, to_json

REMEMBERED = 1000  # answers that can be judged
WAITING = 30  # threads for those who ask; more wait without one, so that they never take those of the page
PULSE = 15.0  # seconds of silence after which a stream says that it is still there

_STREAM = "text/event-stream"
_WAITING = "too many questions from your address are waiting; wait until one of them is answered"
_EVENTS = "The answer; as events `understood` (searched_for), `hits` (a list), and `answer` or `error` (a problem)."


class Memory:
    """The last answers that were given, by their ids, so that nobody can judge what was never said."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._given: OrderedDict[str, Answered] = OrderedDict()
        self._lock = Lock()

    def keep(self, given: Answered) -> None:
        """Remember an answer in place of the oldest."""
        with self._lock:
            self._given[given.answer.id] = given
            while len(self._given) > self._size:
                self._given.popitem(last=False)

    def find(self, answer_id: str) -> Answered | None:
        """Return an answer, or None where it is unknown or forgotten."""
        with self._lock:
            return self._given.get(answer_id)


class Asking:
    """Answers questions in threads of its own, and keeps what is said of the answers."""

    def __init__(self, desk: Desk, access: Access, problems: Problems) -> None:
        self.desk, self.access, self.problems = desk, access, problems
        self.memory = Memory()
        self.threads = anyio.CapacityLimiter(WAITING)
        self.running: set[asyncio.Task[Answer]] = set()
        self.router = router = APIRouter(prefix=API, tags=["questions"], responses=RESPONSES)
        streamed = {_STREAM: {"schema": {"type": "string"}, "example": "event: understood\ndata: {}\n\n"}}
        answered: dict[int | str, Any] = {200: {"model": AnswerGiven, "content": streamed, "description": _EVENTS}}
        router.add_api_route(
            ASK.removeprefix(API), self.ask, methods=["POST"], response_model=None, responses=answered, summary="Ask"
        )
        router.add_api_route("/search", self.search, response_model=Found, summary="Find passages")
        router.add_api_route(
            "/feedback", self.judge, methods=["POST"], response_model=Kept, summary="Say what an answer is worth"
        )

    async def ask(self, request: Request, asked: Asked) -> Response:
        """Answer a question in quotations, or say that the articles don't."""
        pipeline, who = ready(self.desk), client(request.scope)
        if _STREAM in request.headers.get("accept", ""):
            # Some proxies keep back what is streamed until it is whole, unless they are told not to.
            return EventSourceResponse(self._events(pipeline, asked, who), headers={"X-Accel-Buffering": "no"})
        with self.desk.places.taken(who) as free:
            if not free:
                raise HTTPException(429, _WAITING, {"Retry-After": str(RETRY)})
            return JSONResponse(to_json(await self._in_thread(self._answering(pipeline, asked))))

    async def search(
        self,
        q: Annotated[str, Query(description="What is asked.", json_schema_extra={"maxLength": MAX_QUESTION})],
        source: Annotated[
            list[str],
            Query(
                default_factory=list,
                max_length=MAX_SOURCES,
                description="Only articles of this source; may be repeated.",
            ),
        ],
        k: Annotated[int, Query(ge=1, le=MAX_HITS, description="Passages wanted, at most.")] = 10,
        since: Annotated[str | None, Query(description=f"Only articles from then on; {DATE}")] = None,
        until: Annotated[str | None, Query(description=f"Only articles until then; {DATE}")] = None,
        everywhere: Annotated[
            bool, Query(description="Sources and dates that the question names are no limits.")
        ] = False,
    ) -> JSONResponse:
        """Return the best passages for a question, understood as `ask` understands it."""
        pipeline = ready(self.desk)

        def found() -> list[Hit]:
            within = limits(pipeline.index, source, since, until)
            return pipeline.retrieve(q, limits=within, k=k, everywhere=everywhere)

        hits = await self._in_thread(found)
        return JSONResponse({"schema": SCHEMA, "question": q, "hits": [hit_to_json(hit) for hit in hits]})

    def judge(self, verdict: Verdict) -> JSONResponse:
        """Keep what is said of an answer, in place of what was said of it before."""
        given = self.memory.find(verdict.id)
        path = self.desk.feedback(given.by) if given else None
        if not self.access.feedback or (given and path is None):
            raise HTTPException(403, "verdicts are not kept here")
        if given is None or path is None:
            said = f"no answer with the id {verdict.id!r} was given lately; ask again and judge that answer"
            raise HTTPException(404, said)
        if verdict.reasons and verdict.verdict == "up":
            raise HTTPException(422, "a reason says what is wrong, so its verdict is down")
        given.record(Feedback(path), verdict.verdict, verdict.reasons, verdict.comment)
        kept = {"id": verdict.id, "verdict": verdict.verdict, "reasons": verdict.reasons}
        return JSONResponse({"schema": SCHEMA, **kept})

    def _answering(self, pipeline: Pipeline, asked: Asked, told: Told | None = None) -> Callable[[], Answer]:
        """Return the work of answering, which is waited for from now on."""
        return partial(self._answer, pipeline, asked, told, time.perf_counter())

    def _answer(self, pipeline: Pipeline, asked: Asked, told: Told | None, began: float) -> Answer:
        generation = pipeline.index.store.generation
        turns = pipeline.turns(asked.turns, asked.question)
        within = limits(pipeline.index, asked.sources, asked.since, asked.until)
        answer = pipeline.ask(asked.question, turns, within, everywhere=asked.everywhere, told=told)
        self.desk.metrics.answer(answer, time.perf_counter() - began)
        self.memory.keep(Answered(asked.question, answer, turns, pipeline, generation))
        return answer

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await anyio.to_thread.run_sync(work, limiter=self.threads)

    async def _events(self, pipeline: Pipeline, asked: Asked, who: str) -> AsyncIterator[bytes]:
        """Yield what becomes known of an answer to somebody as server-sent events."""
        with self.desk.places.taken(who) as free:
            if not free:
                self.desk.metrics.refuse()
                yield _framed("error", document(429, _WAITING))
                return
            async for event in self._answered(pipeline, asked):
                yield event

    async def _answered(self, pipeline: Pipeline, asked: Asked) -> AsyncIterator[bytes]:
        loop, known = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

        def told(something: SearchedFor | tuple[Hit, ...] | Answer) -> None:
            if not isinstance(something, Answer):  # which is told once it can be judged
                loop.call_soon_threadsafe(known.put_nowait, _event(something))

        # A task of its own: a thread cannot be stopped, so it is waited for also where nobody listens any more.
        task = asyncio.ensure_future(self._in_thread(self._answering(pipeline, asked, told)))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        task.add_done_callback(lambda done: known.put_nowait(None))
        while (event := await _next(known)) is not None:
            yield event
        error = task.exception()
        if error is None:
            yield _event(task.result())
            return
        self.desk.metrics.refuse()
        said = self.problems.document(error) if isinstance(error, QuothError) else failed()
        yield _framed("error", said)
        if not isinstance(error, QuothError):
            raise error  # for the server's log


async def _next(known: "asyncio.Queue[bytes | None]") -> bytes | None:
    """Return the next event, or after a while a comment that keeps proxies from giving up; None at the end."""
    try:
        return await asyncio.wait_for(known.get(), PULSE)
    except TimeoutError:
        return format_sse_event(comment="waiting")


def _event(known: SearchedFor | tuple[Hit, ...] | Answer) -> bytes:
    if isinstance(known, SearchedFor):
        # As it will stand in the answer, of which nothing else is known yet.
        unknown = Answer("", "notice", known.text, known, False, 0.0, None, (), ())
        return _framed("understood", to_json(unknown)["searched_for"])
    if isinstance(known, Answer):
        return _framed("answer", to_json(known))
    return _framed("hits", [hit_to_json(hit) for hit in known])


def _framed(name: str, value: object) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(value, ensure_ascii=False))
