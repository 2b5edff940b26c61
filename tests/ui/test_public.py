"""A server that others than its owner reach: what is closed, what is said to browsers, who is let in."""

import base64
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from index.errors import SettingsError
from index.index import Index
from qa.feedback import Feedback
from qa.pipeline import Pipeline
from qa.settings import Settings, load
from tests.toy import ToyEmbedder, article
from ui import cli
from ui.chat.base import Desk, Options
from ui.chat.server import app
from ui.http import allowed, private, retention
from ui.http.access import DEFAULT, Access
from ui.http.private import Private, Recognized
from ui.http.public import PRIVATE, Named, Terms, terms
from ui.lobby import Lobby

TOKEN, PASSWORD = "a-long-enough-token", "correct horse battery"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
FAR, NEAR, PROXY = ("203.0.113.7", 1234), ("127.0.0.1", 1234), "192.0.2.1"
SAFE = {
    "public": True,
    "hosts": ("quoth.example",),
    "origins": ("https://news.example",),
    "admin_token": TOKEN,
}

CLOSED = [
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("GET", "/token"),
    ("GET", "/user"),
    ("GET", "/app_id"),
    ("GET", "/runs"),
    ("GET", "/robots.txt"),
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    ("GET", "/pwa_icon"),
    ("GET", "/svelte/x.js"),
    ("GET", "/custom_component/1/client/component/index.js"),
    ("GET", "/proxy=https://a.example/"),
    ("GET", "/another-page"),
    ("GET", "//config"),
    ("GET", "/config/"),
    ("POST", "/config"),
    ("POST", "/"),
    ("PUT", "/"),
    ("OPTIONS", "/"),
    ("HEAD", "/config"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/proxy=https://a.example/"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/api/ask"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/gradio_api/call/v2/ask"),
    ("POST", "/gradio_api/run/ask"),
    ("POST", "/gradio_api/login"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/queue/status"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("GET", "/gradio_api/stream/1/2/3/playlist.m3u8"),
    ("POST", "/gradio_api/stream/1"),
    ("POST", "/gradio_api/process_recording"),
    ("GET", "/gradio_api/deep_link"),
    ("GET", "/gradio_api/dev/reload"),
    ("GET", "/gradio_api/vibe-code"),
    ("POST", "/gradio_api/vibe-edit"),
    ("POST", "/gradio_api/undo-vibe-edit"),
    ("GET", "/gradio_api/profiling/traces"),
    ("POST", "/gradio_api/profiling/clear"),
    ("GET", "/gradio_api/file/x"),
    ("GET", "/gradio_api/mcp/sse"),
]


def desk(options: Options) -> Desk:
    """Return a desk that answers from one article."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("ferry")])
    loaded: Future[Any] = Future()
    loaded.set_result(Pipeline(index, Settings(threshold=0.3)))
    return Desk(loaded, options)


class Built:
    """An application that is made in the loop that serves it, as Gradio leaves others open."""

    def __init__(self, make: Callable[[], FastAPI]) -> None:
        self.make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] == "lifespan":
            self.made = self.make()
        await self.made(scope, receive, send)


@contextmanager
def server(
    agreed: Terms = PRIVATE,
    access: Access = DEFAULT,
    *,
    host: str = "http://quoth.example",
    peer: tuple[str, int] = FAR,
    **options: Any,
) -> Iterator[TestClient]:
    """Yield a client of a page and its API, which asks under a name and from an address."""
    built = Built(lambda: app(desk(Options(**options)), "0.0.0.0", access, agreed))
    client = TestClient(built, base_url=host, client=peer, raise_server_exceptions=False, follow_redirects=False)
    with client:
        yield client


@pytest.fixture(scope="module")
def plain() -> Iterator[TestClient]:
    """Return a client of a page that only shows."""
    with server() as client:
        yield client


@pytest.fixture(scope="module")
def measuring() -> Iterator[TestClient]:
    """Return a client of a page that takes and gives files."""
    with server(measured={}, editable=True) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_the_page_does_not_use_is_not_there(
    plain: TestClient, measuring: TestClient, method: str, path: str
) -> None:
    """Gradio's other routes are answered with 404, whatever the page may do."""
    for client in (plain, measuring):
        response = client.request(method, f"{client.base_url}{path}")
        assert response.status_code == 404, (path, response.text[:100])
        assert response.headers["x-content-type-options"] == "nosniff"


def test_files_are_taken_and_given_only_where_the_page_has_some(plain: TestClient, measuring: TestClient) -> None:
    """Without a view that does, there is no upload and no file."""
    for path in ("/gradio_api/upload_progress?upload_id=x", "/gradio_api/file=/etc/passwd"):
        assert plain.get(path).text == "There is nothing at this address."
    assert plain.post("/gradio_api/upload").text == "No file is taken here."
    assert measuring.get("/gradio_api/file=/etc/passwd").status_code == 403
    sent = {"files": ("a.txt", b"words")}
    assert measuring.post("/gradio_api/upload", files=sent, params={"upload_id": "x"}).status_code == 200


def test_what_the_page_uses_is_there(plain: TestClient) -> None:
    """The page, its look and its scripts are served."""
    html = plain.get("/").text
    assert plain.head("/").status_code == 200
    (script,) = re.findall(r'<script type="module" crossorigin src="\.(/assets/[^"]+)"', html)
    for path in ("/config", "/theme.css", "/favicon.ico", script):
        assert plain.get(path).status_code == 200, path


def test_nobody_tells_the_page_its_address(plain: TestClient) -> None:
    """Gradio's own header for that, which anyone could send, does nothing."""
    assert "evil.example" not in plain.get("/config", headers={"X-Gradio-Server": "http://evil.example"}).text


@pytest.mark.parametrize(
    ("asked", "root", "found"),
    [
        ("/a/health", "/a", "/health"),
        ("/health", "/a", "/health"),
        ("/ab", "/a", "/ab"),
        ("/a", "/a/", ""),
        ("/", "", "/"),
    ],
)
def test_a_path_is_known_below_the_address_of_the_server(asked: str, root: str, found: str) -> None:
    """Whether a proxy took the address away or not."""
    assert allowed.path({"path": asked, "root_path": root}) == found


def test_the_page_runs_no_script_but_its_own(plain: TestClient) -> None:
    """Its policy names no other host, no inline script without a hash, and nobody may show it in a frame."""
    response = plain.get("/", headers={"Accept-Encoding": "gzip, br"})
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert "unsafe-inline" not in policy["script-src"]
    scripts = policy["script-src"].split()
    assert {word for word in scripts if not word.startswith("'sha256-")} == {"'self'", "'unsafe-eval'"}
    assert len(scripts) > 5
    assert not re.search(r"https?:|\*", response.headers["content-security-policy"])
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_everything_else_is_no_page(plain: TestClient) -> None:
    """What is no page may load nothing and stand in no frame."""
    for path in ("/config", "/theme.css", "/health", "/api/v1/articles", "/api/v1/openapi.json", "/nothing"):
        policy = plain.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; frame-ancestors 'none'"), path


def test_the_frame_runs_its_own_script() -> None:
    """Its policy has the hash of the script that stands in it, and the sites that may show it, also when unchanged."""
    with server(access=Access(origins=("https://news.example",))) as client:
        page = client.get("/embed")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
        assert "unsafe" not in policy
        assert policy.endswith("frame-ancestors 'self' https://news.example")
        again = client.get("/embed", headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.headers["content-security-policy"]) == (304, policy)


def test_a_public_server_says_all_that_is_unsafe_at_once() -> None:
    """One message names each setting, and each that is mended is named no more."""
    wrong = {"rate": "none", "editing": True}
    told = {"hosts": "`hosts`", "origins": "`origins`", "admin_token": "`admin_token`"}
    with pytest.raises(SettingsError) as refused:
        terms(load(public=True, **wrong))
    assert [name for name in (*told.values(), "`rate`", "`editing`") if name not in str(refused.value)] == []
    for name, said in told.items():
        with pytest.raises(SettingsError) as refused:
            terms(load(**{**SAFE, name: None}))
        assert said in str(refused.value)
        assert str(refused.value).count(";") == 1
    assert terms(load(**SAFE)).public
    assert terms(load()) == PRIVATE


def test_a_public_server_is_not_started_while_it_is_unsafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`quoth serve --public` ends before anything is opened."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.app, ["serve", "--public"])
    assert isinstance(result.exception, SettingsError)
    assert "`hosts`" in str(result.exception)


def test_a_public_server_is_served_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes articles and what measures is for its administrator, who is told where."""
    served: list[tuple[Any, ...]] = []
    monkeypatch.chdir(tmp_path)
    for name, value in {"HOSTS": "quoth.example", "ORIGINS": "https://news.example", "ADMIN_TOKEN": TOKEN}.items():
        monkeypatch.setenv(f"QUOTH_{name}", value)

    def serve(*given: Any, announce: Callable[[str], object], **more: Any) -> None:
        served.append(given)
        announce("http://x/")

    monkeypatch.setattr("ui.chat.server.serve", serve)
    monkeypatch.setattr("ui.lobby.Lobby", lambda host, port, t: Lobby(host, 0, t))
    run = CliRunner().invoke(cli.app, ["serve", "--public"])
    assert run.exit_code == 0
    assert "http://x/admin/" in run.stderr
    ((_, _, options, _, agreed),) = served
    assert options.editable
    assert options.measured is not None
    assert (agreed.public, agreed.hosts) == (True, ("quoth.example",))


NEW = {"_id": "new", "text": "Something new stands here."}


@pytest.fixture(scope="module")
def public() -> Iterator[TestClient]:
    """Return a client of a public server behind a proxy."""
    with server(Terms(public=True), Access(token=TOKEN, proxies=(PROXY,))) as client:
        yield client


@pytest.mark.parametrize(
    ("host", "peer", "headers", "taken"),
    [
        ("http://quoth.example", FAR, {}, False),
        ("https://quoth.example", FAR, {}, True),
        ("http://127.0.0.1:7860", NEAR, {}, True),
        ("http://quoth.example", NEAR, {}, False),
        ("http://127.0.0.1:7860", NEAR, {"X-Forwarded-For": "127.0.0.1"}, False),
        ("http://127.0.0.1:7860", NEAR, {"X-Forwarded-Proto": "https"}, False),
        ("http://quoth.example", FAR, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}, False),
        ("http://quoth.example", (PROXY, 1), {"X-Forwarded-Proto": "https", "X-Forwarded-For": FAR[0]}, True),
        ("http://quoth.example", (PROXY, 1), {"X-Forwarded-Proto": "http", "X-Forwarded-For": "127.0.0.1"}, False),
    ],
)
def test_the_token_is_taken_over_https_alone(
    public: TestClient, host: str, peer: tuple[str, int], headers: dict[str, str], taken: bool
) -> None:
    """Or from this computer itself; who is no trusted proxy cannot say that it was https."""
    client = TestClient(public.app, base_url=host, client=peer, follow_redirects=False)
    sent = [
        client.post("/api/v1/articles", json=NEW, headers={**ADMIN, **headers}),
        client.delete("/api/v1/articles/new", headers={**ADMIN, **headers}),
        client.get("/metrics", headers={**ADMIN, **headers}),
    ]
    assert [answer.status_code for answer in sent] == [200 if taken else 403] * 3
    assert taken or "insecure_admin" in sent[0].json()["detail"]
    assert client.get("/admin/login", headers=headers).status_code == (200 if taken else 403)
    assert client.get("/api/v1/articles", headers=headers).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == (401 if taken else 403)


def test_the_token_is_taken_over_http_where_the_settings_say_so() -> None:
    """With `insecure_admin`; without it no server takes it from another host, whether it is public or not."""
    for agreed, status in ((Terms(public=True, insecure_admin=True), 200), (PRIVATE, 403)):
        with server(agreed, Access(token=TOKEN)) as client:
            assert client.get("/metrics", headers=ADMIN).status_code == status


@pytest.mark.parametrize(
    ("host", "peer", "forwarded", "served"),
    [
        ("quoth.example", FAR, None, True),
        ("QUOTH.example:8443", FAR, None, True),
        ("en.a.example", FAR, None, True),
        ("de.en.a.example", FAR, None, True),
        ("quoth.example", FAR, "quoth.example", True),
        ("a.example", FAR, None, False),
        ("evila.example", FAR, None, False),
        ("quoth.example.evil.example", FAR, None, False),
        ("quoth.example", FAR, "evil.example", False),
        ("quoth.example", FAR, "quoth.example, evil.example", False),
        ("localhost", FAR, None, False),
        ("localhost:7860", NEAR, None, True),
        ("[::1]:7860", ("::1", 1), None, True),
        ("evil.example", NEAR, None, False),
        ("", FAR, None, False),
        ("[", FAR, None, False),
    ],
)
def test_only_listed_names_are_served(host: str, peer: tuple[str, int], forwarded: str | None, served: bool) -> None:
    """Another name in Host, or in what a proxy says it was, is refused; the health of the server is told to all."""
    inner = FastAPI()
    inner.add_api_route("/", lambda: {})
    inner.add_api_route("/health", lambda: {})
    client = TestClient(Named(inner, ("quoth.example", "*.a.example")), client=peer)
    headers = {"Host": host, **({"X-Forwarded-Host": forwarded} if forwarded else {})}
    assert client.get("/", headers=headers).status_code == (200 if served else 421)
    assert client.get("/health", headers=headers).status_code == 200


def test_a_page_and_its_api_answer_under_listed_names() -> None:
    """Also where visitors can change the articles."""
    with server(Terms(hosts=("quoth.example",)), editable=True) as client:
        assert client.get("/config").status_code == client.get("/api/v1/articles").status_code == 200
        for path in ("/config", "/api/v1/articles"):
            assert client.get(path, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "given", [{"hosts": "https://a.example"}, {"hosts": "a.example:80"}, {"hosts": "*"}, {"keep_days": 0}]
)
def test_settings_that_mean_nothing_are_refused(given: dict[str, Any]) -> None:
    """They are named in the error."""
    with pytest.raises(SettingsError, match=next(iter(given))):
        load(**given)


def test_a_password_is_never_shown() -> None:
    """Neither in an error nor in what stands for the settings."""
    with pytest.raises(SettingsError, match=r"password: .*12 or more") as refused:
        load(password="too short")
    assert "too short" not in str(refused.value)
    agreed = terms(load(password=PASSWORD))
    assert agreed.password == PASSWORD
    assert PASSWORD not in repr(agreed)


def basic(password: str, name: str = "anyone") -> dict[str, str]:
    """Return the header that a browser sends."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_private_page_is_for_those_who_know_its_password() -> None:
    """The page and the API need it; the health of the server does not, and the token does instead."""
    with server(Terms(password=PASSWORD), Access(token=TOKEN), host="https://quoth.example") as client:
        for path in ("/", "/config", "/api/v1/articles", "/widget.js", "/metrics", "/nothing"):
            refused = client.get(path)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"].startswith("Basic realm=")
        assert client.get("/health").status_code == 200
        for path in ("/", "/config", "/api/v1/articles"):
            assert client.get(path, headers=basic(PASSWORD)).status_code == 200, path
        assert client.get("/metrics", headers=ADMIN).status_code == 200
        assert client.get("/metrics", headers=basic(PASSWORD)).status_code == 401
        assert client.get("/api/v1/articles", headers=basic("wrong")).json()["detail"] == "this password is wrong"


def closed(password: str = PASSWORD, token: str | None = None, **more: Any) -> TestClient:
    """Return a client of something that a password stands before."""
    inner = FastAPI()
    inner.add_api_route("/", lambda: {})
    return TestClient(Private(inner, password, token), **{"base_url": "https://a.example", "client": FAR, **more})


def test_a_password_is_not_asked_for_where_others_could_read_it() -> None:
    """Plain http is refused, the right password or none, but from this computer itself."""
    for given in ({}, basic(PASSWORD)):
        refused = closed(base_url="http://a.example").get("/", headers=given)
        assert (refused.status_code, "www-authenticate" in refused.headers) == (403, False)
        assert "https" in refused.text
    local = closed(base_url="http://localhost:7860", client=NEAR)
    assert local.get("/", headers=basic(PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        *("", "Basic", "Basic !", "Basic é", f"Bearer {PASSWORD}", "Bearer ", "Digest x"),
        *(basic("")["Authorization"], basic(PASSWORD[:-1])["Authorization"]),
        f"Basic {base64.b64encode(PASSWORD.encode()).decode()}",
    ],
)
def test_what_is_no_password_is_refused(header: str) -> None:
    """Whatever stands in the header."""
    assert closed().get("/", headers={b"Authorization": header.encode()}).status_code == 401


def test_a_password_may_have_any_letters() -> None:
    """Colons and letters that are not ASCII too."""
    assert closed("дуже: довгий пароль").get("/", headers=basic("дуже: довгий пароль")).status_code == 200


def test_passwords_are_not_tried_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some that are wrong the right one is not taken either, but from another address; asking costs nothing."""
    monkeypatch.setattr(private, "WRONG", "3/minute")
    inner = FastAPI()
    inner.add_api_route("/", lambda: {})
    door = Private(inner, PASSWORD)

    def ask(address: str, headers: dict[str, str]) -> Any:
        return TestClient(door, base_url="https://a.example", client=(address, 1)).get("/", headers=headers)

    for _ in range(5):
        assert ask("203.0.113.7", {}).status_code == 401
    for _ in range(3):
        assert ask("203.0.113.7", basic("wrong")).status_code == 401
    refused = ask("203.0.113.7", basic(PASSWORD))
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert ask("203.0.113.8", basic(PASSWORD)).status_code == 200


Fill = Callable[[str, float], None]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Feedback, Fill]:
    """Return a file of verdicts, and what adds one to it that is some days old."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("ferry")])
    pipeline, kept, now = Pipeline(index, Settings(threshold=0.1)), Feedback(tmp_path / "feedback.sqlite"), time.time()

    def fill(words: str, days: float) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("qa.feedback.time.time", lambda: now - days * retention.DAY)
            kept.record(pipeline.ask("What did the ferry report name?"), "down", comment=words)

    return kept, fill


def test_old_verdicts_are_overwritten(said: tuple[Feedback, Fill]) -> None:
    """What was said before a moment is gone from the file, byte for byte, and the rest is kept."""
    kept, fill = said
    fill("quitesecret", 40)
    fill("stayshere", 20)
    assert kept.forget_before(time.time() - 30 * retention.DAY) == 1
    assert [row.comment for row in kept.rows()] == ["stayshere"]
    left = b"".join(path.read_bytes() for path in kept.path.parent.iterdir())
    assert b"quitesecret" not in left
    assert b"stayshere" in left
    assert kept.forget_before(time.time() - 30 * retention.DAY) == 0


def test_no_file_is_made_to_forget(tmp_path: Path) -> None:
    """Where nothing was said there is nothing afterwards."""
    assert Feedback(tmp_path / "none.sqlite").forget_before(time.time()) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_server_forgets_when_it_starts(said: tuple[Feedback, Fill]) -> None:
    """Verdicts older than `keep_days` are deleted; without the setting they stay."""
    kept, fill = said
    fill("old", 40)
    with server(feedback=kept.path):
        assert len(kept.rows()) == 1
    with server(Terms(keep_days=30), feedback=kept.path):
        assert kept.rows() == []


def test_a_server_forgets_while_it_runs(said: tuple[Feedback, Fill], tmp_path: Path) -> None:
    """Again and again, also where one of the files cannot be read."""
    kept, fill = said
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"no database at all" * 100)
    inner = FastAPI(lifespan=retention.forgetting([damaged, kept.path], 30, pause=0.01))
    with TestClient(inner):
        fill("old", 40)
        until = time.monotonic() + 10
        while kept.rows() and time.monotonic() < until:
            time.sleep(0.01)
        assert kept.rows() == []


def test_a_proxy_says_who_is_logged_in() -> None:
    """Nobody else can, and whoever is not gets neither the page nor the API, but hears how the server is."""
    access = Access(token=TOKEN, proxies=(f"{PROXY}/32",))
    with server(Terms(user_header="Remote-User"), access, host="https://quoth.example", peer=(PROXY, 1)) as client:
        for path in ("/", "/config", "/api/v1/articles"):
            assert client.get(path, headers={"Remote-User": "anna", "X-Forwarded-For": FAR[0]}).status_code == 200
            assert client.get(path).status_code == 401
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers", "known"),
    [
        (PROXY, [(b"remote-user", b"anna")], True),
        (f"::ffff:{PROXY}", [(b"remote-user", b"anna")], True),
        (PROXY, [(b"remote-user", b" ")], False),
        (PROXY, [(b"remote-user", b"anna"), (b"remote-user", b"bob")], False),
        (FAR[0], [(b"remote-user", b"anna")], False),
        (FAR[0], [(b"remote-user", b"anna"), (b"x-forwarded-for", PROXY.encode())], False),
        (FAR[0], [(b"authorization", f"Bearer {TOKEN}".encode())], True),
        (FAR[0], [(b"authorization", b"Bearer wrong")], False),
        ("unix", [(b"remote-user", b"anna")], False),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, headers: list[tuple[bytes, bytes]], known: bool) -> None:
    """Whatever else a request says of where it came from; the token is as good as a name."""

    door = Recognized(FastAPI(), "Remote-User", (f"{PROXY}/32",), TOKEN)
    scope = {"type": "http", "path": "/", "root_path": "", "headers": headers, "client": (peer, 1)}
    assert door._knows(scope) is known


def test_a_header_that_anybody_could_send_is_refused() -> None:
    """Whoever names the header must name the proxy that sets it."""
    with pytest.raises(SettingsError, match="trusted_proxies"):
        terms(load(user_header="Remote-User"))
    assert terms(load(user_header="Remote-User", trusted_proxies="127.0.0.1")).user_header == "Remote-User"
    with pytest.raises(SettingsError, match="user_header"):
        load(user_header="Remote User:")
