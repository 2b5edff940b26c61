"""A conversation in the page: what was searched for is shown and can be changed, and quotations can be referred to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.index import Index
from index.types import Article
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.browser.conftest import put
from tests.toy import ToyEmbedder
from ui.chat.base import Options
from ui.chat.server import serving

pytestmark = pytest.mark.browser

ARTICLES = (
    Article(
        doc_id="ferry",
        title="The ferry",
        text="The ferry to Hven was built in 1931. Anna Ek owned it for years. It was sold to Lund in 1960.",
        source="Island Post",
        published="2024-05-13",
    ),
    Article(doc_id="mill", title="The mill", text="The mill of Backa was built in 1870. It burned in 1902."),
)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open the page of two articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(ARTICLES)
    load = lambda: Pipeline(index, Settings(threshold=0.0, reader="none", quotes=1))  # noqa: E731
    with serving(load, "127.0.0.1", 0, Options(feedback=tmp_path / "feedback.sqlite")) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        opened = context.new_page()
        opened.goto(address)
        opened.locator("#pane").get_by_text("2 articles").wait_for(state="attached")
        yield opened
        context.close()


def ask(page: Page, question: str, number: int) -> None:
    """Type a question and wait for the answer to it, which has this number in the conversation."""
    put(page, page.get_by_role("textbox", name="Your question"), question)
    expect(page.locator("#log .answer")).to_have_count(number)


def test_a_conversation_is_understood_shown_and_corrected(page: Page) -> None:
    """Three turns; what was put in the place of "it" is said, and asked again as the visitor changes it."""
    ask(page, "When was the ferry to Hven built?", 1)
    expect(page.locator("#log .searched")).to_have_count(0)
    ask(page, "Who owned it?", 2)
    ask(page, "When was it sold to Lund?", 3)
    searched = page.locator("#log .turn").last.get_by_role(
        "button", name="Searched for: When was the ferry to Hven sold to Lund?"
    )
    expect(page.locator("#log .words").last).to_contain_text("It was sold to Lund in 1960.")
    searched.click()
    box = page.get_by_role("textbox", name="Your question")
    expect(box).to_be_focused()
    expect(box).to_have_value("When was the ferry to Hven sold to Lund?")
    put(page, box, "When was the mill of Backa built?")
    expect(page.locator("#log .words").last).to_have_text("The mill of Backa was built in 1870.")


def test_a_quotation_is_referred_to(page: Page) -> None:
    """What follows it, when it was written, and thanks, which is no quotation."""
    ask(page, "When was the ferry to Hven built?", 1)
    ask(page, "tell me more", 2)
    last = page.locator("#log .turn").last
    expect(last.get_by_text("This follows there.")).to_be_visible()
    expect(last.locator(".words")).to_have_text("Anna Ek owned it for years. It was sold to Lund in 1960.")
    ask(page, "When was that written?", 3)
    expect(page.locator("#log .turn").last.get_by_text("It is from an article of 13 May 2024.")).to_be_visible()
    ask(page, "Thanks!", 4)
    expect(page.locator("#log .turn").last.locator(".words")).to_have_count(0)
    expect(page.locator("#log .turn").last.get_by_text("You're welcome.")).to_be_visible()
    expect(page.locator("#log .judge")).to_have_count(3)  # a reply is no answer to be judged


def test_a_new_topic_begins_with_nothing(page: Page) -> None:
    """After "New" a question that leans is asked back, and what is chosen is answered; lists open their articles."""
    ask(page, "When was the ferry to Hven built?", 1)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#log .turn")).to_have_count(0)
    ask(page, "When was it built?", 1)
    page.get_by_role("button", name="When was it built? — The mill").click()
    expect(page.locator("#log .words")).to_have_text("The mill of Backa was built in 1870.")
    ask(page, "Which articles do you have?", 3)
    last = page.locator("#log .turn").last
    expect(last.get_by_text("Island Post · 13 May 2024")).to_be_visible()
    last.get_by_role("button", name="The ferry").click()
    expect(page.locator("#pane").get_by_role("heading", name="The ferry")).to_be_visible()
