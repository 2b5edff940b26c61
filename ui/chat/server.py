"""The server of the chat page: one local address, the page at its root and the API beside it."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from qa.settings import LOOPBACK
from ui import texts
from ui.api import api
from ui.chat import uploads
from ui.chat.base import Answerer, Desk, Options, Views
from ui.chat.guard import Guard
from ui.chat.page import appearance, build
from ui.http.access import DEFAULT, Access
from ui.http.administration import Administration
from ui.http.allowed import Allowed
from ui.http.doors import ADMIN, Beside
from ui.http.headers import Strict
from ui.http.private import Private, Recognized
from ui.http.public import PRIVATE, Named, Sealed, Terms
from ui.http.rates import Rate
from ui.http.retention import forgetting
from ui.lobby import Lobby

ADDED = 2**30
"""Bytes of one file that can be uploaded where articles can be added; one article's limit is the readers' own."""

CONNECTIONS = 1000
"""Open at the same time; systems allow a process 1,024 files, and beyond them nobody would hear why."""

Load = Callable[[], Answerer]

_BUILDING = Lock()  # Gradio knows of one page only that is being built, in the whole process


def app(desk: Desk, host: str = "", access: Access = DEFAULT, terms: Terms = PRIVATE) -> FastAPI:
    """Return an application that shows the page at ``/``; nothing is recorded that nobody asked for.

    It answers to its own pages alone, and on this computer's own addresses, if that is the ``host``, under their names
    alone, unless ``terms`` list others. The pages that ``access`` lists may use the API and nothing else.
    """
    options, t = desk.options, texts.load(desk.options.language)
    kept = [file for file in (options.feedback, options.own_feedback) if file is not None]
    own = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=forgetting(kept, terms.keep_days))
    look, pages = appearance(t), _pages(options, access, terms)
    # Where the names are listed, they are looked at before anything else.
    names = LOOPBACK if host in LOOPBACK and not terms.hosts else ()
    own.add_middleware(Allowed, pages={place: largest > 0 for place, (_, largest) in pages.items()})
    if ADMIN in pages and access.token is not None:
        own.add_middleware(Administration, token=access.token, t=t, root_path=access.root_path)
    own.add_middleware(Guard, names=names)
    own.add_middleware(Beside, api=api(desk, access, names))
    if not terms.insecure_admin:
        own.add_middleware(Sealed)
    if terms.password is not None:
        own.add_middleware(Private, password=terms.password, token=access.token)
    if terms.hosts:
        own.add_middleware(Named, hosts=terms.hosts)
    if access.proxies:
        own.add_middleware(ProxyHeadersMiddleware, trusted_hosts=[*access.proxies])
    if terms.user_header is not None:
        own.add_middleware(Recognized, header=terms.user_header, proxies=access.proxies, token=access.token)
    own.add_middleware(Strict, added=look["head"])
    rate = Rate(access.rate)
    for place, (views, largest) in pages.items():
        with _BUILDING:
            page = build(desk, views, rate)
        gr.mount_gradio_app(
            own,
            page,
            path=place or "/",
            # Not uvicorn's, which would put it before every path that comes in.
            root_path=f"{access.root_path or ''}{place}" or None,
            ssr_mode=False,
            mcp_server=False,
            show_error=False,
            max_file_size=largest,
            **look,
        )
    return own


def _pages(options: Options, access: Access, terms: Terms) -> dict[str, tuple[Views, int]]:
    """Return for the path of each page its views, and how many bytes a file may have there; the last is at the root."""
    largest = ADDED if options.editable else 0 if options.measured is None else uploads.LARGEST
    if not terms.public:
        return {"": ("all", largest)}
    administrative: dict[str, tuple[Views, int]] = {ADMIN: ("admin", largest)} if access.token is not None else {}
    return {**administrative, "": ("ask", 0)}


def serve(
    load: Load,
    lobby: Lobby,
    options: Options,
    access: Access = DEFAULT,
    terms: Terms = PRIVATE,
    *,
    announce: Callable[[str], object] = str,
    **replacing: Any,
) -> None:
    """Serve the page where ``lobby`` listens until interrupted; ``announce`` is told its address.

    ``load`` runs meanwhile in a thread of its own, so that the page is there before the model is; ``replacing`` goes to
    the desk. Raises KeyboardInterrupt when interrupted.
    """
    with _prepared(load, lobby, options, access, terms, replacing) as server:
        announce(lobby.address)
        server.run(sockets=[lobby.socket])


@contextmanager
def serving(
    load: Load,
    host: str,
    port: int,
    options: Options | None = None,
    access: Access = DEFAULT,
    terms: Terms = PRIVATE,
    **replacing: Any,
) -> Iterator[str]:
    """Serve the page beside the block, as ``serve`` does, and yield its address.

    Port 0 takes any free port. Raises SettingsError when nothing can listen at that address.
    """
    given = options or Options()
    lobby = Lobby(host, port, texts.load(given.language))
    with _prepared(load, lobby, given, access, terms, replacing) as server:
        thread = Thread(target=server.run, kwargs={"sockets": [lobby.socket]}, name="server")
        thread.start()
        try:
            yield lobby.address
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _prepared(
    load: Load, lobby: Lobby, options: Options, access: Access, terms: Terms, replacing: Mapping[str, Any]
) -> Iterator[uvicorn.Server]:
    loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="load")

    # The page is built by the server, in its loop: elsewhere Gradio opens several loops and closes none of them.
    def build_app() -> FastAPI:
        built = app(Desk(loader.submit(load), options, **replacing), lobby.host, access, terms)
        lobby.leave()
        return built

    # Proxies are believed by the setting that names them, not because they are on this computer.
    config = uvicorn.Config(
        build_app,
        factory=True,
        log_level="warning",
        ws="none",
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    try:
        yield uvicorn.Server(config)
    finally:
        loader.shutdown(wait=False, cancel_futures=True)
        lobby.close()
