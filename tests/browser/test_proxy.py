"""The page, the API and the widget behind nginx, below a path, with the configuration that is shipped."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

import seeds
from index.index import Index
from index.types import Filter
from qa.pipeline import Pipeline, Told
from qa.settings import Settings
from qa.types import Answer, Turn
from tests.browser.test_page import ask
from tests.browser.test_widget import Quiet, listening
from tests.toy import ToyEmbedder
from ui.chat.base import Options
from ui.chat.server import serving
from ui.demo import articles
from ui.http.access import Access
from ui.http.public import Terms

pytestmark = pytest.mark.browser

EXAMPLE = files("ui") / "http" / "deploy" / "nginx.conf"
PREFIX = "/quoth"
QUESTION = "How far is Vilnius from Belarus?"
SLOW = "slow: how far is Vilnius from Belarus?"
SITE = (
    '<!doctype html><html lang="en"><title>A site</title><script src="{quoth}/widget.js" defer></script>'
    '<quoth-chat mode="inline"></quoth-chat><iframe src="{quoth}/embed?heading=Framed" title="Ask"></iframe></html>'
)
WRAPPED = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class Slow(Pipeline):
    """Answers a slow question only when it may, after it has told what it understood."""

    may = Event()

    def ask(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        limits: Filter | None = None,
        *,
        everywhere: bool = False,
        told: Told | None = None,
    ) -> Answer:
        """Answer a question."""

        def waiting(something: Any) -> None:
            if told is not None:
                told(something)
                assert not question.startswith("slow") or self.may.wait(20)

        return super().ask(question, turns, limits, everywhere=everywhere, told=waiting)


def load() -> Pipeline:
    """Return a pipeline on the demo articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles())
    return Slow(index, Settings(threshold=0.0))


@contextmanager
def nginx(upstream: str, folder: Path) -> Iterator[str]:
    """Run nginx before a server, with the example and free ports, and yield the address that it is shown under."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not program:
        reason = "no nginx is installed; install one (Debian: `apt install nginx-light`) to test what is behind it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = EXAMPLE.read_text(encoding="utf-8")
    for written, here in (("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:7860", urlsplit(upstream).netloc)):
        assert site.count(written) == 1
        site = site.replace(written, here)
    (folder / "nginx.conf").write_text(WRAPPED.format(folder=folder, site=site), encoding="utf-8")
    process = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")])
    try:
        while process.poll() is None and not _listens(port):
            time.sleep(0.05)
        assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def quoth(site: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demo articles behind nginx, for the pages of a site too, and return the address without a slash."""
    folder = tmp_path_factory.mktemp("nginx")
    options = Options(
        editable=True, measured={"The demo questions": seeds.questions()}, feedback=folder / "feedback.sqlite"
    )
    access = Access(origins=(site[0],), proxies=("127.0.0.1",), root_path=PREFIX)
    with serving(load, "127.0.0.1", 0, options, access) as upstream, nginx(upstream, folder) as url:
        site[1].append(SITE.format(quoth=url))
        while request(url, "/health")[0] != http.client.OK:
            time.sleep(0.05)
        yield url


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, list[str]]]:
    """Serve the page that is put into the list, from an origin of its own."""
    shown: list[str] = []

    class Site(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            self.give(200, "text/html; charset=utf-8", shown[-1].encode(), {})

    with listening(Site) as url:
        yield url, shown


@pytest.fixture
def page(browser: Browser, quoth: str) -> Iterator[Page]:
    """Open a window in which nothing is asked for outside the path, and nothing is missing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    origin, wrong = quoth.removesuffix(PREFIX), list[str]()

    def look(status: int, url: str) -> None:
        outside = url.startswith(origin) and url != quoth and not url.startswith(f"{quoth}/")
        if outside or status >= http.client.BAD_REQUEST:
            wrong.append(f"{status} {url}")

    context.on("response", lambda response: look(response.status, response.url))
    yield context.new_page()
    context.close()
    assert wrong == []


def request(
    url: str, path: str, body: object = None, source: str = "127.0.0.1", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Ask through nginx and return status, headers and body."""
    data = None if body is None else json.dumps(body)
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    with closing(
        http.client.HTTPConnection(urlsplit(url).netloc, timeout=20, source_address=(source, 0))
    ) as connection:
        connection.request("GET" if data is None else "POST", PREFIX + path, data, named)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()


def test_the_page_answers_and_opens_citations(page: Page, quoth: str) -> None:
    """Also without the slash at its end, from which one is led on."""
    page.goto(quoth)
    assert page.url == f"{quoth}/"
    page.locator("#pane").get_by_text("articles", exact=False).first.wait_for(state="attached")
    ask(page, QUESTION)
    quoted = page.locator(".words").first.text_content()
    page.get_by_role("button", name="1: read it in its place").click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    assert page.locator("mark.cited").text_content() == quoted


def test_files_go_up_and_results_come_down(page: Page, quoth: str, tmp_path: Path) -> None:
    """A file larger than nginx would take by itself is added, and an evaluation is downloaded."""
    page.goto(f"{quoth}/")
    page.get_by_role("tab", name="Library").click()
    rows = [
        {"_id": f"log{n}", "title": f"Log {n}", "text": f"Ship {n} came home.", "left_out": "ab " * 100_000}
        for n in range(5)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert file.stat().st_size > 1_048_576
    page.locator("#files input[type=file]").set_input_files(file)
    expect(page.locator("#added")).to_contain_text("Done:", timeout=30_000)
    expect(page.locator("#shelf .facts")).to_contain_text("22 articles")
    page.get_by_role("tab", name="Evaluate").click()
    most = page.get_by_label("Questions, at most")
    expect(most).to_have_value("200")  # what it begins with would take the place of what is filled in before
    most.fill("5")
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#status")).to_contain_text("5 questions were asked", timeout=90_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the result").click()
    assert "per_query" in json.loads(download.value.path().read_text(encoding="utf-8"))


def test_the_widget_and_the_frame_work_on_another_site(page: Page, quoth: str, site: tuple[str, list[str]]) -> None:
    """Both ask the address that they came from, and open what they quote."""
    page.goto(site[0])
    for chat in (page.locator("quoth-chat"), page.frame_locator("iframe").locator("quoth-chat")):
        box = chat.get_by_role("textbox")
        box.fill(QUESTION)
        box.press("Enter")
        chat.get_by_role("button", name="Read it in its place").first.click()
        expect(chat.locator("mark").first).to_be_visible()


def test_the_embedding_view_writes_the_address_of_the_proxy(page: Page, quoth: str) -> None:
    """What it says to put into a page is what works from outside."""
    page.goto(f"{quoth}/")
    page.get_by_role("tab", name="Embed").click()
    expect(page.locator(".snippet")).to_contain_text(f'src="{quoth}/widget.js"')
    expect(page.frame_locator("#embed iframe").get_by_role("textbox")).to_be_visible()


def test_events_come_as_soon_as_they_are_known(quoth: str) -> None:
    """What was understood arrives while the answer is still waited for."""
    Slow.may.clear()
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    with closing(http.client.HTTPConnection(urlsplit(quoth).netloc, timeout=20)) as connection:
        connection.request("POST", f"{PREFIX}/api/v1/ask", json.dumps({"question": SLOW}), headers)
        response = connection.getresponse()
        assert response.readline() == b"event: understood\n"
        Slow.may.set()
        assert "event: answer\n" in response.read().decode()


def test_the_api_answers_its_own_pages_and_those_that_are_listed(quoth: str, site: tuple[str, list[str]]) -> None:
    """Its document names the path, and what is too large for Quoth is refused in its words."""
    own = quoth.removesuffix(PREFIX)
    for origin, status in ((own, 200), (site[0], 200), ("http://evil.example", 403)):
        assert request(quoth, "/api/v1/ask", {"question": QUESTION}, Origin=origin)[0] == status
    assert json.loads(request(quoth, "/api/v1/openapi.json")[2])["servers"] == [{"url": PREFIX}]
    status, headers, said = request(quoth, "/api/v1/ask", {"question": "a" * 100_000})
    assert (status, headers["content-type"]) == (413, "application/problem+json")
    assert "64,000" in said


def test_the_page_believes_the_proxy_and_nobody_else(quoth: str) -> None:
    """Addresses that a stranger says it was asked under do not come into the page."""
    lies = {"X_Forwarded_Host": "evil.example", "X_Gradio_Server": "http://evil.example", "X_Forwarded_Proto": "https"}
    status, _, said = request(quoth, "/config", None, **lies)
    assert (status, json.loads(said)["root"]) == (200, quoth)
    assert request(quoth, "/config", Host="evil.example")[0] == http.client.FORBIDDEN


def test_each_asker_is_counted_for_themselves(tmp_path: Path) -> None:
    """Behind the proxy too an address has its own share, whatever it says that it is."""
    access = Access(rate="2/hour", proxies=("127.0.0.1",), root_path=PREFIX)
    terms = Terms(hosts=("news.example",))
    with serving(load, "127.0.0.1", 0, Options(), access, terms) as upstream, nginx(upstream, tmp_path) as url:
        for asker in ("127.0.0.2", "127.0.0.3"):
            said = [request(url, "/api/v1/x", source=asker, X_Forwarded_For=f"10.0.0.{n}")[0] for n in range(3)]
            assert said == [404, 404, 429]
        # The page is served under the name that the example has, as that is listed.
        assert json.loads(request(url, "/config", Host="news.example")[2])["root"] == f"http://news.example{PREFIX}"


def test_the_administrator_logs_in_below_the_path(browser: Browser, tmp_path: Path) -> None:
    """The cookie, the forms and the page's parts know where the proxy shows them."""
    access = Access(proxies=("127.0.0.1",), root_path=PREFIX, token="a-long-enough-token")
    terms = Terms(public=True, hosts=("127.0.0.1",), insecure_admin=True)
    options = Options(editable=True, feedback=tmp_path / "feedback.sqlite")
    with serving(load, "127.0.0.1", 0, options, access, terms) as upstream, nginx(upstream, tmp_path) as url:
        context = browser.new_context(reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{url}/admin")
        page.get_by_label("Token").fill("a-long-enough-token")
        page.get_by_role("button", name="Log in").click()
        page.locator("#pane").get_by_text("articles", exact=False).first.wait_for(state="attached")
        assert page.url == f"{url}/admin/"
        assert [cookie["path"] for cookie in context.cookies()] == [f"{PREFIX}/admin"]
        ask(page, QUESTION)
        page.get_by_role("tab", name="Library").click()
        added = tmp_path / "tide.md"
        added.write_text("# The tide\n\nThe tide came in at noon.\n")
        page.locator("#files input[type=file]").set_input_files(added)
        expect(page.locator("#added")).to_contain_text("Done: 1 added", timeout=30_000)
        page.get_by_role("tab", name="Ask").click()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        assert page.url == f"{url}/admin/login"
        assert context.cookies() == []
        context.close()
