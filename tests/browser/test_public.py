"""A page that others than its owner reach, in a browser: its policy, what it leaves out, and its password."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LIT, ToyPipeline
from ui.chat.base import Options
from ui.chat.server import serving
from ui.http.access import Access
from ui.http.public import Terms

pytestmark = pytest.mark.browser

ORIGIN = "https://news.example"
PASSWORD = "correct horse battery"


@contextmanager
def opened(
    browser: Browser, options: Options, access: Access | None = None, terms: Terms | None = None, **context: Any
) -> Iterator[tuple[Page, list[str]]]:
    """Yield a page that is served so, and what its console is told is wrong, or could not be had."""
    with serving(ToyPipeline, "127.0.0.1", 0, options, access or Access(), terms or Terms()) as address:
        window = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", **context)
        page, wrong = window.new_page(), list[str]()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda had: wrong.append(f"{had.status} {had.url}") if had.status >= 400 else None)
        try:
            page.goto(address)
            page.locator("#pane").get_by_text("4 articles", exact=True).wait_for(state="attached")
            yield page, wrong
        finally:
            window.close()


def ask(page: Page) -> None:
    """Ask what is answered, and wait for the answer."""
    page.get_by_role("textbox", name="Your question").fill("When was the light lit?")
    page.get_by_role("textbox", name="Your question").press("Enter")
    expect(page.locator(".words").first).to_have_text(LIT)


def test_every_view_works_under_its_policy(browser: Browser) -> None:
    """Nothing that the page needs is refused, by its policy or by the server."""
    options = Options(editable=True, measured={}, origins=(ORIGIN,))
    with opened(browser, options, Access(origins=(ORIGIN,))) as (page, wrong):
        ask(page)
        page.get_by_role("tab", name="Library").click()
        expect(page.locator("#shelf").get_by_text("A longer pier")).to_be_visible()
        page.get_by_role("tab", name="Evaluate").click()
        expect(page.locator("#evaluation")).to_be_visible()
        page.get_by_role("tab", name="Embed").click()
        expect(page.frame_locator("#embed iframe").locator("quoth-chat").get_by_role("textbox")).to_be_visible()
        assert wrong == []


def test_what_is_smuggled_into_the_page_does_not_run(browser: Browser) -> None:
    """Neither a handler, nor a script, nor one of another host; and no other host is told anything."""
    with opened(browser, Options()) as (page, wrong):
        page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend", "<img src=data:, onerror='window.hacked = 1'>");
                for (const given of [{ textContent: "window.hacked = 2" }, { src: "https://evil.example/x.js" }])
                    document.body.append(Object.assign(document.createElement("script"), given));
                document.body.insertAdjacentHTML("beforeend", "<img src=https://evil.example/x.png>");
                return fetch("https://evil.example/").catch(() => null);
            }"""
        )
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert len([said for said in wrong if "Content Security Policy" in said]) >= 5
        assert not any("net::ERR" in said for said in wrong)


def test_a_public_page_shows_its_articles_and_changes_none(browser: Browser) -> None:
    """The list is there, without what adds and removes, and nothing is measured."""
    terms = Terms(public=True, hosts=("quoth.example",))
    with opened(browser, Options(origins=(ORIGIN,)), Access(origins=(ORIGIN,), token="x" * 16), terms) as (page, wrong):
        ask(page)
        expect(page.get_by_role("tab", name="Evaluate")).to_have_count(0)
        page.get_by_role("tab", name="Library").click()
        page.locator("#shelf").get_by_text("A longer pier").click()
        assert page.locator("input[type=file], [data-drop]").count() == 0
        assert wrong == []


def test_a_private_page_works_for_who_knows_its_password(browser: Browser) -> None:
    """The browser is asked once, and brings the password with all that the page asks for, its frame included."""
    known = {"username": "me", "password": PASSWORD}
    terms = Terms(password=PASSWORD)
    with opened(browser, Options(measured={}), None, terms, http_credentials=known) as (page, wrong):
        ask(page)
        page.get_by_role("tab", name="Embed").click()
        expect(page.frame_locator("#embed iframe").locator("quoth-chat").get_by_role("textbox")).to_be_visible()
        assert [said for said in wrong if "401" not in said] == []
