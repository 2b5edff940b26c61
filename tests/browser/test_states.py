"""Every state of the page, in light and dark, on a desk and on a phone: seen by axe, and kept as a picture."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

import seeds
from index.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.browser.conftest import put
from tests.browser.test_evaluation import measure
from tests.browser.test_page import assert_fits
from tests.toy import ToyEmbedder
from ui.chat.base import Options
from ui.chat.server import serving
from ui.demo import articles
from ui.texts import Texts, load

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 780},
    "wall": {"width": 3840, "height": 2160},
}
ANSWERED = "When did Finland join NATO?"
LIMITED = "What was reported by Quoth demo desk in July 2023 about Sweden?"
DECLINED = "Xyzzy plugh?"


def pipeline() -> Pipeline:
    """Return a pipeline on the demo articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles())
    return Pipeline(index, Settings(threshold=0.15))


@pytest.fixture(scope="module", params=["en", "uk"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the whole page in a language, and return that and its address."""
    folder = tmp_path_factory.mktemp("feedback")
    options = Options(
        language=request.param,
        examples=seeds.EXAMPLES,
        measured={"The demo questions": seeds.questions()},
        editable=True,
        feedback=folder / "feedback.sqlite",
    )
    with serving(pipeline, "127.0.0.1", 0, options) as url:
        yield request.param, url


@pytest.mark.parametrize(
    ("address", "size", "scheme"),
    [
        ("en", "desk", "light"),
        ("en", "desk", "dark"),
        ("en", "phone", "light"),
        ("en", "phone", "dark"),
        ("uk", "desk", "dark"),
        ("uk", "phone", "light"),
    ],
    indirect=["address"],
)
def test_no_state_has_a_serious_violation(
    browser: Browser, address: tuple[str, str], size: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    """Axe finds none in any state, nothing scrolls sideways, and each is kept as a picture.

    Of the second language each size and each scheme is looked at once: a state takes seconds, and only words differ.
    """
    language, url = address
    t = load(language)
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    page.locator(".choices button").first.wait_for()
    seen: dict[str, str] = {}

    def look(state: str) -> None:
        keep(page, f"{state}-{size}-{scheme}-{language}")
        if found := violations(page):
            seen[state] = found
        assert_fits(page, "html")

    question = page.get_by_role("textbox", name=t("your_question"))
    expect(question).to_be_visible()
    look("welcome")
    put(page, question, ANSWERED)
    look("answer")
    page.locator(".number").first.click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    look("source")
    leave(page)
    page.locator(".judge .thumb").last.click()
    page.locator(".judge .tag").first.click()
    expect(page.locator('.tag[aria-pressed="true"]')).to_have_count(1)
    look("verdict")
    page.locator(".quote summary").first.click()
    look("copy")
    put(page, question, LIMITED)
    look("limits")
    put(page, question, DECLINED)
    expect(page.locator("p.declined")).to_be_visible()
    look("declined")
    put(page, question, "?" * 1001)
    look("notice")
    library(page, t, tmp_path)
    look("library")
    page.locator("#shelf .articles .title").first.click()
    expect(page.locator("#reader .source")).to_be_visible()
    look("article")
    leave(page)
    page.get_by_role("tab", name=t("view_evaluate")).click()
    expect(page.get_by_role("heading", name=t("evaluate_title"))).to_be_visible()
    look("evaluate")
    if language == "en":
        measure(page, 5)
        look("report")
    page.get_by_role("tab", name=t("view_embed")).click()
    expect(page.get_by_role("heading", name=t("embed_title"))).to_be_visible()
    expect(page.frame_locator("#embedding iframe").locator("quoth-chat")).to_be_attached()
    look("embed")
    context.close()
    assert seen == {}


def test_a_wall_is_filled(browser: Browser, address: tuple[str, str]) -> None:
    """On 3840 pixels lines stay of a length that can be read, and nothing is lost at the edges."""
    language, url = address
    context = browser.new_context(viewport=SIZES["wall"], reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    page.locator(".choices button").first.wait_for()
    put(page, page.get_by_role("textbox", name=load(language)("your_question")), ANSWERED)
    page.locator(".number").first.click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    keep(page, f"source-wall-light-{language}")
    size = page.locator(".words").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert page.locator(".words").first.evaluate("e => e.clientWidth") < 45 * size
    context.close()


def test_the_page_says_its_language(browser: Browser, address: tuple[str, str]) -> None:
    """Screen readers are told which language the page is in, and the articles say theirs."""
    language, url = address
    page = browser.new_page()
    page.goto(url)
    page.locator(".choices button").first.wait_for()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [language, "ltr"]
    page.locator("#pane .title").first.click()
    expect(page.locator(".source .text")).to_have_attribute("lang", "en")
    page.close()


def violations(page: Page) -> str:
    """Return what axe finds serious or critical, "" for nothing."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return "\n".join(
        f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    )


def keep(page: Page, name: str) -> None:
    """Keep a picture of what is in view."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{re.sub(r'[^a-z-]', '', name)}.png")


def leave(page: Page) -> None:
    """Close what lies over the page, where anything does."""
    page.keyboard.press("Escape")


def library(page: Page, t: Texts, folder: Path) -> None:
    """Add a good file and a bad one, and remove the good one again."""
    (folder / "harbour.md").write_text("# The harbour light\n\nThe light was lit on 3 May 2021.\n", encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    page.get_by_role("tab", name=t("view_library")).click()
    page.locator("#files input[type=file]").set_input_files([folder / "harbour.md", folder / "empty.txt"])
    expect(page.locator(".additions .left-out")).to_be_visible(timeout=30_000)
    page.locator("#shelf li", has_text="The harbour light").locator(".drop").click()
    expect(page.locator("#gone li").first).to_be_visible()
