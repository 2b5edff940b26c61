"""The library, chips and verdicts in a real browser, on articles that are added there."""

import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from index.index import Index
from index.sources import Source, Sources
from qa.feedback import Feedback
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.browser.conftest import hold
from tests.browser.test_page import ask, assert_fits
from tests.toy import ToyEmbedder
from ui import additions
from ui.additions import Addition
from ui.chat import library
from ui.chat.base import Answerer, Options
from ui.chat.server import serving

pytestmark = pytest.mark.browser

LIT = "The keeper's daughter Ona lit the harbour light on 3 May 2021."
FERRY = "The ferry to Nida costs four crowns and leaves at noon."


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with files to upload: two good ones, one with a bad row, one that is empty."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "harbour.md").write_text(f"---\nsource: Gazette\ndate: 2021-05-03\n---\n# The light\n\n{LIT}\n")
    (folder / "pier.md").write_text("---\nsource: Courier\ndate: 2022-08-19\n---\n# The pier\n\nThe pier is longer.\n")
    (folder / "ferry.txt").write_text(f"{FERRY}\n\nThe crew has nine people.\n")
    (folder / "rows.jsonl").write_text(
        json.dumps({"_id": "mill", "title": "The mill", "text": "The mill closed in 1931."}) + "\nno json\n"
    )
    (folder / "empty.txt").write_text("")
    return folder


@pytest.fixture
def page(browser: Browser, tmp_path: Path, asked: list[str]) -> Iterator[Page]:
    """Open the page of an index that nobody may change, in place of which the visitor's own is opened."""
    first = Index.in_memory(ToyEmbedder())

    class Closed(Index):
        writable = False

    closed = Closed(first.store, ToyEmbedder())

    def own(before: Answerer) -> Answerer:
        return Pipeline(Index.create(tmp_path / "own", ToyEmbedder()), Settings())

    options = Options(editable=True, measured={}, feedback=tmp_path / "feedback.sqlite")
    with serving(lambda: Pipeline(closed, Settings()), "127.0.0.1", 0, options, own=own) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        opened = context.new_page()
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(address)
        opened.locator("#pane").get_by_text("No articles yet").wait_for(state="attached")
        yield opened
        context.close()


def add(page: Page, *paths: Path) -> None:
    """Upload files and wait until all have a verdict."""
    page.get_by_role("tab", name="Library").click()
    page.locator("#files input[type=file]").set_input_files(list(paths))
    expect(page.locator("#added")).to_contain_text("Done:", timeout=30_000)
    expect(page.locator("#shelf .facts")).not_to_contain_text("0 articles")


def test_files_are_added_and_answer_at_once(page: Page, files: Path, tmp_path: Path, asked: list[str]) -> None:
    """Each file has its verdict, the rest of a batch goes on, and the new words are quoted in the other view."""
    add(page, *(files / name for name in ("harbour.md", "ferry.txt", "rows.jsonl", "empty.txt")))
    verdicts = page.locator(".additions > li")
    expect(verdicts.nth(0)).to_contain_text("harbour.md 1 added")
    expect(verdicts.nth(2)).to_contain_text("1 added, 1 left out")
    expect(verdicts.nth(2)).to_contain_text("2: not valid JSON")
    expect(verdicts.nth(3)).to_contain_text("there is no text in it")
    expect(page.locator("#added")).to_contain_text("Done: 3 added, 2 left out.")
    expect(page.locator("#added")).to_contain_text(f"kept in {tmp_path / 'own'}")
    expect(page.locator("#shelf .facts")).to_contain_text("3 articles")
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator("#pane")).to_contain_text("3 articles")
    ask(page, "Who lit the harbour light?")
    expect(page.locator(".words").first).to_have_text(LIT)
    add(page, files / "ferry.txt")
    expect(page.locator(".additions")).to_contain_text("1 unchanged")
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}


def test_files_that_come_while_others_are_added_are_added_too(
    page: Page, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for their turn, and are not left lying in the field."""
    go = Event()

    def slow(*given: Any) -> Iterator[Sequence[Addition]]:
        go.wait(20)
        yield from additions.add(*given)

    monkeypatch.setattr(library, "add", slow)
    page.get_by_role("tab", name="Library").click()
    page.locator("#files input[type=file]").set_input_files(files / "harbour.md")
    expect(page.locator("#added")).to_contain_text("harbour.md")
    page.locator("#files input[type=file]").set_input_files(files / "ferry.txt")
    expect(page.locator("#files")).to_contain_text("ferry")
    go.set()
    expect(page.locator(".articles > li")).to_have_count(2)


def test_an_article_is_removed_and_brought_back(page: Page, files: Path) -> None:
    """What is removed is gone from list and answers at once, and undo brings it back."""
    add(page, files / "harbour.md", files / "ferry.txt")
    page.get_by_role("button", name="Remove The light").click()
    expect(page.locator(".articles > li")).to_have_count(1)
    expect(page.locator("#gone")).to_contain_text("Removed: The light")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    expect(page.locator(".words", has_text=LIT)).to_have_count(0)
    page.get_by_role("tab", name="Library").click()
    page.get_by_role("button", name="Undo the removal of The light").click()
    expect(page.locator(".articles > li")).to_have_count(2)
    page.get_by_text("What changed").click()
    expect(page.locator(".changes li")).to_have_count(4)
    expect(page.locator(".changes li").first).to_contain_text("1 brought back")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    expect(page.locator(".turn").last.locator(".words").first).to_have_text(LIT)


def test_articles_are_found_opened_and_put_in_order(page: Page, files: Path) -> None:
    """Words, source and order narrow the list; a title opens the whole article beside it."""
    add(page, *(files / name for name in ("harbour.md", "ferry.txt", "rows.jsonl")))
    page.get_by_label("Find articles").fill("LIGHT gaz")
    expect(page.locator(".count")).to_contain_text("1 of 3 articles")
    page.locator(".articles .title").click()
    expect(page.locator("#reader .text")).to_contain_text(LIT)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".articles > li")).to_have_count(3)
    expect(page.get_by_label("Find articles")).to_have_value("")
    page.get_by_label("Order").click()
    page.get_by_role("option", name="By title").click()
    expect(page.locator(".articles .title")).to_have_text(["ferry", "The light", "The mill"])
    page.get_by_label("Source").click()
    page.get_by_role("option", name="Gazette").click()
    expect(page.locator(".articles .title")).to_have_text(["The light"])
    page.get_by_role("button", name="← All articles").click()
    expect(page.locator("#reader")).to_contain_text("Open an article")


def test_what_changed_since_the_last_visit_is_told(page: Page, files: Path) -> None:
    """On coming back, the counts are shown, and one click lists what is new."""
    page.evaluate("localStorage.setItem('quoth-visit', '2020-01-01T00:00:00Z'); sessionStorage.clear()")
    page.reload()
    page.locator("#pane").get_by_text("No articles yet").wait_for(state="attached")
    add(page, files / "harbour.md", files / "ferry.txt")
    expect(page.locator(".since")).to_contain_text("Since your last visit")
    expect(page.locator(".since")).to_contain_text("2 added")
    page.get_by_role("button", name="Show these").click()
    expect(page.locator(".count")).to_contain_text("added or changed since 1 January 2020")
    expect(page.locator(".articles > li")).to_have_count(2)


def test_a_limit_is_removed_by_its_chip(page: Page, files: Path) -> None:
    """Each source and the days can be taken away by themselves; the question is asked again with the rest."""
    add(page, files / "harbour.md", files / "pier.md")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light, as reported by Gazette in May 2021?")
    expect(page.locator(".chip")).to_have_text(
        ["in Gazette (as the question says)", "since 1 May 2021 · until 31 May 2021 (as the question says)"]
    )
    page.get_by_role("button", name="Ask again without this: in Gazette").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".chip")).to_have_text(["since 1 May 2021 · until 31 May 2021"])
    page.locator(".turn").last.locator(".chip-off").click()
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator(".turn").last.locator(".chip")).to_have_count(0)
    expect(page.locator(".turn").last.locator(".words").first).to_have_text(LIT)


def test_a_verdict_is_kept_and_becomes_a_test_question(page: Page, files: Path, tmp_path: Path) -> None:
    """Thumb, reason and use are kept in their own file, by keyboard as well, and the focus stays where it was."""
    add(page, files / "harbour.md")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    page.get_by_role("button", name="Bad answer").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Outdated").click()
    expect(page.get_by_role("button", name="Outdated")).to_be_focused()
    expect(page.get_by_role("button", name="Outdated")).to_have_attribute("aria-pressed", "true")
    (row,) = Feedback(tmp_path / "feedback.sqlite").rows()
    assert (row.verdict, row.reasons, row.use) == ("down", ("outdated",), False)
    page.get_by_role("button", name="Good answer").click()
    page.get_by_role("button", name="Keep as a test question").click()
    expect(page.get_by_role("button", name="Kept as a test question")).to_have_attribute("aria-pressed", "true")
    (row,) = Feedback(tmp_path / "feedback.sqlite").rows()
    assert (row.verdict, row.reasons, row.use, row.question) == ("up", (), True, "Who lit the harbour light?")
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("button", name="Kept as a test question")).to_have_count(0)
    assert Feedback(tmp_path / "feedback.sqlite").rows() == []


def test_a_missed_answer_can_be_pointed_at(page: Page, files: Path, tmp_path: Path) -> None:
    """Where nothing was answered, a closest passage can be named as the one that answers."""
    add(page, files / "ferry.txt")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "How many sailors work aboard?")
    expect(page.locator("p.declined")).to_be_visible()
    page.get_by_role("button", name="Bad answer").click()
    page.locator(".tags button").first.click()
    expect(page.get_by_role("button", name="Kept as a test question")).to_be_visible()
    (row,) = Feedback(tmp_path / "feedback.sqlite").rows()
    assert row.reasons == ("should_have_answered",)
    assert row.gold is not None


def test_the_library_fits_a_phone(page: Page, files: Path) -> None:
    """At 360 pixels nothing scrolls sideways, and an article lies over the list and can be closed."""
    page.set_viewport_size({"width": 360, "height": 780})
    add(page, files / "harbour.md", files / "rows.jsonl")
    assert_fits(page, "#shelf")
    assert_fits(page, "html")
    page.locator(".articles .title").first.click()
    expect(page.locator("#reader .source")).to_be_visible()
    assert_fits(page, "#reader")
    page.locator("#reader").get_by_role("button", name="Close").click()
    expect(page.locator("#reader")).not_to_be_visible()
    expect(page.locator(".articles .title").first).to_be_focused()


def test_the_keyboard_is_enough_to_remove_and_to_regret_it(page: Page, files: Path) -> None:
    """After a removal the focus is on its undo, and after that on the article again."""
    add(page, files / "harbour.md", files / "pier.md")
    page.get_by_role("button", name="Remove The light").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo the removal of The light")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".articles").get_by_role("button", name="The light", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#reader .source")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".articles").get_by_role("button", name="The light", exact=True)).to_be_focused()


def test_files_without_articles_do_not_replace_the_others(page: Page, files: Path, tmp_path: Path) -> None:
    """A file that holds nothing is named with its reason, and nothing is opened for it."""
    add_nothing = [files / "empty.txt"]
    page.get_by_role("tab", name="Library").click()
    page.locator("#files input[type=file]").set_input_files(add_nothing)
    expect(page.locator("#added")).to_contain_text("there is no text in it")
    expect(page.locator("#added")).not_to_contain_text("no longer from the demo")
    assert not (tmp_path / "own").exists()


def test_text_from_right_to_left_stands_so(page: Page, tmp_path: Path) -> None:
    """Titles, quotations and articles take the direction of their own words; ours keep theirs."""
    (tmp_path / "hebrew.md").write_text("# המגדלור\n\nהמגדלור נדלק בשלישי במאי בידי בתו של השומר.\n", encoding="utf-8")
    add(page, tmp_path / "hebrew.md")
    page.locator(".articles .title").click()
    page.locator("#reader .text p").last.wait_for()
    page.get_by_role("tab", name="Ask").click()
    ask(page, "המגדלור נדלק בשלישי במאי בידי בתו של השומר?")
    direction = "e => getComputedStyle(e).direction"
    for place in (".articles .title", "#reader h2", "#reader .text p", ".question", ".words", ".quote .title"):
        assert page.locator(place).last.evaluate(direction) == "rtl", place
    assert page.locator("#shelf .facts").evaluate(direction) == "ltr"


def test_a_verdict_survives_what_happens_meanwhile(page: Page, files: Path, tmp_path: Path) -> None:
    """Two thumbs in a hurry, then another question: both are kept and shown."""
    add(page, files / "harbour.md", files / "ferry.txt")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    ask(page, "When does the ferry to Nida leave?")
    thumbs = page.get_by_role("button", name="Good answer")
    thumbs.nth(0).click()
    thumbs.nth(1).click()
    ask(page, "What does the ferry cost?")
    for number in (0, 1):
        expect(thumbs.nth(number)).to_have_attribute("aria-pressed", "true")
    expect(thumbs.nth(2)).to_have_attribute("aria-pressed", "false")
    assert [row.verdict for row in Feedback(tmp_path / "feedback.sqlite").rows()] == ["up", "up"]


def test_what_comes_late_does_not_show_what_was_before(page: Page, files: Path) -> None:
    """The conversation as it was when the first thumb was pressed arrives after all else, and is not what stays."""
    add(page, files / "harbour.md", files / "ferry.txt")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    ask(page, "When does the ferry to Nida leave?")
    thumbs = page.get_by_role("button", name="Good answer")
    release = hold(page, "verdict")
    thumbs.nth(0).click()
    thumbs.nth(1).click()
    expect(thumbs.nth(1)).to_have_attribute("aria-pressed", "true")
    release()
    for number in (0, 1):
        expect(thumbs.nth(number)).to_have_attribute("aria-pressed", "true")
    page.unroute_all()
    release = hold(page, "verdict")
    thumbs.nth(0).click()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    release()
    expect(page.locator(".turn")).to_have_count(0)


def test_the_last_article_that_was_chosen_stays(page: Page, files: Path) -> None:
    """While one is on its way another opens, and the first does not take its place, nor that of none."""
    add(page, files / "harbour.md", files / "ferry.txt")
    light, ferry = (page.locator(".articles .title", has_text=name) for name in ("The light", "ferry"))
    release = hold(page, "harbour")
    light.click()
    ferry.click()
    expect(page.locator("#reader .text")).to_contain_text(FERRY)
    release()
    expect(page.locator("#reader .text")).to_contain_text(FERRY)
    page.unroute_all()
    release = hold(page, "harbour")
    light.click()
    page.get_by_role("button", name="← All articles").click()
    expect(page.locator("#reader")).to_contain_text("Open an article")
    release()
    expect(page.locator("#reader")).to_contain_text("Open an article")


def test_what_people_kept_can_be_measured_with(page: Page, files: Path) -> None:
    """A question that was kept is asked again in the evaluation."""
    add(page, files / "harbour.md")
    page.get_by_role("tab", name="Evaluate").click()
    page.get_by_label("Questions kept from verdicts").click()
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#status")).to_contain_text("No question is kept yet")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who lit the harbour light?")
    page.get_by_role("button", name="Good answer").click()
    page.get_by_role("button", name="Keep as a test question").click()
    expect(page.get_by_role("button", name="Kept as a test question")).to_be_visible()
    page.get_by_role("tab", name="Evaluate").click()
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#status")).to_contain_text("1 question was asked", timeout=30_000)


@pytest.fixture
def visited(browser: Browser, tmp_path: Path, asked: list[str]) -> Iterator[Page]:
    """Open the page of an index of the visitor's own, with a page of a site on this computer among its sources."""
    words = "The mill on the river closed in 1931, after a fire in its upper floor had burned for two days."

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<html><title>The mill</title><body><article><p>{words}</p></article></body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    index = Index.create(tmp_path / "index", ToyEmbedder())
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        Thread(target=site.serve_forever, args=(0.02,)).start()
        # Allowed by whoever runs the server: no visitor can have it look into its own network.
        known = Source(
            address=f"http://127.0.0.1:{site.server_port}/mill", kind="page", allow_private=True, added="2026"
        )
        Sources(index).put(known, new=True)
        with serving(lambda: Pipeline(index, Settings()), "127.0.0.1", 0, Options(editable=True)) as address:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
            opened = context.new_page()
            opened.goto(address)
            opened.get_by_role("tab", name="Library").click()
            yield opened
            context.close()
        site.shutdown()
    index.close()


def test_a_source_is_looked_at_again_and_forgotten(visited: Page) -> None:
    """What is found there is told and listed; a source that is forgotten leaves its articles."""
    page = visited
    page.get_by_text("1 source", exact=True).click()
    expect(page.locator("#sources")).to_contain_text("Page · never read")
    page.get_by_role("button", name="Look again at http://127.0.0.1").click()
    expect(page.locator("#added")).to_contain_text("Done: 1 added.", timeout=30_000)
    expect(page.locator(".articles > li")).to_have_count(1)
    expect(page.locator("#sources")).to_contain_text("1 added")
    page.get_by_role("button", name="Look at all of them again").click()
    expect(page.locator("#added")).to_contain_text("Done: 1 unchanged.", timeout=30_000)
    expect(page.locator("#sources")).to_contain_text("1 unchanged")
    page.get_by_role("button", name="Forget http://127.0.0.1").click()
    expect(page.locator("#sources")).to_be_hidden()
    expect(page.locator(".articles > li")).to_have_count(1)


def test_an_address_that_cannot_be_added_is_said(visited: Page) -> None:
    """What is no address, and one in the server's own network, is a sentence, and the field keeps it."""
    page = visited
    field = page.get_by_label("Or the address of a page, a feed or a sitemap")
    field.fill("notes.txt")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#added")).to_contain_text("Not an address on the web: notes.txt", timeout=30_000)
    field.fill("http://127.0.0.1:9/secret")
    field.press("Enter")
    expect(page.locator("#added")).to_contain_text("Left out:", timeout=30_000)
    expect(field).to_have_value("http://127.0.0.1:9/secret")
    assert_fits(page, "#shelf")
