"""The server of the chat page: one local address, the page at its root."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

import gradio as gr
import uvicorn
from fastapi import FastAPI

from index.errors import SettingsError
from ui.chat import uploads
from ui.chat.page import Answerer, appearance, build


def app(
    answerer: Future[Answerer],
    examples: Sequence[str] = (),
    measured: Mapping[str, Path] | None = None,
    title: str = "Quoth",
) -> FastAPI:
    """Return an application that shows the page at ``/``; nothing is recorded and nothing is shared.

    ``measured`` is that of ``page.build``; without it nothing can be uploaded.
    """
    own = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page = build(answerer, examples, title, measured)
    gr.mount_gradio_app(
        own,
        page,
        path="/",
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        max_file_size=0 if measured is None else uploads.LARGEST,
        **appearance(),
    )
    return own


def serve(
    load: Callable[[], Answerer],
    host: str,
    port: int,
    *,
    examples: Sequence[str] = (),
    measured: Mapping[str, Path] | None = None,
    announce: Callable[[str], object] = str,
) -> None:
    """Serve the page until interrupted; ``announce`` is told its address once connections are accepted.

    ``load`` runs meanwhile in a thread of its own, so that the page is there before the model is. Port 0 takes any
    free port. Raises SettingsError when nothing can listen at that address, KeyboardInterrupt when interrupted.
    """
    with _prepared(load, host, port, examples, measured) as (server, listening, address):
        announce(address)
        server.run(sockets=[listening])


@contextmanager
def serving(
    load: Callable[[], Answerer],
    host: str,
    port: int,
    *,
    examples: Sequence[str] = (),
    measured: Mapping[str, Path] | None = None,
) -> Iterator[str]:
    """Serve the page beside the block, as ``serve`` does, and yield its address."""
    with _prepared(load, host, port, examples, measured) as (server, listening, address):
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="server")
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _prepared(
    load: Callable[[], Answerer], host: str, port: int, examples: Sequence[str], measured: Mapping[str, Path] | None
) -> Iterator[tuple[uvicorn.Server, socket.socket, str]]:
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="load")
    # The page is built by the server, in its loop: elsewhere Gradio opens several loops and closes none of them.
    build_app = partial(app, loader.submit(load), examples, measured)
    config = uvicorn.Config(build_app, factory=True, log_level="warning", ws="none", timeout_graceful_shutdown=1)
    try:
        yield uvicorn.Server(config), listening, f"http://{shown}:{listening.getsockname()[1]}/"
    finally:
        loader.shutdown(wait=False, cancel_futures=True)
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, so that an address that is taken is known before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"cannot serve at {host}:{port}: {error.strerror or error}; choose another port with --port, "
            "or stop what is using this one"
        ) from error
    return listening
