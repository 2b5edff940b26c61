"""The widget on pages of another site: asked, followed up, refused, attacked, by mouse and keyboard, at every size."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from index.types import Article, Filter
from index.types import Locator as Place
from qa.types import Answer, Citation, Highlight, Listed, SearchedFor
from tests.browser.conftest import HARBOUR, HOSTILE, LIT, PIER, answer, cite
from tests.browser.test_states import SIZES, keep, violations
from ui.render import place_address, to_json

pytestmark = pytest.mark.browser

WIDGET = files("ui") / "widget"
PREFIX = "/quoth"  # the fake host serves everything below a path
TOLD = "The 🙂🏳️‍🌈 keeper said “yes” 👍 in 2021."
EMOJI = Article(
    doc_id="emoji/🙂 1?x#y",
    title="Signs 🙂",
    url="https://gazette.example/signs?page=2#top",
    source="The Port Gazette",
    published="2021-05-03T10:00:00Z",
    text="🙂🙂 A first paragraph.\n\n👩‍👩‍👧 Before it. " + TOLD + " After it. 🎉\n\nA last paragraph.",
)
ARABIC = Article(doc_id="arabic", title="المنارة", text="أضيئت المنارة في عام 2021. وهي قديمة.", language="ar")
VERSE = Article(doc_id="verse", title="A title\n> of two lines", text="One *line*,\n\n## and another:\n[2] The end.")
ARTICLES = {a.doc_id: a for a in (HARBOUR, PIER, HOSTILE, EMOJI, ARABIC, VERSE)}
CHANGED = Citation(1, "harbour", "Changed", None, None, None, "0" * 64, None, 3, 12, "was there", ())
GONE = Citation(1, "gone", "Gone", None, None, None, "0" * 64, None, 0, 4, "gone", ())
RUN = '"><img src=x onerror=window.hacked=1><script>window.hacked=1</script>'
ADDRESSES = (
    *("https://a.example/x", "HTTPS://a.example/x#part", "https://a.example/x#:~:text=own", "http://a.example/ x"),
    *("javascript:window.hacked=1", "//a.example/x", "https://", "ftp://a.example/", "http://a.example/\u202ex"),
    *("https://[a.example/x", "data:text/html,x", "https://a.example/ü?q=a,b&c=-"),
)


def links() -> tuple[Citation, ...]:
    """Return citations with addresses of every kind, and quotations short and long."""
    short = "It's a well-known (very old) light, isn't it? *Yes*! 50% & more"
    quotes = ("short-ish, isn't it?", short, "Wort für Wort, " * 8 + "Ende – ja")
    place = Place(0, "p. 3", "#page=3")
    return tuple(
        Citation(n, "harbour", f"Link {n}", url, None, None, "", place if n % 2 else None, 0, len(quote), quote, ())
        for n, (url, quote) in enumerate(((u, q) for u in ADDRESSES for q in quotes), 1)
    )


def answered(question: str, turns: list[str]) -> Answer:
    """Return an answer by the first word that is known in a question."""
    searched = SearchedFor(question, carried=(turns[-1],) if turns and re.search(r"\bit\b", question) else ())
    if "limits" in question:
        limits = Filter(("The Port Gazette",))
        searched = SearchedFor(question, sources=limits.sources, since="2021-05-03", until="2021-06-01", named=limits)
    if "emoji" in question:
        made = answer(question, searched, (cite(1, EMOJI, TOLD),))
        start = EMOJI.text.index("“yes” 👍")
        return Answer(**{**fields(made), "highlight": Highlight(start, start + 7, "“yes” 👍")})
    if "arabic" in question:
        return answer(question, searched, (cite(1, ARABIC, "أضيئت المنارة في عام 2021."),), "2021")
    if "hostile" in question:
        return answer(question, searched, (cite(1, HOSTILE, HOSTILE.text),))
    if "verse" in question:
        return answer(question, searched, (cite(1, VERSE, VERSE.text),))
    if "links" in question:
        return answer(question, searched, links())
    if "changed" in question:
        return answer(question, searched, (CHANGED, GONE))
    if "which" in question:
        made = answer(question, searched, ())
        return Answer(**{**fields(made), "kind": "clarify", "message": "Which light?", "choices": ("The old light?",)})
    if "articles" in question:
        made = answer(question, searched, ())
        listed = tuple(Listed(a.doc_id, a.title, a.url, a.source, a.published) for a in (HARBOUR, PIER))
        return Answer(**{**fields(made), "kind": "articles", "message": "These:", "articles": listed})
    if "lit" in question or "limits" in question or searched.carried:
        also = (cite(1, PIER, "The keeper's daughter lit the light in May 2021."),)
        return answer(question, searched, (cite(1, HARBOUR, LIT, also),), "3 May 2021")
    return answer(question, searched, ())


def fields(made: Answer) -> dict[str, Any]:
    """Return the fields of an answer by their names."""
    return {name: getattr(made, name) for name in made.__slots__}


@dataclass
class Host:
    """What the fake host was asked, where it is, and the origin that may ask it."""

    url: str = ""
    allowed: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    replies: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)

    def respond(self, method: str, path: str, body: Any) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and JSON for a request."""
        if path == "ask":
            self.asked.append(body)
            if body["question"] in self.replies:
                return self.replies[body["question"]]
            return 200, {}, to_json(answered(body["question"], body["turns"]))
        if path == "feedback":
            self.judged.append(body)
            return 200, {}, {"kept": True}
        article = ARTICLES.get(unquote(path.removeprefix("articles/")))
        if article is None:
            return 404, {}, {"detail": "there is no such article"}
        given = ("doc_id", "title", "url", "source", "published", "language", "text", "text_sha256")
        return 200, {}, {name: getattr(article, name) for name in given}


class Quiet(BaseHTTPRequestHandler):
    """Sends what it is given, and writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""

    def give(self, status: int, kind: str, content: bytes, headers: dict[str, str]) -> None:
        """Send a whole response."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def listening(handler: type[Quiet]) -> Iterator[str]:
    """Serve at a free port until the context ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Serve the widget and a fake API, which one other origin may use."""
    state = Host()

    class Api(Quiet):
        def do_GET(self) -> None:
            self.answer()

        do_POST = do_OPTIONS = do_GET  # noqa: N815

        def answer(self) -> None:
            path = self.path.removeprefix(f"{PREFIX}/").partition("?")[0]
            brought = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            origin = self.headers.get("Origin")
            if origin not in (None, state.allowed, urlsplit(state.url)._replace(path="").geturl()):
                self.give(403, "application/json", b'{"detail": "foreign"}', {})  # without CORS, as the API's
                return
            shared = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
            if self.command == "OPTIONS":
                allowed = {"Access-Control-Allow-Headers": "content-type", "Access-Control-Allow-Methods": "GET, POST"}
                self.give(204, "text/plain", b"", {**shared, **allowed})
            elif path.startswith("api/v1/"):
                body = json.loads(brought) if brought else None
                status, headers, found = state.respond(self.command, path.removeprefix("api/v1/"), body)
                shown = {"Access-Control-Expose-Headers": "Retry-After"}
                self.give(status, "application/json", json.dumps(found).encode(), {**shared, **shown, **headers})
            else:
                name = {"embed": "embed.html"}.get(path, path)
                if not (WIDGET / name).is_file():
                    self.give(404, "text/plain", b"", shared)
                    return
                kind = "text/javascript" if name.endswith(".js") else "text/html; charset=utf-8"
                self.give(200, kind, (WIDGET / name).read_bytes(), {})

    with listening(Api) as url:
        state.url = url + PREFIX
        yield state


HEAD = (
    '<!doctype html><html lang="{lang}" dir="{dir}"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>A site</title>{head}'
    '<script src="{host}/widget.js" defer></script><main><h1>A site</h1>'
    '<p><a id="away" href="/other">Another page</a> <button id="mine">Mine</button></p>{body}</main></html>'
)
WORST = (
    "<style>html { font-size: 10px; filter: hue-rotate(90deg); transform: translateX(9px) } "
    "* { all: revert !important; display: inline !important; font: 30px/3 fantasy !important; color: lime !important; "
    "background: hotpink !important; text-transform: uppercase !important; letter-spacing: 9px !important; "
    "opacity: 0.9 !important; position: static !important; z-index: 1 !important; visibility: visible } "
    "div:empty, quoth-chat:empty { display: none !important } button { position: absolute !important; left: -99px } "
    "style, script, head, title, meta { display: none !important } "
    "#over { position: fixed !important; inset: 0; z-index: 2147483647 !important; display: block !important; "
    "background: rgb(0 0 255 / 0.3) !important; pointer-events: auto; width: 100vw; height: 100vh }</style>"
)
PAGES = {
    "/": {"body": '<quoth-chat suggest="When was it lit? | Xyzzy?"></quoth-chat>'},
    "/other": {"body": '<quoth-chat></quoth-chat><a id="back" href="/">Back</a>'},
    "/strict": {"body": "<quoth-chat></quoth-chat>"},
    "/hostile": {"head": WORST, "body": '<quoth-chat></quoth-chat><div id="over"></div>'},
    "/hostile-inline": {"head": WORST, "body": '<quoth-chat mode="inline"></quoth-chat>'},
    "/two": {
        "body": '<quoth-chat mode="inline" heading="One"></quoth-chat><quoth-chat mode="inline" id="b"></quoth-chat>'
    },
    "/uk": {"lang": "uk-UA", "body": "<quoth-chat></quoth-chat>"},
    "/rtl": {"lang": "ar", "dir": "rtl", "body": '<quoth-chat lang="en"></quoth-chat>'},
    "/accent": {"body": '<quoth-chat accent="#ffd400" theme="dark" heading="Ask us"></quoth-chat>'},
    "/frame": {
        "head": "<script>addEventListener('message', (e) => (window.told ||= []).push([e.origin, e.data]))</script>",
        "body": '<iframe src="{host}/embed?heading=Framed&src-host=https://evil.example&onclick=x&theme=dark" '
        'width="500" height="600" title="Ask"></iframe>',
    },
}


@pytest.fixture(scope="module")
def site(host: Host) -> Iterator[str]:
    """Serve the pages of a site that embeds the widget."""

    class Site(Quiet):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            page = {"lang": "en", "dir": "ltr", "head": "", "host": host.url, **PAGES.get(path, {})}
            page["body"] = page.get("body", "").replace("{host}", host.url)
            origin = host.url.removesuffix(PREFIX)
            csp = (
                f"default-src 'none'; script-src {origin}; connect-src {origin}; base-uri 'none'; form-action 'none'; "
                "require-trusted-types-for 'script'"
            )
            strict = {"Content-Security-Policy": csp} if path == "/strict" else {}
            self.give(200, "text/html; charset=utf-8", HEAD.format(**page).encode(), strict)

    with listening(Site) as url:
        host.allowed = url
        yield url


@pytest.fixture
def context(browser: Browser, host: Host) -> Iterator[BrowserContext]:
    """Open a window that asks nobody but the site and the host, and in which nothing fails unseen."""
    host.asked.clear()
    host.judged.clear()
    made = browser.new_context(viewport=SIZES["desk"], reduced_motion="reduce")
    made.set_default_timeout(10_000)
    outside: list[str] = []
    wrong: list[str] = []
    made.on("request", lambda request: None if inside(request.url, host) else outside.append(request.url))
    made.on("weberror", lambda error: wrong.append(str(error.error)))
    yield made
    made.close()
    assert (outside, wrong) == ([], [])


def inside(url: str, host: Host) -> bool:
    """Tell whether an address is the host's or the site's."""
    own = {urlsplit(host.url).netloc, urlsplit(host.allowed).netloc, f"localhost:{urlsplit(host.allowed).port}"}
    return urlsplit(url).netloc in own


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open an empty page."""
    return context.new_page()


def start(page: Page, address: str) -> Locator:
    """Open a page and its panel, and return the element."""
    page.goto(address)
    chat = page.locator("quoth-chat").first
    chat.locator(".launcher").click()
    expect(chat.locator("textarea")).to_be_focused()
    return chat


def ask(chat: Locator, question: str) -> Locator:
    """Ask by keyboard and return the turn, once something stands beneath the question."""
    turns = chat.locator(".turn").count()
    chat.locator("textarea").fill(question)
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".turn")).to_have_count(turns + 1)
    expect(chat.locator(".wait")).to_have_count(0)
    return chat.locator(".turn").last


def heard(page: Page) -> None:
    """Keep the widget's events in ``window.heard``."""
    page.evaluate(
        "() => { window.heard = []; for (const n of ['answer', 'citation', 'feedback']) "
        "document.addEventListener('quoth:' + n, (e) => heard.push([n, e.composed, e.detail])) }"
    )


def test_the_script_is_small_and_makes_no_markup() -> None:
    """It is below 30,000 bytes as it is served, holds no sink of markup and names no other host."""
    script = (WIDGET / "widget.js").read_bytes()
    assert len(script) < 30_000
    words = script.decode()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|DOMParser|Function\(", words)
    assert not re.search(r"https?://(?!\$)[a-z]", words)


def test_an_answer_is_quoted_and_opens_in_its_place(page: Page, host: Host, site: str) -> None:
    """The words are exactly those of the article, also after characters that JavaScript counts twice."""
    chat = start(page, site)
    heard(page)
    turn = ask(chat, "emoji?")
    assert turn.locator(".words").evaluate("e => e.textContent") == TOLD
    assert turn.locator("strong").evaluate("e => e.textContent") == "“yes” 👍"
    turn.get_by_role("button", name="Read it").click()
    mark = turn.locator("mark")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("e => e.textContent") == TOLD
    assert turn.locator(".place").evaluate("e => e.textContent") == f"👩‍👩‍👧 Before it. {TOLD} After it. 🎉"
    expect(turn.get_by_role("link")).to_have_attribute("href", place_address(cite(1, EMOJI, TOLD)) or "")
    keep(page, "widget-place-desk-light")
    found = page.evaluate("heard")
    assert [(name, composed) for name, composed, _ in found] == [("answer", True), ("citation", True)]
    assert found[0][2]["kind"] == "answer"
    assert found[1][2]["citation"]["quote"] == TOLD
    expect(turn.get_by_role("button", name="Read it")).to_have_attribute("aria-expanded", "true")
    turn.get_by_role("button", name="Read it").click()
    expect(mark).to_be_hidden()


def test_also_limits_and_verdict(page: Page, host: Host, site: str) -> None:
    """Another article that says the same opens too, the limits stand in one line, and the verdict is sent."""
    chat = start(page, site)
    heard(page)
    turn = ask(chat, "limits?")
    expect(turn.locator(".searched")).to_have_text(
        "Searched for: limits? · in The Port Gazette · since 3 May 2021 · until 1 June 2021 (as the question says)"
    )
    expect(turn.locator(".credit").first).to_have_text(
        "[1] The harbour light is lit again · The Port Gazette · 3 May 2021"
    )
    expect(turn.locator(".credit").last).to_contain_text("Also in A longer pier")
    turn.get_by_role("button", name="Read it in its place: Also in A longer pier").click()
    expect(turn.locator("mark")).to_have_text("The keeper's daughter lit the light in May 2021.")
    turn.get_by_role("button", name="Bad answer").click()
    expect(turn.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    assert host.judged == [{"id": "id7", "verdict": "down", "reasons": []}]
    assert page.evaluate("heard").pop() == ["feedback", True, {"id": "id7", "verdict": "down"}]


def test_a_conversation_goes_on_and_survives_another_page(page: Page, host: Host, site: str) -> None:
    """A follow-up brings the earlier questions; another page of the tab shows the conversation, a new one is empty."""
    chat = start(page, f"{site}/")
    ask(chat, "When was it lit?")
    turn = ask(chat, "Who lit it?")
    assert [(a["question"], a["turns"]) for a in host.asked] == [
        ("When was it lit?", []),
        ("Who lit it?", ["When was it lit?"]),
    ]
    assert host.asked[0] == {**host.asked[0], "sources": [], "since": None, "until": None}
    expect(turn.locator(".searched")).to_contain_text("“When was it lit?” from earlier in the conversation")
    chat.get_by_role("button", name="Good answer").last.click()
    expect(chat.get_by_role("button", name="Good answer").last).to_have_attribute("aria-pressed", "true")
    page.locator("#away").click()
    page.wait_for_url("**/other")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".panel")).to_be_visible()
    page.locator("#back").click(force=True, position={"x": 2, "y": 2})
    expect(page.locator("#away")).to_be_visible()
    expect(page.locator(".turn .words").first).to_have_text(LIT)
    expect(page.locator('.judge [aria-pressed="true"]')).to_have_text("Good answer")
    ask(page.locator("quoth-chat"), "Was it lit then?")
    assert host.asked[-1]["turns"] == ["When was it lit?", "Who lit it?"]
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".choices button")).to_have_text(["When was it lit?", "Xyzzy?"])
    page.locator(".choices button").first.click()
    expect(page.locator(".words").first).to_have_text(LIT)
    assert host.asked[-1]["turns"] == []


def test_what_was_searched_for_is_corrected(page: Page, host: Host, site: str) -> None:
    """Its words can be taken into the box; without what was carried over the question is asked as the first of all."""
    chat = start(page, site)
    ask(chat, "When was it lit?")
    searched = ask(chat, "Who lit it?").locator(".searched")
    searched.get_by_role("button", name="Searched for: Who lit it?").click()
    field = chat.get_by_role("textbox", name="Your question")
    expect(field).to_have_value("Who lit it?")
    expect(field).to_be_focused()
    field.fill("")
    keep(page, "widget-searched-desk-light")
    without = searched.get_by_role("button", name="“When was it lit?” from earlier in the conversation ×")
    expect(without).to_have_attribute("title", "Ask again without this")
    without.click()
    expect(chat.locator(".turn")).to_have_count(3)
    expect(chat.locator(".turn .words")).to_have_count(3)
    assert (host.asked[-1]["question"], host.asked[-1]["turns"]) == ("Who lit it?", [])
    page.reload()
    ask(page.locator("quoth-chat"), "Was it lit then?")
    assert host.asked[-1]["turns"] == ["Who lit it?"]


def test_what_is_kept_is_bounded_and_versioned(page: Page, host: Host, site: str) -> None:
    """At most twenty turns are kept and sent, and what another version kept is left alone."""
    chat = start(page, site)
    for n in range(22):
        chat.evaluate("(e, q) => e.ask(q)", f"Question {n}?")
    expect(chat.locator(".turn")).to_have_count(22)
    assert host.asked[-1]["turns"] == [f"Question {n}?" for n in range(1, 21)]
    page.reload()
    expect(page.locator(".turn")).to_have_count(20)
    [key] = page.evaluate("Object.keys(sessionStorage)")
    for kept in ('{"version": 2, "turns": [{}]}', "not JSON", '{"version": 1, "turns": "x"}', "null"):
        page.evaluate("([key, kept]) => sessionStorage.setItem(key, kept)", [key, kept])
        page.reload()
        page.locator(".launcher").click()
        expect(page.locator(".welcome")).to_be_visible()


def test_what_goes_wrong_is_said_kindly(page: Page, host: Host, site: str) -> None:
    """Too many questions, an unknown site, no connection, and what is wrong with a question."""
    chat = start(page, site)
    host.replies["busy?"] = (429, {"Retry-After": "30"}, {"detail": "wait 30 s"})
    host.replies["loading?"] = (503, {}, {"detail": "loading"})
    host.replies["long?"] = (422, {}, {"detail": "the question is <b>too long</b>"})
    host.replies["broken?"] = (500, {}, None)
    host.replies["odd?"] = (200, {}, "<b>no answer</b>")
    host.replies["forbidden?"] = (403, {}, {"detail": "no"})
    for question, said in {
        "busy?": "The articles cannot answer just now. Try again in 30 seconds.",
        "loading?": "The articles cannot answer just now. Try again in a moment.",
        "long?": "the question is <b>too long</b>",
        "broken?": "This failed. It is not your doing.",
        "odd?": "This failed. It is not your doing.",
        "forbidden?": "This site is not among those that may ask these articles.",
    }.items():
        expect(ask(chat, question).locator(".notice")).to_contain_text(said)
        expect(chat.locator(".unseen")).to_have_text(said)
    del host.replies["busy?"]
    chat.get_by_role("button", name="Try again").first.click()
    expect(chat.locator(".turn").first.locator(".said")).to_have_text("The articles don't say.")
    page.route("**/api/v1/ask", lambda route: route.abort())
    page.route("**/widget.js", lambda route: route.abort())
    turn = ask(chat, "When was it lit?")
    expect(turn.locator(".notice")).to_contain_text("The articles cannot be reached.")
    keep(page, "widget-network-desk-light")
    page.unroute("**/api/v1/ask")
    page.unroute("**/widget.js")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".words")).to_have_text(LIT)
    expect(chat.locator("textarea")).to_be_focused()


def test_a_site_that_may_not_ask_is_told_so(page: Page, host: Host, site: str) -> None:
    """The refusal of an origin cannot be read by its page, and is told from a broken connection all the same."""
    chat = start(page, site.replace("127.0.0.1", "localhost"))
    expect(ask(chat, "When was it lit?").locator(".notice")).to_contain_text("This site is not among those")
    assert host.asked == []


def test_declined_and_other_kinds(page: Page, host: Host, site: str) -> None:
    """Nothing but passages is shown where the articles don't say; choices are asked, listed articles open."""
    chat = start(page, site)
    turn = ask(chat, "Xyzzy?")
    expect(turn.locator(".said")).to_have_text("The articles don't say.")
    expect(turn.locator(".aside")).to_have_text("Closest passages, not an answer")
    expect(turn.locator(".passage")).to_have_count(2)
    turn.get_by_role("button", name="Read it").last.click()
    expect(turn.locator("mark")).to_have_text(HARBOUR.text[:80])
    keep(page, "widget-declined-desk-light")
    turn = ask(chat, "which?")
    expect(turn.locator(".said")).to_have_text("Which light?")
    turn.get_by_role("button", name="The old light?").click()
    expect(chat.locator(".turn")).to_have_count(3)
    expect(chat.locator(".wait")).to_have_count(0)
    turn = ask(chat, "articles?")
    expect(turn.locator(".title")).to_have_text([HARBOUR.title, PIER.title])
    turn.get_by_role("button", name="Read it").last.click()
    expect(turn.locator(".place")).to_have_text(PIER.text)
    turn = ask(chat, "changed?")
    turn.get_by_role("button", name="Read it").first.click()
    expect(turn.locator(".note")).to_have_text("This article has changed since it was quoted. Please ask again.")
    turn.get_by_role("button", name="Read it").last.click()
    expect(turn.locator(".note").last).to_have_text("This article is no longer in the collection.")


def test_links_are_those_of_the_other_forms(page: Page, host: Host, site: str) -> None:
    """Each address becomes the link that it becomes elsewhere, or none."""
    turn = ask(start(page, site), "links?")
    found = turn.locator(".quote").evaluate_all(
        "all => all.map((e) => e.querySelector('a')?.getAttribute('href') ?? null)"
    )
    assert found == [place_address(citation) for citation in links()]
    expect(turn.locator("a").first).to_have_attribute("rel", "noopener noreferrer")


def test_a_strict_policy_is_enough(page: Page, host: Host, site: str) -> None:
    """With script-src and connect-src of the host alone, and no Trusted Types, all of it works and is styled."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    chat = start(page, f"{site}/strict")
    turn = ask(chat, "When was it lit?")
    turn.get_by_role("button", name="Read it").first.click()
    expect(turn.locator("mark")).to_have_text(LIT)
    chat.evaluate("e => e.setAttribute('accent', 'green')")
    assert chat.locator(".panel").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(251, 250, 247)"
    assert chat.locator(".box button").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(0, 128, 0)"
    assert said == []


SAVED = f"""\
# Ask the articles


## When was it lit?

> {LIT}
[1] The harbour light is lit again · The Port Gazette · 3 May 2021
https://gazette.example/harbour
Also in A longer pier · The Port Gazette · 19 August 2022


## Who lit it?

Searched for: Who lit it? · “When was it lit?” from earlier in the conversation

> {LIT}
[1] The harbour light is lit again · The Port Gazette · 3 May 2021
https://gazette.example/harbour
Also in A longer pier · The Port Gazette · 19 August 2022


## verse

> One *line*,
>\x20
> ## and another:
> [2] The end.
[1] A title > of two lines


## which

Which light?
- The old light?


## emoji

> {TOLD}
[1] Signs 🙂 · The Port Gazette · 3 May 2021
https://gazette.example/signs?page=2#top


## hostile

> {HOSTILE.text}
[1] {HOSTILE.title} · {HOSTILE.source} · {HOSTILE.published}


## Xyzzy?

The articles don't say.

Closest passages, not an answer

- The keeper's daughter lit the light in May 2021. The pier is now 210 metres long
A longer pier

- The harbour light is lit again On day 1 the masons carried stone up the winding
The harbour light is lit again
"""


def test_the_conversation_is_saved(page: Page, host: Host, site: str) -> None:
    """Under a strict policy too, a text file holds all that was answered, and marks quotations and nothing else."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    chat = start(page, f"{site}/strict")
    save = chat.get_by_role("button", name="Save")
    expect(save).to_be_hidden()
    for question in ("When was it lit?", "Who lit it?", "verse", "which", "emoji", "hostile", "Xyzzy?"):
        ask(chat, question)
    chat.get_by_role("button", name="Read it").first.click()
    expect(chat.locator("mark")).to_have_text(LIT)
    page.route("**/api/v1/ask", lambda route: route.abort())
    ask(chat, "Is nobody there?")
    page.evaluate(
        "() => { window.revoked = []; const revoke = URL.revokeObjectURL; "
        "URL.revokeObjectURL = (url) => { revoked.push(url); revoke.call(URL, url); } }"
    )
    with page.expect_download() as waiting:
        save.click()
    assert waiting.value.suggested_filename == "conversation.txt"
    assert waiting.value.path().read_text(encoding="utf-8") == SAVED
    expect(save).to_be_focused()
    page.wait_for_timeout(1_100)
    assert page.evaluate("revoked") == [waiting.value.url]
    chat.get_by_role("button", name="New conversation").click()
    expect(save).to_be_hidden()
    assert [words for words in said if "ERR_FAILED" not in words] == []


def test_the_style_of_a_page_does_not_reach_it(page: Page, host: Host, site: str) -> None:
    """Neither important rules for everything, nor an odd root, nor what lies above all else change the widget."""
    seen = {}
    for path in ("/", "/hostile"):
        chat = start(page, site + path)
        turn = ask(chat, "When was it lit?")
        turn.get_by_role("button", name="Read it").first.click()
        expect(turn.locator("mark")).to_be_in_viewport()
        keep(page, f"widget-{'hostile' if path == '/hostile' else 'plain'}-desk-light")
        seen[path] = chat.evaluate(
            "e => [...e.shadowRoot.querySelectorAll('*')].map((n) => { const s = getComputedStyle(n), r = "
            "n.getBoundingClientRect(); return [n.className, s.font, s.color, s.backgroundColor, s.display, "
            "s.letterSpacing, s.textTransform, r.x, r.y, r.width, r.height] })"
        )
        chat.get_by_role("button", name="New conversation").click()
        chat.get_by_role("button", name="Close").click()
        expect(chat.locator(".launcher")).to_be_focused()
        box = chat.locator(".launcher").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] == 1280 - 20
    assert seen["/"] == seen["/hostile"]
    page.goto(f"{site}/hostile-inline")
    ask(page.locator("quoth-chat"), "When was it lit?")
    keep(page, "widget-hostileinline-desk-light")
    assert page.locator(".panel").evaluate("e => getComputedStyle(e).fontSize") == "16px"


def test_two_on_one_page_keep_apart(page: Page, host: Host, site: str) -> None:
    """Each has its own conversation, before and after loading again."""
    page.goto(f"{site}/two")
    first, second = page.locator("quoth-chat").first, page.locator("quoth-chat").last
    ask(first, "When was it lit?")
    ask(second, "Xyzzy?")
    for _ in range(2):
        expect(first.locator(".question")).to_have_text("When was it lit?")
        expect(second.locator(".question")).to_have_text("Xyzzy?")
        expect(first.get_by_role("heading", level=2)).to_have_text("One")
        expect(page.locator(".launcher")).to_have_count(0)
        page.reload()
    assert host.asked[1]["turns"] == []


def test_attributes_and_methods(page: Page, host: Host, site: str) -> None:
    """What a page sets takes effect at once; what it asks comes back."""
    page.goto(site)
    chat = page.locator("quoth-chat")
    expect(chat.locator(".panel")).to_be_hidden()
    found = chat.evaluate(
        "e => { e.setAttribute('sources', 'A, B ,'); e.setAttribute('since', '2021'); return e.ask(' lit? ') }"
    )
    assert found["citations"][0]["quote"] == LIT
    assert host.asked[-1] == {"question": "lit?", "turns": [], "sources": ["A", "B"], "since": "2021", "until": None}
    expect(chat.locator(".panel")).to_be_visible()
    assert chat.evaluate("e => e.ask('  ')") is None
    chat.evaluate("e => e.close()")
    expect(chat.locator(".panel")).to_be_hidden()
    page.locator("#mine").focus()
    chat.evaluate("e => e.open()")
    expect(chat.locator("textarea")).to_be_focused()
    chat.locator("textarea").fill("half a quest")
    chat.evaluate("e => { e.lang = 'uk'; e.setAttribute('heading', 'Моє'); e.setAttribute('placeholder', 'П') }")
    expect(chat.get_by_role("dialog", name="Моє")).to_be_visible()
    expect(chat.get_by_role("button", name="Нова розмова")).to_be_visible()
    expect(chat.locator("textarea")).to_have_attribute("placeholder", "П")
    expect(chat.locator("textarea")).to_have_value("half a quest")
    expect(chat.locator("textarea")).to_be_focused()
    expect(chat.locator(".turn")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#mine")).to_be_focused()
    chat.evaluate("e => e.setAttribute('mode', 'inline')")
    expect(chat.get_by_role("region", name="Моє")).to_be_visible()
    chat.evaluate("(e, url) => e.setAttribute('src-host', url + '/')", host.url.replace("/quoth", "/else"))
    expect(chat.locator(".turn")).to_have_count(0)
    with page.expect_request("**/else/api/v1/ask"):
        chat.evaluate("e => void e.ask('lit?')")


def test_a_new_conversation_waits_for_nothing_of_the_old(page: Page, host: Host, site: str) -> None:
    """An answer that comes after its conversation was left is dropped, and holds up no other."""
    chat = start(page, site)
    held: list[Any] = []
    page.route("**/api/v1/ask", lambda route: held.append(route), times=1)
    chat.locator("textarea").fill("slow and lit?")
    chat.locator("textarea").press("Enter")
    expect(chat.locator(".wait")).to_be_visible()
    chat.locator("textarea").fill("typed meanwhile")
    chat.locator("textarea").press("Enter")
    expect(chat.locator("textarea")).to_have_value("typed meanwhile")
    chat.get_by_role("button", name="New conversation").click()
    ask(chat, "Xyzzy?")
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(chat.locator(".question")).to_have_text(["Xyzzy?"])


def test_the_keyboard_is_enough(page: Page, host: Host, site: str) -> None:
    """Tab stays in the open panel both ways, Escape closes it, and keys are no shortcuts of the page."""
    page.goto(site)
    page.evaluate("() => { window.keys = []; addEventListener('keydown', (e) => keys.push(e.key)) }")
    chat = page.locator("quoth-chat")
    chat.locator(".launcher").focus()
    page.keyboard.press("Enter")
    expect(chat.locator("textarea")).to_be_focused()
    page.keyboard.type("When was it lit?")
    page.keyboard.press("Enter")
    expect(chat.locator(".words")).to_have_text(LIT)
    expect(chat.locator(".unseen")).to_have_text(f"The articles say: {LIT}")
    expect(chat.get_by_role("log")).to_have_attribute("aria-live", "off")
    active = "() => document.querySelector('quoth-chat').shadowRoot.activeElement"
    for key in ("Tab", "Shift+Tab"):
        names = []
        for _ in range(24):
            page.keyboard.press(key)
            names.append(page.evaluate(f"({active})()?.getAttribute('aria-label') || ({active})()?.textContent"))
        assert None not in names
        assert {"Save", "New conversation", "Close", "Your question", "Ask", "Good answer", "Bad answer"} <= set(names)
        assert names[0] in names[1:]
    assert page.evaluate("keys") in ([], ["Enter"])
    page.keyboard.press("Escape")
    expect(chat.locator(".panel")).to_be_hidden()
    expect(chat.locator(".launcher")).to_be_focused()
    assert chat.locator(".launcher").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def test_nothing_of_an_answer_is_alive(page: Page, host: Host, site: str) -> None:
    """Markup, scripts and odd values in every field of the JSON are shown as text or not at all."""
    chat = start(page, site)
    ask(chat, "hostile?").get_by_role("button", name="Read it").click()
    expect(chat.locator("mark")).to_have_text(HOSTILE.text)
    for n, value in enumerate((RUN, {"a": RUN}, [RUN], -1, 1e300, None, True)):
        for kind in ("answer", "declined", "clarify", "articles", RUN):
            question = f"odd {n} {kind[:9]}"
            real = to_json(answered("limits?", []))
            broken = {**attacked(real, value), "kind": kind, "choices": [value], "articles": [value]}
            if kind != "answer":
                broken["citations"] = value
            host.replies[question] = (200, {}, broken)
            turn = ask(chat, question)
            for button in turn.locator("button.link").all():
                button.click()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    tags = chat.evaluate("e => [...new Set([...e.shadowRoot.querySelectorAll('*')].map((n) => n.localName))]")
    assert not {"img", "script", "svg", "style", "iframe", "object", "link", "form", "input"} & set(tags)
    for url in chat.evaluate("e => [...e.shadowRoot.querySelectorAll('a')].map((a) => a.protocol)"):
        assert url in ("http:", "https:")
    for name in ("heading", "placeholder", "accent", "theme", "lang", "suggest", "since", "mode", "src-host"):
        chat.evaluate("(e, [name, value]) => e.setAttribute(name, value)", [name, RUN + "|" + RUN])
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None


def attacked(found: Any, value: Any) -> Any:
    """Put a value in the place of every leaf."""
    if isinstance(found, dict):
        return {name: attacked(item, value) for name, item in found.items()}
    return [attacked(item, value) for item in found] if isinstance(found, list) and found else value


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_state_is_accessible(
    browser: Browser, host: Host, site: str, size: str, scheme: Literal["light", "dark"]
) -> None:
    """Axe finds nothing serious, targets are large enough, and nothing is wider than its panel."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    seen: dict[str, str] = {}

    def look(state: str) -> None:
        keep(page, f"widget-{state}-{size}-{scheme}")
        if found := violations(page):
            seen[state] = found
        small = page.locator("quoth-chat").first.evaluate(
            "e => [...e.shadowRoot.querySelectorAll('button, a, textarea')].map((n) => n.getBoundingClientRect())"
            ".filter((r) => r.width && Math.min(r.width, r.height) < 24).length"
        )
        wide = page.locator(".head, .log").evaluate_all(
            "all => Math.max(...all.map((e) => e.scrollWidth - e.clientWidth))"
        )
        assert (small, wide) == (0, 0), state

    page.goto(site)
    look("launcher")
    chat = start(page, site)
    look("welcome")
    turn = ask(chat, "limits?")
    turn.get_by_role("button", name="Read it").first.click()
    expect(turn.locator("mark")).to_be_in_viewport()
    turn.get_by_role("button", name="Good answer").click()
    expect(turn.locator(".judge")).to_contain_text("Thank you.")
    look("answer")
    if size == "phone":
        box = chat.locator(".panel").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 360, "height": 780}
    ask(chat, "Xyzzy?")
    look("declined")
    host.replies["busy?"] = (429, {"Retry-After": "300"}, None)
    ask(chat, "busy?")
    look("busy")
    page.evaluate("sessionStorage.clear()")
    chat = start(page, f"{site}/uk")
    ask(chat, "When was it lit?")
    look("uk")
    page.evaluate("sessionStorage.clear()")
    chat = start(page, f"{site}/rtl")
    ask(chat, "arabic and lit?")
    look("rtl")
    box = chat.locator(".panel").bounding_box()
    assert box is not None
    assert box["x"] == (0 if size == "phone" else 20)
    page.evaluate("sessionStorage.clear()")
    chat = start(page, f"{site}/accent")
    ask(chat, "When was it lit?")
    look("accent")
    context.close()
    assert seen == {}


@pytest.mark.parametrize(
    "accent", ["#ffd400", "white", "black", "rgb(200 200 255)", "oklch(0.9 0.1 100)", "url(x)", "x;y"]
)
def test_an_accent_stays_legible(page: Page, site: str, accent: str) -> None:
    """Whatever colour a site gives, text in it keeps a contrast that axe accepts."""
    page.goto(site)
    chat = page.locator("quoth-chat")
    for theme in ("light", "dark"):
        chat.evaluate(
            "(e, [a, t]) => { e.setAttribute('accent', a); e.setAttribute('theme', t); e.open() }", [accent, theme]
        )
        assert violations(page) == ""


def test_it_is_not_printed(page: Page, host: Host, site: str) -> None:
    """On paper there is the page alone."""
    chat = start(page, site)
    page.emulate_media(media="print")
    expect(chat.locator(".panel")).to_be_hidden()
    page.goto(f"{site}/two")
    expect(page.locator(".panel").first).to_be_hidden()


def test_a_frame_tells_its_height(page: Page, host: Host, site: str) -> None:
    """The page for frames takes its look from its query but not its host, and tells its parent how high it is."""
    page.goto(f"{site}/frame")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Framed")).to_be_visible()
    assert frame.locator("quoth-chat").evaluate("e => e.getAttributeNames().sort()") == ["heading", "mode", "theme"]
    page.wait_for_function("window.told?.length > 0")
    before = page.evaluate("told.at(-1)")
    ask(frame.locator("quoth-chat"), "When was it lit?")
    page.wait_for_function("told.length > 1")
    origin, told = page.evaluate("told.at(-1)")
    assert origin == host.url.removesuffix(PREFIX)
    assert told["type"] == "quoth:height"
    height = frame.locator("quoth-chat").evaluate("e => Math.ceil(e.getBoundingClientRect().height)")
    assert told["height"] == height > before[1]["height"]
    keep(page, "widget-frame-desk-light")


def test_the_example_works(page: Page, host: Host) -> None:
    """The example page shows both forms and the events."""
    page.goto(f"{host.url}/example.html")
    ask(page.locator("#inline"), "When was it lit?")
    expect(page.locator("#told")).to_have_text('quoth:answer of <quoth-chat id="inline">')
    keep(page, "widget-example-desk-light")
    page.locator("#corner .launcher").click()
    expect(page.locator("#corner .panel")).to_be_visible()
