"""The administrator's page of a public server: who gets in, for how long, and what others see of it."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import Message

from tests.ui.test_public import CLOSED, FAR, TOKEN, server
from ui import texts
from ui.http import administration
from ui.http.access import Access
from ui.http.administration import COOKIE, Sessions
from ui.http.headers import plain
from ui.http.private import Recognized
from ui.http.public import PRIVATE, Terms
from ui.http.rates import Places

PUBLIC = Terms(public=True, hosts=("quoth.example",))
ACCESS = Access(token=TOKEN)
HTTPS = "https://quoth.example"
PARTS = [
    ("GET", "/admin/config"),
    ("HEAD", "/admin/"),
    ("GET", "/admin/theme.css"),
    ("POST", "/admin/gradio_api/queue/join"),
    ("POST", "/admin/gradio_api/run/predict"),
    ("POST", "/admin/gradio_api/upload?upload_id=x"),
    ("GET", "/admin/gradio_api/queue/data?session_hash=x"),
    ("GET", "/admin/gradio_api/file=/etc/passwd"),
    ("GET", "/admin/anything"),
]


@pytest.fixture
def public() -> Iterator[TestClient]:
    """Return a client of a public server, asking over https from far away."""
    with server(PUBLIC, ACCESS, host=HTTPS, measured={}, editable=True) as client:
        yield client


def log_in(client: TestClient, token: str = TOKEN, **headers: str) -> int:
    """Send the form, and return the status of the answer."""
    return client.post("/admin/login", data={"token": token}, headers=headers).status_code


def test_visitors_find_nothing_but_the_view_that_asks(public: TestClient) -> None:
    """No part of another view is in the page, no handler of one, and no file is taken."""
    theirs = public.get("/config").json()
    log_in(public)
    its = public.get("/admin/config").json()
    named = [{c["props"].get("elem_id") for c in config["components"]} for config in (theirs, its)]
    assert {"question", "pane"} <= named[0]
    assert not {"views", "library", "evaluation", "embedding"} & named[0]
    assert {"views", "library", "evaluation", "embedding", "question"} <= named[1]
    assert len(theirs["dependencies"]) < len(its["dependencies"])
    assert public.post("/gradio_api/upload", files={"files": ("a.txt", b"words")}).status_code == 413


def test_no_part_is_open_before_the_token_is_shown(public: TestClient) -> None:
    """Neither without a cookie, nor with one that was made up."""
    assert {public.request(method, path).status_code for method, path in PARTS} == {401}
    public.cookies.set(COOKIE, "x" * 43)
    assert {public.request(method, path).status_code for method, path in PARTS} == {401}


def test_who_comes_without_a_session_is_asked_for_the_token(public: TestClient) -> None:
    """The way leads to a form that runs no script, is kept nowhere and goes nowhere else."""
    assert public.get("/admin").headers["location"] == "admin/"
    assert public.get("/admin/").headers["location"] == "login"
    form = public.get("/admin/login")
    policy = form.headers["content-security-policy"]
    assert form.headers["cache-control"] == "no-store"
    assert "script-src" not in policy
    assert "default-src 'none'; style-src 'sha256-" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_token_opens_the_page_and_logging_out_closes_it(public: TestClient) -> None:
    """What was refused is there, until the session ends."""
    assert log_in(public) == 303
    page = public.get("/admin/")
    assert page.status_code == 200
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'unsafe-eval' 'sha256-", page.headers["content-security-policy"])
    sent = public.post("/admin/gradio_api/upload?upload_id=x", files={"files": ("a.txt", b"words")})
    assert sent.status_code == 200
    kept = public.cookies.get(COOKIE)
    assert public.post("/admin/logout").headers["location"] == "login"
    assert public.cookies.get(COOKIE) is None
    public.cookies.set(COOKIE, kept or "")
    assert public.get("/admin/config").status_code == 401


def test_the_administrator_too_gets_no_more_of_gradio_than_the_page_needs(public: TestClient) -> None:
    """Gradio's other routes are not there; logging in and out is not Gradio's."""
    log_in(public)
    for method, path in CLOSED:
        if path not in ("/login", "/logout"):
            assert public.request(method, f"{HTTPS}/admin{path}").status_code == 404, path


def test_the_cookie_is_for_these_paths_and_no_script() -> None:
    """And over https alone, where the page came that way; a path that a proxy takes away is part of it."""
    with server(PUBLIC, Access(token=TOKEN, root_path="/quoth"), host=HTTPS) as client:
        said = client.post("/admin/login", data={"token": TOKEN}).headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/quoth/admin"} <= set(said.split("; "))
    with server(Terms(public=True, insecure_admin=True), ACCESS) as client:
        said = client.post("/admin/login", data={"token": TOKEN}).headers["set-cookie"]
        assert "Secure" not in said


def test_the_form_is_taken_from_its_own_page_and_over_https() -> None:
    """A page of another site cannot send it, and nobody on the way reads the token."""
    with server(PUBLIC, ACCESS, host=HTTPS) as client:
        assert log_in(client, Origin="https://evil.example") == 403
        assert log_in(client, Origin=HTTPS) == 303
        assert client.post("/admin/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    with server(PUBLIC, ACCESS) as client:
        assert client.get("/admin/login").status_code == 403
        assert "https" in client.post("/admin/login", data={"token": TOKEN}).json()["detail"]


def test_what_is_not_the_token_opens_nothing(public: TestClient) -> None:
    """Whatever the form brings, it is answered with the form."""
    for body in (b"", b"token=", b"token=wrong", b"\xff=\xfe", b"token=%C3%A4", b"other=1" * 2000):
        answer = public.post("/admin/login", content=body)
        assert (answer.status_code, "This is not the token." in answer.text) == (403, True)
        assert "set-cookie" not in answer.headers


def test_tokens_are_not_tried_for_long(public: TestClient) -> None:
    """After ten wrong ones the right one waits too, and whoever tries is told how long."""
    assert [log_in(public, "wrong") for _ in range(11)] == [403] * 10 + [429]
    refused = public.post("/admin/login", data={"token": TOKEN})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time its secret opens nothing, and is forgotten with the next session."""
    sessions = Sessions(seconds=10)
    secret, other = sessions.begin(), sessions.begin()
    assert sessions.holds(secret)
    sessions.end(other)
    assert not sessions.holds(other)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 11)
    assert not sessions.holds(secret)
    assert sessions.holds(sessions.begin())
    assert len(sessions._ends) == 1


def test_there_is_no_such_page_without_a_token_or_where_nothing_is_public() -> None:
    """A server for its owner alone has one page."""
    for agreed, access in ((PUBLIC, Access()), (PRIVATE, ACCESS)):
        with server(agreed, access, host=HTTPS) as client:
            assert client.get("/admin/").status_code == 404
            assert client.get("/").status_code == 200


def test_a_private_public_page_asks_for_both() -> None:
    """Who knows the token but not the password gets as far as anybody: nowhere."""
    with server(Terms(public=True, password="correct horse battery"), ACCESS, host=HTTPS, peer=FAR) as client:
        assert client.get("/admin/login").status_code == 401
        client.auth = ("me", "correct horse battery")
        assert client.get("/admin/login").status_code == 200


def test_only_its_own_page_speaks_for_the_administrator(public: TestClient) -> None:
    """Not what listens at another port of the same name, nor over http; and nobody else's page reads what it says."""
    log_in(public)
    for origin in ("https://quoth.example:8443", "http://quoth.example"):
        answer = public.post("/admin/gradio_api/run/predict", json={}, headers={"Origin": origin})
        assert (answer.status_code, origin in answer.text) == (403, True)
    assert public.post("/admin/gradio_api/run/predict", json={}, headers={"Origin": HTTPS}).status_code != 403
    for path in ("/config", "/admin/config"):
        told = public.get(path, headers={"Origin": "https://evil.quoth.example"}).headers
        assert not [name for name in told if name.startswith("access-control")]
    assert public.get("/admin/config").headers["cache-control"] == "no-store"


def test_tokens_that_are_held_back_are_counted_when_they_come(public: TestClient) -> None:
    """Who sends the headers of many forms first and their tokens later is refused as anybody."""
    door = administration.Administration(FastAPI(), TOKEN, texts.load("en"))

    async def receive() -> Message:
        for _ in range(10):  # meanwhile others came
            door.wrong.count("203.0.113.7")
        return {"type": "http.request", "body": f"token={TOKEN}".encode()}

    scope = {"type": "http", "method": "POST", "path": "/admin/login", "headers": [], "client": FAR, "scheme": "https"}
    with ThreadPoolExecutor(1) as beside:  # a browser may be open, whose loop runs in this thread
        assert beside.submit(lambda: asyncio.run(door._begin(Request(scope, receive)))).result().status_code == 429


def test_the_token_is_not_tried_for_long_elsewhere() -> None:
    """Neither in the API nor in place of a proxy's word."""
    wrong = {"Authorization": "Bearer wrong"}
    with server(PUBLIC, ACCESS, host=HTTPS) as client:
        assert [client.get("/metrics", headers=wrong).status_code for _ in range(11)] == [401] * 10 + [429]
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 429
        assert client.get("/metrics").status_code == 401
    door = Recognized(FastAPI(), "Remote-User", (), TOKEN)
    scope = {"type": "http", "path": "/", "root_path": "", "client": FAR}
    tried = [(b"authorization", b"Bearer wrong")] * 10 + [(b"authorization", f"Bearer {TOKEN}".encode())]
    for header in tried:
        assert not door._knows({**scope, "headers": [header]})


def test_no_cookie_but_the_administrators_is_read() -> None:
    """Old Pythons take minutes to read some."""
    own = f"quoth_admin={'x' * 43}"
    evil = b'a="' + b"\\" * 60_000 + b'"'
    given = [(b"host", b"x"), (b"cookie", evil), (b"cookie", f"b=1; {own}; c=2".encode()), (b"cookie", b"quoth_admin=")]
    assert list(plain(given)) == [(b"host", b"x"), (b"cookie", own.encode())]


def test_the_page_is_told_only_so_much(public: TestClient) -> None:
    """A body that no question needs is refused, whether its size was said or not."""
    for body in (b"x" * 100_000, iter([b"x" * 50_000] * 3)):
        assert public.post("/gradio_api/queue/join", content=body).status_code == 413
    assert public.post("/gradio_api/queue/join", content=b"{}").status_code != 413


def test_nobody_fills_the_line_alone() -> None:
    """An address has so many places at the same time, whatever others have, and gets them back."""
    places = Places(2)
    with (
        places.taken("a") as first,
        places.taken("a") as second,
        places.taken("a") as third,
        places.taken("b") as other,
    ):
        assert (first, second, third, other) == (True, True, False, True)
    with places.taken("a") as again:
        assert again
    assert not places._taken
    with Places(None).taken("a") as free, Places(0).taken("a") as none:
        assert (free, none) == (True, False)
