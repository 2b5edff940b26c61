"""The chat page in a real browser."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HARBOUR, HOSTILE, LIT, SEEN, ToyIndex, hold, put
from ui.conversation import problems, quotations, read

pytestmark = pytest.mark.browser


def ask(page: Page, question: str) -> None:
    """Type a question and wait for what stands beneath it."""
    put(page, page.get_by_role("textbox", name="Your question"), question)


def test_a_citation_opens_its_article_at_the_quoted_words(page: Page) -> None:
    """Clicking [1] brings into view, marked in its article, exactly what is quoted; [2] is marked lightly."""
    ask(page, "When was the light lit?")
    quoted = page.locator(".words").first.text_content()
    assert quoted == LIT
    expect(page.locator(".words strong")).to_have_text("3 May 2021")
    page.get_by_role("button", name="1: read it in its place").click()
    marked = page.locator("mark.cited")
    expect(marked).to_be_in_viewport()
    assert marked.text_content() == quoted
    assert page.locator("mark.also-cited").text_content() == SEEN
    shown = "".join(page.locator(".source .text").all_text_contents())
    assert shown == HARBOUR.text.removeprefix(HARBOUR.title).replace("\n\n", "")


def test_a_card_and_a_second_click_work_as_well(page: Page) -> None:
    """Clicking on the words of a card opens its article, again after the reader has scrolled away."""
    ask(page, "When was the light lit?")
    for _ in range(2):
        page.locator(".words").nth(1).click()
        expect(page.locator("mark.cited")).to_have_text(SEEN)
        expect(page.locator("mark.cited")).to_be_in_viewport()
        page.locator("#pane").evaluate("pane => pane.scrollTop = 0")


def test_the_last_citation_that_was_chosen_stays(page: Page) -> None:
    """While one article is on its way another opens, and the first does not take its place, nor that of the list."""
    ask(page, "When was the light lit?")
    marked = page.locator("mark.cited")
    release = hold(page, '"harbour"')
    page.locator(".number").nth(0).click()
    page.locator(".number").nth(1).click()
    expect(marked).to_have_text(SEEN)
    release()
    expect(marked).to_have_text(SEEN)
    expect(marked).to_be_in_viewport()
    page.unroute_all()
    release = hold(page, '"harbour"')
    page.locator(".number").nth(0).click()
    page.get_by_role("button", name="All articles").click()
    expect(page.locator("#pane .list")).to_be_visible()
    release()
    expect(page.locator("#pane .list")).to_be_visible()


def test_what_is_shown_anew_under_a_press_takes_the_click(page: Page) -> None:
    """The list comes again between pressing a title and letting it go, and the article opens all the same, once."""
    page.set_viewport_size({"width": 360, "height": 780})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    release = hold(page, "stamp")
    page.get_by_role("button", name="Articles", exact=True).click()
    title = page.locator("#pane .list .title", has_text="A longer pier")
    title.hover()
    page.mouse.down()
    pressed = title.element_handle()
    release()
    assert pressed is not None
    assert not pressed.evaluate("title => title.isConnected")
    page.mouse.up()
    expect(page.locator(".source .text")).to_contain_text("210 metres long")
    assert sum('"pier"' in told for told in asked) == 1


def test_another_article_that_says_the_same_can_be_opened(page: Page) -> None:
    """The title after `Also in` opens the other article at its own words."""
    ask(page, "When was the light lit?")
    page.locator(".also").get_by_role("button", name="A longer pier").click()
    expect(page.locator("mark.cited")).to_have_text("The keeper's daughter lit the light in May 2021.")


def test_a_limit_that_the_question_names_is_shown_and_can_be_lifted(page: Page) -> None:
    """The answer says where it was searched, and one click asks the same of all articles."""
    ask(page, "When was the light lit, according to The Port Gazette?")
    expect(page.locator(".searched")).to_contain_text("in The Port Gazette (as the question says)")
    page.get_by_role("button", name="Search all articles instead").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").nth(1).locator(".words").first).to_have_text(LIT)
    expect(page.locator(".turn").nth(1).locator(".searched")).to_have_count(0)


def test_the_keyboard_is_enough(page: Page) -> None:
    """Question, citation and way back work without a mouse."""
    ask(page, "When was the light lit?")
    page.locator(".number").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".source")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".number").first).to_be_focused()


def test_a_declined_question_offers_the_closest_passages(page: Page) -> None:
    """Without an answer the page says so, quotes nothing, and the closest passages open their articles."""
    ask(page, "What does the mayor think of pigeons?")
    expect(page.locator("#log").get_by_text("The articles don't say.", exact=True)).to_be_visible()
    expect(page.get_by_text("Closest passages, not an answer")).to_be_visible()
    expect(page.locator(".quote")).to_have_count(0)
    page.locator(".hit").get_by_role("button", name="A longer pier").click()
    expect(page.locator("mark.cited")).to_be_visible()


def test_an_example_is_a_question_and_a_follow_up_knows_it(page: Page) -> None:
    """A click on an example asks it; what a follow-up takes over from it is shown."""
    page.get_by_role("button", name="When was the light lit?").click()
    expect(page.locator(".words").first).to_have_text(LIT)
    ask(page, "Who paid for it and why?")
    expect(page.locator(".searched")).to_have_text(
        "Searched for: Who paid for it and why? · “When was the light lit?” from earlier in the conversation"
    )
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "Who paid for it and why?")
    expect(page.locator(".searched")).to_have_text("Searched for: Who paid for it and why?")


def test_questions_that_cannot_be_asked_get_one_sentence(page: Page) -> None:
    """An empty question gets a hint, one that is too long or meets an error a notice."""
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#log").get_by_text("Type a question first.")).to_be_visible()
    ask(page, "?" * 1001)
    expect(page.locator(".notice")).to_contain_text("at most 1,000 can be asked")
    ask(page, "broken")
    expect(page.locator(".notice").last).to_have_text("The model <b>is broken</b>; repair it.")


def test_hostile_articles_are_text(page: Page) -> None:
    """Markup, templates and addresses of scripts in an article are shown as text and never run."""
    ask(page, "hostile")
    assert page.locator(".words").text_content() == HOSTILE.text
    assert page.locator(".quote .title").text_content() == HOSTILE.title
    assert page.locator(".quote a").count() == 0
    page.locator(".number").click()
    expect(page.locator("mark.cited")).to_have_text(HOSTILE.text)
    expect(page.locator(".source h2")).to_have_text(HOSTILE.title)
    assert page.locator("#quoth img, #quoth script, #quoth svg[onload], #pane a").count() == 0
    assert page.evaluate("window.hacked") is None


def test_of_a_long_article_only_a_part_is_shown(page: Page) -> None:
    """The part around the quotation comes first; a button shows what lies beyond it."""
    ask(page, "long")
    page.locator(".number").click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    assert len(page.locator(".source .text").text_content() or "") <= 100_000
    page.get_by_role("button", name="Show the later part").click()
    expect(page.locator("mark.cited")).to_have_count(0)
    expect(page.locator(".source .text")).to_contain_text("Line 12000 of the log.")


def test_keys_lead_from_one_quotation_to_the_next(page: Page) -> None:
    """In an opened article, n and p show the next and the previous quotation, in whichever article it stands."""
    ask(page, "When was the light lit?")
    page.locator(".number").first.click()
    expect(page.get_by_text("1 of 3", exact=True)).to_be_visible()
    expect(page.locator(".source")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_text("2 of 3", exact=True)).to_be_visible()
    expect(page.locator("mark.cited")).to_have_text("The keeper's daughter lit the light in May 2021.")
    expect(page.locator(".source")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("mark.cited")).to_have_text(SEEN)
    expect(page.locator("mark.cited")).to_be_in_viewport()
    expect(page.locator("mark.also-cited")).to_have_text(LIT)
    page.get_by_role("button", name="Next quotation").click()
    expect(page.locator("mark.cited")).to_have_text(LIT)
    page.keyboard.press("p")
    expect(page.locator("mark.cited")).to_have_text(SEEN)
    page.keyboard.press("Escape")
    expect(page.locator(".number").nth(1)).to_be_focused()
    page.keyboard.type("n")
    expect(page.locator("mark.cited")).to_have_text(SEEN)


def test_a_quotation_is_copied_with_its_citation(page: Page) -> None:
    """The menu of a card copies its words and where they are from; the card does not open beneath it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "When was the light lit?")
    page.get_by_label("Copy quotation 1 with its citation").click()
    page.get_by_role("button", name="Plain text").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        f"“{LIT}” — {HARBOUR.title}, The Port Gazette, 3 May 2021, https://gazette.example/harbour"
    )
    expect(page.locator("mark.cited")).to_have_count(0)
    menu = page.get_by_label("Copy quotation 1 with its citation")
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="BibTeX")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="BibTeX")).to_be_hidden()


def test_a_page_without_the_newer_clipboard_copies_too(page: Page) -> None:
    """Where the page comes from another machine, without encryption, the older way is taken."""
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.addEventListener('copy', () => { window.taken = String(document.activeElement.value); })")
    ask(page, "hostile")
    page.get_by_label("Copy quotation 1 with its citation").click()
    page.get_by_role("button", name="Markdown").click()
    expect(page.locator(".said")).to_have_text("Copied")
    assert page.evaluate("window.taken").startswith("> \\<img src=x onerror=window.hacked=1\\>")


def test_the_original_opens_at_the_quoted_words(page: Page) -> None:
    """The link to the original names the quoted words for the browser to find."""
    ask(page, "When was the light lit?")
    link = page.locator(".quote").first.get_by_role("link", name="Original of")
    assert link.get_attribute("href") == (
        "https://gazette.example/harbour#:~:text=The%20light%20was%20lit%20on%203%20May%202021%20by%20the%20keeper%27s%20daughter."
    )


def test_the_conversation_is_saved(page: Page, tmp_path: Path) -> None:
    """JSON, Markdown and a page hold the conversation; nothing can be saved before there is an answer."""
    expect(page.get_by_text("Save", exact=True)).to_be_hidden()
    ask(page, "When was the light lit?")
    ask(page, "hostile")
    for name, ending in (("JSON, to verify", "json"), ("Markdown", "md"), ("Web page", "html")):
        page.get_by_text("Save", exact=True).click()
        with page.expect_download() as waiting:
            page.locator("#masthead").get_by_role("button", name=name).click()
        assert waiting.value.suggested_filename == f"conversation.{ending}"
        waiting.value.save_as(tmp_path / f"conversation.{ending}")
    answers = read(tmp_path / "conversation.json")
    assert quotations(answers) == 4
    assert problems(answers, ToyIndex()) == []
    page.goto((tmp_path / "conversation.html").as_uri())
    assert page.locator("blockquote").first.text_content() == LIT
    assert page.locator("blockquote").last.text_content() == HOSTILE.text
    assert page.locator("button, img, script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_the_page_asks_no_other_host(page: Page, asked: list[str]) -> None:
    """From opening the page to reading a source, every request goes to 127.0.0.1."""
    ask(page, "When was the light lit?")
    page.locator(".number").first.click()
    expect(page.locator("mark.cited")).to_be_visible()
    hosts = {urlsplit(address).hostname for address in asked if not address.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_a_phone_needs_no_sideways_scrolling(page: Page) -> None:
    """At 360 pixels answer, source and list fit; the source lies over the page and can be closed."""
    page.set_viewport_size({"width": 360, "height": 780})
    ask(page, "hostile")
    ask(page, "When was the light lit?")
    for selector in ("#log", "#talk", "html"):
        assert_fits(page, selector)
    expect(page.locator("#pane")).not_to_be_visible()
    page.locator(".number").last.click()
    expect(page.locator("mark.cited")).to_be_in_viewport()
    assert_fits(page, "#pane")
    page.get_by_role("button", name="All articles").click()
    expect(page.get_by_text("4 articles", exact=True)).to_be_visible()
    assert_fits(page, "#pane")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#pane")).not_to_be_visible()


def test_an_answer_is_announced(page: Page) -> None:
    """The conversation is a live region, and the question box has a name."""
    expect(page.get_by_role("log", name="Conversation")).to_be_attached()
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()


def assert_fits(page: Page, selector: str) -> None:
    """Assert that nothing in an element is wider than it is."""
    wide, room = page.locator(selector).first.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide <= room, f"{selector} is {wide} pixels wide in {room}"
