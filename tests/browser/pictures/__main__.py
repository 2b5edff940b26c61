"""Make the pictures in the README: ``python -m tests.browser.pictures`` (``make pictures``).

The demo is asked a question, and a file is added to a library of its own; both pages are taken as they are.
"""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

import seeds
from index.index import Index
from qa.pipeline import Pipeline
from tests.browser.conftest import FLAGS
from ui.chat.base import Options
from ui.chat.server import serving
from ui.demo import articles

FOLDER = Path(__file__).parent
QUESTIONS = ("Why was Macedonia not invited in 2008?", "How far is Vilnius from Belarus?")
LARGEST = 300_000  # bytes


def main() -> None:
    """Make both pictures."""
    place = Path(tempfile.gettempdir()) / "articles"  # which the second picture shows
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS])

        def load() -> Pipeline:
            index = Index.create(place / "quoth-index")
            index.add(articles())
            return Pipeline(index)

        options = Options(
            examples=seeds.EXAMPLES,
            measured={"The demo questions": seeds.questions()},
            editable=True,
            feedback=place / "feedback.sqlite",
        )
        with serving(load, "127.0.0.1", 0, options) as address:
            take(ask(browser, address), "answer")
            take(add(browser, address, place), "library")
        browser.close()


def ask(browser: Browser, address: str) -> Page:
    """Ask, and open the last answer's article at its words."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto(address)
    page.locator("#pane .title").first.wait_for(timeout=120_000)
    for number, question in enumerate(QUESTIONS, 1):
        box = page.get_by_role("textbox", name="Your question")
        box.fill(question)
        box.press("Enter")
        expect(page.locator(".answer")).to_have_count(number, timeout=60_000)
    page.locator(".number").last.click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    return page


def add(browser: Browser, address: str, place: Path) -> Page:
    """Add two files in the dark, of which one is empty, and open an article."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="dark", reduced_motion="reduce")
    page.goto(address)
    page.get_by_role("tab", name="Library").click()
    page.locator("#listing .title").first.wait_for(timeout=60_000)
    (place / "minutes.md").write_text("# Minutes of the harbour board\n\nThe board met on 3 May.\n", encoding="utf-8")
    (place / "scan.txt").write_text("", encoding="utf-8")
    page.locator("#files input[type=file]").set_input_files([place / "minutes.md", place / "scan.txt"])
    expect(page.locator("#added")).to_contain_text("Done:", timeout=60_000)
    page.locator("#listing .title", has_text="700-year-old").click()
    expect(page.locator("#reader .source")).to_be_visible()
    page.evaluate("document.activeElement.blur(); document.getElementById('shelf').scrollTop = 0")
    return page


def take(page: Page, name: str) -> None:
    """Keep a picture, in 64 colours."""
    path = FOLDER / f"{name}.png"
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size:,} bytes, at most {LARGEST:,} are wanted; use fewer colours")
    page.close()


if __name__ == "__main__":
    main()
