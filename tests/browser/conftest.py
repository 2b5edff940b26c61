"""A page with a toy pipeline, served for real, and a Chromium to look at it."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from playwright.sync_api import APIResponse, Browser, Locator, Page, Route, expect, sync_playwright

from index.errors import IndexLocked, ModelError
from index.index import Progress, Status
from index.stores.base import Change, Entry, Removed
from index.stores.exact import ExactStore
from index.types import Article, Filter, Hit, Passage, Refusal, Summary
from qa.types import Answer, Citation, Highlight, SearchedFor, Turn
from ui.chat.base import Options
from ui.chat.server import serving

expect.set_options(timeout=20_000)  # for processors that have other work

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

HARBOUR = Article(
    doc_id="harbour",
    title="The harbour light is lit again",
    source="The Port Gazette",
    published="2021-05-03",
    url="https://gazette.example/harbour",
    language="en",
    text="The harbour light is lit again\n\n"
    + "\n\n".join(f"On day {n} the masons carried stone up the winding stair and mixed lime." for n in range(1, 60))
    + "\n\nThe light was lit on 3 May 2021 by the keeper's daughter. It can be seen for eleven miles.\n\n"
    + "\n\n".join(f"On evening {n} the boats came home." for n in range(1, 30)),
)
PIER = Article(
    doc_id="pier",
    title="A longer pier",
    source="The Port Gazette",
    published="2022-08-19",
    text="The keeper's daughter lit the light in May 2021. The pier is now 210 metres long.",
)
HOSTILE = Article(
    doc_id='x"><img src=x onerror=window.hacked=1>',
    title="<script>window.hacked = 1</script>${window.hacked=1}{{this}}`",
    source="<img src=x onerror=window.hacked=1>",
    url="javascript:window.hacked=1",
    published='"><svg onload=window.hacked=1>',
    text="<img src=x onerror=window.hacked=1> is what the <b>tide</b> table said. ${alert(1)} @children {{value}}",
)
LONG = Article(doc_id="long", title="A long log", text="".join(f"Line {n} of the log.\n" for n in range(20_000)))
ARTICLES = {article.doc_id: article for article in (HARBOUR, PIER, HOSTILE, LONG)}
LIT = "The light was lit on 3 May 2021 by the keeper's daughter."
SEEN = "It can be seen for eleven miles."


class ToyIndex:
    """Four articles, which nobody can change."""

    store = ExactStore()
    writable = False

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None."""
        return ARTICLES.get(doc_id)

    def entries(self) -> list[Entry]:
        """Return all articles without their texts."""
        return [
            Entry(a.doc_id, a.title, a.url, a.source, a.published, a.language, 1, len(a.text))
            for a in ARTICLES.values()
        ]

    def status(self) -> Status:
        """Return that there are four articles."""
        return Status("", len(ARTICLES), 99, 9, 0, "toy", "0" * 64, 8, 100, 1, "")

    def changes(self, since: str | None = None) -> list[Change]:
        """Return that nothing was ever changed."""
        return []

    def removed(self) -> list[Removed]:
        """Return that nothing was removed."""
        return []

    def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
        """Refuse."""
        raise IndexLocked("this index cannot be changed; give another")

    def remove(self, doc_ids: Sequence[str]) -> list[str]:
        """Refuse."""
        raise IndexLocked("this index cannot be changed; give another")

    restore = remove


class ToyPipeline:
    """Answers by the first word that it knows in a question."""

    index = ToyIndex()

    def ask(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Answer:
        """Return an answer made of real spans, or a declined one."""
        if "broken" in question:
            raise ModelError("the model <b>is broken</b>; repair it")
        carried = (turns[-1].question,) if turns and "it" in question.split() else ()
        searched = SearchedFor(question, carried=carried)
        if "Gazette" in question and not everywhere:
            searched = SearchedFor(question, sources=("The Port Gazette",), named=Filter(("The Port Gazette",)))
        if "hostile" in question:
            return answer(question, searched, (cite(1, HOSTILE, HOSTILE.text),))
        if "long" in question:
            return answer(question, searched, (cite(1, LONG, "Line 9000 of the log."),))
        if "lit" in question or carried:
            also = (cite(1, PIER, "The keeper's daughter lit the light in May 2021."),)
            return answer(question, searched, (cite(1, HARBOUR, LIT, also), cite(2, HARBOUR, SEEN)), "3 May 2021")
        return answer(question, searched, ())


def cite(number: int, article: Article, quote: str, also: tuple[Citation, ...] = ()) -> Citation:
    """Quote the first occurrence of some words."""
    start = article.text.index(quote)
    a = article
    where = (a.title, a.url, a.source, a.published, a.text_sha256)
    return Citation(number, a.doc_id, *where, None, start, start + len(quote), quote, also)


def answer(question: str, searched: SearchedFor, citations: tuple[Citation, ...], short: str = "") -> Answer:
    """Make an answer of citations, or a declined one of none; its hits are the pier and the harbour."""
    highlight = None
    if short:
        first = citations[0].start + citations[0].quote.index(short)
        highlight = Highlight(first, first + len(short), short)
    hits = tuple(
        Hit(Passage(f"{a.doc_id}#0", a.doc_id, 0, 80, ()), 1 / rank, rank, a.title, a.text[:80])
        for rank, a in enumerate((PIER, HARBOUR), 1)
    )
    said = bool(citations)
    kind, message = ("answer", "") if said else ("declined", "The articles don't say.")
    return Answer(f"id{len(question)}", kind, question, searched, said, 0.9, highlight, citations, hits, message)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the page at a free port and return its address."""
    options = Options(examples=("When was the light lit?",))
    with serving(ToyPipeline, "127.0.0.1", 0, options) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine; skip without one, unless CI is true."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        reason = "no Chromium is installed; install one to run the browser tests"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*FLAGS])
        yield started
        started.close()


@pytest.fixture
def asked() -> list[str]:
    """Return the list of all addresses that the page of this test asked for."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, asked: list[str]) -> Iterator[Page]:
    """Open the page in a window of its own and wait until the list of articles is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("websocket", lambda socket: asked.append(socket.url))
    opened.goto(address)
    opened.locator("#pane").get_by_text("4 articles", exact=True).wait_for(state="attached")
    yield opened
    context.close()


def hold(page: Page, words: str) -> Callable[[], None]:
    """Hold back the reply to the first event that names some words, and return what lets it through."""
    first: list[Route] = []
    held: list[APIResponse] = []

    def seen(route: Route) -> None:
        if first or words not in (route.request.post_data or ""):
            route.continue_()
        else:
            first.append(route)
            held.append(route.fetch())

    def release() -> None:
        with page.expect_response(lambda response: response.request == first[0].request):
            first[0].fulfill(response=held[0])
        page.wait_for_timeout(300)  # for what the page makes of it

    page.route("**/gradio_api/**", seen)
    return release


def put(page: Page, box: Locator, question: str) -> None:
    """Type a question and wait for what stands beneath it.

    Enter is pressed again while the question stays in the box: the page takes none in the moment between showing an
    answer and knowing that it was the last of it.
    """
    turns = page.locator(".turn")
    before = turns.count()
    box.fill(question)
    box.press("Enter")
    for _ in range(20):
        page.wait_for_timeout(50)
        if turns.count() > before or not box.input_value():
            break
        page.wait_for_timeout(450)
        if turns.count() == before and box.input_value():
            box.press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(page.locator(".wait")).to_have_count(0)
