"""What makes verdicts go once they are old: when the server starts, and once a day."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI

from index.errors import FeedbackError
from qa.feedback import Feedback

DAY = 24 * 60 * 60.0  # seconds

_log = logging.getLogger(__name__)


def forgetting(
    files: Sequence[Path], days: int | None, *, pause: float = DAY
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan in which verdicts that are older than some days are deleted from files; None keeps them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if days is None:
            yield
            return
        await anyio.to_thread.run_sync(_forget, files, days)
        task = asyncio.create_task(_daily(files, days, pause))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan


async def _daily(files: Sequence[Path], days: int, pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        await anyio.to_thread.run_sync(_forget, files, days)


def _forget(files: Sequence[Path], days: int) -> None:
    for file in files:
        try:
            Feedback(file).forget_before(time.time() - days * DAY)
        except FeedbackError as error:  # the next day it is tried again, and the page is there meanwhile
            _log.warning("old verdicts could not be deleted: %s", error)
