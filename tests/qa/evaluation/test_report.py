"""The report: one safe page, complete where there is data and silent where there is none."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation.meanings import MEANINGS, meaning
from qa.evaluation.measures import ALWAYS, DEFAULT
from qa.evaluation.report import render
from qa.evaluation.results import Asked, Measured, Named, Result, Times
from tests.qa.evaluation.results import found, full, question, result, wanted

HOSTILE = "</style></title></svg><script>alert(1)</script><img src=x onerror='alert(1)'>\"'&\x00\ud800\u202e"
VOID = {"meta", "link", "img", "br"}
SHAPES = {"path", "circle", "rect", "line"}


class Page(HTMLParser):
    """The elements, attributes and words of a page, whose elements must be closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a shape of a chart."""
        assert tag in SHAPES
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note words, unless they are style."""
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Return all words."""
        return " ".join(" ".join(self.words).split())


def headings(html: str) -> list[str]:
    """Return the names of the sections."""
    return re.findall("<h2>(.*?)</h2>", html)


def test_a_full_result_shows_everything() -> None:
    """Every section stands on the page, with the command, the commit, the embedder and the settings."""
    html = render(full())
    assert len(headings(html)) == 6
    text = Page(html).text
    assert "quoth evaluate harbour" in text
    for words in ("ef" * 20, "cd" * 32, "ab" * 32, "toy", "Threshold", "40 questions, 5 documents", "25 ms"):
        assert words in text
    assert html.encode() == render(full()).encode()


def test_it_fetches_and_runs_nothing() -> None:
    """No script, no address outside the page, and a policy that forbids both."""
    html = render(full())
    page = Page(html)
    assert not {"script", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in page.attributes
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "src"):
            assert value == "data:," or str(value).startswith("#s")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def hostile(value: str) -> Result:
    """Return a result with the same words wherever there may be words."""
    base = full(8)
    asked = tuple(
        replace(
            each,
            text=value,
            type=value if i % 2 else "what",
            wanted=(wanted(value, 3, value, value), wanted("x", None, None, value)),
            found=(found(1, value, value), found(2, "", value, relevant=True)),
        )
        for i, each in enumerate(base.questions)
    )
    return replace(
        base,
        questions=asked,
        collection=Measured(value, 1, 8, value),
        settings={value: value, "query_field": value, "threshold": 0.5, "weights": {value: 1}},
        embedder=Named(value, value),
        run=Named(value, value),
        commit=value,
        measures=dict(base.measures) | {value: base.measures["Declined"]},
        per_query=dict(base.per_query) | {value: base.per_query["Declined"]},
    )


def test_whatever_the_articles_say_is_text() -> None:
    """Markup in any field makes no element; the page still ends where it should and can be written as UTF-8."""
    html = render(hostile(HOSTILE))
    page = Page(html)
    assert not {"script", "img"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert "\x00" not in html
    html.encode("utf-8")


PLAIN = set(Page(render(hostile("plain"))).tags)


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=40))
def test_any_words_give_the_same_elements(value: str) -> None:
    """What is said changes nothing about the elements of the page but how many words are in them."""
    assert set(Page(render(hostile(value))).tags) <= PLAIN


def test_what_is_not_known_is_not_shown() -> None:
    """A result with nothing but its name has no section, and no section is ever empty."""
    html = render(result(question("q1")))
    assert headings(html) == []
    assert "<table" not in html
    assert "<svg" not in html


def without(**values: object) -> Callable[[Asked], Asked]:
    """Return a function that takes these values from a question."""
    return lambda asked: replace(asked, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (without(type=None, answerable=None), {"Kinds of questions", "Knowing when the articles don’t say"}),
        (without(wanted=()), {"Ranking"}),
        (without(confidence=None, answered=None), {"Knowing when the articles don’t say"}),
        (without(answerable=True), {"Knowing when the articles don’t say"}),
        (without(milliseconds=None), {"Time"}),
    ],
)
def test_sections_without_data_are_left_out(change: Callable[[Asked], Asked], missing: set[str]) -> None:
    """Each section vanishes with what it is made from, and takes no other with it."""
    whole = full()
    part = replace(whole, questions=tuple(change(asked) for asked in whole.questions))
    assert set(headings(render(whole))) - set(headings(render(part))) == missing


def test_another_systems_run_says_so() -> None:
    """A run has no confidence and no time; its file is named in the command."""
    ndcg = {"q1": 0.5}
    asked = question("q1", wanted=(wanted("a", 2),), found=(found(),))
    run = result(asked, per_query={"nDCG@10": ndcg}, run=Named("bm25 run.trec", "12" * 32), settings={"limit": 1})
    html = render(run)
    assert headings(html) == ["Measures", "Ranking", "What went wrong"]
    assert "quoth evaluate harbour --run 'bm25 run.trec' --limit 1" in Page(html).text


def test_the_command_repeats_the_settings() -> None:
    """What is not usual is said in the command: settings as variables, the rest as options."""
    given = {"quotes": 2, "hits": 10, "query_field": "rewrite", "limit": 5, "threshold": 0.3}
    base = full()
    measures = dict(base.measures) | {"P(rel=2)@5": base.measures["Declined"]}
    line = Page(render(replace(base, settings=given, measures=measures))).text
    assert "QUOTH_QUOTES=2 QUOTH_THRESHOLD=0.3" in line
    assert "quoth evaluate harbour --query-field rewrite --limit 5 --measure 'P(rel=2)@5'" in line


def test_the_worst_come_first() -> None:
    """The twenty questions with the lowest values are listed from the bottom; perfect ones are not."""
    asked = [question(f"q{i}", text=f"question {i:02}") for i in range(30)]
    values = {f"q{i}": i / 24 if i < 24 else 1.0 for i in range(30)}
    html = render(result(*asked, per_query={"nDCG@10": values}))
    assert re.findall(r"question \d\d", html) == [f"question {i:02}" for i in range(20)]
    assert "20 of 24" in html


def test_a_case_shows_what_was_wanted_beside_what_was_found() -> None:
    """Each wanted article has its quotes and its rank, each passage its score and whether it is relevant."""
    asked = question(
        "q1",
        wanted=(wanted("a", 12, "It opened."), wanted("a", 12, "It closed."), wanted("b", None, title="")),
        found=(found(1), found(2, title="The pier", text="x" * 300, relevant=True)),
    )
    html = render(result(asked, per_query={"RR@10": {"q1": 0.0}}))
    text = Page(html).text
    assert text.count("came as number 12") == 1
    for words in ("It opened.", "It closed.", "b not in the first 100", "✓ relevant: The pier 0.500", "xxx…"):
        assert words in text
    assert text.count("✓") == 1


def test_misjudged_questions_are_listed_apart() -> None:
    """The most confident answer that should not be comes first, and the least confident refusal."""
    asked = [
        question(f"q{i}", text=f"question {i}", answerable=i % 2 == 0, answered=i % 2 == 1, confidence=i / 10)
        for i in range(6)
    ]
    html = render(result(*asked, per_query={"Declined": {"q0": 1.0}}))
    bold = html[html.index("<h3>Answered, though") : html.index("<h3>Declined, though")]
    shy = html[html.index("<h3>Declined, though") :]
    assert re.findall(r"question \d", bold) == ["question 5", "question 3", "question 1"]
    assert re.findall(r"question \d", shy) == ["question 0", "question 2", "question 4"]


def test_slow_questions_do_not_squeeze_the_others() -> None:
    """A question that takes far longer than the 95th percentile stands in the last bar, and this is said."""
    asked = [question(f"q{i}", milliseconds=10.0) for i in range(30)] + [question("slow", milliseconds=5000.0)]
    text = Page(render(result(*asked, ms_per_question=Times(10, 10)))).text
    assert "1 took longer, up to 5,000 ms" in text


def test_every_measure_has_a_meaning() -> None:
    """Each measure that is always computed is explained, with its cutoff in the words; others go without."""
    for name in (*DEFAULT, *ALWAYS):
        assert meaning(name).words
    assert meaning("P(rel=2)@7").words == MEANINGS["P"].words.format(k=7)
    assert meaning("AP").words.endswith("top 100")
    assert meaning("NumRet").words == ""
    assert {field.name for field in fields(meaning("AP"))} == {"of", "words", "better"}


def test_a_measure_that_should_be_low_says_so() -> None:
    """Only where lower is better is there a word about it."""
    values = {"q1": 0.5}
    assert "lower is better" in render(result(question("q1"), per_query={"DeclinedAnswerable": values}))
    assert "lower is better" not in render(result(question("q1"), per_query={"Declined": values}))


def test_the_style_is_shipped() -> None:
    """The page's style is listed as data of its package."""
    root = Path(__file__).parents[3]
    assert '"report.css"' in (root / "pyproject.toml").read_text(encoding="utf-8")
