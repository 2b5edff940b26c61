"""Answers as JSON, Markdown, HTML and text."""

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.types import Filter, Hit, Locator, Passage
from qa.types import Answer, Citation, Highlight, Listed, SearchedFor
from ui.html import to_html
from ui.render import (
    excerpt,
    hits_to_text,
    place_address,
    reference,
    reference_bibtex,
    reference_markdown,
    searched_line,
    to_json,
    to_markdown,
    to_text,
    web_address,
)
from ui.texts import load

QUOTE = "The ferry costs 4 crowns & leaves at noon."
OTHER = Citation(1, "b", "A second paper", None, "Courier", "2020-02", "0" * 64, None, 7, 12, "Four.")
FIRST = Citation(
    number=1,
    doc_id="a",
    title="Ferry times",
    url="https://news.example/ferry?a=1&copy=2",
    source="Island Post",
    published="2020-03-09T10:00:00Z",
    text_sha256="f" * 64,
    locator=Locator(90, "p. 3", "#page=3"),
    start=100,
    end=100 + len(QUOTE),
    quote=QUOTE,
    also=(OTHER,),
)
ANSWER = Answer(
    id="abc",
    kind="answer",
    question="What does the ferry cost?",
    searched_for=SearchedFor("What does the ferry cost?", ("ferri", "cost")),
    answered=True,
    confidence=0.75,
    highlight=Highlight(116, 124, "4 crowns"),
    citations=(FIRST,),
    hits=(Hit(Passage("a#2", "a", 90, 160, ()), 0.5, 1, "Ferry times", QUOTE),),
)
DECLINED = replace(ANSWER, kind="declined", answered=False, citations=(), highlight=None)
TEXT = "The%20ferry%20costs%204%20crowns%20%26%20leaves%20at%20noon."
HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **b** \x1b[2J"
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=80).filter(str.strip)


class Words(HTMLParser):
    """Collects the text inside the quotations, and the names of all elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.elements, self._depth = "", set[str](), 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.add(tag)
        self._depth += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        """Note the end of an element."""
        self._depth -= tag == "blockquote"

    def handle_data(self, data: str) -> None:
        """Keep text inside a quotation."""
        self.text += data if self._depth else ""


def shown(html: str) -> str:
    """Return the text of a fragment of HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html))


class Copies(HTMLParser):
    """Collects what the buttons copy."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the text of a button that copies."""
        self.texts += [value for name, value in attrs if name == "data-copy" and value]


def quoting(text: str) -> Answer:
    """Return an answer that quotes a text and has it as title and source, too."""
    citation = replace(FIRST, quote=text, end=100 + len(text), title=text, source=text, url=None, also=())
    return replace(ANSWER, citations=(citation,), highlight=None)


def test_json_has_the_agreed_fields() -> None:
    """The JSON form holds every field of the agreed layout, in order, and other articles without a number."""
    found = json.loads(json.dumps(to_json(ANSWER)))
    assert list(found) == [
        *("schema", "id", "kind", "question", "searched_for", "answered", "confidence"),
        *("highlight", "citations", "hits", "read", "articles", "choices", "message", "notice"),
    ]
    assert found["schema"] == 1
    assert found["searched_for"] == {
        "text": "What does the ferry cost?",
        "terms": ["ferri", "cost"],
        "sources": [],
        "since": None,
        "until": None,
        "carried": [],
        "named": False,
        "parts": [],
    }
    (citation,) = found["citations"]
    assert citation["locator"] == {"label": "p. 3", "fragment": "#page=3"}
    (other,) = citation.pop("also")
    assert set(citation) - set(other) == {"number"}
    assert set(other) < set(citation)
    assert found["highlight"] == {"start": 116, "end": 124, "text": "4 crowns"}
    assert found["hits"] == [
        {
            "passage_id": "a#2",
            "doc_id": "a",
            "title": "Ferry times",
            "start": 90,
            "end": 160,
            "text": QUOTE,
            "score": 0.5,
            "rank": 1,
        }
    ]


def test_html_of_an_answer() -> None:
    """The HTML form sets the short answer in bold, opens the article from [1] and links to the original's page."""
    html = to_html(ANSWER)
    assert "costs <strong>4 crowns</strong> &amp; leaves" in html
    assert 'data-doc="a" data-start="100" data-end="142"' in html
    address = f"https://news.example/ferry?a=1&amp;copy=2#page=3:~:text={TEXT}"
    assert f'href="{address}" target="_blank" rel="noopener noreferrer"' in html
    assert "Island Post · 9 March 2020 · p. 3" in html
    assert 'data-doc="b" data-start="7" data-end="12"' in html


def test_html_of_a_declined_question() -> None:
    """The HTML form says that the articles don't say, and offers the closest passages as no answer."""
    html = to_html(DECLINED)
    assert "The articles don&#x27;t say." in html
    assert "Closest passages, not an answer" in html
    assert "blockquote" not in html


def test_other_kinds_are_shown() -> None:
    """Questions to choose from become buttons, listed articles open, and a notice is its message."""
    clarify = replace(DECLINED, kind="clarify", message="Which one?", choices=("The old ferry?",))
    assert '<button type="button" data-ask="The old ferry?" dir="auto">' in to_html(clarify)
    assert "- The old ferry?" in to_markdown(clarify)
    listed = replace(
        DECLINED,
        kind="articles",
        message="Two articles.",
        articles=(Listed("a", "Ferry times", None, "Island Post", None), Listed("z", "z", None, None, None)),
    )
    assert ">Ferry times</button>" in to_html(listed)
    assert "  - Ferry times (Island Post)\n  - z" in to_text(listed)
    assert to_text(replace(DECLINED, kind="notice", message="Ask about ferries.")) == "Ask about ferries.\n"


def test_a_question_that_is_left_open_is_named() -> None:
    """Of two questions the one that the articles don't answer stands before the quotations, in every form."""
    partly = replace(ANSWER, notice="partly", left_open="Who swims?", message="No answer was found to: Who swims?")
    for form in (to_text, to_markdown, to_html):
        assert 0 <= form(partly).find("found to: Who swims?") < form(partly).find("crowns")
    assert "не знайдено: Who swims?" in to_html(partly, load("uk"))
    unquoted = replace(
        partly, notice="unquoted", left_open="Courier", message="Nothing was found to quote from: Courier"
    )
    assert 0 <= to_text(unquoted).find("quote from: Courier") < to_text(unquoted).find("crowns")


def test_markdown_of_an_answer() -> None:
    """The Markdown form makes [1] a link to the article's place and credits it beneath."""
    assert to_markdown(ANSWER) == (
        "> The ferry costs **4 crowns** \\& leaves at noon. "
        "[\\[1\\]](<https://news.example/ferry?a=1\\&copy=2#page=3>)\n>\n"
        "> — Ferry times · Island Post · 9 March 2020 · p. 3. Also in: A second paper (Courier · 2020-02)\n"
    )


def test_text_of_an_answer_and_of_none() -> None:
    """The plain form leads with the short answer and credits quotations; without one it offers the closest passages."""
    assert to_text(ANSWER) == (
        "“4 crowns” [1]\n\n"
        f"[1] “{QUOTE}”\n"
        "    Ferry times · Island Post · 9 March 2020 · p. 3. Also in: A second paper (Courier · 2020-02)\n"
        "    https://news.example/ferry?a=1&copy=2#page=3\n"
    )
    assert to_text(DECLINED).startswith("The articles don't say.\n\nClosest passages:\n")
    assert hits_to_text(ANSWER.hits) == f"  1. 0.500  Ferry times (a#2)\n     {QUOTE}\n"


def test_what_was_carried_over_and_limited_is_said() -> None:
    """Words from earlier turns and limits on sources and dates are shown in every form."""
    searched = SearchedFor("its price", sources=("Post",), since="2020-01-01", until="2020-12-31", carried=("ferry",))
    line = "Searched for: its price · in Post · since 1 January 2020 · until 31 December 2020 · “ferry” from earlier"
    answer = replace(ANSWER, searched_for=searched)
    for form in (shown(to_html(answer)), to_markdown(answer), to_text(answer)):
        assert line in form


@given(VISIBLE)
def test_html_shows_text_and_nothing_else(text: str) -> None:
    """Whatever a quotation holds, its text in HTML equals it, and no element comes of it."""
    words = Words(to_html(quoting(text)))
    assert words.text == text
    assert words.elements == {"div", "ol", "li", "blockquote", "button", "span", "details", "summary"}
    alone = Words(to_html(quoting(text), alone=True))
    assert alone.text == text
    assert alone.elements == {"div", "ol", "li", "blockquote", "span"}


@given(st.one_of(VISIBLE, st.text("\\`*_[]()<>&|~!#+-=.:1 a\n/w@$", min_size=1).filter(str.strip)))
def test_markdown_shows_text_and_nothing_else(text: str) -> None:
    """Whatever a quotation holds, Markdown renders it as itself: no link, emphasis, code, list, table or HTML."""
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(to_markdown(quoting(text)))
    kinds = [token.type for token in tokens if token.type != "inline"]
    assert kinds == ["blockquote_open", *["paragraph_open", "paragraph_close"] * 2, "blockquote_close"]
    inline = [token for token in tokens if token.type == "inline"]
    assert {child.type for token in inline for child in token.children or []} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline[0].children or [])
    assert shown == re.sub(r"\s+", " ", text).strip() + " [1]"


def test_hostile_text_reaches_no_terminal() -> None:
    """Control characters are left out of the plain form, so that an article cannot move the cursor."""
    for answer in (quoting(HOSTILE), replace(DECLINED, hits=(replace(ANSWER.hits[0], text=HOSTILE, title=HOSTILE),))):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", to_text(answer))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " https://a.example",
        "https://a.example/\nb",
        "java\tscript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "//a.example",
        "https:",
        "https://[",
        "",
        None,
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str | None) -> None:
    """An address of another scheme, or one that a browser may read otherwise than we do, becomes no link."""
    assert web_address(url) is None
    answer = replace(ANSWER, citations=(replace(FIRST, url=url),))
    assert "<a " not in to_html(answer)
    assert "](" not in to_markdown(answer)


def test_a_fragment_of_its_own_is_kept() -> None:
    """The place's fragment is added to an address that has none."""
    assert web_address("http://a.example/x.pdf", FIRST.locator) == "http://a.example/x.pdf#page=3"
    assert web_address("http://a.example/x#top", FIRST.locator) == "http://a.example/x#top"


def test_excerpts() -> None:
    """An excerpt ends between words and says that it is cut."""
    assert excerpt("one two three", 9) == "one two …"
    assert excerpt("one two", 9) == "one two"


@pytest.mark.parametrize(
    ("searched_for", "line"),
    [
        (SearchedFor("Who left?"), ""),
        (
            SearchedFor("Who left?", sources=("Wired",), since="2023-02-01", named=Filter(("Wired",))),
            "Searched for: Who left? · in Wired (as the question says) · since 1 February 2023",
        ),
        (
            SearchedFor("Who left?", ("leav",), ("Wired",), "2023-02-01", "2023-02-01", ("ferry",)),
            "Searched for: Who left? · in Wired · of 1 February 2023 · “ferry” from earlier in the conversation",
        ),
        (
            SearchedFor(
                "Who left?", since="2023-02-01", until="2023-03-01", named=Filter((), "2023-02-01", "2023-03-01")
            ),
            "Searched for: Who left? · since 1 February 2023 · until 1 March 2023 (as the question says)",
        ),
    ],
)
def test_what_was_searched_for_is_said(searched_for: SearchedFor, line: str) -> None:
    """Limits and carried words are named, and of which limits the question itself spoke."""
    assert searched_line(searched_for) == line


def test_a_quotation_is_copied_with_its_citation() -> None:
    """The three forms name the article, where it is from and when, and hold the quoted words."""
    assert reference(FIRST) == (
        f"“{QUOTE}” — Ferry times, Island Post, 9 March 2020, p. 3, https://news.example/ferry?a=1&copy=2"
    )
    assert reference_markdown(FIRST) == (
        "> The ferry costs 4 crowns \\& leaves at noon.\n>\n> — "
        f"[Ferry times](<https://news.example/ferry?a=1\\&copy=2#page=3:\\~:text={TEXT}>), "
        "Island Post, 9 March 2020, p. 3\n"
    ).replace("\\~", "~")
    assert reference_bibtex(FIRST) == (
        "@misc{a-2020,\n  title = {Ferry times},\n  journal = {Island Post},\n  year = {2020},\n"
        "  date = {2020-03-09},\n  url = {https://news.example/ferry?a=1&copy=2},\n"
        "  note = {“The ferry costs 4 crowns \\& leaves at noon.”}\n}\n"
    )
    assert reference(OTHER) == "“Four.” — A second paper, Courier, 2020-02"
    assert Copies(to_html(ANSWER)).texts == [reference(FIRST), reference_markdown(FIRST), reference_bibtex(FIRST)]


@given(VISIBLE)
@example("one\u2028two")
def test_whatever_is_copied_keeps_its_form(text: str) -> None:
    """A hostile title or quotation ends neither the line, the Markdown quotation nor the entry of BibTeX."""
    (citation,) = quoting(text).citations
    assert len(reference(citation).splitlines()) == 1
    kinds = [token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(reference_markdown(citation))]
    assert kinds.count("blockquote_open") == 1
    assert kinds.count("paragraph_open") == 2
    entry = reference_bibtex(citation)
    plain = re.sub(r"\\[{}]", "", entry.replace("\\textbackslash{}", ""))
    assert plain.count("{") == plain.count("}")
    assert Copies(to_html(replace(ANSWER, citations=(citation,), highlight=None))).texts[2] == entry


@pytest.mark.parametrize(
    ("quote", "fragment"),
    [
        ("Well-known, it is.", "Well%2Dknown%2C%20it%20is."),
        (
            "One two three four five six seven eight nine ten eleven twelve thirteen.",
            "One%20two%20three%20four%20five,nine%20ten%20eleven%20twelve%20thirteen.",
        ),
        ("Über\nuns", "%C3%9Cber%20uns"),
    ],
)
def test_the_original_opens_at_the_quoted_words(quote: str, fragment: str) -> None:
    """The link names the words, of a long quotation the first and last five."""
    citation = replace(FIRST, url="https://a.example/x", locator=None, quote=quote, end=100 + len(quote))
    assert place_address(citation) == f"https://a.example/x#:~:text={fragment}"
    assert place_address(replace(citation, url="https://a.example/x#:~:text=y")) == "https://a.example/x#:~:text=y"
    assert place_address(replace(citation, url=None)) is None
