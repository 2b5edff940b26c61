"""The evaluation page in a real browser, on the demo articles with the toy embedder."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

import seeds
from index.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.browser.test_page import assert_fits
from tests.toy import ToyEmbedder
from ui.chat import uploads
from ui.chat.base import Options
from ui.chat.server import serving
from ui.demo import articles

pytestmark = pytest.mark.browser


def load() -> Pipeline:
    """Return a pipeline on the demo articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles())
    return Pipeline(index, Settings())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page with its second tab and return its address."""
    options = Options(measured={"The demo questions": seeds.questions()})
    with serving(load, "127.0.0.1", 0, options) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str, asked: list[str]) -> Iterator[Page]:
    """Open the second tab in a window of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("websocket", lambda socket: asked.append(socket.url))
    opened.goto(address)
    opened.locator("#pane").get_by_text("17 articles", exact=True).wait_for(state="attached")
    opened.get_by_role("tab", name="Evaluate").click()
    yield opened
    context.close()


def measure(page: Page, most: int) -> None:
    """Run an evaluation and wait until it is shown."""
    page.get_by_label("Questions, at most").fill(str(most))
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#status")).to_contain_text(f"{most} questions were asked", timeout=30_000)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_a_run_shows_measures_charts_and_questions(page: Page, asked: list[str]) -> None:
    """All of it is drawn without a request to any other host, and the styles of the report hold there."""
    measure(page, 12)
    row = page.locator(".measures tr", has=page.get_by_role("rowheader", name="nDCG@10"))
    expect(row).to_contain_text("how high the relevant articles stand in the top 10")
    expect(page.get_by_role("img", name="Recall by depth")).to_be_visible()
    expect(page.get_by_role("heading", name="What went wrong")).to_be_visible()
    assert page.locator(".keys dd").first.evaluate("e => getComputedStyle(e).fontWeight") == "600"
    assert_fits(page, "#evaluation")
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_a_phone_can_close_an_article_beneath_the_tabs(page: Page) -> None:
    """The opened article leaves the row of tabs free, so that its own bar can be reached."""
    page.set_viewport_size({"width": 360, "height": 780})
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("button", name="Articles", exact=True).click()
    page.locator("#pane .list .title").first.click()
    expect(page.locator(".source")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#pane")).not_to_be_visible()


def test_a_result_can_be_downloaded_added_again_and_compared(page: Page, tmp_path: Path) -> None:
    """What was saved earlier, its questions hostile, is compared with the run of this page."""
    measure(page, 12)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    assert download.value.suggested_filename.endswith(".html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the result").click()
    result = json.loads(download.value.path().read_text(encoding="utf-8"))
    values = result["per_query"]["nDCG@10"]
    result["per_query"]["nDCG@10"] = dict.fromkeys(values, 0.0)
    for question in result["questions"]:
        question["text"] = "<img src=x onerror=window.hacked=1>" + question["text"]
    (tmp_path / "march.json").write_text(json.dumps(result), encoding="utf-8")
    page.get_by_role("tab", name="Compare").click()
    page.locator("#findings input[type=file]").set_input_files(tmp_path / "march.json")
    expect(page.get_by_label("A, the earlier result")).to_have_value("2. march.json, 12 questions")
    page.get_by_role("button", name="Compare", exact=True).click()
    row = page.locator(".differences tr", has=page.get_by_role("rowheader", name="nDCG@10"))
    expect(row).to_contain_text("better")
    page.locator(".compared summary").first.click()
    expect(page.locator(".compared details[open] .pair").first).to_be_visible()
    expect(page.locator(".compared summary").first).to_contain_text("<img src=x")
    assert page.evaluate("window.hacked") is None


def test_a_run_can_be_stopped(page: Page) -> None:
    """Stop ends a run soon after; the page is ready for another."""
    page.get_by_label("Questions written from these articles").click()
    page.get_by_label("Questions, at most").fill("500")
    page.get_by_role("button", name="Measure").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status")).to_contain_text("Stopped.", timeout=30_000)
    expect(page.get_by_role("button", name="Measure")).to_be_enabled()


def test_questions_of_ones_own_can_be_uploaded(page: Page) -> None:
    """Without files there is a sentence; with them they are asked."""
    page.get_by_label("Questions of your own").click()
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#status")).to_contain_text("No file was given")
    files = [seeds.questions() / "queries.jsonl", seeds.questions() / "evidence.jsonl"]
    page.locator("#own input[type=file]").set_input_files(files)
    expect(page.locator("#own .file-preview")).to_contain_text("evidence")  # only once the upload is through
    measure(page, 5)


def test_the_keyboard_is_enough_and_a_phone_is_wide_enough(page: Page) -> None:
    """At 360 pixels nothing scrolls sideways; the tabs and the buttons answer to the keyboard."""
    page.set_viewport_size({"width": 360, "height": 780})
    page.get_by_label("Questions, at most").fill("5")
    page.get_by_role("button", name="Measure").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("5 questions were asked", timeout=30_000)
    assert_fits(page, "#evaluation")
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(page.locator("#evaluation")).to_be_hidden()


def test_nobody_gets_past_the_queue(address: str) -> None:
    """What waits its turn on the page cannot be called directly."""
    with urllib.request.urlopen(f"{address}config") as answer:
        events = json.load(answer)["dependencies"]
    queued = [event["id"] for event in events if event["queue"]]
    assert queued
    for fn_index in queued:
        body = json.dumps({"fn_index": fn_index, "data": [], "session_hash": "x"}).encode()
        request = urllib.request.Request(f"{address}gradio_api/run/predict", body, {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(request)


def test_what_is_uploaded_is_limited(address: str) -> None:
    """The server refuses a file that is larger than a collection may be, and any file where nothing is measured."""
    with serving(load, "127.0.0.1", 0) as other:
        for url, size in ((address, uploads.LARGEST + 1), (other, 1)):
            body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n%b\r\n--x--\r\n'
            request = urllib.request.Request(f"{url}gradio_api/upload", body % bytes(size))
            request.add_header("Content-Type", "multipart/form-data; boundary=x")
            with pytest.raises(urllib.error.HTTPError, match="413"):
                urllib.request.urlopen(request)
