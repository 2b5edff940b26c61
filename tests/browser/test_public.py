"""A page that others than its owner reach, in a browser: its policy, what it leaves out, and its password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LIT, ToyPipeline
from ui.chat.base import Options
from ui.chat.server import serving
from ui.http.access import Access
from ui.http.public import Terms

pytestmark = pytest.mark.browser

ORIGIN = "https://news.example"
PASSWORD, TOKEN = "correct horse battery", "a-long-enough-token"


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


def test_a_public_page_asks_and_its_administrator_does_the_rest(browser: Browser) -> None:
    """Visitors have one view; the token opens a page with all, until its owner logs out."""
    terms = Terms(public=True, hosts=("quoth.example",))
    options, access = Options(origins=(ORIGIN,), measured={}, editable=True), Access(origins=(ORIGIN,), token=TOKEN)
    with opened(browser, options, access, terms) as (page, wrong):
        ask(page)
        assert page.get_by_role("tab").count() == 0
        page.locator("#pane").get_by_text("A longer pier").click()
        assert page.locator("input[type=file], [data-drop]").count() == 0
        page.goto(urljoin(page.url, "/admin"))
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        ask(page)
        page.get_by_role("tab", name="Library").click()
        expect(page.locator("#shelf").get_by_text("A longer pier")).to_be_visible()
        page.get_by_role("tab", name="Evaluate").click()
        expect(page.locator("#evaluation")).to_be_visible()
        page.get_by_role("tab", name="Ask").click()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        assert wrong == []


def test_one_address_asks_only_so_often(browser: Browser) -> None:
    """The page says when one may ask again, keeps the words, and counts what was asked as the API does."""
    with opened(browser, Options(), Access(rate="1/minute", token=TOKEN)) as (page, _):
        ask(page)
        box = page.get_by_role("textbox", name="Your question")
        box.fill("Who lit the light?")
        box.press("Enter")
        expect(page.locator("#log .hint")).to_have_text(re.compile(r"That was too often\. Ask again in \d+ seconds?\."))
        expect(box).to_have_value("Who lit the light?")
        told = page.request.get(urljoin(page.url, "/metrics"), headers={"Authorization": f"Bearer {TOKEN}"}).text()
        assert "quoth_questions_total 1.0" in told
        assert "quoth_declined_total 0.0" in told


def test_a_private_page_works_for_who_knows_its_password(browser: Browser) -> None:
    """The browser is asked once, and brings the password with all that the page asks for, its frame included."""
    known = {"username": "me", "password": PASSWORD}
    terms = Terms(password=PASSWORD)
    with opened(browser, Options(measured={}), None, terms, http_credentials=known) as (page, wrong):
        ask(page)
        page.get_by_role("tab", name="Embed").click()
        expect(page.frame_locator("#embed iframe").locator("quoth-chat").get_by_role("textbox")).to_be_visible()
        assert [said for said in wrong if "401" not in said] == []
