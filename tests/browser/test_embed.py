"""The view that writes the lines for other sites."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_states import pipeline
from tests.browser.test_widget import Quiet, listening
from ui.chat.base import Options
from ui.chat.server import serving
from ui.http.access import Access

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page and return its address."""
    with serving(pipeline, "127.0.0.1", 0, Options(origins=("https://news.example",))) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Open the view."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    opened.goto(address)
    opened.locator("#pane .title").first.wait_for()
    opened.get_by_role("tab", name="Embed").click()
    yield opened
    opened.context.close()


def test_the_lines_follow_what_is_chosen(page: Page, address: str) -> None:
    """Only what differs from the widget's own is written, and what it holds is escaped."""
    lines = page.locator(".snippet")
    expect(lines).to_have_text(f'<script src="{address}widget.js" defer></script>\n<quoth-chat></quoth-chat>')
    page.get_by_label("Heading").fill('Ask "us" <b>')
    page.get_by_label("How it stands in the page").select_option("inline")
    expect(lines).to_contain_text('<quoth-chat mode="inline" heading="Ask &quot;us&quot; &lt;b>">')
    page.get_by_label("How it stands in the page").select_option("frame")
    expect(lines).to_contain_text(
        f'<iframe src="{address}embed?heading=Ask+%22us%22+%3Cb%3E" title="Ask &quot;us&quot;'
    )
    expect(page.get_by_text("Pages of these sites may ask: https://news.example.")).to_be_visible()


def test_the_lines_work_as_they_are_copied(page: Page, tmp_path: Path) -> None:
    """A page that is made of nothing else shows the button and its heading."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Heading").fill("Ask the harbour")
    expect(page.locator(".snippet")).to_contain_text("Ask the harbour")
    page.locator("#embedding .copy").click()
    expect(page.locator("#embedding .said")).to_have_text("Copied")
    file = tmp_path / "page.html"
    file.write_text(
        "<!doctype html><title>x</title>" + page.evaluate("navigator.clipboard.readText()"), encoding="utf-8"
    )
    page.goto(file.as_uri())
    expect(page.get_by_role("button", name="Ask the harbour")).to_be_visible()


def test_the_preview_is_the_widget(page: Page) -> None:
    """It has the attributes that were chosen, answers, and grows with its answer."""
    page.get_by_label("Questions to begin with").fill("When did Finland join NATO?")
    frame = page.locator("#embedding iframe")
    question = page.frame_locator("#embedding iframe").get_by_role("button", name="When did Finland join NATO?")
    question.click()
    expect(page.frame_locator("#embedding iframe").locator("blockquote").first).to_be_visible()
    assert parse_qs(urlsplit(frame.get_attribute("src") or "").query) == {"suggest": ["When did Finland join NATO?"]}
    assert (frame.bounding_box() or {"height": 0})["height"] > 300


@pytest.mark.parametrize("listed", [True, False])
def test_only_a_site_that_is_listed_asks(browser: Browser, listed: bool) -> None:
    """The widget asks the real server from another origin; taken off the list, it says so; no other host is asked."""
    script = ""

    class Site(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            body = f'<!doctype html><title>x</title><script src="{script}" defer></script><quoth-chat mode="inline">'
            self.give(200, "text/html; charset=utf-8", body.encode(), {})

    with listening(Site) as site:
        access = Access(origins=(site,) if listed else ("https://news.example",))
        with serving(pipeline, "127.0.0.1", 0, Options(), access) as url:
            script = f"{url}widget.js"
            page = browser.new_page()
            hosts: set[str] = set()
            page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
            page.goto(site)
            page.get_by_role("textbox").fill("When did Finland join NATO?")
            page.get_by_role("textbox").press("Enter")
            said = (
                page.locator("blockquote").first
                if listed
                else page.locator(".notice", has_text="This site is not among")
            )
            expect(said).to_be_visible(timeout=15_000)
            assert hosts == {urlsplit(site).netloc, urlsplit(url).netloc}
            page.close()
