"""What the server does before and beside the page."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from index.errors import SettingsError
from tests.browser.conftest import LIT, ToyPipeline
from ui.chat.base import Options
from ui.chat.server import serving


def test_a_port_that_is_taken_is_an_error_that_names_the_option() -> None:
    """A second server at one address raises SettingsError with the address and --port."""
    with serving(ToyPipeline, "127.0.0.1", 0) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        with (
            pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{port}.*--port"),
            serving(ToyPipeline, "127.0.0.1", port),
        ):
            pass


def test_the_page_has_no_door_but_its_own() -> None:
    """Gradio's list of endpoints names none, and the page shows no link of Gradio's."""
    with serving(ToyPipeline, "127.0.0.1", 0) as address, urllib.request.urlopen(f"{address}gradio_api/info") as answer:
        assert answer.read() == b'{"named_endpoints":{},"unnamed_endpoints":{}}'


@pytest.mark.browser
def test_the_page_is_there_before_the_model(browser: Browser) -> None:
    """While the pipeline loads the page says so, and a question asked meanwhile is answered afterwards."""
    ready = threading.Event()

    def load() -> ToyPipeline:
        assert ready.wait(30)
        return ToyPipeline()

    with serving(load, "127.0.0.1", 0) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#source")).to_contain_text("Loading the articles and the language model")
        page.get_by_role("textbox").fill("When was the light lit?")
        page.get_by_role("textbox").press("Enter")
        expect(page.locator(".wait")).to_contain_text("Loading")
        ready.set()
        expect(page.locator(".words").first).to_have_text(LIT)
        expect(page.locator("#source")).to_contain_text("4 articles")
        page.close()


@pytest.mark.parametrize("editable", [True, False])
def test_no_file_of_the_server_is_taken_for_an_upload(tmp_path: Path, editable: bool) -> None:
    """A path that a request names is refused, wherever a file is expected."""
    secret = tmp_path / "secret.json"
    secret.write_text("[]", encoding="utf-8")
    options = Options(editable=editable, measured={}, feedback=tmp_path / "feedback.sqlite")
    with serving(ToyPipeline, "127.0.0.1", 0, options) as address:
        with urllib.request.urlopen(f"{address}config") as answer:
            config = json.load(answer)
        takes = {part["id"] for part in config["components"] if part["type"] in ("file", "uploadbutton")}
        events = [event for event in config["dependencies"] if takes & set(event["inputs"])]
        assert len(events) == 3
        for event in events:
            named = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
            several = {part["id"] for part in config["components"] if part["type"] == "file"}
            data = [[named] if i in several else named if i in takes else None for i in event["inputs"]]
            said = tell(address, event["id"], data)
            assert "secret" not in said
            assert '"success":false' in said


def tell(address: str, fn_index: int, data: Sequence[object]) -> str:
    """Send an event as a page does, past what it shows, and return what comes back until it is done."""
    joined = {"data": data, "event_data": None, "fn_index": fn_index, "session_hash": "stranger", "trigger_id": None}
    request = urllib.request.Request(f"{address}gradio_api/queue/join", json.dumps(joined).encode())
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request).close()
    said = ""
    with urllib.request.urlopen(f"{address}gradio_api/queue/data?session_hash=stranger", timeout=20) as stream:
        for line in stream:
            said += line.decode()
            if "process_completed" in said:
                break
    return said


def test_only_its_own_pages_use_a_page_that_can_be_edited() -> None:
    """Under another name, or from another page, nothing is served."""
    with serving(ToyPipeline, "127.0.0.1", 0, Options(editable=True)) as address:
        for header in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            request = urllib.request.Request(f"{address}gradio_api/queue/join", b"{}", header)
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request)
