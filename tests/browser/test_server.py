"""What the server does before and beside the page."""

import threading
import urllib.request

import pytest
from playwright.sync_api import Browser, expect

from index.errors import SettingsError
from tests.browser.conftest import LIT, ToyPipeline
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
