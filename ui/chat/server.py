"""The server of the chat page: one local address, the page at its root."""

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import gradio as gr
import uvicorn
from fastapi import FastAPI

from index.errors import SettingsError
from ui.chat.page import Answerer, appearance, build

HOST = "127.0.0.1"
PORT = 7860


def app(answerer: Future[Answerer], examples: Sequence[str] = (), title: str = "Quoth") -> FastAPI:
    """Return an application that shows the page at ``/``; nothing is recorded and nothing is shared."""
    own = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page = build(answerer, examples, title)
    gr.mount_gradio_app(own, page, path="/", ssr_mode=False, mcp_server=False, show_error=False, **appearance())
    return own


@contextmanager
def serving(
    load: Callable[[], Answerer], host: str = HOST, port: int = PORT, *, examples: Sequence[str] = ()
) -> Iterator[str]:
    """Serve the page while the block runs, and yield its address at once.

    ``load`` runs meanwhile in a thread of its own, so that the page is there before the model is. Port 0 takes any
    free port. Raises SettingsError when nothing can listen at that address.
    """
    listening = _listen(host, port)
    loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="load")
    server = uvicorn.Server(
        uvicorn.Config(app(loader.submit(load), examples), log_level="warning", ws="none", timeout_graceful_shutdown=1)
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True, name="server")
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        loader.shutdown(wait=False, cancel_futures=True)
        listening.close()


def serve(
    load: Callable[[], Answerer],
    host: str = HOST,
    port: int = PORT,
    *,
    examples: Sequence[str] = (),
    announce: Callable[[str], object] = str,
) -> None:
    """Serve the page until interrupted; ``announce`` is told its address. Raises SettingsError as ``serving`` does."""
    with serving(load, host, port, examples=examples) as address:
        announce(address)
        Event().wait()


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
