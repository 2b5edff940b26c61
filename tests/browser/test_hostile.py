"""A hundred hostile articles, in every list, card and pane: shown as text, quoted exactly, and none of it alive."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.index import Index
from index.types import Article, Filter, Refusal
from qa.types import Answer, Citation, SearchedFor, Turn
from tests.browser.test_page import ask
from tests.toy import ToyEmbedder
from ui.chat.base import Options
from ui.chat.server import serving

pytestmark = pytest.mark.browser

RUN = "window.hacked=1"
MARKUP = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f'"><img src=x onerror={RUN}>',
    f"'><svg/onload={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<details open ontoggle={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"</textarea><script>{RUN}</script>",
    f"</style><img src=x onerror={RUN}>",
    f"</pre></blockquote></div><img src=x onerror={RUN}>",
    f"<a href='javascript:{RUN}'>click</a>",
    "<base href='https://other.example/'>",
    "<meta http-equiv=refresh content='0;url=https://other.example/'>",
    "<link rel=stylesheet href='https://other.example/x.css'>",
    "<style>* { display: none }</style>",
    "<form action='https://other.example/'><button>Send</button></form>",
    "<!-- <b>comment</b> --><b>bold</b><!",
    "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp;",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<x onclick={RUN} onmouseover={RUN} tabindex=0 onfocus={RUN} autofocus>",
    f"<input autofocus onfocus={RUN}>",
    f"<template><script>{RUN}</script></template><slot>",
    f"<object data='javascript:{RUN}'></object><embed src='javascript:{RUN}'>",
    f"<button data-ask='x' data-doc='x' onclick={RUN}>press</button>",
)
TEMPLATES = (
    f"${{{RUN}}}",
    "${value}",
    f"{{{{ {RUN} }}}} {{% raw %}}",
    f"{{{{#if value}}}}{RUN}{{{{/if}}}}",
    "@children",
    f"`${{{RUN}}}` \\${{x}}",
    f"<%= {RUN} %>",
    "{n} {title} {0} {}",
    "%s %(name)s $name",
    "\\u003cimg src=x\\u003e",
    f"[click](javascript:{RUN})",
    "[x](https://other.example) ![i](https://other.example/i.png)",
    "# Heading\n- item\n> quote\n```\ncode\n```",
    "**bold** _it_ `code` ~~gone~~ | a | b |",
    "$$\\href{javascript:alert(1)}{x}$$ \\(x\\)",
    "www.other.example https://other.example <https://other.example>",
    "'; DROP TABLE articles; --",
    '\\" \\\\ \\n',
    "]]> <![CDATA[ x ]]>",
    "javascript:" + RUN,
    "data:text/html,<script>1</script>",
    "../../../../etc/passwd",
    "--index=/etc -rf",
    "=HYPERLINK('https://other.example')",
    "\u0000".replace("\u0000", "\\0"),
)
CHARACTERS = tuple(
    f"before{c}after & <b>"
    for c in (
        *("\u202e", "\u202d", "\u202a\u202b", "\u2066", "\u2067", "\u2068", "\u200e", "\u200f", "\u061c", "\ufeff"),
        *("\u200b", "\u00ad", "\u2028", "\u2029", "\x01", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\x9b1m"),
        *("\r", "\r\n", "\t", "\u0300" * 20, "\ufffe", "\U000e0041", "\U0001f468\u200d\U0001f469", "\u115f", "\u3164"),
        *("\ud7ff", "\ue000", "\U0010ffff", "שלום", "مرحبا", "\u2800", "\u180e", "\u034f", "\u17b4", "\ufff9x\ufffb"),
        *("Z\u0351\u036b\u0343", "\u0130", "\u1e9e", "\ufdfd", "\U00012031", "\u2062", "\u206a", "\ufff0", "\ufe0f"),
    )
)
PAYLOADS = (*MARKUP, *TEMPLATES, *CHARACTERS)
DEAD = "img, script, svg:not(.judge svg), iframe, video, object, embed, form, base, meta, link, style, math, a, x"


def article(number: int, payload: str) -> Article:
    """Return an article in whose every field stands a payload."""
    return Article(
        doc_id=f"hostile-{number}",
        title=payload,
        text=f"{payload} is what article {number} says.",
        url=f"javascript:{payload}",
        source=payload,
        authors=(payload,),
        published="2021-05-03",
    )


class Quoting:
    """Answers every question with all articles, or with what they say that is nearest to nothing."""

    def __init__(self) -> None:
        self.index = Index.in_memory(ToyEmbedder())
        summary = self.index.add(article(number, payload) for number, payload in enumerate(PAYLOADS))
        assert summary.refused == ()

    def ask(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Answer:
        """Quote every article whole."""
        cited = [self.cited(number) for number in range(len(PAYLOADS))]
        searched = SearchedFor(question, sources=PAYLOADS[:3], carried=PAYLOADS[3:5])
        return Answer("id", "answer", question, searched, True, 0.9, None, tuple(cited), ())

    def cited(self, number: int) -> Citation:
        """Quote an article, and the next one as saying the same."""
        found = self.index.article(f"hostile-{number}")
        assert found is not None
        place = (found.title, found.url, found.source, found.published, found.text_sha256)
        return Citation(number + 1, found.doc_id, *place, None, 0, len(found.text), found.text)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the hundred articles."""
    feedback = tmp_path_factory.mktemp("feedback") / "feedback.sqlite"
    with serving(Quoting, "127.0.0.1", 0, Options(editable=True, feedback=feedback)) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str, asked: list[str]) -> Iterator[Page]:
    """Open the page and, at the end of the test, see that nothing came alive and no other host was asked."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    opened.goto(address)
    opened.locator("#pane .title").first.wait_for()
    yield opened
    assert opened.evaluate("window.hacked") is None
    assert opened.locator(f":is(#talk, #pane, #listing, #added, #gone, #reader) :is({DEAD})").count() == 0
    assert [url for url in asked if "other.example" in url] == []
    opened.context.close()


def test_there_are_a_hundred() -> None:
    """A hundred payloads, all different."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


def test_lists_show_every_title_as_it_is(page: Page) -> None:
    """The text of each title equals it, in the pane and in the library, and is set apart from the words around it."""
    assert sorted(page.locator("#pane .title").all_text_contents()) == sorted(PAYLOADS)
    page.get_by_role("tab", name="Library").click()
    for _ in range((len(PAYLOADS) - 1) // 50):
        page.get_by_role("button", name="Show more").click()
    expect(page.locator("#listing .title")).to_have_count(len(PAYLOADS))
    assert sorted(page.locator("#listing .title").all_text_contents()) == sorted(PAYLOADS)
    apart = "all => all.map(e => getComputedStyle(e).unicodeBidi).filter(x => !x.startsWith('isolate')).length"
    assert page.locator("#pane .title, #listing .title, #listing .line").evaluate_all(apart) == 0


def test_every_quotation_is_exact(page: Page) -> None:
    """The text of each card equals its quotation; so do the chips, and each article that is opened."""
    ask(page, "What do the articles say?")
    assert page.locator(".words").all_text_contents() == [article(n, p).text for n, p in enumerate(PAYLOADS)]
    assert page.locator(".quote .title").all_text_contents() == list(PAYLOADS)
    apart = "all => all.map(e => getComputedStyle(e).unicodeBidi).filter(x => !x.startsWith('isolate')).length"
    assert page.locator(".words, .quote .title, .quote .line, .chip bdi").evaluate_all(apart) == 0
    for number in range(0, len(PAYLOADS), 9):
        page.locator(".number").nth(number).click()
        expect(page.locator(".steps")).to_contain_text(f"{number + 1} of")
        assert page.locator(".source h2").text_content() == PAYLOADS[number]
        shown = "".join(page.locator(".source .text p").all_text_contents())
        assert "".join(shown.split()) == "".join(article(number, PAYLOADS[number]).text.split())


def test_questions_and_files_are_text_as_well(page: Page, tmp_path: Path) -> None:
    """What a visitor types or uploads is shown as it is, with the reason why it was left out."""
    for payload in MARKUP[:5]:
        ask(page, payload)
        assert page.locator(".question").last.text_content() == payload
    rows = [{"_id": payload} for payload in MARKUP]
    path = tmp_path / "rows <img src=x onerror=window.hacked=1>.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    page.get_by_role("tab", name="Library").click()
    page.locator("#files input[type=file]").set_input_files(path)
    expect(page.locator("#added")).to_contain_text("left out", timeout=30_000)


def test_what_is_removed_is_named_as_it_is(page: Page) -> None:
    """The line that offers to undo a removal shows the title as text."""
    page.get_by_role("tab", name="Library").click()
    expect(page.locator("#listing li")).not_to_have_count(0)
    page.get_by_label("Find articles").fill("hostile-3")
    expect(page.locator("#listing li")).to_have_count(sum(str(n).startswith("3") for n in range(len(PAYLOADS))))
    row = page.locator("#listing li", has=page.locator('[data-drop="hostile-3"]'))
    row.locator(".drop").click()
    expect(page.locator("#gone bdi")).to_have_text(f"Removed: {PAYLOADS[3]}")
    page.locator("#gone button").click()
    expect(page.locator("#gone li")).to_have_count(0)


def test_the_readers_refuse_nothing_of_it() -> None:
    """Every payload can be the text of an article that is added."""
    index = Index.in_memory(ToyEmbedder())
    items: list[Article | Refusal] = [article(n, p) for n, p in enumerate(PAYLOADS)]
    assert len(index.add(items).added) == len(PAYLOADS)
